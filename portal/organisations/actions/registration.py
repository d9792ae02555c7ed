"""Bring an organisation into the portal, or take over its record made from published notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind as Notice
from portal.organisations.actions.details import HELD, Details, checked_identifiers, taken_reasons, wrong_with_details
from portal.organisations.choices import Kind, Role, Status
from portal.organisations.identifiers import SCHEMES_OF_KIND, field_of
from portal.organisations.listeners import organisation_changed
from portal.organisations.models import Identifier, Membership, Organisation
from portal.organisations.queries import portal_staff
from portal.records import sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


def register_organisation(
    *, kind: str, details: Details, identifiers: Mapping[str, str], submission_key: UUID, by: User, now: datetime
) -> Organisation:
    """Register an organisation, waiting for verification, with `by` as its first owner.

    A record that was made from published notices and that nobody ever belonged to is taken over: it
    keeps its name, numbers and published values, gains no size or region, and waits for verification.
    Raises Refused with each thing to mend, or where a number is already registered. The same form sent twice
    makes one.
    """
    kind, details = Kind(kind), details.tidied()
    good, reasons = checked_identifiers(kind, identifiers)
    reasons += wrong_with_details(kind, details)
    if reasons:
        raise Refused(reasons)
    try:
        with transaction.atomic():
            return _register(kind, details, good, submission_key, by, now)
    except IntegrityError:
        # The same form, or the same number, came at the same moment and was first.
        if again := _made_by(submission_key, by):
            return again
        reasons = taken_reasons(good)
        if not reasons:
            raise
        raise Refused(reasons) from None


def _made_by(submission_key: UUID, by: User) -> Organisation | None:
    return Organisation.objects.of_user(by).filter(submission_key=submission_key).first()


def _register(
    kind: Kind, details: Details, identifiers: dict[str, str], submission_key: UUID, by: User, now: datetime
) -> Organisation:
    if again := sent_before(Organisation.objects.of_user(by), submission_key):
        return again
    organisation = _unclaimed(kind, identifiers)
    was_imported = organisation is not None
    if organisation is None:
        organisation = Organisation.objects.create(kind=kind, submission_key=submission_key, **asdict(details))
    else:
        _take_over(organisation, details, submission_key)
    for scheme, value in identifiers.items():
        organisation.identifiers.get_or_create(scheme=scheme, value=value)
    Membership.objects.create(organisation=organisation, user=by, role=Role.OWNER)
    organisation_changed(organisation)
    _record_and_tell(organisation, identifiers, by, was_imported=was_imported)
    return organisation


def _unclaimed(kind: Kind, identifiers: dict[str, str]) -> Organisation | None:
    """The imported record with one of the numbers, locked; None where no record has one.

    Raises Refused where the number's organisation has or had people: a former member's drafts and
    answers must never come into a stranger's hands.
    """
    matches = Q(*[Q(scheme=scheme, value=value) for scheme, value in identifiers.items()], _connector=Q.OR)
    holders = list(
        Organisation.objects.select_for_update(no_key=True)
        .filter(pk__in=Identifier.objects.filter(matches).values("organisation"))
        .order_by("pk")
    )
    if not holders:
        return None
    holder = holders[0]
    is_free = holder.is_imported and holder.status != Status.SUSPENDED and not holder.memberships.exists()
    if len(holders) > 1 or not is_free:
        raise Refused(taken_reasons(identifiers))
    if holder.kind != kind:
        message = f"Published notices name this organisation as a {holder.get_kind_display().lower()}. Register it so"
        raise Refused([Reason(message, field_of(SCHEMES_OF_KIND[kind][0]))])
    return holder


def _take_over(organisation: Organisation, details: Details, submission_key: UUID) -> None:
    """Fill in what the notices left out; what they say stands until staff have verified the claim.

    The size and the region are public at once, so those that the notices left out stay blank until then.
    """
    for field, value in asdict(details).items():
        if field not in HELD and not getattr(organisation, field):
            setattr(organisation, field, value)
    organisation.status, organisation.status_reason, organisation.verified_at = Status.PENDING, "", None
    organisation.submission_key = submission_key
    organisation.bump_version().save()


def _record_and_tell(organisation: Organisation, identifiers: dict[str, str], by: User, *, was_imported: bool) -> None:
    record(
        f"organisations.organisation.{'claimed' if was_imported else 'registered'}",
        target=organisation,
        by=by,
        new={"name": organisation.name, "status": organisation.status, "owner": str(by), **identifiers},
    )
    claim = ""
    if was_imported:
        claim = " It takes over a record that was made from published notices, whose size and region stay as they are."
    tell(
        kind=Notice.ORGANISATION,
        subject=f"{organisation} waits to be verified",
        body=f"{by} registered {organisation} ({organisation.get_kind_display().lower()}).{claim} "
        "Check who they are, then verify or refuse it.",
        recipients=portal_staff(),
        path=organisation.get_absolute_url(),
        link_text="See the organisation",
        reason="You are a member of staff.",
    )

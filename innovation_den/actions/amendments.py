"""Changes of a pilot's terms after its start: proposed by one side, in force once both have signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from innovation_den.actions.pilot_log import alert_rules
from innovation_den.choices import PilotState
from innovation_den.models import Pilot, PilotAmendment
from innovation_den.models.pilot_log import BESIDE, beside_as_text, beside_in_words
from innovation_den.models.pilots import TERMS
from innovation_den.permissions import sides_of
from innovation_den.pilot_notices import other_side, tell_sides
from innovation_den.pilot_rules import WORDS, beside_of, terms_of, why_not_beside, why_not_terms
from portal.audit.actions import record
from portal.records import sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

FIXED_NOW = ("starts_on",)  # it has begun


def _locked(pilot: Pilot, side: str, by: User) -> Pilot:
    pilot = Pilot.objects.locked(pilot.pk)
    if side not in sides_of(by, pilot):
        raise PermissionDenied
    if pilot.state != PilotState.RUNNING:
        raise Refused("Terms are amended while the pilot runs")
    return pilot


def as_they_stand(pilot: Pilot) -> dict[str, Any]:
    """All that an amendment may change."""
    return terms_of(pilot) | beside_of(pilot)


def as_text(name: str, value: Any) -> Any:
    """A term as JSON holds it, in the one way of writing that the column has."""
    if name in BESIDE:
        return beside_as_text(name, value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def for_the_record(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Stop rules and review points in words, as a History page shows them."""
    return {name: beside_in_words(name, text) if name in BESIDE else text for name, text in texts.items()}


def _check(pilot: Pilot, changed: Mapping[str, Any], now: datetime) -> None:
    reasons = [
        Reason(f"Say {words}", name) for name, words in WORDS.items() if name in changed and changed[name] in (None, "")
    ]
    today = timezone.localdate(now)
    reasons += why_not_terms(pilot, {**terms_of(pilot), **changed}, today) + why_not_beside(pilot, changed, today)
    if reasons:
        raise Refused(reasons)


@transaction.atomic
def propose_amendment(
    *,
    pilot: Pilot,
    side: str,
    version: int,
    fields: Mapping[str, Any],
    reason: str,
    by: User,
    now: datetime,
    submission_key: UUID,
) -> PilotAmendment:
    """Propose new terms, and sign them for one side. Nothing changes until the other side signs as well."""
    pilot = Pilot.objects.locked(pilot.pk)
    if side in sides_of(by, pilot) and (made := sent_before(pilot.amendments.all(), submission_key)):
        return made
    pilot = _locked(pilot, side, by)
    if unknown := set(fields) - {*TERMS, *BESIDE} | set(fields) & set(FIXED_NOW):
        raise ValueError(f"Not terms that can change: {sorted(unknown)}")
    pilot.check_version(version)
    if pilot.amendments.filter(applied_at=None, dropped_at=None).exists():
        raise Refused("An amendment is waiting to be signed. Sign it or take it back first")
    stands = as_they_stand(pilot)
    changed = {name: value for name, value in fields.items() if as_text(name, value) != as_text(name, stands[name])}
    if not changed:
        raise Refused("Nothing is different. Change at least one term")
    _check(pilot, changed, now)
    amendment = PilotAmendment.objects.create(
        pilot=pilot,
        number=pilot.amendments.count() + 1,
        old={name: as_text(name, stands[name]) for name in changed},
        new={name: as_text(name, value) for name, value in changed.items()},
        reason=reason,
        proposed_side=side,
        proposed_at=now,
        submission_key=submission_key,
        **{f"signed_by_{side}": by},
    )
    new = for_the_record(amendment.new)
    record("innovation_den.pilot.amendment_proposed", target=pilot, by=by, new=new, note=reason)
    body = f"{by.name} of {pilot.side_name(side)} proposes to change what was agreed. The reason given: {reason}"
    tell_sides(
        pilot,
        "A change of the terms is proposed",
        body,
        sides=other_side(side),
        key=f"proposed:{amendment.number}",
        path=amendment.get_absolute_url(),
        link_text="Read it, then sign or refuse it",
    )
    return amendment


@transaction.atomic
def sign_amendment(*, amendment: PilotAmendment, side: str, by: User, now: datetime) -> PilotAmendment:
    """Sign for one side. The second signature puts the new terms in force, by the database's own hand."""
    pilot = Pilot.objects.locked(amendment.pilot_id)
    if side not in sides_of(by, pilot):
        raise PermissionDenied
    amendment = PilotAmendment.objects.select_for_update().get(pk=amendment.pk)
    if amendment.signer(side) == by:
        return amendment  # the button pressed twice
    _check_can_sign(amendment, _locked(pilot, side, by), side, by, now)
    setattr(amendment, f"signed_by_{side}", by)
    amendment.applied_at = now
    amendment.save(update_fields=[f"signed_by_{side}", "applied_at"])
    pilot.refresh_from_db()
    pilot.bump_version().save(update_fields=["version"])
    record(
        "innovation_den.pilot.amended",
        target=pilot,
        by=by,
        old=for_the_record(amendment.old),
        new=for_the_record(amendment.new),
        note=amendment.reason,
    )
    body = f"Both sides have signed amendment {amendment.number}. It is in force."
    tell_sides(pilot, "The terms are amended", body, key=f"amended:{amendment.number}")
    alert_rules(pilot, now)  # a rule that is new may be met already
    return amendment


def _check_can_sign(amendment: PilotAmendment, pilot: Pilot, side: str, by: User, now: datetime) -> None:
    if amendment.dropped_at:
        raise Refused("This amendment was taken back or refused")
    if amendment.applied_at:
        raise Refused("Both sides have signed this amendment")
    if signer := amendment.signer(side):
        raise Refused(f"{signer.name} has signed for {pilot.side_name(side)}. The other side signs next")
    if by in (amendment.signed_by_sponsor, amendment.signed_by_firm):
        raise Refused("You have signed for the other side. Somebody else must sign for this one")
    stands = as_they_stand(pilot)
    if {name: as_text(name, stands[name]) for name in amendment.old} != amendment.old:
        raise Refused("The terms have changed since this was proposed. Take it back and propose it anew")
    _check(pilot, amendment.new_values(), now)


@transaction.atomic
def drop_amendment(*, amendment: PilotAmendment, by: User, now: datetime) -> PilotAmendment:
    """Take back or refuse an amendment that is not in force. Either side may."""
    pilot = Pilot.objects.locked(amendment.pilot_id)
    if not sides_of(by, pilot):
        raise PermissionDenied
    amendment = PilotAmendment.objects.select_for_update().get(pk=amendment.pk)
    if amendment.dropped_at:
        return amendment
    if amendment.applied_at:
        raise Refused("Both sides have signed this amendment, so it is in force")
    amendment.dropped_at = now
    amendment.save(update_fields=["dropped_at"])
    record("innovation_den.pilot.amendment_dropped", target=pilot, by=by, old=for_the_record(amendment.new))
    body = f"{by.name} took back or refused amendment {amendment.number}. The terms stay as they are."
    tell_sides(pilot, "A change of the terms is off", body, key=f"dropped:{amendment.number}")
    return amendment

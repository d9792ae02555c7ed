"""Staff decide whether an organisation is who it says it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind as Notice
from portal.organisations.choices import STATUS_TRANSITIONS, Kind, Status
from portal.organisations.listeners import organisation_changed
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_manage_organisation, can_verify_organisation, has_role
from portal.organisations.queries import people_of, portal_staff
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

REASON_LIMIT = 500  # characters


def verify_organisation(*, organisation: Organisation, by: User, now: datetime) -> Organisation:
    """Let the organisation publish or respond, and tell its members."""
    return _decide(organisation, Status.VERIFIED, by, now)


def refuse_organisation(*, organisation: Organisation, reason: str, by: User, now: datetime) -> Organisation:
    """Turn down one that waits. Its members are told the reason and may mend it and ask again."""
    return _decide(organisation, Status.REFUSED, by, now, reason)


def suspend_organisation(*, organisation: Organisation, reason: str, by: User, now: datetime) -> Organisation:
    """Stop a verified one from publishing and responding, from the next request on; verifying it undoes this."""
    return _decide(organisation, Status.SUSPENDED, by, now, reason)


@transaction.atomic
def _decide(organisation: Organisation, to: Status, by: User, now: datetime, reason: str = "") -> Organisation:
    if not can_verify_organisation(by):
        raise PermissionDenied
    organisation = Organisation.objects.locked(organisation.pk)
    reason = reason.strip()
    reasons = _wrong_with_move(organisation, to)
    if has_role(by, organisation):
        reasons.append(Reason("You belong to this organisation, so another member of staff must decide"))
    if to != Status.VERIFIED and not reason:
        reasons.append(Reason("Enter the reason. The organisation's members will read it", "reason"))
    if len(reason) > REASON_LIMIT:
        reasons.append(Reason(f"The reason must be {REASON_LIMIT} characters or fewer", "reason"))
    if reasons:
        raise Refused(reasons)
    _move(organisation, to, reason, by, now)
    _tell_members(organisation)
    return organisation


def _wrong_with_move(organisation: Organisation, to: Status) -> list[Reason]:
    if to in STATUS_TRANSITIONS[Status(organisation.status)]:
        return []
    now_it_is = organisation.get_status_display().lower()
    return [Reason(f"{organisation} is now: {now_it_is}. It cannot become: {to.label.lower()}")]


def _move(organisation: Organisation, to: Status, reason: str, by: User, now: datetime) -> None:
    old = {"status": organisation.status, "status_reason": organisation.status_reason}
    organisation.status, organisation.status_reason = to, reason
    if to == Status.VERIFIED:
        organisation.verified_at = now
    organisation.bump_version().save(update_fields=["status", "status_reason", "verified_at", "version"])
    event = {Status.PENDING: "asked_again"}.get(to, str(to))
    record(
        f"organisations.organisation.{event}",
        target=organisation,
        by=by,
        old=old,
        new={"status": to.value, "status_reason": reason},
    )
    organisation_changed(organisation)


def _tell_members(organisation: Organisation) -> None:
    does = "publish requests" if organisation.kind == Kind.PUBLIC_BODY else "respond to requests"
    subject, body = {
        Status.VERIFIED: (
            f"{organisation} is verified",
            f"We have checked {organisation}. It may now {does}.",
        ),
        Status.REFUSED: (
            f"{organisation} was not verified",
            f"We could not verify {organisation}.\n\nThe reason: {organisation.status_reason}\n\n"
            "An owner can mend this and ask again.",
        ),
        Status.SUSPENDED: (
            f"{organisation} is suspended",
            f"We have suspended {organisation}. It cannot {does} for now.\n\nThe reason: {organisation.status_reason}",
        ),
    }[Status(organisation.status)]
    tell(
        kind=Notice.ORGANISATION,
        subject=subject,
        body=body,
        recipients=people_of(organisation),
        path=organisation.get_absolute_url(),
        link_text="See your organisation",
        reason=f"You belong to {organisation}.",
    )


@transaction.atomic
def ask_again(*, organisation: Organisation, by: User, now: datetime) -> Organisation:
    """An owner of a refused organisation has mended what was wrong; staff look at it once more."""
    organisation = Organisation.objects.locked(organisation.pk)
    if not can_manage_organisation(by, organisation):
        raise PermissionDenied
    # A verified one may go back to pending too, but only by a claim, never by asking.
    if organisation.status != Status.REFUSED:
        state = organisation.get_status_display().lower()
        raise Refused(f"Only an organisation that was refused asks again. {organisation} is now: {state}.")
    _move(organisation, Status.PENDING, "", by, now)
    tell(
        kind=Notice.ORGANISATION,
        subject=f"{organisation} asks again to be verified",
        body=f"{by} has asked us to look at {organisation} again.",
        recipients=portal_staff(),
        path=organisation.get_absolute_url(),
        link_text="See the organisation",
        reason="You are a member of staff.",
    )
    return organisation

"""The life of a den: drafted, opened, moved on step by step, or called off with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction

from innovation_den.actions.changes import save_changes
from innovation_den.actions.invitations import invite
from innovation_den.actions.told import tell_of_call, tell_of_calling_off, tell_of_closing, tell_of_later_closing
from innovation_den.choices import DEN_TRANSITIONS, DenState
from innovation_den.models import Den
from innovation_den.models.schedule import Booking
from innovation_den.permissions import can_host, can_organise
from innovation_den.queries.programme import with_rows
from innovation_den.rules import why_not_move
from portal.audit.actions import record
from portal.organisations.choices import SME_SIZES, Size
from portal.organisations.models import Organisation
from portal.records import check_transition, sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

DRAFT_FIELDS = frozenset(
    {
        *("title", "challenge", "capabilities", "rules", "prize", "budget_cap", "owner"),
        *("sizes", "regions", "most_pitches_each", "opens_at", "closes_at"),
        *("panel_size", "most_pitches_a_day", "most_pitches_in_all", "names_panel"),
    }
)
PUBLISHED = "This den is published, so firms rely on it. It can no longer be changed here"


def locked_den(den: Den, by: User) -> Den:
    """The den as it is now, locked, where `by` runs it."""
    den = Den.objects.locked(den.pk)
    if not can_organise(by, den):
        raise PermissionDenied
    return den


def locked_draft(den: Den, by: User) -> Den:
    """The den, locked, where `by` runs it and nobody else has seen it."""
    den = locked_den(den, by)
    if den.state != DenState.DRAFT:
        raise Refused(PUBLISHED)
    return den


@transaction.atomic
def start_den(*, host: Organisation, title: str, by: User, submission_key: UUID, request: str = "") -> Den:
    """Make a draft that small and medium firms may pitch in. The same form sent twice gives the same draft.

    `request` is the reference of an early-engagement request of the same host, whose problem the den takes up.
    """
    if not can_host(by, host):
        raise PermissionDenied
    host = Organisation.objects.locked(host.pk)  # so that the same form sent twice at once makes one
    if made := sent_before(Den.objects.filter(host=host), submission_key):
        return made
    asked = request_of(host, request)
    den = Den.objects.create(
        host=host,
        owner=by,
        title=title,
        submission_key=submission_key,
        engagement=asked,
        challenge=asked.problem[:5000] if asked else "",
        sizes=[size for size in Size.values if size in SME_SIZES],
    )
    if asked:
        den.capabilities.set(asked.capabilities.all())
    record("innovation_den.den.started", target=den, by=by, new={"title": title})
    return den


def request_of(host: Organisation, reference: str) -> Any:
    """The host's own request that everybody can read; None where there is none of that reference."""
    if not reference:
        return None
    requests: Any = apps.get_model("engagement", "EngagementRequest").objects
    return requests.public().filter(authority=host, reference=reference.replace("\x00", "")).first()


@transaction.atomic
def save_den(*, den: Den, version: int, by: User, fields: Mapping[str, Any]) -> Den:
    """Save some of the draft's fields. Raises `StaleWrite` where somebody else saved it first."""
    den = locked_draft(den, by)
    owner = fields.get("owner")
    if owner is not None and not can_organise(owner, den):
        raise Refused([Reason("Choose somebody who writes for the host", "owner")])
    if changes := save_changes(den, version, fields, DRAFT_FIELDS):
        record("innovation_den.den.saved", target=den, by=by, old=changes.old, new=changes.new)
    return den


@transaction.atomic
def delete_den(*, den: Den, by: User) -> None:
    """Delete a draft that nobody but its host has seen."""
    den = locked_draft(den, by)
    record("innovation_den.den.deleted", target=den, by=by, old={"title": den.title})
    den.delete()


@transaction.atomic
def move_den(*, den: Den, to: str, by: User | None, now: datetime, reason: str = "") -> Den:
    """Take the den to its next state; `by` is None where the clock does it, which closes calls and nothing else.

    Raises `Refused` with every rule that stands against it. To the archive before it is decided means to call it
    off, which needs a reason.
    """
    den = locked_den(den, by) if by else Den.objects.locked(den.pk)
    if by is None and to != DenState.SCREENING:
        raise PermissionDenied
    old = den.state
    label = DenState(to).label.lower()
    check_transition(
        DEN_TRANSITIONS, old, to, f"From “{den.get_state_display()}” a den cannot go to “{label}”. It may have moved on"
    )
    reasons = [Reason(words) for words in why_not_move(den, to, now, reason)]
    if reasons:
        raise Refused(reasons)
    den.state = to
    changed = _set_times(den, old, now, reason)
    den.bump_version().save(update_fields=["state", "version", *changed])
    record(
        f"innovation_den.den.{_verb(old, to)}", target=den, by=by, old={"state": old}, new={"state": to}, note=reason
    )
    _after_move(den, old, now)
    return den


def _verb(old: str, to: str) -> str:
    if to == DenState.ARCHIVED:
        return "archived" if old == DenState.DECIDED else "called_off"
    return {DenState.OPEN: "published", DenState.SCREENING: "closed"}.get(DenState(to), "moved_on")


def _set_times(den: Den, old: str, now: datetime, reason: str) -> list[str]:
    """Write what the new state needs; gives the names of the fields."""
    if den.state == DenState.OPEN:
        den.published_at, den.opens_at = now, max(den.opens_at or now, now)
        return ["published_at", "opens_at"]
    if den.state == DenState.DECIDED:
        den.decided_at = now
        return ["decided_at"]
    if den.state == DenState.ARCHIVED and old != DenState.DECIDED:
        den.called_off_reason = reason.strip()
        return ["called_off_reason"]
    return []


def _after_move(den: Den, old: str, now: datetime) -> None:
    """Tell whom the step concerns; a den that is called off gives its rooms and people free."""
    if den.state == DenState.OPEN:
        tell_of_call(den)
    elif den.state == DenState.SCREENING:
        tell_of_closing(den)
    elif den.is_called_off and old != DenState.DECIDED:
        Booking.objects.filter(slot__den=den).delete()
        for slot in den.programme.filter(cancelled_at=None):
            slot.cancelled_at, slot.sequence = now, slot.sequence + 1
            slot.bump_version().save(update_fields=["cancelled_at", "sequence", "version"])
        tell_of_calling_off(den)
        invite(den=den, slots=list(with_rows(den.programme.all())), now=now)  # out of everybody's calendar


@transaction.atomic
def put_off_closing(*, den: Den, closes_at: datetime, version: int, by: User, now: datetime) -> Den:
    """Let an open call close later, never earlier. Everybody who has begun a pitch is told."""
    den = locked_den(den, by)
    old = den.closes_at
    if closes_at == old:
        return den  # the same form sent twice
    if den.state_at(now) != DenState.OPEN or old is None:
        raise Refused("Only a call that is open can close later")
    den.check_version(version)
    reasons = []
    if closes_at < old:
        reasons.append(
            Reason("The call cannot close earlier: firms rely on the time that they were given", "closes_at")
        )
    first = den.sessions.order_by("starts_at").first()
    if first and closes_at >= first.starts_at:
        reasons.append(
            Reason(f"The call must close before the first session, {first}. Move the session first", "closes_at")
        )
    if reasons:
        raise Refused(reasons)
    den.closes_at = closes_at
    den.bump_version().save(update_fields=["closes_at", "version"])
    record("innovation_den.den.put_off", target=den, by=by, old={"closes_at": old}, new={"closes_at": closes_at})
    tell_of_later_closing(den)
    return den

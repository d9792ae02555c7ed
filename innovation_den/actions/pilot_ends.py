"""A pilot at its end: the outcome in words, what is published, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from innovation_den.choices import PILOT_TRANSITIONS, PilotExit, PilotOutcome, PilotState, Side
from innovation_den.models import Pilot
from innovation_den.permissions import can_sponsor, sides_of
from innovation_den.pilot_notices import tell_sides
from innovation_den.pilot_rules import is_over
from portal.audit.actions import record
from portal.records import check_transition
from portal.refusals import Reason, Refused
from techmap.actions import record_evidence
from techmap.choices import EvidenceKind

if TYPE_CHECKING:
    from portal.accounts.models import User

# Who writes what of the outcome.
SAID_BY = {Side.SPONSOR: ("outcome", "learnt", "advice", "exit"), Side.FIRM: ("firm_words",)}
CLEAR = frozenset({PilotOutcome.PROVED, PilotOutcome.DISPROVED})
ENDED = "The test is over. Write down what came of it and what you learnt; the firm adds its own words."


@transaction.atomic
def end_pilot(*, pilot: Pilot, reason: str, by: User, now: datetime) -> Pilot:
    """End a pilot that runs. Either side may, with a reason that the other reads where it is before its last day."""
    pilot = Pilot.objects.locked(pilot.pk)
    if not sides_of(by, pilot):
        raise PermissionDenied
    if pilot.state == PilotState.REVIEW:
        return pilot  # the button pressed twice, or both sides at once
    if not reason and not is_over(pilot, now):
        raise Refused([Reason("Say why it ends before its last day", "reason")])
    _end(pilot, now, by=by, reason=reason)
    return pilot


@transaction.atomic
def end_when_over(*, pilot: Pilot, now: datetime) -> bool:
    """The clock ends a pilot on the day after its last. False where nothing was due."""
    pilot = Pilot.objects.locked(pilot.pk)
    if pilot.state != PilotState.RUNNING or not is_over(pilot, now):
        return False
    _end(pilot, now)
    return True


def _end(pilot: Pilot, now: datetime, *, by: User | None = None, reason: str = "") -> None:
    check_transition(PILOT_TRANSITIONS, pilot.state, PilotState.REVIEW, "Only a pilot that runs can be ended")
    pilot.amendments.filter(applied_at=None, dropped_at=None).update(dropped_at=now)
    pilot.state, pilot.ended_at, pilot.end_reason = PilotState.REVIEW, now, reason
    pilot.bump_version().save(update_fields=["state", "ended_at", "end_reason", "version"])
    record("innovation_den.pilot.ended", target=pilot, by=by, note=reason)
    said = f"{by.name} ended it: {reason}\n\n" if by and reason else ""
    tell_sides(pilot, "Ended", said + ENDED, key="ended", link_text="Write the outcome")


@transaction.atomic
def save_outcome(*, pilot: Pilot, side: str, version: int, by: User, fields: Mapping[str, Any]) -> Pilot:
    """Save what one side says of the outcome. Raises `StaleWrite` where somebody else saved it first."""
    pilot = Pilot.objects.locked(pilot.pk)
    if side not in sides_of(by, pilot):
        raise PermissionDenied
    if unknown := set(fields) - set(SAID_BY[Side(side)]):
        raise ValueError(f"Not for the {side} to say: {sorted(unknown)}")
    if pilot.state != PilotState.REVIEW:
        raise Refused("The outcome is written once the pilot has ended, and fixed once it is published")
    changed = {name: value for name, value in fields.items() if getattr(pilot, name) != value}
    if not changed:
        return pilot
    pilot.check_version(version)
    old = {name: getattr(pilot, name) for name in changed}
    for name, value in changed.items():
        setattr(pilot, name, value)
    pilot.bump_version().save(update_fields=[*changed, "version"])
    record("innovation_den.pilot.saved", target=pilot, by=by, old=old, new=changed)
    return pilot


def why_not_publish(pilot: Pilot) -> list[Reason]:
    words = {
        "outcome": "Say whether the test proved it",
        "learnt": "Say what was learnt",
        "exit": "Say what comes next",
    }
    return [Reason(message) for name, message in words.items() if not getattr(pilot, name)]


@transaction.atomic
def publish_pilot(*, pilot: Pilot, version: int, by: User, now: datetime) -> Pilot:
    """Publish what was learnt, as it was read: `version`. A clear outcome is evidence, whichever it is."""
    pilot = Pilot.objects.locked(pilot.pk)
    if not can_sponsor(by, pilot):
        raise PermissionDenied
    if pilot.state == PilotState.PUBLISHED:
        return pilot
    check_transition(PILOT_TRANSITIONS, pilot.state, PilotState.PUBLISHED, "Only a pilot that has ended is published")
    pilot.check_version(version)
    if reasons := why_not_publish(pilot):
        raise Refused(reasons)
    pilot.state, pilot.published_at = PilotState.PUBLISHED, now
    pilot.bump_version().save(update_fields=["state", "published_at", "version"])
    record("innovation_den.pilot.published", target=pilot, by=by, new={"outcome": pilot.outcome, "exit": pilot.exit})
    if pilot.outcome in CLEAR:
        _bear_out(pilot, by)
    body = "What was learnt stands in the library of learning for everybody to read."
    tell_sides(pilot, "Learning published", body, key="published", link_text="Read it")
    return pilot


def _bear_out(pilot: Pilot, by: User) -> None:
    """That it was tested, and where; not how it went, which the page says with its reasons."""
    record_evidence(
        supplier=pilot.firm,
        kind=EvidenceKind.PILOT,
        source=f"pilot:{pilot.reference}",
        title=f"Tested with {pilot.sponsor}: {pilot.title}",
        dated=timezone.localdate(pilot.ended_at),
        capabilities=pilot.capabilities.all(),
        url=settings.SITE_URL + pilot.get_absolute_url(),
        value=pilot.spent or None,
        buyer=pilot.sponsor,
        by=by,
    )


@transaction.atomic
def link_engagement(*, pilot: Pilot, request_id: int, by: User) -> Pilot:
    """Name the request by which the sponsor asks the market next, where the exit is to scale."""
    pilot = Pilot.objects.locked(pilot.pk)
    if not can_sponsor(by, pilot):
        raise PermissionDenied
    if pilot.exit != PilotExit.SCALE or pilot.state not in {PilotState.REVIEW, PilotState.PUBLISHED}:
        raise Refused("A request is named once the outcome says that the idea goes on to procurement")
    requests = apps.get_model("engagement", "EngagementRequest").objects.filter(authority=pilot.sponsor)
    found = requests.filter(pk=request_id).first()
    if found is None:
        raise Refused([Reason(f"Select a request of {pilot.sponsor}", "request")])
    if pilot.engagement_id != found.pk:
        pilot.engagement_id = found.pk
        pilot.bump_version().save(update_fields=["engagement", "version"])
        record("innovation_den.pilot.scaled", target=pilot, by=by, new={"request": str(found)})
    return pilot

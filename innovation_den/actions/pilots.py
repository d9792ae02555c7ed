"""A pilot up to its start: set up from a selected pitch, signed by both sides, begun on its day or given up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from innovation_den.choices import PILOT_TRANSITIONS, Award, PilotExit, PilotState
from innovation_den.models import Den, Pilot, Pitch, PitchDecision, ReviewPoint, StopRule
from innovation_den.models.pilots import TERMS
from innovation_den.permissions import can_organise, can_sponsor, sides_of
from innovation_den.pilot_notices import other_side, tell_sides
from innovation_den.pilot_rules import is_over, terms_of, why_not_review, why_not_rule, why_not_sign, why_not_terms
from innovation_den.queries.pilot_places import has_free_place
from portal.audit.actions import record
from portal.govuk.formats import day
from portal.organisations.permissions import why_not_active
from portal.records import check_transition, sent_before
from portal.refusals import Reason, Refused
from techmap.models import Capability

if TYPE_CHECKING:
    from portal.accounts.models import User

SETTING_UP = frozenset({PilotState.DRAFT, PilotState.AGREED})
UNSIGNED = {"agreed_by_sponsor": None, "agreed_by_firm": None, "agreed_at": None, "state": PilotState.DRAFT}


def why_no_pilot(pitch: Pitch) -> list[Reason]:
    """Why no pilot can be set up from the pitch now."""
    released = PitchDecision.objects.filter(pitch=pitch, released_at__isnull=False)
    award = released.values_list("award", flat=True).first()
    if award == Award.RESERVE and not has_free_place(pitch.den):
        words = "One in reserve does where the pilot of a selected one was given up before it began"
        return [Reason(f"Only a pitch that was selected becomes a pilot. {words}")]
    if award not in {Award.SELECTED, Award.RESERVE}:
        return [Reason("Only a pitch that was selected becomes a pilot, once the decisions are released")]
    if pitch.pilots.filter(follows=None).exclude(state=PilotState.ABANDONED).exists():
        return [Reason("There is a pilot of this pitch already")]
    return []


@transaction.atomic
def create_pilot(*, pitch: Pitch, title: str, by: User, submission_key: UUID) -> Pilot:
    """Set up a pilot from a pitch that was selected, or was in reserve and has its turn.

    The same form sent twice makes one.
    """
    Den.objects.locked(pitch.den_id)  # two in reserve never take one place
    pitch = Pitch.objects.locked(pitch.pk)
    if not can_organise(by, pitch.den) or not Pitch.objects.visible_to(by).filter(pk=pitch.pk).exists():
        raise PermissionDenied
    if made := sent_before(Pilot.objects.filter(pitch=pitch), submission_key):
        return made
    if reasons := why_no_pilot(pitch):
        raise Refused(reasons)
    caps = [sum_ for sum_ in (pitch.ask_amount, pitch.den.budget_cap) if sum_ is not None]
    pilot = Pilot.objects.create(
        pitch=pitch,
        sponsor=pitch.den.host,
        firm=pitch.firm,
        title=title,
        hypothesis=pitch.test[:2000],
        budget_cap=min(caps) if caps else None,
        created_by=by,
        submission_key=submission_key,
    )
    pilot.capabilities.set(pitch.capabilities.all() or pitch.den.capabilities.all())
    _say_set_up(pilot, by)
    return pilot


@transaction.atomic
def follow_pilot(*, pilot: Pilot, title: str, by: User, submission_key: UUID) -> Pilot:
    """Set up another test after a published one whose next step is that. The terms are taken over, without days."""
    before = Pilot.objects.locked(pilot.pk)
    if not can_sponsor(by, before):
        raise PermissionDenied
    if made := sent_before(Pilot.objects.filter(follows=before), submission_key):
        return made
    if before.state != PilotState.PUBLISHED or before.exit != PilotExit.TEST_AGAIN:
        raise Refused("Another test follows once the learning of this one is published with that as the next step")
    if before.followed_by.exclude(state=PilotState.ABANDONED).exists():
        raise Refused("There is a further test already")
    terms = terms_of(before) | {"starts_on": None, "ends_on": None}
    after = Pilot.objects.create(
        pitch=before.pitch,
        follows=before,
        sponsor=before.sponsor,
        firm=before.firm,
        title=title,
        created_by=by,
        submission_key=submission_key,
        **terms,
    )
    after.capabilities.set(before.capabilities.all())
    rules = before.stop_rules.values_list("when", "limit")
    StopRule.objects.bulk_create(StopRule(pilot=after, when=when, limit=limit) for when, limit in rules)
    _say_set_up(after, by)
    return after


def _say_set_up(pilot: Pilot, by: User) -> None:
    follows = {"follows": pilot.follows.title} if pilot.follows else {}
    record("innovation_den.pilot.created", target=pilot, by=by, new={"title": pilot.title, **follows})
    body = (
        f"{pilot.sponsor} and {pilot.firm} set up a test together. Write its terms, then sign them on both sides. "
        "From the start on they change only where both sides sign again."
    )
    tell_sides(pilot, "A pilot is being set up", body, key="set-up")


def locked_terms(pilot: Pilot, by: User) -> Pilot:
    """The pilot, locked, where `by` writes for one side and the terms can still be written."""
    pilot = Pilot.objects.locked(pilot.pk)
    if not sides_of(by, pilot):
        raise PermissionDenied
    if pilot.state not in SETTING_UP:
        raise Refused("The terms are fixed. They change only by an amendment that both sides sign")
    return pilot


def _unsign(pilot: Pilot, by: User) -> list[str]:
    """Take both signatures back because a term changes, and say so. Returns the fields to save."""
    if pilot.agreed_by_sponsor_id is None and pilot.agreed_by_firm_id is None:
        return []
    for name, value in UNSIGNED.items():
        setattr(pilot, name, value)
    record("innovation_den.pilot.unsigned", target=pilot, by=by, note="A term was changed")
    body = f"{by.name} changed the terms, so nobody has signed them any more. Read them again, then sign."
    tell_sides(pilot, "Sign again", body, key=f"unsigned:{pilot.version}")
    return list(UNSIGNED)


@transaction.atomic
def save_terms(
    *, pilot: Pilot, version: int, by: User, fields: Mapping[str, Any], today: date, capabilities: Any = None
) -> Pilot:
    """Save some of the terms. Whoever changes one takes back both signatures. Raises `StaleWrite`, `Refused`."""
    pilot = locked_terms(pilot, by)
    if unknown := set(fields) - {*TERMS, "title"}:
        raise ValueError(f"Not terms of a pilot: {sorted(unknown)}")
    changed = {name: value for name, value in fields.items() if getattr(pilot, name) != value}
    wanted = None if capabilities is None else _other_capabilities(pilot, capabilities)
    if not changed and wanted is None:
        return pilot  # also where the same form was sent twice
    pilot.check_version(version)
    reasons = why_not_terms(pilot, terms_of(pilot) | changed, today)
    if wrong := [reason for reason in reasons if reason.field in fields]:
        raise Refused(wrong)
    old = {name: getattr(pilot, name) for name in changed}
    also = _unsign(pilot, by)
    for name, value in changed.items():
        setattr(pilot, name, value)
    pilot.bump_version().save(update_fields=[*changed, *also, "version"])
    if wanted is not None:
        old["capabilities"] = sorted(str(item) for item in pilot.capabilities.all())
        changed["capabilities"] = sorted(str(item) for item in wanted)
        pilot.capabilities.set(wanted)
    record("innovation_den.pilot.saved", target=pilot, by=by, old=old, new=changed)
    return pilot


def _other_capabilities(pilot: Pilot, wanted: Iterable[Capability]) -> list[Capability] | None:
    chosen = list(wanted)
    return None if {item.pk for item in chosen} == set(pilot.capabilities.values_list("pk", flat=True)) else chosen


@transaction.atomic
def add_stop_rule(*, pilot: Pilot, when: str, limit: Decimal, by: User) -> StopRule:
    """Say when the pilot should stop before its end. Said twice it is there once."""
    pilot = locked_terms(pilot, by)
    if known := pilot.stop_rules.filter(when=when, limit=limit).first():
        return known
    if reasons := list(why_not_rule(when, limit)):
        raise Refused(reasons)
    _change_beside_terms(pilot, by)
    rule = pilot.stop_rules.create(when=when, limit=limit)
    record("innovation_den.pilot.saved", target=pilot, by=by, new={"stop rule": str(rule)})
    return rule


@transaction.atomic
def remove_stop_rule(*, pilot: Pilot, rule: StopRule, by: User) -> None:
    pilot = locked_terms(pilot, by)
    if pilot.stop_rules.filter(pk=rule.pk).exists():
        _change_beside_terms(pilot, by)
        pilot.stop_rules.filter(pk=rule.pk).delete()
        record("innovation_den.pilot.saved", target=pilot, by=by, old={"stop rule": str(rule)})


@transaction.atomic
def add_review(*, pilot: Pilot, due_on: date, by: User) -> ReviewPoint:
    """Name a day on which both sides look at the pilot. Said twice it is there once."""
    pilot = locked_terms(pilot, by)
    if known := pilot.reviews.filter(due_on=due_on).first():
        return known
    if reasons := why_not_review(terms_of(pilot), due_on):
        raise Refused(reasons)
    _change_beside_terms(pilot, by)
    review = pilot.reviews.create(due_on=due_on)
    record("innovation_den.pilot.saved", target=pilot, by=by, new={"review point": due_on})
    return review


@transaction.atomic
def remove_review(*, pilot: Pilot, review: ReviewPoint, by: User) -> None:
    pilot = locked_terms(pilot, by)
    if pilot.reviews.filter(pk=review.pk).exists():
        _change_beside_terms(pilot, by)
        pilot.reviews.filter(pk=review.pk).delete()
        record("innovation_den.pilot.saved", target=pilot, by=by, old={"review point": review.due_on})


def _change_beside_terms(pilot: Pilot, by: User) -> None:
    """What stands beside the terms is signed with them: a change moves the version on."""
    also = _unsign(pilot, by)
    pilot.bump_version().save(update_fields=[*also, "version"])


@transaction.atomic
def sign_pilot(*, pilot: Pilot, side: str, version: int, by: User, now: datetime) -> Pilot:
    """Sign the terms for one side, as they were read: `version`. The second signature agrees the pilot.

    Raises `StaleWrite` where a term changed meanwhile, `Refused` with all that is missing.
    """
    pilot = Pilot.objects.locked(pilot.pk)
    if side not in sides_of(by, pilot):
        raise PermissionDenied
    if pilot.signer(side) == by:
        return pilot  # the button pressed twice
    if pilot.state != PilotState.DRAFT:
        raise Refused("Both sides have signed these terms")
    pilot.check_version(version)
    if reasons := _why_not_sign_for(pilot, side, by, now):
        raise Refused(reasons)
    setattr(pilot, f"agreed_by_{side}", by)
    if pilot.agreed_by_sponsor and pilot.agreed_by_firm:
        check_transition(PILOT_TRANSITIONS, pilot.state, PilotState.AGREED, "The terms cannot be signed now")
        pilot.state, pilot.agreed_at = PilotState.AGREED, now
    pilot.bump_version().save(update_fields=[f"agreed_by_{side}", "state", "agreed_at", "version"])
    record("innovation_den.pilot.signed", target=pilot, by=by, new={"side": side, **terms_of(pilot)})
    _tell_signed(pilot, side, by)
    return pilot


def _why_not_sign_for(pilot: Pilot, side: str, by: User, now: datetime) -> list[Reason]:
    reasons = why_not_sign(pilot, timezone.localdate(now))
    if signer := pilot.signer(side):
        reasons.append(Reason(f"{signer.name} has signed for {pilot.side_name(side)}"))
    if pilot.signer(other_side(side)[0]) == by:
        reasons.append(Reason("You have signed for the other side. Somebody else must sign for this one"))
    inactive = [why_not_active(one) for one in (pilot.sponsor, pilot.firm)]
    return reasons + [Reason(words) for words in inactive if words]


def _tell_signed(pilot: Pilot, side: str, by: User) -> None:
    if pilot.state == PilotState.AGREED:
        body = f"Both sides have signed. {pilot.sponsor} starts it on {day(pilot.starts_on)} or after."
        tell_sides(pilot, "Agreed", body, key=f"agreed:{pilot.version}")
    else:
        body = f"{by.name} has signed for {pilot.side_name(side)}. Read the terms, then sign for your side."
        tell_sides(pilot, "Waiting for you to sign", body, sides=other_side(side), key=f"signed:{pilot.version}")


@transaction.atomic
def start_pilot(*, pilot: Pilot, by: User, now: datetime) -> Pilot:
    """Begin on the first day or after it. From here on the terms are fixed."""
    pilot = Pilot.objects.locked(pilot.pk)
    if not can_sponsor(by, pilot):
        raise PermissionDenied
    if pilot.state == PilotState.RUNNING:
        return pilot
    check_transition(PILOT_TRANSITIONS, pilot.state, PilotState.RUNNING, "A pilot starts once both sides have signed")
    today = timezone.localdate(now)
    if pilot.starts_on and today < pilot.starts_on:
        raise Refused(f"The pilot starts on {day(pilot.starts_on)}. Change the first day to start sooner")
    if is_over(pilot, now):
        raise Refused(f"The last day, {day(pilot.ends_on)}, has passed. Change the dates, then sign again")
    if inactive := [words for one in (pilot.sponsor, pilot.firm) if (words := why_not_active(one))]:
        raise Refused([Reason(words) for words in inactive])
    pilot.state, pilot.started_at = PilotState.RUNNING, now
    pilot.bump_version().save(update_fields=["state", "started_at", "version"])
    record("innovation_den.pilot.started", target=pilot, by=by)
    body = f"The test has begun and runs to {day(pilot.ends_on)}. Write in the log once a week, with the measure."
    tell_sides(pilot, "Begun", body, key="started", link_text="Write in the log")
    return pilot


@transaction.atomic
def abandon_pilot(*, pilot: Pilot, reason: str, by: User) -> Pilot:
    """Give a pilot up before it starts. Either side may, with a reason that the other reads."""
    pilot = Pilot.objects.locked(pilot.pk)
    if not sides_of(by, pilot):
        raise PermissionDenied
    words = "A pilot that has begun is ended, not given up"
    check_transition(PILOT_TRANSITIONS, pilot.state, PilotState.ABANDONED, words)
    pilot.state, pilot.end_reason = PilotState.ABANDONED, reason
    pilot.bump_version().save(update_fields=["state", "end_reason", "version"])
    record("innovation_den.pilot.abandoned", target=pilot, by=by, note=reason)
    tell_sides(pilot, "Given up before it began", f"The reason given: {reason}", key="abandoned")
    return pilot

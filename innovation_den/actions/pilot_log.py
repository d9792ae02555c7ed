"""A pilot as it runs: the weekly log, what is spent within the cap, stop rules that are met, and review points."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from innovation_den.choices import PilotState
from innovation_den.models import LogEntry, Pilot, ReviewPoint, SpendEntry, StopRule
from innovation_den.permissions import can_sponsor, sides_of
from innovation_den.pilot_notices import tell_sides
from innovation_den.pilot_rules import LOGGED, is_met, why_not_dated
from portal.audit.actions import record
from portal.govuk.formats import day, money
from portal.records import sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


def _locked_running(pilot: Pilot, by: User) -> Pilot:
    pilot = Pilot.objects.locked(pilot.pk)
    if not sides_of(by, pilot):
        raise PermissionDenied
    return pilot


def _check_can_log(pilot: Pilot, dated: date, now: datetime) -> None:
    if pilot.state not in LOGGED:
        raise Refused("Entries can be made from the start of a pilot until its learning is published")
    if reasons := why_not_dated(pilot, dated, timezone.localdate(now)):
        raise Refused(reasons)


def _move_on(pilot: Pilot) -> None:
    """After the end a new figure counts as a change: nobody judges or publishes what they have not read."""
    if pilot.state == PilotState.REVIEW:
        pilot.bump_version().save(update_fields=["version"])


@transaction.atomic
def add_log_entry(
    *, pilot: Pilot, dated: date, text: str, value: Decimal | None, by: User, now: datetime, submission_key: UUID
) -> LogEntry:
    """Say what happened, and where the measure stands. Stop rules that this meets alert both sides."""
    pilot = _locked_running(pilot, by)
    if made := sent_before(pilot.log.all(), submission_key):
        return made
    _check_can_log(pilot, dated, now)
    entry = pilot.log.create(dated=dated, text=text, value=value, by=by, at=now, submission_key=submission_key)
    _move_on(pilot)
    record("innovation_den.pilot.logged", target=pilot, by=by, new={"dated": dated, "value": value})
    alert_rules(pilot, now)
    return entry


@transaction.atomic
def add_spending(
    *, pilot: Pilot, dated: date, amount: Decimal, what: str, by: User, now: datetime, submission_key: UUID
) -> SpendEntry:
    """Enter money that was spent, or below nought what came back. Refuses what would pass the cap."""
    pilot = _locked_running(pilot, by)
    if made := sent_before(pilot.spending.all(), submission_key):
        return made
    _check_can_log(pilot, dated, now)
    if reasons := _why_not_spend(pilot, amount):
        raise Refused(reasons)
    entry = pilot.spending.create(dated=dated, amount=amount, what=what, by=by, at=now, submission_key=submission_key)
    pilot.refresh_from_db(fields=["spent"])  # the database sums it
    _move_on(pilot)
    record("innovation_den.pilot.spent", target=pilot, by=by, new={"amount": amount, "what": what})
    alert_rules(pilot, now)
    return entry


def _why_not_spend(pilot: Pilot, amount: Decimal) -> list[Reason]:
    if amount == 0:
        return [Reason("Enter an amount that is not £0", "amount")]
    if amount > pilot.left:
        words = f"This would pass the cap of {money(pilot.budget_cap)}: {money(pilot.left)} is left"
        return [Reason(f"{words}. Enter that or less, or propose an amendment of the cap", "amount")]
    if pilot.spent + amount < 0:
        return [Reason(f"No more can come back than was spent, which is {money(pilot.spent)}", "amount")]
    return []


def alert_rules(pilot: Pilot, now: datetime) -> list[StopRule]:
    """Mark the stop rules that are met now, and tell both sides once of each. The pilot's row is locked."""
    if pilot.state != PilotState.RUNNING:
        return []
    waiting = pilot.stop_rules.filter(met_at=None)
    met = [rule for rule in waiting if is_met(rule, pilot, timezone.localdate(now))]
    for rule in met:
        rule.met_at = now
        rule.save(update_fields=["met_at"])
        record("innovation_den.pilot.stop_rule_met", target=pilot, by=None, new={"stop rule": str(rule)})
        body = (
            f"You agreed to stop, or to decide to go on, in this case: {rule.in_words(pilot)}.\n\n"
            "Talk to each other. Then the sponsor says what was decided, or either side ends the pilot."
        )
        tell_sides(pilot, "A stop rule is met", body, key=f"met:{rule.pk}", link_text="Say what was decided")
    return met


@transaction.atomic
def check_rules(*, pilot: Pilot, now: datetime) -> list[StopRule]:
    """What the clock alone may have met."""
    return alert_rules(Pilot.objects.locked(pilot.pk), now)


@transaction.atomic
def answer_rule(*, rule: StopRule, answer: str, by: User, now: datetime) -> StopRule:
    """Say why a pilot goes on although a stop rule is met."""
    pilot = Pilot.objects.locked(rule.pilot_id)
    if not can_sponsor(by, pilot):
        raise PermissionDenied
    rule = pilot.stop_rules.get(pk=rule.pk)
    if rule.met_at is None:
        raise Refused("This stop rule is not met, so nothing is to be decided")
    if rule.answer == answer:
        return rule
    if rule.answer:
        raise Refused("An answer was given already")
    rule.answer, rule.answered_by, rule.answered_at = answer, by, now
    rule.save(update_fields=["answer", "answered_by", "answered_at"])
    record("innovation_den.pilot.stop_rule_answered", target=pilot, by=by, new={"stop rule": str(rule)}, note=answer)
    tell_sides(pilot, "The pilot goes on", f"{rule.in_words(pilot)}. Decided: {answer}", key=f"answered:{rule.pk}")
    return rule


@transaction.atomic
def decide_review(*, review: ReviewPoint, goes_on: bool, note: str, by: User, now: datetime) -> ReviewPoint:
    """Keep what was decided at a review point. Where it does not go on, somebody ends the pilot next."""
    pilot = Pilot.objects.locked(review.pilot_id)
    if not can_sponsor(by, pilot):
        raise PermissionDenied
    if pilot.state != PilotState.RUNNING:
        raise Refused("Review points are decided while the pilot runs")
    review = pilot.reviews.get(pk=review.pk)
    if review.at:
        if (review.goes_on, review.note) == (goes_on, note):
            return review
        raise Refused(f"This was decided on {day(review.at)}")
    review.goes_on, review.note, review.by, review.at = goes_on, note, by, now
    review.save(update_fields=["goes_on", "note", "by", "at"])
    new = {"review point": review.due_on, "goes_on": goes_on}
    record("innovation_den.pilot.reviewed", target=pilot, by=by, new=new, note=note)
    said = "It goes on" if goes_on else "It does not go on, so it is to be ended"
    tell_sides(pilot, "Review point decided", f"{said}.\n\n{note}", key=f"reviewed:{review.pk}")
    return review

"""Rules of a pilot's terms, its log and its end: every reason at once, in words that say how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from innovation_den.choices import Better, PilotOutcome, PilotState, StopWhen
from innovation_den.models import Pilot, StopRule
from innovation_den.models.pilots import TERMS
from portal.govuk.formats import day, money
from portal.refusals import Reason

LOGGED = frozenset({PilotState.RUNNING, PilotState.REVIEW})  # bills and last figures come in after the end
LOG_DAYS = 7  # a week without a word is late
REVIEW_SOON = 7  # days before a review point
OUTCOME_DAYS = 28  # from the end to the published outcome, before people are reminded
WORDS = {
    "hypothesis": "what you want to find out",
    "measure": "what is measured",
    "unit": "the unit of the measure",
    "baseline": "what the measure is today",
    "threshold": "what would prove it",
    "budget_cap": "the most that may be spent",
    "starts_on": "the first day",
    "ends_on": "the last day",
    "data_notes": "what data is used, and on what grounds",
    "ethics_notes": "who could be harmed, and how that is kept from happening",
}


def terms_of(pilot: Pilot) -> dict[str, Any]:
    return {name: getattr(pilot, name) for name in TERMS}


def why_not_terms(pilot: Pilot, terms: Mapping[str, Any], today: date) -> list[Reason]:
    """What is wrong with terms that were filled in; those left empty are for the signature to miss."""
    return [*_wrong_threshold(terms), *_wrong_cap(pilot, terms), *_wrong_dates(pilot, terms, today)]


def _wrong_threshold(terms: Mapping[str, Any]) -> Iterator[Reason]:
    baseline, threshold = terms["baseline"], terms["threshold"]
    if baseline is None or threshold is None:
        return
    if terms["better"] == Better.HIGHER and threshold <= baseline:
        yield Reason("What would prove it must be more than what it is today, because higher is better", "threshold")
    if terms["better"] == Better.LOWER and threshold >= baseline:
        yield Reason("What would prove it must be less than what it is today, because lower is better", "threshold")


def _wrong_cap(pilot: Pilot, terms: Mapping[str, Any]) -> Iterator[Reason]:
    cap, most = terms["budget_cap"], pilot.pitch.den.budget_cap
    if cap is None:
        return
    if cap <= 0:
        yield Reason("The most that may be spent must be more than £0", "budget_cap")
    if most is not None and cap > most:
        yield Reason(f"The den allows {money(most)} for one test. Enter that or less", "budget_cap")
    if cap < pilot.spent:
        yield Reason(f"{money(pilot.spent)} is spent already. Enter that or more", "budget_cap")


def _wrong_dates(pilot: Pilot, terms: Mapping[str, Any], today: date) -> Iterator[Reason]:
    starts, ends = terms["starts_on"], terms["ends_on"]
    if starts and ends and ends <= starts:
        yield Reason("The last day must be after the first", "ends_on")
    elif ends and ends < today:
        yield Reason("The last day must not be in the past", "ends_on")
    if starts and starts < today and not pilot.started_at:
        yield Reason("The first day must not be in the past", "starts_on")


def why_not_sign(pilot: Pilot, today: date) -> list[Reason]:
    """What is missing or wrong before anybody can sign."""
    terms = terms_of(pilot)
    missing = [Reason(f"Say {words}") for name, words in WORDS.items() if terms[name] in (None, "")]
    if not pilot.stop_rules.exists():
        missing.append(Reason("Add at least one stop rule"))
    dues = list(pilot.reviews.values_list("due_on", flat=True))
    if not dues:
        missing.append(Reason("Add at least one review point"))
    outside = [due for due in dues if why_not_review(terms, due)]
    missing += [Reason(f"The review point on {day(due)} is not between the first and the last day") for due in outside]
    return missing + why_not_terms(pilot, terms, today)


def beside_of(pilot: Pilot) -> dict[str, list[Any]]:
    """What both sides sign beside the terms: stop rules, and the days of the review points."""
    return {
        "stop_rules": sorted(pilot.stop_rules.values_list("when", "limit")),
        "reviews": sorted(pilot.reviews.values_list("due_on", flat=True)),
    }


def why_not_beside(pilot: Pilot, changed: Mapping[str, Any], today: date) -> list[Reason]:
    """What is wrong with the stop rules and the review points as an amendment would leave them."""
    reasons: list[Reason] = []
    if "stop_rules" in changed:
        reasons += _wrong_rules(pilot, set(changed["stop_rules"]))
    if "reviews" in changed or "ends_on" in changed:
        after = set(changed.get("reviews", pilot.reviews.values_list("due_on", flat=True)))
        reasons += _wrong_reviews(pilot, after, {**terms_of(pilot), **changed}, today)
    return reasons


def _wrong_rules(pilot: Pilot, after: set[tuple[str, Decimal]]) -> Iterator[Reason]:
    if not after:
        yield Reason("Leave at least one stop rule", "stop_rules_out")
    for rule in pilot.stop_rules.exclude(met_at=None):
        if (rule.when, rule.limit) not in after:
            yield Reason(f"“{rule.in_words(pilot)}” was met, so it stays on the record", "stop_rules_out")
    for when, limit in after:
        yield from why_not_rule(when, limit, "stop_limit")


def why_not_rule(when: str, limit: Decimal, field: str = "limit") -> Iterator[Reason]:
    if limit < 0 and when in {StopWhen.SPENT_ABOVE, StopWhen.NO_LOG_FOR}:
        yield Reason("Enter 0 or more", field)


def _wrong_reviews(pilot: Pilot, after: set[date], terms: Mapping[str, Any], today: date) -> Iterator[Reason]:
    decided = set(pilot.reviews.exclude(at=None).values_list("due_on", flat=True))
    before = set(pilot.reviews.values_list("due_on", flat=True))
    if not after:
        yield Reason("Leave at least one review point", "reviews_out")
    for due in sorted(decided - after):
        yield Reason(f"The review point on {day(due)} is decided, so it stays on the record", "reviews_out")
    for due in sorted(after - decided):
        if why_not_review(terms, due):
            says = f"The review point on {day(due)} is not between the first and the last day. Take it out"
            yield Reason(says, "reviews_out") if due in before else why_not_review(terms, due, "review_on")[0]
        elif due < today and due not in before:
            yield Reason("A new review point must not be in the past", "review_on")


def why_not_review(terms: Mapping[str, Any], due: date, field: str = "due_on") -> list[Reason]:
    starts, ends = terms["starts_on"], terms["ends_on"]
    if starts and ends and not starts < due <= ends:
        return [Reason(f"A review point must be after {day(starts)} and no later than {day(ends)}", field)]
    return []


def why_not_dated(pilot: Pilot, dated: date, today: date) -> list[Reason]:
    """An entry of the log or the spending speaks of a day that has been, while the pilot ran."""
    if dated > today:
        return [Reason("The date must not be in the future", "dated")]
    if pilot.started_at and dated < timezone.localdate(pilot.started_at):
        return [
            Reason(f"The date must be {day(timezone.localdate(pilot.started_at))}, when it began, or later", "dated")
        ]
    return []


def is_met(rule: StopRule, pilot: Pilot, today: date) -> bool:
    """Whether what the rule stops for has come about. Any value of the log counts, whenever it was written."""
    match rule.when:
        case StopWhen.MEASURE_BELOW:
            return pilot.log.filter(value__lt=rule.limit).exists()
        case StopWhen.MEASURE_ABOVE:
            return pilot.log.filter(value__gt=rule.limit).exists()
        case StopWhen.SPENT_ABOVE:
            return pilot.spent > rule.limit
    return silent_days(pilot, today) >= rule.limit


def silent_days(pilot: Pilot, today: date) -> int:
    """Days since anybody wrote in the log, or since the start."""
    last = pilot.log.order_by("-at").values_list("at", flat=True).first()
    since = last or pilot.started_at
    return (today - timezone.localdate(since)).days if since else 0


def suggested_outcome(pilot: Pilot, last: Decimal | None) -> str:
    """What the last value says. People decide."""
    if last is None:
        return PilotOutcome.INCONCLUSIVE
    return PilotOutcome.PROVED if pilot.reaches(last) else PilotOutcome.DISPROVED


def is_over(pilot: Pilot, now: datetime) -> bool:
    """The last day is part of the pilot."""
    return bool(pilot.ends_on and timezone.localdate(now) > pilot.ends_on)

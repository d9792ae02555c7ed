"""The facts of many contracts as they were known on a day, from the columns of their returns: never from lines.

The parties see every return that stood, submitted or accepted. Everybody else sees what the buyer had accepted,
without what is held back; a correction that waits for its decision leaves what was accepted before as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Aggregate, Count, F, Field, Func, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import ExtractYear
from django.utils import timezone

from reporting.choices import AssessmentState, Rhythm
from reporting.comparison.facts import LATEST, SUMS, Facts, Said, YearSums
from reporting.models import Amendment, Assessment, AssessmentKpi, Contract, KpiRating, Return
from reporting.periods import periods_of
from reporting.queries.publication import Redacted, redactions_of

# A year of returns runs from April: the end of each period, put back by the first quarter of a year.
QUARTER = timedelta(days=91)
BOTH_UNITS = Q(run_spend__isnull=False, completed_transactions__gt=0)
BOTH_USERS = Q(run_spend__isnull=False, users_served__gt=0)
BOTH_SMES = Q(sme_paid__isnull=False, actual_spend__isnull=False)
# Sum: the column, and which returns it is of.
SUMMED: dict[str, tuple[str, Q]] = {
    "actual_spend": ("actual_spend", Q()),
    "build_spend": ("build_spend", Q()),
    "run_spend": ("run_spend", Q()),
    "unit_run": ("run_spend", BOTH_UNITS),
    "unit_transactions": ("completed_transactions", BOTH_UNITS),
    "user_run": ("run_spend", BOTH_USERS),
    "user_periods": ("users_served", BOTH_USERS),
    "sme_paid": ("sme_paid", BOTH_SMES),
    "sme_of": ("actual_spend", BOTH_SMES),
    "changes_agreed": ("changes_agreed", Q()),
    "quality": ("quality_score", Q()),
}
COLUMNS = (
    *("planned_spend", "actual_spend", "build_spend", "run_spend", "sme_paid", "changes_agreed"),
    *("completed_transactions", *LATEST),
)


def accepted_by(moment: datetime) -> Q:
    """What the buyer had accepted by then. One that was sent back has its reason."""
    return Q(submitted_at__lte=moment, decided_at__lte=moment, decision_reason="")


def standing_returns(contracts: Iterable[int], moment: datetime, *, accepted_only: bool) -> QuerySet[Return]:
    """One return for each contract and period: the last revision that stood, or was accepted, at that moment."""
    known = Return.objects.filter(accepted_by(moment)) if accepted_only else Return.objects.as_known_on(moment)
    newest = known.filter(contract__in=list(contracts)).order_by("contract_id", "period_start", "-revision")
    return Return.objects.filter(pk__in=newest.distinct("contract_id", "period_start").values("pk")).order_by()


def facts_of(contracts: Sequence[Contract], moment: datetime, *, is_party: bool) -> dict[int, Facts]:
    """By contract's pk, in seven queries for any number of contracts and returns. Without any, none."""
    if not contracts:
        return {}
    pks = [one.pk for one in contracts]
    standing = standing_returns(pks, moment, accepted_only=not is_party)
    hidden = {} if is_party else redactions_of(contracts)
    amended = _amendments(pks)
    years, latest, spans = _years(standing)
    assessed = _assessments(pks, moment)
    ratings = _rated_in_returns(standing, moment) if is_party else _rated_in_assessments(assessed)
    return {
        one.pk: Facts(
            contract_id=one.pk,
            start=one.baseline_start,
            baseline_value=one.baseline_value,
            baseline_end=one.baseline_end,
            **_as_amended(one, amended.get(one.pk, []), moment),
            expected=sum(1 for _ in periods_of(one, timezone.localtime(moment).date())),
            **spans.get(one.pk, {}),
            years=tuple(years.get(one.pk, ())),
            latest=latest.get(one.pk, {}),
            authority_kpis=ratings.get(one.pk),
            assessment=assessed[one.pk].rating if one.pk in assessed else "",
            is_monthly=one.rhythm == Rhythm.MONTHLY,
            hidden=_hidden(hidden.get(one.pk)),
        )
        for one in contracts
    }


def _hidden(redacted: Redacted | None) -> dict[str, str]:
    """Each column that is held back from the public, with the reason that is shown for it."""
    if redacted is None or (redacted.is_published and not redacted.reasons):
        return {}
    why = next(iter(redacted.reasons.values()), "") or "Held back"
    hidden = {column: why for column in COLUMNS if redacted.hides_figure(column)}
    # The value of the contract stands in its returns too, so it is held back by that field; amendments are changes.
    others = {"value": ("return", "current_value"), "authority_kpis": ("kpi", "title"), "amendments": ("change", "")}
    return hidden | {name: redacted.reason(*place) for name, place in others.items() if redacted.hides(*place)}


# --- Returns ---------------------------------------------------------------------------------------


class _First(Func):
    """The first of an array, so that no more of it is sent."""

    template = "(%(expressions)s)[1]"


def _last_said(column: str, what: str) -> _First:
    """Of the returns that say something in this column, the newest one's `what`."""
    said = Q(**{f"{column}__isnull": False})
    if column in ("phase", "delivery_confidence"):
        said &= ~Q(**{column: ""})
    if column == "kpis":
        said &= ~Q(kpis={})
    field = cast("Field[Any, Any]", Return._meta.get_field(what))
    return _First(ArrayAgg(what, filter=said, order_by="-period_start"), output_field=field)


def _summed(name: str) -> dict[str, Aggregate]:
    column, only = SUMMED[name]
    return {f"{name}_sum": Sum(column, filter=only), f"{name}_count": Count(column, filter=only)}


def _years(standing: QuerySet[Return]) -> tuple[dict[int, list[YearSums]], dict[int, dict[str, Said]], dict[int, Any]]:
    """One row for each contract and financial year, however many returns there are."""
    aggregates: dict[str, Any] = {"n": Count("pk"), "first": Min("period_start"), "last": Max("period_end")}
    # In a nil period nothing was charged, so nothing for running the service either.
    aggregates["run_periods"] = Count("pk", filter=Q(run_spend__isnull=False) | Q(is_nil=True))
    for name in SUMS:
        aggregates |= _summed(name)
    for column in LATEST:
        aggregates |= {f"last_{column}": _last_said(column, column), f"when_{column}": _last_said(column, "period_end")}
    rows = (
        standing.annotate(year=ExtractYear(F("period_end") - QUARTER))
        .values("contract_id", "year")
        .annotate(**aggregates)
    )
    years: dict[int, list[YearSums]] = {}
    latest: dict[int, dict[str, Said]] = {}
    spans: dict[int, dict[str, Any]] = {}
    for row in cast(Iterable[dict[str, Any]], rows.order_by("contract_id", "year")):
        pk = row["contract_id"]
        years.setdefault(pk, []).append(_year_of(row))
        latest.setdefault(pk, {}).update(_said_in(row))
        span = spans.setdefault(pk, {"returns": 0, "first": row["first"], "last": row["last"]})
        span["returns"] += row["n"]
        span["last"] = row["last"]
    return years, latest, spans


def _year_of(row: dict[str, Any]) -> YearSums:
    sums = {name: Decimal(row[f"{name}_sum"]) for name in SUMS if row[f"{name}_sum"] is not None}
    counts = {name: row[f"{name}_count"] for name in sums} | {"run_periods": row["run_periods"]}
    return YearSums(row["year"], sums, counts)


def _said_in(row: dict[str, Any]) -> dict[str, Said]:
    return {
        column: Said(row[f"last_{column}"], row[f"when_{column}"])
        for column in LATEST
        if row[f"when_{column}"] is not None
    }


# --- What the buyer recorded -------------------------------------------------------------------------


def _amendments(pks: list[int]) -> dict[int, list[Amendment]]:
    found: dict[int, list[Amendment]] = {}
    for one in Amendment.objects.filter(contract__in=pks).order_by("contract_id", "number"):
        found.setdefault(one.contract_id, []).append(one)
    return found


def _as_amended(contract: Contract, amendments: list[Amendment], moment: datetime) -> dict[str, Any]:
    """Value and end as they stood: today's, with what was recorded later taken back."""
    known = [one for one in amendments if one.recorded_at <= moment]
    later = [one for one in amendments if one.recorded_at > moment]
    value = contract.current_value
    if value is not None:
        value -= sum((one.value_change for one in later), Decimal(0))
    return {
        "current_value": value,
        "current_end": later[0].end_before if later else contract.current_end,
        "amendments": len(known),
        "amended_by": sum((one.value_change for one in known), Decimal(0)),
    }


def _rated_in_returns(standing: QuerySet[Return], moment: datetime) -> dict[int, dict[str, int]]:
    """How many indicators have each rating, in the last return in which the authority rates any."""
    rows = (
        KpiRating.objects.filter(filed__in=standing, rated_at__lte=moment)
        .values_list("filed__contract_id", "filed__period_start", "rating")
        .annotate(Count("pk"))
        .order_by("filed__contract_id", "-filed__period_start")
    )
    found: dict[int, dict[str, int]] = {}
    newest: dict[int, Any] = {}
    for contract, period, rating, number in rows:
        if newest.setdefault(contract, period) == period:
            found.setdefault(contract, {})[rating] = number
    return found


def _rated_in_assessments(assessed: dict[int, Assessment]) -> dict[int, dict[str, int]]:
    """The public reads the authority's ratings once they are final: until then the supplier may still reply."""
    by_pk = {one.pk: contract for contract, one in assessed.items()}
    rows = AssessmentKpi.objects.filter(assessment__in=by_pk).exclude(rating="").order_by()
    found: dict[int, dict[str, int]] = {}
    for assessment, rating, number in rows.values_list("assessment_id", "rating").annotate(Count("pk")):
        found.setdefault(by_pk[assessment], {})[rating] = number
    return found


def _assessments(pks: list[int], moment: datetime) -> dict[int, Assessment]:
    """The newest assessment that was final by then; a correction comes in its place once it is."""
    final = [AssessmentState.FINAL, AssessmentState.CORRECTED]
    newest = (
        Assessment.objects.filter(contract__in=pks, state__in=final, final_at__lte=moment)
        .order_by("contract_id", "-period_end", "-final_at")
        .distinct("contract_id")
    )
    return {one.contract_id: one for one in newest}

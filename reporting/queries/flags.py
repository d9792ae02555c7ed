"""What the rules of flags look at, and the flags that a person may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from reporting.choices import STANDING, ReturnState
from reporting.models import Contract, KpiRating, Publication, Redaction, Return, ReturnLine
from reporting.quality.rules import Facts, Rated, Reported, Slip, UnitCost, year_before


def facts_of(contract: Contract, *, now: datetime) -> Facts:
    """Everything that the rules need of one contract, in a constant number of queries."""
    returns = list(contract.returns.standing().order_by("period_start"))
    today = timezone.localdate(now)
    year_ago = year_before(now)
    due = contract.returns.filter(revision=1, due_at__gt=year_ago, due_at__lte=now)
    late = Q(submitted_at__gt=F("due_at")) | Q(submitted_at=None)
    newest = returns[-1] if returns else None
    cost, phase = _unit_cost(returns, today), _phase(returns)
    return Facts(
        baseline=contract.baseline_value,
        value=contract.current_value,
        returns=[_reported(one) for one in returns],
        in_amendments=contract.amendments.aggregate(sum=Sum("value_change"))["sum"] or Decimal(0),
        year_ago=timezone.localdate(year_ago),
        due=due.count(),
        late=due.filter(late).count(),
        slip=_worst_slip(newest) if newest else None,
        rated=_rated(contract) if newest else (),
        unit_cost=cost,
        peers=peers_of(contract, phase, today) if cost else (),
    )


def _reported(one: Return) -> Reported:
    return Reported(
        pk=one.pk,
        period_start=one.period_start,
        period_end=one.period_end,
        is_nil=one.is_nil,
        spend_to_date=one.spend_to_date,
        forecast=one.forecast_at_completion,
        changes_agreed=one.changes_agreed,
    )


def _worst_slip(newest: Return) -> Slip | None:
    """Of the milestones that were not met before its period."""

    def day(name: str) -> Cast:
        return Cast(KeyTextTransform(name, "data"), DateField())

    milestones = ReturnLine.objects.filter(filed=newest, table="milestone").annotate(
        due=day("baseline_due"), met=day("met_on"), until=Coalesce(day("met_on"), day("forecast_due"))
    )
    asked = milestones.filter(Q(met=None) | Q(met__gte=newest.period_start), due__isnull=False, until__isnull=False)
    worst = asked.annotate(slip=F("until") - F("due")).order_by("-slip", "number").first()
    if worst is None:
        return None
    name = f"{worst.data['milestone_id']} ({worst.data['title']})"
    return Slip(name, worst.due, worst.until)


def _rated(contract: Contract) -> Sequence[Rated]:
    """Both ratings of each indicator, in the newest return that the authority has rated."""
    ratings = KpiRating.objects.filter(filed__contract=contract, filed__state__in=STANDING)
    filed = ratings.order_by("-filed__period_start").values_list("filed", flat=True).first()
    if filed is None:
        return ()
    lines = ReturnLine.objects.filter(filed=filed, table="kpi").values_list("data", flat=True)
    own = {data.get("kpi_id"): data for data in lines}
    return [
        Rated(filed, own[kpi]["title"], own[kpi].get("rating_supplier") or "", rating)
        for kpi, rating in ratings.filter(filed=filed).order_by("kpi_id").values_list("kpi_id", "rating")
        if kpi in own
    ]


# --- Unit cost -------------------------------------------------------------------------------------


def _phase(returns: Sequence[Return]) -> str:
    return next((one.phase for one in reversed(returns) if one.phase), "")


def _unit_cost(returns: Sequence[Return], today: date) -> UnitCost | None:
    """Of the returns that end in the last 12 months; None where no transaction or no spend line was reported."""
    counted = [one for one in returns if year_before(today) < one.period_end <= today and _has_unit_cost(one)]
    run = sum((one.run_spend or Decimal(0) for one in counted), Decimal(0))
    transactions = sum(one.completed_transactions or 0 for one in counted)
    return UnitCost(run, transactions) if transactions and run > 0 else None


def _has_unit_cost(one: Return) -> bool:
    return one.run_spend is not None and one.completed_transactions is not None


def peers_of(contract: Contract, phase: str, today: date) -> list[Decimal]:
    """The unit costs of other published contracts with the same CPV division and in the same phase.

    Of what the public may see: accepted returns, of contracts that hold back nothing that a unit cost is made of.
    """
    if not (contract.cpv_codes and phase):
        return []
    others = _published().filter(cpv_codes__0__startswith=contract.cpv_codes[0][:2]).exclude(pk=contract.pk)
    accepted = Return.objects.filter(state=ReturnState.ACCEPTED, contract__in=others, period_end__lte=today)
    phases = accepted.exclude(phase="").order_by("contract", "-period_start").distinct("contract")
    alike = [pk for pk, said in phases.values_list("contract", "phase") if said == phase]
    counted = accepted.filter(
        contract__in=alike,
        period_end__gt=year_before(today),
        run_spend__isnull=False,
        completed_transactions__isnull=False,
    )
    sums = counted.order_by().values("contract").annotate(run=Sum("run_spend"), done=Sum("completed_transactions"))
    return sorted(one["run"] / one["done"] for one in sums if one["done"] and one["run"] > 0)


def _published() -> QuerySet[Contract]:
    """Published contracts whose phase, spend lines and transactions are shown."""
    newest = Publication.objects.filter(contract=OuterRef("pk")).order_by("-at", "-id").values("pk")[:1]
    needed = Q(table="spend") | Q(table="return", field__in=["", "phase", "completed_transactions"])
    hidden = Redaction.objects.filter(needed, publication=OuterRef("decision"))
    return Contract.objects.filter(is_published=True).annotate(decision=Subquery(newest)).exclude(Exists(hidden))

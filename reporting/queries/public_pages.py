"""A published contract's page: its facts, its spend over time, where its milestones and indicators stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portal.charts import bar_chart, chart_svg
from portal.govuk.formats import day, money
from reporting.models import Contract, Return
from reporting.queries.public import Cell, cells_of, held_back_list, public_returns, standard_of_contract, values_of
from reporting.queries.publication import Redacted
from reporting.queries.standards import standard_of
from reporting.standards import RETURN, Standard

MOST_LINES = 200  # milestones or indicators of one contract that its page shows


@dataclass(frozen=True)
class Fact:
    """One line about the contract, or why it is held back."""

    label: str
    words: str = ""
    held_back: str = ""


@dataclass(frozen=True)
class Period:
    """One accepted return in the table of spend."""

    filed: Return
    words: str
    url_part: str
    cells: list[str | None]  # None where the column is held back


@dataclass(frozen=True)
class Standing:
    """Milestones or indicators: one row each, with the fields by name; or why they are held back."""

    rows: list[Mapping[str, Cell]] = field(default_factory=list)
    held_back: str = ""


@dataclass(frozen=True)
class PublicContract:
    contract: Contract
    facts: list[Fact]
    periods: list[Period]
    columns: list[tuple[str, str]]  # heading of a column of spend, and why it is held back
    has_chart: bool
    milestones: Standing
    kpis: Standing
    capabilities: list[Any]
    amendments: list[Any]
    amendments_held_back: str
    held_back: list[tuple[str, str]]
    shows_change: bool
    shows_reason: bool
    shows_dated: bool


SPEND = (
    ("actual_spend", "Spent in the period"),
    ("spend_to_date", "Spent to date"),
    ("forecast_at_completion", "Forecast at completion"),
)


def public_contract(contract: Contract, redacted: Redacted) -> PublicContract:
    """What everybody sees. The number of queries does not depend on how many returns there are."""
    returns = public_returns(contract)
    standard = standard_of_contract(contract)
    changes = redacted.reason("change")
    return PublicContract(
        contract=contract,
        facts=_facts(contract, redacted),
        periods=[_period(filed, redacted) for filed in reversed(returns)],
        columns=[(words, redacted.reason(RETURN, name)) for name, words in SPEND],
        has_chart=_has_chart(returns, redacted),
        capabilities=list(contract.capabilities.all()),
        milestones=_standing(contract, returns, redacted, "milestone"),
        kpis=_standing(contract, returns, redacted, "kpi"),
        amendments=[] if changes else list(contract.amendments.all()),
        amendments_held_back=changes if contract.amendments.exists() else "",
        held_back=held_back_list(redacted, standard),
        shows_reason=not redacted.hides("change", "reason"),
        shows_dated=not redacted.hides("change", "dated"),
        shows_change=not redacted.hides("change", "value_change") and not redacted.hides(RETURN, "current_value"),
    )


def _facts(contract: Contract, redacted: Redacted) -> list[Fact]:
    framework = ", ".join(part for part in (contract.framework, contract.lot) if part)
    facts = [
        Fact("Buyer", contract.buyer.name),
        Fact("Supplier", contract.supplier.name),
        Fact("Scheme", contract.scheme.name if contract.scheme else ""),
        _value(contract, redacted),
        Fact("Dates", f"{day(contract.baseline_start)} to {day(contract.current_end)}"),
        Fact("End in the baseline", day(contract.baseline_end) if _is_moved(contract) else ""),
        Fact("Framework", framework),
        Fact("OCID", contract.ocid),
        Fact("CPV codes", ", ".join(contract.cpv_codes)),
    ]
    return [fact for fact in facts if fact.words or fact.held_back]


def _is_moved(contract: Contract) -> bool:
    return contract.current_end != contract.baseline_end


def _value(contract: Contract, redacted: Redacted) -> Fact:
    if why := redacted.reason(RETURN, "current_value"):
        return Fact("Value, without VAT", held_back=why)
    if contract.current_value is None:
        return Fact("Value, without VAT", "Not given")
    words = money(contract.current_value)
    if contract.baseline_value is not None and contract.current_value != contract.baseline_value:
        words += f" ({money(contract.baseline_value)} in the baseline)"
    return Fact("Value, without VAT", words)


def _period(filed: Return, redacted: Redacted) -> Period:
    return Period(
        filed=filed,
        words=filed.period_words,
        url_part=f"{filed.period_start:%Y-%m}",
        cells=[None if redacted.hides(RETURN, name) else _sum(getattr(filed, name)) for name, _ in SPEND],
    )


def _sum(value: Decimal | None) -> str:
    return "" if value is None else money(value)


def _has_chart(returns: list[Return], redacted: Redacted) -> bool:
    """Where there are two periods or more to compare."""
    return len(returns) > 1 and not redacted.hides(RETURN, "actual_spend")


def spend_chart(contract: Contract, redacted: Redacted) -> str:
    """Spend by period as SVG; "" where it is held back or there is nothing to compare."""
    returns = public_returns(contract)
    if not _has_chart(returns, redacted):
        return ""
    points = [(f"{filed.period_start:%b %Y}", float(filed.actual_spend or 0)) for filed in returns]
    return chart_svg(bar_chart(points, across="Period", up="Spend, £"))


def _standing(contract: Contract, returns: list[Return], redacted: Redacted, name: str) -> Standing:
    """By the last accepted return; before the first one, by the baseline."""
    if why := redacted.reason(name):
        return Standing(held_back=why)
    if returns:
        filed = returns[-1]
        filed.contract = contract
        standard = standard_of(filed)
        lines = filed.lines.filter(table=name).order_by("number").values_list("data", flat=True)[:MOST_LINES]
        rows = [values_of(standard.table(name), standard, data) for data in lines]
    else:
        standard = standard_of_contract(contract)
        rows = [_BASELINES[name](one) for one in _baseline(contract, name)]
    return Standing([_by_name(standard, name, row, redacted) for row in rows])


def _by_name(standard: Standard, name: str, row: Mapping[str, Any], redacted: Redacted) -> Mapping[str, Cell]:
    return {cell.item.name: cell for cell in cells_of(standard.table(name), standard, row, redacted)}


def _baseline(contract: Contract, name: str) -> Any:
    return contract.baseline_milestones.all() if name == "milestone" else contract.baseline_kpis.all()


_BASELINES: dict[str, Any] = {
    "milestone": lambda one: {
        "milestone_id": one.number,
        "title": one.title,
        "type": one.type,
        "baseline_due": one.due,
    },
    "kpi": lambda one: {
        "kpi_id": one.number,
        "title": one.title,
        "measured_in": one.measured_in,
        "target": one.target,
        "direction": one.direction,
    },
}

"""Reading contracts and returns: a return as a filing, and what is known beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reporting import standard as standards
from reporting.filing import Filing, Known, read
from reporting.models import Return
from reporting.standard import RETURN


def filing_of(filed: Return) -> Filing:
    """The return's tables as values, read by the standard that it is pinned to: one query."""
    head: dict[str, Any] = {
        **filed.data,
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
        "nil_return": filed.is_nil if "nil_return" in filed.data or filed.submitted_at else None,
    }
    given: dict[str, list[Mapping[str, Any]]] = {RETURN: [head]}
    for table, data in filed.lines.order_by("table", "number").values_list("table", "data"):
        given.setdefault(table, []).append(data)
    filing, _ = read(standards.load(filed.standard), given)
    return filing


def known_of(filed: Return) -> Known:
    """What the checks compare it with: the contract's baseline, and the return of the period before."""
    contract = filed.contract
    before = previous_of(filed)
    return Known(
        periods=list(contract.returns.order_by("period_start").values_list("period_start", flat=True).distinct()),
        current_value=contract.current_value,
        baselines=dict(contract.baseline_milestones.values_list("number", "due")),
        previous=filing_of(before) if before else None,
    )


def previous_of(filed: Return) -> Return | None:
    """The return that stands for the period just before; None where there is none."""
    earlier = Return.objects.standing().filter(contract=filed.contract_id, period_start__lt=filed.period_start)
    return earlier.select_related("contract").order_by("-period_start").first()

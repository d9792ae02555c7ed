"""Figures of the largest kind: products and sums of them are checked and refused, and break nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from portal.refusals import Refused
from reporting import standards
from reporting.actions import answer_question, save_return, submit_return
from reporting.figures import Figures
from reporting.standards.filing import Known, check, read
from tests.reporting.makers import NOW, head, spend

LARGE = "90000000000000"


def test_price_times_quantity_of_the_largest_kind_is_compared() -> None:
    standard = standards.latest()
    filing, unreadable = read(standard, {"spend": [spend(unit_price="99999999999999", quantity="99999999999999")]})
    assert unreadable == []
    (found,) = [one for one in check(filing, standard, Known()) if one.check == "line-adds-up"]
    assert found.mend == "Enter £9,999,999,999,999,800,000,000,000,001.00, or correct the price or the quantity"


@pytest.mark.django_db
def test_sums_that_no_column_holds_are_refused(due, bob) -> None:
    paid = {"name": "Hazel Systems", "scale": "sme", "paid_in_period": LARGE, "role": "Testing"}
    given = {
        "return": [head(due[0])],
        "subcontractor": [paid, paid | {"name": "Alder Systems"}],
    }
    found = save_return(filed=due[0], version=due[0].version, given=given, by=bob, now=NOW)
    due[0].refresh_from_db()
    for one in found:
        if not one.is_error:
            answer_question(filed=due[0], check_id=one.check, table=one.table, row=one.row, text="It is so", by=bob)
    with pytest.raises(Refused, match=r"add up to £180,000,000,000,000\.00\. Enter amounts that add up to less"):
        submit_return(filed=due[0], version=due[0].version, by=bob, now=NOW)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("spend", {"cost_stage": "build", "amount": Decimal(LARGE)}),
        ("spend", {"cost_stage": "run", "amount": Decimal(LARGE)}),
        ("change", {"status": "agreed", "value_change": -Decimal(LARGE)}),
        ("subcontractor", {"scale": "large", "paid_in_period": Decimal(LARGE)}),
    ],
)
def test_each_sum_is_looked_at(table: str, row: dict[str, Any]) -> None:
    figures = Figures()
    figures.row(table, row)
    assert list(figures.too_large(standards.latest())) == []
    figures.row(table, row)
    (found,) = figures.too_large(standards.latest())
    assert (found.table, found.is_error) == (table, True)

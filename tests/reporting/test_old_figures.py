"""Returns that were filed before a column existed get from the migration what a return filed today gets."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from reporting.actions import file_nil_returns, save_return, submit_return
from reporting.figures import figures_of
from reporting.models import Return
from reporting.queries.returns import filing_of
from tests.reporting.makers import NOW, head
from tests.reporting.test_prefill import CHANGES, KPI, MILESTONE
from tests.reporting.test_returns import file

NEW = (
    "phase",
    "delivery_confidence",
    "satisfaction",
    "completion_rate",
    "changes_agreed",
    "worst_slip_days",
    "kpis",
)


def forget() -> None:
    """As they were before the columns."""
    empty = {"phase": "", "delivery_confidence": ""}
    Return.objects.update(**{name: empty.get(name) for name in NEW})


def run_migration() -> None:
    with connection.cursor() as cursor:
        cursor.execute(import_module("reporting.migrations.0003_figures_of_old_returns").FILL)


def test_migration_fills_what_figures_fill(due, bob) -> None:
    full, plain, nil, draft = due
    given = {
        "return": [head(full, phase="beta", delivery_confidence="amber", confidence_reason="Two left",
                        satisfaction="81.5", completion_rate="93")],
        "milestone": [MILESTONE, MILESTONE | {"milestone_id": "M2", "status": "met", "met_on": "2026-09-10"}],
        "kpi": [KPI, KPI | {"kpi_id": "K2"}, KPI | {"kpi_id": "K3", "rating_supplier": "met"},
                KPI | {"kpi_id": "K4", "actual": "", "rating_supplier": ""}],
        "change": [*CHANGES, CHANGES[1] | {"change_id": "C3", "value_change": "-30.50"}],
    }  # fmt: skip
    save_return(filed=full, version=full.version, given=given, by=bob, now=NOW)
    full.refresh_from_db()
    submit_return(filed=full, version=full.version, by=bob, now=NOW)
    file(plain, bob, spend_to_date="18000")
    file_nil_returns(returns=[nil], by=bob, now=NOW)
    forget()

    run_migration()

    for filed in (full, plain, nil):
        filed.refresh_from_db()
        wanted = figures_of(filing_of(filed))
        assert {name: getattr(filed, name) for name in NEW} == {name: wanted[name] for name in NEW}
    assert (full.worst_slip_days, str(full.changes_agreed)) == (61, "69.50")
    assert full.kpis == {"slightlyBelow": 2, "met": 1}
    draft.refresh_from_db()
    assert (draft.kpis, draft.changes_agreed) == (None, None)


def test_migration_leaves_what_is_filled_alone(due, bob) -> None:
    file(due[0], bob)
    Return.objects.filter(pk=due[0].pk).update(phase="live", kpis={})
    run_migration()
    due[0].refresh_from_db()
    assert due[0].phase == "live"


@pytest.mark.django_db
def test_migration_runs_on_nothing() -> None:
    run_migration()

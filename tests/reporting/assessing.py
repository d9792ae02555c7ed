"""Makers of returns with indicators, and of assessments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from reporting.actions import save_return, submit_return
from reporting.actions.assessments import (
    AssessmentWords,
    finish_assessment,
    reply_to_assessment,
    save_assessment,
    share_assessment,
    start_assessment,
)
from reporting.models import Assessment, Contract, Return
from tests.reporting.makers import NOW, head, spend

LATER = datetime(2027, 7, 5, 12, tzinfo=UTC)  # a Monday, after the first contract has ended
PERIOD = (date(2026, 7, 1), date(2027, 6, 30))


def kpi(**cells: Any) -> dict[str, Any]:
    given = {
        "kpi_id": "K1",
        "title": "Availability",
        "measured_in": "%",
        "target": "99.5",
        "actual": "99.1",
        "direction": "higher",
        "rating_supplier": "slightlyBelow",
    }
    return given | cells


def filed_with_kpis(filed: Return, by: User, *, kpis: Any = None, lines: Any = None, **cells: Any) -> Return:
    """A submitted return with spend lines and indicators."""
    given = {
        "return": [head(filed, **cells)],
        "spend": [spend()] if lines is None else lines,
        "kpi": [kpi()] if kpis is None else kpis,
    }
    save_return(filed=filed, version=filed.version, given=given, by=by, now=NOW)
    filed.refresh_from_db()
    return submit_return(filed=filed, version=filed.version, by=by, now=NOW)


def make_draft(
    contract: Contract, by: User, *, now: datetime = LATER, period: Any = PERIOD, key: UUID | None = None
) -> Assessment:
    start, end = period
    return start_assessment(
        contract=contract, period_start=start, period_end=end, submission_key=key or uuid4(), by=by, now=now
    )


def written(assessment: Assessment, by: User, **words: Any) -> Assessment:
    """The draft with everything that sharing asks for."""
    given = {"rating": "below", "summary": "Delivered late. Support was good."} | words
    return save_assessment(
        assessment=assessment,
        version=assessment.version,
        words=AssessmentWords(**given),
        kpis={one.kpi_id: ("slightlyBelow", "Two outages") for one in assessment.kpis.all()},
        by=by,
    )


def make_shared(
    contract: Contract, by: User, *, now: datetime = LATER, period: Any = PERIOD, **words: Any
) -> Assessment:
    made = written(make_draft(contract, by, now=now, period=period), by, **words)
    return share_assessment(assessment=made, version=made.version, by=by, now=now)


def replied(assessment: Assessment, by: User, *, now: datetime = LATER, reply: str = "Data came late.") -> Assessment:
    return reply_to_assessment(assessment=assessment, version=assessment.version, reply=reply, by=by, now=now)


def make_final(
    contract: Contract, buyer: User, supplier: User, *, now: datetime = LATER, period: Any = PERIOD, **words: Any
) -> Assessment:
    made = replied(make_shared(contract, buyer, now=now, period=period, **words), supplier, now=now)
    return finish_assessment(assessment=made, version=made.version, by=buyer, now=now + timedelta(minutes=1))


def number_of_queries(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        ask()
    return len(caught)

"""Makers of contracts with accepted returns, and of decisions to publish them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from portal.accounts.models import User
from reporting.actions import accept_return, save_return, start_correction, submit_return
from reporting.actions.publication import publish_contract, take_back_contract
from reporting.models import Contract, Publication, Return
from reporting.publication.places import HeldBack
from tests.reporting.makers import NOW, head, spend


def hold(table: str, field: str = "", ground: str = "commercial", reason: str = "Prices are under negotiation") -> Any:
    return HeldBack(table, field, ground, reason)


def publish(contract: Contract, by: User, *held_back: HeldBack, now: datetime = NOW) -> Publication:
    contract.refresh_from_db()
    decision = publish_contract(
        contract=contract, held_back=held_back, version=contract.version, submission_key=uuid4(), by=by, now=now
    )
    contract.refresh_from_db()
    return decision


def take_back(contract: Contract, by: User, reason: str = "It named a person", now: datetime = NOW) -> Publication:
    contract.refresh_from_db()
    decision = take_back_contract(contract=contract, reason=reason, version=contract.version, by=by, now=now)
    contract.refresh_from_db()
    return decision


TABLES = {
    "milestone": [
        {
            "milestone_id": "M1",
            "type": "delivery",
            "title": "Live",
            "baseline_due": "2026-09-30",
            "forecast_due": "2026-10-31",
            "status": "scheduled",
        }
    ],
    "kpi": [
        {
            "kpi_id": "K1",
            "title": "Calls answered",
            "measured_in": "%",
            "target": "95",
            "actual": "96.5",
            "direction": "higher",
            "rating_supplier": "Good",
        }
    ],
    "subcontractor": [
        {"name": "Robin Marsh", "scale": "sme", "vcse": "no", "paid_in_period": "500"},
        {"name": "Alder Works Ltd", "identifier": "01234567", "scale": "sme", "vcse": "no", "paid_in_period": "700"},
    ],
}


def file_return(filed: Return, bob: User, *, to_date: str = "9000", **tables: Any) -> Return:
    """Submit a return that says something in every table that is published."""
    lines = tables.get("spend", [spend()])
    spent = str(sum(Decimal(line["amount"]) for line in lines))
    given: dict[str, Any] = {"return": [head(filed, actual_spend=spent, spend_to_date=to_date)], "spend": lines}
    given |= TABLES | tables
    filed.refresh_from_db()
    save_return(filed=filed, version=filed.version, given=given, by=bob, now=NOW)
    filed.refresh_from_db()
    return submit_return(filed=filed, version=filed.version, by=bob, now=NOW)


def accept(filed: Return, alice: User, now: datetime = NOW) -> Return:
    filed.refresh_from_db()
    return accept_return(filed=filed, version=filed.version, by=alice, now=now)


def correct(filed: Return, bob: User, alice: User, **tables: Any) -> Return:
    """The correction of an accepted return, accepted too."""
    filed.refresh_from_db()
    correction = start_correction(filed=filed, reason="A wrong price", by=bob, now=NOW)
    return accept(file_return(correction, bob, **tables), alice, NOW + timedelta(hours=1))

"""The demo's contracts and returns: what is written at once is what the actions make, and every story is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from portal.demo.accounts import ACCOUNTS
from portal.demo.people import make_organisation, make_person, read
from portal.demo.reporting import Delivery, make_reporting, make_schemes
from portal.organisations.choices import Kind
from portal.organisations.models import Organisation
from reporting.choices import AssessmentState, FlagState, ReturnState
from reporting.models import Assessment, Contract, Flag, FlagAnswer, Return, ReturnLine, Scheme

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OWN = {"id", "public_id", "contract_id"}  # what two returns with the same words differ in


@pytest.fixture
def organisations(db: None) -> dict[str, Organisation]:
    admin = make_person(next(account for account in ACCOUNTS if account.is_staff))
    people = read("organisations.toml")
    return {
        entry["name"]: make_organisation(entry, kind, admin=admin, now=NOW)
        for kind in (Kind.PUBLIC_BODY, Kind.SUPPLIER)
        for entry in people[kind]
    }


def rows_of(entry: dict[str, Any], organisations: dict[str, Organisation], *, first_told: int) -> tuple[Any, Any]:
    """What stands in the tables when so many returns were written at once; nothing of it is kept."""
    with transaction.atomic():
        delivery = Delivery(entry, organisations, NOW)
        delivery.first_told = first_told
        contract = delivery.tell()
        returns = [
            {name: value for name, value in row.items() if name not in OWN}
            for row in contract.returns.order_by("period_start").values()
        ]
        lines = list(
            ReturnLine.objects.filter(filed__contract=contract)
            .order_by("filed__period_start", "table", "number")
            .values_list("filed__period_start", "supplier", "table", "number", "data")
        )
        transaction.set_rollback(True)
    return returns, lines


def test_history_is_what_the_actions_make(organisations) -> None:
    call_command("load_capabilities", verbosity=0)
    entry = next(one for one in read("reporting.toml")["contract"] if one["number"] == "CHT-5510")
    entry |= {"reported": 6, "nil": [4], "late": {"3": 2}, "flags": []}
    told, written = (rows_of(entry, organisations, first_told=n) for n in (0, 5))
    assert len(told[0]) == 6
    assert written == told


def test_every_story_of_reporting_is_told(organisations) -> None:
    call_command("load_capabilities", verbosity=0)
    contracts = list(make_reporting(organisations, NOW))
    assert (Scheme.objects.count(), len(contracts)) == (3, 14)
    assert Contract.objects.filter(is_published=True).count() >= 10
    assert set(Return.objects.values_list("state", flat=True)) >= {
        ReturnState.DUE, ReturnState.DRAFT, ReturnState.HAS_ERRORS, ReturnState.SUBMITTED, ReturnState.ACCEPTED,
        ReturnState.SENT_BACK, ReturnState.SUPERSEDED,
    }  # fmt: skip
    assert not Return.objects.exclude(submitted_at=None).filter(quality_score=None).exists()
    assert not Return.objects.filter(submitted_at=None, quality_score__isnull=False).exists()
    assert set(Flag.objects.standing().values_list("rule", flat=True)) == {
        "spend-past-value", "forecast-over-baseline", "milestone-slip", "changes-inflate", "ratings-apart",
        "nil-again", "late-again", "unit-cost-apart",
    }  # fmt: skip
    assert Flag.objects.filter(state=FlagState.OPEN).exists()
    assert FlagAnswer.objects.count() >= 5
    assert sorted(Assessment.objects.values_list("state", flat=True)) == [
        AssessmentState.FINAL, AssessmentState.FINAL, AssessmentState.SHARED,
    ]  # fmt: skip


def test_schemes_belong_to_bodies_that_exist(organisations) -> None:
    make_schemes(read("reporting.toml")["scheme"], organisations)
    assert Scheme.objects.filter(organisation=None).count() == 0

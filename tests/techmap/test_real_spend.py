"""The 9,000 real lines of spend: each is imported or listed, and importing them again changes nothing."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Sum

from portal.organisations.models import Organisation
from techmap.actions import load_taxonomy
from techmap.models import CapabilityClaim, Evidence, NameMatch, OtherName, SearchRow
from techmap.names import split_name
from techmap.taxonomy import read_taxonomy

REAL = Path(__file__).resolve().parents[3] / "shared/data/g-cloud-spend-2012-2013.csv"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason="the real lines lie beside the checkout, and are not here")


def run() -> str:
    out = io.StringIO()
    call_command("import_spend", str(REAL), stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture(scope="module", autouse=True)
def said(django_db_setup, django_db_blocker):
    """One import for all the tests here, taken back at the end."""
    if not REAL.exists():
        return
    with django_db_blocker.unblock(), transaction.atomic():
        load_taxonomy(entries=read_taxonomy())
        yield run()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _unblocked(django_db_blocker):
    with django_db_blocker.unblock():
        yield


def counted(said: str, number: int, words: str) -> bool:
    return f"{number:>10,}  {words}\n" in said


def test_every_line_is_imported_or_listed(said) -> None:
    assert counted(said, 9_000, "in all")
    assert counted(said, 8_718, "imported")
    assert counted(said, 282, "not imported")
    assert (counted(said, 156, "A sum of nought"), counted(said, 126, "A repayment")) == (True, True)
    assert said.count(" not imported. ") == 282
    assert counted(said, 65, "A sum in parts of a penny")


def test_what_is_written(said) -> None:
    pieces = Evidence.objects.all()

    assert pieces.values("source").distinct().count() == 8_718
    assert Organisation.objects.filter(is_imported=True).count() == SearchRow.objects.count() == 299
    once = pieces.filter(pk__in=pieces.order_by("source", "pk").distinct("source").values("pk"))
    assert once.aggregate(Sum("value"))["value__sum"] == Decimal("149626898.44")
    assert not pieces.filter(capability=None, is_guessed=True).exists()
    assert not OtherName.objects.exists()


def test_guesses_are_few_and_sure(said) -> None:
    bearing = Evidence.objects.exclude(capability=None)

    assert bearing.values("source").distinct().count() == 986
    assert CapabilityClaim.objects.count() == 79


def test_names_alike_wait(said) -> None:
    pairs = {(match.first.name, match.second.name) for match in NameMatch.objects.select_related("first", "second")}

    assert pairs == {
        ("NCC GROUP PLC", "NCC Group (The)"),
        ("Tessella Ltd", "Tessella plc"),
        ("SPECIALIST COMPUTER CENTRE", "SCC (Specialist Computer Centre)"),
        ("QINETIQ COMMERCE DECISIONS LTD", "QinetiQ"),
        ("Atos IT Services UK Ltd", "Atos IT Solutions & Services"),
        ("Proact IT UK Ltd", "PROACTIS"),
    }


def test_trading_names_are_set_apart(said) -> None:
    huddle = Organisation.objects.get(name__contains="HUDDLE")

    assert (split_name(huddle.name).legal, huddle.evidence.count() > 100) == ("ninian solutions ltd", True)


def test_a_second_run_changes_nothing(said) -> None:
    before = sorted(Evidence.objects.values_list())

    again = run()

    assert counted(again, 8_718, "unchanged")
    assert sorted(Evidence.objects.values_list()) == before

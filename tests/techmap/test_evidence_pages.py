"""The page of all evidence, the part of it on a supplier's page, and the rule in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from portal.organisations.choices import Status
from techmap.actions import record_evidence
from techmap.choices import EvidenceKind
from techmap.models import Evidence
from techmap.support import Fact, in_words
from tests.factories import make_public_body, make_supplier
from tests.organisations.makers import NOW, client_of

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def add(supplier: Any, *capabilities: Any, kind: str = "award", number: int = 1, **fields: Any) -> None:
    record_evidence(
        supplier=supplier,
        capabilities=capabilities,
        **{"kind": kind, "source": f"{kind}-{number}", "title": f"Contract {number}", "dated": TODAY, **fields},
    )


def page(supplier: Any, **params: str) -> str:
    return client_of(None).get(reverse("techmap:evidence-list", args=[supplier.pk]), params).content.decode()


# --- In words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "guessed", "dated", "words"),
    [
        ("award", False, TODAY, "counts in full"),
        ("award", False, date(2026, 11, 1), "counts in full"),
        ("award", False, date(2026, 9, 23), "counts almost in full: two months old"),
        ("return", False, date(2024, 11, 23), "counts half: two years old"),
        ("award", False, date(2025, 1, 25), "counts about half: 21 months old"),
        ("award", False, date(2025, 11, 23), "counts about three quarters: one year old"),
        ("pilot", False, date(2022, 11, 23), "counts a quarter: four years old"),
        ("award", False, date(2014, 11, 23), "counts hardly at all: 12 years old"),
        ("spend", False, TODAY, "counts half: published spend"),
        ("spend", False, date(2024, 11, 23), "counts a quarter: published spend, two years old"),
        ("engagement", False, TODAY, "counts about a third: early engagement"),
        ("award", True, TODAY, "counts half: the capability is guessed"),
        ("award", False, date(2027, 11, 23), "counts in full"),
    ],
)
def test_weight_in_words(kind, guessed, dated, words) -> None:
    assert in_words(Fact(kind, guessed, dated), TODAY) == words


# --- All evidence of a supplier --------------------------------------------------------------------------


def test_each_piece_is_dated_typed_and_weighed(larkspur, hosting, backup) -> None:
    add(
        larkspur, hosting, backup,
        dated=date(2024, 11, 23), value=Decimal(120_000), buyer=make_public_body(), region="TLL",
        url="https://notices.example/1",
    )  # fmt: skip

    html = page(larkspur)

    for words in (
        "Award notice", "23 November 2024", "Ashford Vale Council", "£120,000", "Wales", "https://notices.example/1",
        "Counts half: two years old", "Cloud hosting", "Backup and recovery", "<strong>1</strong> piece of evidence",
    ):  # fmt: skip
        assert words in html, words


def test_guessed_capability_is_marked(larkspur, hosting) -> None:
    add(larkspur, hosting, guessed=True)

    assert "Cloud hosting</a> (guessed)" in page(larkspur)
    assert "Counts half: the capability is guessed" in page(larkspur)


def test_evidence_for_nothing_known_says_so(larkspur) -> None:
    add(larkspur)

    assert "For no capability that we know of" in page(larkspur)


def test_evidence_comes_in_pages_the_latest_first(larkspur, hosting) -> None:
    for number in range(1, 24):
        add(larkspur, hosting, number=number, dated=TODAY - timedelta(days=number))

    first, second = page(larkspur), page(larkspur, page="2")

    assert first.index("Contract 1<") < first.index("Contract 2<")
    assert ("Contract 20<" in first, "Contract 21<" in first) == (True, False)
    assert ("Contract 20<" in second, "Contract 21<" in second) == (False, True)


def test_evidence_is_narrowed_by_kind_and_capability(larkspur, hosting, backup) -> None:
    add(larkspur, hosting, number=1)
    add(larkspur, backup, number=2)
    add(larkspur, backup, kind="spend", number=3)

    def seen(**params: str) -> list[int]:
        html = page(larkspur, **params)
        return [number for number in (1, 2, 3) if f"Contract {number}<" in html]

    assert seen() == [1, 2, 3]
    assert seen(kind="award") == [1, 2]
    assert seen(capability=backup.code) == [2, 3]
    assert seen(kind="spend", capability=hosting.code) == []
    assert seen(kind="rumour", capability="nothing") == [1, 2, 3]
    assert "There is none that matches" in page(larkspur, kind="pilot")


def test_list_asks_as_often_for_three_as_for_one(larkspur, hosting, backup, django_assert_num_queries) -> None:
    add(larkspur, hosting, backup, number=1)
    with django_assert_num_queries(5):
        page(larkspur)
    for number in (2, 3):
        add(larkspur, hosting, backup, number=number, buyer=make_public_body(f"Body {number}"))
    with django_assert_num_queries(5):
        page(larkspur)


def test_evidence_of_an_imported_supplier_is_public_and_that_of_a_private_one_is_not() -> None:
    imported = make_supplier("Merlin Data Ltd", status=Status.PENDING, is_imported=True)
    private = make_supplier("Secret Ltd", status=Status.PENDING)
    add(imported)
    add(private)
    url = reverse("techmap:evidence-list", args=[private.pk])

    assert "Contract 1" in page(imported)
    assert client_of(None).get(url).status_code == 404


def test_supplier_page_shows_the_latest_and_leads_to_the_rest(larkspur, hosting) -> None:
    for number in range(1, 13):
        add(larkspur, hosting, number=number, dated=TODAY - timedelta(days=number))

    html = client_of(None).get(reverse("techmap:supplier-detail", args=[larkspur.pk])).content.decode()

    assert ("Contract 10<" in html, "Contract 11<" in html) == (True, False)
    assert "See all 12 pieces of evidence" in html
    assert "Counts in full" in html


# --- The rule in numbers -----------------------------------------------------------------------------------


def rules() -> str:
    return " ".join(client_of(None).get(reverse("techmap:evidence-rules")).content.decode().split())


def test_rules_say_the_settings() -> None:
    html = rules()

    for words in ("weighs 0.5 or more today", "weighs 0.1 or more today", "every 730 days (about 2 years)"):
        assert words in html, words
    for kind in ("Accepted return", "Finished pilot", "Confirmed case study", "Award notice", "Published spend"):
        assert kind in html
    assert EvidenceKind.ENGAGEMENT.label not in html  # who took part is not public, so nothing writes it


def test_rules_follow_the_settings(settings) -> None:
    settings.EVIDENCE_HALF_LIFE_DAYS, settings.EVIDENCE_VERIFIED_FROM = 365.25, 0.75
    settings.EVIDENCE_SUPPORTED_FROM = 0.2

    html = rules()

    for words in ("weighs 0.75 or more today", "weighs 0.2 or more today", "(about 1 year)"):
        assert words in html, words
    numeric = '<td class="govuk-table__cell govuk-table__cell--numeric">'
    assert f"2&nbsp;years</th>{''.join(f'{numeric}{weight}</td>' for weight in ('0.25', '0.13', '0.13'))}" in html


def test_rules_ask_the_database_nothing(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        rules()
    assert not Evidence.objects.exists()

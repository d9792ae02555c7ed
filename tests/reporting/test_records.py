"""A supplier's record, and the pages of assessments: who sees what, and how often the database is asked."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from reporting.actions.assessments import finish_assessment
from reporting.models import Publication, Redaction
from techmap.models import Merge
from tests.factories import make_supplier, make_user
from tests.reporting.assessing import (
    LATER,
    filed_with_kpis,
    kpi,
    make_draft,
    make_final,
    make_shared,
    number_of_queries,
    replied,
    written,
)
from tests.reporting.makers import NOW, make_contract

pytestmark = pytest.mark.django_db


def record(supplier) -> str:
    return reverse("reporting:supplier-record", args=[supplier.pk])


def published(contract) -> None:
    contract.is_published = True
    contract.save()


def several(buyer, supplier, alice, bob, numbers) -> None:
    for number in numbers:
        contract = make_contract(buyer, supplier, alice, number=number)
        published(contract)
        make_final(contract, alice, bob, summary=f"Summary {number}")


def test_record_shows_assessment_and_reply_of_published_contracts_alone(client, buyer, supplier, alice, bob) -> None:
    several(buyer, supplier, alice, bob, ["N1"])
    private = make_contract(buyer, supplier, alice, number="N2")
    make_final(private, alice, bob, summary="Private words")
    for person in (None, alice, bob):
        if person:
            client.force_login(person)
        page = client.get(record(supplier)).content.decode()
        assert ("Summary N1" in page, "Data came late." in page, "Private words" in page) == (True, True, False)
    assert "Requires improvement" in page


def test_record_asks_as_often_for_one_as_for_three(client, buyer, supplier, alice, bob) -> None:
    several(buyer, supplier, alice, bob, ["N1"])
    one = number_of_queries(lambda: client.get(record(supplier)))
    several(buyer, supplier, alice, bob, ["N2", "N3"])
    assert number_of_queries(lambda: client.get(record(supplier))) == one


def test_record_counts_ratings_by_year_and_draws_them(client, contract, alice, bob) -> None:
    published(contract)
    make_final(contract, alice, bob, period=(date(2026, 7, 1), date(2026, 12, 31)), rating="met")
    make_final(contract, alice, bob, period=(date(2027, 1, 1), date(2027, 6, 30)))
    years = client.get(record(contract.supplier)).context["years"]
    assert [(year.year, [number for _, number in year.counts]) for year in years] == [
        (2026, [1, 0, 0, 0, 0]), (2027, [0, 0, 1, 0, 0]),
    ]  # fmt: skip
    picture = client.get(reverse("reporting:supplier-chart", args=[contract.supplier_id]))
    assert (picture["Content-Type"], picture.content[:4]) == ("image/svg+xml", b"<svg")


def test_record_without_assessments_says_so_and_has_no_chart(client, supplier) -> None:
    assert "No assessment of a published contract is final yet" in client.get(record(supplier)).content.decode()
    assert client.get(reverse("reporting:supplier-chart", args=[supplier.pk])).status_code == 404


def test_record_has_what_was_merged_into_the_supplier(client, buyer, supplier, alice, bob) -> None:
    several(buyer, supplier, alice, bob, ["N1"])
    kept = make_supplier("Larkspur Group Ltd")
    staff = make_user(is_staff=True, mfa=True)
    Merge.objects.create(kept=kept, folded=supplier, by=staff, at=NOW)
    assert "Summary N1" in client.get(record(kept)).content.decode()


def test_suppliers_page_leads_to_its_record(client, buyer, supplier, alice, bob) -> None:
    url = reverse("techmap:supplier-detail", args=[supplier.pk])
    assert record(supplier) not in client.get(url).content.decode()
    several(buyer, supplier, alice, bob, ["N1"])
    page = client.get(url).content.decode()
    assert record(supplier) in page
    assert "1 assessment of its contracts" in page


@pytest.mark.parametrize(("field", "word"), [("actual", "99.1"), ("measured_in", "Furlongs")])
def test_indicators_that_are_held_back_are_not_public(client, contract, due, alice, bob, field, word) -> None:
    filed_with_kpis(due[0], bob, kpis=[kpi(measured_in="Furlongs")])
    final = make_final(contract, alice, bob)
    published(contract)
    decision = Publication.objects.create(contract=contract, is_published=True, by=alice, at=NOW)
    Redaction.objects.create(publication=decision, table="kpi", field=field, ground="commercial", reason="Their way")
    for url in (final.get_absolute_url(), record(contract.supplier)):
        page = client.get(url).content.decode()
        assert ("Availability" in page, word in page, "Their way" in page) == (True, False, True)
    client.force_login(bob)
    assert word in client.get(final.get_absolute_url()).content.decode()


# --- One assessment ------------------------------------------------------------------------------------


def test_draft_is_the_buyers_and_shared_the_parties_and_final_the_publics(
    client, contract, alice, bob, charlie
) -> None:
    published(contract)

    def seen(assessment) -> list[int]:
        found = []
        for person in (alice, bob, charlie, None):
            client.logout()
            if person:
                client.force_login(person)
            found.append(client.get(assessment.get_absolute_url()).status_code)
        return found

    draft = make_draft(contract, alice)
    assert seen(draft) == [200, 404, 404, 404]
    draft.delete()
    shared = make_shared(contract, alice)
    assert seen(shared) == [200, 200, 404, 404]
    answered = replied(shared, bob)
    assert seen(answered) == [200, 200, 404, 404]
    finish_assessment(assessment=answered, version=answered.version, by=alice, now=LATER)
    assert seen(answered) == [200, 200, 200, 200]
    contract.is_published = False
    contract.save()
    assert seen(answered) == [200, 200, 404, 404]


def test_form_keeps_the_draft_and_shows_both_versions_in_a_conflict(client, contract, due, alice, bob) -> None:
    filed_with_kpis(due[0], bob)
    made = make_draft(contract, alice)
    url = reverse("reporting:assessment-edit", args=[made.public_id])
    client.force_login(alice)
    said = {
        "version": 1,
        "rating": "met",
        "summary": "Mine",
        "kpi_rating_0": "met",
        "kpi_comment_0": "",
        "breach_kind": "",
    }
    assert client.post(url, said).status_code == 302
    answer = client.post(url, said | {"summary": "Yours", "rating": "below"})
    assert answer.status_code == 409
    for words in ("Mine", "Yours", "Good", "Requires improvement"):
        assert words in answer.content.decode()
    made.refresh_from_db()
    assert (made.summary, made.kpis.get().rating) == ("Mine", "met")


def test_buttons_say_why_not(client, contract, alice) -> None:
    made = make_draft(contract, alice)
    client.force_login(alice)
    share = reverse("reporting:assessment-share", args=[made.public_id])
    answer = client.post(share, {"version": made.version})
    assert answer.status_code == 422
    assert "Choose the overall rating" in answer.content.decode()
    assert client.post(share, {"version": "²"}).status_code == 409
    written(made, alice)
    assert client.post(share, {"version": 1}).status_code == 409
    made.refresh_from_db()
    assert made.is_draft


def test_contract_page_names_assessments_and_what_is_due(client, contract, alice, bob) -> None:
    client.force_login(alice)
    page = client.get(contract.get_absolute_url()).content.decode()
    assert "The next assessment is due by 1 July 2027" in page
    assert "Assess the contract" in page
    make_final(contract, alice, bob)
    client.force_login(bob)
    page = client.get(contract.get_absolute_url()).content.decode()
    assert ("Requires improvement" in page, "Assess the contract" in page) == (True, False)


def test_published_contract_page_names_final_assessments(client, contract, alice, bob) -> None:
    published(contract)
    shared = make_shared(contract, alice)
    assert "Assessments" not in client.get(contract.get_absolute_url()).content.decode().partition("</header>")[2]
    done = replied(shared, bob)
    finish_assessment(assessment=done, version=done.version, by=alice, now=LATER)
    page = client.get(contract.get_absolute_url()).content.decode()
    assert shared.get_absolute_url() in page
    assert record(contract.supplier) in page

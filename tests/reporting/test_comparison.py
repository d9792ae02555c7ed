"""The comparison: who sees which figures, as known on which day, in which prices, and among which peers."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from reporting.comparison.prices import Prices
from reporting.models import (
    Amendment,
    Assessment,
    AssessmentKpi,
    Contract,
    KpiRating,
    Publication,
    Redaction,
    Return,
    Scheme,
)
from tests.factories import make_public_body, make_supplier, make_user
from tests.reporting.comparison_makers import make_filed, make_reported

COMPARE = reverse("reporting:compare")


@pytest.fixture
def reported(buyer, supplier) -> Contract:
    """Its returns are for January to June 2026."""
    return make_reported(buyer, supplier)


def shown(client: Any, **asked: Any) -> dict[str, list[Any]]:
    """The cells by the name of their row."""
    answer = client.get(COMPARE, asked)
    assert answer.status_code == 200
    return {row.figure.name: list(row.cells) for section in answer.context["sections"] for row in section.rows}


def words(client: Any, name: str, **asked: Any) -> list[str]:
    return [cell.words for cell in shown(client, **asked)[name]]


# --- Figures ----------------------------------------------------------------------------------------


def test_public_sees_the_figures_of_a_published_contract(client, reported) -> None:
    said = {
        "baseline": "£120,000",
        "spend": "£60,000",
        "variance": "£12,000",
        "variance_share": "10.0%",
        "build": "£24,000",
        "run": "£36,000",
        "unit_cost": "£5",
        "delay": "On time",
        "slip": "12 days late",
        "supplier_kpis": "2 Good, 1 Requires improvement",
        "sme_share": "25.0%",
        "users": "400",
        "coverage": "6 of 10",
        "quality": "80",
    }
    cells = shown(client, contract=reported.reference)
    assert {name: cells[name][0].words for name in said} == said
    assert cells["run"][0].source == "6 returns"
    assert cells["forecast"][0].source == "Return to 30 June 2026"


def test_missing_is_said_and_never_nought(client, buyer, supplier) -> None:
    bare = {"run_spend": None, "build_spend": None, "users_served": None, "kpis": None, "quality_score": None}
    bare |= {"forecast_at_completion": None, "worst_slip_days": None, "completed_transactions": None}
    one = make_reported(buyer, supplier, figures=bare)
    cells = shown(client, contract=one.reference)
    for name in ("run", "build", "users", "supplier_kpis", "quality", "forecast", "variance", "slip", "unit_cost"):
        assert (cells[name][0].words, cells[name][0].value) == ("Not reported", None), name


def test_no_transactions_give_no_unit_cost(client, buyer, supplier) -> None:
    one = make_reported(buyer, supplier, figures={"completed_transactions": 0})
    assert words(client, "unit_cost", contract=one.reference) == ["Not reported"]


def test_unit_cost_is_over_the_returns_that_give_both(client, buyer, supplier) -> None:
    one = make_reported(buyer, supplier, months=2)
    make_filed(one, date(2026, 3, 1), run_spend=90_000, completed_transactions=None)
    make_filed(one, date(2026, 4, 1), run_spend=None, completed_transactions=50_000)
    assert words(client, "unit_cost", contract=one.reference) == ["£5"]


def test_last_word_of_each_figure_counts(client, buyer, supplier) -> None:
    """A later return that is silent leaves what was said before."""
    one = make_reported(buyer, supplier, months=2)
    make_filed(one, date(2026, 3, 1), forecast_at_completion=None, delivery_confidence="", phase="beta")
    cells = shown(client, contract=one.reference)
    assert [cells[name][0].words for name in ("forecast", "confidence", "phase")] == ["£132,000", "Amber", "Beta"]
    assert cells["forecast"][0].source == "Return to 28 February 2026"


def test_contract_without_returns_has_its_baseline(client, buyer, supplier) -> None:
    one = make_reported(buyer, supplier, months=0)
    cells = shown(client, contract=one.reference)
    assert (cells["baseline"][0].words, cells["spend"][0].words) == ("£120,000", "Not reported")
    assert cells["coverage"][0].words == "0 of 10"


def test_scheme_adds_up_and_divides_sums(client, buyer, supplier) -> None:
    scheme = Scheme.objects.create(code="casework", name="Casework")
    make_reported(buyer, supplier, scheme=scheme)
    slow = {"completed_transactions": 400, "forecast_at_completion": None, "worst_slip_days": 40}
    make_reported(buyer, make_supplier("Oakline Ltd"), scheme=scheme, figures=slow)
    cells = shown(client, scheme="casework")
    assert cells["baseline"][0].words == "£240,000"
    assert cells["unit_cost"][0].words == "£7.50"  # 72,000 over 9,600: not the mean of 5 and 15
    assert (cells["variance"][0].words, cells["variance"][0].source) == ("£12,000", "1 of 2 contracts reports")
    assert cells["variance_share"][0].words == "10.0%"
    assert cells["slip"][0].words == "40 days late"
    assert cells["supplier_kpis"][0].words == "4 Good, 2 Requires improvement"
    assert cells["coverage"][0].words == "12 of 20"


def test_authority_ratings_and_assessment_stand_beside_the_suppliers(client, reported, alice) -> None:
    last = reported.returns.order_by("-period_start").first()
    for number, rating in (("K1", "met"), ("K2", "significantlyBelow")):
        KpiRating.objects.create(
            filed=last, kpi_id=number, rating=rating, rated_by=alice, rated_at=datetime(2026, 7, 20, tzinfo=UTC)
        )
    final = Assessment.objects.create(
        contract=reported,
        period_start=date(2026, 1, 1),
        period_end=date(2026, 6, 30),
        rating="met",
        written_by=alice,
        written_at=datetime(2026, 7, 1, tzinfo=UTC),
        submission_key=uuid4(),
    )
    AssessmentKpi.objects.create(assessment=final, kpi_id="K1", title="Uptime", rating="below")
    days = [datetime(2026, month, 1, tzinfo=UTC) for month in (7, 8, 8)]
    Assessment.objects.filter(pk=final.pk).update(
        state="final", **dict(zip(("shared_at", "reply_due_at", "final_at"), days, strict=True))
    )
    names, asked = ("authority_kpis", "assessment"), {"contract": reported.reference}

    def said(**more: str) -> list[str]:
        cells = shown(client, **asked, **more)
        return [cells[name][0].words for name in names]

    # The public reads what is final; the parties, what the authority says of the last return.
    assert said() == ["Requires improvement", "Good"]
    assert said(known="2026-07-25") == ["Not reported", "Not reported"]
    client.force_login(alice)
    assert said() == ["1 Good, 1 Inadequate", "Good"]
    assert said(known="2026-07-25") == ["1 Good, 1 Inadequate", "Not reported"]
    assert said(known="2026-07-15") == ["Not reported", "Not reported"]


# --- Who sees what ----------------------------------------------------------------------------------


def test_unpublished_contract_is_for_its_parties_and_staff(client, buyer, supplier, alice, bob, charlie) -> None:
    one = make_reported(buyer, supplier, is_published=False)
    asked = {"contract": one.reference}
    for person in (alice, bob, make_user(is_staff=True, mfa=True)):
        client.force_login(person)
        assert words(client, "spend", **asked) == ["£60,000"]
    for person in (charlie, None):
        client.logout()
        if person:
            client.force_login(person)
        page = client.get(COMPARE, asked)
        assert (page.context["sections"], page.context["found"].choice.unknown) == ([], 1)


def test_draft_is_compared_by_nobody(client, buyer, supplier, alice) -> None:
    one = make_reported(buyer, supplier, months=0, state="draft", is_published=False)
    client.force_login(alice)
    assert client.get(COMPARE, {"contract": one.reference}).context["sections"] == []


def test_submitted_return_is_for_the_parties_until_it_is_accepted(client, reported, alice) -> None:
    make_filed(reported, date(2026, 7, 1), state="submitted", decided_at=None, spend_to_date=77_000)
    assert words(client, "spend", contract=reported.reference) == ["£60,000"]
    client.force_login(alice)
    assert words(client, "spend", contract=reported.reference) == ["£77,000"]


def test_draft_of_a_return_counts_for_nobody(client, reported, bob) -> None:
    make_filed(reported, date(2026, 7, 1), state="ready", submitted_at=None, decided_at=None, spend_to_date=99_000)
    client.force_login(bob)
    assert words(client, "spend", contract=reported.reference) == ["£60,000"]


def test_what_is_held_back_is_held_back_here(client, reported, alice) -> None:
    decision = Publication.objects.create(contract=reported, is_published=True, by=alice, at=datetime.now(UTC))
    Redaction.objects.create(
        publication=decision, table="spend", field="amount", ground="commercial", reason="Prices are secret"
    )
    cells = shown(client, contract=reported.reference)
    for name in ("build", "run", "unit_cost"):
        assert (cells[name][0].words.split(":")[0], cells[name][0].value) == ("Held back", None)
        assert cells[name][0].words.endswith("Prices are secret")
    assert cells["spend"][0].words == "£60,000"
    client.force_login(alice)
    assert words(client, "run", contract=reported.reference) == ["£36,000"]


def test_amendments_are_held_back_with_the_changes(client, reported, alice) -> None:
    decision = Publication.objects.create(contract=reported, is_published=True, by=alice, at=datetime.now(UTC))
    Redaction.objects.create(publication=decision, table="change", ground="commercial", reason="Under negotiation")
    cell = shown(client, contract=reported.reference)["amendments"][0]
    assert (cell.value, cell.words.split(":")[0], cell.words.endswith("Under negotiation")) == (None, "Held back", True)
    client.force_login(alice)
    assert words(client, "amendments", contract=reported.reference) == ["0"]


def test_value_that_is_held_back_shows_in_no_figure(client, reported, peers, alice) -> None:
    decision = Publication.objects.create(contract=reported, is_published=True, by=alice, at=datetime.now(UTC))
    Redaction.objects.create(
        publication=decision, table="return", field="current_value", ground="commercial", reason="Value is secret"
    )
    page = client.get(COMPARE, {"contract": reported.reference, "peers": "size"})
    cells = {row.figure.name: row.cells for section in page.context["sections"] for row in section.rows}
    for name in ("baseline", "current", "variance", "variance_share"):
        assert cells[name][0].value is None, name
    assert page.context["found"].columns[0].peers.peers == ()  # nor does its size
    assert "120,000" not in page.content.decode()


# --- As known on ------------------------------------------------------------------------------------


def correct(old: Return, submitted: datetime, **fields: Any) -> Return:
    """Supersede it by a further revision, which nobody has decided on."""
    Return.objects.filter(pk=old.pk).update(state="superseded", superseded_at=submitted)
    given = {"state": "submitted", "submitted_at": submitted, "decided_at": None, "revision": 2, "replaces": old}
    return make_filed(old.contract, old.period_start, reason="A mistake", **(given | fields))


def test_correction_counts_from_its_day(client, reported, alice) -> None:
    old = reported.returns.order_by("-period_start").first()
    correct(old, datetime(2026, 9, 1, 12, tzinfo=UTC), spend_to_date=66_000)
    client.force_login(alice)
    asked = {"contract": reported.reference}
    assert words(client, "spend", **asked) == ["£66,000"]
    assert words(client, "spend", **asked, known="2026-08-31") == ["£60,000"]
    assert words(client, "spend", **asked, known="2026-09-01") == ["£66,000"]
    assert words(client, "coverage", **asked, known="2026-09-01") == ["6 of 8"]


def test_public_keeps_what_was_accepted_until_the_correction_is(client, reported) -> None:
    old = reported.returns.order_by("-period_start").first()
    new = correct(old, datetime(2026, 9, 1, 12, tzinfo=UTC), spend_to_date=66_000)
    asked = {"contract": reported.reference}
    assert words(client, "spend", **asked) == ["£60,000"]
    Return.objects.filter(pk=new.pk).update(state="accepted", decided_at=datetime(2026, 9, 5, 12, tzinfo=UTC))
    assert words(client, "spend", **asked) == ["£66,000"]
    assert words(client, "spend", **asked, known="2026-09-04") == ["£60,000"]


def test_return_that_was_sent_back_does_not_stand_meanwhile(client, reported, alice) -> None:
    """Not between the day it was sent back and the day its correction came, whatever its state is now."""
    old = make_filed(
        reported, date(2026, 7, 1), state="sent_back", decision_reason="Wrong", spend_to_date=500_000,
        decided_at=datetime(2026, 8, 20, tzinfo=UTC),
    )  # fmt: skip
    correct(old, datetime(2026, 9, 10, tzinfo=UTC), spend_to_date=70_000)
    client.force_login(alice)
    asked = {"contract": reported.reference}
    on = {day: words(client, "spend", **asked, known=f"2026-{day}")[0] for day in ("08-15", "08-25", "09-10")}
    assert on == {"08-15": "£500,000", "08-25": "£60,000", "09-10": "£70,000"}
    client.logout()
    assert words(client, "spend", **asked, known="2026-08-25") == ["£60,000"]


def test_amendments_count_from_the_day_they_were_recorded(client, reported, alice) -> None:
    later = date(2027, 3, 31)
    one = Amendment.objects.create(
        contract=reported, number=1, dated=date(2026, 5, 1), reason="More", value_change=30_000, value_after=150_000,
        end_before=reported.baseline_end, end_after=later, recorded_by=alice, submission_key=uuid4(),
    )  # fmt: skip
    Amendment.objects.filter(pk=one.pk).update(recorded_at=datetime(2026, 9, 1, 12, tzinfo=UTC))
    Contract.objects.filter(pk=reported.pk).update(current_value=150_000, current_end=later)
    names = ("current", "delay", "amendments")
    after, before = (shown(client, contract=reported.reference, known=day) for day in ("2026-09-01", "2026-08-31"))
    assert [after[name][0].words for name in names] == ["£150,000", "90 days late", "1"]
    assert [before[name][0].words for name in names] == ["£120,000", "On time", "0"]
    assert after["baseline"][0].words == before["baseline"][0].words == "£120,000"


def test_day_to_come_or_none_is_said(client, reported) -> None:
    for known in ((date.today() + timedelta(days=1)).isoformat(), "2026-13-01", "x\0"):
        page = client.get(COMPARE, {"contract": reported.reference, "known": known})
        assert page.context["form"].errors
        assert page.context["asked"].known is None


# --- Real terms ---------------------------------------------------------------------------------------


def test_spend_of_each_period_is_deflated_by_its_own_year(client, reported) -> None:
    prices = Prices("2024-25")
    expected = sum(prices.in_year(Decimal(10_000), year) for year in (2025, 2025, 2025, 2026, 2026, 2026))
    cell = shown(client, contract=reported.reference, prices="2024-25")["spend"][0]
    assert round(cell.value, 4) == round(expected, 4)
    assert cell.value < 60_000
    unit = shown(client, contract=reported.reference, prices="2024-25")["unit_cost"][0]
    assert round(unit.value, 6) == round(expected * 6 / 10 / 7_200, 6)


def test_what_is_no_money_stays_in_real_terms(client, reported) -> None:
    real, nominal = (shown(client, contract=reported.reference, prices=base) for base in ("2024-25", ""))
    for name in ("users", "slip", "delay", "coverage", "quality", "amendments"):
        assert real[name][0].words == nominal[name][0].words


def test_prices_of_a_year_that_is_not_there_are_nominal(client, reported) -> None:
    page = client.get(COMPARE, {"contract": reported.reference, "prices": "1066-67"})
    assert page.context["asked"].base == ""


# --- Peers --------------------------------------------------------------------------------------------


@pytest.fixture
def peers(buyer) -> list[Contract]:
    """Six published contracts of the kind of `reported`; each costs £1 more for a transaction than the last."""
    other = make_public_body("Birch Vale Council")
    return [
        make_reported(
            other, make_supplier(f"Peer {number} Ltd"), months=3, figures={"run_spend": 1_200 * number, "phase": "live"}
        )
        for number in range(2, 8)
    ]


def place(client: Any, name: str, **asked: Any) -> Any:
    return shown(client, **asked)[name][0].place


def test_percentile_among_peers(client, reported, peers) -> None:
    found = place(client, "unit_cost", contract=reported.reference)  # 5 among 2, 3, 4, 5, 6, 7
    assert (found.percentile, found.peers, found.words) == (58, 6, "Higher than 58% of 6 peers")


def test_four_peers_are_too_few(client, reported, peers) -> None:
    Contract.objects.filter(pk__in=[one.pk for one in peers[:2]]).update(is_published=False)
    found = place(client, "unit_cost", contract=reported.reference)
    assert (found.percentile, found.peers) == (None, 4)
    assert "Too few peers to say: 4" in found.why


@pytest.mark.parametrize(
    ("fields", "like", "number"),
    [
        ({"baseline_value": 5_000_000}, "", 0),
        ({"baseline_value": 5_000_000}, "phase", 6),
        ({"cpv_codes": ["48000000"]}, "category", 0),
        ({"cpv_codes": []}, "category", 0),
    ],
)
def test_peers_are_of_the_same_kind(client, buyer, supplier, peers, fields, like, number) -> None:
    one = make_reported(buyer, supplier, **fields)
    page = client.get(COMPARE, {"contract": one.reference, "peers": like})
    assert len(page.context["found"].columns[0].peers.peers) == number


def test_contract_is_never_its_own_peer_even_within_its_scheme(client, reported, peers) -> None:
    scheme = Scheme.objects.create(code="casework", name="Casework")
    Contract.objects.filter(pk__in=[reported.pk, peers[0].pk]).update(scheme=scheme)
    page = client.get(COMPARE, {"scheme": "casework", "contract": reported.reference})
    of_scheme, of_contract = (column.peers.peers for column in page.context["found"].columns)
    assert reported.pk not in [one.contract_id for one in [*of_scheme, *of_contract]]
    assert [len(of_scheme), len(of_contract)] == [5, 6]
    cells = {row.figure.name: row.cells for section in page.context["sections"] for row in section.rows}
    assert cells["baseline"][0].place.why == "Not set against peers: it is a sum over contracts"
    assert cells["unit_cost"][0].place.peers == 5


def test_peers_count_as_the_public_sees_them(client, reported, peers, alice) -> None:
    """What is held back of a peer, or waits for its decision, does not show through a percentile."""
    decision = Publication.objects.create(contract=peers[0], is_published=True, by=alice, at=datetime.now(UTC))
    Redaction.objects.create(publication=decision, table="spend", ground="commercial", reason="Prices are secret")
    make_filed(peers[1], date(2026, 4, 1), state="submitted", decided_at=None, run_spend=9_999_999)
    client.force_login(make_user(is_staff=True, mfa=True))
    found = place(client, "unit_cost", contract=reported.reference)
    assert (found.percentile, found.peers) == (50, 5)


# --- The address, the page and the file -----------------------------------------------------------------


def test_search_finds_what_may_be_seen(client, reported, buyer) -> None:
    Scheme.objects.create(code="benefits", name="Benefits of all kinds")
    make_reported(buyer, make_supplier("Hidden Ltd"), title="Benefits in secret", is_published=False)
    page = client.get(COMPARE, {"q": "benefits"})
    assert [one.code for one, _ in page.context["schemes"]] == ["benefits"]
    assert [one.pk for one, _ in page.context["contracts"]] == [reported.pk]
    _, url = page.context["contracts"][0]
    assert client.get(url).context["asked"].contracts == (reported.reference,)


def test_thirteenth_is_named_and_left_out(client, buyer, supplier) -> None:
    many = [make_reported(buyer, supplier, months=0, title=f"Contract {number:02}") for number in range(13)]
    page = client.get(COMPARE, {"contract": [one.reference for one in many]})
    assert len(page.context["found"].columns) == 12
    assert [one.name for one, _ in page.context["beyond"]] == ["Contract 12"]
    assert "You chose more than 12" in page.content.decode()


@pytest.mark.parametrize("said", [{"contract": "a\0b"}, {"scheme": "x" * 500}, {"q": "a\0b"}, {"peers": "all"}])
@pytest.mark.django_db
def test_address_that_cannot_be_read_is_answered(client, said) -> None:
    assert client.get(COMPARE, said).status_code == 200


def test_file_says_what_was_asked_and_where_figures_are_from(client, reported) -> None:
    asked = {"contract": reported.reference, "known": "2026-08-31", "prices": "2024-25", "download": "csv"}
    text = b"".join(client.get(COMPARE, asked).streaming_content).decode("utf-8-sig")
    rows = {row["Figure"]: row for row in csv.DictReader(io.StringIO(text))}
    run = rows["Run cost"]
    assert (run["Source"], run["As known on"], run["Prices"]) == ("6 returns", "31 August 2026", "2024-25 prices")
    assert f"contract={reported.reference}&known=2026-08-31&prices=2024-25" in run["Address"]
    assert rows["Yearly assessment"]["Value"] == ""
    workbook = load_workbook(io.BytesIO(b"".join(client.get(COMPARE, asked | {"download": "xlsx"}).streaming_content)))
    assert workbook.active["A2"].value == "Cost"


@pytest.mark.parametrize("chart", ["spend", "variance"])
def test_charts_are_pictures(client, reported, chart) -> None:
    answer = client.get(reverse("reporting:compare-chart", args=[chart]), {"contract": reported.reference})
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert "private" in answer["Cache-Control"]


@pytest.mark.django_db
def test_chart_of_nothing_is_missing(client) -> None:
    for chart in ("spend", "variance", "places", "else"):
        assert client.get(reverse("reporting:compare-chart", args=[chart]), {"contract": "c22"}).status_code == 404


def test_queries_are_as_many_for_three_as_for_one(client, buyer, supplier, peers) -> None:
    schemes = [Scheme.objects.create(code=f"s{number}", name=f"S {number}") for number in range(3)]
    for scheme in schemes:
        for number in range(2):
            make_reported(buyer, make_supplier(f"{scheme} {number} Ltd"), scheme=scheme, months=3 + number)

    def queries(codes: list[str]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(COMPARE, {"scheme": codes}).status_code == 200
        return len(caught)

    queries(["s0"])
    assert queries(["s0"]) == queries(["s0", "s1", "s2"])


def test_figures_never_read_lines(client, reported, django_assert_num_queries) -> None:
    from reporting.comparison.asked import Asked
    from reporting.queries.compared import compared, over_time

    with CaptureQueriesContext(connection) as caught:
        found = compared(AnonymousUser(), Asked(contracts=(reported.reference,)))
        over_time(found, Prices())
    assert not [query for query in caught.captured_queries if "reporting_returnline" in query["sql"]]

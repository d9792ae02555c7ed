"""Gaps and concentration: counts that agree with the lists, an index that agrees with its definition, and the pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.organisations.choices import Role, Size
from portal.organisations.models import Organisation
from portal.records import Region
from techmap import search, tasks
from techmap.market import Cell, Contracts, Trade, band, herfindahl
from techmap.models import Capability, Evidence
from techmap.queries.market import ALL, OLDEST, Market, market_now
from techmap.search import SearchQuery
from tests.factories import make_member, make_public_body
from tests.techmap.test_combination_pages import index_all, make_award, make_firm

NOW = timezone.make_aware(timezone.datetime(2026, 3, 5, 12))


def make_contract(firm: Organisation, capability: Capability | None, value: int, **fields: Any) -> Evidence:
    fields = {"dated": date(2026, 1, 10), **fields}
    return make_award(firm, capability, value=Decimal(value), **fields)  # type: ignore[arg-type]


@pytest.fixture
def firms(db: None, hosting: Capability, backup: Capability) -> list[Organisation]:
    cache.clear()
    found = [
        make_firm("Alder Ltd", hosting, regions=("TLL", "TLM")),
        make_firm("Birch plc", hosting, backup, regions=("TLL",), size=Size.LARGE),
        make_firm("Cedar Ltd", backup, regions=()),
        make_firm("Dale Ltd", hosting, regions=("TLL",), size=""),
    ]
    index_all()
    return found


def now() -> Market:
    cache.clear()
    return market_now(NOW)


# --- Suppliers -------------------------------------------------------------------------------------


def test_cells_count_suppliers_and_the_small_ones_among_them(firms, cloud, hosting, backup) -> None:
    market = now()

    assert market.cell(hosting.pk, "TLL") == Cell(3, 1)
    assert market.cell(hosting.pk, "TLM") == Cell(1, 1)
    assert market.cell(hosting.pk) == Cell(3, 1)
    assert market.cell(backup.pk, "TLD") == Cell(1, 1)  # the office of one that names no region
    assert market.cell(cloud.pk, "TLL") == Cell(3, 1)
    assert market.cell(cloud.pk) == Cell(4, 2)
    assert market.cell(backup.pk, "TLN") == Cell(0, 0)


def test_every_cell_has_as_many_as_the_list_that_it_leads_to(firms, cloud, hosting, backup) -> None:
    market = now()

    for capability in (cloud, hosting, backup):
        for region in Region.values:
            asked = SearchQuery(capability=(capability.code,), region=(region,))
            assert market.cell(capability.pk, region).suppliers == len(search.matching(asked, today=NOW.date()))


def test_empty_techmap_is_counted_too(db, cloud) -> None:
    assert now().cell(cloud.pk) == Cell(0, 0)


# --- Contracts -------------------------------------------------------------------------------------


def test_contract_for_two_capabilities_counts_once_in_their_group(firms, cloud, hosting, backup) -> None:
    make_contract(firms[1], hosting, 900, source="ocds-a")
    make_contract(firms[1], backup, 900, source="ocds-a")
    make_contract(firms[0], hosting, 300, source="ocds-b")
    market = now()

    assert market.trade_in(hosting.pk).all == Contracts(2, 2, 1200, 300, pytest.approx(6250))
    assert market.trade_in(cloud.pk).all == Contracts(2, 2, 1200, 300, pytest.approx(6250))
    assert market.trade_in(backup.pk).all == Contracts(1, 1, 900, 0, pytest.approx(10_000))
    assert market.trade_in(ALL).all == Contracts(2, 2, 1200, 300, pytest.approx(6250))


def test_award_to_ten_firms_is_shared_out_among_them(firms, cloud, hosting, backup) -> None:
    ten = [*firms, *(make_firm(f"Elm {number} Ltd", hosting) for number in range(6))]
    for number, firm in enumerate(ten):
        make_contract(firm, hosting, 900, source="ocds-ten")
        if number < 5:  # a capability that some of them are known for takes no more than their shares
            make_contract(firm, backup, 900, source="ocds-ten")
    make_contract(ten[0], hosting, 100, source="ocds-own")
    market = now()

    assert (market.trade_in(hosting.pk).all.contracts, market.trade_in(hosting.pk).all.suppliers) == (2, 10)
    assert market.trade_in(hosting.pk).all.value == pytest.approx(1000)
    assert market.trade_in(hosting.pk).all.exact_index == pytest.approx(herfindahl([190, *[90] * 9]))
    assert market.trade_in(backup.pk).all.value == pytest.approx(450)
    assert market.trade_in(cloud.pk).all.value == pytest.approx(1000)
    assert market.trade_in(ALL).all.value == pytest.approx(1000)


def test_years_stand_apart_and_none_is_left_out(firms, hosting) -> None:
    make_contract(firms[0], hosting, 100, dated=date(2023, 5, 1))
    make_contract(firms[0], hosting, 200, dated=date(2023, 6, 1))
    make_contract(firms[1], hosting, 50, dated=date(2025, 6, 1))

    years = now().trade_in(hosting.pk).years(2026)

    assert [(y.year, y.contracts.contracts, y.contracts.value, y.is_running) for y in years] == [
        (2023, 2, 300, False), (2024, 0, 0, False), (2025, 1, 50, False), (2026, 0, 0, True),
    ]  # fmt: skip


def test_contract_without_value_or_capability(firms, hosting) -> None:
    make_award(firms[0], hosting)
    make_contract(firms[0], None, 70)
    market = now()

    assert market.trade_in(hosting.pk) == Trade()
    assert market.trade_in(ALL).all.value == 70


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30))
def test_index_lies_between_equal_shares_and_one_supplier(values: list[int]) -> None:
    assert 10_000 / len(values) <= herfindahl(values) * 1.000001
    assert herfindahl(values) <= 10_000.001


def test_statement_agrees_with_the_definition(firms, hosting) -> None:
    random = Random(20_261_122)
    shares = [0.0] * len(firms)
    for _ in range(40):
        supplier, value = random.randrange(len(firms)), random.randint(1, 10**6)
        make_contract(firms[supplier], hosting, value)
        shares[supplier] += value

    found = now().trade_in(hosting.pk).all

    assert (found.contracts, found.value) == (40, sum(shares))
    assert found.exact_index == pytest.approx(herfindahl(shares))


@pytest.mark.parametrize(
    ("figure", "words"),
    [(0, "not concentrated"), (999, "not concentrated"), (1000, "concentrated"), (2000, "concentrated"),
     (2001, "highly concentrated"), (10_000, "highly concentrated")],
)  # fmt: skip
def test_bands(figure: int, words: str) -> None:
    assert band(figure) == words


def test_four_contracts_are_too_few_and_five_are_not() -> None:
    four, five = (Contracts(number, 2, 10, 0, 5000) for number in (4, 5))

    assert (four.index, four.words) == (None, "too few contracts to say")
    assert (five.index, five.words) == (5000, "highly concentrated")


# --- What is kept ----------------------------------------------------------------------------------


def test_visitors_see_the_last_count_for_ten_minutes(firms, hosting, monkeypatch) -> None:
    first = now()
    make_firm("Elm Ltd", hosting)
    index_all()
    monkeypatch.setattr(search, "data_version", lambda: first.data_version + 1)

    assert market_now(NOW + OLDEST / 2).cell(hosting.pk).suppliers == 3
    assert market_now(NOW + OLDEST).cell(hosting.pk).suppliers == 4


def test_clock_counts_what_has_changed(firms, hosting, monkeypatch) -> None:
    first = now()
    make_firm("Elm Ltd", hosting)
    index_all()
    monkeypatch.setattr(search, "data_version", lambda: first.data_version + 1)
    with time_machine.travel(NOW + OLDEST / 2, tick=False):
        tasks.count_market()

    assert market_now(NOW + OLDEST / 2).cell(hosting.pk).suppliers == 4


def test_market_that_did_not_change_is_counted_once(firms) -> None:
    first = now()

    with CaptureQueriesContext(connection) as queries:
        later = market_now(NOW + OLDEST)
    assert (later.at, later.cells, later.trade) == (NOW + OLDEST, first.cells, first.trade)
    assert not [query for query in queries if "unnest" in query["sql"]]


# --- Pages -----------------------------------------------------------------------------------------


@pytest.fixture
def ann(db: None) -> User:
    return make_member(make_public_body(), role=Role.EDITOR, name="Ann Castle")


def test_grid_shows_groups_and_opens_one(client: Client, firms) -> None:
    closed, opened = (client.get(f"/techmap/market/{query}").content.decode() for query in ("", "?group=cloud"))

    assert "Cloud and hosting" in closed
    assert "Backup and recovery" not in closed
    assert "Backup and recovery" in opened
    assert '<a class="govuk-link" href="/techmap/?capability=cloud&amp;region=TLL">3<' in closed


def test_gap_leads_a_public_body_to_an_engagement(client: Client, firms, ann) -> None:
    link = 'href="/engagement/new/?capability=backup-and-recovery"'
    path = "/techmap/market/backup-and-recovery/"
    before = client.get(path).content.decode()
    client.force_login(ann)
    after = client.get(path).content.decode()

    assert "Fewer than 3 suppliers: North East, North West" in before
    assert (link in before, link in after) == (False, True)
    assert link in client.get("/techmap/market/?group=cloud").content.decode()
    assert client.get("/engagement/new/?capability=backup-and-recovery").status_code == 200


def test_page_of_a_capability_says_how_concentrated_it_is(client: Client, firms, hosting) -> None:
    for number in range(5):
        make_contract(firms[number % 2], hosting, 1000)
    page = client.get("/techmap/market/cloud-hosting/").content.decode()

    assert "The Herfindahl index is <strong>5200</strong> of 10,000: highly concentrated." in page
    assert "It rests on 5 contracts with 2 suppliers." in page
    assert "£5,000" in page
    assert "60%" in page


def test_charts_are_pictures_with_their_figures_beside_them(client: Client, firms, hosting) -> None:
    for _ in range(5):
        make_contract(firms[0], hosting, 1000)
    page = client.get("/techmap/market/cloud-hosting/").content.decode()

    for chart in ("value", "concentration"):
        address = f"/techmap/market/cloud-hosting/{chart}.svg"
        picture = client.get(address)
        assert f'src="{address}"' in page
        assert picture["Content-Type"] == "image/svg+xml"
        assert picture.content.startswith(b"<svg")


@pytest.mark.parametrize(
    "path", ["nonsense/", "backup-and-recovery/value.svg", "cloud-hosting/nonsense.svg", "download/pdf/"]
)
def test_what_is_not_there(client: Client, firms, hosting, path) -> None:
    make_contract(firms[0], hosting, 1000)

    assert client.get(f"/techmap/market/{path}").status_code == 404


def test_download_has_a_line_for_each_capability_and_place(client: Client, firms) -> None:
    response = client.get("/techmap/market/download/csv/")
    lines = b"".join(response).decode().splitlines()  # type: ignore[arg-type]

    assert len(lines) == 1 + 3 * 13
    assert "Cloud and hosting,Cloud hosting,cloud-hosting,Wales,3,33,0,0,,too few contracts to say" in lines
    workbook = client.get("/techmap/market/download/xlsx/")
    assert b"".join(workbook)[:2] == b"PK"  # type: ignore[arg-type]
    workbook.close()


@pytest.mark.parametrize("path", ["/techmap/market/", "/techmap/market/?group=cloud", "/techmap/market/cloud/"])
def test_pages_take_as_many_queries_for_more_rows(client: Client, firms, hosting, cloud, path) -> None:
    def count() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    count()
    few = count()
    for number in range(3):
        made = Capability.objects.create(code=f"thing-{number}", name=f"Thing {number}", parent=cloud)
        make_contract(make_firm(f"Elm {number} Ltd", made), made, 500)
    index_all()

    assert count() == few


@pytest.mark.parametrize(
    "path", ["/techmap/market/?group=%00", "/techmap/combination/?must=%00", "/techmap/combination/?must=x&region=%00"]
)
def test_nul_in_an_address_breaks_nothing(client: Client, cloud, path) -> None:
    cache.clear()

    assert client.get(path).status_code == 200

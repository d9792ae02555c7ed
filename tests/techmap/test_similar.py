"""Similar suppliers: rarity decides, the reason is named, and the number of queries stays."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.organisations.choices import Status
from portal.organisations.models import Organisation
from techmap.models import Capability
from techmap.queries import similar
from techmap.queries.similar import similar_to
from tests.techmap.makers import make_capability
from tests.techmap.test_combination_pages import index_all, make_firm

TODAY = date(2026, 3, 5)


@pytest.fixture
def rare(cloud: Capability) -> Capability:
    return make_capability("Mainframe rescue", parent=cloud)


@pytest.fixture
def alder(db: None, hosting: Capability, backup: Capability, rare: Capability) -> Organisation:
    cache.clear()
    alder = make_firm("Alder Ltd", hosting, backup, rare)
    for number in range(6):
        make_firm(f"Crowd {number} Ltd", hosting, backup)
    make_firm("Birch plc", rare)
    index_all()
    return alder


def names(supplier: Organisation) -> list[str]:
    return [item.supplier.name for item in similar_to(supplier, TODAY)]


def test_one_rare_thing_outweighs_two_common_ones(alder) -> None:
    found = similar_to(alder, TODAY)

    assert (found[0].supplier.name, found[0].shared) == ("Birch plc", ("Mainframe rescue",))
    assert len(found) == 5
    assert {item.shared for item in found[1:]} == {("Cloud hosting", "Backup and recovery")}


def test_it_is_not_like_itself_and_those_not_listed_are_left_out(alder, rare) -> None:
    make_firm("Waiting Ltd", rare, status=Status.PENDING)
    index_all()

    assert {"Alder Ltd", "Waiting Ltd"}.isdisjoint(names(alder))


def test_what_many_have_makes_nobody_alike(alder, monkeypatch) -> None:
    monkeypatch.setattr(similar, "RARE", 3)

    assert names(alder) == ["Birch plc"]


def test_rarest_things_choose_whom_to_look_at(alder, monkeypatch) -> None:
    monkeypatch.setattr(similar, "LOOKED_AT", 2)

    assert names(alder) == ["Birch plc"]


def test_supplier_without_a_row_or_without_claims_is_like_nobody(alder) -> None:
    unlisted, bare = make_firm("Waiting Ltd", status=Status.PENDING), make_firm("Bare Ltd")
    index_all()

    assert names(unlisted) == []
    assert names(bare) == []


def test_order_of_equals_is_that_of_the_day(alder) -> None:
    days = {tuple(item.supplier.name for item in similar_to(alder, date(2026, 3, day))) for day in range(1, 8)}

    assert len(days) > 1


def test_queries_stay_the_same_for_more_suppliers(alder, rare) -> None:
    similar_to(alder, TODAY)
    with CaptureQueriesContext(connection) as few:
        similar_to(alder, TODAY)
    for number in range(5):
        make_firm(f"Elm {number} Ltd", rare)
    index_all()
    with CaptureQueriesContext(connection) as many:
        similar_to(alder, TODAY)

    assert len(few) == len(many)


def test_page_names_them_with_the_reason(client: Client, alder) -> None:
    page = client.get(f"/techmap/suppliers/{alder.pk}/").content.decode()

    assert "Similar suppliers" in page
    assert "Shares Mainframe rescue" in page

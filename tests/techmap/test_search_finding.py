"""What a search finds, in which order, and with which counts."""

from __future__ import annotations

from datetime import date

import pytest

from portal.organisations.choices import Size, Status
from portal.organisations.models import Organisation
from techmap import search
from techmap.search import SearchQuery, index
from tests.factories import make_public_body, make_supplier
from tests.techmap.makers import make_claim, make_profile

TODAY = date(2026, 3, 5)


def names(query: str) -> list[str]:
    found = search.matching(SearchQuery.from_address(query), today=TODAY)
    by_pk = dict(Organisation.objects.values_list("pk", "name"))
    return [by_pk[pk] for pk in found]


@pytest.fixture
def firms(db, hosting, backup) -> None:
    alder, birch = make_supplier("Alder Ltd"), make_supplier("Birch plc", size=Size.LARGE)
    make_profile(alder, summary="Registers for councils", regions_served=["TLL"])
    make_profile(birch, description="We run payroll", regions_served=["TLL", "TLM"])
    make_claim(alder, hosting)
    make_claim(birch, backup, guessed=True)
    make_supplier("Cedar Ltd", size="")
    make_supplier("Waiting Ltd", status=Status.PENDING)
    make_public_body()
    index.refresh(Organisation.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"Alder Ltd", "Birch plc", "Cedar Ltd"}),
        ("q=registers", {"Alder Ltd"}),
        ("q=register", {"Alder Ltd"}),
        ("q=payroll", {"Birch plc"}),
        ("q=CEDAR", {"Cedar Ltd"}),
        ("q=iaas", {"Alder Ltd"}),
        ("q=councils+hosting", {"Alder Ltd"}),
        ("q=councils+payroll", set()),
        ("q=councils+or+payroll", {"Alder Ltd", "Birch plc"}),
        ("q=ltd+-cedar", {"Alder Ltd"}),
        ('q="registers+for+councils"', {"Alder Ltd"}),
        ('q="councils+registers"', set()),
        ("q=100%25", set()),
        ("q=!!!", set()),
        ("capability=cloud", {"Alder Ltd", "Birch plc"}),
        ("capability=cloud-hosting", {"Alder Ltd"}),
        ("capability=nonsense", set()),
        ("region=TLL", {"Alder Ltd", "Birch plc"}),
        ("region=TLM", {"Birch plc"}),
        ("region=TLM&region=TLL", {"Alder Ltd", "Birch plc"}),
        ("size=sme", {"Alder Ltd"}),
        ("size=large", {"Birch plc"}),
        ("region=TLL&size=sme&capability=cloud-hosting", {"Alder Ltd"}),
    ],
)
def test_search_finds(firms, query, expected) -> None:
    found = names(query)
    assert set(found) == expected
    assert search.find(SearchQuery.from_address(query), today=TODAY).total == len(found)

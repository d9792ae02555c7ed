"""What a search finds, in which order, and with which counts."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import md5

import pytest
from django.utils import timezone

from portal.organisations.choices import Size, Status
from portal.organisations.models import Organisation
from techmap import search
from techmap.models import Accreditation, Evidence, Framework, FrameworkPlace
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


# --- The order -----------------------------------------------------------------------------------------


def test_order_is_by_the_field_and_never_by_how_often(db, hosting) -> None:
    def firm(name: str, **profile):
        supplier = make_supplier(name)
        make_profile(supplier, **{"summary": "", "description": "", **profile})
        return supplier

    firm("Cloud Hosting Ltd")
    make_claim(firm("Claims Ltd"), hosting)
    firm("Summary Ltd", summary="Cloud things and hosting")
    firm("Story Ltd", description="Cloud hosting. " * 50)
    proof = firm("Proof Ltd")
    for number in range(30):
        Evidence.objects.create(
            supplier=proof, kind="award", source=str(number), title=f"Cloud hosting {number}", dated=TODAY
        )
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    expected = ["Cloud Hosting Ltd", "Claims Ltd", "Summary Ltd", "Story Ltd", "Proof Ltd"]
    assert names("q=cloud+hosting") == expected


def test_equal_matches_take_turns_by_the_day(db) -> None:
    for number in range(12):
        make_supplier(f"Firm {number:02}")
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    orders = [search.matching(SearchQuery(words="firm"), today=TODAY + timedelta(days=day)) for day in range(60)]
    assert orders[0] == search.matching(SearchQuery(words="firm"), today=TODAY)
    pks = list(Organisation.objects.values_list("pk", flat=True))
    for day, order in enumerate(orders):
        published = sorted(pks, key=lambda pk, day=day: md5(f"{TODAY + timedelta(days=day)}:{pk}".encode()).hexdigest())
        assert order == published
    assert len({order[0] for order in orders}) > 6


def test_pages_hold_each_supplier_once(db) -> None:
    for number in range(7):
        make_supplier(f"Firm {number}")
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    pages = [search.find(SearchQuery(), today=TODAY, page=page, per_page=3).ids for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [pk for page in pages for pk in page] == search.matching(SearchQuery(), today=TODAY)
    assert search.matching(SearchQuery(), today=TODAY, limit=2) == pages[0][:2]


# --- Why, and what is near -------------------------------------------------------------------------------


def why(address: str) -> list[str]:
    found = search.find(SearchQuery.from_address(address), today=TODAY)
    assert found.total == 1
    return found.why[found.ids[0]]


@pytest.fixture
def alder(db, hosting, backup) -> Organisation:
    alder = make_supplier("Alder Ltd")
    profile = make_profile(
        alder, summary="Registers", description="Payroll", technologies=["Python"], regions_served=["TLL", "TLM"],
        sectors=["local"], is_vcse=True,
    )  # fmt: skip
    make_claim(alder, hosting)
    make_claim(alder, backup)
    FrameworkPlace.objects.create(profile=profile, framework=Framework.objects.create(code="wood", name="Woodland 3"))
    Accreditation.objects.create(profile=profile, kind="iso-9001")
    for dated, title in ((date(2020, 1, 1), "Old chatbots"), (timezone.localdate(), "Chatbots for Coldmere")):
        Evidence.objects.create(
            supplier=alder, kind="award", source=title, title=title, dated=dated, capability=hosting,
            buyer_name="Coldmere Council",
        )  # fmt: skip
    index.refresh([alder.pk])
    return alder


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", []),
        ("q=alder", ["“alder” in its name"]),
        ("q=cloud+host", ["Claims: Cloud hosting"]),
        ("q=python+registers", ["“python” and “registers” in its summary or technologies"]),
        ("q=payroll+alder", ["“alder” in its name", "“payroll” in its description or case studies"]),
        ("q=chatbot", ["Evidence: Chatbots for Coldmere"]),
        ("q=coldmere+council", ["Evidence: Chatbots for Coldmere"]),
        ("q=-birch", []),
        ("region=TLL&region=TLM&region=TLN", ["Delivers in Wales and Scotland"]),
        ("capability=cloud-hosting&capability=backup-and-recovery", ["Verified: Cloud hosting",
                                                                     "Claims: Backup and recovery"]),
        ("evidence=supported", ["Has a claim verified by a public body"]),
        ("sector=local&size=sme", ["Works for local government", "Size: small or medium"]),
        ("vcse=yes&framework=wood&accreditation=iso-9001", ["Voluntary, community or social enterprise",
                                                            "Has a place on Woodland 3", "Holds ISO 9001: quality"]),
    ],
)  # fmt: skip
def test_why_in_words(alder, address, expected) -> None:
    assert why(address) == expected


def test_why_says_when_the_region_is_the_office_alone(db) -> None:
    supplier = make_supplier("Alder Ltd", region="TLL")
    index.refresh([supplier.pk])
    assert why("region=TLL") == ["Has its office in Wales, and does not say where it delivers"]


def test_why_takes_the_same_queries_for_any_number(db, django_assert_num_queries, hosting) -> None:
    for number in (1, 3):
        make_claim(make_supplier(f"Firm {number}"), hosting)
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    for per_page in (1, 2, 1):
        search.find(SearchQuery(words="host"), today=TODAY, per_page=per_page)
        with django_assert_num_queries(7):  # vocabulary, answer, why 2; few results: data version 2, unknown words
            search.find(SearchQuery(words="host"), today=TODAY, per_page=per_page)


def near(address: str) -> list[tuple[str, int]]:
    found = search.find(SearchQuery.from_address(address), today=TODAY)
    return [(miss.words, miss.more) for miss in found.near_misses]


def test_near_misses_say_how_many_more(firms) -> None:
    assert near("region=TLM&size=sme") == [("Scotland", 1), ("small or medium", 1)]
    assert near("q=payroll+registers") == [("“payroll”", 1), ("“registers”", 1)]
    assert near("q=payroll&capability=cloud-hosting") == [("Cloud hosting", 1), ("“payroll”", 1)]
    assert near("") == []


def test_near_misses_lead_to_what_they_promise(firms) -> None:
    query = SearchQuery.from_address("region=TLM&size=sme&q=registers")
    found = search.find(query, today=TODAY)
    promised = [search.find(miss.query, today=TODAY).total - found.total for miss in found.near_misses]
    assert promised == [miss.more for miss in found.near_misses] != []


def test_counts_of_one_facet_set_its_own_choice_aside(firms) -> None:
    counted = search.counts(SearchQuery.from_address("region=TLM&size=large"), "region")
    assert {code: number for code, number in counted.items() if number} == {"TLL": 1, "TLM": 1}

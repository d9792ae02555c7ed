"""The list of suppliers as a page: the box, the facets, what was chosen, the rows, and completion."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from portal.organisations.choices import Size, Status
from portal.organisations.models import Organisation
from techmap import search
from techmap.models import Evidence
from techmap.search import SearchQuery, index
from tests.factories import make_member, make_public_body, make_supplier
from tests.techmap.makers import make_capability, make_claim, make_profile

LIST, NAMES = reverse("techmap:supplier-list"), reverse("techmap:name-complete")


def page(client, address: str = "") -> BeautifulSoup:
    return BeautifulSoup(client.get(f"{LIST}?{address}").content, "html.parser")


def texts(html: BeautifulSoup, selector: str) -> list[str]:
    return [item.get_text(" ", strip=True) for item in html.select(selector)]


@pytest.fixture
def firms(db, hosting, backup) -> None:
    alder, birch = make_supplier("alder Ltd"), make_supplier("Birch plc", size=Size.LARGE)
    make_profile(alder, summary="Registers for councils", regions_served=["TLL"])
    make_profile(birch, description="We run payroll", regions_served=["TLL", "TLM"])
    make_claim(alder, hosting)
    make_claim(birch, backup, guessed=True)
    Evidence.objects.create(supplier=alder, kind="award", source="1", title="A", dated=timezone.localdate(),
                            capability=hosting)  # fmt: skip
    cedar = make_supplier("Cedar Ltd", status=Status.PENDING, is_imported=True, size="", region="TLM")
    make_profile(cedar, summary="Written by somebody not verified")
    Evidence.objects.create(supplier=cedar, kind="award", source="2", title="B", dated=timezone.localdate())
    make_supplier("Waiting Ltd", status=Status.PENDING)
    index.refresh(Organisation.objects.values_list("pk", flat=True))


def test_list_is_in_the_published_order(client, firms) -> None:
    order = search.matching(SearchQuery(), today=timezone.localdate())
    names = dict(Organisation.objects.values_list("pk", "name"))
    html = page(client)
    assert texts(html, ".app-results__title") == [names[pk] for pk in order]
    assert texts(html, ".app-find__total") == ["3 suppliers"]
    assert html.select_one(f'a[href="{reverse("techmap:search-order")}"]')


def test_row_shows_what_is_published(client, firms) -> None:
    [row] = page(client, "q=registers").select(".app-found")
    assert texts(row, ".app-meta li") == ["Small", "Delivers in Wales", "1 piece of evidence"]
    assert texts(row, ".app-chips li") == ["Cloud hosting Verified"]
    assert texts(row, ".app-why li") == ["“registers” in its summary or technologies"]
    assert "Registers for councils" in row.get_text()


def test_row_of_an_unverified_supplier_shows_published_facts_alone(client, firms) -> None:
    [row] = page(client, "q=cedar").select(".app-found")
    assert texts(row, ".app-meta li") == ["Office in Scotland", "1 piece of evidence", "Imported from notices"]
    assert "not verified" not in row.get_text()


def test_row_marks_guesses(client, firms) -> None:
    assert texts(page(client, "q=birch"), ".app-found .app-chips li") == ["Backup and recovery guessed"]


def test_facets_are_boxes_of_the_search_form_with_counts(client, firms) -> None:
    html = page(client, "region=TLM")
    boxes = {box["value"]: box for box in html.select('input[name="region"]')}
    assert {value: texts(html, f'label[for="region-{value}"]')[0] for value in boxes} == {
        "TLL": "Wales 2", "TLM": "Scotland 2",
    }  # fmt: skip
    assert {value: box.has_attr("checked") for value, box in boxes.items()} == {"TLL": False, "TLM": True}
    assert {box["form"] for box in boxes.values()} == {html.select_one("form[role=search]")["id"]}
    assert texts(html, ".app-panels__inner label") == ["Any: Cloud and hosting 1", "Backup and recovery 1"]


def test_what_was_chosen_is_a_link_that_removes_it(client, firms) -> None:
    html = page(client, "q=x&region=TLL&region=TLM&capability=long-gone&view=table")
    chips = {link.get_text(" ", strip=True): link["href"] for link in html.select(".app-chosen a")}
    assert chips == {
        "Remove Words: “x” ✕": f"{LIST}?view=table&capability=long-gone&region=TLL&region=TLM",
        "Remove Capability: long-gone ✕": f"{LIST}?view=table&q=x&region=TLL&region=TLM",
        "Remove Delivers in: Wales ✕": f"{LIST}?view=table&q=x&capability=long-gone&region=TLM",
        "Remove Delivers in: Scotland ✕": f"{LIST}?view=table&q=x&capability=long-gone&region=TLL",
        "Clear all": f"{LIST}?view=table",
    }


def test_views_keep_the_question(client, firms) -> None:
    links = {link.get_text(): link["href"] for link in page(client, "q=alder&page=3").select(".app-views a")}
    assert links == {
        "List": f"{LIST}?q=alder", "Landscape": f"{LIST}?view=landscape&q=alder", "Map": f"{LIST}?view=map&q=alder",
        "Table": f"{LIST}?view=table&q=alder",
    }  # fmt: skip


@pytest.mark.parametrize("view", ["list", "landscape", "map", "table", "nonsense"])
def test_every_view_has_the_frame(client, firms, view) -> None:
    assert texts(page(client, f"q=alder&view={view}"), ".app-find__total") == ["1 supplier"]


def test_too_little_offers_what_is_near(client, firms) -> None:
    html = page(client, "q=registers&region=TLM")
    assert texts(html, ".app-near h2") == ["No supplier matches all of it"]
    assert texts(html, ".app-near li") == ["Without “registers” : 2 more", "Without Scotland : 1 more"]
    assert html.select_one(".app-near a")["href"] == f"{LIST}?region=TLM"


def test_nothing_near_says_so(client, firms) -> None:
    assert "No supplier matches" in page(client, "q=zebra").get_text()


def test_misspelt_word_is_offered_as_a_link(client, firms) -> None:
    index.rebuild()
    html = page(client, "q=regsters")
    assert html.find("a", string="registers")["href"] == f"{LIST}?q=registers"
    assert texts(html, ".app-find__total") == ["0 suppliers"]


def test_list_survives_anything(client, firms) -> None:
    for address in (
        "q=a%00b",
        "page=0",
        "page=-1",
        "page=9999999999999",
        "page=x",
        "region=%00",
        "view=%00",
        "size=%FF",
    ):
        assert client.get(f"{LIST}?{address}").status_code == 200


def test_words_are_escaped(client, firms) -> None:
    body = client.get(LIST, {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in body


def test_list_comes_in_pages(client, db) -> None:
    for number in range(21):
        make_supplier(f"Firm {number:02}")
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    pages = [texts(page(client, f"page={number}"), ".app-results__title") for number in (1, 2, 3)]
    assert [len(names) for names in pages] == [20, 1, 1]
    assert len({*pages[0], *pages[1]}) == 21


@pytest.mark.parametrize("number", [1, 3])
def test_list_query_count_is_constant(client, db, django_assert_num_queries, number) -> None:
    for at in range(number):
        supplier = make_supplier(f"Firm {at}")
        for name in ("A", "B"):
            make_claim(supplier, make_capability(f"{name}{at}"))
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    client.get(LIST)
    with django_assert_num_queries(9):  # vocabulary twice, the statement, and six for what is published
        client.get(LIST)


@pytest.mark.parametrize(("person", "is_offered"), [("buyer", True), ("firm", False), (None, False)])
def test_public_bodies_may_save_a_shortlist(client, firms, person, is_offered) -> None:
    if person:
        organisation = make_public_body() if person == "buyer" else make_supplier("Dogwood Ltd")
        client.force_login(make_member(organisation))
    links = [link["href"] for link in page(client, "q=alder").select("#results a") if "shortlist" in link["href"]]
    assert links == ([f"{reverse('techmap:shortlist-create')}?q=alder"] if is_offered else [])


def test_suppliers_can_be_compared(client, firms) -> None:
    html = page(client, "q=alder")
    box = html.select_one(f'form[action="{reverse("techmap:compare")}"] input[name=supplier]')
    assert (box["value"], texts(html, f'label[for="{box["id"]}"]')) == (
        str(Organisation.objects.get(name="alder Ltd").pk), ["Compare alder Ltd"],
    )  # fmt: skip


def test_order_is_published(client, db) -> None:
    assert b"MD5" in client.get(reverse("techmap:search-order")).content


# --- Names by their beginning ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "names"),
    [("al", ["alder Ltd"]), ("  BIRCH  p", ["Birch plc"]), ("a", []), ("", []), ("lder", []), ("al%", []),
     ("ce\x00dar", ["Cedar Ltd"]), ("wait", [])],
)  # fmt: skip
def test_names_are_completed(client, firms, typed, names) -> None:
    answer = client.get(NAMES, {"q": typed})
    assert [item["name"] for item in answer.json()["names"]] == names
    assert answer.headers["Content-Type"] == "application/json"


def test_name_completion_leads_to_the_supplier(client, firms) -> None:
    [item] = client.get(NAMES, {"q": "alder"}).json()["names"]
    assert item["url"] == reverse("techmap:supplier-detail", args=[Organisation.objects.get(name="alder Ltd").pk])


def test_name_completion_is_one_short_query(client, db, django_assert_num_queries) -> None:
    for number in range(12):
        make_supplier(f"Firm {number}")
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        assert len(client.get(NAMES, {"q": "firm"}).json()["names"]) == 8


def test_row_begins_with_the_claims_that_were_asked_for(client, db, hosting, backup) -> None:
    supplier = make_supplier("Alder Ltd")
    for at in range(4):
        make_claim(supplier, make_capability(f"Other {at}"))
    make_claim(supplier, backup)
    index.refresh([supplier.pk])
    assert texts(page(client, "capability=cloud"), ".app-found .app-chips li")[0] == "Backup and recovery"


def test_names_of_capabilities_are_escaped(client, db) -> None:
    supplier = make_supplier("<b>Alder</b>")
    make_claim(supplier, make_capability('"><script>alert(1)</script>', code="odd"))
    index.refresh([supplier.pk])
    body = client.get(f"{LIST}?capability=odd&q=alder").content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)" in body
    assert "<b>Alder" not in body

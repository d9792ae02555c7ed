"""The queue of names alike, as staff see it; nobody else sees that it is there."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from portal.organisations.choices import Scheme
from portal.organisations.models import Identifier
from techmap.choices import MatchState
from techmap.models import Merge, NameMatch
from techmap.queries.matches import pairs_of
from tests.factories import make_member, make_supplier, make_user
from tests.techmap.makers import make_capability
from tests.techmap.merge_makers import make_imported, make_match, make_spend

pytestmark = pytest.mark.django_db
LIST = reverse("techmap:match-list")


@pytest.fixture
def staff(db):
    return make_user(name="Sam Reeve", is_staff=True)


@pytest.fixture
def page(client: Client, staff) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def match(db) -> NameMatch:
    return make_match(make_imported("Memset Limited", sources=("a", "b")), make_imported("Memset plc", sources=("c",)))


def text_of(response) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def undo(match: NameMatch) -> str:
    return reverse("techmap:match-undo", args=[match.pk])


def reopen(match: NameMatch) -> str:
    return reverse("techmap:match-reopen", args=[match.pk])


# --- Who -------------------------------------------------------------------------------------------


def test_others_get_404_and_strangers_sign_in(client, match) -> None:
    client.force_login(make_member(match.first, name="Alice"))

    assert [client.get(url).status_code for url in (LIST, match.get_absolute_url())] == [404, 404]
    assert [client.post(url).status_code for url in (match.get_absolute_url(), undo(match), reopen(match))] == [404] * 3
    assert Client().get(LIST).headers["Location"].startswith("/accounts/login/")


def test_section_link_is_for_staff(client, page) -> None:
    assert LIST in page.get(reverse("techmap:capability-list")).content.decode()
    assert LIST not in Client().get(reverse("techmap:capability-list")).content.decode()


# --- The list --------------------------------------------------------------------------------------


def test_list_shows_what_tells_them_apart(page, match) -> None:
    text = text_of(page.get(LIST))

    assert "Memset Limited and Memset plc" in text
    assert "100 of 100 alike" in text
    assert "1 customer in common" in text
    assert "Memset Limited : 2 pieces of evidence worth £2,400, 2013" in text


def test_list_shows_those_that_wait_and_filters(page, match) -> None:
    make_match(make_imported("Gartner"), make_imported("Gartner UK Research"), score=90)
    decided = make_match(make_imported("Softcat"), make_imported("Softcat Ltd"))
    NameMatch.objects.filter(pk=decided.pk).update(state=MatchState.DIFFERENT)

    def names(**params: str) -> list[str]:
        return [str(pair.match) for pair in page.get(LIST, params).context["pairs"]]

    assert names() == ["Memset Limited and Memset plc", "Gartner and Gartner UK Research"]
    assert names(score="95") == ["Memset Limited and Memset plc"]
    assert names(state="different") == ["Softcat and Softcat Ltd"]
    assert names(state="", q="soft") == ["Softcat and Softcat Ltd"]
    assert len(names(state="")) == 3
    assert "No pair matches" in text_of(page.get(LIST, {"q": "nobody"}))


def test_list_leaves_out_pairs_with_one_merged_away(page, match, staff) -> None:
    third = make_imported("Memset Hosting")
    make_match(match.second, third)
    page.post(match.get_absolute_url(), {"decision": "same", "kept": match.first_id})

    shown = [str(pair.match) for pair in page.get(LIST).context["pairs"]]

    assert shown == ["Memset Limited and Memset Hosting"]


def test_list_is_in_pages(page) -> None:
    for number in range(21):
        make_match(make_imported(f"Firm {number} Ltd", sources=()), make_imported(f"Firm {number} plc", sources=()))

    assert len(page.get(LIST).context["pairs"]) == 20
    assert len(page.get(LIST, {"page": "2"}).context["pairs"]) == 1


@pytest.mark.parametrize("number", [1, 3])
def test_list_query_count_is_constant(page, number, django_assert_num_queries) -> None:
    for place in range(number):
        two = [make_imported(f"Firm {place} {kind}", sources=("a", "b")) for kind in ("Ltd", "plc")]
        Identifier.objects.create(organisation=two[0], scheme=Scheme.CFS, value=str(place))
        make_match(*two)
    page.get(LIST)

    with django_assert_num_queries(14):
        page.get(LIST)


def test_facts_count_a_contract_once(match) -> None:
    for name in ("Hosting", "Backup"):
        make_spend(match.first, "d", capability=make_capability(name), dated=date(2015, 1, 1), buyer_name="Home Office")

    facts = pairs_of([match])[0].first

    assert (facts.total, facts.pieces, facts.years) == (3600, 3, "2013 to 2015")
    assert facts.customers == {"Ashford Vale Council", "Home Office"}


# --- One pair --------------------------------------------------------------------------------------


def test_pair_preselects_the_one_with_people(page) -> None:
    record, claimed = make_imported("Memset Limited"), make_supplier("Memset plc")
    make_member(claimed)
    match = make_match(record, claimed)

    form = page.get(match.get_absolute_url()).context["form"]

    assert form["kept"].value() == claimed.pk
    assert [value for value, _ in form.fields["kept"].choices] == [claimed.pk]


def test_pair_preselects_the_one_with_most_evidence(page, match) -> None:
    form = page.get(match.get_absolute_url()).context["form"]

    assert [value for value, _ in form.fields["kept"].choices] == [match.first_id, match.second_id]
    assert form["kept"].value() == match.first_id


def test_decide_same_merges_and_says_so(page, match) -> None:
    response = page.post(match.get_absolute_url(), {"decision": "same", "kept": match.second_id}, follow=True)

    assert "They are one supplier now: Memset plc." in response.content.decode()
    assert Merge.objects.get().kept == match.second
    assert "Undo the merge" in text_of(page.get(match.get_absolute_url()))


def test_decide_different(page, match, staff) -> None:
    page.post(match.get_absolute_url(), {"decision": "different", "kept": match.first_id})

    match.refresh_from_db()
    assert (match.state, match.decided_by) == (MatchState.DIFFERENT, staff)
    assert not Merge.objects.exists()


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({}, "Choose whether they are one supplier or two"),
        ({"decision": "same"}, "Choose which record is kept"),
        ({"decision": "same", "kept": "999999"}, "Select a valid choice"),
    ],
)
def test_decide_needs_a_whole_answer(page, match, sent, message) -> None:
    response = page.post(match.get_absolute_url(), sent)

    assert message in text_of(response)
    assert "<title>Error:" in response.content.decode().replace("\n", "").replace("  ", "")
    assert NameMatch.objects.get().state == MatchState.WAITING


def test_decide_after_a_colleague_is_told(page, match) -> None:
    make_user(name="Ann Other", is_staff=True)
    NameMatch.objects.update(state=MatchState.DIFFERENT)

    response = page.post(match.get_absolute_url(), {"decision": "same", "kept": match.first_id})

    assert "has already decided on these two: two suppliers" in text_of(response)


def test_decide_says_what_forbids_a_merge(page, match) -> None:
    for place, supplier in enumerate((match.first, match.second)):
        Identifier.objects.create(organisation=supplier, scheme=Scheme.COH, value=f"0000000{place}")

    response = page.post(match.get_absolute_url(), {"decision": "same", "kept": match.first_id})

    assert "They are two companies: their Companies House numbers are" in text_of(response)


def test_undo_and_look_again(page, match) -> None:
    page.post(match.get_absolute_url(), {"decision": "same", "kept": match.first_id})
    page.post(undo(match))
    page.post(reopen(match))

    match.refresh_from_db()
    assert match.state == MatchState.WAITING
    assert match.second.evidence.count() == 1


def test_undo_of_what_is_not_merged_is_refused(page, match) -> None:
    assert page.post(undo(match)).status_code == 422


def test_reopen_of_a_merge_is_refused(page, match) -> None:
    page.post(match.get_absolute_url(), {"decision": "same", "kept": match.first_id})

    assert page.post(reopen(match)).status_code == 422


# --- The page of the one that went -----------------------------------------------------------------


def test_page_of_the_merged_leads_to_the_kept(client, page, match) -> None:
    page.post(match.get_absolute_url(), {"decision": "same", "kept": match.first_id})
    old, new = (reverse("techmap:supplier-detail", args=[it.pk]) for it in (match.second, match.first))

    for reader in (Client(), page):
        response = reader.get(old)
        assert (response.status_code, response.headers["Location"]) == (302, new)
        assert reader.get(new).status_code == 200


def test_page_of_the_merged_is_not_there_where_the_kept_is_not(page, match) -> None:
    page.post(match.get_absolute_url(), {"decision": "same", "kept": match.first_id})
    match.first.evidence.all().delete()

    assert Client().get(reverse("techmap:supplier-detail", args=[match.second_id])).status_code == 404
    assert Client().get(reverse("techmap:supplier-detail", args=[10**9])).status_code == 404

"""Saving a search as a shortlist, and what has changed since."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from portal.audit.models import Event
from portal.organisations.choices import Role, Status
from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap import search
from techmap.actions.shortlist_entries import add_new_matches
from techmap.models import Merge, Shortlist, SupplierProfile
from techmap.queries import shortlists as queries
from techmap.queries.shortlists import since_then
from techmap.search import SearchQuery, index
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.techmap.shortlist_makers import NAMES, NOW, entries_of, make_firm, make_locked, make_shortlist


def drawn(shortlist: Shortlist) -> list[tuple[int, int, str]]:
    return list(shortlist.entries.values_list("position", "supplier", "why_found"))


def test_saving_draws_what_the_search_finds_in_its_order(council, ann, firms) -> None:
    make_firm("Dunmore Payroll Ltd", summary="Payroll")
    query = SearchQuery(words="hosting")
    found = search.find(query, today=timezone.localdate(NOW), per_page=500)

    shortlist = make_shortlist(council, ann)

    assert drawn(shortlist) == [(place, pk, "; ".join(found.why[pk])) for place, pk in enumerate(found.ids, start=1)]
    assert sorted(entries_of(shortlist)) == sorted(NAMES)
    assert (shortlist.query, shortlist.query_words) == ("q=hosting", "Suppliers with “hosting”")
    assert (shortlist.data_version, shortlist.drawn_at) == (search.data_version(), NOW)
    assert (shortlist.state, shortlist.from_search, shortlist.created_by) == ("open", True, ann)


def test_saving_is_in_the_audit(council, ann, firms) -> None:
    shortlist = make_shortlist(council, ann)
    [event] = Event.objects.about(shortlist)
    assert (event.name, event.actor, event.new["suppliers"]) == ("techmap.shortlist.created", ann, 3)


def test_saving_twice_makes_one_list(council, ann, firms) -> None:
    key = uuid4()
    first, second = (make_shortlist(council, ann, submission_key=key) for _ in range(2))
    assert (first.pk, Shortlist.objects.count()) == (second.pk, 1)


def test_a_key_of_another_body_opens_nothing(council, ann, firms) -> None:
    other = make_public_body("Birch Vale Council")
    otto = make_member(other, role=Role.EDITOR)
    theirs = make_shortlist(other, otto, submission_key=uuid4())
    with pytest.raises(Refused, match="used before"):
        make_shortlist(council, ann, submission_key=theirs.submission_key)


def test_named_suppliers_stand_in_the_given_order_with_the_reasoning(council, ann, firms) -> None:
    wanted = [firms[2].pk, firms[0].pk]
    shortlist = make_shortlist(
        council, ann, suppliers=wanted, why={firms[2].pk: "Covers hosting"},
        reasoning={"proven": True, "sme_share": 0.5, "covers": {"hosting": ["Charnwood"]}},
    )  # fmt: skip
    assert drawn(shortlist) == [(1, firms[2].pk, "Covers hosting"), (2, firms[0].pk, "")]
    assert shortlist.reasoning == {"proven": True, "sme_share": "0.5", "covers": {"hosting": ["Charnwood"]}}
    assert shortlist.from_search is False


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("q=cobbler", "No supplier matches this search, so there is nothing to save. Widen the search first."),
        ("q=hosting", "3 suppliers match. A shortlist holds 2 at most. Narrow the search first."),
    ],
)
def test_none_and_too_many_are_refused(council, ann, firms, monkeypatch, query, message) -> None:
    monkeypatch.setattr(queries, "MOST_SUPPLIERS", 2)
    with pytest.raises(Refused) as refused:
        make_shortlist(council, ann, query=query)
    assert [reason.message for reason in refused.value.reasons] == [message]
    assert Shortlist.objects.count() == 0


def test_named_suppliers_must_be_some_few_and_on_the_techmap(council, ann, firms, monkeypatch) -> None:
    hidden = make_supplier("Hidden Ltd", status=Status.SUSPENDED)
    with pytest.raises(Refused, match="Choose at least one supplier"):
        make_shortlist(council, ann, suppliers=[])
    with pytest.raises(Refused, match="One of these suppliers is no longer on the techmap"):
        make_shortlist(council, ann, suppliers=[firms[0].pk, hidden.pk])
    monkeypatch.setattr("techmap.actions.shortlists.MOST_SUPPLIERS", 2)
    with pytest.raises(Refused, match="holds 2 suppliers at most, and these are 3"):
        make_shortlist(council, ann, suppliers=[firm.pk for firm in firms])


@pytest.mark.parametrize("status", [Status.PENDING, Status.SUSPENDED, Status.REFUSED])
def test_a_body_that_is_not_verified_is_refused(council, ann, firms, status) -> None:
    Organisation.objects.filter(pk=council.pk).update(status=status, status_reason="Wait.")
    with pytest.raises(Refused):
        make_shortlist(council, ann)


def test_only_writers_of_a_public_body_save(council, ann, vera, firms, alice, larkspur) -> None:
    otto = make_member(make_public_body("Birch Vale Council"), role=Role.EDITOR)
    for who in (vera, otto, alice, make_user(is_staff=True)):
        with pytest.raises(PermissionDenied):
            make_shortlist(council, who)
    with pytest.raises(PermissionDenied):
        make_shortlist(larkspur, alice)


# --- Since then ------------------------------------------------------------------------------------


def later(shortlist: Shortlist) -> dict[str, list[str]]:
    since = since_then(shortlist, now=NOW + timedelta(days=3))
    return {
        "new": sorted(Organisation.objects.filter(pk__in=since.new).values_list("name", flat=True)),
        "gone": sorted(entry.supplier.name for entry in since.gone),
        "unlisted": sorted(entry.supplier.name for entry in since.unlisted),
    }


def change_the_techmap(firms: list[Organisation]) -> Organisation:
    """One comes to match, one no longer does, one is suspended."""
    SupplierProfile.objects.filter(organisation=firms[1]).update(summary="Payroll")
    Organisation.objects.filter(pk=firms[2].pk).update(status=Status.SUSPENDED, status_reason="Dissolved.")
    index.refresh([firm.pk for firm in firms])
    return make_firm("Dunmore Hosting Ltd")


def test_nothing_has_changed(council, ann, firms) -> None:
    shortlist = make_shortlist(council, ann)
    assert not since_then(shortlist, now=NOW)


def test_changes_since_are_told_apart(council, ann, firms) -> None:
    shortlist = make_shortlist(council, ann)
    change_the_techmap(firms)
    assert later(shortlist) == {
        "new": ["Dunmore Hosting Ltd"],
        "gone": ["Birchwood Networks plc"],
        "unlisted": ["Charnwood Digital Ltd"],
    }
    assert since_then(shortlist, now=NOW).words == (
        "1 more supplier matches, 1 no longer matches, 1 is no longer on the techmap"
    )


def test_a_merged_supplier_is_told(council, ann, firms) -> None:
    shortlist = make_shortlist(council, ann)
    Merge.objects.create(kept=firms[0], folded=firms[1], by=ann, at=NOW)
    index.refresh([firms[0].pk, firms[1].pk])
    assert later(shortlist) == {"new": [], "gone": [], "unlisted": ["Birchwood Networks plc"]}


def test_a_list_of_named_suppliers_has_no_new_matches(council, ann, firms) -> None:
    shortlist = make_shortlist(council, ann, suppliers=[firms[0].pk, firms[2].pk])
    change_the_techmap(firms)
    assert later(shortlist) == {"new": [], "gone": [], "unlisted": ["Charnwood Digital Ltd"]}


def test_a_locked_list_is_told_nothing(council, ann, firms) -> None:
    shortlist = make_locked(council, ann)
    change_the_techmap(firms)
    assert later(shortlist) == {"new": [], "gone": [], "unlisted": []}


def test_new_matches_are_added_after_the_others(council, ann, ben, firms) -> None:
    shortlist = make_shortlist(council, ann)
    new = change_the_techmap(firms)
    added_at = NOW + timedelta(days=3)
    for _ in range(2):  # sent twice
        add_new_matches(shortlist=shortlist, suppliers=[new.pk], by=ben, now=added_at)
    entry = entries_of(shortlist)["Dunmore Hosting Ltd"]
    assert (entry.position, entry.added_at, entry.added_by, entry.is_left_out) == (4, added_at, ben, False)
    event = Event.objects.about(shortlist).get(name="techmap.shortlist.suppliers_added")
    assert event.new["suppliers"] == ["Dunmore Hosting Ltd"]


@pytest.mark.parametrize("which", ["none", "no match", "too many"])
def test_adding_is_refused(council, ann, firms, monkeypatch, which) -> None:
    shortlist = make_shortlist(council, ann)
    new = change_the_techmap(firms)
    other = make_firm("Elm Payroll Ltd", summary="Payroll")
    monkeypatch.setattr("techmap.actions.shortlist_entries.MOST_SUPPLIERS", 3)
    suppliers = {"none": [], "no match": [other.pk], "too many": [new.pk]}[which]
    messages = {
        "none": "Choose at least one supplier",
        "no match": "One of these suppliers no longer matches",
        "too many": "holds 3 suppliers at most. There is room for 0 more",
    }
    with pytest.raises(Refused, match=messages[which]):
        add_new_matches(shortlist=shortlist, suppliers=suppliers, by=ann, now=NOW)
    assert shortlist.entries.count() == 3

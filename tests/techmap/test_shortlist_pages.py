"""The pages of shortlists: who sees what, how many queries it takes, and what two people at once are told."""

from __future__ import annotations

import html
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import User
from portal.organisations.choices import Role
from portal.organisations.models import Organisation
from techmap.actions.shortlist_entries import leave_out, write_note
from techmap.actions.shortlists import choose_outcome, edit_shortlist
from techmap.models import Shortlist
from techmap.queries import shortlists as queries
from techmap.record import seen_of
from tests.factories import make_member, make_public_body, make_user
from tests.techmap.shortlist_makers import (
    NOW,
    entries_of,
    make_decided,
    make_firm,
    make_locked,
    make_shortlist,
    versions,
)

HOSTILE = "\"'><script>window.hit=1</script><img src=x onerror=window.hit=1>"


def at(page: str, shortlist: Shortlist, *more: str) -> str:
    return reverse(f"techmap:shortlist-{page}", args=[shortlist.public_id, *more])


def said(response: Any) -> str:
    return " ".join(html.unescape(response.content.decode()).split())


@pytest.fixture
def mine(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


@pytest.fixture
def shortlist(council, ann, firms) -> Shortlist:
    return make_shortlist(council, ann)


# --- Saving ----------------------------------------------------------------------------------------


def test_saving_shows_the_search_and_asks_for_a_title(mine, firms) -> None:
    address = reverse("techmap:shortlist-create") + "?q=hosting"
    page = said(mine.get(address))
    assert "Suppliers with “hosting”" in page
    assert "3 match today" in page
    assert "Enter a title" in said(mine.post(address, {"title": "", "submission_key": uuid4()}))
    sent = {"title": "Archive", "submission_key": uuid4()}
    places = [mine.post(address, sent)["Location"] for _ in range(2)]
    assert places == [Shortlist.objects.get().get_absolute_url()] * 2


def test_a_search_that_is_too_wide_offers_narrower_ones(mine, firms, monkeypatch) -> None:
    make_firm("Dunmore Ltd", regions_served=["TLM"])
    monkeypatch.setattr(queries, "MOST_SUPPLIERS", 3)
    monkeypatch.setattr("techmap.views.shortlists.MOST_SUPPLIERS", 3)
    page = said(mine.get(reverse("techmap:shortlist-create") + "?q=hosting"))
    assert "A shortlist holds 3 suppliers at most" in page
    assert '?q=hosting&region=TLL">Delivers in: Wales</a> (3)' in page
    assert "Save the shortlist" not in page
    sent = {"title": "Archive", "submission_key": uuid4()}
    assert mine.post(reverse("techmap:shortlist-create") + "?q=hosting", sent).status_code == 200
    assert Shortlist.objects.count() == 0


def test_a_search_that_finds_nobody_is_not_saved(mine, firms) -> None:
    assert "No supplier matches this search" in said(mine.get(reverse("techmap:shortlist-create") + "?q=cobbler"))


def test_who_keeps_no_shortlists_gets_403(client, firms, alice, vera, charlie) -> None:
    codes = []
    for who in (alice, vera, charlie):
        client.force_login(who)
        codes.append(client.get(reverse("techmap:shortlist-create")).status_code)
    assert codes == [403, 403, 403]


# --- Who sees ----------------------------------------------------------------------------------------

PAGES = ["detail", "edit", "leave-out", "bring-back", "note", "since", "outcome", "lock"]


@pytest.mark.parametrize("page", PAGES)
def test_other_bodies_suppliers_and_guests_see_nothing(client, shortlist, firms, page) -> None:
    otto = make_member(make_public_body("Birch Vale Council"), role=Role.EDITOR)
    for who in (otto, make_member(firms[0], role=Role.EDITOR), make_user()):
        client.force_login(who)
        assert client.get(at(page, shortlist)).status_code == 404
    client.logout()
    assert client.get(at(page, shortlist)).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_viewers_and_staff_read_alone(client, shortlist, vera, page) -> None:
    for who in (vera, make_user(is_staff=True)):
        client.force_login(who)
        assert client.get(at(page, shortlist)).status_code == (200 if page == "detail" else 403)


def test_a_viewer_is_shown_no_way_to_change(client, shortlist, vera) -> None:
    client.force_login(vera)
    page = said(client.get(at("detail", shortlist)))
    for words in ("Leave out", "Bring back", "Write a note", "Check and lock", "Change"):
        assert words not in page.replace("Leave out each", "")


def test_an_open_list_has_no_record(mine, shortlist) -> None:
    assert mine.get(at("record", shortlist)).status_code == 404
    answer = mine.post(at("download", shortlist, "json"))
    assert (answer.status_code, "Lock the shortlist first" in said(answer)) == (422, True)


def test_a_file_of_another_kind_is_not_there(mine, council, ann, firms) -> None:
    assert mine.post(at("download", make_locked(council, ann), "pdf")).status_code == 404


# --- Narrowing -------------------------------------------------------------------------------------


def test_leaving_out_all_without_one_thing(mine, shortlist, firms) -> None:
    address = at("leave-out", shortlist) + "?without=region:TLM"
    page = said(mine.get(address))
    assert "Leave out 3 suppliers" in page
    assert "Does not say that it delivers in Scotland." in page
    assert "You ticked no supplier" in said(mine.get(at("leave-out", shortlist)))
    assert "Every supplier that is still in has it" in said(
        mine.get(at("leave-out", shortlist) + "?without=region:TLL")
    )
    assert "Every supplier that is still in has it" in said(mine.get(at("leave-out", shortlist) + "?without=words:x"))


def test_leaving_out_by_the_page(mine, shortlist) -> None:
    chosen = [f"{entry.pk}:{entry.version}" for entry in shortlist.entries.all()[:2]]
    sent = {"entry": chosen, "reason": "Costs more."}
    assert mine.post(at("leave-out", shortlist), sent)["Location"] == shortlist.get_absolute_url()
    assert shortlist.entries.filter(is_left_out=True, reason="Costs more.").count() == 2
    assert "Say why they are left out" in said(mine.post(at("leave-out", shortlist), {"entry": chosen, "reason": ""}))
    assert "Choose at least one supplier" in said(
        mine.post(at("leave-out", shortlist) + f"?entry={chosen[0]}", {"reason": "Costs more."})
    )


def test_forged_entries_are_passed_over(mine, shortlist, council, ann) -> None:
    other = make_shortlist(council, ann, title="Other").entries.first()
    for entry in (f"{other.pk}:1", "x", "1:2:3", "9" * 30):
        mine.post(at("leave-out", shortlist), {"entry": entry, "reason": "Forged."})
        assert mine.get(at("note", shortlist) + f"?entry={entry}").status_code == 404
    other.refresh_from_db()
    assert other.is_left_out is False


def test_a_second_editor_is_shown_both_decisions(mine, shortlist, ann, ben) -> None:
    alder = entries_of(shortlist)["Alder Data Ltd"]
    leave_out(shortlist=shortlist, chosen=versions(alder), reason="Ben’s reason.", by=ben, now=NOW)
    answer = mine.post(at("leave-out", shortlist), {"entry": f"{alder.pk}:1", "reason": "Ann’s reason."})
    page = said(answer)
    assert answer.status_code == 409
    assert "Left out by Ben Lund: Ben’s reason." in page
    assert "Leave out: Ann’s reason." in page
    assert f"?entry={alder.pk}" in page


@pytest.mark.parametrize("page", ["edit", "outcome"])
def test_a_second_editor_is_shown_both_texts(mine, shortlist, ben, page) -> None:
    if page == "edit":
        edit_shortlist(shortlist=shortlist, version=1, title="Ben’s words", purpose="P", by=ben)
        sent = {"title": "Ann’s words", "purpose": "P", "version": 1}
    else:
        choose_outcome(shortlist=shortlist, version=1, outcome="none", reason="Ben’s words", by=ben)
        sent = {"outcome": "award", "reason": "Ann’s words", "version": 1}
    answer = mine.post(at(page, shortlist), sent)
    assert answer.status_code == 409
    assert all(words in said(answer) for words in ("Ben’s words", "Ann’s words"))


def test_what_has_changed_since_is_told_and_added(mine, shortlist) -> None:
    assert "The search finds the same suppliers today" in said(mine.get(at("since", shortlist)))
    new = make_firm("Dunmore Hosting Ltd")
    assert "1 more supplier matches" in said(mine.get(at("detail", shortlist)))
    assert "Dunmore Hosting Ltd" in said(mine.get(at("since", shortlist)))
    mine.post(at("since", shortlist), {"suppliers": [new.pk]})
    assert "Dunmore Hosting Ltd" in entries_of(shortlist)
    assert "more supplier" not in said(mine.get(at("detail", shortlist)))


# --- Locking ---------------------------------------------------------------------------------------


def test_the_lock_page_says_what_is_missing_item_by_item(mine, shortlist) -> None:
    page = said(mine.get(at("lock", shortlist)))
    assert "Choose the outcome" in page
    assert "Lock for good" not in page
    answer = mine.post(at("lock", shortlist), {"seen": seen_of(shortlist)})
    assert (answer.status_code, "Give the reason for the outcome" in said(answer)) == (422, True)


def test_a_lock_of_what_has_changed_is_held_up(mine, council, ann, ben, firms) -> None:
    shortlist = make_decided(council, ann)
    seen = seen_of(shortlist)
    write_note(shortlist=shortlist, entry=None, text="Wait.", submission_key=uuid4(), by=ben, now=NOW)
    answer = mine.post(at("lock", shortlist), {"seen": seen})
    shortlist.refresh_from_db()
    assert (answer.status_code, shortlist.state) == (409, "open")
    assert "Something on the list has changed since you opened this page" in said(answer)


def test_a_lock_sent_twice_leads_to_the_record(mine, council, ann, firms) -> None:
    shortlist = make_decided(council, ann)
    sent = {"seen": seen_of(shortlist)}
    assert [mine.post(at("lock", shortlist), sent)["Location"] for _ in range(2)] == [shortlist.get_absolute_url()] * 2


def test_a_locked_list_shows_suppliers_as_they_were(mine, council, ann, firms) -> None:
    shortlist = make_locked(council, ann)
    Organisation.objects.filter(pk=firms[0].pk).update(name="Renamed Ltd")
    for page in ("detail", "record"):
        text = said(mine.get(at(page, shortlist)))
        assert "Alder Data Ltd" in text
        assert "Renamed Ltd" not in text


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("edit", {"title": "New", "purpose": "", "version": 3}),
        ("outcome", {"outcome": "none", "reason": "New", "version": 3}),
        ("note", {"text": "New", "submission_key": "0d3b1c9e-0000-4000-8000-000000000001"}),
    ],
)
def test_a_locked_list_says_so_where_an_old_page_is_sent(mine, council, ann, firms, page, sent) -> None:
    shortlist = make_locked(council, ann)
    assert "This shortlist is locked, so nothing in it changes" in said(mine.post(at(page, shortlist), sent))


def test_history_tells_who_did_what(mine, council, ann, firms) -> None:
    shortlist = make_locked(council, ann)
    page = said(mine.get(reverse("audit:history", args=["techmap", "shortlist", shortlist.pk])))
    for words in ("Search saved as a shortlist", "Suppliers left out", "Costs more.", "Outcome chosen", "Locked, and"):
        assert words in page


# --- Lists -----------------------------------------------------------------------------------------


def queries_for(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(path).status_code == 200
    return len([query for query in caught if "shared_cache" not in query["sql"]])


def test_the_list_takes_as_many_queries_for_thirty(mine, council, ann, firms) -> None:
    for number in range(3):
        make_shortlist(council, ann, title=f"List {number}")
    few = queries_for(mine, reverse("techmap:shortlist-list"))
    for number in range(27):
        make_shortlist(council, ann, title=f"More {number}")
    assert queries_for(mine, reverse("techmap:shortlist-list")) == few
    assert "30 shortlists" in said(mine.get(reverse("techmap:shortlist-list"))).replace("<strong>30</strong>", "30")


@pytest.mark.parametrize("state", ["open", "locked"])
def test_a_list_takes_as_many_queries_with_thirty_suppliers(mine, council, ann, firms, state) -> None:
    make = make_locked if state == "locked" else make_decided
    few = make(council, ann)
    numbers = {
        page: queries_for(mine, at(page, few)) for page in ("detail", *(["record"] if few.is_locked else ["lock"]))
    }
    for number in range(27):
        make_firm(f"Firm {number} Ltd")
    many = make(council, ann)
    for entry in many.entries.all() if state == "open" else []:
        write_note(shortlist=many, entry=entry, text="Words", submission_key=uuid4(), by=ann, now=NOW)
    few_again = {page: queries_for(mine, at(page, many)) for page in numbers}
    assert (many.entries.count(), few_again) == (30, numbers)


def test_lists_are_filtered_by_words_state_and_maker(mine, council, ann, ben, firms) -> None:
    make_shortlist(council, ann, title="Archive")
    make_shortlist(council, ben, title="Registers")
    make_locked(council, ben, title="Payroll")

    def titles(**params: str) -> list[str]:
        page = said(mine.get(reverse("techmap:shortlist-list"), params))
        return [title for title in ("Archive", "Payroll", "Registers") if f">{title}</a>" in page]

    assert titles() == ["Archive", "Payroll", "Registers"]
    assert titles(q="regis") == ["Registers"]
    assert titles(state="locked") == ["Payroll"]
    assert titles(mine="on") == ["Archive"]
    assert titles(state="nonsense", page="x") == ["Archive", "Payroll", "Registers"]
    assert titles(q="a\x00rch") == titles()


def test_suppliers_of_a_list_are_filtered(mine, council, ann, firms) -> None:
    shortlist = make_decided(council, ann)

    def number(**params: str) -> str:
        page = said(mine.get(at("detail", shortlist), params))
        return page.partition('role="status"><strong>')[2].partition("<")[0]

    assert [number(), number(show="in"), number(show="out"), number(q="alder"), number(q="costs")] == list("31212")


def test_hostile_text_is_shown_as_text(mine, council, ann, firms) -> None:
    firms[0].name = HOSTILE
    firms[0].save(update_fields=["name"])
    User.objects.filter(pk=ann.pk).update(name=HOSTILE[:100])
    ann.refresh_from_db()
    shortlist = make_shortlist(council, ann, title=HOSTILE, purpose=HOSTILE, reasoning={HOSTILE: HOSTILE})
    entry = shortlist.entries.first()
    write_note(shortlist=shortlist, entry=entry, text=HOSTILE, submission_key=uuid4(), by=ann, now=NOW)
    choose_outcome(shortlist=shortlist, version=1, outcome="engagement", reason=HOSTILE, by=ann)
    leave_out(shortlist=shortlist, chosen=versions(entry), reason=HOSTILE, by=ann, now=NOW)
    paths = [reverse("techmap:shortlist-list"), *(at(page, shortlist) for page in PAGES)]
    paths += [at("leave-out", shortlist) + f"?entry={entry.pk}", at("bring-back", shortlist) + f"?entry={entry.pk}"]
    mine.post(at("lock", shortlist), {"seen": seen_of(Shortlist.objects.get(pk=shortlist.pk))})
    paths += [at("record", shortlist)]
    for path in paths:
        page = mine.get(path).content.decode()
        assert "<script>window.hit" not in page, path
        assert "<img src=x" not in page, path
    assert Shortlist.objects.get(pk=shortlist.pk).is_locked


# --- The admin -------------------------------------------------------------------------------------


def test_the_admin_shows_and_changes_nothing(client, council, ann, firms, settings) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "RequireMfa" not in name]
    shortlist = make_locked(council, ann)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    for name, pk in (("shortlist", shortlist.pk), ("shortlistentry", shortlist.entries.first().pk)):
        place = f"admin:techmap_{name}"
        assert client.get(reverse(f"{place}_changelist")).status_code == 200
        assert client.get(reverse(f"{place}_change", args=[pk])).status_code == 200
        assert client.post(reverse(f"{place}_change", args=[pk]), {"title": "Forged"}).status_code == 403
        assert client.get(reverse(f"{place}_add")).status_code == 403
        assert client.get(reverse(f"{place}_delete", args=[pk])).status_code == 403

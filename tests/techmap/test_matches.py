"""Pairs of suppliers with names alike: found once, decided once, and looked at again."""

from __future__ import annotations

from datetime import datetime
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from portal.organisations.choices import Status
from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap.actions.matches import decide_match, find_matches, reopen_match
from techmap.actions.merges import merge_suppliers, undo_merge
from techmap.choices import MatchState
from techmap.models import Merge, NameMatch, OtherName
from tests.factories import make_member, make_supplier, make_user
from tests.techmap.merge_makers import make_imported, make_match

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))


@pytest.fixture
def staff(db):
    return make_user(name="Sam Reeve", is_staff=True)


@pytest.fixture
def kept(db):
    return make_imported("Memset Limited", sources=("spend:1", "spend:2"))


@pytest.fixture
def folded(db):
    return make_imported("MEMSET HOSTING LTD", sources=("spend:2", "spend:3"))


def merge(kept, folded, staff):
    return merge_suppliers(kept=kept, folded=folded, by=staff, now=NOW)


def test_find_matches_queues_each_pair_once(kept, staff) -> None:
    alike = make_imported("Memset plc", sources=("spend:9",))
    make_imported("Skyscape Cloud Services Ltd")

    first, again = find_matches(), find_matches()

    assert [(match.first, match.second, match.score) for match in first] == [(kept, alike, 100)]
    assert again == []
    assert NameMatch.objects.get().state == MatchState.WAITING


def test_find_matches_needs_one_that_can_be_merged_away(db) -> None:
    make_member(make_supplier("Memset Ltd"))
    make_member(make_supplier("Memset plc"))

    assert find_matches() == []


def test_find_matches_passes_over_the_unverified_and_the_merged_away(kept, folded, staff) -> None:
    make_supplier("Memset Ltd", status=Status.PENDING)
    merge(kept, folded, staff)

    assert find_matches() == []


def test_find_matches_reads_trading_and_other_names(db) -> None:
    huddle = make_imported("NINIAN SOLUTIONS LTD T/A HUDDLE")
    OtherName.objects.create(supplier=huddle, name="Ninian Cloud Ltd", folded="ninian cloud ltd")
    trading, other = make_imported("Huddle Ltd"), make_imported("Ninian Cloud plc")

    found = {(match.first, match.second) for match in find_matches()}

    assert {(huddle, trading), (huddle, other)} <= found


def test_find_matches_among_some(kept) -> None:
    alike = make_imported("Memset plc", sources=())

    assert find_matches(among=[10**9]) == []
    assert len(find_matches(among=[alike.pk])) == 1


def test_decide_same_merges(kept, folded, staff) -> None:
    match = decide_match(match=make_match(kept, folded), kept=kept, by=staff, now=NOW)

    assert (match.state, match.decided_by, match.decided_at) == (MatchState.SAME, staff, NOW)
    assert Merge.objects.get().folded == folded


def test_decide_different_and_look_again(kept, folded, staff) -> None:
    match = decide_match(match=make_match(kept, folded), kept=None, by=staff, now=NOW)
    reopened = reopen_match(match=match, by=staff)

    assert match.state == MatchState.DIFFERENT
    assert (reopened.state, reopened.decided_by, reopened.decided_at) == (MatchState.WAITING, None, None)
    assert not Merge.objects.exists()


def test_decide_twice_tells_the_second(kept, folded, staff) -> None:
    match = make_match(kept, folded)
    decide_match(match=match, kept=None, by=staff, now=NOW)

    with pytest.raises(Refused, match="Sam Reeve has already decided on these two: two suppliers"):
        decide_match(match=match, kept=kept, by=make_user(is_staff=True), now=NOW)


def test_decide_refuses_a_third_supplier_and_strangers(kept, folded, staff) -> None:
    match = make_match(kept, folded)

    with pytest.raises(Refused, match="Choose one of the two"):
        decide_match(match=match, kept=make_supplier("Other"), by=staff, now=NOW)
    with pytest.raises(PermissionDenied):
        decide_match(match=match, kept=None, by=make_user(), now=NOW)


def test_undo_tells_the_pair_apart(kept, folded, staff) -> None:
    match = decide_match(match=make_match(kept, folded), kept=kept, by=staff, now=NOW)

    with pytest.raises(Refused, match="Undo the merge instead"):
        reopen_match(match=match, by=staff)
    undo_merge(merge=Merge.objects.get(), by=staff, now=NOW)

    match.refresh_from_db()
    assert match.state == MatchState.DIFFERENT


def test_merge_carries_waiting_pairs_over(kept, folded, staff) -> None:
    other = make_imported("Memset Hosting plc", sources=())
    make_match(folded, other, score=99)

    merge(kept, folded, staff)

    assert NameMatch.objects.filter(first=kept, second=other, score=99, state=MatchState.WAITING).exists()


@pytest.mark.django_db(transaction=True)
def test_two_staff_at_once_one_wins() -> None:
    kept, folded = make_imported("Memset Limited"), make_imported("MEMSET HOSTING LTD", sources=("spend:3",))
    match, people = make_match(kept, folded), [make_user(name=name, is_staff=True) for name in ("Ann", "Ben")]
    start, said = Barrier(2), list[str]()

    def work(place: int) -> None:
        try:
            start.wait()
            chosen = [kept, folded][place]
            decide_match(match=NameMatch.objects.get(pk=match.pk), kept=chosen, by=people[place], now=NOW)
        except Refused as refused:
            said.append(refused.reasons[0].message)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[place]) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winner = Merge.objects.get().by.name
    assert said == [f"{winner} has already decided on these two: the same supplier: merged."]
    assert Organisation.objects.count() == 2

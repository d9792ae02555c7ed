"""Two records of one supplier become one, and can be taken apart again to the row."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.audit.models import Event
from portal.organisations.choices import Scheme, Status
from portal.organisations.models import Identifier, Organisation
from portal.refusals import Refused
from techmap.actions import confirm_claim
from techmap.actions.matches import decide_match, find_matches, reopen_match
from techmap.actions.merges import merge_suppliers, undo_merge
from techmap.choices import MatchState
from techmap.models import CapabilityClaim, Merge, NameMatch, OtherName, Price, Rating, RemovedClaim, SearchRow
from techmap.queries import public_suppliers
from techmap.queries.identities import kept_of, make_directory
from techmap.search import index
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.techmap.makers import make_capability, make_claim, make_profile
from tests.techmap.merge_makers import belongings, held, make_imported, make_match, make_spend, rows

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


def reasons_of(kept, folded, staff):
    with pytest.raises(Refused) as refused:
        merge(kept, folded, staff)
    return [reason.message for reason in refused.value.reasons]


# --- Merging ---------------------------------------------------------------------------------------


def test_merge_moves_what_the_kept_one_lacks(kept, folded, staff) -> None:
    merged = merge(kept, folded, staff)

    assert held(kept) == [("spend:1", None), ("spend:2", None), ("spend:3", None)]
    assert held(folded) == [("spend:2", None)]
    assert merged.moved["evidence"] == [kept.evidence.get(source="spend:3").pk]
    assert list(kept.other_names.values_list("name", "folded")) == [("MEMSET HOSTING LTD", "memset hosting ltd")]


def test_merge_moves_numbers_names_ratings_and_prices(kept, folded, staff) -> None:
    Identifier.objects.create(organisation=folded, scheme=Scheme.CFS, value="12345")
    OtherName.objects.create(supplier=folded, name="Memset Host", folded="memset host")
    Rating.objects.create(supplier=folded, source="A-1", what="Service", grade="Good", dated=date(2026, 1, 1))
    Price.objects.create(
        supplier=folded, source="R-1", what="Developer", unit="day", amount=Decimal(500), dated=date(2026, 1, 1)
    )

    merge(kept, folded, staff)

    assert kept.identifiers.get().value == "12345"
    assert sorted(kept.other_names.values_list("name", flat=True)) == ["MEMSET HOSTING LTD", "Memset Host"]
    assert (kept.ratings.count(), kept.prices.count()) == (1, 1)


def test_merge_moves_guesses_but_not_what_the_kept_one_removed(kept, folded, staff) -> None:
    hosting, backup, data = make_capability("Hosting"), make_capability("Backup"), make_capability("Data")
    for capability in (hosting, backup, data):
        make_claim(folded, capability, guessed=True)
    make_claim(kept, hosting)
    RemovedClaim.objects.create(profile=kept.supplier_profile, capability=backup)

    merge(kept, folded, staff)

    assert sorted(kept.supplier_profile.claims.values_list("capability__name", "origin")) == [
        ("Data", "guessed"),
        ("Hosting", "supplier"),
    ]


def test_merge_takes_the_folded_one_off_the_lists(kept, folded, staff) -> None:
    index.refresh([kept.pk, folded.pk])

    merge(kept, folded, staff)

    assert [*public_suppliers()] == [kept]
    assert [*SearchRow.objects.values_list("supplier", flat=True)] == [kept.pk]
    assert kept_of(folded) == kept
    assert make_directory().supplier("memset hosting ltd") == kept.pk


def test_merge_is_told_in_both_histories(kept, folded, staff) -> None:
    merge(kept, folded, staff)

    told = Event.objects.filter(name__startswith="techmap.supplier.").order_by("pk")
    assert [(event.name, event.target_id, event.actor) for event in told] == [
        ("techmap.supplier.merged_kept", kept.pk, staff),
        ("techmap.supplier.merged_folded", folded.pk, staff),
    ]
    assert told[0].new["moved"] == {"evidence": 1, "name added": 1}


def test_merge_makes_open_forms_stale(kept, folded, staff) -> None:
    before = (kept.version, folded.version)

    merge(kept, folded, staff)

    kept.refresh_from_db()
    folded.refresh_from_db()
    assert (kept.version, folded.version) == (before[0] + 1, before[1] + 1)


def test_merge_refuses_one_with_people(kept, staff) -> None:
    claimed = make_imported("Memset Ltd")
    make_member(claimed)

    assert reasons_of(kept, claimed, staff) == [
        "Memset Ltd has people of its own or was not made from published lists, so it cannot be merged away."
    ]


def test_merge_refuses_one_whose_people_left(kept, staff) -> None:
    left = make_imported("Memset Ltd")
    make_member(left).memberships.update(ended_at=NOW)

    assert "has people of its own" in reasons_of(kept, left, staff)[0]


def test_merge_refuses_one_that_registered_here(kept, staff) -> None:
    assert "not made from published lists" in reasons_of(kept, make_supplier("Memset Ltd"), staff)[0]


def test_merge_keeps_one_with_people(folded, staff) -> None:
    verified = make_supplier("Memset Ltd")
    make_member(verified)

    merge(verified, folded, staff)

    assert verified.evidence.count() == 2


def test_merge_refuses_two_company_numbers(kept, folded, staff) -> None:
    Identifier.objects.create(organisation=kept, scheme=Scheme.COH, value="00000001")
    Identifier.objects.create(organisation=folded, scheme=Scheme.COH, value="00000002")

    assert reasons_of(kept, folded, staff) == [
        "They are two companies: their Companies House numbers are 00000001, 00000002."
    ]


def test_merge_refuses_one_that_was_merged_away(kept, folded, staff) -> None:
    third = make_imported("Memset", sources=("spend:9",))
    merge(kept, folded, staff)

    assert reasons_of(third, folded, staff) == ["MEMSET HOSTING LTD is already merged into Memset Limited."]
    assert reasons_of(folded, third, staff) == ["MEMSET HOSTING LTD is already merged into Memset Limited."]


def test_merge_refuses_a_public_body_and_itself(kept, staff) -> None:
    assert reasons_of(kept, kept, staff) == ["Choose two suppliers."]
    assert reasons_of(kept, make_public_body(), staff) == ["Choose two suppliers."]


def test_merge_is_for_staff(kept, folded) -> None:
    with pytest.raises(PermissionDenied):
        merge(kept, folded, make_user())


def test_database_holds_one_standing_merge(kept, folded, staff) -> None:
    merge(kept, folded, staff)

    with pytest.raises(IntegrityError), transaction.atomic():
        Merge.objects.create(kept=make_supplier("Other"), folded=folded, by=staff, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Merge.objects.create(kept=kept, folded=kept, by=staff, at=NOW)


# --- Undoing ---------------------------------------------------------------------------------------


def test_undo_gives_back_every_row(kept, folded, staff) -> None:
    hosting = make_capability("Hosting")
    make_claim(folded, hosting, guessed=True)
    make_spend(folded, "spend:4", capability=hosting)
    Identifier.objects.create(organisation=folded, scheme=Scheme.CFS, value="12345")
    index.refresh([kept.pk, folded.pk])
    before, listed = belongings(), rows(SearchRow, "supplier", "words", "tags")

    merged = merge(kept, folded, staff)
    changed = belongings()
    undo_merge(merge=merged, by=staff, now=NOW)

    assert changed != before
    assert belongings() == before
    assert rows(SearchRow, "supplier", "words", "tags") == listed


def test_undo_leaves_what_came_later(kept, folded, staff) -> None:
    merged = merge(kept, folded, staff)
    make_spend(kept, "spend:8")

    undo_merge(merge=merged, by=staff, now=NOW)

    assert held(kept) == [("spend:1", None), ("spend:2", None), ("spend:8", None)]
    assert held(folded) == [("spend:2", None), ("spend:3", None)]


def test_undo_leaves_a_claim_that_people_made_their_own(folded, staff) -> None:
    hosting = make_capability("Hosting")
    make_claim(folded, hosting, guessed=True)
    kept = make_supplier("Memset Ltd")
    alice = make_member(kept)
    make_profile(kept)
    merged = merge(kept, folded, staff)
    confirm_claim(profile=kept.supplier_profile, capability=hosting, by=alice)

    undo_merge(merge=merged, by=staff, now=NOW)

    assert CapabilityClaim.objects.get().profile == kept.supplier_profile


def test_undo_twice_is_refused(kept, folded, staff) -> None:
    merged = merge(kept, folded, staff)
    undo_merge(merge=merged, by=staff, now=NOW)

    with pytest.raises(Refused, match="Sam Reeve has already undone this merge"):
        undo_merge(merge=merged, by=staff, now=NOW)


def test_undo_waits_for_a_later_merge(kept, folded, staff) -> None:
    first = merge(kept, folded, staff)
    third = make_imported("Memset", sources=("spend:9",))
    merge(third, kept, staff)

    with pytest.raises(Refused, match="Memset Limited was itself merged into Memset since"):
        undo_merge(merge=first, by=staff, now=NOW)


def test_undo_is_for_staff(kept, folded, staff) -> None:
    merged = merge(kept, folded, staff)

    with pytest.raises(PermissionDenied):
        undo_merge(merge=merged, by=make_user(), now=NOW)


SOURCES = st.frozensets(st.sampled_from(["a", "b", "c", "d"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=SOURCES, first=SOURCES, second=SOURCES, undo_first=st.booleans())
def test_merges_undone_in_any_order_leave_no_trace(staff, kept, first, second, undo_first) -> None:
    """Two records with overlapping evidence are merged into a third: it has the union while they stand."""
    with transaction.atomic():
        three = [
            make_imported(name, sources=tuple(its)) for name, its in zip("XYZ", (kept, first, second), strict=True)
        ]
        before = belongings()

        merges = [merge(three[0], other, staff) for other in three[1:]]
        together = {source for source, _ in held(three[0])}
        order = merges if undo_first else merges[::-1]
        undo_merge(merge=order[0], by=staff, now=NOW)
        left = second if undo_first else first
        between = {source for source, _ in held(three[0])}
        undo_merge(merge=order[1], by=staff, now=NOW)

        assert together == kept | first | second
        assert between == kept | left
        assert belongings() == before
        transaction.set_rollback(True)


# --- The queue -------------------------------------------------------------------------------------


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

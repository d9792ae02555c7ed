"""Pairs of suppliers whose names are alike, for staff to decide: one supplier or two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.records import check_transition
from portal.refusals import Refused
from techmap.actions.merges import merge_suppliers
from techmap.choices import MATCH_TRANSITIONS, MatchState
from techmap.models import NameMatch, OtherName
from techmap.names import ALIKE, TRADE, likeness, split_name, telling_words
from techmap.permissions import can_decide_matches
from techmap.queries.identities import can_be_merged_away, standing_merges, vouched_suppliers

if TYPE_CHECKING:
    from portal.accounts.models import User

NEIGHBOURS = 60  # names compared with each, among those that share a word or a beginning
_BEGINNING = 4  # letters

Pair = tuple[int, int]


@dataclass(frozen=True)
class _Name:
    supplier: int
    folded: str


@transaction.atomic
def find_matches(*, among: Collection[int] | None = None) -> list[NameMatch]:
    """Put pairs of suppliers with names alike into the queue, and return those that are new there.

    `among`: only pairs with one of these. A pair stands there once, decided or not. One of the two must
    be a record that nobody belongs to, else there is nothing to merge.
    """
    scores = _alike(_names(), None if among is None else {*among})
    free = can_be_merged_away({pk for pair in scores for pk in pair})
    wanted = {pair: score for pair, score in scores.items() if free & {*pair}}
    known = {*NameMatch.objects.filter(first__in={pair[0] for pair in wanted}).values_list("first", "second")}
    return NameMatch.objects.bulk_create(
        [
            NameMatch(first_id=first, second_id=second, score=round(score, 1))
            for (first, second), score in sorted(wanted.items())
            if (first, second) not in known
        ],
        batch_size=1_000,
        ignore_conflicts=True,
    )


def _names() -> list[_Name]:
    """Every legal and trading name of each supplier that stands."""
    gone = standing_merges()
    spelt = [(pk, name) for pk, name in vouched_suppliers().values_list("pk", "name") if pk not in gone]
    others = OtherName.objects.filter(supplier__in=vouched_suppliers()).exclude(supplier__in=gone)
    spelt += others.values_list("supplier", "name")
    folded = ((pk, split_name(name)) for pk, name in spelt)
    return list(dict.fromkeys(_Name(pk, text) for pk, names in folded for text in (names.legal, names.trading) if text))


def _alike(names: Iterable[_Name], among: set[int] | None) -> dict[Pair, float]:
    """The best score of each pair that is alike. Only names that share a telling word or a beginning are compared."""
    shelves: dict[str, list[_Name]] = defaultdict(list)
    for name in names:
        for key in _keys(name.folded):
            shelves[key].append(name)
    scores: dict[Pair, float] = {}
    for shelf in shelves.values():
        for one, two in _neighbours(shelf):
            pair = (min(one.supplier, two.supplier), max(one.supplier, two.supplier))
            if pair[0] == pair[1] or (among is not None and among.isdisjoint(pair)):
                continue
            score = likeness(one.folded, two.folded)
            if score >= max(ALIKE, scores.get(pair, 0)):
                scores[pair] = score
    return scores


def _keys(folded: str) -> set[str]:
    words = telling_words(folded)
    return {"".join(words)[:_BEGINNING] + "…"} | ({word for word in words if len(word) > 2} - TRADE)


def _neighbours(shelf: list[_Name]) -> Iterator[tuple[_Name, _Name]]:
    """All pairs of a small shelf; on a large one each with those that follow it closely in the alphabet."""
    shelf = sorted(shelf, key=lambda name: (telling_words(name.folded), name.supplier))
    for place, name in enumerate(shelf):
        for other in shelf[place + 1 : place + 1 + NEIGHBOURS]:
            yield name, other


# --- Deciding ----------------------------------------------------------------------------------------


@transaction.atomic
def decide_match(*, match: NameMatch, kept: Organisation | None, by: User, now: datetime) -> NameMatch:
    """One supplier, named by `kept`, into which the other is merged; or two, where it is None.

    Staff. Raises Refused where somebody else was first, and for what forbids the merge.
    """
    match = _locked(match, by)
    folded = match.second if kept == match.first else match.first
    if kept is not None and kept not in (match.first, match.second):
        raise Refused("Choose one of the two suppliers.")
    wanted = MatchState.DIFFERENT if kept is None else MatchState.SAME
    check_transition(MATCH_TRANSITIONS, match.state, wanted, _said(match))
    if kept is not None:
        merge_suppliers(kept=kept, folded=folded, by=by, now=now)
    return _decide(match, wanted, by, now)


@transaction.atomic
def reopen_match(*, match: NameMatch, by: User) -> NameMatch:
    """Look again at a pair that was told apart. A merge is undone first: see `undo_merge`."""
    match = _locked(match, by)
    if match.state == MatchState.WAITING:
        return match
    said = "These two were merged. Undo the merge instead."
    check_transition(MATCH_TRANSITIONS, match.state, MatchState.WAITING, said)
    return _decide(match, MatchState.WAITING, by, None)


def _locked(match: NameMatch, by: User) -> NameMatch:
    """The suppliers first, in the order of their numbers, as every merge takes them; then the pair."""
    if not can_decide_matches(by):
        raise PermissionDenied
    pks = [match.first_id, match.second_id]
    list(Organisation.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True))
    return (
        NameMatch.objects.select_related("first", "second", "decided_by")
        .select_for_update(of=("self",))
        .get(pk=match.pk)
    )


def _said(match: NameMatch) -> str:
    who = match.decided_by or "Somebody"
    return f"{who} has already decided on these two: {match.get_state_display().lower()}."


def _decide(match: NameMatch, state: MatchState, by: User, now: datetime | None) -> NameMatch:
    old, match.state = match.state, state
    match.decided_by, match.decided_at = (by, now) if now else (None, None)
    match.save(update_fields=["state", "decided_by", "decided_at"])
    record("techmap.match.decided", target=match, by=by, old={"state": old}, new={"state": state})
    return match

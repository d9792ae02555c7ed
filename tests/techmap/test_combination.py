"""The solver against brute force: it is never worse, says no exactly when there is none, and repeats itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techmap.combination import (
    Aim,
    Combination,
    Firm,
    Limit,
    Market,
    Offer,
    Question,
    Relaxation,
    Scores,
    propose,
    steps_of,
)
from techmap.combination.model import doubt_of, most_of, weights_of
from techmap.combination.pool import reduce

SOUND = Offer(2, 6)


# --- By brute force --------------------------------------------------------------------------------


def assignments(question: Question, firms: tuple[Firm, ...]) -> Iterator[tuple[Firm | None, ...]]:
    """Every way to assign the needs to exactly these firms that keeps to all limits."""
    takers: list[list[Firm | None]] = []
    for need in range(question.needs):
        able: list[Firm | None] = [f for f in firms if need in f.offers and f.offers[need].level >= question.least]
        takers.append(able if need < question.must else [*able, None])
    for assigned in product(*takers):
        if {firm.id for firm in assigned if firm} == {firm.id for firm in firms} and keeps(question, assigned):
            yield assigned


def keeps(question: Question, assigned: tuple[Firm | None, ...]) -> bool:
    musts = [firm for firm in assigned[: question.must] if firm]
    most = max(Counter(firm.id for firm in musts).values(), default=0)
    small = sum(firm.is_sme for firm in musts)
    return (
        len({firm.id for firm in assigned if firm}) <= question.most_firms
        and most * 100 <= question.firm_share * question.must
        and small * 100 >= question.sme_share * question.must
    )


def scores(question: Question, assigned: tuple[Firm | None, ...]) -> Scores:
    return Scores(
        firms=len({firm.id for firm in assigned if firm}),
        nice=sum(firm is not None for firm in assigned[question.must :]),
        evidence=sum(firm.offers[need].steps for need, firm in enumerate(assigned) if firm),
    )


def rank(question: Question, found: Scores) -> tuple[int, ...]:
    return tuple(-found.firms if aim == Aim.FIRMS else found.of(aim) for aim in question.order)


def brute(question: Question, firms: list[Firm]) -> list[Scores]:
    """The best three by trying everything; none holds all the firms of a better one."""
    best: list[tuple[tuple[int, ...], Scores, set[int]]] = []
    for size in range(1, question.most_firms + 1):
        for chosen in combinations(firms, size):
            ways = [scores(question, way) for way in assignments(question, chosen)]
            if ways:
                way = max(ways, key=lambda found: rank(question, found))
                best.append((rank(question, way), way, {firm.id for firm in chosen}))
    best.sort(key=lambda entry: entry[0], reverse=True)
    kept: list[tuple[Scores, set[int]]] = []
    for _, way, ids in best:
        if not any(ids >= earlier for _, earlier in kept):
            kept.append((way, ids))
    return [way for way, _ in kept[:3]]


# --- Small markets ---------------------------------------------------------------------------------

offers = st.builds(Offer, level=st.integers(0, 2), steps=st.integers(0, 3))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Question, list[Firm]]:
    must, nice = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    sets = draw(st.lists(st.dictionaries(st.integers(0, must + nice - 1), offers, max_size=3), max_size=7))
    turns = draw(st.permutations(range(len(sets))))
    firms = [
        Firm(id=100 + number, is_sme=draw(st.booleans()), turn=turns[number], offers=held)
        for number, held in enumerate(sets)
    ]
    question = Question(
        must=must,
        nice=nice,
        least=draw(st.integers(0, 2)),
        most_firms=draw(st.integers(1, 3)),
        first=draw(st.sampled_from(Aim)),
        sme_share=draw(st.sampled_from([0, 0, 34, 50, 100])),
        firm_share=draw(st.sampled_from([100, 100, 67, 50, 20])),
    )
    return question, firms


def market(question: Question, firms: list[Firm]) -> Market:
    return Market.of(firms, question.needs)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_three_best_are_as_good_as_brute_force(case: tuple[Question, list[Firm]]) -> None:
    question, firms = case

    answer = propose(question, market(question, firms))

    assert [found.scores for found in answer.combinations] == brute(question, firms)
    assert (answer.impossible is not None) == (not answer.combinations)
    assert [found.doubt for found in answer.combinations] == [None] * len(answer.combinations)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_every_combination_is_valid_and_unlike_the_others(case: tuple[Question, list[Firm]]) -> None:
    question, firms = case
    by_id = {firm.id: firm for firm in firms}

    found = propose(question, market(question, firms)).combinations

    for combination in found:
        assigned = tuple(by_id.get(combination.assigned.get(need, 0)) for need in range(question.needs))
        assert None not in assigned[: question.must]
        assert keeps(question, assigned)
        assert scores(question, assigned) == combination.scores
    for first, later in combinations(found, 2):
        assert not first.firms <= later.firms


@settings(max_examples=60, deadline=None)
@given(cases())
def test_each_relaxation_makes_it_possible_and_less_would_not(case: tuple[Question, list[Firm]]) -> None:
    question, firms = case
    impossible = propose(question, market(question, firms)).impossible
    if impossible is None:
        return
    offered = [any(n in f.offers and f.offers[n].level >= question.least for f in firms) for n in range(question.must)]

    assert impossible.uncovered == tuple(need for need, is_offered in enumerate(offered) if not is_offered)
    for relaxation in impossible.relaxations:
        assert brute(replace(question, **{relaxation.limit.value: relaxation.value}), firms)
        assert not brute(replace(question, **{relaxation.limit.value: nearer(relaxation)}), firms)


def nearer(relaxation: Relaxation) -> int:
    """One step less far from what was asked."""
    step = -1 if relaxation.limit in (Limit.MOST_FIRMS, Limit.FIRM_SHARE) else 1
    return relaxation.value + step


@settings(max_examples=40, deadline=None)
@given(cases(), st.randoms())
def test_same_question_has_the_same_answer_however_firms_come(
    case: tuple[Question, list[Firm]], random: object
) -> None:
    question, firms = case
    shuffled = sorted(firms, key=lambda firm: random.random())  # type: ignore[attr-defined]

    assert propose(question, market(question, firms)) == propose(question, market(question, shuffled))


# --- By example ------------------------------------------------------------------------------------


def firm(number: int, needs: str, *, sme: bool = True, turn: int = 0, offer: Offer = SOUND) -> Firm:
    return Firm(number, sme, turn, {int(need): offer for need in needs})


def only(answer_of: Question, firms: list[Firm]) -> list[set[int]]:
    return [set(found.firms) for found in propose(answer_of, market(answer_of, firms)).combinations]


def test_firms_alike_take_turns_and_size_gives_no_turn() -> None:
    question = Question(must=2, most_firms=2)
    firms = [firm(number, "01", turn=(number * 3) % 7) for number in range(7)]

    assert only(question, firms) == [{0}, {5}, {3}]


def test_need_that_nobody_offers_is_named() -> None:
    question = Question(must=3, least=2)
    firms = [firm(1, "0"), firm(2, "2", offer=Offer(1, 1))]

    answer = propose(question, market(question, firms))

    assert answer.impossible is not None
    assert answer.impossible.uncovered == (1, 2)


def test_limit_on_firms_is_named_with_what_would_do() -> None:
    question = Question(must=3, most_firms=2)
    firms = [firm(1, "0"), firm(2, "1"), firm(3, "2")]

    answer = propose(question, market(question, firms))

    assert answer.impossible is not None
    assert answer.impossible.relaxations == (Relaxation(Limit.MOST_FIRMS, 3),)


def test_limits_that_only_together_make_it_impossible_are_each_named() -> None:
    question = Question(must=2, most_firms=2, least=2, sme_share=100, firm_share=50)
    firms = [firm(1, "01"), firm(2, "1", sme=False), firm(3, "0", offer=Offer(1, 1))]

    answer = propose(question, market(question, firms))

    assert answer.impossible is not None
    assert answer.impossible.relaxations == (
        Relaxation(Limit.SME_SHARE, 50),
        Relaxation(Limit.FIRM_SHARE, 100),
        Relaxation(Limit.LEAST, 1),
    )


def test_bound_is_read_aim_by_aim() -> None:
    question = Question(must=2, nice=2, most_firms=4, first=Aim.FIRMS)
    weights = weights_of(question)

    def objective(firms: int, nice: int, evidence: int) -> int:
        return -firms * weights[Aim.FIRMS] + nice * weights[Aim.NICE] + evidence * weights[Aim.EVIDENCE]

    found = Scores(firms=3, nice=1, evidence=5)
    fewer = doubt_of(question, objective(2, 0, 9), found)
    more_nice = doubt_of(question, objective(3, 2, 0), found)
    more_evidence = doubt_of(question, objective(3, 1, 8), found)

    assert (fewer and (fewer.aim, fewer.at_best)) == (Aim.FIRMS, 2)
    assert (more_nice and (more_nice.aim, more_nice.at_best)) == (Aim.NICE, 2)
    assert (more_evidence and (more_evidence.aim, more_evidence.at_best)) == (Aim.EVIDENCE, 8)
    assert doubt_of(question, objective(3, 1, 5), found) is None


def test_no_score_passes_its_most() -> None:
    question = Question(must=2, nice=1, most_firms=9)

    assert {aim: most_of(question, aim) for aim in Aim} == {Aim.FIRMS: 3, Aim.NICE: 1, Aim.EVIDENCE: 18}


def test_out_of_time_says_neither_yes_nor_no() -> None:
    question = Question(must=2)
    answer = propose(question, market(question, [firm(1, "01")]), seconds=-1000)

    assert answer.impossible is None


@pytest.mark.parametrize(("weight", "steps"), [(0, 0), (0.49, 0), (0.5, 1), (1, 2), (2.99, 5), (3, 6), (50, 6)])
def test_steps_stop_at_three_pieces(weight: float, steps: int) -> None:
    assert steps_of(weight) == steps


def test_pool_keeps_as_many_as_are_wanted_of_those_alike() -> None:
    question = Question(must=1)
    crowd = market(question, [firm(number, "0", turn=number) for number in range(50)])

    assert [int(crowd.ids[row]) for row in reduce(crowd, crowd.worth(0), keep=7)] == [0, 1, 2, 3, 4, 5, 6]


def test_combination_counts_its_firms_once() -> None:
    combination = Combination({0: 7, 1: 7, 2: 9}, Scores(2, 0, 0), 0, 2)

    assert combination.firms == {7, 9}

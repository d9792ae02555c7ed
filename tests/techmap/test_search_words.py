"""What somebody types: any text is sound, and it is said again in plain words."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techmap import search
from techmap.models import Framework
from techmap.search import SearchQuery, bitmaps, index, lexemes, statement
from techmap.search.plan import plan_of
from techmap.search.terms import ABSENT, Term
from techmap.search.vocabulary import vocabulary
from techmap.search.words import Term as Typed
from techmap.search.words import parsed, plain_words
from tests.factories import make_supplier
from tests.techmap.makers import make_profile

TODAY = date(2026, 3, 5)
SIGNS = st.sampled_from(['"', "-", "'", "\\", "&", "|", "!", "(", ")", ":", "*", "<->", " or ", " ", "%", "\x00", "é"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.one_of(st.text(max_size=80), st.lists(st.one_of(SIGNS, st.just("alder")), max_size=20).map("".join)))
def test_any_text_is_sound(db, words) -> None:
    query = SearchQuery(words=words)
    plan = plan_of(query, vocabulary())
    made = bitmaps.Bitmaps()
    made.catch_up = lambda: None
    by_statement, by_memory = statement.answer(plan, day=TODAY), made.answer(plan, day=TODAY)
    assert by_statement == by_memory
    assert search.find(query, today=TODAY).total == by_statement.total
    assert search.in_words(query)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40))
def test_lexemes_in_a_query_s_text_are_those_in_a_document(db, text) -> None:
    text = text.replace("\x00", "")
    english, _ = lexemes.queries([text])[text]
    [own] = lexemes.lexemes_in([text])
    assert lexemes.lexemes_of(english) == own
    assert lexemes.lexemes_of(lexemes.within(english, "A")) == own


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", []),
        ("cloud hosting", [[Typed("cloud"), Typed("hosting")]]),
        ('"Cloud hosting"', [[Typed("cloud hosting")]]),
        ('"cloud hosting', [[Typed("cloud hosting")]]),
        ('-"cloud hosting" a', [[Typed("cloud hosting", is_absent=True), Typed("a")]]),
        ("a b or c", [[Typed("a"), Typed("b")], [Typed("c")]]),
        ("or a OR", [[Typed("a")]]),
        ("- a", [[Typed("-"), Typed("a")]]),
    ],
)
def test_parsed(typed, expected) -> None:
    assert parsed(typed) == expected


def test_plain_words_can_be_misspelt() -> None:
    assert plain_words("The firm’s 3 ISO-9001 cloud/host, naïve") == {"the", "firm", "iso", "cloud", "host", "naive"}


@settings(max_examples=100)
@given(
    before=st.dictionaries(st.integers(0, 127), st.integers(0, 3)),
    changed=st.sets(st.integers(0, 127), max_size=9),
    after=st.dictionaries(st.integers(0, 127), st.integers(0, 3)),
)
def test_a_term_is_the_same_in_either_shape(before, changed, after) -> None:
    """As those that have it and as bits, before and after some suppliers changed."""

    def arrays(levels: dict[int, int]):
        return np.array(list(levels), np.int32), np.array(list(levels.values()), np.uint8)

    after = {slot: level for slot, level in after.items() if slot in changed}
    as_list, as_bits = Term(*arrays(before)), Term.of(*arrays(before | dict.fromkeys(range(128), 0)), 128)
    assert as_bits.planes is not None
    is_rest = np.array([slot not in before for slot in range(128)])
    as_bits.replace(is_rest, *arrays({}))
    as_bits.replace(~is_rest, *arrays(before))
    is_changed = np.array([slot in changed for slot in range(128)])
    for term in (as_list, as_bits):
        term.replace(is_changed, *arrays(after))
        now = {slot: level for slot, level in before.items() if slot not in changed} | after
        assert term.spread(128).tolist() == [now.get(slot, ABSENT) for slot in range(128)]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "All suppliers"),
        ("q=web+hosting", "Suppliers with “web hosting”"),
        ("region=TLL", "Suppliers that deliver in Wales"),
        ("q=x&region=TLL&region=TLM", "Suppliers with “x” that deliver in Wales or Scotland"),
        ("capability=cloud-hosting", "Suppliers that claim Cloud hosting"),
        (
            "capability=cloud-hosting&evidence=verified&accreditation=iso-9001",
            "Suppliers that claim Cloud hosting (verified by a public body) and hold ISO 9001: quality",
        ),
        ("evidence=supported", "Suppliers that have a claim supported by evidence"),
        (
            "size=sme&vcse=yes&sector=local&framework=wood",
            "Suppliers that work for local government, are small or medium, are voluntary, community or social "
            "enterprises and have a place on Woodland 3",
        ),
        ("capability=long-gone", "Suppliers that claim long-gone"),
    ],
)
def test_in_words(hosting, address, said) -> None:
    Framework.objects.create(code="wood", name="Woodland 3")
    assert search.in_words(SearchQuery.from_address(address)) == said


def test_spelling_is_offered_and_never_searched_unasked(db) -> None:
    supplier = make_supplier("Alder Ltd")
    make_profile(supplier, summary="Registers for councils")
    index.refresh([supplier.pk])
    index.rebuild()
    found = search.find(SearchQuery(words="regsters Councils"), today=TODAY)
    assert (found.total, found.did_you_mean) == (0, SearchQuery(words="registers Councils"))
    assert search.find(SearchQuery(words="zzzzzzzz"), today=TODAY).did_you_mean is None
    assert search.find(SearchQuery(words="registering"), today=TODAY).did_you_mean is None
    kept = SearchQuery(words="regsters", region=("TLM",))
    assert search.find(kept, today=TODAY).did_you_mean is None  # nothing is there either

"""Answers from memory: built beside the statement, in step with what is committed, and within bounds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest
from django.db import connection, transaction

from portal.organisations.models import Organisation
from techmap.models import SearchRow
from techmap.search import SearchQuery, bitmaps, engine, index, statement
from techmap.search.plan import Answer, plan_of
from techmap.search.vocabulary import vocabulary
from tests.factories import make_supplier
from tests.techmap.makers import make_profile

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 3, 5)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    engine.holder.forget()
    yield
    if engine.holder.builder:
        engine.holder.builder.join(20)
    engine.holder.forget()


@pytest.fixture
def firms() -> list[Organisation]:
    made = [make_supplier(f"Firm {number}") for number in range(4)]
    for supplier in made:
        make_profile(supplier, summary="Registers")
    listed(*made)
    return made


def listed(*suppliers: Organisation) -> None:
    with transaction.atomic():
        index.refresh([supplier.pk for supplier in suppliers])


def ask(words: str = "registers", way=engine.answer) -> Answer:
    return way(plan_of(SearchQuery(words=words), vocabulary()), day=TODAY)


def test_few_suppliers_need_no_memory(firms, settings) -> None:
    settings.SEARCH_MEMORY_FROM = len(firms) + 1
    assert ask().total == 4
    assert engine.holder.builder is None or not engine.holder.builder.is_alive()
    assert engine.holder.built is None


def test_many_are_built_in_the_background(firms, settings) -> None:
    settings.SEARCH_MEMORY_FROM = len(firms)
    by_statement = ask()
    engine.holder.builder.join(20)
    assert engine.holder.built is not None
    assert ask() == by_statement


def test_common_words_are_there_before_anybody_asks(firms, monkeypatch) -> None:
    monkeypatch.setattr(engine, "HOT", 2)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE techmap_searchrow")
    made = engine.holder.build()
    assert "'regist'" in made.terms
    assert ask() == ask(way=statement.answer)


def test_what_changes_while_words_are_read_is_not_missed(firms, monkeypatch) -> None:
    made = bitmaps.Bitmaps()
    read = made.terms.many

    def slowly(words, suppliers):
        found = read(words, suppliers)
        make_profile_again(firms[0], "Something else")
        made.answer(plan_of(SearchQuery(words="firm"), vocabulary()), day=TODAY)
        return found

    monkeypatch.setattr(made.terms, "many", slowly)
    made.warm(["regist"])
    assert ask(way=made.answer).total == 3


def make_profile_again(supplier: Organisation, summary: str) -> None:
    type(supplier.supplier_profile).objects.filter(organisation=supplier).update(summary=summary)
    listed(supplier)


def test_a_commit_out_of_turn_is_not_missed(firms) -> None:
    """The first to write is the last to commit."""
    made = bitmaps.Bitmaps()
    wrote, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                supplier = make_supplier("Slow Ltd")
                make_profile(supplier, summary="Registers")
                index.refresh([supplier.pk])
                wrote.set()
                may_commit.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    wrote.wait(10)
    quick = make_supplier("Quick Ltd")
    make_profile(quick, summary="Registers")
    listed(quick)
    before = ask(way=made.answer).total
    may_commit.set()
    thread.join(10)
    assert (before, ask(way=made.answer).total) == (5, 6)
    assert ask(way=made.answer) == ask(way=statement.answer)


def test_what_is_not_committed_stays_out_of_shared_memory(firms) -> None:
    engine.holder.build()
    with transaction.atomic():
        supplier = make_supplier("Undone Ltd")
        make_profile(supplier, summary="Registers")
        index.refresh([supplier.pk])
        assert ask().total == 5
        transaction.set_rollback(True)
    assert ask().total == 4
    assert engine.holder.built.used == 4


def test_too_many_changes_are_answered_by_the_statement_and_built_anew(firms, settings, monkeypatch) -> None:
    settings.SEARCH_MEMORY_FROM = 1
    monkeypatch.setattr(bitmaps, "MOST_CHANGES", 2)
    first = engine.holder.build()
    for supplier in firms[:3]:
        make_profile_again(supplier, "Something else")
    assert ask().total == 1
    engine.holder.builder.join(20)
    assert engine.holder.built is not first
    assert ask().total == 1


def test_memory_is_bounded(firms, settings) -> None:
    settings.SEARCH_MEMORY_BYTES = 1500
    made = bitmaps.Bitmaps()
    for words in ("registers", "firm", "1", "2", "3", "registers"):
        assert ask(words, made.answer) == ask(words, statement.answer)
        assert made.terms.size <= 1500
    assert len(made.terms) == 2


def test_suppliers_beyond_the_room_are_built_anew(firms) -> None:
    made = bitmaps.Bitmaps()
    made.used = made.width
    listed(make_supplier("One Too Many"))
    with pytest.raises(bitmaps.Outdated):
        ask(way=made.answer)


def test_a_fault_in_building_leaves_the_statement(firms, settings, monkeypatch) -> None:
    settings.SEARCH_MEMORY_FROM = 1
    monkeypatch.setattr(bitmaps, "Bitmaps", lambda: np.zeros("not a shape"))
    assert ask().total == 4
    engine.holder.builder.join(20)
    assert (engine.holder.built, ask().total, SearchRow.objects.count()) == (None, 4, 4)

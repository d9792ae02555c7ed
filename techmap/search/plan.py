"""A question made ready: words as queries, values as numbers. Both ways of answering take the same plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from techmap.choices import Support
from techmap.search import lexemes, tags
from techmap.search.facets import values_of
from techmap.search.query import FACETS, SearchQuery
from techmap.search.vocabulary import Vocabulary
from techmap.search.words import Term, parsed

Tags = tuple[int, ...]
ALL = ""  # the view in which every facet holds


@dataclass(frozen=True)
class Wanted:
    """One term as a query's text."""

    query: str
    is_absent: bool = False
    text: str = ""  # as it was typed


@dataclass(frozen=True)
class Counted:
    """One value of one facet: a supplier with any of the tags counts, in the view that sets the facet aside."""

    facet: str
    value: str
    tags: Tags


@dataclass(frozen=True)
class Plan:
    words: tuple[tuple[Wanted, ...], ...] = ()  # alternatives, each of terms that must all hold
    is_hopeless: bool = False  # something was typed, and no word is in it
    named: Tags = ()  # capabilities that the words name
    # For each view the groups of tags of which a supplier needs one each: `ALL`, and each facet set aside.
    views: dict[str, tuple[Tags, ...]] = field(default_factory=lambda: {ALL: ()})
    counted: tuple[Counted, ...] = ()

    def view_of(self, facet: str) -> str:
        """In which view the facet's values are counted: its own choice set aside, where it has one."""
        return facet if facet in self.views else ALL


@dataclass(frozen=True)
class Answer:
    """What either way of answering gives."""

    total: int
    ids: list[int]  # in order
    counts: dict[tuple[str, str], int]  # by facet and value
    wider: dict[str, int]  # how many there are with a facet set aside


def order_key(day: date) -> str:
    """What is hashed with each supplier's number for the order of the day among equals."""
    return f"{day.isoformat()}:"


def plan_of(query: SearchQuery, known: Vocabulary) -> Plan:
    words, is_hopeless = _words(query.words)
    return Plan(
        words=words,
        is_hopeless=is_hopeless,
        named=_named(words, known),
        views=_views(query, known),
        counted=tuple(_counted(query, known)),
    )


# --- Words -------------------------------------------------------------------------------------------


def _words(typed: str) -> tuple[tuple[tuple[Wanted, ...], ...], bool]:
    """Stop words are left out; where nothing else was typed they are looked for as they stand, as in names."""
    alternatives = parsed(typed)
    known = lexemes.queries(term.text for term in chain.from_iterable(alternatives))
    for language in (lexemes.ENGLISH, lexemes.PLAIN):
        found = [[_wanted(term, known[term.text][language]) for term in terms] for terms in alternatives]
        kept = [tuple(term for term in terms if term.query) for terms in found]
        if any(kept):
            return tuple(terms for terms in kept if terms), False
    return (), bool(typed)


def _wanted(term: Term, query: str) -> Wanted:
    return Wanted(query, term.is_absent, term.text)


def _named(words: tuple[tuple[Wanted, ...], ...], known: Vocabulary) -> Tags:
    """Capabilities that the words name; words with alternatives name none."""
    if len(words) != 1:
        return ()
    typed = [lexemes.lexemes_of(term.query) for term in words[0] if not term.is_absent]
    return tuple(tags.capability(pk) for pk in known.named_by(frozenset().union(*typed)))


# --- Facets ------------------------------------------------------------------------------------------


def _views(query: SearchQuery, known: Vocabulary) -> dict[str, tuple[Tags, ...]]:
    """Evidence with capabilities means the support of just those claims, so that the two are one group."""
    groups = {facet: _any(query, facet, known) for facet in FACETS if getattr(query, facet)}
    if query.capability and query.evidence:
        both = tuple(known.tag("capability", code, weakest(query)) for code in query.capability)
        rest = [group for facet, group in groups.items() if facet not in {"capability", "evidence"}]
        views = {facet: _without(groups, facet, both) for facet in groups}
        views["capability"] = (*rest, groups["evidence"])
        views["evidence"] = (*rest, groups["capability"])
        return {ALL: (*rest, both), **views}
    aside = {facet: tuple(group for name, group in groups.items() if name != facet) for facet in groups}
    return {ALL: tuple(groups.values()), **aside}


def _without(groups: dict[str, Tags], facet: str, both: Tags) -> tuple[Tags, ...]:
    left_out = {facet, "capability", "evidence"}
    return (*(group for name, group in groups.items() if name not in left_out), both)


def _any(query: SearchQuery, facet: str, known: Vocabulary) -> Tags:
    return tuple(known.tag(facet, value) for value in getattr(query, facet))


def weakest(query: SearchQuery) -> str:
    """The support that is enough: what is verified is supported too. Empty where none is asked for."""
    if not query.evidence:
        return ""
    return Support.SUPPORTED if Support.SUPPORTED in query.evidence else Support.VERIFIED


def _counted(query: SearchQuery, known: Vocabulary) -> list[Counted]:
    """Each value that can be chosen, with the tags of those who have it."""
    found = []
    for facet in FACETS:
        support = weakest(query) if facet == "capability" else ""
        for value in values_of(facet, known):
            if facet == "evidence" and query.capability:
                own: Tags = tuple(known.tag("capability", code, value) for code in query.capability)
            else:
                own = (known.tag(facet, value, support),)
            found.append(Counted(facet, value, own))
    return found

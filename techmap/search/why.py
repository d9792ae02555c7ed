"""Why each supplier of a page was found: in which field the words stand, and which of the chosen facets it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.db import connection

from techmap.choices import Support
from techmap.models import SearchRow
from techmap.search import lexemes, tags
from techmap.search.plan import Plan, Wanted
from techmap.search.query import SearchQuery
from techmap.search.speech import PHRASES, listing, spoken
from techmap.search.vocabulary import Vocabulary

MOST_TERMS = 8  # of a search, that are explained
MOST_NAMED = 3  # capabilities in one sentence
FIELDS = {"A": "its name", "B": "its summary or technologies", "C": "its description or case studies"}
PLACES = """
SELECT place, supplier_id, CASE WHEN words @@ a::tsquery THEN 'A' WHEN words @@ b::tsquery THEN 'B'
                                WHEN words @@ c::tsquery THEN 'C' ELSE 'D' END
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS term (a, b, c, whole, place)
JOIN (
    -- Joined to nothing, a row is opened once and not at each comparison.
    SELECT supplier_id, words || ''::tsvector AS words FROM techmap_searchrow WHERE supplier_id = ANY(%s) OFFSET 0
) AS opened ON words @@ whole::tsquery ORDER BY place
"""
TITLES = """
SELECT DISTINCT ON (evidence.supplier_id) evidence.supplier_id, title
FROM techmap_evidence AS evidence LEFT JOIN organisations_organisation AS buyer ON buyer.id = buyer_id
WHERE evidence.supplier_id = ANY(%s)
      AND to_tsvector('english', concat_ws(' the ', title, coalesce(buyer.name, buyer_name))) @@ %s::tsquery
ORDER BY evidence.supplier_id, dated DESC, evidence.id DESC
"""
CLAIMED = [(Support.VERIFIED.value, "Verified"), (Support.SUPPORTED.value, "Supported"), ("", "Claims")]


@dataclass
class Seen:
    """What is known of one supplier of the page."""

    tags: frozenset[int]
    found: dict[str, list[Wanted]] = field(default_factory=dict)  # terms by the weightiest field that has them

    @property
    def claims(self) -> set[int]:
        return {tag >> 3 for tag in self.tags if tag & 7 == tags.CAPABILITY}


def reasons(query: SearchQuery, plan: Plan, suppliers: Sequence[int], known: Vocabulary) -> dict[int, list[str]]:
    """In words, for each supplier; nothing where nothing was asked. At most three queries."""
    if not suppliers or not query:
        return {pk: [] for pk in suppliers}
    rows = SearchRow.objects.filter(pk__in=suppliers).values_list("pk", "tags")
    seen = {pk: Seen(frozenset(own)) for pk, own in rows}
    _find_terms(plan, seen)
    titles = _titles(seen)
    return {
        pk: [*_of_facets(query, own, known), *_of_words(own, known, titles.get(pk, ""))] for pk, own in seen.items()
    } | {pk: [] for pk in suppliers if pk not in seen}


# --- Facets ------------------------------------------------------------------------------------------


def _of_facets(query: SearchQuery, seen: Seen, known: Vocabulary) -> Iterable[str]:
    yield from _of_capabilities(query, seen, known)
    for facet in ("region", "sector", "size", "vcse", "framework", "accreditation"):
        has = [value for value in getattr(query, facet) if known.tag(facet, value) in seen.tags]
        if has:
            said = listing([spoken(facet, value, known) for value in has], "and")
            yield _sentence(facet, seen).format(said)


def _of_capabilities(query: SearchQuery, seen: Seen, known: Vocabulary) -> Iterable[str]:
    """The capabilities chosen by the best support that the claim has; without any, the best support of all."""
    chosen = set(query.capability)
    for support, word in CLAIMED:
        has = sorted(code for code in chosen if known.tag("capability", code, support) in seen.tags)
        if has:
            yield f"{word}: {listing([spoken('capability', code, known) for code in has], 'and')}"
            chosen -= set(has)
    if query.evidence and not query.capability:
        is_verified = tags.listed("evidence", Support.VERIFIED) in seen.tags
        yield f"Has a claim {spoken('evidence', Support.VERIFIED if is_verified else Support.SUPPORTED, known)}"


def _sentence(facet: str, seen: Seen) -> str:
    if facet == "region" and tags.listed("office", "only") in seen.tags:
        return "Has its office in {}, and does not say where it delivers"
    said = {"size": "Size: {}", "vcse": "Voluntary, community or social enterprise", "region": "Delivers in {}"}
    if facet in said:
        return said[facet]
    verb, _, rest = PHRASES[facet].partition(" ")
    return {"work": "Works", "have": "Has", "hold": "Holds"}[verb] + f" {rest}"


# --- Words -------------------------------------------------------------------------------------------


def _find_terms(plan: Plan, seen: Mapping[int, Seen]) -> None:
    once = {term.query: term for term in chain.from_iterable(plan.words) if not term.is_absent}
    terms = list(once.values())[:MOST_TERMS]
    if not terms:
        return
    columns = [[lexemes.within(term.query, fields) for term in terms] for fields in ("A", "B", "C", "ABCD")]
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [*columns, list(seen)])
        for place, supplier, letter in cursor.fetchall():
            seen[supplier].found.setdefault(letter, []).append(terms[place - 1])


def _titles(seen: Mapping[int, Seen]) -> dict[int, str]:
    """The newest piece of evidence that has a word which stands nowhere else."""
    asked = {pk: own.found["D"] for pk, own in seen.items() if "D" in own.found}
    if not asked:
        return {}
    terms = sorted({term.query for terms in asked.values() for term in terms})
    with connection.cursor() as cursor:
        cursor.execute(TITLES, [list(asked), " | ".join(f"({term})" for term in terms)])
        return dict(cursor.fetchall())


def _of_words(seen: Seen, known: Vocabulary, title: str) -> Iterable[str]:
    names, rest = _claims_with(seen.found.get("B", []), seen, known)
    if names:
        yield f"Claims: {listing(names, 'and')}"
    for letter, terms in (("A", seen.found.get("A", [])), ("B", rest), ("C", seen.found.get("C", []))):
        if terms:
            yield f"{_quoted(terms)} in {FIELDS[letter]}"
    if title:
        yield f"Evidence: {title}"
    elif "D" in seen.found:
        yield f"{_quoted(seen.found['D'])} in its evidence"


def _claims_with(terms: Sequence[Wanted], seen: Seen, known: Vocabulary) -> tuple[list[str], list[Wanted]]:
    """Capabilities that it claims and that have the terms in a name or alias, and the terms that none has."""
    claims = seen.claims
    parents = {item.pk for item in known.capabilities if not item.parent}
    found: dict[int, int] = {}
    rest = []
    for term in terms:
        holders = claims.intersection(*(known.having.get(part, set()) for part in lexemes.lexemes_of(term.query)))
        holders = (holders - parents) or holders
        rest += [] if holders else [term]
        for pk in holders:
            found[pk] = found.get(pk, 0) + 1
    names = {item.pk: item.name for item in known.capabilities}
    best = sorted(found, key=lambda pk: (-found[pk], names[pk]))
    most = max(found.values(), default=0)
    return [names[pk] for pk in best if found[pk] == most][:MOST_NAMED], rest


def _quoted(terms: Sequence[Wanted]) -> str:
    return listing([f"“{term.text}”" for term in terms], "and")

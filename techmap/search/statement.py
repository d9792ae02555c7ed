"""The first way of answering: one statement over the rows gives the page, the total and every count."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.db import connection

from techmap.search import lexemes
from techmap.search.plan import ALL, Answer, Counted, Plan, Tags, Wanted, order_key

HITS = """
WITH hits AS MATERIALIZED (
    SELECT supplier_id, {band} AS band, {mask} AS mask {tags} FROM techmap_searchrow WHERE {where}
), by_mask AS (
    SELECT mask, count(*)::int AS number FROM hits GROUP BY mask
)"""
BY_TAG = """, by_tag AS (
    SELECT mask, tag, count(*)::int AS number FROM hits, unnest(tags) AS tag
    WHERE tag = ANY(%(tags)s) GROUP BY mask, tag
)"""
TAG_COUNTS = """
(SELECT array_agg(mask) FROM by_tag), (SELECT array_agg(tag) FROM by_tag), (SELECT array_agg(number) FROM by_tag)"""
PAGE = """
SELECT (SELECT array_agg(mask) FROM by_mask), (SELECT array_agg(number) FROM by_mask),
       ARRAY(
           SELECT supplier_id FROM hits WHERE mask & 1 = 1
           ORDER BY band, md5(%(day)s || supplier_id) COLLATE "C", supplier_id LIMIT %(limit)s OFFSET %(offset)s
       )"""


def answer(plan: Plan, *, day: date, offset: int = 0, limit: int | None = 20, counting: bool = True) -> Answer:
    """Suppliers by band, then by the hash of the day. `limit` None gives all of them."""
    if plan.is_hopeless:
        return Answer(0, [], {}, dict.fromkeys(plan.views, 0))
    values: dict[str, Any] = {"day": order_key(day), "limit": limit, "offset": offset}
    sql = _sql(plan, values, counting)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        masks, numbers, ids, *rest = cursor.fetchone()
    by_mask = dict(zip(masks or [], numbers or [], strict=True))
    wider = {view: sum(n for mask, n in by_mask.items() if mask >> place & 1) for place, view in enumerate(plan.views)}
    return Answer(wider[ALL], ids, _counts(plan, rest) if counting else {}, wider)


def _sql(plan: Plan, values: dict[str, Any], counting: bool) -> str:
    hits = HITS.format(
        band=_band(plan, values),
        mask=_mask(plan, values),
        tags=", tags" if counting else "",
        where=_where(plan, values),
    )
    if not counting:
        return hits + PAGE
    values["tags"] = [option.tags[0] for option in plan.counted if len(option.tags) == 1]
    counts = [_several(plan, option, values) for option in plan.counted if len(option.tags) > 1]
    return hits + BY_TAG + PAGE + ", ".join(["", TAG_COUNTS, *counts])


def _several(plan: Plan, option: Counted, values: dict[str, Any]) -> str:
    """A value that several tags stand for: whoever has any of them counts once."""
    place = list(plan.views).index(plan.view_of(option.facet))
    has = f"mask >> {place} & 1 = 1 AND tags && {_value(values, option.tags)}"
    return f"(SELECT count(*)::int FROM hits WHERE {has})"  # noqa: S608 -- a number, and places for values


def _counts(plan: Plan, rest: list[Any]) -> dict[tuple[str, str], int]:
    masks, tags, numbers, *several = rest
    by_view: Counter[tuple[str, int]] = Counter()
    for mask, tag, number in zip(masks or [], tags or [], numbers or [], strict=True):
        for place, view in enumerate(plan.views):
            if mask >> place & 1:
                by_view[view, tag] += number
    unions = iter(several)
    return {
        (option.facet, option.value): by_view[plan.view_of(option.facet), option.tags[0]]
        if len(option.tags) == 1
        else next(unions)
        for option in plan.counted
    }


# --- Parts of the statement --------------------------------------------------------------------------


def _value(values: dict[str, Any], value: Any) -> str:
    """Hand a value over under a name of its own; gives its place in the statement."""
    name = f"v{len(values)}"
    values[name] = list(value) if isinstance(value, tuple) else value
    return f"%({name})s::int[]" if isinstance(value, tuple) else f"%({name})s"


def _band(plan: Plan, values: dict[str, Any]) -> str:
    """0: the name has all words. 1: it claims what they name. 2: name, offer; 3: description too; 4: evidence too."""
    if not plan.words:
        return "0"
    steps = [(lexemes.LEVELS[0], 0), (lexemes.LEVELS[1], 2), (lexemes.LEVELS[2], 3)]
    cases = [
        f"WHEN words @@ {_value(values, whole(plan.words, fields))}::tsquery THEN {band}" for fields, band in steps
    ]
    if plan.named:
        cases.insert(1, f"WHEN tags && {_value(values, plan.named)} THEN 1")
    return f"CASE {' '.join(cases)} ELSE 4 END"


def _mask(plan: Plan, values: dict[str, Any]) -> str:
    """A bit for each view, the first of them `ALL`."""
    bits = [f"({_holds(groups, values)})::int << {place}" for place, groups in enumerate(plan.views.values())]
    return " | ".join(f"({bit})" for bit in bits)


def _where(plan: Plan, values: dict[str, Any]) -> str:
    words = f"words @@ {_value(values, whole(plan.words))}::tsquery" if plan.words else "true"
    wider = [f"({_holds(groups, values)})" for view, groups in plan.views.items() if view != ALL]
    return f"{words} AND ({' OR '.join(wider)})" if wider else words


def _holds(groups: tuple[Tags, ...], values: dict[str, Any]) -> str:
    return " AND ".join(f"tags && {_value(values, group)}" for group in groups) or "true"


def whole(words: tuple[tuple[Wanted, ...], ...], fields: str = lexemes.LEVELS[-1]) -> str:
    """All alternatives as one query's text. What must be absent must be so in every field."""
    parts = [
        " & ".join(
            f"!({term.query})" if term.is_absent else f"({lexemes.within(term.query, fields)})" for term in terms
        )
        for terms in words
    ]
    return " | ".join(f"({part})" for part in parts)

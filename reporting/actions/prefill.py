"""Begin a return with what the last one, or else the contract's baseline, already says. Never a nil one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from reporting.actions.returns import save_return
from reporting.choices import ReturnState
from reporting.models import Return
from reporting.queries.prefill import KEPT, prefilled
from reporting.queries.standards import standard_of
from reporting.standards import RETURN

if TYPE_CHECKING:
    from portal.accounts.models import User

Given = dict[str, list[dict[str, Any]]]


@transaction.atomic
def begin_return(*, filed: Return, version: int, by: User, now: datetime) -> Return:
    """Write the tables that it begins with. One that was begun already stays as it is."""
    if filed.state == ReturnState.DUE:
        given = with_prefilled(filed, {RETURN: [_keys(filed) | prefilled(filed, standard_of(filed)).head]})
        save_return(filed=filed, version=version, given=given, by=by, now=now)
    return filed


def with_prefilled(filed: Return, given: Mapping[str, Iterable[Mapping[str, Any]]]) -> Given:
    """What a save writes: on the first one of a return the prefilled tables too, unless it is nil.

    A return that is answered to be nil later loses the tables that nobody has touched since.
    """
    tables: Given = {name: [dict(row) for row in rows] for name, rows in given.items()}
    head = next(iter(tables.get(RETURN, [])), {})
    is_nil = head.get("nil_return") in (True, "yes")
    if filed.state == ReturnState.DUE and not is_nil:
        begun = prefilled(filed, standard_of(filed))
        tables.setdefault(RETURN, [_keys(filed) | begun.head])
        for name, rows in begun.tables.items():
            tables[name] = rows + tables.get(name, [])
    elif is_nil and filed.state != ReturnState.DUE and filed.replaces_id is None:
        tables |= _untouched(filed)
    return tables


def _untouched(filed: Return) -> Given:
    """The prefilled tables that are still as they began, emptied."""
    now: Given = {}
    for table, data in filed.lines.filter(table__in=KEPT).order_by("number").values_list("table", "data"):
        now.setdefault(table, []).append(data)
    begun = prefilled(filed, standard_of(filed)).tables
    return {name: [] for name, rows in now.items() if _numbers_apart(rows) == _numbers_apart(begun.get(name, []))}


def _numbers_apart(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A number that was read again has the places of its field: 95 and 95.0000 are one."""
    return [{key: _number(value) for key, value in row.items()} for row in rows]


def _number(value: Any) -> Any:
    text = str(value)
    is_decimal = text.lstrip("-").replace(".", "", 1).isdigit() and "." in text
    return text.rstrip("0").rstrip(".") if is_decimal else text


def _keys(filed: Return) -> dict[str, Any]:
    return {
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
        "nil_return": False,
    }

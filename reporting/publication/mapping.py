"""From a return's rows to OCDS objects, by the paths that the standard itself gives each field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reporting.queries.publication import Redacted
from reporting.standards import Field, Standard

# Lists of a contract that rows become objects of. The first that a path begins with counts.
LISTS = (
    "contracts/implementation/transactions",
    "contracts/implementation/milestones",
    "contracts/agreedMetrics",
    "contracts/amendments",
    "contracts/items",
)
# A transaction of OCDS 1.1.5 has a day and no period.
NOT_IN_OCDS = frozenset({"contracts/implementation/transactions/period/startDate"})
CURRENCY = "GBP"

Object = dict[str, Any]


def moment(day: date) -> str:
    """OCDS has times where the standard has days: its midnight in UTC."""
    return f"{day.isoformat()}T00:00:00Z"


def number(value: Decimal | int) -> float | int:
    """JSON has one kind of number; sums to 15 digits are told to the penny."""
    return int(value) if value == int(value) else float(value)


def money(value: Decimal | None) -> Object | None:
    return None if value is None else {"amount": number(value), "currency": CURRENCY}


def place_of(item: Field) -> tuple[str, str] | None:
    """The list that a field's object stands in, and the path inside the object; None where OCDS has no place for it."""
    for path in LISTS:
        if item.ocds.startswith(f"{path}/") and item.ocds not in NOT_IN_OCDS:
            return path, item.ocds.removeprefix(f"{path}/")
    return None


def objects_of(
    table: str,
    rows: Iterable[Mapping[str, Any]],
    standard: Standard,
    redacted: Redacted,
    id_of: Callable[[int, Mapping[str, Any]], str],
) -> list[Object]:
    """An object for each row, with every field that has a place in OCDS and is not held back."""
    if redacted.hides(table):
        return []
    fields = [
        (item.name, place[1])
        for item in standard.table(table).fields
        if (place := place_of(item)) and place[1] != "id" and not redacted.hides(table, item.name)
    ]
    found = []
    for row_number, row in enumerate(rows, start=1):
        made: Object = {"id": id_of(row_number, row)}
        for name, path in fields:
            if row.get(name) is not None:
                _put(made, path, row[name])
        found.append(made)
    return found


def _put(made: Object, path: str, value: Any) -> None:
    *parents, leaf = path.split("/")
    for parent in parents:
        made = made.setdefault(parent, {})
    made[leaf] = _json(value)
    if leaf == "amount":
        made["currency"] = CURRENCY


def _json(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return moment(value)
    return number(value) if isinstance(value, Decimal) else value


def blanked(gone: Object) -> Object:
    """The same object with nothing in it: merged, it takes away what an earlier release said (OCDS: null removes)."""
    return {key: value if key == "id" else _nothing(value) for key, value in gone.items() if key not in REFERENCES}


# Their ids are never null, so they stay.
REFERENCES = frozenset({"payer", "payee"})


def _nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nothing(held) for key, held in value.items()}
    return [] if isinstance(value, list) else None

"""What one version of the standard says otherwise than another: tables, fields, codes and checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reporting.standards.definition import CodeList, Standard, Table

ADDED, GONE, CHANGED = "Added", "Gone", "Changed"


@dataclass(frozen=True)
class Property:
    """One property that differs, in words; empty where a side does not say."""

    name: str
    was: str
    now: str


@dataclass(frozen=True)
class Difference:
    """One thing that came, went or changed. `group` is what the page gathers it under."""

    group: str
    what: str
    how: str
    properties: tuple[Property, ...] = ()


# The words for each property of a field or a check. What stands in neither tells people nothing.
_FIELD = {
    "label": "Label",
    "help": "Help",
    "type": "Type",
    "unit": "Unit",
    "codes": "Code list",
    "required": "Needed",
    "unless_nil": "Needed unless nil",
    "longest": "Longest text",
    "pattern": "Pattern",
    "decimals": "Decimal places",
    "least": "Least",
    "most": "Most",
    "ocds": "OCDS",
}
_CHECK = {
    "says": "It says",
    "mend": "How to mend it",
    "severity": "Kind",
    "scope": "It looks at",
    "rule": "Rule",
    "table": "Table",
    "field": "Field",
    "other": "Other field",
    "of": "Sum of",
    "factors": "Factors",
    "values": "Values",
    "tolerance": "Tolerance",
}
_TABLE = {"label": "Label", "help": "Help", "rows": "Rows"}
_LIST = {"label": "Label", "source": "Source"}


def differences(old: Standard, new: Standard) -> list[Difference]:
    """Everything in which `new` differs from `old`, in the order of the standard."""
    checks = [{one.id: one for one in standard.checks} for standard in (old, new)]
    return [
        *_of_tables(old, new),
        *_of_codes(old.codes, new.codes),
        *_compared("Checks", checks[0], checks[1], _CHECK, lambda one: one.id),
    ]


def _of_tables(old: Standard, new: Standard) -> Iterator[Difference]:
    before, after = ({table.name: table for table in one.tables} for one in (old, new))
    yield from _compared("Tables", before, after, _TABLE, lambda table: table.label)
    for name in _both(before, after):
        table: Table = after.get(name) or before[name]
        was, now = (
            {item.name: item for item in (held[name].fields if name in held else ())} for held in (before, after)
        )
        yield from _compared(table.label, was, now, _FIELD, lambda item: f"{item.label} ({item.name})")


def _of_codes(old: Mapping[str, CodeList], new: Mapping[str, CodeList]) -> Iterator[Difference]:
    yield from _compared("Code lists", old, new, _LIST, lambda codes: codes.label)
    for name in _both(old, new):
        codes = new.get(name) or old[name]
        was, now = (held[name].labels if name in held else {} for held in (old, new))
        for code in _both(was, now):
            if was.get(code) != now.get(code):
                how = ADDED if code not in was else GONE if code not in now else CHANGED
                words = (Property("Label", was[code], now[code]),) if how == CHANGED else ()
                yield Difference(f"Codes: {codes.label}", f"{now.get(code, was.get(code))} ({code})", how, words)


def _compared(
    group: str, old: Mapping[str, Any], new: Mapping[str, Any], names: Mapping[str, str], called: Any
) -> Iterator[Difference]:
    for key in _both(old, new):
        if key not in old:
            yield Difference(group, called(new[key]), ADDED)
        elif key not in new:
            yield Difference(group, called(old[key]), GONE)
        elif changed := tuple(_properties(old[key], new[key], names)):
            yield Difference(group, called(new[key]), CHANGED, changed)


def _properties(old: Any, new: Any, names: Mapping[str, str]) -> Iterator[Property]:
    for name, words in names.items():
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield Property(words, _words(was), _words(now))


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value)


def _both(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Every key, as the newer has them in order; what is gone comes last."""
    return [*new, *(key for key in old if key not in new)]

"""Saving some fields of a row that two people may have open at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.records import Versioned


@dataclass(frozen=True)
class Changes:
    """What differs from what was stored, as a History page shows it. Empty where nothing does."""

    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.new)


def save_changes(row: Versioned, version: int, fields: Mapping[str, Any], allowed: frozenset[str]) -> Changes:
    """Write what differs. The same form sent twice changes nothing; raises `StaleWrite` after a colleague's save."""
    unknown = set(fields) - allowed
    if unknown:
        raise ValueError(f"Not fields to be saved here: {sorted(unknown)}")
    many = {name for name in fields if row._meta.get_field(name).many_to_many}
    old = {name: _stored(row, name, many) for name in fields}
    changed = {name: value for name, value in fields.items() if old[name] != _given(value, name, many)}
    if not changed:
        return Changes()
    row.check_version(version)
    before = {name: _words(row, name, many) for name in changed}
    for name, value in changed.items():
        if name in many:
            getattr(row, name).set(value)
        else:
            setattr(row, name, value)
    row.bump_version().save(update_fields=[*(changed.keys() - many), "version"])
    return Changes(before, {name: _words(row, name, many) for name in changed})


def _stored(row: Versioned, name: str, many: set[str]) -> Any:
    return {*getattr(row, name).values_list("pk", flat=True)} if name in many else getattr(row, name)


def _given(value: Any, name: str, many: set[str]) -> Any:
    return {item.pk for item in value} if name in many else value


def _words(row: Versioned, name: str, many: set[str]) -> Any:
    if name in many:
        return sorted(str(item) for item in getattr(row, name).all())
    value = getattr(row, name)
    return str(value) if hasattr(value, "_meta") else value

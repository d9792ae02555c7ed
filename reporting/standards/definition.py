"""The reporting standard, read from its folder: what a return holds, and which checks it must pass.

`reporting/standards/v1/standard.toml` and its later sisters are the only definition. Each return is pinned
to the version it was begun under; a framework may add fields of its own (`Standard.with_fields`), never
change a core one.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
TYPES = frozenset({"text", "date", "money", "number", "count", "percentage", "yesno", "code"})
RULES = {
    "row": {"not_before", "product", "required_when", "required_when_given", "blank_when"},
    "rows": {"unique", "sum_of", "sum_at_most", "nothing_when_nil"},
    "contract": {"is_a_period", "baseline_of", "at_most_contract"},
    "previous": {"adds_to_previous", "stays"},
}
SEVERITIES = frozenset({"error", "question"})
RETURN = "return"  # the table with one row for each contract and period
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Unsound(Exception):
    """A standard's file that contradicts itself. Each line of the message says where and what."""


@dataclass(frozen=True)
class CodeList:
    name: str
    label: str
    source: str
    values: tuple[tuple[str, str], ...]

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.values)


@dataclass(frozen=True)
class Field:
    """One column. Money is in GBP without VAT, 2 places; a percentage is 0 to 100, 2 places."""

    name: str
    label: str
    help: str
    type: str
    unit: str = ""
    codes: str = ""
    required: bool = False
    unless_nil: bool = False  # required, but not in a nil return
    key: bool = False  # with the other keys it says which contract and period a row is of
    longest: int = 0
    long: bool = False  # a text of more than a line
    pattern: str = ""
    decimals: int = 2
    least: str = ""
    most: str = ""
    ocds: str = ""
    added_by: str = ""  # the framework that added it; empty for a core field

    @property
    def least_number(self) -> Decimal | None:
        return Decimal(self.least) if self.least else None

    @property
    def most_number(self) -> Decimal | None:
        return Decimal(self.most) if self.most else None


@dataclass(frozen=True)
class Check:
    """One rule. `scope` says what it looks at: a row, the rows of a return, the contract, or the return before."""

    id: str
    scope: str
    rule: str
    table: str
    field: str
    says: str
    mend: str
    severity: str = "error"
    other: str = ""
    of: str = ""
    factors: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    tolerance: str = "0"

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


@dataclass(frozen=True)
class Table:
    name: str
    label: str
    help: str
    rows: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        for item in self.fields:
            if item.name == name:
                return item
        raise KeyError(name)

    def __contains__(self, name: str) -> bool:
        return any(item.name == name for item in self.fields)

    @property
    def is_single(self) -> bool:
        return self.rows == "one"


@dataclass(frozen=True)
class Standard:
    version: str
    title: str
    published: date
    summary: str
    tables: tuple[Table, ...]
    codes: Mapping[str, CodeList] = field(hash=False)
    checks: tuple[Check, ...]
    digest: str = ""  # SHA-256 of the file

    def table(self, name: str) -> Table:
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    @property
    def keys(self) -> tuple[Field, ...]:
        """What each sheet begins with, so that one file may hold the returns of many contracts."""
        return tuple(item for item in self.table(RETURN).fields if item.key)

    def columns(self, table: Table) -> tuple[Field, ...]:
        """The columns of a sheet, keys first."""
        return self.keys + tuple(item for item in table.fields if not item.key)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Whose fields were added."""
        names = (item.added_by for table in self.tables for item in table.fields if item.added_by)
        return tuple(dict.fromkeys(names))

    def with_fields(self, added: Mapping[str, Iterable[Field]], *, framework: str) -> Standard:
        """The same standard with a framework's own fields at the end of its tables.

        Raises `Unsound` where one has the name of a core field, an unknown type or an unknown code list.
        """
        tables = tuple(
            replace(table, fields=table.fields + tuple(replace(one, added_by=framework) for one in added[table.name]))
            if table.name in added
            else table
            for table in self.tables
        )
        wider = replace(self, tables=tables)
        faults = [f"There is no table {name!r}" for name in added if name not in {table.name for table in tables}]
        faults += list(_faults(wider))
        if faults:
            raise Unsound("\n".join(faults))
        return wider


def versions() -> list[str]:
    """Every published version, the oldest first."""
    folders = (path.parent.name for path in FOLDER.glob("v*/standard.toml"))
    return sorted((name.removeprefix("v") for name in folders), key=int)


def latest() -> Standard:
    return load(versions()[-1])


def load(version: str) -> Standard:
    """The standard of one version. Raises `KeyError` for one that was never published."""
    return _load(FOLDER, version)


@lru_cache(maxsize=8)
def _load(folder: Path, version: str) -> Standard:
    if version not in versions():
        raise KeyError(version)
    return read((folder / f"v{version}" / "standard.toml").read_bytes())


def read(content: bytes) -> Standard:
    """Read a standard's file. Raises `Unsound` with everything in it that is wrong."""
    data = tomllib.loads(content.decode())
    try:
        standard = Standard(
            version=data["version"],
            title=data["title"],
            published=data["published"],
            summary=data["summary"],
            tables=tuple(_table(item) for item in data["table"]),
            codes={name: _codes(name, item) for name, item in data["codes"].items()},
            checks=tuple(_check(item) for item in data["check"]),
            digest=hashlib.sha256(content).hexdigest(),
        )
    except (KeyError, TypeError) as error:
        raise Unsound(f"The standard's file lacks or misnames something: {error}") from error
    faults = list(_faults(standard))
    if faults:
        raise Unsound("\n".join(faults))
    return standard


def _table(item: dict[str, Any]) -> Table:
    fields = tuple(Field(**one) for one in item["field"])
    return Table(item["name"], item["label"], item["help"], item["rows"], fields)


def _codes(name: str, item: dict[str, Any]) -> CodeList:
    return CodeList(name, item["label"], item["source"], tuple((code, label) for code, label in item["values"]))


def _check(item: dict[str, Any]) -> Check:
    lists: dict[str, Any] = {name: tuple(item[name]) for name in ("factors", "values") if name in item}
    return Check(**(item | lists))


# --- What would be wrong with a standard -----------------------------------------------------------


def _faults(standard: Standard) -> Iterator[str]:
    names = [table.name for table in standard.tables]
    if names.count(RETURN) != 1 or not standard.table(RETURN).is_single:
        yield f"There must be one table {RETURN!r} with one row"
        return
    yield from (f"Two tables are named {name!r}" for name in _twice(names))
    yield from (f"Two checks are named {name!r}" for name in _twice(check.id for check in standard.checks))
    for table in standard.tables:
        yield from (f"{table.name}: two fields are named {name!r}" for name in _twice(f.name for f in table.fields))
        for item in table.fields:
            yield from (f"{table.name}.{item.name}: {fault}" for _, fault in field_faults(item, standard))
    for check in standard.checks:
        yield from (f"Check {check.id}: {fault}" for fault in _check_faults(check, standard))


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


def field_faults(item: Field, standard: Standard) -> Iterator[tuple[str, str]]:
    """What is wrong with a field by itself: which of its properties, and what."""
    if not _NAME.fullmatch(item.name):
        yield "name", "a name is small letters, figures and underscores, and begins with a letter"
    if item.type not in TYPES:
        yield "type", f"the type {item.type!r} is not one of {', '.join(sorted(TYPES))}"
    if (item.type == "code") != bool(item.codes):
        yield "codes", "a code names its list, and nothing else does"
    elif item.codes and item.codes not in standard.codes:
        yield "codes", f"there is no code list {item.codes!r}"
    if item.type == "text" and not item.longest:
        yield "longest", "a text says how long it may be"
    if not item.label:
        yield "label", "a field has a label"
    if not item.help:
        yield "help", "a field has a help text"


def _check_faults(check: Check, standard: Standard) -> Iterator[str]:
    if check.rule not in RULES.get(check.scope, set()):
        yield f"the rule {check.rule!r} does not look at {check.scope!r}"
    if check.severity not in SEVERITIES:
        yield f"the severity {check.severity!r} is neither error nor question"
    tables = {table.name: table for table in standard.tables}
    table = tables.get(check.table)
    if table is None:
        yield f"there is no table {check.table!r}"
        return
    for name in [check.field, *filter(None, [check.other]), *check.factors]:
        if name not in table:
            yield f"{check.table} has no field {name!r}"
    if check.of:
        other, _, column = check.of.partition(".")
        if other not in tables or column not in tables[other]:
            yield f"there is no {check.of!r}"

"""Read the file of framework agreements and say, entry by entry, what is wrong with it and how to mend it."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "frameworks.toml"
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FIELDS = {"code", "reference", "name", "lots", "ends_on"}
LONGEST = {"code": 40, "reference": 40, "name": 120}


class FrameworksError(Exception):
    """The file cannot be loaded. `problems` holds every fault found, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class FrameworkEntry:
    code: str
    reference: str
    name: str
    lots: tuple[str, ...]
    ends_on: datetime.date | None


def read_frameworks(path: Path = FILE) -> list[FrameworkEntry]:
    """Every entry of the file; raises `FrameworksError`."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FrameworksError([f"{path} can't be read: {error.strerror}."]) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FrameworksError([f"{path.name} is not valid TOML in UTF-8: {error}."]) from error
    tables = document.get("framework")
    if set(document) != {"framework"} or not isinstance(tables, list):
        raise FrameworksError(["The file must hold [[framework]] tables and nothing else."])
    problems = [
        f"entry {number} ({table.get('code', 'no code')}): {fault}"
        for number, table in enumerate(tables, 1)
        for fault in _faults(table)
    ]
    problems += _repeated(tables)
    if problems:
        raise FrameworksError(problems)
    return [_entry(table) for table in tables]


def _entry(table: dict[str, Any]) -> FrameworkEntry:
    return FrameworkEntry(
        code=table["code"],
        reference=table.get("reference", ""),
        name=table["name"],
        lots=tuple(table.get("lots", ())),
        ends_on=table.get("ends_on"),
    )


def _faults(table: dict[str, Any]) -> Iterator[str]:
    for name in sorted(set(table) - FIELDS):
        yield f"nothing is called {name}. Use {', '.join(sorted(FIELDS))}."
    for name, most in LONGEST.items():
        value = table.get(name, "")
        if not isinstance(value, str) or (not value.strip() and name != "reference"):
            yield f'{name} is missing. Write {name} = "..." on a line of its own.'
        elif len(value) > most:
            yield f"the {name} has {len(value)} characters. Shorten it to {most}."
    if isinstance(table.get("code"), str) and not CODE.fullmatch(table["code"]):
        yield "the code must be small letters, digits and single hyphens. Change it to that form."
    if not isinstance(table.get("ends_on", datetime.date.min), datetime.date):
        yield "ends_on must be a date without quotes, for example 2027-03-31."
    yield from wrong_lots(table.get("lots", []))


def wrong_lots(lots: Any) -> Iterator[str]:
    """What is wrong with the lots of one framework; the admin asks too."""
    if not isinstance(lots, list) or not all(isinstance(lot, str) and lot.strip() for lot in lots):
        yield 'lots must be a list of names in quotes, for example ["Lot 1: Hosting"].'
        return
    if len(set(lots)) != len(lots):
        yield "a lot stands twice. Take one of them out."
    for lot in lots:
        if len(lot) > 120:
            yield f"the lot “{lot[:40]}…” has {len(lot)} characters. Shorten it to 120."


def _repeated(tables: list[dict[str, Any]]) -> Iterator[str]:
    codes = [table.get("code") for table in tables]
    for code in sorted({str(code) for code in codes if code and codes.count(code) > 1}):
        yield f"the code {code} stands more than once. Give each framework a code of its own."

"""Read the taxonomy's data file and say, entry by entry, what is wrong with it and how to mend it."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from techmap.guessing import words_of

FILE = Path(__file__).parent / "data" / "capabilities.toml"
MOST_ALIASES = 8
LONGEST_DESCRIPTION = 160
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CPV_PREFIX = re.compile(r"[0-9]{2,8}")
HEADER = re.compile(r"\s*\[\[\s*parent(\s*\.\s*capability)?\s*\]\]")
FIELDS = {"code", "name", "description", "aliases", "cpv_prefixes"}
LISTS = ("aliases", "cpv_prefixes")


class TaxonomyError(Exception):
    """The file cannot be loaded. `problems` holds every fault found, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Entry:
    code: str
    name: str
    description: str
    aliases: tuple[str, ...]
    cpv_prefixes: tuple[str, ...]
    parent: str | None
    position: int
    place: str

    @property
    def names(self) -> list[str]:
        return [self.name, *self.aliases]


def read_taxonomy(path: Path = FILE) -> list[Entry]:
    """Every entry of the file, each parent before what it holds; raises `TaxonomyError`."""
    text = _text_of(path)
    try:
        tables = list(_tables(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise TaxonomyError([f"{path.name} is not valid TOML: {error}. Mend the quotes or brackets there."]) from error
    places = _places(text, tables)
    problems = [fault for (table, _), place in zip(tables, places, strict=True) for fault in _faults(table, place)]
    if problems:
        raise TaxonomyError(problems)
    rows = enumerate(zip(tables, places, strict=True), 1)
    entries = [_entry(table, parent, position, place) for position, ((table, parent), place) in rows]
    problems = [*_repeated_codes(entries), *clashes(entries)]
    if problems:
        raise TaxonomyError(problems)
    return entries


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TaxonomyError([f"{path.name} is not UTF-8 text (byte {error.start}). Save it again as UTF-8."]) from error
    except OSError as error:
        raise TaxonomyError([f"{path} can't be read: {error.strerror}."]) from error


def _tables(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Each table in the file's order with its parent's code; None stands for a parent itself."""
    parents = document.get("parent", [])
    if set(document) - {"parent"} or not isinstance(parents, list) or not parents:
        raise TaxonomyError(["The file must hold [[parent]] tables, each with [[parent.capability]] tables in it."])
    for parent in parents:
        children = parent.get("capability", [])
        yield {key: value for key, value in parent.items() if key != "capability"}, None
        yield from ((child, str(parent.get("code"))) for child in children)


def _places(text: str, tables: list[Any]) -> list[str]:
    """Where each entry stands: its line, as long as every entry has a heading of its own."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if HEADER.match(line)]
    if len(lines) != len(tables):
        return [f"entry {number}" for number in range(1, len(tables) + 1)]
    return [f"line {number}" for number in lines]


def _entry(table: dict[str, Any], parent: str | None, position: int, place: str) -> Entry:
    fields = {name: table[name] for name in ("code", "name", "description")}
    fields |= {name: tuple(table.get(name, ())) for name in LISTS}
    return Entry(**fields, parent=parent, position=position, place=place)


# --- What may be wrong ---------------------------------------------------------------------------


def _faults(table: dict[str, Any], place: str) -> list[str]:
    named = f"{place} ({table.get('code', 'no code')})"
    wrong_type = list(_wrong_types(table))
    return [f"{named}: {fault}" for fault in wrong_type or [*_wrong_texts(table), *wrong_lists(table)]]


def _wrong_types(table: dict[str, Any]) -> Iterator[str]:
    for name in sorted(set(table) - FIELDS):
        yield f"nothing is called {name}. Use {', '.join(sorted(FIELDS))}."
    for name in ("code", "name", "description"):
        if not isinstance(table.get(name), str) or not table[name].strip():
            yield f'{name} is missing. Write {name} = "..." on a line of its own.'
    for name in LISTS:
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            yield f'{name} must be a list of words in quotes, for example ["one", "two"].'


def _wrong_texts(table: dict[str, Any]) -> Iterator[str]:
    if not CODE.fullmatch(table["code"]) or len(table["code"]) > 60:
        yield "the code must be small letters, digits and single hyphens, at most 60. Change it to that form."
    if len(table["name"]) > 100:
        yield f"the name has {len(table['name'])} characters. Shorten it to 100."
    if not table["description"].endswith("."):
        yield "the description must end with a full stop."
    if len(table["description"]) > LONGEST_DESCRIPTION:
        yield f"the description has {len(table['description'])} characters. Shorten it to {LONGEST_DESCRIPTION}."


def wrong_lists(table: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the aliases and CPV prefixes of one entry; the admin asks too."""
    aliases, prefixes = table.get("aliases", ()), table.get("cpv_prefixes", ())
    if len(aliases) > MOST_ALIASES:
        yield f"there are {len(aliases)} aliases. Keep the {MOST_ALIASES} that people use most."
    for alias in aliases:
        if len(alias) > 60 or not words_of(alias):
            yield f"the alias “{alias}” must have letters or digits, at most 60 characters."
    for prefix in prefixes:
        if not CPV_PREFIX.fullmatch(prefix):
            yield f"the CPV prefix “{prefix}” must be 2 to 8 digits, without the check digit after the hyphen."


def _repeated_codes(entries: list[Entry]) -> Iterator[str]:
    first: dict[str, Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.code, entry)
        if other is not entry:
            yield f"{entry.place} ({entry.code}): the code is taken by {other.place}. Give one of them another code."


def clashes(entries: Iterable[Any]) -> Iterator[str]:
    """Names, aliases and CPV prefixes that point to two entries; works on file entries and on rows."""
    owners: dict[str, dict[Any, str]] = {"name or alias": defaultdict(str), "CPV prefix": defaultdict(str)}
    for entry in entries:
        for kind, keys in (
            ("name or alias", {words_of(name): name for name in [entry.name, *entry.aliases]}),
            ("CPV prefix", {prefix: prefix for prefix in entry.cpv_prefixes}),
        ):
            for key, shown in keys.items():
                other = owners[kind].setdefault(key, entry.code)
                if other != entry.code:
                    place = f"{entry.place} " if isinstance(entry, Entry) else ""
                    yield f"{place}({entry.code}): the {kind} “{shown}” belongs to {other} already. Take it out of one."

"""Whether a file follows the structure of OCDS 1.1: its JSON Schema, and ids that are used twice.

The schema is read from the standard's own archive (`standard-1__1__5.zip` and its like), never from the network.
Memory stays bounded: a release at a time.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

from portal.ocds.encodings import check_encoding
from portal.ocds.problems import Unreadable
from portal.ocds.quick import Quick
from portal.ocds.reader import stored_file, unpacked_file

LISTS = ("releases", "records")
LONGEST_SHOWN = 200  # characters of a message


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, at its path in the file."""

    path: str
    says: str

    def __str__(self) -> str:
        return f"{self.path}: {self.says}"


@dataclass
class Tree:
    """The lists of a release whose ids must differ, and what stands below each key."""

    is_unique: bool = False
    below: dict[str, Tree] = field(default_factory=dict)


class Schemas:
    """The schemas of one archive of the standard, ready to check with."""

    def __init__(self, archive: Path) -> None:
        try:
            with zipfile.ZipFile(archive) as packed:
                names = {Path(name).name: name for name in packed.namelist() if name.endswith("-schema.json")}
                self._read = {
                    name: json.loads(packed.read(names[name]))
                    for name in ("release-schema.json", "release-package-schema.json", "record-package-schema.json")
                }
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as fault:
            raise Unreadable(f"{archive} is no archive of the Open Contracting Data Standard: {fault}.") from fault

    @cached_property
    def release(self) -> Any:
        return jsonschema_rs.Draft4Validator(self._read["release-schema.json"], validate_formats=True)

    @cached_property
    def ids(self) -> Tree:
        schema = self._read["release-schema.json"]
        return _tree(schema, schema, ())

    def package(self, kind: str) -> Any:
        """For the head of a package: its list is checked item by item."""
        schema = self._read["release-package-schema.json" if kind == "releases" else "record-package-schema.json"]
        properties = schema["properties"] | {kind: {"type": "array"}}
        head = {key: value for key, value in schema.items() if key not in ("id", "$id", "definitions")}
        return jsonschema_rs.Draft4Validator(head | {"properties": properties}, validate_formats=True)


def _tree(schema: dict[str, Any], whole: dict[str, Any], seen: tuple[str, ...]) -> Tree:
    """Follow properties and references; what refers to itself is followed once."""
    reference = schema.get("$ref", "")
    if reference.startswith("#/definitions/"):
        if reference in seen:
            return Tree()
        return _tree(whole["definitions"][reference.removeprefix("#/definitions/")], whole, (*seen, reference))
    tree = Tree(bool(schema.get("uniqueItems")))
    inner = schema.get("items") if isinstance(schema.get("items"), dict) else None
    if inner:
        tree.below = _tree(inner, whole, seen).below
    for name, held in schema.get("properties", {}).items():
        found = _tree(held, whole, seen)
        if found.is_unique or found.below:
            tree.below[name] = found
    return tree


def check_file(name: str, schemas: Schemas) -> Iterator[Fault]:
    """Every structural fault of a release package, a record package, a release, a list, or JSON Lines of those.

    Plain or gzipped; `-` is standard input. Raises `Unreadable` where it is no JSON, or not to its end.
    """
    with stored_file(name) as stored, unpacked_file(stored) as file:
        quick = Quick(file, check_encoding(file))
        number = 0
        while quick.peek():
            lines = number or None
            yield from _document(quick, schemas, "" if lines is None else f"line {number + 1}: ")
            number += 1
        if not number:
            raise Unreadable("The file is empty.")


def _document(quick: Quick, schemas: Schemas, before: str) -> Iterator[Fault]:
    if quick.peek() == "[":
        for number, value in enumerate(quick.items()):
            yield from _value(value, schemas, f"{before}{number}")
        return
    if quick.peek() != "{":
        raise Unreadable(f"Expected an OCDS package or release at {quick.place}.")
    head: dict[str, Any] = {}
    kind = ""
    for key in quick.members():
        if key in LISTS and "ocid" not in head and quick.peek() == "[":
            kind, head[key] = key, []
            for number, value in enumerate(quick.items()):
                yield from _value(value, schemas, f"{before}{key}/{number}")
        else:
            head[key] = quick.value()
    if kind:
        yield from _faults(schemas.package(kind), head, before.rstrip())
    else:
        yield from _value(head, schemas, before.rstrip())


def _value(value: Any, schemas: Schemas, path: str) -> Iterator[Fault]:
    """A release, or a record with its releases."""
    if isinstance(value, dict) and ("compiledRelease" in value or ("releases" in value and "tag" not in value)):
        yield from _record(value, schemas, path)
        return
    yield from _faults(schemas.release, value, path)
    if isinstance(value, dict) and _has_twice(value, schemas.ids.below):
        yield from _twice(value, schemas.ids, path)


def _record(record: dict[str, Any], schemas: Schemas, path: str) -> Iterator[Fault]:
    if not isinstance(record.get("ocid"), str):
        yield Fault(path, '"ocid" is a required property')
    releases = record.get("releases", [])
    for number, release in enumerate(releases if isinstance(releases, list) else []):
        if isinstance(release, dict) and "ocid" in release:  # the others are links
            yield from _value(release, schemas, f"{path}/releases/{number}")
    if "compiledRelease" in record:
        yield from _value(record["compiledRelease"], schemas, f"{path}/compiledRelease")


def _faults(validator: Any, value: Any, path: str) -> Iterator[Fault]:
    for error in validator.iter_errors(value):
        if error.kind.name == "uniqueItems" and _have_ids(error.instance):
            continue  # their ids are looked at, which tells more
        parts = [path, *map(str, error.instance_path)]
        yield Fault("/".join(part for part in parts if part) or "the document", error.message[:LONGEST_SHOWN])


def _have_ids(items: Any) -> bool:
    return all(isinstance(item, dict) and "id" in item for item in items)


def _has_twice(value: dict[str, Any], below: dict[str, Tree]) -> bool:
    """Whether any id is used twice. It asks no more than that, so that sound releases, most of all, cost little."""
    for name, tree in below.items():
        held = value.get(name)
        if not held:
            continue
        items = held if isinstance(held, list) else [held]
        objects = [item for item in items if isinstance(item, dict)]
        if tree.is_unique and len(objects) > 1 and _repeats(objects):
            return True
        if tree.below and any(_has_twice(item, tree.below) for item in objects):
            return True
    return False


def _repeats(objects: list[dict[str, Any]]) -> bool:
    ids = [held for item in objects if isinstance(held := item.get("id"), str | int)]
    return len(set(ids)) < len(ids)


def _twice(value: dict[str, Any], tree: Tree, path: str) -> Iterator[Fault]:
    """Objects of one list that have the same id."""
    for name, below in tree.below.items():
        held = value.get(name)
        if isinstance(held, dict):
            yield from _twice(held, below, f"{path}/{name}")
        elif isinstance(held, list):
            yield from _of_list(held, below, f"{path}/{name}")


def _of_list(items: list[Any], tree: Tree, path: str) -> Iterator[Fault]:
    seen = set()
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            continue
        if tree.is_unique and isinstance(item.get("id"), str | int):
            if item["id"] in seen:
                yield Fault(f"{path}/{number}/id", f"“{str(item['id'])[:60]}” is the id of an earlier object too")
            seen.add(item["id"])
        if tree.below:
            yield from _twice(item, tree, f"{path}/{number}")

"""Which table a sheet is, and which field each of its columns: by label or name, whatever the case."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reporting.standards import Field, Standard, Table


@dataclass(frozen=True)
class HeadingFault:
    """What is wrong or odd with a heading. `place` counts from 1; None where the heading is not there."""

    check: str
    severity: str
    heading: str
    place: int | None
    says: str
    mend: str


@dataclass
class Layout:
    """One sheet's columns: for each field by name its place, from 0."""

    table: Table
    sheet: str
    row: int = 1  # of the heading
    places: dict[str, int] = field(default_factory=dict)
    headings: list[str] = field(default_factory=list)
    faults: list[HeadingFault] = field(default_factory=list)

    @property
    def errors(self) -> list[HeadingFault]:
        return [fault for fault in self.faults if fault.severity == "error"]

    @property
    def lacking(self) -> frozenset[str]:
        """Fields whose heading is at fault: that their cells are empty is not said for each row again."""
        return frozenset(fault.heading for fault in self.errors)

    def heading_of(self, item: Field) -> tuple[str, int | None]:
        """As the sheet has it, and its place from 1."""
        place = self.places.get(item.name)
        if place is None:
            return item.label, None
        return (self.headings[place] if place < len(self.headings) else item.label), place + 1


def folded(text: Any) -> str:
    return " ".join(str(text).split()).casefold()


def table_named(name: str, standard: Standard) -> Table | None:
    """By its label or name; a file's by what stands before the ending."""
    stem = posixpath.basename(name)
    stem = stem[:-4] if stem.lower().endswith(".csv") else stem
    wanted = folded(stem)
    return next((table for table in standard.tables if wanted in (folded(table.label), folded(table.name))), None)


def table_by_headings(row: Sequence[Any], standard: Standard) -> Table | None:
    """The table with most of these headings among its own columns, beside the keys; None where none has any."""
    given = {folded(cell) for cell in row if cell is not None}
    keys = {item.name for item in standard.keys}

    def fitting(table: Table) -> int:
        own = [item for item in table.fields if item.name not in keys]
        return sum(1 for item in own if given & {folded(item.label), folded(item.name)})

    best = max(standard.tables, key=fitting)
    return best if fitting(best) else None


def layout_of(table: Table, sheet: str, number: int, row: Sequence[Any], standard: Standard) -> Layout:
    """Read a heading row, with everything that is wrong with it."""
    layout = Layout(table, sheet, number, headings=["" if cell is None else str(cell).strip() for cell in row])
    columns = standard.columns(table)
    known = {folded(text): item for item in reversed(columns) for text in (item.name, item.label)}
    for place, heading in enumerate(layout.headings):
        item = known.get(folded(heading))
        if item is None:
            if heading:
                layout.faults.append(_unknown(table, heading, place))
        elif item.name in layout.places:
            layout.faults.append(_double(heading, place))
        else:
            layout.places[item.name] = place
    needed = {item.name for item in columns if item.required and not item.unless_nil}
    layout.faults += [_missing(item) for item in columns if item.name in needed - set(layout.places)]
    return layout


def _unknown(table: Table, heading: str, place: int) -> HeadingFault:
    says = f"The column “{heading[:80]}” is not one of the table “{table.label}”, so we did not read it"
    return HeadingFault("unknown-heading", "note", heading, place + 1, says, "Rename it if it is one of the template's")


def _double(heading: str, place: int) -> HeadingFault:
    says = f"Two columns have the heading “{heading[:80]}”"
    return HeadingFault("double-heading", "error", heading, place + 1, says, "Take one of them out, or rename it")


def _missing(item: Field) -> HeadingFault:
    says, mend = f"The column “{item.label}” is missing", f"Add a column with the heading {item.label}"
    return HeadingFault("missing-heading", "error", item.name, None, says, mend)


def lay_out_json(table: Table, standard: Standard) -> Layout:
    """A table of JSON as if it were a sheet."""
    columns = standard.columns(table)
    places = {item.name: place for place, item in enumerate(columns)}
    return Layout(table, table.label, 1, places, [item.name for item in columns])

"""One attempt to read a file: every row to its return, checked as it passes, and written in pieces.

All of it happens in one transaction of the caller, so that a worker that is killed leaves nothing; how far it is, is
said through `tick`, outside that transaction. Memory holds a piece of rows, and of each return its sums.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import IO, Any

from django.conf import settings

from reporting.choices import FoundState
from reporting.models import FoundReturn, FoundRow, Upload
from reporting.standards import RETURN, Field, Standard
from reporting.standards.filing import Filing, Row
from reporting.standards.values import Unfit, Value, as_json, as_words, reader
from reporting.uploads.copying import RowCopier
from reporting.uploads.layout import Layout, lay_out_json, layout_of, table_by_headings, table_named
from reporting.uploads.objects import Item, JsonFile, one_value
from reporting.uploads.portal import Portal
from reporting.uploads.reading import check_version, open_source
from reporting.uploads.saying import Sayer
from reporting.uploads.sheets import MOST_SHEETS, Broken, Sheet, Source, Unreadable, too_many_rows, too_many_sheets
from reporting.uploads.sheets import Row as SheetRow
from reporting.uploads.targets import Against, Target, Targets, with_head

RETURNS_AT_ONCE = 500
TICK_ROWS = 200  # between two looks at the clock
MOST_RAW_KEYS = 20_000
MOST_BLANK = 1_000_000  # rows with nothing but blanks
MOST_UNKNOWN = 50  # fields of one row that are said
Tick = Callable[[int, int | None], None]
NONE: list[str] = []


@dataclass
class _Plan:
    """How the rows of one sheet are read by one standard."""

    readers: list[tuple[Field, str, int, Callable[[Any], Value]]]
    strangers: list[tuple[Field, int]] = field(default_factory=list)  # fields that the framework does not ask for


class Ingest:
    """`run` reads the file; then `rows`, `errors` and `questions` count what was found."""

    def __init__(self, upload: Upload, file: IO[bytes], tick: Tick) -> None:
        self.upload, self._tick_to = upload, tick
        self.rows = self._blank = self._items = 0
        self._expected: int | None = None
        self._source = open_source(file, upload.format, upload.name, self._beat)
        self._copier, self._findings = RowCopier(), Sayer(upload)
        self._layouts: list[Layout] = []
        self._plans: dict[tuple[int, int], _Plan] = {}
        self._kept_alive: list[Any] = []  # what `_plans` knows by its id

    @property
    def errors(self) -> int:
        return self._findings.errors

    @property
    def questions(self) -> int:
        return self._findings.questions

    def run(self) -> None:
        """Raises `Unreadable` where the file cannot be read to its end."""
        source = self._source
        heads = source.heads(self._tick) if isinstance(source, JsonFile) else []
        check_version(version := source.version())
        self._portal = Portal(self.upload.supplier, version)
        self.version, self._findings.keys = self._portal.version, self._portal.wide.keys
        self._targets = Targets(self.upload, self._portal)
        if source.note:
            self._findings.add(None, "encoding", "note", self.upload.name, 0, ("", None), source.note, "")
        if isinstance(source, JsonFile):
            self._read_objects(source, heads)
        else:
            self._read_sheets(source)
        check_version(source.version())
        self._end()

    def _tick(self) -> None:
        if self.rows > settings.RETURNS_UPLOAD_ROWS:
            raise too_many_rows(settings.RETURNS_UPLOAD_ROWS)
        if self._blank > MOST_BLANK:
            raise Unreadable(f"The file has more than {MOST_BLANK:,} blank rows. Take them out, and upload it again.")
        done = self._source.done()
        self._expected = max(self.rows, round(self.rows / done)) if done else None
        self._beat()

    def _beat(self) -> None:
        """Given by the readers too, which may pass over much that is no row."""
        self._tick_to(self.rows, self._expected)

    # --- Sheets ---

    def _read_sheets(self, source: Source) -> None:
        names = []
        for sheet in source.sheets():
            names.append(sheet.name)
            if len(names) > MOST_SHEETS:
                raise too_many_sheets()
            if layout := self._lay_out(sheet):
                self._layouts.append(layout)
                self._findings.add_heading_faults(layout)
                if all(item.name in layout.places for item in self._portal.wide.keys):
                    self._read_rows(layout, sheet.rows)
        if not self._layouts:
            known = ", ".join(table.label for table in self._portal.wide.tables)
            raise Unreadable(
                f"We know none of its tables: {', '.join(names)[:200] or 'it holds none'}. A sheet or CSV file is "
                f"named as in the template: {known}. Its first row holds the headings."
            )
        given = {layout.table.name for layout in self._layouts}
        for target in self._targets:
            target.tables |= given

    def _lay_out(self, sheet: Sheet) -> Layout | None:
        number, heading = next(sheet.rows, (0, Broken("")))
        if isinstance(heading, Broken):
            return None
        wide = self._portal.wide
        table = table_named(sheet.name, wide)
        if table is None and self.upload.format == "csv":
            table = table_by_headings(heading, wide)
        if table is None:
            says = f"“{sheet.name[:80]}” is not one of the standard's tables, so we did not read it"
            mend = "Give it the name that it has in the template, if it is one of them"
            self._findings.add(None, "unknown-sheet", "note", sheet.name, 0, ("", None), says, mend)
            return None
        return layout_of(table, sheet.name, number, heading, wide)

    def _read_rows(self, layout: Layout, rows: Iterable[SheetRow]) -> None:
        contract_at, period_at = (layout.places[item.name] for item in self._portal.wide.keys)
        width = len(layout.headings)
        seen: dict[Any, Target] = {}
        for number, cells in rows:
            self.rows += 1
            if not self.rows % TICK_ROWS:
                self._tick()
            if isinstance(cells, Broken):
                mend = "See that quotes are closed and doubled inside a cell"
                self._findings.add(
                    None, "broken-row", "error", layout.sheet, number, ("", None), cells.says, mend, value=cells.text
                )  # fmt: skip
                continue
            if len(cells) < width:
                cells.extend([None] * (width - len(cells)))
            raw = (cells[contract_at], cells[period_at])
            target = seen.get(raw)
            if target is None:
                if raw in _BLANK and self._pass_over(cells):
                    continue
                target = self._target_of(layout, number, raw)
                if len(seen) < MOST_RAW_KEYS and target.found:
                    seen[raw] = target
            self._take(target, layout, number, cells)

    def _pass_over(self, cells: list[Any]) -> bool:
        """Whether the row is blank. It is not counted with the others; but it takes its time too."""
        if not all(cell is None or not str(cell).strip() for cell in cells):
            return False
        self.rows -= 1
        self._blank += 1
        if not self._blank % TICK_ROWS:
            self._tick()
        return True

    # --- JSON ---

    def _read_objects(self, source: JsonFile, heads: list[dict[str, Any]]) -> None:
        tables = {table.name: lay_out_json(table, self._portal.wide) for table in self._portal.wide.tables}
        rows = dict.fromkeys(tables, 1)
        now, target = 0, self._targets.stray
        keys = [item.name for item in self._portal.wide.keys]
        for item in source.items():
            self._items += 1
            if not self._items % TICK_ROWS:
                self._tick()
            if item.returned != now:
                now = item.returned
                layout = tables[RETURN]
                raw = tuple(heads[now - 1].get(key) for key in keys)
                target = self._target_of(layout, rows[RETURN] + 1, raw)
                if target.found and target.tables:
                    self._findings.report(target, layout, rows[RETURN] + 1, _twice(target))
            if item.table not in tables:
                says = f"“{item.table[:40]}” is not a table of the standard"
                self._findings.report(
                    target, tables[RETURN], rows[RETURN] + 1, Against("unknown-table", says, "Take it out")
                )
                continue
            target.tables.add(item.table)
            if item.number:
                self.rows += 1
                rows[item.table] += 1
                self._take_item(target, tables[item.table], rows[item.table], item, raw)

    def _take_item(self, target: Target, layout: Layout, number: int, item: Item, raw: Any) -> None:
        row = item.row
        if not isinstance(row, dict):
            says = "Here an object with the row's fields is needed"
            self._findings.report(target, layout, number, Against("broken-row", says, "See the JSON Schema", field=""))
            return
        for name in islice(row.keys() - layout.places.keys(), MOST_UNKNOWN):
            says = f"“{str(name)[:40]}” is not a field of this table"
            self._findings.report(target, layout, number, Against("unknown-field", says, "Take it out", field=""))
        cells = [one_value(row.get(name)) for name in layout.places]
        for key, value in zip(self._portal.wide.keys, raw, strict=True):
            cells[layout.places[key.name]] = value
        self._take(target, layout, number, cells)

    # --- A row ---

    def _target_of(self, layout: Layout, number: int, raw: Any) -> Target:
        """The return that the row is of. One whose keys cannot be read is of none."""
        keys: list[Any] = []
        for item, cell in zip(self._portal.wide.keys, raw, strict=True):
            try:
                keys.append(reader(item, None)(cell))
            except Unfit as unfit:
                self._findings.say(None, layout, number, item, "unreadable", "error", cell, str(unfit), str(unfit))
                return self._targets.stray
            if keys[-1] is None:
                self._findings.say(
                    None, layout, number, item, "missing", "error", "", f"{item.label} is missing", item.help
                )
        if not all(keys) or not isinstance(keys[1], date):
            return self._targets.stray
        target, against = self._targets.get(str(keys[0]), keys[1])
        target.first = target.first or (layout, number)
        for one in against:
            self._findings.report(target, layout, number, one)
        target.errors += len(layout.errors)
        return target

    def _take(self, target: Target, layout: Layout, number: int, cells: list[Any]) -> None:
        table = layout.table.name
        target.counts[table] += 1
        row = target.counts[table]
        plan = self._plans.get((id(target.standard), id(layout))) or self._plan(target.standard, layout)
        values, faulty = self._values(target, layout, number, cells, plan)
        if target.found is None:
            return
        if table == RETURN:
            self._take_head(target, layout, number, row, values)
            if row > 1:
                return
        for finding in target.checker.row(table, row, values):
            if finding.field not in layout.lacking and finding.field not in faulty:
                self._findings.say_finding(target, layout, number, finding)
        if not target.errors and table != RETURN:
            self._copier.add(target.found.pk, table, row, number, values)
        self._flush_if_full()

    def _values(
        self, target: Target, layout: Layout, number: int, cells: list[Any], plan: _Plan
    ) -> tuple[dict[str, Value], Collection[str]]:
        """The row's values, and the fields of it that cannot be read, each of which is said."""
        values: dict[str, Value] = {}
        faulty: list[str] = NONE
        for item, name, place, read_cell in plan.readers:
            try:
                values[name] = read_cell(cells[place])
            except Unfit as unfit:
                values[name] = None
                faulty = [*faulty, name]
                self._findings.say_unreadable(target, layout, number, item, cells[place], str(unfit))
        for item, place in plan.strangers:
            if cells[place] is not None and str(cells[place]).strip():
                self._findings.say_stranger(target, layout, number, item)
        return values, faulty

    def _flush_if_full(self) -> None:
        if self._copier.is_full:
            self._copier.flush()
        if self._findings.is_full:
            self._findings.flush()

    def _plan(self, standard: Standard, layout: Layout) -> _Plan:
        table = standard.table(layout.table.name)
        readers = [
            (item, item.name, layout.places[item.name], reader(item, standard.codes.get(item.codes)))
            for item in table.fields
            if item.name in layout.places
        ]
        keys = {item.name for item in standard.keys}
        strangers = [
            (item, layout.places[item.name])
            for item in layout.table.fields
            if item.name in layout.places and item.name not in table and item.name not in keys
        ]
        self._kept_alive += [standard, layout]
        plan = self._plans[id(standard), id(layout)] = _Plan(readers, strangers)
        return plan

    def _take_head(self, target: Target, layout: Layout, number: int, row: int, values: dict[str, Value]) -> None:
        if row > 1:
            self._findings.report(target, layout, number, _twice(target))
            return
        target.head_place = (layout, number)
        target.head = {name: as_json(value) for name, value in with_head(target, values).items()}
        filed, ends = target.filed, values.get("period_end")
        if filed and ends is not None and ends != filed.period_end:
            item = layout.table.field("period_end")
            ends_on = as_words(filed.period_end, item, None)
            says, mend = "This is not the last day of the period", f"Enter {ends_on}"
            self._findings.say(
                target, layout, number, item, "period-end", "error", as_words(ends, item, None), says, mend
            )

    # --- The end ---

    def _end(self) -> None:
        ended = iter(self._targets)
        while some := list(islice(ended, RETURNS_AT_ONCE)):
            stored = self._portal.filings([target.filed for target in some if target.filed])
            for target in some:
                self._end_of(target, stored.get(target.filed.pk) if target.filed else None)
            self._tick()
            self._flush_if_full()
        self._copier.flush()
        self._findings.flush()
        returns = [target.found for target in self._targets if target.found]
        if not returns and not self.errors:
            raise Unreadable("The file holds no returns. Fill in the template, and upload that.")
        FoundReturn.objects.bulk_create(returns, batch_size=RETURNS_AT_ONCE)
        bad = FoundReturn.objects.filter(upload=self.upload, state=FoundState.BAD)
        FoundRow.objects.filter(found__in=bad).delete()

    def _end_of(self, target: Target, stored: Filing | None) -> None:
        if stored is not None:
            self._fill_up(target, stored)
        place = target.head_place or target.first
        assert place is not None  # noqa: S101 - a target is made by its first row
        layout, number = place
        of = {check.id: check.of for check in target.standard.checks}
        for finding in target.checker.end():
            if of[finding.check] not in target.unsure and finding.field not in layout.lacking:
                self._findings.say_finding(target, layout, number, finding)
        found = target.found
        if found is None:
            return
        found.state = FoundState.BAD if target.errors else FoundState.GOOD
        found.why_not = "" if not target.errors else "It has errors"
        found.head, found.rows = target.head, sum(target.counts.values())
        found.tables = sorted(target.tables)
        found.errors_found, found.questions_found = target.errors, target.questions

    def _fill_up(self, target: Target, stored: Filing) -> None:
        """What the file leaves out stays as it is in the draft, and the checks see it."""
        layout, number = target.first  # type: ignore[misc]
        if target.head_place is None:
            if "nil_return" not in target.filed.data:  # type: ignore[union-attr]
                says = "The return itself has no row, only lines"
                mend = "Add its row to the table “Return”, with the same contract number and period"
                self._findings.report(target, layout, number, Against("no-return-row", says, mend))
                return
            self._check_stored(target, RETURN, stored.rows[RETURN])
        for table in target.standard.tables:
            if table.name not in target.tables and table.name != RETURN:
                self._check_stored(target, table.name, stored.rows.get(table.name, ()))

    def _check_stored(self, target: Target, table: str, rows: Iterable[Row]) -> None:
        layout = Layout(target.standard.table(table), target.standard.table(table).label, 0)
        for number, row in enumerate(rows, start=1):
            for finding in target.checker.row(table, number, row):
                self._findings.say_finding(target, layout, 0, finding)


_BLANK = {(first, second) for first in (None, "") for second in (None, "")}


def _twice(target: Target) -> Against:
    says = "The file holds two returns for this contract and period"
    return Against("return-twice", says, "Leave one of them")


def read_file(upload: Upload, file: IO[bytes], tick: Tick) -> Ingest:
    ingest = Ingest(upload, file, tick)
    ingest.run()
    return ingest

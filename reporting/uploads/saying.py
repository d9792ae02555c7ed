"""Saying what was found, at its sheet, row and column, and counting it against the return that it is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reporting.standards import Field
from reporting.standards.filing import Finding
from reporting.uploads.copying import FindingCopier
from reporting.uploads.layout import Layout
from reporting.uploads.targets import Against, Target


class Sayer(FindingCopier):
    """Each call says one thing. `keys` are the fields that say which return a row is of."""

    keys: Sequence[Field] = ()

    def say_unreadable(self, target: Target, layout: Layout, number: int, item: Field, cell: Any, says: str) -> None:
        target.unsure.add(f"{layout.table.name}.{item.name}")
        self.say(target, layout, number, item, "unreadable", "error", cell, says, says)

    def say_stranger(self, target: Target, layout: Layout, number: int, item: Field) -> None:
        says = f"The framework of this contract does not ask for “{item.label}”, so we did not read it"
        self.say(target, layout, number, item, "not-asked-for", "note", "", says, "Leave it empty")

    def say_finding(self, target: Target, layout: Layout, number: int, finding: Finding) -> None:
        item = target.standard.table(finding.table).field(finding.field)
        self.say(
            target, layout, number, item, finding.check, finding.severity, finding.value, finding.says, finding.mend,
            row=finding.row,
        )  # fmt: skip

    def report(self, target: Target, layout: Layout, number: int, against: Against) -> None:
        item = next((one for one in self.keys if one.name == against.field), None)
        value = ""
        if target.found and item:
            value = target.found.contract_number if item.name == "contract_id" else str(target.found.period_start)
        self.say(target, layout, number, item, against.check, against.severity, value, against.says, against.mend)

    def say(
        self, target: Target | None, layout: Layout, number: int, item: Field | None, check: str, severity: str,
        value: Any, says: str, mend: str, *, row: int | None = None,
    ) -> None:  # fmt: skip
        found = target.found if target else None
        if target:
            target.errors += severity == "error"
            target.questions += severity == "question"
        table = layout.table.name
        if row is None:
            row = target.counts[table] if found and target else 0
        self.add(
            found.pk if found else None, check, severity, layout.sheet, number,
            layout.heading_of(item) if item else ("", None), says, mend,
            table=table, row=row, field=item.name if item else "", value=value,
        )  # fmt: skip

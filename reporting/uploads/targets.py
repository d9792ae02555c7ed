"""Which return each row of a file is of, and what stands against keeping it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from portal.govuk.formats import day as day_words
from portal.sheets import clean_text
from reporting.choices import ReturnState
from reporting.models import FoundReturn, Return, Upload
from reporting.standards import Standard
from reporting.standards.filing import Checker, Known
from reporting.standards.values import Value
from reporting.uploads.layout import Layout, folded
from reporting.uploads.portal import Held, Portal
from reporting.uploads.sheets import MOST_RETURNS, too_many_returns


@dataclass(frozen=True)
class Against:
    """Why a return cannot be kept, or something to know first."""

    check: str
    says: str
    mend: str
    severity: str = "error"
    field: str = "contract_id"


@dataclass
class Target:
    """One return of the file, while its rows come. `found` is None for rows of which nobody knows whose they are."""

    standard: Standard
    checker: Checker
    found: FoundReturn | None = None
    filed: Return | None = None
    first: tuple[Layout, int] | None = None  # where its first row stands
    head_place: tuple[Layout, int] | None = None
    counts: Counter[str] = field(default_factory=Counter)  # rows, by table
    tables: set[str] = field(default_factory=set)  # that its part of the file holds, with rows or without
    errors: int = 0
    questions: int = 0
    unsure: set[str] = field(default_factory=set)  # "table.column" with a cell that could not be read
    head: dict[str, Any] = field(default_factory=dict)  # its own row, as it will be stored


class Targets:
    """The returns that a file holds, each made when its first row comes."""

    def __init__(self, upload: Upload, portal: Portal) -> None:
        self._upload, self._portal = upload, portal
        self._by_key: dict[tuple[str, date], Target] = {}
        self.stray = Target(portal.wide, Checker(portal.wide, Known()))

    def __iter__(self) -> Iterator[Target]:
        return iter(self._by_key.values())

    def get(self, number: str, period: date) -> tuple[Target, list[Against]]:
        """The target; and, the first time, what stands against it."""
        key = (folded(number), period)
        if key in self._by_key:
            return self._by_key[key], []
        if len(self._by_key) >= MOST_RETURNS:
            raise too_many_returns(MOST_RETURNS)
        filed, against = self._find(number, period)
        target = self._by_key[key] = self._new(number, period, filed)
        return target, against

    def _new(self, number: str, period: date, filed: Return | None) -> Target:
        standard, known = self._portal.wide, Known()
        if filed is not None:
            standard, known = self._portal.standard_of(filed), self._portal.known(filed)
        # It is stored with all the others at the end of the file; its rows and findings name it before.
        found = FoundReturn(
            pk=self._portal.new_key(), upload=self._upload, contract_number=clean_text(number)[:60],
            period_start=period, filed=filed, filed_version=filed.version if filed else None,
        )  # fmt: skip
        return Target(standard, Checker(standard, known), found, filed)

    def _find(self, number: str, period: date) -> tuple[Return | None, list[Against]]:
        """The return that the portal waits for, or why there is none. Another supplier's contract is not known."""
        pks = self._portal.contracts_named(number)
        if not pks:
            says = "No contract of yours has this number"
            mend = "Enter the number on the contract's page, or its reference, which begins with c"
            return None, [Against("unknown-contract", says, mend)]
        if len(pks) > 1:
            says = "Several of your contracts have this number"
            return None, [Against("which-contract", says, "Enter the contract's reference, which begins with c")]
        held = self._portal.contract(pks[0])
        filed = held.unfiled.get(period)
        return (filed, list(self._to_know(filed))) if filed else (None, [self._none_due(held, period)])

    def _none_due(self, held: Held, period: date) -> Against:
        if period in held.standing:
            when = timezone.localtime(held.standing[period][1]).date()
            says = f"The return for this period was submitted on {day_words(when)}"
            return Against("submitted", says, "Start a correction of it first, then upload the file again")
        periods = sorted({*held.unfiled, *held.standing})
        if not periods:
            return Against("not-due", "No return is asked for on this contract yet", "Take its rows out", "error",
                           "period_start")  # fmt: skip
        nearest = min(periods, key=lambda start: abs(start - period))
        mend = f"Enter the first day of one of its periods, for example {day_words(nearest)}"
        return Against("not-due", "The contract has no return due for this period", mend, "error", "period_start")

    def _to_know(self, filed: Return) -> Iterator[Against]:
        if filed.standard != self._portal.version:
            yield Against(
                "other-version",
                f"The return is kept by version {filed.standard} of the standard, the file by {self._portal.version}",
                f"Download the template of version {filed.standard} and fill that in",
            )
        is_begun = filed.started_at and filed.state != ReturnState.DUE
        if is_begun and (filed.replaces_id is None or filed.version > 1):
            when = day_words(timezone.localtime(filed.started_at).date())
            yield Against(
                "draft-in-work",
                f"You or a colleague began this return here on {when}",
                "If you keep it from the file, the file's words take the place of those",
                "note",
            )


def with_head(target: Target, values: dict[str, Value]) -> dict[str, Any]:
    """The return's own row as it is stored: without the keys, which the portal knows."""
    keys = {item.name for item in target.standard.keys}
    return {name: value for name, value in values.items() if name not in keys and value is not None}

"""Which return each row of a file is of, and what stands against keeping it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from portal.govuk.formats import day as day_words
from portal.organisations.models import Organisation
from portal.sheets import clean_text
from reporting import standards
from reporting.choices import STANDING, UNFILED, ContractState, ReturnState
from reporting.models import Contract, FoundReturn, Return, Upload
from reporting.queries.returns import known_of
from reporting.queries.standards import FrameworkFields
from reporting.standards import Standard
from reporting.standards.filing import Checker, Known
from reporting.standards.values import Value
from reporting.uploads.layout import Layout, folded
from reporting.uploads.sheets import Unreadable

MOST_RETURNS = 5_000  # in one file


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


class Portal:
    """What the portal holds of one supplier's contracts and returns, read as it is asked for."""

    def __init__(self, supplier: Organisation, version: str | None) -> None:
        self.version = version or standards.latest().version
        contracts = Contract.objects.filter(supplier=supplier).exclude(state=ContractState.DRAFT)
        self._by_name: dict[str, list[int]] = {}
        texts: set[str] = set()
        for pk, number, reference, framework in contracts.values_list("pk", "number", "reference", "framework"):
            texts.add(framework)
            for name in {folded(number), folded(reference)}:
                self._by_name.setdefault(name, []).append(pk)
        self.frameworks = FrameworkFields.named(texts)
        self.wide = self.frameworks.wide_standard(self.version, sorted(texts))
        self._contracts: dict[int, Contract] = {}
        self._returns: dict[int, dict[date, list[Return]]] = {}

    def contracts_named(self, name: str) -> list[int]:
        return self._by_name.get(folded(name), [])

    def contract(self, pk: int) -> Contract:
        if pk not in self._contracts:
            self._contracts[pk] = Contract.objects.get(pk=pk)
        return self._contracts[pk]

    def returns_of(self, pk: int, period: date) -> list[Return]:
        if pk not in self._returns:
            by_period = self._returns[pk] = {}
            for one in Return.objects.filter(contract=pk, state__in=UNFILED | STANDING).order_by("revision"):
                by_period.setdefault(one.period_start, []).append(one)
        return self._returns[pk].get(period, [])

    def periods_of(self, pk: int) -> Iterable[date]:
        self.returns_of(pk, date.min)
        return self._returns[pk]


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
            raise Unreadable(f"The file holds more than {MOST_RETURNS:,} returns. Split it, and upload each part.")
        filed, against = self._find(number, period)
        target = self._by_key[key] = self._new(number, period, filed)
        return target, against

    def _new(self, number: str, period: date, filed: Return | None) -> Target:
        standard, known = self._portal.wide, Known()
        if filed is not None:
            framework = filed.contract.framework
            standard = self._portal.frameworks.standard_for(filed.standard, framework, filed.period_start)
            known = known_of(filed)
        found = FoundReturn.objects.create(
            upload=self._upload, contract_number=clean_text(number)[:60], period_start=period, filed=filed,
            filed_version=filed.version if filed else None,
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
        returns = self._portal.returns_of(pks[0], period)
        filed = next((one for one in returns if one.state in UNFILED), None)
        if filed is None:
            return None, [self._none_due(pks[0], period, returns)]
        filed.contract = self._portal.contract(pks[0])
        return filed, list(self._to_know(filed))

    def _none_due(self, pk: int, period: date, returns: list[Return]) -> Against:
        if returns:
            when = timezone.localtime(returns[-1].submitted_at).date()  # type: ignore[arg-type]
            says = f"The return for this period was submitted on {day_words(when)}"
            return Against("submitted", says, "Start a correction of it first, then upload the file again")
        periods = list(self._portal.periods_of(pk))
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

"""What the portal holds of one supplier's contracts and returns, read for many of them at once.

Most files name few of many contracts. So the first is read alone, and each time that another is asked for, twice as
many as the time before, in the order of their numbers: few queries for many, and little that nobody asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection

from portal.organisations.models import Organisation
from reporting import standards
from reporting.choices import STANDING, UNFILED, ContractState
from reporting.models import BaselineMilestone, Contract, FoundReturn, Return
from reporting.queries.returns import stored_filings
from reporting.queries.standards import FrameworkFields
from reporting.standards import Standard
from reporting.standards.filing import Filing, Known
from reporting.uploads.layout import folded

MOST_AT_ONCE = 500  # contracts, or numbers of rows


@dataclass
class Held:
    """One contract with its returns, by the first day of their periods."""

    contract: Contract
    periods: set[date] = field(default_factory=set)  # of all its returns
    baselines: dict[str, date] = field(default_factory=dict)
    unfiled: dict[date, Return] = field(default_factory=dict)
    standing: dict[date, tuple[int, datetime]] = field(default_factory=dict)  # the return, and when it was submitted

    def before(self, period: date) -> int | None:
        """The return that stands for the period just before."""
        earlier = [start for start in self.standing if start < period]
        return self.standing[max(earlier)][0] if earlier else None


class Portal:
    def __init__(self, supplier: Organisation, version: str | None) -> None:
        self.version = version or standards.latest().version
        contracts = Contract.objects.filter(supplier=supplier).exclude(state=ContractState.DRAFT).order_by("number")
        self._by_name: dict[str, list[int]] = {}
        self._unread: dict[int, None] = {}
        texts: set[str] = set()
        for pk, number, reference, framework in contracts.values_list("pk", "number", "reference", "framework"):
            texts.add(framework)
            self._unread[pk] = None
            for name in {folded(number), folded(reference)}:
                self._by_name.setdefault(name, []).append(pk)
        self.frameworks = FrameworkFields.named(texts)
        self.wide = self.frameworks.wide_standard(self.version, sorted(texts))
        self._held: dict[int, Held] = {}
        self._filings: dict[int, Filing] = {}  # of returns that others are compared with
        self._next, self._keys = 1, _Keys()

    def contracts_named(self, name: str) -> list[int]:
        return self._by_name.get(folded(name), [])

    def new_key(self) -> int:
        """For a return of the file, which is stored at the end."""
        return self._keys.take()

    def contract(self, pk: int) -> Held:
        if pk not in self._held:
            self._read(pk)
        return self._held[pk]

    def standard_of(self, filed: Return) -> Standard:
        return self.frameworks.standard_for(filed.standard, filed.contract.framework, filed.period_start)

    def known(self, filed: Return) -> Known:
        """As `known_of`."""
        held = self.contract(filed.contract_id)
        before = held.before(filed.period_start)
        return Known(
            periods=sorted(held.periods),
            current_value=held.contract.current_value,
            baselines=held.baselines,
            previous=self._filings.get(before) if before else None,
        )

    def filings(self, returns: Sequence[Return]) -> dict[int, Filing]:
        """What is stored of each, by its key."""
        return stored_filings([(filed, self.standard_of(filed)) for filed in returns])

    def _read(self, pk: int) -> None:
        """This contract, and those after it that were not read."""
        pks = [pk, *(other for other in self._following(pk))]
        self._next = min(MOST_AT_ONCE, self._next * 2)
        for one in pks:
            self._unread.pop(one)
        read = {one.pk: Held(one) for one in Contract.objects.filter(pk__in=pks)}
        for contract, number, due in BaselineMilestone.objects.filter(contract__in=pks).values_list(
            "contract_id", "number", "due"
        ):
            read[contract].baselines[number] = due
        for filed in Return.objects.filter(contract__in=pks, state__in=UNFILED):
            filed.contract = read[filed.contract_id].contract
            read[filed.contract_id].unfiled[filed.period_start] = filed
        self._read_filed(read)
        self._held |= read
        self._read_before(read)

    def _following(self, pk: int) -> list[int]:
        unread = list(self._unread)
        at = unread.index(pk) + 1
        return (unread[at:] + unread[: at - 1])[: self._next - 1]

    @staticmethod
    def _read_filed(read: dict[int, Held]) -> None:
        """Of what was filed only when, because there may be years of it."""
        returns = Return.objects.filter(contract__in=read).order_by("revision")
        for pk, contract, start, state, submitted_at in returns.values_list(
            "pk", "contract_id", "period_start", "state", "submitted_at"
        ):
            held = read[contract]
            held.periods.add(start)
            if state in STANDING and submitted_at:
                held.standing[start] = (pk, submitted_at)

    def _read_before(self, read: dict[int, Held]) -> None:
        pks = [pk for held in read.values() for start in held.unfiled if (pk := held.before(start))]
        returns = list(Return.objects.filter(pk__in=pks))
        for filed in returns:
            filed.contract = self._held[filed.contract_id].contract
        self._filings |= self.filings(returns)


class _Keys:
    """Numbers for new rows, taken from the database for many at once."""

    def __init__(self) -> None:
        self._free: list[int] = []
        self._next = 1

    def take(self) -> int:
        if not self._free:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                    [FoundReturn._meta.db_table, self._next],
                )
                self._free = sorted((key for (key,) in cursor.fetchall()), reverse=True)
            self._next = min(MOST_AT_ONCE, self._next * 2)
        return self._free.pop()

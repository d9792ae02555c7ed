"""Reading contracts and returns: a return as a filing, and what is known beside it."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Count

from reporting.models import Return, ReturnLine
from reporting.queries.standards import standard_of
from reporting.standards import RETURN, Standard, Table
from reporting.standards.filing import Filing, Known, Row, RowReader, read, read_row

CHUNK = 2000  # rows that are in memory at once
FEW = 20  # lines of a return that are read together with those of others


def filing_of(filed: Return) -> Filing:
    """The return's tables as values, read by the standard that it is pinned to: one query."""
    given: dict[str, list[Mapping[str, Any]]] = {RETURN: [_head_cells(filed)]}
    for table, data in filed.lines.order_by("table", "number").values_list("table", "data"):
        given.setdefault(table, []).append(data)
    filing, _ = read(standard_of(filed), given)
    return filing


def _head_cells(filed: Return) -> dict[str, Any]:
    return {
        **filed.data,
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
        "nil_return": filed.is_nil if "nil_return" in filed.data or filed.submitted_at else None,
    }


class StoredRows(Collection[Row]):
    """The rows of one table of a return, read from the database each time that they are gone through, and not kept."""

    def __init__(self, filed: Return, table: Table, standard: Standard) -> None:
        self._filed, self._table, self._standard = filed, table, standard

    def __iter__(self) -> Iterator[Row]:
        read_cells = RowReader(self._table, self._standard)
        lines = self._filed.lines.filter(table=self._table.name).order_by("number")
        for data in lines.values_list("data", flat=True).iterator(chunk_size=CHUNK):
            yield read_cells(data)[0]

    def __len__(self) -> int:
        return self._filed.lines.filter(table=self._table.name).count()

    def __bool__(self) -> bool:
        return self._filed.lines.filter(table=self._table.name).exists()

    def __contains__(self, row: object) -> bool:
        return any(held == row for held in self)


def stored_filing(filed: Return, *, without: Container[str] = (), standard: Standard | None = None) -> Filing:
    """As `filing_of`, for a return of any length: its lines are a stream, which may be gone through again and again.

    The tables of `without` are left out.
    """
    standard = standard or standard_of(filed)
    head, _ = read_row(standard.table(RETURN), standard, _head_cells(filed))
    rows: dict[str, Any] = {RETURN: [head]}
    rows |= {
        table.name: StoredRows(filed, table, standard)
        for table in standard.tables
        if table.name != RETURN and table.name not in without
    }
    return Filing(rows)


def stored_filings(given: Iterable[tuple[Return, Standard]]) -> dict[int, Filing]:
    """As `stored_filing`, of many returns by two queries: by their keys. Those of few lines hold them.

    Tables without lines may be left out.
    """
    returns = {filed.pk: (filed, standard) for filed, standard in given}
    lines = ReturnLine.objects.filter(filed__in=returns)
    counts = dict(lines.order_by().values_list("filed").annotate(Count("pk")))
    few = [pk for pk, count in counts.items() if count <= FEW]
    held: dict[int, dict[str, list[Mapping[str, Any]]]] = {}
    for pk, table, data in (
        lines.filter(filed__in=few).order_by("filed", "table", "number").values_list("filed", "table", "data")
    ):
        held.setdefault(pk, {}).setdefault(table, []).append(data)
    filings: dict[int, Filing] = {}
    for pk, (filed, standard) in returns.items():
        if counts.get(pk, 0) <= FEW:
            filings[pk] = read(standard, held.get(pk, {}) | {RETURN: [_head_cells(filed)]})[0]
        else:
            filings[pk] = stored_filing(filed, standard=standard)
    return filings


def known_of(filed: Return) -> Known:
    """What the checks compare it with: the contract's baseline, and the return of the period before.

    Of that one only what checks look back at is read, as a stream.
    """
    contract = filed.contract
    before = previous_of(filed)
    return Known(
        periods=list(contract.returns.order_by("period_start").values_list("period_start", flat=True).distinct()),
        current_value=contract.current_value,
        baselines=dict(contract.baseline_milestones.values_list("number", "due")),
        previous=stored_filing(before) if before else None,
    )


def previous_of(filed: Return) -> Return | None:
    """The return that stands for the period just before; None where there is none."""
    earlier = Return.objects.standing().filter(contract=filed.contract_id, period_start__lt=filed.period_start)
    return earlier.select_related("contract").order_by("-period_start").first()

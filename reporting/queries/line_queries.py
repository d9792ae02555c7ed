"""Reading the questions about the lines of a return, and the lines that can be asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet

from reporting.choices import ReturnState
from reporting.models import LineQuery, Return, ReturnLine
from reporting.permissions import can_decide_return
from reporting.queries.standards import standard_of
from reporting.standards import RETURN, Field, Standard, Table
from reporting.standards.filing import read_row
from reporting.standards.values import shown_row

if TYPE_CHECKING:
    from portal.accounts.models import User

LONGEST_REASON = 2000  # of a return that is sent back


@dataclass(frozen=True)
class AskedRow:
    """One row of a return in words, with the questions that were asked about it."""

    number: int
    cells: list[tuple[Field, str]]
    queries: list[LineQuery] = field(default_factory=list)


def table_of(filed: Return, name: str) -> Table | None:
    """The table of the return's standard; None where there is no such table."""
    return next((table for table in standard_of(filed).tables if table.name == name), None)


def lines_of(filed: Return, table: Table) -> QuerySet[ReturnLine]:
    return filed.lines.filter(table=table.name).order_by("number")


def head_row(filed: Return) -> AskedRow:
    """The return's own row."""
    standard = standard_of(filed)
    keys = {
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
        "nil_return": filed.is_nil,
    }
    return AskedRow(1, _cells(standard.table(RETURN), standard, {**filed.data, **keys}))


def asked_rows(filed: Return, table: Table, lines: Iterable[ReturnLine]) -> list[AskedRow]:
    """Some lines of a table with their questions: one query."""
    standard = standard_of(filed)
    found = {line.number: AskedRow(line.number, _cells(table, standard, line.data)) for line in lines}
    if table.is_single:
        found = {1: head_row(filed)}
    for query in queries_of(filed).filter(table=table.name, row__in=list(found)):
        found[query.row].queries.append(query)
    return list(found.values())


def _cells(table: Table, standard: Standard, given: Mapping[str, Any]) -> list[tuple[Field, str]]:
    return shown_row(table, standard, read_row(table, standard, given)[0])


def queries_of(filed: Return) -> QuerySet[LineQuery]:
    return filed.queries.select_related("asked_by", "answered_by", "settled_by").order_by("table", "row", "pk")


def open_queries_of(filed: Return) -> list[LineQuery]:
    """Those that the buyer has not settled."""
    queries = list(queries_of(filed).filter(settled_at=None))
    for query in queries:
        query.filed = filed
    return queries


def why_no_place(filed: Return, table: str, row: int, name: str) -> str | None:
    """Why a question cannot be about this line or field; None where the return has it."""
    found = table_of(filed, table)
    if found is None or (name and name not in found):
        return "Choose the line or the field that you ask about"
    has_row = row == 1 if found.is_single else filed.lines.filter(table=table, number=row).exists()
    return None if has_row else f"{found.label} has no row {row:,}"


def place_of(query: LineQuery) -> str:
    """For example Spend lines, row 3: Price of one unit."""
    table = table_of(query.filed, query.table)
    if table is None:
        return f"{query.table}, row {query.row}"
    label = table.field(query.field).label if query.field in table else ""
    place = table.label if table.is_single else f"{table.label}, row {query.row:,}"
    return f"{place}: {label}" if label else place


def reason_of(queries: Iterable[LineQuery]) -> str:
    """The questions as the reason for sending a return back, a line each."""
    lines = [f"{place_of(query)}. {query.text}" for query in queries]
    text = "\n".join(lines)
    if len(text) <= LONGEST_REASON:
        return text
    return text[: LONGEST_REASON - 60].rsplit("\n", 1)[0] + "\nThe further questions stand on the page of questions."


def return_assessment(filed: Return, user: User) -> dict[str, Any]:
    """What the return's page says of questions and ratings: three queries, and one for who reads."""
    if filed.submitted_at is None:
        return {"is_shown": False}
    counts = filed.queries.aggregate(
        queries=Count("pk"),
        open=Count("pk", filter=Q(settled_at=None)),
        unanswered=Count("pk", filter=Q(settled_at=None, answer="")),
    )
    return {
        "is_shown": True,
        **counts,
        "may_ask": filed.state == ReturnState.SUBMITTED and can_decide_return(user, filed.contract),
        "kpis": filed.lines.filter(table="kpi").count(),
        "rated": filed.kpi_ratings.count(),
    }

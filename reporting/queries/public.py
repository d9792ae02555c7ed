"""What everybody may read of published contracts: accepted returns, and of each what is not held back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from reporting.choices import ReturnState
from reporting.models import Contract, Publication, Return
from reporting.publication.places import label_of
from reporting.queries.publication import Redacted
from reporting.queries.standards import standard_of, wide_standard
from reporting.standards import RETURN, Field, Standard, Table, latest
from reporting.standards.filing import read_row
from reporting.standards.values import as_words

# A subcontractor without a company number may be one person: its name is personal data.
PERSON = "Personal data: without a company number it may be the name of one person"
MOST_ROWS = 20  # of each table on a return's page; the rest is on the table's own

# What a correction has replaced was accepted where it was decided on without a reason to send it back.
ACCEPTED_ONCE = Q(state=ReturnState.ACCEPTED) | Q(
    state=ReturnState.SUPERSEDED, decided_at__isnull=False, decision_reason=""
)


def public_returns(contract: Contract) -> list[Return]:
    """The last accepted return of each period, the oldest first. A correction counts once it is accepted."""
    return list(accepted_of(Q(contract=contract)).order_by("contract_id", "period_start", "-revision"))


def return_of_period(contract: Contract, period: str) -> Return | None:
    """The accepted return of the period that begins in this month (2026-07)."""
    year, _, month = period.partition("-")
    which = Q(contract=contract, period_start__year=int(year), period_start__month=int(month))
    filed = accepted_of(which).first()
    if filed is not None:
        filed.contract = contract
    return filed


def accepted_of(which: Q) -> Any:
    """The same for many contracts; the caller may order by nothing else before the revision."""
    found = Return.objects.filter(which).filter(ACCEPTED_ONCE).distinct("contract_id", "period_start")
    return found.order_by("contract_id", "period_start", "-revision")


def newest_decision(contract: Contract) -> Publication | None:
    return contract.publications.order_by("-at", "-pk").first()


def taken_back(reference: str) -> Publication | None:
    """The decision by which a contract that was published is no longer; None where there is no such contract."""
    decision = (
        Publication.objects.filter(contract__reference=reference)
        .select_related("contract__buyer")
        .order_by("-at", "-pk")
        .first()
    )
    return None if decision is None or decision.is_published or decision.contract.is_published else decision


# --- A return's rows ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One field of a row in words; where it is held back, the reason in place of them."""

    item: Field
    words: str = ""
    held_back: str = ""


@dataclass(frozen=True)
class PublicTable:
    """A table of a return as the public sees it."""

    table: Table
    rows: list[list[Cell]]
    total: int = 0
    held_back: str = ""
    columns: tuple[Field, ...] = ()  # of those that are shown
    hidden_columns: tuple[tuple[Field, str], ...] = ()  # each with why it is held back

    @property
    def has_more(self) -> bool:
        return self.total > len(self.rows)


def values_of(table: Table, standard: Standard, data: Mapping[str, Any]) -> dict[str, Any]:
    return read_row(table, standard, data)[0]


def head_of(filed: Return, standard: Standard) -> dict[str, Any]:
    """The return's own row as values."""
    row = {
        **filed.data,
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
        "nil_return": filed.is_nil,
    }
    return values_of(standard.table(RETURN), standard, row)


def why_held_back(redacted: Redacted, table: str, field: str, row: Mapping[str, Any]) -> str:
    """Why the public does not see this cell; "" where it does."""
    if why := redacted.reason(table, field):
        return why
    return PERSON if (table, field) == ("subcontractor", "name") and not row.get("identifier") else ""


def cells_of(table: Table, standard: Standard, row: Mapping[str, Any], redacted: Redacted) -> list[Cell]:
    """Every field that holds something or is held back. What is held back is not told from what is empty."""
    cells = []
    for item in table.fields:
        if why := why_held_back(redacted, table.name, item.name, row):
            cells.append(Cell(item, held_back=why))
        elif row.get(item.name) is not None:
            cells.append(Cell(item, as_words(row[item.name], item, standard.codes.get(item.codes))))
    return cells


def public_tables(filed: Return, redacted: Redacted) -> list[PublicTable]:
    """The return as the public sees it, the first rows of each table: two queries however long it is."""
    standard = standard_of(filed)
    shown = []
    counts = _counts(filed)
    for table in standard.tables:
        total = counts.get(table.name, 0)
        if why := redacted.reason(table.name):
            shown.append(PublicTable(table, [], held_back=why))
        elif table.is_single:
            shown.append(PublicTable(table, [cells_of(table, standard, head_of(filed, standard), redacted)], 1))
        elif total:
            rows = filed.lines.filter(table=table.name).order_by("number").values_list("data", flat=True)[:MOST_ROWS]
            shown.append(public_table(table, standard, rows, redacted, total))
    return shown


def public_table(table: Table, standard: Standard, rows: Any, redacted: Redacted, total: int) -> PublicTable:
    hidden = tuple((item, why) for item in table.fields if (why := redacted.reason(table.name, item.name)))
    columns = tuple(item for item in table.fields if not redacted.hides(table.name, item.name))
    shown = list(_rows(table, standard, rows, redacted, columns))
    return PublicTable(table, shown, total, columns=columns, hidden_columns=hidden)


def _rows(
    table: Table, standard: Standard, rows: Any, redacted: Redacted, columns: tuple[Field, ...]
) -> Iterator[list[Cell]]:
    """Each row with a cell for every column."""
    for data in rows:
        values = values_of(table, standard, data)
        cells = {cell.item.name: cell for cell in cells_of(table, standard, values, redacted)}
        yield [cells.get(item.name, Cell(item)) for item in columns]


def _counts(filed: Return) -> dict[str, int]:
    return dict(filed.lines.order_by().values_list("table").annotate(Count("pk")))


def standard_of_contract(contract: Contract) -> Standard:
    """The newest version, with the fields of the contract's framework: what can be held back of it."""
    return wide_standard(latest().version, [contract.framework])


def held_back_list(redacted: Redacted, standard: Standard) -> list[tuple[str, str]]:
    """Each thing that is held back in words, and why."""
    return [(label_of((table, field), standard), reason) for table, field, reason in redacted.places]

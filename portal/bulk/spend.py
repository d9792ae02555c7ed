"""Published spend, line by line: who paid whom, when, how much and for what.

Suppliers are found by their whole folded name and made where there is none; names that are only alike
are left for staff to judge. Each batch of lines is one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from portal.audit.actions import record
from portal.bulk.report import Batch, Listed
from portal.bulk.rows import Column, Row
from portal.ocds.importers.parties import SIZES
from portal.ocds.importing import IMPORT_LOCK, Outcome
from portal.ocds.problems import NotImported, Problem
from portal.ocds.text import cut, one_line
from portal.organisations.choices import Kind
from portal.organisations.models import Organisation
from techmap.actions.matches import find_matches
from techmap.actions.spend import SpendLine, record_spend
from techmap.choices import EvidenceKind
from techmap.models import Evidence
from techmap.names import fold_name
from techmap.queries.guessing import guesser
from techmap.queries.identities import Directory, make_directory

ROWS_AT_ONCE = 10_000
COLUMNS = {
    "id": Column(("ID", "Line", "Reference", "Transaction Number")),
    "supplier": Column(("SupplierName", "Supplier")),
    "customer": Column(("CustomerName", "Customer", "Buyer")),
    "month": Column(("ReturnMonth", "Month", "Date", "Payment Date")),
    "project": Column(("ProjectNameAndDescription", "Project", "Description"), is_needed=False),
    "sum": Column(("EvidencedSpend", "Spend", "Amount", "Sum")),
    "size": Column(("SMEorLarge", "Size"), is_needed=False),
    "framework": Column(("Framework", "FrameworkName"), is_needed=False),
    "lot": Column(("LotDescription", "Lot"), is_needed=False),
}
EARLIEST = date(2000, 1, 1)
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m", "%m/%Y", "%b-%y", "%b %Y", "%B %Y")
_SUM = re.compile(r"-?\d{1,13}(\.\d{1,9})?", re.ASCII)
_PENNY = Decimal("0.01")


@dataclass(frozen=True)
class Told:
    """A line that may be imported, as the file has it."""

    number: int
    source: str
    supplier: str
    customer: str
    month: date
    title: str
    sum: Decimal
    size: str


@dataclass
class Run:
    """What lasts from one batch to the next."""

    prefix: str
    now: datetime
    seen: set[str] = field(default_factory=set)  # sources of this run
    made: list[int] = field(default_factory=list)  # suppliers of this batch
    joined: set[tuple[int, str]] = field(default_factory=set)  # spellings that were listed
    guess: Callable[[str], tuple[int, ...]] = field(default_factory=lambda: _guesser())


def import_spend(rows: Iterable[Row], run: Run) -> Iterator[Batch]:
    """Bring the lines in, batch by batch, and say what became of each."""
    rows = iter(rows)
    while taken := list(islice(rows, ROWS_AT_ONCE)):
        batch = Batch()
        told = [line for row in taken if (line := _read(row, run, batch))]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])  # turns with other imports
            _write(told, run, batch)
        batch.outcomes[Outcome.NOT_IMPORTED] = len(taken) - sum(batch.outcomes.values())
        yield batch


# --- Reading -----------------------------------------------------------------------------------------


def _read(row: Row, run: Run, batch: Batch) -> Told | None:
    """The line, or None where it was listed instead."""
    notes: list[Problem] = []
    try:
        line = _told(row, run, notes)
    except NotImported as refused:
        batch.listed.append(Listed(row.number, refused.problem))
        return None
    run.seen.add(line.source)
    batch.listed += [Listed(row.number, note, is_imported=True) for note in notes]
    return line


def _told(row: Row, run: Run, notes: list[Problem]) -> Told:
    if row.problem:
        raise NotImported(row.problem.reason, row.problem.detail)
    cells = dict(zip(COLUMNS, map(one_line, row.cells), strict=True))
    source = f"{run.prefix}:{cells['id']}"
    if not cells["id"] or len(source) > 200:
        raise NotImported("No number of its own", "a line is known by its ID, and this one has none that is short")
    if source in run.seen:
        raise NotImported("An ID that stands twice", f"{cells['id']} stood in an earlier line of this run")
    if not cells["supplier"]:
        raise NotImported("No supplier", f"{cells['id']} does not say who was paid")
    if not cells["customer"]:
        notes.append(Problem("No customer", f"{cells['id']} does not say who paid"))
    return Told(
        row.number,
        source,
        _fitting("supplier", cells["supplier"], notes),
        _fitting("customer", cells["customer"], notes),
        _month(cells["month"], run.now),
        cells["project"] or _framework(cells),
        _sum(cells["sum"], notes),
        _size(cells["size"], notes),
    )


def _fitting(column: str, name: str, notes: list[Problem]) -> str:
    if len(name) > 200:
        notes.append(Problem("A name that is too long", f"the {column} is cut to 200 characters"))
    return cut(name, 200)


def _month(text: str, now: datetime) -> date:
    day = _parsed(text)
    if day is None:
        raise NotImported("A date that is no date", f"'{text[:20]}' is not written as 2013-04-01, 01/04/2013 or Apr-13")
    if not EARLIEST <= day <= timezone.localdate(now):
        raise NotImported("A date that cannot be", f"{day} lies before {EARLIEST} or has not come yet")
    return day


@lru_cache(maxsize=1_000)
def _parsed(text: str) -> date | None:
    for pattern in _DATES:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


def _framework(cells: dict[str, str]) -> str:
    """What a line without words is called."""
    lot = f"lot {cells['lot']}" if cells["lot"] else ""
    return ", ".join(filter(None, [cells["framework"], lot])) or "Published spend"


def _sum(text: str, notes: list[Problem]) -> Decimal:
    plain = text.replace("£", "").replace(",", "").replace(" ", "")
    if not _SUM.fullmatch(plain):
        raise NotImported("A sum that is no sum", f"'{text[:20]}' is not written as 1250 or 1,250.50")
    value = Decimal(plain)
    if value < 0:
        raise NotImported("A repayment", f"{text} takes back what another line has; it shows no work")
    pence = value.quantize(_PENNY, ROUND_HALF_UP)
    if not pence:
        raise NotImported("A sum of nought", "nothing was paid, so it shows no work")
    if pence != value:
        notes.append(Problem("A sum in parts of a penny", f"{text} was rounded to {pence}"))
    return pence


def _size(text: str, notes: list[Problem]) -> str:
    size = SIZES.get(text.casefold(), "")
    if text and not size:
        notes.append(Problem("A size that is not known", f"'{text[:20]}' is none of {', '.join(SIZES)}"))
    return size


# --- Writing -----------------------------------------------------------------------------------------


def _write(told: list[Told], run: Run, batch: Batch) -> None:
    sources = [line.source for line in told]
    known = {row.source: row for row in Evidence.objects.filter(kind=EvidenceKind.SPEND, source__in=sources)}
    fresh = []
    for line in told:
        if line.source in known:
            batch.outcomes[Outcome.UNCHANGED] += 1
            _compare(line, known[line.source], batch)
        else:
            fresh.append(line)
    if not fresh:
        return
    directory = make_directory()
    lines = [_line(line, directory, run, batch) for line in fresh]
    recorded = record_spend(lines=lines)
    batch.written["pair of names alike, for staff to judge"] += len(find_matches(among=run.made))
    run.made.clear()
    batch.outcomes[Outcome.IMPORTED] += len(lines)
    batch.written["evidence"] += recorded.evidence
    batch.written["guessed capability"] += recorded.claims
    batch.written["other name"] += recorded.other_names


def _compare(line: Told, row: Evidence, batch: Batch) -> None:
    """What was imported stands. A list that now says something else is for a person to look at."""
    if (line.sum, line.month) != (row.value, row.dated):
        detail = f"it was £{row.value} on {row.dated}, the file now says £{line.sum} on {line.month}; left as it was"
        batch.listed.append(Listed(line.number, Problem("Not what was imported before", detail), is_imported=True))


def _line(line: Told, directory: Directory, run: Run, batch: Batch) -> SpendLine:
    folded = fold_name(line.supplier)
    supplier = directory.supplier(folded)
    if supplier is None:
        if directory.is_shared(folded):
            detail = f"{line.supplier}: a further one was made, for staff to judge"
            note = Problem("A name that several suppliers have", detail)
            batch.listed.append(Listed(line.number, note, is_imported=True))
        supplier = _make(line, run)
        directory.add(folded, supplier, line.supplier)
        batch.written["supplier"] += 1
    elif directory.names[supplier] != line.supplier and (supplier, line.supplier) not in run.joined:
        run.joined.add((supplier, line.supplier))
        note = Problem("Another spelling of one name", f"“{line.supplier}” is {directory.names[supplier]}")
        batch.listed.append(Listed(line.number, note, is_imported=True))
    return SpendLine(
        supplier,
        line.supplier,
        line.source,
        cut(line.title, 300),
        line.month,
        line.sum,
        directory.body(fold_name(line.customer)) if line.customer else None,
        line.customer,
        run.guess(line.title),
    )


def _make(line: Told, run: Run) -> int:
    """A supplier as the list has it, waiting for verification. Where it is, the list does not say."""
    organisation = Organisation.objects.create(
        kind=Kind.SUPPLIER, name=line.supplier, is_imported=True, size=line.size, country_name=""
    )
    new = {"name": line.supplier, "kind": Kind.SUPPLIER, "source": line.source}
    record("organisations.organisation.imported", target=organisation, by=None, new=new)
    run.made.append(organisation.pk)
    return organisation.pk


def _guesser() -> Callable[[str], tuple[int, ...]]:
    """What the words of a line seem to name. Lines say the same things over and over."""
    guess = guesser()
    return lru_cache(maxsize=10_000)(lambda words: tuple(item.pk for item in guess(words)))

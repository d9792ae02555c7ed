"""Companies House's "Basic company data": its columns, read with care, stored in batches.

Each batch is one transaction, so that a run that dies leaves every company as it was or as the file has
it, and running it again completes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from itertools import islice

from portal.bulk.report import Batch, Listed
from portal.bulk.rows import Column, Row
from portal.ocds.importing import Outcome
from portal.ocds.problems import Problem
from techmap.actions.companies import CompanyRow, store_companies

ROWS_AT_ONCE = 5_000
LONGEST = {"name": 200, "street_address": 200, "locality": 100, "postal_code": 12, "country_name": 60}
LONGEST |= {"category": 100, "status": 70}
_STREET = ("RegAddress.CareOf", "RegAddress.POBox", "RegAddress.AddressLine1", "RegAddress.AddressLine2")
_ONE_EACH = ("RegAddress.PostTown", "RegAddress.PostCode", "RegAddress.Country", "CompanyCategory", "CompanyStatus")
_DATES = ("IncorporationDate", "DissolutionDate")
_SIC = tuple(f"SICCode.SicText_{number}" for number in range(1, 5))
_PREVIOUS = tuple(f"PreviousName_{number}.CompanyName" for number in range(1, 11))
_NEEDED = ("CompanyName", "CompanyNumber", *_STREET[2:], *_ONE_EACH, *_DATES, _SIC[0])
COLUMNS = {
    name: Column((name,), name in _NEEDED)
    for name in ("CompanyNumber", "CompanyName", *_STREET, *_ONE_EACH, *_DATES, *_SIC, *_PREVIOUS)
}
_NUMBER = re.compile(r"[A-Z0-9]{8}", re.ASCII)
_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_NO_SIC = "None Supplied"


def import_companies(rows: Iterable[Row], *, now: datetime) -> Iterator[Batch]:
    """Store the rows, batch by batch, and say what became of each. Of a number that stands twice the last counts."""
    rows = iter(rows)
    while taken := list(islice(rows, ROWS_AT_ONCE)):
        batch, companies = Batch(), {}
        for row in taken:
            company = _read(row, batch)
            if company is not None:
                if company.number in companies:
                    batch.listed.append(_note(row, "A number that stands twice", f"{company.number}; the last counts"))
                companies[company.number] = company
        stored = store_companies(companies=list(companies.values()), now=now)
        batch.outcomes[Outcome.IMPORTED] = stored.created
        batch.outcomes[Outcome.UPDATED] = stored.updated
        batch.outcomes[Outcome.NOT_IMPORTED] = sum(not listed.is_imported for listed in batch.listed)
        batch.outcomes[Outcome.UNCHANGED] = len(taken) - sum(batch.outcomes.values())
        yield batch


def _read(row: Row, batch: Batch) -> CompanyRow | None:
    if row.problem:
        batch.listed.append(Listed(row.number, row.problem))
        return None
    number, name, *rest = row.cells
    number = number.upper()
    if not _NUMBER.fullmatch(number):
        reason = Problem("No company number", f"'{number[:20]}' is not 8 letters and digits")
        batch.listed.append(Listed(row.number, reason))
        return None
    if not name:
        batch.listed.append(Listed(row.number, Problem("No name", f"company {number} has none")))
        return None
    notes: list[Problem] = []
    company = _company(number, name, rest, notes)
    batch.listed += [Listed(row.number, note, is_imported=True) for note in notes]
    return company


def _company(number: str, name: str, rest: list[str], notes: list[Problem]) -> CompanyRow:
    street, (town, postcode, country, category, status) = rest[:4], rest[4:9]
    incorporated, dissolved, sic, previous = rest[9], rest[10], rest[11:15], rest[15:]
    texts = {
        "name": name,
        "street_address": ", ".join(filter(None, street)),
        "locality": town,
        "postal_code": postcode,
        "country_name": country,
        "category": category,
        "status": status,
    }
    for field, value in texts.items():
        if len(value) > LONGEST[field]:
            texts[field] = value[: LONGEST[field]].rstrip()
            notes.append(Problem("A text that is too long", f"{number}: {field} is cut to {LONGEST[field]} characters"))
    return CompanyRow(
        number,
        *texts.values(),
        _date(number, "IncorporationDate", incorporated, notes),
        _date(number, "DissolutionDate", dissolved, notes),
        [code[:200] for code in sic if code and code != _NO_SIC],
        [old[:200] for old in previous if old],
    )


def _date(number: str, column: str, text: str, notes: list[Problem]) -> date | None:
    day = _parsed(text)
    if text and day is None:
        notes.append(
            Problem("A date that is no date", f"{number}: {column} is '{text[:20]}', not dd/mm/yyyy; left out")
        )
    return day


@lru_cache(maxsize=20_000)
def _parsed(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


def _note(row: Row, reason: str, detail: str) -> Listed:
    return Listed(row.number, Problem(reason, detail), is_imported=True)

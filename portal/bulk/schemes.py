"""The yearly data of the Government Major Projects Portfolio, row by row: each is a scheme in one year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from portal.bulk.report import Batch, Listed
from portal.bulk.rows import Column, Row
from portal.ocds.importing import Outcome
from portal.ocds.problems import Problem
from reporting.actions.schemes import import_project
from reporting.portfolio import COLUMNS as NAMES
from reporting.portfolio import Unreadable, read_project

COLUMNS = {name: Column((name,)) for name in NAMES}
_OUTCOMES = {"created": Outcome.IMPORTED, "updated": Outcome.UPDATED, "unchanged": Outcome.UNCHANGED}


def import_schemes(rows: Iterable[Row], *, year: int) -> Iterator[Batch]:
    """Write each row in a transaction of its own, or list it with its line and the reason."""
    for row in rows:
        batch = Batch()
        problem = row.problem or _import(row, year, batch)
        if problem:
            batch.listed.append(Listed(row.number, problem))
            batch.outcomes[Outcome.NOT_IMPORTED] += 1
        yield batch


def _import(row: Row, year: int, batch: Batch) -> Problem | None:
    try:
        project = read_project(dict(zip(NAMES, row.cells, strict=True)))
    except Unreadable as reason:
        return Problem("A row that cannot be read", str(reason))
    batch.outcomes[_OUTCOMES[import_project(project=project, year=year)]] += 1
    return None

"""Import the company register: `manage.py import_companies FILE... [--report list.csv]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from portal.bulk.command import BulkCommand
from portal.bulk.companies import COLUMNS, import_companies
from portal.bulk.report import Batch
from portal.bulk.rows import Row


class Command(BulkCommand):
    help = (
        "Imports the free bulk file of Companies House (Basic company data), as CSV, zipped or gzipped, so that a "
        "company number fills in what is known. Importing a file twice changes nothing. "
        "Exit code 0: every file was read to its end, whatever it held. 1: one was not."
    )
    columns = COLUMNS

    def batches(self, rows: Iterable[Row], *, now: datetime, options: Mapping[str, Any]) -> Iterator[Batch]:
        return import_companies(rows, now=now)

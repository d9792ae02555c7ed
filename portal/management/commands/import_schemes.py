"""Import the major projects of government: `manage.py import_schemes FILE... --year 2022 [--report list.csv]`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from portal.bulk.command import BulkCommand
from portal.bulk.report import Batch
from portal.bulk.rows import Row
from portal.bulk.schemes import COLUMNS, import_schemes

FIRST_YEAR = 2011  # the portfolio began


class Command(BulkCommand):
    help = (
        "Imports the yearly data of the Government Major Projects Portfolio as schemes. Each row is imported, or "
        "listed with its line and the reason. Importing a file twice changes nothing. "
        "Exit code 0: every file was read to its end, whatever it held. 1: one was not."
    )
    columns = COLUMNS

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--year", type=int, required=True, help="the year of publication, for example 2022")

    def batches(self, rows: Iterable[Row], *, now: datetime, options: Mapping[str, Any]) -> Iterator[Batch]:
        year = options["year"]
        if not FIRST_YEAR <= year <= now.year + 1:
            raise CommandError(f"--year must be from {FIRST_YEAR} on, not {year}")
        return import_schemes(rows, year=year)

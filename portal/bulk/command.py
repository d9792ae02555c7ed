"""What every command that imports CSV files does: read, show progress, list, count, say how fast."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import reset_queries
from django.utils import timezone
from tqdm import tqdm  # type: ignore[import-untyped]

from portal.bulk.files import STANDARD_INPUT, size_of
from portal.bulk.report import Batch, CsvReport, Tally
from portal.bulk.rows import Column, Row, read_rows
from portal.ocds.problems import Unreadable
from portal.ocds.report import open_report


class BulkCommand(BaseCommand):
    """Reads `columns` of each file and hands the rows to `batches`, which writes them bit by bit."""

    # The checks would load every page of the portal, and with them twice the memory that an import needs.
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]
    columns: ClassVar[Mapping[str, Column]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a CSV file, or - for standard input")
        parser.add_argument("--report", metavar="FILE", help="write each row that is listed as CSV")

    def batches(self, rows: Iterable[Row], *, now: datetime, options: Mapping[str, Any]) -> Iterator[Batch]:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        tally, unread, began = Tally(), 0, perf_counter()
        with ExitStack() as closing:
            name = options["report"]
            report = CsvReport(open_report(closing, name)) if name else None
            for name in options["files"]:
                try:
                    self._import_file(name, tally, report, options)
                except Unreadable as fault:
                    unread += 1
                    self.stderr.write(f"{name}: {fault}")
                    if report:
                        report.add_unreadable(name, str(fault))
        self.stdout.write("\n".join(tally.lines()))
        self._say_speed(sum(tally.outcomes.values()), perf_counter() - began)
        if unread:
            raise CommandError(f"{unread} of {len(options['files'])} files could not be read to the end.", returncode=1)

    def _import_file(self, name: str, tally: Tally, report: CsvReport | None, options: Mapping[str, Any]) -> None:
        """Import one file, and list what is not imported whole while it runs. Quiet where nobody watches."""
        shown = "standard input" if name == STANDARD_INPUT else Path(name).name
        with tqdm(total=size_of(name), unit="B", unit_scale=True, desc=shown, disable=None, file=sys.stderr) as bar:
            rows = read_rows(name, self.columns, bar.update)
            for batch in self.batches(rows, now=timezone.now(), options=options):
                reset_queries()  # with DEBUG Django keeps every statement, which a large file turns into gigabytes
                tally.add(batch)
                for listed in batch.listed:
                    bar.clear()
                    self.stdout.write(str(listed))
                if report:
                    report.add(name, batch.listed)

    def _say_speed(self, rows: int, seconds: float) -> None:
        self.stdout.write(f"\n{rows:,} rows in {seconds:.1f} s: {rows / max(seconds, 0.001):,.0f} a second")

"""Import OCDS release packages: `manage.py import_ocds FILE... [--report list.csv]`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm  # type: ignore[import-untyped]

from portal.ocds.importers import IMPORTERS
from portal.ocds.importing import import_releases
from portal.ocds.problems import Unreadable
from portal.ocds.reader import STANDARD_INPUT, read_releases, size_of
from portal.ocds.report import CsvReport, Tally, listing, open_report


class Command(BaseCommand):
    help = (
        "Imports organisations, early-engagement requests and award evidence from OCDS files: release packages, "
        "record packages, single releases or JSON Lines, plain or gzipped. Importing a file twice changes nothing. "
        "Exit code 0: every file was read to its end, whatever it held. 1: one was not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
        parser.add_argument("--report", metavar="FILE", help="write what became of each release as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        tally, unread = Tally(), 0
        with ExitStack() as closing:
            name = options["report"]
            report = CsvReport(open_report(closing, name)) if name else None
            for name in options["files"]:
                try:
                    self._import_file(name, tally, report)
                except Unreadable as fault:
                    unread += 1
                    self.stderr.write(f"{name}: {fault}")
                    if report:
                        report.add_unreadable(name, str(fault))
        self.stdout.write("\n".join(tally.lines()))
        if unread:
            raise CommandError(f"{unread} of {len(options['files'])} files could not be read to the end.", returncode=1)

    def _import_file(self, name: str, tally: Tally, report: CsvReport | None) -> None:
        """Import one file, and list what is not imported while it runs. Quiet where nobody watches."""
        shown = "standard input" if name == STANDARD_INPUT else Path(name).name
        with tqdm(total=size_of(name), unit="B", unit_scale=True, desc=shown, disable=None, file=sys.stderr) as bar:
            entries = read_releases(name, bar.update)
            for result in import_releases(entries, importers=IMPORTERS, now=timezone.now()):
                tally.add(result)
                for line in listing(result):
                    bar.clear()
                    self.stdout.write(line)
                if report:
                    report.add(name, result)

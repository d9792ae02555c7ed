"""`manage.py check_ocds FILE... --standard-zip ZIP`: list every structural fault of OCDS files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.ocds.checking import Schemas, check_file
from portal.ocds.problems import Unreadable


class Command(BaseCommand):
    help = (
        "Checks OCDS 1.1 files (packages, records, releases, JSON Lines; plain or gzipped) against the standard's "
        "schema, and prints every fault with its path. Exit code 0: none. 1: some, or a file that cannot be read."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
        parser.add_argument(
            "--standard-zip", metavar="ZIP", default=settings.OCDS_STANDARD_ZIP,
            help="the standard's archive with its schema (OCDS_STANDARD_ZIP in the environment)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["standard_zip"]:
            raise CommandError("Name the standard's archive: --standard-zip standard-1__1__5.zip.")
        try:
            schemas = Schemas(Path(options["standard_zip"]))
        except Unreadable as fault:
            raise CommandError(str(fault)) from fault
        count = sum(self._check(name, schemas) for name in options["files"])
        if count:
            raise CommandError(f"{count:,} faults.", returncode=1)
        self.stdout.write("No structural fault.")

    def _check(self, name: str, schemas: Schemas) -> int:
        count = 0
        try:
            for fault in check_file(name, schemas):
                self.stdout.write(f"{name}: {fault}")
                count += 1
        except Unreadable as fault:
            self.stdout.write(f"{name}: {fault}")
            count += 1
        return count

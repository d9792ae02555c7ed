"""Import the yearly data of the Government Major Projects Portfolio."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from reporting.actions.schemes import import_project
from reporting.portfolio import Unreadable, missing_columns, read_project

FIRST_YEAR = 2011  # the portfolio began


class Command(BaseCommand):
    help = (
        "Import a CSV file of the Government Major Projects Portfolio. Each row is imported, or listed with its line "
        "and the reason. A second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--year", type=int, required=True, help="The year of publication, for example 2022.")

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"]
        if not FIRST_YEAR <= year <= timezone.now().year + 1:
            raise CommandError(f"--year must be from {FIRST_YEAR} on, not {year}")
        done: Counter[str] = Counter()
        for line, row in self.rows(options["file"]):
            try:
                done[import_project(project=read_project(row), year=year)] += 1
            except Unreadable as reason:
                done["left out"] += 1
                self.stdout.write(f"Line {line}: {reason}")
        for what in ("created", "updated", "unchanged", "left out"):
            self.stdout.write(f"{what}: {done[what]}")

    def rows(self, path: Path) -> Any:
        """Each row with the number of its last line."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                missing = missing_columns(list(reader.fieldnames or []))
                if missing:
                    raise CommandError(
                        f"{path.name} lacks the columns {', '.join(missing)}. Is it the portfolio's data?"
                    )
                for row in tqdm(reader, desc=path.name, unit=" rows", disable=None):
                    yield reader.line_num, row
        except FileNotFoundError:
            raise CommandError(f"There is no file {path}") from None
        except (UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"{path.name} could not be read as CSV in UTF-8: {error}") from error

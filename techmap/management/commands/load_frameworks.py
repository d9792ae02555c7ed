"""`manage.py load_frameworks`: bring the framework agreements in the database up to their file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from techmap.actions import load_frameworks
from techmap.frameworks import FILE, FrameworksError, read_frameworks


class Command(BaseCommand):
    help = (
        "Load the framework agreements. Creates what is missing and updates what was not edited in the admin; "
        "deletes nothing. Running it twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=FILE, help="TOML file (default: %(default)s)")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            result = load_frameworks(entries=read_frameworks(file))
        except FrameworksError as error:
            raise CommandError("Nothing was loaded.\n  " + "\n  ".join(error.problems)) from error
        if result.kept:
            self.stdout.write(f"Kept as edited in the admin: {', '.join(result.kept)}")
        self.stdout.write(
            f"Frameworks: {len(result.created)} created, {len(result.updated)} updated, "
            f"{len(result.unchanged)} unchanged, {len(result.kept)} kept."
        )

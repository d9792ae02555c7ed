"""`manage.py load_capabilities`: bring the taxonomy in the database up to its file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.refusals import Refused
from techmap.actions import load_taxonomy
from techmap.taxonomy import FILE, TaxonomyError, read_taxonomy


class Command(BaseCommand):
    help = (
        "Load the capability taxonomy. Creates what is missing and updates what was not edited in the admin; "
        "deletes nothing. Running it twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=FILE, help="TOML file (default: %(default)s)")
        parser.add_argument("--retire", action="store_true", help="retire capabilities that left the file")

    def handle(self, *args: Any, file: Path, retire: bool, **options: Any) -> None:
        try:
            result = load_taxonomy(entries=read_taxonomy(file), retire=retire)
        except TaxonomyError as error:
            raise CommandError("Nothing was loaded.\n  " + "\n  ".join(error.problems)) from error
        except Refused as refused:
            reasons = "\n  ".join(reason.message for reason in refused.reasons)
            raise CommandError(f"Nothing was loaded.\n  {reasons}") from refused
        if result.kept:
            self.stdout.write(f"Kept as edited in the admin: {', '.join(result.kept)}")
        self.stdout.write(
            f"Capabilities: {len(result.created)} created, {len(result.updated)} updated, "
            f"{len(result.unchanged)} unchanged, {len(result.kept)} kept, {len(result.retired)} retired."
        )

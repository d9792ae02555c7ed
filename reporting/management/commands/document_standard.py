"""Write the documentation's tables of the reporting standard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from reporting import standards
from reporting.standards.document import document


class Command(BaseCommand):
    help = "Write the fields, codes and checks of the newest standard into the documentation, or into a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=settings.BASE_DIR / "docs" / "reporting-fields.md")

    def handle(self, *args: Any, **options: Any) -> None:
        options["file"].write_text(document(standards.latest()), encoding="utf-8")
        self.stdout.write(f"Written: {options['file']}")

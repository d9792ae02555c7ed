"""`manage.py write_open_data`: write the files of all suppliers now, and not only at night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from techmap.actions.bulk import write_bulk_files


class Command(BaseCommand):
    help = "Write the open data anew; where it fails, the files of before stay."

    def handle(self, *args: Any, **options: Any) -> None:
        """The clock does the same each night."""
        files = write_bulk_files(now=timezone.now())
        self.stdout.write(f"{len(files)} files of open data are written.")

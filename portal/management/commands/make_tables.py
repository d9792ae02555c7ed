"""`migrate` for a database that is made on the spot, and quicker: see `portal/embedded/tables.py`."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from portal.embedded.tables import quick_migrations


class Command(migrate.Command):
    """Takes what `migrate` takes."""

    def handle(self, *args: Any, **options: Any) -> None:
        with quick_migrations():
            super().handle(*args, **options)

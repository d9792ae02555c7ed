"""`manage.py rebuild_search`: make every row that the search reads anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from tqdm import tqdm

from portal.organisations.models import Organisation
from techmap.search import index


class Command(BaseCommand):
    help = "Rebuild the search's rows and its dictionary. The portal goes on answering meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rows that are right already are left as they are. Run it after an upgrade and after a restore."""
        with tqdm(total=Organisation.objects.suppliers().count(), desc="Suppliers", unit="", disable=None) as bar:
            number = index.rebuild(progress=bar.update)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE techmap_searchrow")  # which says, too, which words are common
        self.stdout.write(f"{number:,} supplier{'' if number == 1 else 's'} can be found.")

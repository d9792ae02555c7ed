"""`manage.py match_names`: look for suppliers whose names are alike, and put the pairs before staff."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from techmap.actions.matches import find_matches
from techmap.choices import MatchState
from techmap.models import NameMatch


class Command(BaseCommand):
    help = (
        "Compares the names of all suppliers and queues the pairs that are alike for staff to decide. Nothing is "
        "merged. Run it after importing notices; importing spend does it by itself. Running it twice changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        new = find_matches()
        waiting = NameMatch.objects.filter(state=MatchState.WAITING).count()
        self.stdout.write(f"{len(new):,} new pairs; {waiting:,} wait for a decision.")

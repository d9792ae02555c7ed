"""Names of suppliers by their beginning."""

from __future__ import annotations

from techmap.models import SearchRow
from techmap.search.words import name_key

SHORTEST = 2  # letters, or a beginning says too little
MOST = 8


def names_beginning(typed: str) -> list[tuple[int, str]]:
    """Suppliers whose name begins so, by name: a look into one index, however many there are."""
    beginning = name_key(typed)
    if len(beginning) < SHORTEST:
        return []
    rows = SearchRow.objects.filter(name_key__startswith=beginning).order_by("name_key")
    return list(rows.values_list("pk", "supplier__name")[:MOST])

"""How a list is narrowed to one capability: the choices that lists of other rooms share."""

from __future__ import annotations

from typing import Any

from techmap.models import Capability


def capability_choices() -> list[Any]:
    """Each parent as a group that begins with all of it."""
    groups: dict[str, list[tuple[str, str]]] = {}
    rows = Capability.objects.offered().by_parent().select_related(None)
    for parent_code, parent, code, name in rows.values_list("parent__code", "parent__name", "code", "name"):
        group = groups.setdefault(parent, [(parent_code, f"Any: {parent}")])
        group.append((code, name))
    return list(groups.items())

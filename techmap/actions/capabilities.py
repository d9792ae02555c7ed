"""Loading the taxonomy's file, and editing one capability in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.refusals import Reason, Refused
from techmap.models import Capability
from techmap.permissions import can_edit_taxonomy
from techmap.taxonomy import Entry, clashes, wrong_lists

if TYPE_CHECKING:
    from portal.accounts.models import User

FIELDS = ("name", "description", "aliases", "cpv_prefixes", "parent_id", "position", "is_retired")


@dataclass
class LoadResult:
    """The codes that each outcome befell."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)


@transaction.atomic
def load_taxonomy(*, entries: list[Entry], retire: bool = False, by: User | None = None) -> LoadResult:
    """Create what is missing and update what nobody edited in the admin; delete nothing.

    A capability saved in the admin is kept as it stands there. With `retire`, one that left the
    file is retired, unless it was saved in the admin. Refused where a name would then mean two.
    """
    result = LoadResult()
    existing = {row.code: row for row in Capability.objects.select_for_update(of=("self",)).order_by("pk")}
    for entry in entries:
        _load_entry(entry, existing, result, by)
    if retire:
        left = existing.keys() - {entry.code for entry in entries}
        for code in sorted(left):
            _retire(existing[code], result, by)
    reasons = [Reason(f"In the database {clash}") for clash in clashes(Capability.objects.in_use())]
    if reasons:
        raise Refused(reasons)
    return result


def _load_entry(entry: Entry, existing: dict[str, Capability], result: LoadResult, by: User | None) -> None:
    capability = existing.get(entry.code)
    if capability is None:
        capability = existing[entry.code] = Capability(code=entry.code)
    if capability.is_edited:
        result.kept.append(entry.code)
        return
    _write(capability, _values(entry, existing), result, by)


def _values(entry: Entry, existing: dict[str, Capability]) -> dict[str, Any]:
    return {
        "name": entry.name,
        "description": entry.description,
        "aliases": list(entry.aliases),
        "cpv_prefixes": list(entry.cpv_prefixes),
        "parent_id": existing[entry.parent].pk if entry.parent else None,
        "position": entry.position,
        "is_retired": False,
    }


def _write(capability: Capability, values: dict[str, Any], result: LoadResult, by: User | None) -> None:
    is_new = capability.pk is None
    old = {name: getattr(capability, name) for name, value in values.items() if getattr(capability, name) != value}
    if not is_new and not old:
        result.unchanged.append(capability.code)
        return
    for name, value in values.items():
        setattr(capability, name, value)
    capability.save()
    (result.created if is_new else result.updated).append(capability.code)
    new = {name: values[name] for name in old}
    event = "techmap.capability.created" if is_new else "techmap.capability.updated"
    record(event, target=capability, by=by, old={} if is_new else old, new=new)


def _retire(capability: Capability, result: LoadResult, by: User | None) -> None:
    if capability.is_retired or capability.is_edited:
        return
    capability.is_retired = True
    capability.save(update_fields=["is_retired", "updated_at"])
    result.retired.append(capability.code)
    record("techmap.capability.retired", target=capability, by=by, old={"is_retired": False}, new={"is_retired": True})


# --- In the admin ----------------------------------------------------------------------------------


@transaction.atomic
def save_capability(*, capability: Capability, by: User) -> Capability:
    """Save one capability as staff edited it, and mark it so that loading the file leaves it alone."""
    if not can_edit_taxonomy(by):
        raise PermissionDenied
    before = Capability.objects.select_for_update(of=("self",)).filter(pk=capability.pk).first()
    reasons = list(why_not_save(capability))
    if reasons:
        raise Refused(reasons)
    capability.is_edited = True
    capability.save()
    old = {name: getattr(before, name) for name in FIELDS} if before else {}
    new = {name: getattr(capability, name) for name in FIELDS}
    changed = [name for name in FIELDS if not before or old[name] != new[name]]
    event = "techmap.capability.updated" if before else "techmap.capability.created"
    kept_old = {name: old[name] for name in changed} if before else {}
    record(event, target=capability, by=by, old=kept_old, new={name: new[name] for name in changed})
    return capability


def why_not_save(capability: Capability) -> Iterator[Reason]:
    """Each rule of the taxonomy that the capability, as edited, would break."""
    parent = capability.parent
    if parent and (parent.parent_id is not None or parent.pk == capability.pk):
        yield Reason("Choose a parent from the first level: the list has two levels.", "parent")
    if parent and capability.pk and capability.children.exists():
        yield Reason("It holds other capabilities, so it must stay on the first level. Move them first.", "parent")
    for fault in wrong_lists({"aliases": capability.aliases, "cpv_prefixes": capability.cpv_prefixes}):
        yield Reason(fault[0].upper() + fault[1:], "cpv_prefixes" if "CPV" in fault else "aliases")
    if not capability.is_retired:
        others = Capability.objects.in_use().exclude(pk=capability.pk)
        for clash in clashes([*others, capability]):
            yield Reason(clash, "cpv_prefixes" if "CPV" in clash else "aliases")

"""Framework agreements, loaded from their file or edited in the admin, and the places that suppliers hold on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.refusals import Reason, Refused
from techmap.actions.capabilities import LoadResult
from techmap.actions.rows import keep_row, remove_row
from techmap.frameworks import FrameworkEntry, wrong_lots
from techmap.models import Framework, FrameworkPlace, SupplierProfile
from techmap.permissions import can_edit_taxonomy
from techmap.search.index import refresh

if TYPE_CHECKING:
    from portal.accounts.models import User

FIELDS = ("code", "reference", "name", "lots", "ends_on", "is_retired")


@transaction.atomic
def load_frameworks(*, entries: Sequence[FrameworkEntry], by: User | None = None) -> LoadResult:
    """Create what is missing and update what nobody edited in the admin; delete nothing."""
    result = LoadResult()
    existing = {row.code: row for row in Framework.objects.select_for_update().order_by("pk")}
    for entry in entries:
        framework = existing.get(entry.code) or Framework(code=entry.code)
        if framework.is_edited:
            result.kept.append(entry.code)
            continue
        new = {"reference": entry.reference, "name": entry.name, "lots": [*entry.lots], "ends_on": entry.ends_on}
        old = {name: getattr(framework, name) for name in new}
        if framework.pk and old == new:
            result.unchanged.append(entry.code)
            continue
        (result.updated if framework.pk else result.created).append(entry.code)
        _write(framework, old if framework.pk else {}, new, by)
    return result


@transaction.atomic
def save_framework(*, framework: Framework, by: User) -> Framework:
    """Save one framework as staff edited it, and mark it so that loading the file leaves it alone."""
    if not can_edit_taxonomy(by):
        raise PermissionDenied
    before = Framework.objects.select_for_update().filter(pk=framework.pk).first()
    if reasons := list(why_not_save(framework)):
        raise Refused(reasons)
    framework.is_edited = True
    old = {name: getattr(before, name) for name in FIELDS} if before else {}
    return _write(framework, old, {name: getattr(framework, name) for name in FIELDS}, by)


def why_not_save(framework: Framework) -> Iterator[Reason]:
    """Each rule that the framework, as edited, would break."""
    for fault in wrong_lots(framework.lots):
        yield Reason(fault[0].upper() + fault[1:], "lots")
    if not framework.name.strip():
        yield Reason("Enter the name of the framework", "name")


def _write(framework: Framework, old: dict[str, Any], new: dict[str, Any], by: User | None) -> Framework:
    is_new = framework.pk is None
    for name, value in new.items():
        setattr(framework, name, value)
    framework.save()
    changed = [name for name in new if is_new or new[name] != old[name]]
    event = "techmap.framework.created" if is_new else "techmap.framework.updated"
    kept_old = {} if is_new else {name: old[name] for name in changed}
    record(event, target=framework, by=by, old=kept_old, new={name: new[name] for name in changed})
    if not is_new:
        refresh(framework.places.values_list("profile__organisation_id", flat=True))
    return framework


# --- Places ----------------------------------------------------------------------------------------


@transaction.atomic
def save_framework_place(
    *,
    organisation: Organisation,
    framework: Framework,
    lots: Sequence[str],
    by: User,
    submission_key: UUID | None = None,
    place: FrameworkPlace | None = None,
    version: int = 0,
) -> FrameworkPlace:
    """Say which lots the supplier holds on the framework. Each framework stands once.

    Where the framework has lots, at least one is named. A place on a framework that has been retired
    since may still be changed. Raises PermissionDenied, StaleWrite, Refused.
    """
    chosen = [lot for lot in framework.lots if lot in lots]
    fields = {"framework": framework, "lots": chosen}

    def rules(profile: SupplierProfile, but: int | None) -> Iterator[Reason]:
        if but is None and framework.is_retired:
            yield Reason(f"{framework} can no longer be chosen. Choose another framework", "framework")
        elif profile.pk and profile.framework_places.filter(framework=framework).exclude(pk=but).exists():
            yield Reason(f"{framework} is listed already. Change that entry instead", "framework")
        if set(lots) - set(framework.lots):
            yield Reason("Choose lots from the list", "lots")
        elif framework.lots and not chosen:
            yield Reason("Choose at least one lot", "lots")

    return keep_row(
        FrameworkPlace,
        place,
        fields,
        organisation=organisation,
        submission_key=submission_key,
        version=version,
        rules=rules,
        by=by,
    )


@transaction.atomic
def remove_framework_place(*, organisation: Organisation, place: FrameworkPlace, by: User) -> None:
    remove_row(place, organisation=organisation, by=by)

"""What a profile holds in rows: each is added once, changed by one person at a time, and taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4

from django.db.models import Model

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.records import sent_before
from portal.refusals import Reason, Refused
from techmap.actions.profiles import open_profile
from techmap.models import Accreditation, Contact, FrameworkPlace, SupplierProfile
from techmap.search.index import refresh

if TYPE_CHECKING:
    from portal.accounts.models import User

Row = TypeVar("Row", Accreditation, Contact, FrameworkPlace)
Rules = Callable[[SupplierProfile, int], Iterator[Reason]]
"""Says of a profile, and of the number of the row (0 for a new one), each rule that would be broken."""

NOUNS: dict[type, str] = {Accreditation: "accreditation", Contact: "contact", FrameworkPlace: "framework_place"}
# What the audit holds of each. It is for ever and a person may ask to be forgotten, so it never says who a contact is.
AUDITED: dict[type, tuple[str, ...]] = {
    Accreditation: ("kind", "number", "issued_by", "expires_on"),
    Contact: ("role",),
    FrameworkPlace: ("framework", "lots"),
}


def keep_row(
    model: type[Row],
    row: Row | None,
    fields: dict[str, Any],
    *,
    organisation: Organisation,
    submission_key: UUID | None,
    version: int,
    rules: Rules,
    by: User,
) -> Row:
    """Add a row by its submission key, or change the one that there is, as long as nobody else did meanwhile.

    Raises PermissionDenied, `StaleWrite`, and `Refused` with every rule that failed.
    """
    profile = open_profile(organisation, by)
    if row is None:
        return _add(model, fields, profile=profile, submission_key=submission_key or uuid4(), rules=rules, by=by)
    return _change(row, fields, profile=profile, version=version, rules=rules, by=by)


def _add(
    model: type[Row],
    fields: dict[str, Any],
    *,
    profile: SupplierProfile,
    submission_key: UUID,
    rules: Rules,
    by: User,
) -> Row:
    """Add the row, and the profile where there is none. The same form sent twice adds one."""
    if made := sent_before(model._default_manager.filter(profile__organisation=profile.organisation), submission_key):
        return made
    if reasons := list(rules(profile, 0)):
        raise Refused(reasons)
    if not profile.pk:
        profile.bump_version()
    profile.save()
    row = model._default_manager.create(profile=profile, submission_key=submission_key, **fields)
    _record(profile, model, "added", {}, fields, by)
    refresh([profile.organisation_id])
    return row


def _change(row: Row, fields: dict[str, Any], *, profile: SupplierProfile, version: int, rules: Rules, by: User) -> Row:
    model = type(row)
    stored = model._default_manager.filter(pk=row.pk, profile=profile.pk).first()
    if stored is None:
        raise Refused("Somebody has removed this since you opened it.")
    old = {name: getattr(stored, name) for name in fields}
    if old == fields:
        return stored
    stored.check_version(version)
    if reasons := list(rules(profile, stored.pk)):
        raise Refused(reasons)
    for name, value in fields.items():
        setattr(stored, name, value)
    stored.bump_version().save()
    profile.save()
    _record(profile, model, "changed", old, fields, by)
    refresh([profile.organisation_id])
    return stored


def remove_row(row: Row, *, organisation: Organisation, by: User) -> None:
    """Take the row off the profile. Doing so twice changes nothing."""
    profile = open_profile(organisation, by)
    model = type(row)
    stored = model._default_manager.filter(pk=row.pk, profile=profile.pk).first()
    if stored is None:
        return
    old = {name: getattr(stored, name) for name in AUDITED[model]}
    stored.delete()
    profile.save()
    _record(profile, model, "removed", old, {}, by)
    refresh([organisation.pk])


def _record(
    profile: SupplierProfile, model: type, what: str, old: dict[str, Any], new: dict[str, Any], by: User
) -> None:
    """What differs, before and after; of what is not told, only that it differs."""
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    told = [name for name in changed if name in AUDITED[model]]
    untold = [name for name in changed if name not in AUDITED[model]] if what == "changed" else []
    record(
        f"techmap.{NOUNS[model]}.{what}",
        target=profile,
        by=by,
        old={name: _plain(old[name]) for name in told if name in old},
        new={name: _plain(new[name]) for name in told if name in new},
        note=f"Changed: {', '.join(untold)}" if untold else "",
    )


def _plain(value: Any) -> Any:
    """A row by its name; everything else as it is."""
    return str(value) if isinstance(value, Model) else value

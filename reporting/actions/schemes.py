"""Schemes: made by public bodies here, or from what government publishes of its major projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import slugify

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.organisations.permissions import why_not_active
from portal.records import sent_before
from portal.refusals import Reason, Refused
from reporting.models import Scheme, SchemeYear
from reporting.permissions import can_keep_scheme, can_register_contract
from reporting.portfolio import Project

if TYPE_CHECKING:
    from portal.accounts.models import User

KEPT = ("department", "category", "aims")


@transaction.atomic
def create_scheme(
    *, organisation: Organisation, name: str, category: str, aims: str, submission_key: UUID, by: User
) -> Scheme:
    """Make a scheme of a verified public body; everybody sees it at once. The same form sent twice makes one."""
    if not can_register_contract(by, organisation):
        raise PermissionDenied
    if again := sent_before(Scheme.objects.filter(organisation=organisation), submission_key):
        return again
    organisation = Organisation.objects.locked(organisation.pk)
    scheme = Scheme(organisation=organisation, department=organisation.name, submission_key=submission_key)
    _write(scheme, organisation, name, category, aims)
    record("reporting.scheme.made", target=scheme, by=by, new={"name": scheme.name})
    return scheme


@transaction.atomic
def save_scheme(*, scheme: Scheme, version: int, name: str, category: str, aims: str, by: User) -> Scheme:
    """Change its words; its address stays. Raises `StaleWrite` where a colleague was faster."""
    if scheme.organisation is None or not can_keep_scheme(by, scheme):
        raise PermissionDenied
    organisation = Organisation.objects.locked(scheme.organisation.pk)
    scheme = Scheme.objects.select_for_update(no_key=True).get(pk=scheme.pk)
    scheme.check_version(version)
    old = {name: getattr(scheme, name) for name in ("name", "category", "aims")}
    _write(scheme.bump_version(), organisation, name, category, aims)
    changed = [name for name in old if old[name] != getattr(scheme, name)]
    record(
        "reporting.scheme.saved", target=scheme, by=by,
        old={name: old[name] for name in changed}, new={name: getattr(scheme, name) for name in changed},
    )  # fmt: skip
    return scheme


def _write(scheme: Scheme, organisation: Organisation, name: str, category: str, aims: str) -> None:
    """The organisation is locked, so that two of its people do not make the same scheme."""
    if reasons := list(_why_not(scheme, organisation, " ".join(name.split()))):
        raise Refused(reasons)
    scheme.name, scheme.category, scheme.aims = " ".join(name.split()), category.strip(), aims.strip()
    scheme.code = scheme.code or _free_code(scheme.name)
    scheme.save()


def _why_not(scheme: Scheme, organisation: Organisation, name: str) -> Iterator[Reason]:
    if why := why_not_active(organisation):
        yield Reason(why)
    if not name:
        yield Reason("Enter the name of the scheme", "name")
    elif organisation.schemes.filter(name__iexact=name).exclude(pk=scheme.pk).exists():
        yield Reason(f"You have a scheme called {name} already", "name")


@transaction.atomic
def import_project(*, project: Project, year: int) -> str:
    """Make or update the scheme and what was published of it that year: "created", "updated" or "unchanged".

    Two years' rows are one scheme where they have the same name. The latest year's words stand on the scheme.
    What people of the portal registered is left alone.
    """
    scheme = Scheme.objects.select_for_update().filter(name__iexact=project.name).order_by("pk").first()
    is_new = scheme is None
    if scheme is None:
        scheme = Scheme.objects.create(
            code=_free_code(project.name), name=project.name, is_imported=True, **_words(project)
        )
    facts = project.facts | {
        "withheld": project.withheld,
        "department": project.department,
        "category": project.category,
    }
    known = scheme.years.filter(year=year).first()
    old = {name: getattr(known, name) for name in facts} if known else None
    if old == facts:
        return "unchanged"
    SchemeYear.objects.update_or_create(scheme=scheme, year=year, defaults=facts)
    if not is_new and scheme.is_imported and not scheme.years.filter(year__gt=year).exists():
        for name, value in _words(project).items():
            setattr(scheme, name, value)
        scheme.bump_version().save()
    record("reporting.scheme.imported", target=scheme, by=None, new={"year": year})
    return "created" if known is None else "updated"


def _words(project: Project) -> dict[str, Any]:
    return {name: getattr(project, name) for name in KEPT}


def _free_code(name: str) -> str:
    """The name as an address has it; a number after it where another scheme has that already."""
    code = slugify(name)[:70].strip("-") or "scheme"
    taken = set(Scheme.objects.filter(code__startswith=code).values_list("code", flat=True))
    numbered = (f"{code}-{number}" for number in range(2, len(taken) + 3))
    return code if code not in taken else next(one for one in numbered if one not in taken)

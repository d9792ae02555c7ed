"""Schemes from what government publishes of its major projects."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.text import slugify

from portal.audit.actions import record
from reporting.models import Scheme, SchemeYear
from reporting.portfolio import Project

KEPT = ("department", "category", "aims")


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

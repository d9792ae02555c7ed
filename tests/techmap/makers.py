"""Makers of capabilities, claims and profiles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.text import slugify

from portal.organisations.models import Organisation
from techmap.choices import ClaimOrigin
from techmap.models import Capability, CapabilityClaim, CaseStudy, SupplierProfile


def make_parent(name: str = "Cloud and hosting", **fields: Any) -> Capability:
    return Capability.objects.create(code=fields.pop("code", slugify(name)), name=name, **fields)


def make_capability(name: str = "Cloud hosting", *, parent: Capability | None = None, **fields: Any) -> Capability:
    """A second-level capability, under a parent of its own unless one is named."""
    parent = parent or make_parent(f"{name}, and more", code=f"{slugify(name)}-and-more")
    return Capability.objects.create(code=fields.pop("code", slugify(name)), name=name, parent=parent, **fields)


def make_profile(organisation: Organisation, **fields: Any) -> SupplierProfile:
    fields = {"summary": "Hosting and support for public services", "regions_served": ["TLD", "TLE"], **fields}
    return SupplierProfile.objects.create(organisation=organisation, **fields)


def make_claim(organisation: Organisation, capability: Capability, *, guessed: bool = False) -> CapabilityClaim:
    """A claim on the organisation's profile, which is made where there is none."""
    profile = SupplierProfile.objects.filter(organisation=organisation).first() or make_profile(organisation)
    origin = ClaimOrigin.GUESSED if guessed else ClaimOrigin.SUPPLIER
    return CapabilityClaim.objects.create(profile=profile, capability=capability, origin=origin)


FINISHED = date(2026, 3, 31)


def make_case_study(organisation: Organisation, capabilities: Iterable[Capability] = (), **fields: Any) -> CaseStudy:
    """A case study whose steps are all done where it has capabilities, on a profile made where there is none."""
    profile = SupplierProfile.objects.filter(organisation=organisation).first() or make_profile(organisation)
    words = {
        "title": "Moved the planning archive",
        "customer": "Ashford Vale Council",
        "summary": "We moved 12 years of drawings to the cloud. Staff find them in seconds.",
        "finished_on": FINISHED,
    }
    study = CaseStudy.objects.create(profile=profile, **{**words, **fields})
    study.capabilities.set(capabilities)
    return study

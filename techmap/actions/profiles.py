"""What a supplier says of itself, saved section by section, and its word once a year that all of it is still true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.records import Region
from portal.refusals import Reason, Refused
from techmap.choices import Sector
from techmap.models import SupplierProfile
from techmap.permissions import can_edit_profile
from techmap.search.index import refresh

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_LINKS = 10
MOST_TECHNOLOGIES = 30
LONGEST_TECHNOLOGY = 40
LONGEST = {"summary": 300, "description": 5000}
is_https = URLValidator(schemes=["https"])


@transaction.atomic
def save_about(
    *,
    organisation: Organisation,
    version: int,
    summary: str,
    description: str,
    technologies: Sequence[str],
    links: Sequence[str],
    by: User,
) -> SupplierProfile:
    """Replace what the supplier says in words. A technology named twice, in whatever case, stands once."""
    profile = open_profile(organisation, by)
    once: dict[str, str] = {}
    for name in technologies:
        once.setdefault(name.casefold(), name)
    new = {
        "summary": summary.strip(),
        "description": description,
        "technologies": list(once.values()),
        "links": list(dict.fromkeys(links)),
    }
    return _keep(profile, new, version=version, reasons=_wrong_about(new), by=by)


@transaction.atomic
def save_delivery(
    *, organisation: Organisation, version: int, regions_served: Sequence[str], sectors: Sequence[str], by: User
) -> SupplierProfile:
    """Replace where the supplier delivers and for which parts of the public sector."""
    profile = open_profile(organisation, by)
    new = {
        "regions_served": [code for code in Region.values if code in regions_served],
        "sectors": [code for code in Sector.values if code in sectors],
    }
    return _keep(profile, new, version=version, reasons=_wrong_delivery(regions_served, sectors), by=by)


@transaction.atomic
def save_kind(*, organisation: Organisation, version: int, is_vcse: bool, by: User) -> SupplierProfile:
    """Whether it is a voluntary, community or social enterprise. Its size stands on the organisation."""
    return _keep(open_profile(organisation, by), {"is_vcse": is_vcse}, version=version, reasons=(), by=by)


@transaction.atomic
def review_profile(*, organisation: Organisation, version: int, by: User, now: datetime) -> SupplierProfile:
    """The supplier says that all of its profile is still true: its claims are fresh for another year.

    Raises `StaleWrite` where the profile was changed after the person read it, and `Refused` where it
    says nothing yet. Saying so twice within a minute is one review.
    """
    profile = open_profile(organisation, by)
    if profile.reviewed_at and (now - profile.reviewed_at).total_seconds() < 60:
        return profile
    profile.check_version(version)
    if not profile.summary:
        raise Refused([Reason("Say what you do, under About, before you confirm that it is true")])
    old = profile.reviewed_at
    profile.reviewed_at = now
    profile.bump_version().save()
    record("techmap.profile.reviewed", target=profile, by=by, old={"reviewed_at": old}, new={"reviewed_at": now})
    refresh([organisation.pk])
    return profile


# --- What every section does -----------------------------------------------------------------------


def open_profile(organisation: Organisation, by: User) -> SupplierProfile:
    """The supplier's profile under its organisation's lock, not saved yet where there is none.

    Raises PermissionDenied for anybody but the supplier's writers.
    """
    organisation = Organisation.objects.locked(organisation.pk)
    if not can_edit_profile(by, organisation):
        raise PermissionDenied
    profile = SupplierProfile.objects.filter(organisation=organisation).first()
    profile = profile or SupplierProfile(version=0)
    profile.organisation = organisation
    return profile


def _keep(
    profile: SupplierProfile, new: dict[str, Any], *, version: int, reasons: Iterable[Reason], by: User
) -> SupplierProfile:
    """Write one section. `version` is 0 where the form was opened before there was a profile.

    Raises `StaleWrite` where somebody else saved meanwhile, unless what stands there is the very same.
    """
    old = {name: getattr(profile, name) for name in new}
    if profile.pk and old == new:
        return profile
    profile.check_version(version)
    if found := list(reasons):
        raise Refused(found)
    for name, value in new.items():
        setattr(profile, name, value)
    profile.bump_version().save()
    record_change(profile, old, new, by=by)
    refresh([profile.organisation_id])
    return profile


def record_change(profile: SupplierProfile, old: dict[str, Any], new: dict[str, Any], *, by: User) -> None:
    """Into the audit goes what differs, before and after."""
    changed = [name for name in new if new[name] != old[name]]
    record(
        "techmap.profile.saved",
        target=profile,
        by=by,
        old={name: old[name] for name in changed},
        new={name: new[name] for name in changed},
    )


# --- What may be wrong -----------------------------------------------------------------------------


def _wrong_about(new: dict[str, Any]) -> Iterator[Reason]:
    if not new["summary"]:
        yield Reason("Enter a summary of what the organisation does", "summary")
    for name, most in LONGEST.items():
        if len(new[name]) > most:
            yield Reason(f"The {name} must be {most:,} characters or fewer", name)
    if len(new["technologies"]) > MOST_TECHNOLOGIES:
        yield Reason(f"Enter {MOST_TECHNOLOGIES} technologies or fewer", "technologies")
    for name in new["technologies"]:
        if len(name) > LONGEST_TECHNOLOGY:
            yield Reason(f"“{name[:60]}” must be {LONGEST_TECHNOLOGY} characters or fewer", "technologies")
    yield from _wrong_links(new["links"])


def _wrong_links(links: Sequence[str]) -> Iterator[Reason]:
    if len(links) > MOST_LINKS:
        yield Reason(f"Enter {MOST_LINKS} links or fewer", "links")
    for link in links:
        try:
            is_https(link)
        except ValidationError:
            yield Reason(f"“{link[:60]}” must be a full web address that begins with https://", "links")
        else:
            if len(link) > 200:
                yield Reason(f"“{link[:60]}…” must be 200 characters or fewer", "links")


def _wrong_delivery(regions: Sequence[str], sectors: Sequence[str]) -> Iterator[Reason]:
    if set(regions) - set(Region.values):
        yield Reason("Choose regions from the list", "regions_served")
    if set(sectors) - set(Sector.values):
        yield Reason("Choose sectors from the list", "sectors")

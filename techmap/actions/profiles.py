"""What a supplier says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.records import Region
from portal.refusals import Reason, Refused
from techmap.actions.claims import set_claims
from techmap.models import Capability, SupplierProfile
from techmap.permissions import can_edit_profile

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_LINKS = 10
TEXTS = ("summary", "description", "regions_served", "links")
is_https = URLValidator(schemes=["https"])


@transaction.atomic
def save_profile(
    *,
    organisation: Organisation,
    version: int,
    summary: str,
    description: str,
    regions_served: Sequence[str],
    links: Sequence[str],
    capabilities: Iterable[Capability],
    by: User,
) -> SupplierProfile:
    """Replace the profile and the claims that the supplier makes itself; guesses stay guesses.

    `version` is 0 where the form was opened before there was a profile. Raises `StaleWrite` where
    somebody else saved meanwhile, unless what they saved is the very same.
    """
    organisation = Organisation.objects.locked(organisation.pk)
    if not can_edit_profile(by, organisation):
        raise PermissionDenied
    profile = _profile_of(organisation)
    wanted = {capability.pk: capability for capability in capabilities}
    new: dict[str, Any] = {
        "summary": summary,
        "description": description,
        "regions_served": [code for code in Region.values if code in regions_served],
        "links": list(dict.fromkeys(links)),
        "capabilities": sorted(capability.name for capability in wanted.values()),
    }
    old = snapshot(profile)
    if profile.pk and old == new:
        return profile
    profile.check_version(version)
    reasons = list(_why_not(new, wanted.values(), regions_served))
    if reasons:
        raise Refused(reasons)
    for name in TEXTS:
        setattr(profile, name, new[name])
    profile.bump_version().save()
    set_claims(profile, wanted)
    changed = [name for name in new if new[name] != old[name]]
    record(
        "techmap.profile.saved",
        target=profile,
        by=by,
        old={name: old[name] for name in changed},
        new={name: new[name] for name in changed},
    )
    return profile


def _profile_of(organisation: Organisation) -> SupplierProfile:
    """The supplier's profile, or one that is not saved yet. The caller holds the organisation's lock."""
    profile = SupplierProfile.objects.filter(organisation=organisation).first()
    return profile or SupplierProfile(organisation=organisation, version=0)


def snapshot(profile: SupplierProfile) -> dict[str, Any]:
    """What the supplier's form shows of it: its own claims on capabilities that can still be chosen."""
    claimed = Capability.objects.none()
    if profile.pk:
        claimed = Capability.objects.offered().claimed_by(profile)
    texts = {name: getattr(profile, name) for name in TEXTS}
    return texts | {"capabilities": sorted(claimed.values_list("name", flat=True))}


def _why_not(new: dict[str, Any], capabilities: Iterable[Capability], regions: Sequence[str]) -> Iterator[Reason]:
    if not new["summary"].strip():
        yield Reason("Enter a summary of what the organisation does", "summary")
    for name, most in (("summary", 300), ("description", 5000)):
        if len(new[name]) > most:
            yield Reason(f"The {name} must be {most:,} characters or fewer", name)
    if set(regions) - set(Region.values):
        yield Reason("Choose regions from the list", "regions_served")
    if any(capability.is_parent or capability.is_retired for capability in capabilities):
        yield Reason("Choose capabilities from the list", "capabilities")
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

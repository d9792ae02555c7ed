"""Which capabilities a supplier claims, and which are only guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.refusals import Reason, Refused
from techmap.actions.profiles import open_profile, record_change
from techmap.choices import ClaimOrigin, Level
from techmap.models import Capability, CapabilityClaim, RemovedClaim, SupplierProfile
from techmap.permissions import why_not_decide_guesses
from techmap.search.index import refresh

if TYPE_CHECKING:
    from portal.accounts.models import User

FIRST_YEAR = 1950


@transaction.atomic
def guess_claims(
    *, supplier: Organisation, capabilities: Iterable[Capability], by: User | None = None
) -> list[CapabilityClaim]:
    """Add what a notice suggests, marked as guessed; returns the new claims.

    What the supplier claims already is left alone, and what it once removed is not suggested again. The word
    of people who only claim to be an imported supplier hides nothing: their own claim becomes a guess.
    """
    if not supplier.is_supplier:
        raise Refused(f"{supplier} is not a supplier, so it has no capabilities to claim.")
    supplier = Organisation.objects.locked(supplier.pk)
    profile, _ = SupplierProfile.objects.get_or_create(organisation=supplier)
    capabilities = list(capabilities)
    if why_not_decide_guesses(supplier):
        unheard = profile.claims.filter(capability__in=capabilities, origin=ClaimOrigin.SUPPLIER)
        if unheard.update(origin=ClaimOrigin.GUESSED, level="", since=None):
            refresh([supplier.pk])
    known = {*profile.claims.values_list("capability_id", flat=True)}
    known |= {*profile.removed_claims.values_list("capability_id", flat=True)}
    fresh = {item.pk: item for item in capabilities if item.pk not in known and not item.is_parent}
    claims = CapabilityClaim.objects.bulk_create(
        CapabilityClaim(profile=profile, capability=item, origin=ClaimOrigin.GUESSED) for item in fresh.values()
    )
    if claims:
        names = sorted(item.name for item in fresh.values())
        record("techmap.claims.guessed", target=profile, by=by, new={"capabilities": names})
        refresh([supplier.pk])
    return claims


@transaction.atomic
def confirm_claim(*, profile: SupplierProfile, capability: Capability, by: User) -> CapabilityClaim:
    """The supplier says that a guess is right: it becomes its own claim. Saying so twice changes nothing.

    Raises `Refused` where the claim is gone, or where nobody has verified the people of an imported supplier.
    """
    profile = open_profile(profile.organisation, by)
    claim = profile.claims.filter(capability=capability).first()
    if claim is None:
        raise Refused("This suggestion has been removed. Add the capability by editing the profile.")
    if claim.is_guessed:
        if why_not := why_not_decide_guesses(profile.organisation):
            raise Refused(why_not)
        claim.origin, claim.claimed_at = ClaimOrigin.SUPPLIER, timezone.now()
        claim.save(update_fields=["origin", "claimed_at"])
        profile.bump_version().save()
        record("techmap.claim.confirmed", target=profile, by=by, new={"capability": capability.name})
        refresh([profile.organisation_id])
    return claim


@transaction.atomic
def remove_claim(*, profile: SupplierProfile, capability: Capability, by: User) -> None:
    """Take the claim, guessed or not, off the profile for good: no notice brings it back.

    Nobody has verified the people of an imported supplier: raises `Refused` for a guess, and a notice may
    still suggest what they claimed themselves.
    """
    profile = open_profile(profile.organisation, by)
    why_not = why_not_decide_guesses(profile.organisation)
    claims = profile.claims.filter(capability=capability)
    if why_not and claims.filter(origin=ClaimOrigin.GUESSED).exists():
        raise Refused(why_not)
    removed, _ = claims.delete()
    if removed:
        if not why_not:
            RemovedClaim.objects.get_or_create(profile=profile, capability=capability)
        profile.bump_version().save()
        record("techmap.claim.removed", target=profile, by=by, old={"capability": capability.name})
        refresh([profile.organisation_id])


# --- The supplier's own ----------------------------------------------------------------------------


@transaction.atomic
def save_capabilities(
    *, organisation: Organisation, version: int, capabilities: Iterable[Capability], by: User
) -> SupplierProfile:
    """Make the supplier's own claims exactly these; guesses stay guesses unless they are among them.

    What the supplier drops, no later notice suggests again. Claims on retired capabilities, which can
    no longer be chosen, stay too. Of an imported supplier that nobody verified guesses are not to be chosen,
    and what it drops may be suggested again. Raises PermissionDenied, StaleWrite, Refused.
    """
    profile = open_profile(organisation, by)
    wanted = {capability.pk: capability for capability in capabilities}
    old = {"capabilities": own_names(profile)}
    new = {"capabilities": sorted(capability.name for capability in wanted.values())}
    if profile.pk and old == new:
        return profile
    profile.check_version(version)
    if any(capability.is_parent or capability.is_retired for capability in wanted.values()):
        raise Refused([Reason("Choose capabilities from the list", "capabilities")])
    why_not = why_not_decide_guesses(profile.organisation)
    if why_not and profile.pk and profile.claims.filter(capability__in=wanted, origin=ClaimOrigin.GUESSED).exists():
        raise Refused([Reason(why_not, "capabilities")])
    profile.bump_version().save()
    _set_claims(profile, wanted, is_final=not why_not)
    record_change(profile, old, new, by=by)
    refresh([organisation.pk])
    return profile


def own_names(profile: SupplierProfile) -> list[str]:
    """The capabilities that the supplier claims itself and that can still be chosen."""
    if not profile.pk:
        return []
    return sorted(Capability.objects.offered().claimed_by(profile).values_list("name", flat=True))


def _set_claims(profile: SupplierProfile, wanted: Mapping[int, Capability], *, is_final: bool) -> None:
    """`is_final` says whether what is dropped is never suggested again."""
    own = profile.claims.filter(origin=ClaimOrigin.SUPPLIER, capability__is_retired=False)
    dropped = own.exclude(capability__in=wanted)
    gone = dropped.values_list("capability_id", flat=True) if is_final else []
    RemovedClaim.objects.bulk_create(
        [RemovedClaim(profile=profile, capability_id=pk) for pk in gone], ignore_conflicts=True
    )
    dropped.delete()
    guessed = profile.claims.filter(capability__in=wanted, origin=ClaimOrigin.GUESSED)
    guessed.update(origin=ClaimOrigin.SUPPLIER, claimed_at=timezone.now())
    profile.removed_claims.filter(capability__in=wanted).delete()
    known = set(profile.claims.values_list("capability_id", flat=True))
    CapabilityClaim.objects.bulk_create(
        CapabilityClaim(profile=profile, capability_id=pk) for pk in wanted if pk not in known
    )


@dataclass(frozen=True)
class Depth:
    """How deep one claim goes, and since which year; either may stay unsaid."""

    level: str = ""
    since: int | None = None


@transaction.atomic
def save_levels(
    *, organisation: Organisation, version: int, depths: Mapping[int, Depth], by: User, now: datetime
) -> SupplierProfile:
    """Say of the supplier's own claims, by the number of the capability, how deep each goes and since when.

    A capability that is no longer claimed is passed over. Raises PermissionDenied, StaleWrite, Refused
    with a reason for each field: `level_<number>`, `since_<number>`.
    """
    profile = open_profile(organisation, by)
    if not profile.pk:
        raise Refused("Choose your capabilities first.")
    claims = list(profile.claims.filter(origin=ClaimOrigin.SUPPLIER).select_related("capability"))
    changed = [claim for claim in claims if depths.get(claim.capability_id, depth_of(claim)) != depth_of(claim)]
    if not changed:
        return profile
    profile.check_version(version)
    if reasons := [reason for claim in changed for reason in _wrong_depth(claim, depths[claim.capability_id], now)]:
        raise Refused(reasons)
    old = {claim.capability.name: _in_words(depth_of(claim)) for claim in changed}
    for claim in changed:
        depth = depths[claim.capability_id]
        claim.level, claim.since = depth.level, depth.since
    CapabilityClaim.objects.bulk_update(changed, ["level", "since"])
    profile.bump_version().save()
    record_change(profile, old, {claim.capability.name: _in_words(depth_of(claim)) for claim in changed}, by=by)
    refresh([organisation.pk])
    return profile


def depth_of(claim: CapabilityClaim) -> Depth:
    return Depth(claim.level, claim.since)


def _in_words(depth: Depth) -> str:
    level = Level(depth.level).label if depth.level else "no level"
    return f"{level}, since {depth.since}" if depth.since else level


def _wrong_depth(claim: CapabilityClaim, depth: Depth, now: datetime) -> Iterator[Reason]:
    this_year = timezone.localdate(now).year
    if depth.level and depth.level not in Level.values:
        yield Reason(f"{claim.capability}: choose a level from the list", f"level_{claim.capability_id}")
    if depth.since is not None and not FIRST_YEAR <= depth.since <= this_year:
        words = f"{claim.capability}: the year must be from {FIRST_YEAR} to {this_year}"
        yield Reason(words, f"since_{claim.capability_id}")

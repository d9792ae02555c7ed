"""Which capabilities a supplier claims, and which are only guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap.choices import ClaimOrigin
from techmap.models import Capability, CapabilityClaim, RemovedClaim, SupplierProfile
from techmap.permissions import can_edit_profile

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def guess_claims(
    *, supplier: Organisation, capabilities: Iterable[Capability], by: User | None = None
) -> list[CapabilityClaim]:
    """Add what a notice suggests, marked as guessed; returns the new claims.

    What the supplier claims already is left alone, and what it once removed is not suggested again.
    """
    if not supplier.is_supplier:
        raise Refused(f"{supplier} is not a supplier, so it has no capabilities to claim.")
    Organisation.objects.locked(supplier.pk)
    profile, _ = SupplierProfile.objects.get_or_create(organisation=supplier)
    known = {*profile.claims.values_list("capability_id", flat=True)}
    known |= {*profile.removed_claims.values_list("capability_id", flat=True)}
    fresh = {item.pk: item for item in capabilities if item.pk not in known and not item.is_parent}
    claims = CapabilityClaim.objects.bulk_create(
        CapabilityClaim(profile=profile, capability=item, origin=ClaimOrigin.GUESSED) for item in fresh.values()
    )
    if claims:
        names = sorted(item.name for item in fresh.values())
        record("techmap.claims.guessed", target=profile, by=by, new={"capabilities": names})
    return claims


@transaction.atomic
def confirm_claim(*, profile: SupplierProfile, capability: Capability, by: User) -> CapabilityClaim:
    """The supplier says that a guess is right: it becomes its own claim. Saying so twice changes nothing."""
    profile = _locked(profile, by)
    claim = profile.claims.filter(capability=capability).first()
    if claim is None:
        raise Refused("This suggestion has been removed. Add the capability by editing the profile.")
    if claim.is_guessed:
        claim.origin = ClaimOrigin.SUPPLIER
        claim.save(update_fields=["origin"])
        profile.bump_version().save()
        record("techmap.claim.confirmed", target=profile, by=by, new={"capability": capability.name})
    return claim


@transaction.atomic
def remove_claim(*, profile: SupplierProfile, capability: Capability, by: User) -> None:
    """Take the claim, guessed or not, off the profile for good: no notice brings it back."""
    profile = _locked(profile, by)
    removed, _ = profile.claims.filter(capability=capability).delete()
    if removed:
        RemovedClaim.objects.get_or_create(profile=profile, capability=capability)
        profile.bump_version().save()
        record("techmap.claim.removed", target=profile, by=by, old={"capability": capability.name})


def _locked(profile: SupplierProfile, by: User) -> SupplierProfile:
    organisation = Organisation.objects.locked(profile.organisation_id)
    if not can_edit_profile(by, organisation):
        raise PermissionDenied
    return SupplierProfile.objects.select_related("organisation").get(pk=profile.pk)


def set_claims(profile: SupplierProfile, wanted: Mapping[int, Capability]) -> None:
    """Make the supplier's own claims exactly these. The caller holds the lock and records the change.

    A guess among them is thereby confirmed; other guesses stay. Claims on retired capabilities,
    which the form no longer shows, stay too.
    """
    own = profile.claims.filter(origin=ClaimOrigin.SUPPLIER, capability__is_retired=False)
    dropped = own.exclude(capability__in=wanted)
    RemovedClaim.objects.bulk_create(
        [RemovedClaim(profile=profile, capability_id=pk) for pk in dropped.values_list("capability_id", flat=True)],
        ignore_conflicts=True,
    )
    dropped.delete()
    profile.claims.filter(capability__in=wanted).update(origin=ClaimOrigin.SUPPLIER)
    profile.removed_claims.filter(capability__in=wanted).delete()
    known = set(profile.claims.values_list("capability_id", flat=True))
    CapabilityClaim.objects.bulk_create(
        CapabilityClaim(profile=profile, capability_id=pk) for pk in wanted if pk not in known
    )

"""Firms that pitch together: the one that leads invites, each of the others agrees or declines for itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from innovation_den.actions.pitches import (
    check_not_both_sides,
    check_takes_pitches,
    locked_pitch_draft,
)
from innovation_den.actions.told import tell_firms
from innovation_den.choices import PitchState
from innovation_den.models import Den, Pitch, PitchPartner
from innovation_den.permissions import can_take_part
from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Organisation
from portal.organisations.queries import writers_of
from portal.records import sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_PARTNERS = 5


@transaction.atomic
def invite_partner(
    *, pitch: Pitch, firm: Organisation, role: str, by: User, submission_key: UUID, now: datetime
) -> PitchPartner:
    """Ask another supplier to pitch with this one. Its writers are told, and may read the draft from now on."""
    pitch = locked_pitch_draft(pitch, by, now)
    if made := sent_before(PitchPartner.objects.filter(pitch=pitch), submission_key):
        return made
    if why := _why_not_invite(pitch, firm):
        raise Refused([Reason(why, "firm")])
    partner = PitchPartner.objects.create(pitch=pitch, firm=firm, role=role, submission_key=submission_key)
    pitch.bump_version().save(update_fields=["version"])
    record("innovation_den.pitch.partner_invited", target=pitch, by=by, new={"firm": str(firm)})
    tell(
        kind=Kind.DEN,
        subject=f"{pitch.firm} asks you to pitch together: {pitch.title}",
        body=f"{by} of {pitch.firm} would like {firm} to join a pitch to {pitch.den.host}."
        f"\n\nWhat you would bring: {role}\n\nThe call closes soon. Say yes or no on the page of the pitch.",
        path=pitch.get_absolute_url(),
        link_text="Read the pitch and answer",
        reason=f"You write for {firm}",
        recipients=writers_of(firm),
        dedupe_key=f"innovation_den.partner.invited:{partner.pk}",
    )
    return partner


def _why_not_invite(pitch: Pitch, firm: Organisation) -> str:
    if not firm.is_supplier or firm.pk == pitch.firm_id:
        return "Choose another supplier"
    if pitch.partners.filter(firm=firm).exists():
        return f"{firm} is invited already"
    if pitch.partners.count() >= MOST_PARTNERS:
        return f"Up to {MOST_PARTNERS} firms can join a pitch. Take one out first"
    if not writers_of(firm).exists():
        return f"Nobody writes for {firm} on this service yet, so nobody could say yes. Ask them to sign up first"
    return ""


@transaction.atomic
def remove_partner(*, pitch: Pitch, partner: PitchPartner, by: User, now: datetime) -> None:
    """Take a firm out of the draft. Its people are told, and no longer read it."""
    pitch = locked_pitch_draft(pitch, by, now)
    partner_now = pitch.partners.filter(pk=partner.pk).select_related("firm").first()
    if partner_now is None:
        return
    _delete(pitch, partner_now, by, "partner_removed")
    tell(
        kind=Kind.DEN,
        subject=f"Your help is no longer asked for: {pitch.title}",
        body=f"{pitch.firm} took {partner_now.firm} out of its pitch.",
        recipients=writers_of(partner_now.firm),
        reason=f"You write for {partner_now.firm}",
        dedupe_key=f"innovation_den.partner.removed:{partner.pk}",
    )


@transaction.atomic
def answer_partner(*, partner: PitchPartner, agrees: bool, by: User, now: datetime) -> bool:
    """A writer of the invited firm says yes, or no, until the call closes; a no after a yes leaves the pitch.

    Returns whether the firm is in.
    """
    den = Den.objects.locked(partner.pitch.den_id)
    pitch = Pitch.objects.locked(partner.pitch_id)
    pitch.den = den
    current = PitchPartner.objects.select_related("firm").filter(pk=partner.pk).first()
    if current is None:
        raise Refused("Your firm is no longer asked to join this pitch")
    if not can_take_part(by, current.firm):
        raise PermissionDenied
    check_not_both_sides(by, den)
    check_takes_pitches(den, now)
    if pitch.state not in {PitchState.DRAFT, PitchState.SUBMITTED}:
        raise Refused("This pitch was withdrawn")
    if agrees and current.agreed_at is None:
        current.agreed_at, current.agreed_by = now, by
        current.save(update_fields=["agreed_at", "agreed_by"])
        pitch.bump_version().save(update_fields=["version"])
        record("innovation_den.pitch.partner_agreed", target=pitch, by=by, new={"firm": str(current.firm)})
        tell_firms(pitch, f"{current.firm} will pitch with you", f"{by} said yes.", key="partner_agreed")
    elif not agrees:
        _delete(pitch, current, by, "partner_declined")
        tell_firms(pitch, f"{current.firm} will not pitch with you", f"{by} said no.", key="partner_declined")
    return agrees


def _delete(pitch: Pitch, partner: PitchPartner, by: User, verb: str) -> None:
    record(f"innovation_den.pitch.{verb}", target=pitch, by=by, old={"firm": str(partner.firm)})
    PitchPartner.objects.filter(pk=partner.pk).delete()
    pitch.bump_version().save(update_fields=["version"])

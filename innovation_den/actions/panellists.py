"""Ask people to sit on the panels, let them in, and let them go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from innovation_den.actions.conflicts import find_conflicts
from innovation_den.choices import PANELLIST_TRANSITIONS, PanellistState
from innovation_den.models import Den, Panellist
from innovation_den.permissions import can_organise
from innovation_den.queries.panellists import PANEL_STATES, employer_named
from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.actions.invitations import send_invitation
from portal.organisations.queries import verified_addresses_of, writers_of
from portal.organisations.tokens import hash_token, new_token, sign_token
from portal.records import check_transition, sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

LIFE = timedelta(days=14)
RESEND_AFTER = timedelta(minutes=5)
# Of people who have not answered: the mail goes to strangers in the host's name.
OPEN_LIMIT = 100


def locked_seat(panellist: Panellist) -> Panellist:
    """The seat as it is now, its den locked before it."""
    den = Den.objects.locked(panellist.den_id)
    panellist = Panellist.objects.locked(panellist.pk)
    panellist.den = den
    return panellist


def _organised(panellist: Panellist, by: User) -> Panellist:
    panellist = locked_seat(panellist)
    if not can_organise(by, panellist.den):
        raise PermissionDenied
    return panellist


@transaction.atomic
def invite_panellist(
    *, den: Den, email: str, fields: dict[str, Any], submission_key: UUID, by: User, now: datetime
) -> Panellist:
    """Ask an address to sit on the den's panels, for 14 days. `fields`: name, sector, employer_name, is_chair."""
    den = Den.objects.locked(den.pk)
    if not can_organise(by, den):
        raise PermissionDenied
    if again := sent_before(Panellist.objects.filter(den=den), submission_key):
        return again
    email = email.strip().lower()
    if reasons := _wrong_with_inviting(den, email):
        raise Refused(reasons)
    token = new_token()
    panellist = Panellist.objects.create(
        den=den,
        email=email,
        **fields,
        employer=employer_named(fields["employer_name"]),
        token_hash=hash_token(token),
        invited_by=by,
        invited_at=now,
        expires_at=now + LIFE,
        submission_key=submission_key,
    )
    record("innovation_den.panellist.invited", target=panellist, by=by, new={"email": email, **fields})
    _send(panellist, token)
    return panellist


def _wrong_with_inviting(den: Den, email: str) -> list[Reason]:
    reasons = []
    if den.state not in PANEL_STATES:
        reasons.append(Reason("People can be asked from the publication of the call until its day is over"))
    if Panellist.objects.filter(den=den, email__iexact=email).exists():
        reasons.append(Reason(f"{email} was asked already. Open that invitation to send it again", "email"))
    if Panellist.objects.filter(den=den, state=PanellistState.INVITED).count() >= OPEN_LIMIT:
        reasons.append(Reason(f"{OPEN_LIMIT} invitations wait for an answer. Take one back, or wait"))
    return reasons


@transaction.atomic
def resend_panellist(*, panellist: Panellist, by: User, now: datetime) -> Panellist:
    """Ask again with a new link and 14 more days; the old link dies. Also those who declined or were stood down."""
    panellist = _organised(panellist, by)
    if panellist.state == PanellistState.ACCEPTED:
        raise Refused(f"{panellist} has accepted already")
    if panellist.den.state not in PANEL_STATES:
        raise Refused("People can be asked from the publication of the call until its day is over")
    if now < panellist.invited_at + RESEND_AFTER:
        raise Refused("The invitation was sent just now. Wait 5 minutes before sending it again")
    token, old = new_token(), panellist.state
    if old != PanellistState.INVITED:
        check_transition(PANELLIST_TRANSITIONS, old, PanellistState.INVITED, "This person cannot be asked again")
        panellist.has_declared = False  # what they said of their interests may no longer hold
    panellist.state, panellist.stood_down_reason, panellist.answered_at = PanellistState.INVITED, "", None
    panellist.token_hash, panellist.invited_at, panellist.expires_at = hash_token(token), now, now + LIFE
    panellist.bump_version().save()
    record("innovation_den.panellist.invited_again", target=panellist, by=by, old={"state": old})
    _send(panellist, token)
    return panellist


@transaction.atomic
def edit_panellist(*, panellist: Panellist, version: int, fields: dict[str, Any], by: User, now: datetime) -> Panellist:
    """Mend what the organisers know: name, sector, employer, chair."""
    panellist = _organised(panellist, by)
    panellist.check_version(version)
    old = {name: getattr(panellist, name) for name in fields}
    _apply(panellist, fields)
    record("innovation_den.panellist.edited", target=panellist, by=by, old=old, new=fields)
    find_conflicts(panellist.den, now)
    return panellist


def _apply(panellist: Panellist, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(panellist, name, value)
    if "employer_name" in fields:
        panellist.employer = employer_named(panellist.employer_name)
    panellist.bump_version().save()


@transaction.atomic
def accept_seat(*, panellist: Panellist, by: User, now: datetime) -> Panellist:
    """Take the seat; only for whoever has verified the invited address. Sent twice, it changes nothing."""
    panellist = locked_seat(panellist)
    _check_invited(panellist, by)
    if panellist.state == PanellistState.ACCEPTED and panellist.user_id == by.pk:
        return panellist
    if gone := why_gone(panellist, now):
        raise Refused(gone)
    if Panellist.objects.filter(den=panellist.den, user=by).exclude(pk=panellist.pk).exists():
        raise Refused("You were asked under another address too, and hold a seat in this den under that one")
    panellist.state, panellist.user, panellist.answered_at = PanellistState.ACCEPTED, by, now
    panellist.token_hash = ""
    panellist.bump_version().save()
    record("innovation_den.panellist.accepted", target=panellist, by=by)
    _tell_organisers(panellist, "sits on the panels")
    find_conflicts(panellist.den, now)
    return panellist


@transaction.atomic
def decline_seat(*, panellist: Panellist, by: User, now: datetime) -> Panellist:
    """Say no. The organisers may ask again."""
    panellist = locked_seat(panellist)
    _check_invited(panellist, by)
    if gone := why_gone(panellist, now):
        raise Refused(gone)
    panellist.state, panellist.answered_at, panellist.token_hash = PanellistState.DECLINED, now, ""
    panellist.bump_version().save()
    record("innovation_den.panellist.declined", target=panellist, by=by)
    _tell_organisers(panellist, "cannot sit on the panels")
    return panellist


def _check_invited(panellist: Panellist, by: User) -> None:
    if panellist.email.lower() not in verified_addresses_of(by) or not by.is_active:
        raise Refused(
            "This invitation was sent to another e-mail address. Sign in with that address, "
            "or add it to your account and verify it."
        )


def why_gone(panellist: Panellist, now: datetime) -> str:
    """Why the invitation can no longer be answered; empty where it can."""
    match panellist.state:
        case PanellistState.ACCEPTED:
            return "This invitation was already used."
        case PanellistState.DECLINED:
            return "This invitation was declined. Ask the person who invited you for a new one."
        case PanellistState.STOOD_DOWN:
            return "This invitation was taken back. Ask the person who invited you for a new one."
    if now >= panellist.expires_at:
        return "This invitation has expired. Ask the person who invited you for a new one."
    if panellist.den.state not in PANEL_STATES:
        return "This den takes no more panellists."
    return ""


@transaction.atomic
def stand_down(*, panellist: Panellist, reason: str, by: User, now: datetime) -> Panellist:
    """End the seat, or take the invitation back. From the next request on the person sees nothing more of the den."""
    panellist = locked_seat(panellist)
    if panellist.user_id != by.pk and not can_organise(by, panellist.den):
        raise PermissionDenied
    if not reason.strip():
        raise Refused([Reason("Say why, for the record", "reason")])
    check_transition(
        PANELLIST_TRANSITIONS, panellist.state, PanellistState.STOOD_DOWN, f"{panellist} does not sit on the panels"
    )
    old = panellist.state
    panellist.state, panellist.stood_down_reason = PanellistState.STOOD_DOWN, reason.strip()
    panellist.token_hash = ""
    panellist.bump_version().save()
    record(
        "innovation_den.panellist.stood_down",
        target=panellist,
        by=by,
        old={"state": old},
        new={"reason": reason.strip()},
    )
    if panellist.user_id == by.pk:
        _tell_organisers(panellist, "no longer sits on the panels")
    elif panellist.user:
        _tell_panellist(panellist)
    return panellist


def _tell_panellist(panellist: Panellist) -> None:
    tell(
        kind=Kind.DEN,
        subject=f"You no longer sit on the panels of {panellist.den}",
        body=f"{panellist.den.host} has ended your seat.\n\nWhy: {panellist.stood_down_reason}",
        recipients=[panellist.user] if panellist.user else [],
        path=reverse("innovation_den:seat-list"),
        link_text="See your seats",
        reason="You sat on the panels of this den.",
    )


def _tell_organisers(panellist: Panellist, what: str) -> None:
    den = panellist.den
    tell(
        kind=Kind.DEN,
        subject=f"{panellist} {what}: {den}",
        body=f"{panellist} of {panellist.employer_name} ({panellist.get_sector_display().lower()}) {what}.",
        recipients=writers_of(den.host).exclude(pk=panellist.user_id or 0),
        path=reverse("innovation_den:panellist-list", args=[den.reference]),
        link_text="See the panellists",
        reason=f"You write for {den.host}.",
    )


def _send(panellist: Panellist, token: str) -> None:
    den = panellist.den
    words = f"{den.host} asks you to hear pitches: {den}"
    offer = (
        f"{panellist.invited_by} of {den.host} asks you to sit on the panels of “{den}” on {settings.SERVICE_NAME}, "
        f"from {panellist.get_sector_display().lower()}. Please answer within 14 days."
    )
    send_invitation(
        kind=Kind.DEN,
        email=panellist.email,
        subject=words,
        offer=offer,
        link_text="Answer the invitation",
        path=reverse("innovation_den:seat-list"),
        secret_path=reverse("innovation_den:panellist-open", args=[sign_token(token)]),
    )

"""Invite people by e-mail, and let them in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from portal.audit.actions import record
from portal.notifications.actions import send_account_email, tell
from portal.notifications.choices import Kind as Notice
from portal.organisations.actions.members import ROLE_WORDS, add_member
from portal.organisations.choices import InvitationState, Role, Status
from portal.organisations.models import Invitation, Membership, Organisation
from portal.organisations.permissions import can_manage_members
from portal.organisations.queries import owners_of, people_of, verified_addresses_of
from portal.organisations.tokens import hash_token, new_token, sign_token
from portal.records import sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

LIFE = timedelta(days=7)
RESEND_AFTER = timedelta(minutes=5)
# The mail goes to strangers in the organisation's name, so one that nobody has checked sends few.
OPEN_LIMIT, OPEN_LIMIT_UNVERIFIED = 100, 5

GONE = {
    InvitationState.ACCEPTED: "This invitation was already used.",
    InvitationState.REVOKED: "This invitation was taken back. Ask the person who invited you for a new one.",
    InvitationState.EXPIRED: "This invitation has expired. Ask the person who invited you for a new one.",
}


@transaction.atomic
def invite_member(
    *, organisation: Organisation, email: str, role: str, submission_key: UUID, by: User, now: datetime
) -> Invitation:
    """Invite an address to join with the role; the invitation lasts 7 days. The same form sent twice invites once."""
    organisation = Organisation.objects.locked(organisation.pk)
    if not can_manage_members(by, organisation):
        raise PermissionDenied
    if again := sent_before(Invitation.objects.filter(organisation=organisation), submission_key):
        return again
    email = email.strip().lower()
    if reasons := _wrong_with_inviting(organisation, email, now):
        raise Refused(reasons)
    # One that ran out makes room for the new one.
    Invitation.objects.unanswered().filter(organisation=organisation, email=email).update(revoked_at=now)
    token = new_token()
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=email,
        role=Role(role),
        token_hash=hash_token(token),
        invited_by=by,
        sent_at=now,
        expires_at=now + LIFE,
        submission_key=submission_key,
    )
    record("organisations.invitation.sent", target=organisation, by=by, new={"email": email, "role": invitation.role})
    _send(invitation, token)
    return invitation


def _wrong_with_inviting(organisation: Organisation, email: str, now: datetime) -> list[Reason]:
    open_now = Invitation.objects.open_at(now).filter(organisation=organisation)
    limit = OPEN_LIMIT if organisation.is_verified else OPEN_LIMIT_UNVERIFIED
    reasons = []
    if organisation.status == Status.SUSPENDED:
        reasons.append(Reason(f"{organisation} is suspended, so nobody can be invited to it"))
    if people_of(organisation).filter(emailaddress__email=email, emailaddress__verified=True).exists():
        reasons.append(Reason(f"{email} already belongs to {organisation}", "email"))
    elif open_now.filter(email=email).exists():
        reasons.append(Reason(f"{email} is already invited. You can send that invitation again", "email"))
    if open_now.count() >= limit:
        reasons.append(Reason(f"You have {limit} open invitations. Take one back or wait for an answer"))
    return reasons


def _locked(invitation: Invitation) -> Invitation:
    """The invitation as it is now, its organisation and itself locked, in the order that all actions keep."""
    organisation = Organisation.objects.locked(invitation.organisation_id)
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    invitation.organisation = organisation
    return invitation


@transaction.atomic
def resend_invitation(*, invitation: Invitation, by: User, now: datetime) -> Invitation:
    """Send it again with a new link and 7 more days; the old link dies. Not within 5 minutes of the last."""
    invitation = _locked(invitation)
    organisation = invitation.organisation
    if not can_manage_members(by, organisation):
        raise PermissionDenied
    state = invitation.state_at(now)
    if state in (InvitationState.ACCEPTED, InvitationState.REVOKED):
        raise Refused(f"The invitation to {invitation.email} can no longer be sent: {state.label.lower()}.")
    if organisation.status == Status.SUSPENDED:
        raise Refused(f"{organisation} is suspended, so nobody can be invited to it.")
    if now < invitation.sent_at + RESEND_AFTER:
        raise Refused(
            f"The invitation to {invitation.email} was sent just now. Wait 5 minutes before sending it again."
        )
    token = new_token()
    invitation.token_hash, invitation.sent_at, invitation.expires_at = hash_token(token), now, now + LIFE
    invitation.save(update_fields=["token_hash", "sent_at", "expires_at"])
    record("organisations.invitation.sent_again", target=organisation, by=by, new={"email": invitation.email})
    _send(invitation, token)
    return invitation


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User, now: datetime) -> Invitation:
    """Take an unanswered invitation back; its link says so from now on."""
    invitation = _locked(invitation)
    if not can_manage_members(by, invitation.organisation):
        raise PermissionDenied
    if invitation.accepted_at or invitation.revoked_at:
        state = invitation.state_at(now).label.lower()
        raise Refused(f"The invitation to {invitation.email} can no longer be taken back: {state}.")
    invitation.revoked_at = now
    invitation.save(update_fields=["revoked_at"])
    record("organisations.invitation.revoked", target=invitation.organisation, by=by, old={"email": invitation.email})
    return invitation


@transaction.atomic
def accept_invitation(*, invitation: Invitation, by: User, now: datetime) -> Membership:
    """Let `by` in, who must have verified the invited address. Sent twice, it answers the same membership."""
    invitation = _locked(invitation)
    organisation = invitation.organisation
    if invitation.email not in verified_addresses_of(by) or not by.is_active:
        raise Refused(
            "This invitation was sent to another e-mail address. Sign in with that address, "
            "or add it to your account and verify it."
        )
    mine = Membership.objects.filter(organisation=organisation, user=by, ended_at=None).first()
    state = invitation.state_at(now)
    if state == InvitationState.ACCEPTED and mine:
        return mine
    if state != InvitationState.OPEN:
        raise Refused(GONE[state])
    if organisation.status == Status.SUSPENDED:
        raise Refused(f"{organisation} is suspended, so nobody can join it now.")
    membership = add_member(organisation=organisation, user=by, role=invitation.role)
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    record(
        "organisations.invitation.accepted",
        target=organisation,
        by=by,
        new={"member": str(by), "email": invitation.email, "role": membership.role},
    )
    _tell_owners_of_arrival(membership)
    return membership


def _tell_owners_of_arrival(membership: Membership) -> None:
    organisation, role = membership.organisation, ROLE_WORDS[Role(membership.role)]
    tell(
        kind=Notice.ORGANISATION,
        subject=f"{membership.user} joined {organisation}",
        body=f"{membership.user} accepted the invitation and is now {role} of {organisation}.",
        recipients=owners_of(organisation).exclude(pk=membership.user_id),
        path=reverse("organisations:member-list", args=[organisation.pk]),
        link_text="See its members",
        reason=f"You are an owner of {organisation}.",
    )


def _send(invitation: Invitation, token: str) -> None:
    """The person's own page lists their invitations."""
    words = f"{invitation.invited_by} invites you to join {invitation.organisation}"
    offer = f"{words} on {settings.SERVICE_NAME}, as {ROLE_WORDS[Role(invitation.role)]}. The invitation lasts 7 days."
    send_invitation(
        kind=Notice.ORGANISATION,
        email=invitation.email,
        subject=words,
        offer=offer,
        link_text="See your invitations",
        path=reverse("organisations:organisation-list"),
        secret_path=reverse("organisations:invitation-open", args=[sign_token(token)]),
    )


def send_invitation(
    *, kind: Notice, email: str, subject: str, offer: str, link_text: str, path: str, secret_path: str
) -> None:
    """To a person with an account as a notice without a secret; to anybody else by a mail with the link.

    A notice is kept, so the token must not stand in it: it leads to `path`, where the person finds what waits.
    """
    holders = EmailAddress.objects.filter(email__iexact=email, verified=True, user__is_active=True)
    if holders.exists():
        tell(
            kind=kind,
            subject=subject,
            body=offer,
            recipients=get_user_model().objects.filter(pk__in=holders.values("user")),
            path=path,
            link_text=link_text,
            reason="Somebody invited your e-mail address.",
        )
        return
    send_account_email(
        to=email,
        subject=subject,
        body=f"{offer}\n\nOpen this page, then sign in or create an account with this e-mail address:\n\n"
        f"{settings.SITE_URL}{secret_path}\n\n"
        "If you do not know them, do nothing: without you the invitation runs out.",
    )

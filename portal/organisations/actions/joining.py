"""Ask to join the organisation of one's e-mail domain."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind as Notice
from portal.organisations.actions.members import ROLE_WORDS, add_member
from portal.organisations.choices import JOIN_TRANSITIONS, JoinState, Role
from portal.organisations.domains import domain_of
from portal.organisations.models import JoinRequest, Membership, Organisation
from portal.organisations.permissions import can_manage_members
from portal.organisations.queries import owners_of, verified_addresses_of
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

ASK_AGAIN_AFTER = timedelta(days=30)


@transaction.atomic
def ask_to_join(*, organisation: Organisation, by: User, now: datetime) -> Membership | JoinRequest:
    """Join at once as a viewer where the domain is trusted, else ask the owners. Asking twice asks once.

    One of the person's verified addresses must be at a domain of the organisation, which is verified.
    Whoever belonged before is let in by an owner alone: a trusted domain never undoes an ending.
    """
    organisation = Organisation.objects.locked(organisation.pk)
    domains = {domain_of(address) for address in verified_addresses_of(by)}
    matching = list(organisation.email_domains.filter(domain__in=domains))
    if not matching or not organisation.is_verified or not by.is_active:
        raise Refused("You can ask to join an organisation only with a verified e-mail address at its domain.")
    if Membership.objects.filter(organisation=organisation, user=by, ended_at=None).exists():
        raise Refused(f"You already belong to {organisation}.")
    belonged_before = Membership.objects.filter(organisation=organisation, user=by).exists()
    if any(domain.is_trusted for domain in matching) and not belonged_before:
        return _join_at_once(organisation, by, now)
    return _ask(organisation, by, now)


def _join_at_once(organisation: Organisation, by: User, now: datetime) -> Membership:
    membership = add_member(organisation=organisation, user=by, role=Role.VIEWER)
    # A question that was asked before the domain became trusted has its answer now.
    JoinRequest.objects.filter(organisation=organisation, user=by, state=JoinState.WAITING).update(
        state=JoinState.APPROVED, decided_by=by, decided_at=now
    )
    record(
        "organisations.membership.joined_by_domain",
        target=organisation,
        by=by,
        new={"member": str(by), "role": membership.role},
    )
    tell(
        kind=Notice.ORGANISATION,
        subject=f"{by} joined {organisation}",
        body=f"{by} joined {organisation} as a viewer, because their e-mail address is at a domain that you trust.",
        recipients=owners_of(organisation),
        path=reverse("organisations:member-list", args=[organisation.pk]),
        link_text="See its members",
        reason=f"You are an owner of {organisation}.",
    )
    return membership


def _ask(organisation: Organisation, by: User, now: datetime) -> JoinRequest:
    mine = JoinRequest.objects.filter(organisation=organisation, user=by)
    if waiting := mine.filter(state=JoinState.WAITING).first():
        return waiting
    if mine.filter(state=JoinState.DECLINED, decided_at__gt=now - ASK_AGAIN_AFTER).exists():
        raise Refused(
            f"An owner of {organisation} said no in the last 30 days. If this was a mistake, ask them to invite you."
        )
    join_request = JoinRequest.objects.create(organisation=organisation, user=by)
    record("organisations.join_request.made", target=organisation, by=by, new={"person": str(by)})
    tell(
        kind=Notice.ORGANISATION,
        subject=f"{by} asks to join {organisation}",
        body=f"{by} has a verified e-mail address at your domain and asks to join {organisation}. "
        "Let them in, or say no.",
        recipients=owners_of(organisation),
        path=reverse("organisations:join-request-list", args=[organisation.pk]),
        link_text="Answer",
        reason=f"You are an owner of {organisation}.",
    )
    return join_request


def _locked(join_request: JoinRequest, to: JoinState, by: User) -> JoinRequest:
    organisation = Organisation.objects.locked(join_request.organisation_id)
    if not can_manage_members(by, organisation):
        raise PermissionDenied
    join_request = JoinRequest.objects.select_related("user").get(pk=join_request.pk)
    join_request.organisation = organisation
    if to not in JOIN_TRANSITIONS[join_request.state]:
        state = join_request.get_state_display().lower()
        raise Refused(f"The question of {join_request.user} was already answered: {state}.")
    return join_request


def _decide(join_request: JoinRequest, to: JoinState, by: User, now: datetime) -> None:
    join_request.state, join_request.decided_by, join_request.decided_at = to, by, now
    join_request.save(update_fields=["state", "decided_by", "decided_at"])


@transaction.atomic
def approve_join_request(*, join_request: JoinRequest, role: str, by: User, now: datetime) -> Membership:
    """Let the person in with the role, and tell them."""
    role = Role(role)
    join_request = _locked(join_request, JoinState.APPROVED, by)
    organisation = join_request.organisation
    membership = add_member(organisation=organisation, user=join_request.user, role=role)
    _decide(join_request, JoinState.APPROVED, by, now)
    record(
        "organisations.join_request.approved",
        target=organisation,
        by=by,
        new={"member": str(join_request.user), "role": role.value},
    )
    tell(
        kind=Notice.ORGANISATION,
        subject=f"You have joined {organisation}",
        body=f"{by} let you in. You are now {ROLE_WORDS[role]} of {organisation}.",
        recipients=[join_request.user],
        path=organisation.get_absolute_url(),
        link_text="See your organisation",
        reason=f"You asked to join {organisation}.",
    )
    return membership


@transaction.atomic
def decline_join_request(*, join_request: JoinRequest, by: User, now: datetime) -> JoinRequest:
    """Say no, and tell the person. They may ask again after 30 days."""
    join_request = _locked(join_request, JoinState.DECLINED, by)
    organisation = join_request.organisation
    _decide(join_request, JoinState.DECLINED, by, now)
    record("organisations.join_request.declined", target=organisation, by=by, new={"person": str(join_request.user)})
    tell(
        kind=Notice.ORGANISATION,
        subject=f"You were not let in to {organisation}",
        body=f"An owner of {organisation} said no to your request to join it. "
        "If this was a mistake, ask them to invite you.",
        recipients=[join_request.user],
        path=reverse("organisations:organisation-list"),
        link_text="See your organisations",
        reason=f"You asked to join {organisation}.",
    )
    return join_request

"""Reading who belongs where, and who waits."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from portal.organisations.choices import JoinState, Role
from portal.organisations.domains import domain_of
from portal.organisations.models import Invitation, JoinRequest, Membership, Organisation
from portal.organisations.permissions import WRITERS
from portal.organisations.tokens import hash_token, unsign_token

if TYPE_CHECKING:
    from portal.accounts.models import User


def people_in(of: Q) -> QuerySet[User]:
    """The active people with a membership of today that the filter names, each once; to be told things."""
    memberships = Membership.objects.filter(of, ended_at=None)
    return get_user_model().objects.filter(pk__in=memberships.values("user"), is_active=True)


def people_of(organisation: Organisation, *roles: str) -> QuerySet[User]:
    """Those who belong to it, with one of the roles or with any."""
    return people_in(Q(organisation=organisation, role__in=roles or Role.values))


def owners_of(organisation: Organisation) -> QuerySet[User]:
    return people_of(organisation, Role.OWNER)


def writers_of(organisation: Organisation) -> QuerySet[User]:
    return people_of(organisation, *WRITERS)


def portal_staff() -> QuerySet[User]:
    return get_user_model().objects.filter(is_staff=True, is_active=True)


def members_of(organisation: Organisation) -> QuerySet[Membership]:
    """Today's memberships with their people: owners first, then editors, then viewers, each by name."""
    rank = Case(
        When(role=Role.OWNER, then=Value(0)),
        When(role=Role.EDITOR, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        Membership.objects.filter(organisation=organisation, ended_at=None)
        .select_related("user")
        .order_by(rank, "user__name", "user__email", "pk")
    )


def memberships_of(user: User) -> QuerySet[Membership]:
    """The user's memberships of today, by the organisation's name."""
    return (
        Membership.objects.filter(user=user, ended_at=None)
        .select_related("organisation")
        .order_by("organisation__name", "pk")
    )


def verified_addresses_of(user: User) -> list[str]:
    """The user's addresses that they have shown to be theirs, in lower case."""
    addresses = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk")
    return [address.lower() for address in addresses.values_list("email", flat=True)]


def invitations_for(user: User, now: datetime) -> QuerySet[Invitation]:
    """Open invitations to the user's verified addresses, to organisations that they are not yet in."""
    return (
        Invitation.objects.open_at(now)
        .filter(email__in=verified_addresses_of(user))
        .exclude(organisation__in=Organisation.objects.of_user(user))
        .select_related("organisation", "invited_by")
    )


def organisations_to_join(user: User) -> QuerySet[Organisation]:
    """Verified organisations with the domain of one of the user's verified addresses, which they are not yet in."""
    domains = {domain_of(address) for address in verified_addresses_of(user)}
    return (
        Organisation.objects.verified()
        .filter(email_domains__domain__in=domains)
        .exclude(pk__in=Organisation.objects.of_user(user).values("pk"))
        .distinct()
    )


def join_requests_waiting(organisation: Organisation) -> QuerySet[JoinRequest]:
    return (
        JoinRequest.objects.filter(organisation=organisation, state=JoinState.WAITING)
        .select_related("user")
        .order_by("created_at", "pk")
    )


def waiting_requests_of(user: User) -> QuerySet[JoinRequest]:
    return JoinRequest.objects.filter(user=user, state=JoinState.WAITING)


def find_invitation(signed: str) -> Invitation | None:
    """The invitation whose link this is; None for a link that is cut short, forged or replaced by a newer one."""
    token = unsign_token(signed)
    if token is None:
        return None
    invitations = Invitation.objects.select_related("organisation", "invited_by")
    return invitations.filter(token_hash=hash_token(token)).first()

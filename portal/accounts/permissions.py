"""Of whom a second factor is demanded, and who looks after accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

# Recovery codes stand in for a lost factor; alone they are none.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def mfa_demanded_of(user: User) -> bool:
    """Staff, and owners of an organisation, must hold a second factor."""
    return user.is_staff or user.memberships.filter(role="owner", ended_at=None).exists()


def factors_of(user: User) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS)


def lacks_demanded_mfa(user: User) -> bool:
    """Whether a second factor is demanded of the user and there is none: one query, for every request."""
    people = get_user_model().objects
    owners = people.filter(pk=OuterRef("pk"), memberships__role="owner", memberships__ended_at=None)
    factors = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=FACTORS)
    return people.filter(Q(is_staff=True) | Exists(owners), ~Exists(factors), pk=user.pk).exists()


def can_manage_accounts(user: User | AnonymousUser) -> bool:
    """Staff end and restore accounts."""
    return user.is_active and user.is_staff


def can_manage_staff(user: User | AnonymousUser) -> bool:
    """Only superusers say who is staff, so that staff cannot raise one another."""
    return user.is_active and user.is_superuser

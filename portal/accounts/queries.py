"""What a person's own account page shows."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Count, Q

from portal.accounts.models import User
from portal.accounts.permissions import mfa_demanded_of


@dataclass(frozen=True)
class AccountSummary:
    """The state of one account. `new_email` waits for its owner to follow the link sent to it."""

    name: str
    email: str
    new_email: str
    has_password: bool
    has_app: bool
    passkeys: int
    has_recovery_codes: bool
    needs_second_step: bool
    sessions: int
    has_departments: bool

    @property
    def has_second_step(self) -> bool:
        return self.has_app or self.passkeys > 0

    @property
    def password_state(self) -> str:
        return "Set" if self.has_password else "None: you sign in by way of your department"

    @property
    def app_state(self) -> str:
        return "On" if self.has_app else "Off"

    @property
    def app_action(self) -> str:
        return "Remove" if self.has_app else "Set up"

    @property
    def passkey_action(self) -> str:
        return "Change" if self.passkeys else "Set up"

    @property
    def passkey_state(self) -> str:
        return f"{self.passkeys} set up" if self.passkeys else "None"

    @property
    def session_state(self) -> str:
        return "Only here" if self.sessions <= 1 else f"In {self.sessions} places"


def account_summary(user: User) -> AccountSummary:
    kinds = Authenticator.Type
    factors = Authenticator.objects.filter(user=user).aggregate(
        app=Count("pk", filter=Q(type=kinds.TOTP)),
        passkeys=Count("pk", filter=Q(type=kinds.WEBAUTHN)),
        codes=Count("pk", filter=Q(type=kinds.RECOVERY_CODES)),
    )
    waiting = EmailAddress.objects.filter(user=user, verified=False).exclude(email=user.email).first()
    return AccountSummary(
        name=user.name,
        email=user.email,
        new_email=waiting.email if waiting else "",
        has_password=user.has_usable_password(),
        has_app=factors["app"] > 0,
        passkeys=factors["passkeys"],
        has_recovery_codes=factors["codes"] > 0,
        needs_second_step=mfa_demanded_of(user),
        sessions=UserSession.objects.filter(user=user).count(),
        has_departments=bool(settings.OIDC_PROVIDERS) or SocialAccount.objects.filter(user=user).exists(),
    )

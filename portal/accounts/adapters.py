"""How allauth speaks to the rest of the portal: mail by the outbox, audit, and who may do without a second factor."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from portal.accounts import encryption
from portal.accounts.models import User
from portal.accounts.permissions import factors_of, mfa_demanded_of
from portal.audit.actions import record
from portal.notifications.actions import send_account_email


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "Check your email address and password, and enter them again",
        "too_many_login_attempts": "Too many attempts. Wait 5 minutes, then try again",
        "enter_current_password": "Enter your current password as you use it to sign in",
        "incorrect_password": "Enter the password that you use to sign in",
        "incorrect_code": "Enter the newest code that your app shows",
        "duplicate_email": "Enter an address that your account does not use yet",
    }

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        """Store the new person with the name they gave, and say so in the audit."""
        user.name = form.cleaned_data["name"]
        user = cast(User, super().save_user(request, user, form, commit=commit))
        record("accounts.user.signed_up", target=user, by=user, new={"how": "password"})
        return user

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail in the outbox: the page answers as fast whether the address is known or not."""
        frame = {
            "service_name": settings.SERVICE_NAME,
            "site_url": settings.SITE_URL,
            "support_email": settings.SUPPORT_EMAIL,
        }
        mail = self.render_mail(template_prefix, email, {"request": self.request, "email": email, **frame, **context})
        frame |= {"subject": mail.subject, "words": mail.body}
        send_account_email(
            to=email,
            subject=str(mail.subject),
            body=f"{mail.body}\n{render_to_string('notifications/email/_foot.txt', frame)}",
            html=render_to_string("accounts/email.html", frame),
            user=context.get("user"),
        )

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failed attempts by address alone.

        allauth counts by Host and address: each port in a forged Host would bring 5 attempts more.
        """
        return str(credentials["email"]).lower()

    def set_password(self, user: User, password: str) -> None:
        """Store a new password. Django then refuses every other session of the person."""
        signed_in = self.request.user.is_authenticated
        with transaction.atomic():
            super().set_password(user, password)
            record("accounts.password.changed" if signed_in else "accounts.password.reset", target=user, by=user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Mark the address as the person's own, and as their user name where it is new.

        Refused where another account has taken it as its user name since the link was sent.
        """
        user = cast(User, email_address.user)
        old = user.email
        others = get_user_model().objects.filter(email__iexact=email_address.email).exclude(pk=user.pk)
        if others.exists():
            context = {"email": email_address.email}
            self.add_message(request, messages.ERROR, "account/messages/email_confirmation_failed.txt", context)
            return False
        with transaction.atomic():
            confirmed: bool = super().confirm_email(request, email_address)
            if confirmed and old == email_address.email:
                record("accounts.email.verified", target=user, by=user, new={"email": old})
            elif confirmed:
                new = {"email": email_address.email}
                record("accounts.email.changed", target=user, by=user, old={"email": old}, new=new)
        return confirmed

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """After signing in. A sign-in by way of a department is kept in the audit."""
        social_login = (details.get("signal_kwargs") or {}).get("sociallogin")
        if social_login:
            new = {"provider": social_login.account.provider}
            record("accounts.user.signed_in_by_department", target=user, by=user, new=new)
        return super().post_login(request, user, **details)


class MfaAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": (
            "Your role needs a second step to sign in. Add another one first, then remove this one."
        ),
        "incorrect_code": "Enter the newest code that your app shows",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whoever must hold a second factor keeps the last one."""
        user = cast(User, authenticator.user)
        return not mfa_demanded_of(user) or factors_of(user).exclude(pk=authenticator.pk).exists()

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: list[UserSession]) -> None:
        """End the sessions that the person signed out of from elsewhere."""
        with transaction.atomic():
            super().end_sessions(sessions)
            if sessions:
                by = self.request.user if self.request.user.is_authenticated else None
                new = {"sessions_ended": len(sessions), "at": timezone.now()}
                record("accounts.sessions.revoked", target=sessions[0].user, by=by, new=new)

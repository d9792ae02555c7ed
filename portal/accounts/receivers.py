"""Keeps second factors in the audit: allauth tells of them by signals alone, it has no adapter hook."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import receiver

from portal.accounts.models import User
from portal.audit.actions import record


@receiver(authenticator_added, dispatch_uid="audit_factor_added")
def record_added(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record("accounts.factor.added", target=user, by=user, new={"type": authenticator.type})


@receiver(authenticator_removed, dispatch_uid="audit_factor_removed")
def record_removed(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record("accounts.factor.removed", target=user, by=user, old={"type": authenticator.type})


@receiver(authenticator_reset, dispatch_uid="audit_factor_reset")
def record_reset(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record("accounts.factor.replaced", target=user, by=user, new={"type": authenticator.type})

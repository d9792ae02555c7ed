"""Whose history is shown, and to whom. Each model that is recorded says so itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def shows_history(model: type[models.Model]) -> bool:
    """Whether the model has the method `history_visible_to(user)`."""
    return hasattr(model, "history_visible_to")


def can_view_history(user: User | AnonymousUser, target: models.Model) -> bool:
    """As the object's own `history_visible_to` says; where it has none, nobody."""
    return shows_history(target._meta.model) and bool(target.history_visible_to(user))  # type: ignore[attr-defined]

"""The history of one object, as people read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import QuerySet

from portal.audit.models import Event
from portal.audit.permissions import shows_history
from portal.audit.words import label, sentence, value_text

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

PORTAL = "Threepoint"
NO_NAME = "A user without a name"


@dataclass(frozen=True)
class Change:
    """One field, before and after."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Line:
    """One event in plain words."""

    what: str
    who: str
    at: datetime
    note: str
    changes: list[Change]


def find_target(app_label: str, model_name: str, pk: int) -> models.Model | None:
    """The object that the address names, where its model shows its history; None for anything else."""
    try:
        model = apps.get_model(app_label, model_name)
    except LookupError:
        return None
    if not shows_history(model):
        return None
    return model._default_manager.filter(pk=pk).first()


def events_about(target: models.Model, user: User | AnonymousUser) -> QuerySet[Event]:
    """Those that the person may read, newest first, with the people who acted, in one query.

    A model whose history some may read in part says so by `history_shown_to(user, events)`.
    """
    events = Event.objects.about(target)
    if hasattr(target, "history_shown_to"):
        events = target.history_shown_to(user, events)
    return events.select_related("actor", "target_type")


def lines(events: Iterable[Event], model: type[models.Model]) -> list[Line]:
    return [Line(sentence(event.name), _who(event), event.at, event.note, _changes(event, model)) for event in events]


def _who(event: Event) -> str:
    """The person's name, never the address; the portal itself where nobody acted."""
    if event.actor is None:
        return PORTAL
    return event.actor.name or NO_NAME


def _changes(event: Event, model: type[models.Model]) -> list[Change]:
    def text(values: dict[str, Any], key: str) -> str:
        return value_text(model, key, values.get(key))

    keys = dict.fromkeys([*event.old, *event.new])
    return [Change(label(model, key), text(event.old, key), text(event.new, key)) for key in keys]

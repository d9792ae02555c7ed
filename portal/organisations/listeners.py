"""Rooms above that keep something in step with organisations, such as a search row, ask to be told here.

A listener is called inside the transaction of the change, after it was written, so that what it keeps
never differs from the organisation. It is registered in the room's `AppConfig.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.organisations.models import Organisation

    Listener = Callable[[Organisation], None]

_listeners: list[Listener] = []


def register_listener(listener: Listener) -> Listener:
    """Be told of every organisation that was made, changed, verified, refused or suspended. Twice counts once."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def organisation_changed(organisation: Organisation) -> None:
    """Called by each action that changes what others may see of an organisation."""
    for listener in _listeners:
        listener(organisation)

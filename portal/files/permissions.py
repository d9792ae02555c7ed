"""Who may read a file. A file belongs to whatever room holds it, and that room answers for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.files.models import StoredFile

    Reader = Callable[[User | AnonymousUser, StoredFile, datetime], bool]

_readers: list[Reader] = []


def register_reader(reader: Reader) -> Reader:
    """Let a room say yes for its own files: called in its `AppConfig.ready()`. Twice counts once."""
    if reader not in _readers:
        _readers.append(reader)
    return reader


def can_read_file(user: User | AnonymousUser, stored_file: StoredFile, now: datetime) -> bool:
    """Whether any room lets the person read it now. A file that no room knows is read by nobody."""
    return any(reader(user, stored_file, now) for reader in _readers)


def can_store_file(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and user.is_active


def can_rescan_file(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_staff

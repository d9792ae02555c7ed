"""The token itself: drawn once, shown once. The database keeps its SHA-256 and its first characters."""

from __future__ import annotations

import hashlib
import re
import secrets

PREFIX = "tp_"  # by which scanners of source code, and people, know it
SHAPE = re.compile(r"tp_[A-Za-z0-9_-]{43}")
HINT_LENGTH = 9


def draw() -> str:
    """256 random bits behind the prefix."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """The token is random and long, so a plain hash of it cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def hint_of(token: str) -> str:
    return token[:HINT_LENGTH]

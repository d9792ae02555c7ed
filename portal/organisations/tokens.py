"""The secret in an invitation's link. The link carries it signed; the database keeps only its hash."""

from __future__ import annotations

import hashlib
import secrets

from django.core import signing

_SIGNER = signing.Signer(salt="organisations.invitation", sep=".")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """The token is random and long, so a plain hash of it cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_token(token: str) -> str:
    return _SIGNER.sign(token)


def unsign_token(signed: str) -> str | None:
    """The token; None where the link was not made here or was cut short on its way."""
    try:
        return _SIGNER.unsign(signed)
    except signing.BadSignature:
        return None

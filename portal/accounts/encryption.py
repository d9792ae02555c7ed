"""Encrypts what the second factors are made of, so that a stolen database alone gives no codes."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


def _fernet(secret_key: str | bytes) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"threepoint second factors")
    return Fernet(base64.urlsafe_b64encode(derived.derive(force_bytes(secret_key))))


def _keys() -> MultiFernet:
    """The first key encrypts; `SECRET_KEY_FALLBACKS` still decrypt after a change of key."""
    return MultiFernet([_fernet(key) for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]])


def encrypt(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Raises `cryptography.fernet.InvalidToken` where no key in the settings fits."""
    return _keys().decrypt(token.encode()).decode()

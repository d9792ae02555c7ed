"""Tries to sign in from a process of its own, as a web process beside others would serve them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from unittest import mock


@dataclass(frozen=True)
class Try:
    """One try: the status, and whether the page says that there were too many."""

    status: int
    refused: bool


def be_a_web_process(database: str) -> None:
    import django

    django.setup()
    from django.db import connections

    connections.databases["default"]["NAME"] = database


def try_at_once(email: str, start_at: float, numbers: list[int]) -> tuple[list[Try], int]:
    """Try a wrong password once for each number, all at `start_at`; returns the tries and how many were checked."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    tries: list[Try] = []
    checked: list[bool] = []
    real_verify = Argon2PasswordHasher.verify

    def verify(self: Argon2PasswordHasher, password: str, encoded: str) -> bool:
        checked.append(True)
        return real_verify(self, password, encoded)

    with mock.patch.object(Argon2PasswordHasher, "verify", verify):
        threads = [threading.Thread(target=_try, args=(email, start_at, number, tries)) for number in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return tries, len(checked)


def _try(email: str, start_at: float, number: int, tries: list[Try]) -> None:
    from django.db import connections
    from django.test import Client
    from django.urls import reverse

    time.sleep(max(0.0, start_at - time.time()))
    try:
        response = Client(REMOTE_ADDR=f"192.0.2.{number}").post(
            reverse("account_login"),
            {"login": email, "password": "wrong horse battery staple"},
            headers={"host": "127.0.0.1", "x-forwarded-for": f"198.51.100.{number}"},
        )
        tries.append(Try(response.status_code, b"Too many attempts" in response.content))
    finally:
        connections.close_all()

"""Sends requests from a process of its own, several at the same moment, as web processes beside others serve them."""

from __future__ import annotations

import threading
import time
from typing import Any


def be_a_web_process(database: str) -> None:
    import django

    django.setup()
    from django.db import connections

    connections.databases["default"]["NAME"] = database


def send_at_once(secret: str, start_at: float, requests: list[tuple[str, Any, str]]) -> list[tuple[int, bytes]]:
    """Each request is its path, body and key. Returns the status and body of each answer."""
    answers: list[tuple[int, bytes]] = []
    threads = [threading.Thread(target=_send, args=(secret, start_at, *one, answers)) for one in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _send(secret: str, start_at: float, path: str, body: Any, key: str, answers: list[tuple[int, bytes]]) -> None:
    from django.db import connections

    from tests.tokens.makers import Program

    program = Program(secret, raise_request_exception=False, SERVER_NAME="127.0.0.1")
    connections["default"].ensure_connection()
    time.sleep(max(0.0, start_at - time.time()))
    try:
        answer = program.send(path, body, key=key)
        answers.append((answer.status_code, answer.content))
    finally:
        connections.close_all()

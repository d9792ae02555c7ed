"""A worker's sign of life while it reads a file, and how far it is: outside the transaction that it reads in."""

from __future__ import annotations

import time
from typing import Self

from django.db import connection
from django.utils import timezone

from reporting.choices import UploadState
from reporting.models import Upload

EVERY = 0.5  # seconds
STALLED = 20  # seconds without a word to the database, after which PostgreSQL ends the reading of a worker that hangs


class Lost(Exception):
    """The upload is no longer this worker's: it was dropped, or taken back from a worker that was silent."""


class Pulse:
    """Says so on a connection of its own, which other processes see at once."""

    def __init__(self, upload: Upload) -> None:
        self._values = (upload.pk, upload.attempts)
        self._said_at = time.monotonic()
        table = Upload._meta.db_table
        self._sql = (
            f'UPDATE "{table}" SET rows_read = %s, rows_expected = %s, seen_at = %s '  # noqa: S608 - our own table
            f"WHERE id = %s AND attempts = %s AND state = '{UploadState.READING}'"
        )

    def __enter__(self) -> Self:
        self._connection = connection.copy()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @staticmethod
    def bind() -> None:
        """Have PostgreSQL free what this transaction holds should the worker hang, so that another may read."""
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{STALLED}s'")

    def beat(self, rows: int, expected: int | None) -> None:
        """Twice a second at most. Raises `Lost`."""
        if time.monotonic() - self._said_at < EVERY:
            return
        self._said_at = time.monotonic()
        with self._connection.cursor() as cursor:
            cursor.execute(self._sql, (rows, expected, timezone.now(), *self._values))
            if cursor.rowcount != 1:
                raise Lost
        with connection.cursor() as cursor:  # the reading itself may have nothing to write for long
            cursor.execute("SELECT 1")

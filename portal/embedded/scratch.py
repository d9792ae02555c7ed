"""Servers for one command or one run of the tests, gone when it ends."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.embedded import processes
from portal.embedded.postgres import FAST, EmbeddedPostgres


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A folder of our own that servers under another user may enter; removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"threepoint-{purpose}-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch_postgres(programs: Path | None = None) -> Iterator[str]:
    """An empty PostgreSQL, fast rather than safe; answers with its `DATABASE_URL`."""
    with (
        scratch_folder("postgres") as folder,
        EmbeddedPostgres(folder / "server", settings=FAST, programs=programs) as server,
    ):
        yield server.url()


@contextmanager
def scratch_redis(program: Path) -> Iterator[str]:
    """An empty Redis that keeps an append-only file, as in production; answers with `redis://host:port`."""
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    with scratch_folder("redis") as folder:
        data = folder / "data"
        data.mkdir()
        if owner:
            os.chown(data, owner.pw_uid, owner.pw_gid)
        port, password = processes.free_port(), secrets.token_urlsafe(24)
        configuration = folder / "redis.conf"
        configuration.write_text(
            f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {data}\nappendonly yes\nsave ""\ndatabases 64\n'
        )
        server = processes.start([str(program), str(configuration)], log=folder / "log", folder=data, owner=owner)
        try:
            _wait_for(port, folder / "log")
            yield f"redis://:{password}@127.0.0.1:{port}"
        finally:
            processes.stop(server, patience=10)


def _wait_for(port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start.\n{processes.tail(log)}") from None
            time.sleep(0.05)


def settings_for(database_url: str) -> dict[str, str]:
    """The settings that a command on this machine needs beside the database."""
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": database_url,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "LOCAL_HTTP": "true",
        "CELERY_BROKER_URL": "memory://",
    }

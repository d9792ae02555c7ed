"""What every test stands on: a real PostgreSQL of its own, and settings that belong to tests alone.

Loaded as a pytest plugin, because it must run before Django reads its settings.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path


def _start_postgres() -> None:
    """Start the embedded server, once for all test processes; `DATABASE_URL` names another instead."""
    if os.environ.get("DATABASE_URL"):
        return
    from portal.embedded.postgres import FAST, EmbeddedPostgres

    folder = Path(tempfile.mkdtemp(prefix="threepoint-tests-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder, settings=FAST)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    server.start()
    os.environ["DATABASE_URL"] = server.url()


os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
os.environ.setdefault("LOCAL_HTTP", "true")
os.environ.setdefault("CELERY_BROKER_URL", "memory://")
os.environ.setdefault("MEDIA_ROOT", tempfile.mkdtemp(prefix="threepoint-media-"))
os.environ.setdefault("STATIC_ROOT", tempfile.mkdtemp(prefix="threepoint-static-"))
_start_postgres()

"""What every test stands on: a real PostgreSQL, a real broker, and settings that belong to tests alone.

Loaded as a pytest plugin, because it must run before Django reads its settings. `DATABASE_URL`,
`REDIS_URL` and `CELERY_BROKER_URL` name servers to use instead of the embedded one; a PostgreSQL role must be a
superuser there, because tests empty tables without their triggers. The processes of
`pytest -n` share the servers; each has its own databases in them.
"""

from __future__ import annotations

import atexit
import os
import re
import secrets
from contextlib import ExitStack

from portal.embedded import broker
from portal.embedded.debian import find_browser
from portal.embedded.scratch import scratch_folder, scratch_postgres

PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "")  # "gw0", "gw1"... in the processes of `pytest -n`
NUMBER = int(PROCESS.removeprefix("gw") or 0)
REDIS_DATABASE = re.compile(r"(redis://.*/)(\d+)")


def _own_redis_database(url: str) -> str:
    """Two databases for each process: one for the cache, one for the broker, so that none sees another's."""
    return REDIS_DATABASE.sub(lambda found: f"{found[1]}{int(found[2]) + 2 * NUMBER}", url)


def _choose_broker(stack: ExitStack) -> str:
    """The broker named from outside, else pgmq on the tests' own server."""
    named = os.environ.get("CELERY_BROKER_URL", "")
    if named and not named.startswith("pgmq"):
        return _own_redis_database(named)
    name = f"test_broker_{PROCESS}" if PROCESS else "test_broker"
    server = os.environ["DATABASE_URL"]
    stack.callback(broker.drop, server, name)
    broker.drop(server, name)
    return broker.prepare(server, name)


def _prepare(stack: ExitStack) -> None:
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
    os.environ.setdefault("LOCAL_HTTP", "true")
    os.environ.setdefault("CHROMIUM", find_browser())
    os.environ["MEDIA_ROOT"] = str(stack.enter_context(scratch_folder("media")))
    os.environ["STATIC_ROOT"] = str(stack.enter_context(scratch_folder("static")))
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = stack.enter_context(scratch_postgres())
    os.environ["CELERY_BROKER_URL"] = _choose_broker(stack)
    if os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = _own_redis_database(os.environ["REDIS_URL"])


_at_the_end = ExitStack()
atexit.register(_at_the_end.close)
_prepare(_at_the_end)

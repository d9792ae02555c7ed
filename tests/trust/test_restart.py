"""Trust row 24: PostgreSQL ends in the middle of a submission, at once and without a good-bye.

A real server, a real gunicorn and the form of a question. What was sent is wholly saved or absent, sending
it again makes no second one, and the next request is served; with a pool of connections and without.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from portal.embedded import processes
from portal.embedded.postgres import EmbeddedPostgres
from portal.embedded.scratch import scratch_folder, settings_for

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds until an answer counts as never given
AT_ONCE = 8  # seconds; the machine may be loaded, and a pool waits 10 before it gives up
OUTAGE = 33  # seconds; by then a pool left to itself tries again only every 32
TABLES = ("engagement_question", "audit_event", "notifications_message", "notifications_delivery")
SORRY = "Sorry, there is a problem with the service"
HIDDEN = re.compile(r'name="(csrfmiddlewaretoken|submission_key)" value="([^"]+)"')
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("restart")]


class Postgres(EmbeddedPostgres):
    """As in production it loses nothing that it has confirmed; it comes back on the port that it had."""

    def end_at_once(self) -> None:
        """Immediate shutdown: no transaction is finished and nothing tidied; the log is replayed at the start."""
        assert self.process
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE)

    def come_back(self) -> None:
        self._launch()
        assert self._answers(), processes.tail(self.log)

    def rows(self) -> dict[str, int]:
        """What is stored of a question: it, its line in the audit log, and the notices of it."""
        with psycopg.connect(self.url()) as connection:
            counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in TABLES]  # type: ignore[arg-type]
        return {table: count[0] for table, count in zip(TABLES, counts, strict=True) if count}

    @contextmanager
    def locked_outbox(self) -> Iterator[psycopg.Connection]:
        """Hold the table that a question writes last: its own row, its event and its message are in by then."""
        connection = psycopg.connect(self.url())
        connection.execute("LOCK TABLE notifications_delivery IN SHARE MODE")
        try:
            yield connection
        finally:
            connection.close()


class Portal:
    """The portal under gunicorn, and the editor's browser."""

    def __init__(self, server: Postgres, folder: Path, made: dict[str, str], *, pool: bool) -> None:
        self.server, self.form = server, made["form"]
        self.port, self.log = processes.free_port(), folder / "web.log"
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = environment(server, folder) | {"DATABASE_POOL": str(pool)}
        self.cookies = {"sessionid": made["session"]}

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}",
                   "--workers", "2", "--no-control-socket"]  # fmt: skip
        self.process = processes.start(command, log=self.log, folder=ROOT, env=self.env)
        deadline = time.monotonic() + PATIENCE
        while processes.is_free(self.port):
            assert (time.monotonic() < deadline, self.process.poll()) == (True, None), processes.tail(self.log)
            time.sleep(0.1)

    def stop(self) -> None:
        processes.stop(self.process, patience=10)

    def call(self, method: str, path: str, data: dict[str, str] | None = None) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, self.url + path, data=data, cookies=self.cookies, timeout=PATIENCE, allow_redirects=False
            )

    def filled_form(self) -> dict[str, str]:
        """The question's form as the browser would send it."""
        answer = self.call("GET", self.form)
        assert answer.status_code == 200, answer.text
        self.cookies["csrftoken"] = answer.cookies["csrftoken"]
        return dict(HIDDEN.findall(answer.text)) | {"text": "Is the register open data?"}

    def warm_up(self) -> None:
        """Let both workers serve pages, so that each has a connection that the restart breaks."""
        for _ in range(6):
            assert self.call("GET", "/").status_code == 200


def environment(server: Postgres, folder: Path) -> dict[str, str]:
    return settings_for(server.url()) | {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "SECRET_KEY": "for-the-tests-of-a-restart-alone-and-for-no-portal-that-anyone-uses",
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
    }


def run(env: dict[str, str], *command: str) -> str:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Postgres, Path, dict[str, str]]]:
    """A database with one open request in it."""
    with scratch_folder("restart") as folder, Postgres(folder / "postgres") as server:
        env = environment(server, folder)
        (folder / "static").mkdir()
        run(env, "manage.py", "make_tables", "--verbosity", "0")
        run(env, "manage.py", "createcachetable")
        yield server, folder, json.loads(run(env, "-m", "tests.trust.open_request"))


@contextmanager
def running(place: tuple[Postgres, Path, dict[str, str]], *, pool: bool) -> Iterator[Portal]:
    server, folder, made = place
    portal = Portal(server, folder, made, pool=pool)
    with ExitStack() as stack:
        portal.start()
        stack.callback(portal.stop)
        portal.warm_up()
        yield portal


def wait_for_lock(connection: psycopg.Connection, sent: Future[Any]) -> None:
    """Until the submission waits for the table that we hold."""
    deadline = time.monotonic() + PATIENCE
    while not connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
        assert (time.monotonic() < deadline, sent.done()) == (True, False), sent
        time.sleep(0.05)


def more(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in before}


NOTHING = dict.fromkeys(TABLES, 0)
ONE_QUESTION = dict(zip(TABLES, (1, 1, 1, 2), strict=True))  # the authority has two writers


@pytest.mark.parametrize("pool", [False, True], ids=["no pool", "pool"])
def test_restart_amid_a_submission_leaves_all_or_nothing(
    place: tuple[Postgres, Path, dict[str, str]], pool: bool
) -> None:
    with running(place, pool=pool) as portal, ThreadPoolExecutor(1) as threads:
        server, form, before = portal.server, portal.filled_form(), portal.server.rows()

        with server.locked_outbox() as connection:
            sent = threads.submit(portal.call, "POST", portal.form, form)
            wait_for_lock(connection, sent)
            server.end_at_once()
        answer = sent.result(PATIENCE)
        server.come_back()
        begun = time.monotonic()
        page = portal.call("GET", portal.form)
        waited = time.monotonic() - begun

        assert (answer.status_code, SORRY in answer.text) == (500, True)
        assert (page.status_code, waited < AT_ONCE) == (200, True)
        assert more(before, server.rows()) == NOTHING
        for _ in range(2):
            assert portal.call("POST", portal.form, form).status_code == 302
            assert more(before, server.rows()) == ONE_QUESTION


@pytest.mark.parametrize("pool", [False, True], ids=["no pool", "pool"])
def test_what_was_confirmed_outlives_a_restart_and_is_not_doubled(
    place: tuple[Postgres, Path, dict[str, str]], pool: bool
) -> None:
    with running(place, pool=pool) as portal:
        server, form, before = portal.server, portal.filled_form(), portal.server.rows()

        first = portal.call("POST", portal.form, form)
        server.end_at_once()
        server.come_back()
        kept = more(before, server.rows())
        pages = [portal.call("GET", "/").status_code for _ in range(6)]
        again = portal.call("POST", portal.form, form)

        assert (first.status_code, kept) == (302, ONE_QUESTION)
        assert pages == [200] * 6
        assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
        assert more(before, server.rows()) == ONE_QUESTION


def test_pool_serves_at_once_after_a_long_outage(place: tuple[Postgres, Path, dict[str, str]]) -> None:
    """A pool tries again after 1, 2, 4, 8... seconds; ours begins anew before the pauses grow long."""
    with running(place, pool=True) as portal, ThreadPoolExecutor(4) as threads:
        portal.server.end_at_once()
        until = time.monotonic() + OUTAGE
        refused = set()
        while time.monotonic() < until:
            answers = [threads.submit(portal.call, "GET", "/engagement/") for _ in range(4)]
            refused |= {answer.result(PATIENCE).status_code for answer in answers}
        portal.server.come_back()
        begun = time.monotonic()
        served = [portal.call("GET", "/engagement/").status_code for _ in range(6)]
        waited = time.monotonic() - begun

        assert refused == {500}
        assert served == [200] * 6
        assert waited < AT_ONCE

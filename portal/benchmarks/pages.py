"""The ten most used pages, signed in and out, through gunicorn, beside a bare page of the same gunicorn."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.benchmarks.data import Rows, tidy
from portal.benchmarks.database import scratch_database
from portal.benchmarks.frame import Goal, Measure, benchmark
from portal.embedded import processes
from portal.embedded.scratch import scratch_folder
from portal.organisations.models import Organisation

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
WARM_UP = 6  # rounds that are not counted: each worker has seen each page
REPEATS = 40
STARTS_IN = 60  # seconds
FEW, MANY = 3, 3000  # rows at which queries are counted
MOST = 3  # times the bare page
HOST = "127.0.0.1"
OUT, IN = "signed out", "signed in"
Fetch = Callable[[str, str], float]


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    visitor: str

    @property
    def title(self) -> str:
        return f"{self.name}, {self.visitor}"

    @property
    def bare(self) -> str:
        return f"bare page, {self.visitor}"


@benchmark("pages", size=10_000, about="the most used pages with this many requests, through gunicorn with 2 workers")
def run(size: int) -> list[Measure]:
    """Count the queries at few and at many rows, then fetch each page at `size` rows beside the bare page."""
    if Organisation.objects.exists():
        raise CommandError("This benchmark copies its database: give it an empty one.")
    with scratch_database("pages") as address:
        rows = Rows()
        rows.grow(FEW)
        pages = _pages(rows)
        cookie = _client(rows).cookies[settings.SESSION_COOKIE_NAME].value
        few = _queries(rows, pages)
        rows.grow(min(size, MANY))
        many = _queries(rows, pages)
        rows.grow(size)
        tidy()
        with _gunicorn(address) as port:
            times = _fetch_all(pages, _fetcher(port, cookie))
    return [*_times(pages, times), *_counts(pages, few, many)]


def _pages(rows: Rows) -> list[Page]:
    """Public pages for both visitors, and a person's own."""
    parent = rows.capabilities[0].parent
    narrowed = f"?q=licensing&state=open&capability={parent.code if parent else ''}"
    requests = reverse("engagement:request-list")
    public = {
        "home": reverse("home"),
        "request list": requests,
        "request list, filtered": requests + narrowed,
        "request with questions": rows.requests[0].get_absolute_url(),
        "Atom feed": reverse("engagement:request-feed"),
        "supplier list": reverse("techmap:supplier-list"),
        "supplier": reverse("techmap:supplier-detail", args=[rows.suppliers[1].pk]),
        "capability list": reverse("techmap:capability-list"),
    }
    own = {"your work": reverse("engagement:work"), "notices": reverse("notifications:inbox")}
    return [Page(name, path, visitor) for name, path in public.items() for visitor in (OUT, IN)] + [
        Page(name, path, IN) for name, path in own.items()
    ]


# --- Queries -------------------------------------------------------------------------------------


def _client(rows: Rows | None = None) -> Client:
    client = Client(headers={"host": HOST})
    if rows is not None:
        client.force_login(rows.person)
    return client


def _queries(rows: Rows, pages: list[Page]) -> dict[Page, int]:
    """How many queries each page takes in this process, what is kept between requests being warm."""
    clients = {OUT: _client(), IN: _client(rows)}
    logging.disable(logging.INFO)
    try:
        return {page: _count(clients[page.visitor], page.path) for page in pages}
    finally:
        logging.disable(logging.NOTSET)


def _count(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        _check(path, client.get(path).status_code)
    return len(queries)


def _check(path: str, status: int) -> None:
    if status != 200:
        raise CommandError(f"{path} answered {status}.")


# --- Times ---------------------------------------------------------------------------------------


@contextmanager
def _gunicorn(database_url: str) -> Iterator[int]:
    """The portal with the bare page, as it is deployed: pooled connections, `DEBUG` off; gives its port."""
    port = processes.free_port()
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"{HOST}:{port}",
               "--workers", str(WORKERS), "--no-control-socket"]  # fmt: skip
    with scratch_folder("pages") as folder:
        env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.benchmarks.site.settings",
            "SECRET_KEY": settings.SECRET_KEY,  # which signs the session
            "DATABASE_URL": database_url,
            "DATABASE_POOL": "true",
            "DEBUG": "false",
            "STATIC_ROOT": str(folder),
        }
        log = folder / "log"
        server = processes.start(command, log=log, folder=ROOT, env=env)
        try:
            _wait_for(port, log)
            yield port
        finally:
            processes.stop(server, patience=10)


def _wait_for(port: int, log: Path) -> None:
    ends = time.monotonic() + STARTS_IN
    while True:
        try:
            return _check("/health/live/", _get(port, "/health/live/", {})[0])
        except OSError:
            if time.monotonic() > ends:
                raise CommandError(f"gunicorn did not start.\n{processes.tail(log)}") from None
            time.sleep(0.1)


def _fetcher(port: int, cookie: str) -> Fetch:
    headers = {OUT: {}, IN: {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}}

    def fetch(path: str, visitor: str) -> float:
        started = time.perf_counter()
        status, _ = _get(port, path, headers[visitor])
        took = time.perf_counter() - started
        _check(path, status)
        return took * 1000

    return fetch


def _get(port: int, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    link = HTTPConnection(HOST, port, timeout=30)
    try:
        link.request("GET", path, headers=headers)
        response = link.getresponse()
        return response.status, response.read()
    finally:
        link.close()


def _fetch_all(pages: list[Page], fetch: Fetch) -> dict[str, list[float]]:
    """Milliseconds by title: each page and then the bare one, so that both meet the machine in the same state."""
    times: dict[str, list[float]] = {name: [] for page in pages for name in (page.bare, page.title)}
    for number in range(WARM_UP + REPEATS):
        for page in pages:
            took, bare = fetch(page.path, page.visitor), fetch("/bare/", page.visitor)
            if number >= WARM_UP:
                times[page.title].append(took)
                times[page.bare].append(bare)
    return times


# --- The table -----------------------------------------------------------------------------------


def _times(pages: list[Page], times: dict[str, list[float]]) -> list[Measure]:
    own = {page.title: page for page in pages}
    return [
        Measure(name, values, unit="ms", yardstick=own[name].bare, goals=[Goal("ratio", MOST)])
        if name in own
        else Measure(name, values, unit="ms")
        for name, values in times.items()
    ]


def _counts(pages: list[Page], few: dict[Page, int], many: dict[Page, int]) -> list[Measure]:
    """Queries at many rows, which must be those at few."""
    return [
        Measure(f"{page.title}: queries", [many[page]], unit="queries", goals=[Goal("median", few[page])])
        for page in pages
    ]

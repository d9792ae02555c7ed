"""A real browser against a live portal, with a Celery worker and an SMTP sink beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from playwright.sync_api import Browser, sync_playwright

from portal.celery import app
from tests.browser.visitor import Visitor
from tests.notifications.providers import SmtpSink
from tests.trust.world import NOW, World, make_world

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def sink(settings: Any) -> Iterator[SmtpSink]:
    """Where every e-mail of the portal arrives."""
    with SmtpSink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """A real Celery worker on the tests' broker, in this process so that it shares the tests' clock."""
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        yield


@pytest.fixture
def visit(browser: Browser, live_server: Any, settings: Any) -> Iterator[Any]:
    """Makes visitors: `visit("Alice")` opens a browser of their own; `javascript=False` turns scripts off."""
    settings.SITE_URL = live_server.url
    cache.clear()  # the limits on tries that an earlier journey has used up are in no table that is emptied
    visitors: list[Visitor] = []

    def open_browser(name: str, **options: Any) -> Visitor:
        visitor = Visitor(browser, live_server.url, name=name, axe=AXE.read_text(), **options)
        visitors.append(visitor)
        return visitor

    yield open_browser
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    with time_machine.travel(NOW, tick=True):
        yield make_world()

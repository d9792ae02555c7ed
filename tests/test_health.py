"""What probes are told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from portal import health
from portal.tasks import heartbeat


@pytest.fixture(autouse=True)
def _no_heartbeat(db: None, settings: Settings) -> Iterator[None]:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "health"}}
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def no_outbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "outbox_age", lambda _now: None)


def test_health(client: Client) -> None:
    response = client.get("/health/")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {
            "database": {"ok": True},
            "broker": {"ok": True},
            "outbox": {"ok": True, "age_seconds": 0},
            "worker": {"ok": True, "heartbeat_seconds": None},
        },
    }
    assert "no-store" in response["Cache-Control"]


def test_health_database_down(client: Client) -> None:
    with mock.patch.object(health.connection, "cursor", side_effect=OperationalError("password=hunter2 host=db")):
        response = client.get("/health/")

    assert response.status_code == 503
    assert response.json()["checks"]["database"] == {"ok": False}
    assert b"hunter2" not in response.content


@pytest.mark.parametrize("url", ["redis://:hunter2@127.0.0.1:{port}/0", "pgmq://u:hunter2@127.0.0.1:{port}/x"])
def test_health_broker_down(client: Client, url: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = url.format(port=unused.getsockname()[1])
    real = current_app.connection_for_write
    options = {"conn_string": dead.replace("pgmq", "postgresql"), "init_extension": False} | health.BROKER_OPTIONS

    def elsewhere(**kwargs: object) -> object:
        return real(url=dead, **{**kwargs, "transport_options": options})

    with mock.patch.object(current_app, "connection_for_write", elsewhere):
        response = client.get("/health/")

    assert response.status_code == 503
    assert response.json()["checks"]["broker"] == {"ok": False}
    assert b"hunter2" not in response.content


def test_health_broker_that_never_answers_is_given_up_soon(client: Client) -> None:
    """A host that takes the connection and says nothing."""
    real = current_app.connection_for_write
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        dead = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"

        def elsewhere(**kwargs: object) -> object:
            return real(url=dead, **{**kwargs, "transport_options": health.BROKER_OPTIONS})

        started = timezone.now()
        with mock.patch.object(current_app, "connection_for_write", elsewhere):
            response = client.get("/health/")

    assert response.status_code == 503
    assert timezone.now() - started < timedelta(seconds=10)


@pytest.mark.parametrize(("age", "code"), [(timedelta(minutes=14), 200), (timedelta(minutes=16), 503)])
def test_health_outbox_age(client: Client, monkeypatch: pytest.MonkeyPatch, age: timedelta, code: int) -> None:
    monkeypatch.setattr(health, "outbox_age", lambda _now: age)

    response = client.get("/health/")

    assert response.status_code == code
    assert response.json()["checks"]["outbox"]["age_seconds"] == age.total_seconds()


@pytest.mark.parametrize(("minutes", "code"), [(4, 200), (6, 503)])
def test_health_worker_heartbeat(client: Client, minutes: int, code: int) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        heartbeat()
        clock.shift(timedelta(minutes=minutes))

        response = client.get("/health/")

    assert response.status_code == code
    assert response.json()["checks"]["worker"]["heartbeat_seconds"] == minutes * 60


def test_health_costs_little(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/health/")

    assert len(queries) <= 3


def test_live_asks_nothing(client: Client) -> None:
    with (
        CaptureQueriesContext(connection) as queries,
        mock.patch.object(health, "CHECKS", {"x": mock.Mock()}) as checks,
    ):
        response = client.get("/health/live/")

    assert (response.status_code, response.json(), len(queries)) == (200, {"status": "ok"}, 0)
    checks["x"].assert_not_called()


@pytest.mark.parametrize("path", ["/health/", "/health/live/"])
def test_health_over_plain_http_is_not_redirected(client: Client, settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405

"""What the log lines hold, and what they never hold."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from portal.logging import SENTRY_OPTIONS, hide_keys, logging_config, redact, scrub_sentry_event
from tests.factories import PASSWORD, make_user

EMAIL = "alice.private@example.org"


class Log(io.StringIO):
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@contextmanager
def logging_to(stream: io.StringIO, *, as_json: bool) -> Iterator[None]:
    """The portal's own logging set-up, writing to `stream`."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    config = logging_config(json=as_json, level="INFO")
    config["handlers"]["console"]["stream"] = stream
    logging.config.dictConfig(config)
    root.handlers.extend(handler for handler in handlers if "pytest" in type(handler).__module__)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.fixture
def log() -> Iterator[Log]:
    """Everything that is logged, as JSON."""
    stream = Log()
    with logging_to(stream, as_json=True):
        yield stream


def break_down(_request: HttpRequest) -> HttpResponse:
    raise ValueError(f"Key (email)=({EMAIL}) already exists")


urlpatterns = [path("break/", break_down), path("", include("portal.urls"))]
handler500 = "portal.govuk.views.server_error"


@pytest.mark.django_db
def test_request_lines(client: Client, log: Log) -> None:
    client.force_login(user := make_user())

    response = client.get("/no-such-page/?a-bare-secret")

    started, finished = log.lines()
    assert started["event"] == "request_started"
    assert finished["event"] == "request_finished"
    assert finished["code"] == 404
    assert finished["request"] == "GET /no-such-page/"
    assert finished["user_id"] == user.pk
    assert started["request_id"] == finished["request_id"] == response["X-Request-ID"]
    assert uuid.UUID(response["X-Request-ID"])
    assert list(finished)[:4] == ["timestamp", "level", "event", "request_id"]
    assert not {"ip", "user_agent"} & {*started, *finished}


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["0123456789abcdef", "a-b.c_d-12345678", "99847c72-3390-4ade-8964-e2ca096a9f70"])
def test_request_id_of_the_proxy_is_kept(client: Client, log: Log, given: str) -> None:
    response = client.get("/health/live/", headers={"x-request-id": given})

    assert response["X-Request-ID"] == given
    assert {line["request_id"] for line in log.lines()} == {given}


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f g h", 'x"}{"forged":1', "<script>alert", EMAIL])
def test_request_id_that_is_not_well_formed_is_replaced(client: Client, log: Log, given: str) -> None:
    response = client.get("/health/live/", headers={"x-request-id": given})

    assert response["X-Request-ID"] != given
    assert uuid.UUID(response["X-Request-ID"])
    assert {line["request_id"] for line in log.lines()} == {response["X-Request-ID"]}


@pytest.mark.django_db
@pytest.mark.parametrize("password", [PASSWORD, "wrong password"])
def test_sign_in_leaves_no_personal_data(client: Client, log: Log, password: str) -> None:
    make_user(EMAIL)

    client.post(
        f"/accounts/login/?next=/&email={EMAIL}&q=alice.private%40example.org",
        {"login": EMAIL, "password": password},
        headers={"user-agent": "Tell-tale/1.0", "x-forwarded-for": "203.0.113.9"},
        REMOTE_ADDR="203.0.113.7",
    )

    written = log.getvalue()
    assert '"request": "POST /accounts/login/"' in written
    for secret in ("alice.private", "203.0.113", "Tell-tale", password, "next="):
        assert secret not in written


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_failure_is_told_once_with_its_traceback(client: Client, log: Log) -> None:
    client.raise_request_exception = False

    response = client.get("/break/?q=secret")

    errors = [line for line in log.lines() if line["level"] == "error"]
    assert response.status_code == 500
    assert [line["event"] for line in errors] == ["request_failed"]
    assert errors[0]["exception"].startswith("Traceback (most recent call last):")
    assert errors[0]["exception"].endswith("ValueError: Key (email)=([email]) already exists")
    assert log.getvalue().count("Traceback") == 1
    assert "alice" not in log.getvalue()
    assert "secret" not in log.getvalue()


def test_line_of_another_library(log: Log) -> None:
    try:
        raise RuntimeError(f"No mailbox for {EMAIL}")
    except RuntimeError:
        logging.getLogger("some.library").warning("Sending to %s failed", EMAIL, exc_info=True)

    (line,) = log.lines()
    assert (line["event"], line["level"], line["logger"]) == ("Sending to [email] failed", "warning", "some.library")
    assert line["exception"].endswith("RuntimeError: No mailbox for [email]")
    assert "exc_info" not in line


def test_line_of_our_own(log: Log) -> None:
    structlog.get_logger("portal.x").info("scan %s", "done", email=EMAIL, nested={"ip": "203.0.113.7", "to": [EMAIL]})

    (line,) = log.lines()
    assert line["event"] == "scan done"
    assert line["nested"] == {"to": ["[email]"]}
    assert "email" not in line


def test_level(log: Log) -> None:
    structlog.get_logger("portal.x").debug("unseen")
    logging.getLogger("portal.y").debug("unseen")

    assert log.getvalue() == ""


def test_plain_lines_show_no_local_variables() -> None:
    stream = io.StringIO()
    with logging_to(stream, as_json=False):
        try:
            hidden = "local-" + "value"
            raise ValueError(len(hidden))
        except ValueError:
            structlog.get_logger("portal.x").exception("failed", to=EMAIL)

    assert "ValueError: 11" in stream.getvalue()
    assert "local-value" not in stream.getvalue()
    assert "alice" not in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("to alice@example.org now", "to [email] now"),
        ("x=alice%40example.org", "[email]"),
        ("GET /search/?q=alice&x=1 done", "GET /search/ done"),
        ("https://a.example/x?token=abc", "https://a.example/x"),
        ("What next? a=b", "What next? a=b"),
        (12, 12),
        (None, None),
        ({"email": "x", "n": 1.5}, {"n": 1.5}),
    ],
)
def test_redact(text: object, kept: object) -> None:
    assert redact(text) == kept


def test_redact_is_quick_on_long_text() -> None:
    started = time.perf_counter()

    redact("a" * 200_000)
    redact("/?" * 100_000)

    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            "/accounts/password/reset/key/7-cx1a2b-0123456789abcdef0123456789abcdef/",
            "/accounts/password/reset/key/[key]/",
        ),
        ("/accounts/confirm-email/MQ:1uAbCd:Zk3v_x-1234567890/", "/accounts/confirm-email/[key]/"),
        ("/files/7f2c1d9e-8f4b-4a0e-9b1d-2f6a7c3e5d10/", "/files/7f2c1d9e-8f4b-4a0e-9b1d-2f6a7c3e5d10/"),
        (
            "/techmap/capabilities/identity-and-access-management/",
            "/techmap/capabilities/identity-and-access-management/",
        ),
    ],
)
def test_hide_keys(address: str, shown: str) -> None:
    assert hide_keys(address) == shown


def test_scrub_sentry_event() -> None:
    event = {
        "message": f"Failed for {EMAIL}",
        "server_name": "web-1",
        "user": {"id": 7, "email": EMAIL, "ip_address": "203.0.113.7"},
        "request": {
            "method": "POST",
            "url": "https://portal.example/x/?q=secret",
            "query_string": "q=secret",
            "data": {"login": EMAIL},
            "cookies": {"sessionid": "secret"},
            "headers": {"User-Agent": "Tell-tale"},
            "env": {"REMOTE_ADDR": "203.0.113.7"},
        },
        "extra": {"args": [EMAIL]},
        "breadcrumbs": {"values": [{"message": EMAIL}]},
        "exception": {
            "values": [{"value": f"({EMAIL}) exists", "stacktrace": {"frames": [{"lineno": 3, "vars": {"x": EMAIL}}]}}]
        },
    }

    assert scrub_sentry_event(event, {}) == {
        "message": "Failed for [email]",
        "user": {"id": 7},
        "request": {"method": "POST", "url": "https://portal.example/x/"},
        "exception": {"values": [{"value": "([email]) exists", "stacktrace": {"frames": [{"lineno": 3}]}}]},
    }


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_sentry_sends_no_personal_data(client: Client) -> None:
    """The real client of Sentry with the portal's settings; what it would send is caught at the door."""
    import sentry_sdk
    from sentry_sdk.transport import Transport

    sent: list[Any] = []

    class Caught(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.extend(item.payload.json for item in envelope.items if item.type == "event")

    sentry_sdk.init(dsn="https://key@sentry.example/1", transport=Caught, **SENTRY_OPTIONS)
    client.raise_request_exception = False
    try:
        client.post(f"/break/?q=secret&email={EMAIL}", {"login": EMAIL}, headers={"user-agent": "Tell-tale/1.0"})
        sentry_sdk.flush()
    finally:
        sentry_sdk.init()

    assert [event["exception"]["values"][0]["type"] for event in sent] == ["ValueError"]
    for secret in ("alice.private", "secret", "Tell-tale", "127.0.0.1"):
        assert secret not in json.dumps(sent)


@pytest.mark.slow
def test_task_carries_the_request_id(tmp_path: Path) -> None:
    """A real worker, in a process of its own, logs a task under the id of the request that queued it."""
    from portal.celery import app

    given = f"request-{uuid.uuid4().hex}"
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "--pool=solo", "--without-gossip"]
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [*command, "--without-mingle", "--queues=logging-test"],
            stdout=output,
            stderr=output,
            env={**os.environ, "LOG_JSON": "true"},
        )
    try:
        with structlog.contextvars.bound_contextvars(request_id=given):
            app.send_task("portal.tasks.heartbeat", queue="logging-test")
        for _ in range(300):
            if "task_started" in log.read_text():
                break
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait(30)

    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith('{"timestamp"')]
    started = [line for line in lines if line["event"] == "task_started"]
    assert [(line["request_id"], line["task"]) for line in started] == [(given, "portal.tasks.heartbeat")]

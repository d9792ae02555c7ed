"""One publication that concerns 10,000 subscribers, to an SMTP sink on this machine."""

from __future__ import annotations

import os
import smtplib
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.core.management.base import CommandError
from django.db import connections, transaction
from django.test.utils import override_settings
from django.utils import timezone

from portal.accounts.models import User
from portal.benchmarks.frame import Goal, Measure, benchmark
from portal.embedded.processes import free_port
from portal.notifications.actions import outbox, tell
from portal.notifications.backends.mime import MimeWriter
from portal.notifications.choices import DeliveryState, Kind
from portal.notifications.models import Delivery, Message
from portal.notifications.rendering import Renderer

INSERTS = 5
ROUNDS = 10
SINK_STARTS_IN = 30  # seconds
BARE = "bare client"


@benchmark("notify", size=10_000, about="one publication that concerns this many subscribers, by SMTP")
def run(size: int) -> list[Measure]:
    """Insert the outbox; then send it in rounds, each beside a bare client that sends as many to the same sink."""
    if User.objects.exists():
        raise CommandError("This benchmark sends whatever is queued to a sink: give it a database with no users.")
    try:
        people = [User(email=f"subscriber{number}@example.org", password="!") for number in range(size)]  # noqa: S106
        User.objects.bulk_create(people, batch_size=1000)
        inserts = [_publish(keep=number == INSERTS - 1) for number in range(INSERTS)]
        with _sink() as port, override_settings(NOTIFY_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
            bare, rates = _send_all(size, port)
    finally:
        Message.objects.all().delete()
        User.objects.all().delete()
    half = Goal("ratio", 0.5, at_least=True)
    return [
        Measure("outbox insert", inserts, goals=[Goal("median", 1.0)]),
        Measure(BARE, bare, unit="messages/s"),
        Measure("one worker", rates[1], unit="messages/s", yardstick=BARE),
        Measure("two workers", rates[2], unit="messages/s", yardstick=BARE, goals=[half]),
    ]


def _publish(*, keep: bool) -> float:
    """Seconds to write the message and everybody's delivery, commit or rollback included."""
    started = time.perf_counter()
    with transaction.atomic():
        tell(
            kind=Kind.MATCH,
            subject="A new request matches what you do: case management for licensing",
            body="Ashford Vale Council asks the market about case management.\n\nQuestions close on 3 December 2026.",
            path="/engagement/1/",
            link_text="See the request",
            reason="You follow Case management.",
            recipients=User.objects.all(),
        )
        transaction.set_rollback(not keep)
    return time.perf_counter() - started


def _send_all(size: int, port: int) -> tuple[list[float], dict[int, list[float]]]:
    """Messages a second of the bare client, and of the portal by its number of workers, round by round."""
    first = Delivery.objects.select_related("message", "recipient").earliest("id")
    email = Renderer().render(first)
    assert email is not None  # noqa: S101 -- only a daily e-mail can be empty
    data = MimeWriter().write(email)
    number = max(1, size // ROUNDS // 2)
    _bare_rate(port, data, min(number, 100))  # warms up the sink
    bare: list[float] = []
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        bare.append(_bare_rate(port, data, number))
        for workers, seen in rates.items():
            rate = _portal_rate(number, workers)
            seen.extend([rate] if rate else [])
    if Delivery.objects.exclude(state__in=[DeliveryState.SENT, DeliveryState.QUEUED]).exists():
        raise CommandError("Not every message was sent.")
    return bare, rates


def _bare_rate(port: int, data: bytes, number: int) -> float:
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
        for _ in range(number):
            client.sendmail("no-reply@threepoint.example", ["subscriber@example.org"], data)
    return number / (time.perf_counter() - started)


def _portal_rate(number: int, workers: int) -> float:
    """So many of the portal's workers at once, each a process, as Celery's are. 0 where nothing was left."""
    before = Delivery.objects.filter(state=DeliveryState.SENT).count()
    started = time.perf_counter()
    children = [_fork_worker(number // workers) for _ in range(workers)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    took = time.perf_counter() - started
    if any(codes):
        raise CommandError("A worker failed; its words are above.")
    return (Delivery.objects.filter(state=DeliveryState.SENT).count() - before) / took


def _fork_worker(at_least: int) -> int:
    """A process that claims and sends batch after batch; answers with its id."""
    child = os.fork()
    if child:
        return child
    try:
        # A process never shares the connection of another. Forgotten rather than closed, because closing would end
        # it for the parent; and here rather than there, because a parent with an event loop sees other connections.
        for inherited in connections.all(initialized_only=True):
            del connections[inherited.alias]
        sent = 0
        while sent < at_least:
            seen, batch = outbox.claim_batch(now=timezone.now())
            if not seen:
                break
            outbox.send_batch(batch)
            sent += len(batch)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


@contextmanager
def _sink() -> Iterator[int]:
    """An SMTP server in a process of its own that throws everything away; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    sink = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 -- a fixed command
    try:
        ends = time.monotonic() + SINK_STARTS_IN
        while time.monotonic() < ends and sink.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        sink.terminate()
        sink.wait(10)

"""Nothing lost, nothing twice: real workers killed at every step, and a broker that is destroyed."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from celery import current_app
from django.utils import timezone
from kombu import pools

from portal.embedded import broker
from portal.notifications import waking
from portal.notifications.actions import sweep_outbox
from portal.notifications.choices import DeliveryState, Kind
from portal.notifications.models import Delivery
from tests.notifications.makers import let_leases_run_out, make_crowd, make_delivery
from tests.notifications.providers import NotifyApi, SmtpSink
from tests.notifications.workers import Workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MESSAGES = 200
# When the worker is killed: as soon as it holds a batch, or around message number so-and-so at the provider.
KILLS = [
    ("claimed", 0),
    ("before", 9),
    ("accepted", 21),
    ("replied", 38),
    ("before", 57),
    ("accepted", 76),
    ("replied", 98),
    ("accepted", 124),
    ("before", 151),
    ("replied", 187),
]


class Killer:
    """Kills the worker, with `kill -9`, at the planned moment; keeps which message it was about."""

    def __init__(self, provider: SmtpSink | NotifyApi) -> None:
        self.provider = provider
        self.at: tuple[str, int] = ("", 0)
        self.pid = 0
        self.struck: list[str] = []
        self.uncommitted: list[set[str]] = []  # for each kill, what was accepted and not yet marked as sent
        provider.on_event = self.notice

    def notice(self, moment: str, number: int, reference: str) -> None:
        planned, at_least = self.at
        if self.pid and moment == planned and number >= at_least:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = 0
            self.struck.append(reference)
            if moment == "before":  # as if it had died before the provider had the whole of it
                raise ConnectionAbortedError


def kill_worker_at(nursery: Workers, killer: Killer, at: tuple[str, int]) -> None:
    """Start a worker and see it die at the planned moment; then let the time of its lease pass."""
    if at[0] != "claimed":
        killer.at = at
    worker = nursery.start_worker()
    killer.pid = worker.pid
    if at[0] == "claimed":
        worker.wait_for(Delivery.objects.filter(state=DeliveryState.SENDING).exists, "A claimed batch")
        worker.kill()
    worker.wait()
    time.sleep(0.2)  # what it had handed over arrives
    held = Delivery.objects.filter(state=DeliveryState.SENDING).values_list("reference", flat=True)
    killer.uncommitted.append({str(reference) for reference in held} & set(killer.provider.references))
    let_leases_run_out()
    sweep_outbox(now=timezone.now())


def all_sent() -> bool:
    return not Delivery.objects.exclude(state=DeliveryState.SENT).exists()


def send_through_ten_kills(provider: SmtpSink | NotifyApi, log: Path) -> Killer:
    killer = Killer(provider)
    make_crowd(MESSAGES)
    with Workers(log) as nursery:
        for at in KILLS:
            kill_worker_at(nursery, killer, at)
        killer.at = ("", 0)
        nursery.start_worker().wait_for(all_sent, "Every message sent")
    return killer


@pytest.fixture
def log(tmp_path: Path) -> Path:
    current_app.control.purge()
    return tmp_path / "worker.log"


def test_ten_kills_with_notify_lose_nothing_and_send_nothing_twice(notify: NotifyApi, log: Path) -> None:
    killer = send_through_ten_kills(notify, log)

    wanted = {str(reference) for reference in Delivery.objects.values_list("reference", flat=True)}
    assert len(killer.struck) == len(KILLS) - 1
    assert Counter(notify.references) == Counter(wanted)
    sends = Counter(reference for call, reference in notify.calls if call == "send")
    for reference in (reference for reference, count in sends.items() if count > 1):
        asked = " ".join(call for call, about in notify.calls if about == reference)
        assert "send send" not in asked


def test_ten_kills_with_smtp_lose_nothing_and_repeat_only_what_was_not_committed(sink: SmtpSink, log: Path) -> None:
    killer = send_through_ten_kills(sink, log)

    wanted = {str(reference) for reference in Delivery.objects.values_list("reference", flat=True)}
    assert len(killer.struck) == len(KILLS) - 1
    assert set(sink.references) == wanted
    twice = {reference for reference, count in Counter(sink.references).items() if count > 1}
    assert twice <= set().union(*killer.uncommitted)
    assert max(map(len, killer.uncommitted)) <= 1
    assert max(Counter(sink.references).values()) <= 2


def test_broker_destroyed_with_everything_queued_loses_nothing(sink: SmtpSink, log: Path) -> None:
    make_crowd(MESSAGES)
    destroy_broker()

    with Workers(log) as nursery:
        worker = nursery.start_worker()
        time.sleep(3)
        assert sink.messages == []
        current_app.send_task("portal.notifications.tasks.sweep_outbox")  # as beat does each minute
        worker.wait_for(all_sent, "Every message sent")

    assert Counter(sink.references).most_common(1)[0][1] == 1
    assert len(sink.messages) == MESSAGES


def forget_connections() -> None:
    """Make this process connect to the broker anew."""
    pools.reset()
    current_app._after_fork()


def destroy_broker() -> None:
    """The broker and every task in it are gone; an empty one takes its place."""
    url = os.environ["CELERY_BROKER_URL"]
    forget_connections()
    if url.startswith("pgmq"):
        name = url.rpartition("/")[2]
        broker.drop(os.environ["DATABASE_URL"], name)
        broker.prepare(os.environ["DATABASE_URL"], name)
    else:
        import redis

        redis.Redis.from_url(url).flushdb()


def test_change_is_kept_while_the_broker_is_down(settings) -> None:
    conf = current_app.conf
    address = conf.broker_write_url
    conf.broker_write_url = "redis://127.0.0.1:1/0"
    forget_connections()
    try:
        started = time.monotonic()
        deliveries = [make_delivery(subject=str(number)) for number in range(5)]
        took = time.monotonic() - started
    finally:
        conf.broker_write_url = address
        forget_connections()
    assert [delivery.state for delivery in deliveries] == [DeliveryState.QUEUED] * 5
    assert waking._failed_at > started
    assert took < 3
    assert Delivery.objects.filter(message__kind=Kind.MATCH).count() == 5

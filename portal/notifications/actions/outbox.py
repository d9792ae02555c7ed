"""Bring what waits in the outbox to the provider of e-mail, once each, whatever stops on the way.

A worker claims a batch under a lease and commits; then it sends with no transaction open, and
commits after each e-mail. A worker that is killed leaves rows under a lease that runs out; the
sweeper queues them again. So nothing is lost, and a second copy can leave only where the provider
had accepted the first and the commit had not happened. Such a row is looked up at the provider
by its reference before it is tried again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from portal.notifications.backends import Backend, RejectedError, TryLaterError, get_backend
from portal.notifications.choices import ALWAYS_AT_ONCE, DeliveryState, Frequency, Kind, states_before
from portal.notifications.models import Delivery, Message, Preference
from portal.notifications.rendering import Email, Renderer
from portal.notifications.waking import wake_worker

logger = structlog.get_logger(__name__)

BATCH = 50
LEASE = timedelta(minutes=5)
SAFE_LEASE = timedelta(minutes=2)  # no send begins with less than this left: a send and a look-up end sooner
RUN_FOR = 60  # seconds; then the task gives way to others and queues itself again
FAILURES_IN_A_ROW = 3  # then the provider counts as down, and the run ends
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_EVERY = 60  # attempts: two days and more at the longest wait
KEEP_SECRETS = timedelta(days=3)
LONGEST_ERROR = 500
# Ready-made, because building it anew took a third of the time of each e-mail.
MARK_SENT = f"""
    UPDATE {Delivery._meta.db_table}
    SET state = '{DeliveryState.SENT}', sent_at = %s, provider_id = %s, error = '', leased_until = NULL
    WHERE id = %s AND attempts = %s AND state = '{DeliveryState.SENDING}'
"""  # noqa: S608 -- made of constants alone


def deliver_due() -> None:
    """Send what is due, batch after batch, until nothing is, the provider is down or the time is over."""
    get_backend()  # wrong settings stop the run here, before anything is claimed
    ends = time.monotonic() + RUN_FOR
    called_help = False
    while time.monotonic() < ends:
        seen, batch = claim_batch(now=timezone.now())
        if not seen or not send_batch(batch):
            return
        if seen == BATCH and not called_help:
            called_help = True
            wake_worker()
    wake_worker()


@transaction.atomic(durable=True)
def claim_batch(*, now: datetime) -> tuple[int, list[Delivery]]:
    """Lease the oldest due deliveries to this worker; returns how many were looked at, and those to send.

    What the person no longer wants by e-mail, or only daily, is put aside instead.
    """
    batch: dict[DeliveryState, list[Delivery]] = {}
    for row in _lock_due(now):
        batch.setdefault(_next_state(row, row.wish), []).append(row)
    for state in (DeliveryState.NO_EMAIL, DeliveryState.DIGEST):
        move(batch.get(state, []), state)
    to_send = batch.get(DeliveryState.SENDING, [])
    move(to_send, DeliveryState.SENDING, leased_until=now + LEASE, attempts=F("attempts") + 1)
    for delivery in to_send:
        delivery.attempts += 1
        delivery.leased_until = now + LEASE
        _follow_new_address(delivery)
    return sum(map(len, batch.values())), to_send


def send_batch(batch: Sequence[Delivery]) -> bool:
    """Send each over one connection; what can't be tried now goes back. False where the provider is down."""
    failures, renderer = 0, Renderer()
    with get_backend() as backend:
        for position, delivery in enumerate(batch):
            lease_left = (delivery.leased_until or timezone.now()) - timezone.now()
            if failures == FAILURES_IN_A_ROW or lease_left < SAFE_LEASE:
                _give_back(batch[position:])
                break
            failures = 0 if _deliver(backend, renderer, delivery) else failures + 1
    return failures < FAILURES_IN_A_ROW


@transaction.atomic
def sweep_outbox(*, now: datetime) -> int:
    """Queue again what a lost worker held, and wake a worker where anything is due. Returns how many."""
    freed = Delivery.objects.filter(state=DeliveryState.SENDING, leased_until__lt=now).update(
        state=DeliveryState.QUEUED, leased_until=None, error="The worker that was sending it stopped."
    )
    if freed:
        logger.warning("notifications.leases_ran_out", count=freed)
    _erase_old_secrets(now)
    due = Q(not_before=None) | Q(not_before__lte=now)
    if Delivery.objects.filter(due, state=DeliveryState.QUEUED).exists():
        transaction.on_commit(wake_worker)
    return freed


def _lock_due(now: datetime) -> QuerySet[Any]:
    """The oldest due deliveries that no other worker holds, each with the person's `wish` of this moment."""
    # Locked without joins: right after a large publication the database knows little of the table, and
    # would sort the whole outbox for each batch.
    due = Delivery.objects.filter(Q(not_before=None) | Q(not_before__lte=now), state=DeliveryState.QUEUED)
    locked = due.select_for_update(skip_locked=True).order_by("id").values_list("pk", flat=True)[:BATCH]
    wish = Preference.objects.filter(user=OuterRef("recipient"), kind=OuterRef("message__kind"))
    return (
        Delivery.objects.filter(pk__in=list(locked))
        .select_related("message", "recipient")
        .annotate(wish=Subquery(wish.values("frequency")))
        .order_by("id")
    )


def _next_state(delivery: Delivery, wish: str | None) -> DeliveryState:
    """What becomes of a due delivery, by the person's preference of this moment."""
    if delivery.in_inbox and delivery.recipient and not delivery.recipient.is_active:
        return DeliveryState.NO_EMAIL
    if delivery.message.kind in ALWAYS_AT_ONCE:
        return DeliveryState.SENDING
    states = {Frequency.OFF: DeliveryState.NO_EMAIL, Frequency.DAILY: DeliveryState.DIGEST}
    return states.get(Frequency(wish or Frequency.AT_ONCE), DeliveryState.SENDING)


def _follow_new_address(delivery: Delivery) -> None:
    """A notice goes to the address that the person has now. Mail about an account keeps its own."""
    person = delivery.recipient
    if person and not delivery.message.erase_when_sent and delivery.email != person.email:
        delivery.email = person.email
        delivery.save(update_fields=["email"])


def _deliver(backend: Backend, renderer: Renderer, delivery: Delivery) -> bool:
    """Bring one delivery to an end or back to the queue. False where the provider could not take it now."""
    try:
        email = renderer.render(delivery)
    except Exception as error:  # one e-mail that can't be written must not stop the others
        logger.exception("notifications.not_rendered", delivery_id=delivery.pk)
        _settle(delivery, DeliveryState.FAILED, error=f"It could not be written: {error}")
        return True
    if email is None:
        _settle(delivery, DeliveryState.NO_EMAIL)
        return True
    try:
        provider_id = _send_once(backend, delivery, email)
    except RejectedError as refusal:
        _settle(delivery, DeliveryState.FAILED, error=str(refusal))
        logger.warning("notifications.rejected", delivery_id=delivery.pk)
    except TryLaterError as trouble:
        _back_off(delivery, str(trouble))
        return False
    else:
        _mark_sent(delivery, provider_id)
    return True


def _send_once(backend: Backend, delivery: Delivery, email: Email) -> str:
    """Send, unless an earlier try got through: its answer or its commit may have been lost."""
    found = backend.find(delivery.reference) if delivery.attempts > 1 else None
    return found or backend.send(email)


def _back_off(delivery: Delivery, trouble: str) -> None:
    """Try again later, each time later; after very many tries leave it to a person."""
    if delivery.attempts % GIVE_UP_EVERY == 0:
        _settle(delivery, DeliveryState.FAILED, error=f"Given up after {delivery.attempts} tries. {trouble}")
        logger.error("notifications.given_up", delivery_id=delivery.pk)
        return
    wait = wait_after(delivery.attempts)
    _settle(delivery, DeliveryState.QUEUED, not_before=timezone.now() + wait, error=trouble)
    logger.warning("notifications.try_later", delivery_id=delivery.pk, attempts=delivery.attempts)


def wait_after(attempts: int) -> timedelta:
    """Twice as long after each try, up to an hour; a random part keeps many from returning at once."""
    longest = min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)  # noqa: S311 -- spreads load, hides nothing


def _settle(delivery: Delivery, state: DeliveryState, **fields: Any) -> None:
    """Commit what became of a delivery, if this worker still holds it: `attempts` tells one claim from another."""
    held = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)
    fields["error"] = fields.get("error", "")[:LONGEST_ERROR]
    with transaction.atomic():
        if move(held, state, leased_until=None, **fields) and state in (DeliveryState.SENT, DeliveryState.NO_EMAIL):
            _settle_contents(delivery)


def _mark_sent(delivery: Delivery, provider_id: str) -> None:
    """Commit that the provider accepted it, if this worker still holds it."""
    now, message = timezone.now(), delivery.message
    if message.erase_when_sent or message.kind == Kind.DIGEST:
        _settle(delivery, DeliveryState.SENT, sent_at=now, provider_id=provider_id)
        return
    with connection.cursor() as cursor:
        cursor.execute(MARK_SENT, [now, provider_id, delivery.pk, delivery.attempts])


def _settle_contents(delivery: Delivery) -> None:
    """What goes with a sent e-mail: the notices of a daily one, and the erasing of a secret one."""
    if delivery.message.erase_when_sent:
        Message.objects.filter(pk=delivery.message_id).update(body="", html="")
    unwanted = Preference.objects.filter(user=delivery.recipient_id, frequency=Frequency.OFF).values("kind")
    move(delivery.digested.filter(message__kind__in=unwanted), DeliveryState.NO_EMAIL)
    move(delivery.digested.all(), DeliveryState.SENT, sent_at=timezone.now())


def _give_back(untried: Sequence[Delivery]) -> None:
    """Return to the queue what was claimed and never tried: it counts as no attempt."""
    move(untried, DeliveryState.QUEUED, leased_until=None, attempts=F("attempts") - 1)


def move(deliveries: QuerySet[Delivery] | Sequence[Delivery], state: DeliveryState, **fields: Any) -> int:
    """Bring to `state` those deliveries from which the table of transitions leads there. Returns how many."""
    if not isinstance(deliveries, QuerySet):
        if not deliveries:
            return 0
        deliveries = Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries])
    return deliveries.filter(state__in=states_before(state)).update(state=state, **fields)


def _erase_old_secrets(now: datetime) -> None:
    """Mail with a sign-in link that never went keeps its text for three days, for another try by staff."""
    stale = Message.objects.filter(erase_when_sent=True, created_at__lt=now - KEEP_SECRETS).exclude(body="")
    stale.filter(deliveries__state=DeliveryState.FAILED).update(body="", html="")

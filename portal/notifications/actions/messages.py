"""Tell people things, in the transaction of the change that they are told of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.notifications.choices import ALWAYS_AT_ONCE, DeliveryState, Frequency, Kind
from portal.notifications.models import Delivery, Message, Preference
from portal.notifications.waking import wake_worker

if TYPE_CHECKING:
    from portal.accounts.models import User

LONGEST_SUBJECT = 200

# One statement for any number of people: 10,000 deliveries in a fraction of a second. Each person's
# preference decides the state; a person who was told already is passed over.
INSERT_DELIVERIES = """
    INSERT INTO {deliveries}
        (message_id, recipient_id, email, reason, in_inbox, state, reference, provider_id, attempts, error, created_at)
    SELECT %s, person.id, person.email, %s, true,
        CASE preference.frequency WHEN %s THEN %s WHEN %s THEN %s ELSE %s END,
        gen_random_uuid(), '', 0, '', %s
    FROM ({people}) AS person (id, email)
    LEFT JOIN {preferences} AS preference ON preference.user_id = person.id AND preference.kind = %s
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def tell(
    *,
    kind: Kind,
    subject: str,
    body: str,
    recipients: QuerySet[User] | Iterable[User],
    path: str = "",
    link_text: str = "",
    reason: str = "",
    dedupe_key: str | None = None,
) -> Message | None:
    """Say one thing to every active person among `recipients`, in their inbox and by e-mail as they prefer.

    Written in the caller's transaction and sent after its commit. Saying the same `dedupe_key` again
    adds only those who were not told yet, in the words of the first time. `path` begins with one "/".
    Returns None where there was nobody to tell.
    """
    fields = {"kind": kind, "subject": shorten(subject), "body": body, "path": path, "link_text": link_text}
    if dedupe_key:
        message, is_new = Message.objects.get_or_create(dedupe_key=dedupe_key, defaults=fields)
    else:
        message, is_new = Message.objects.create(**fields), True
    added = _insert_deliveries(message, recipients, shorten(reason))
    if added:
        transaction.on_commit(wake_worker)
    elif is_new:
        message.delete()
        return None
    return message


@transaction.atomic
def send_account_email(*, to: str, subject: str, body: str, html: str = "", user: User | None = None) -> Delivery:
    """Queue one e-mail that is not a notice, such as a sign-up link: at once, and not in the inbox.

    Its text is erased once it is sent, because it may hold a link that signs a person in.
    """
    message = Message.objects.create(
        kind=Kind.ACCOUNT, subject=shorten(subject), body=body, html=html, erase_when_sent=True
    )
    delivery = Delivery.objects.create(message=message, recipient=user, email=to, in_inbox=False)
    transaction.on_commit(wake_worker)
    return delivery


def shorten(subject: str) -> str:
    """A subject or a reason on one line, cut to what its column holds: a line break could forge a header."""
    line = " ".join(subject.split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def _insert_deliveries(message: Message, recipients: QuerySet[User] | Iterable[User], reason: str) -> int:
    """Write the deliveries; returns how many people had not been told before."""
    wanted: Any = recipients.values("pk") if isinstance(recipients, QuerySet) else [person.pk for person in recipients]
    people = get_user_model().objects.filter(pk__in=wanted, is_active=True).values_list("pk", "email")
    try:
        people_sql, people_params = people.query.sql_with_params()
    except EmptyResultSet:
        return 0
    has_choice = message.kind not in ALWAYS_AT_ONCE
    states = [
        Frequency.DAILY, DeliveryState.DIGEST if has_choice else DeliveryState.QUEUED,
        Frequency.OFF, DeliveryState.NO_EMAIL if has_choice else DeliveryState.QUEUED,
        DeliveryState.QUEUED,
    ]  # fmt: skip
    statement = INSERT_DELIVERIES.format(
        deliveries=Delivery._meta.db_table, preferences=Preference._meta.db_table, people=people_sql
    )
    params = [message.pk, reason, *map(str, states), timezone.now(), *people_params, message.kind]
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.rowcount

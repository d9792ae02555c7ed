"""Saying a thing once, to each person whom it concerns, as they wish to hear it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from portal.notifications.actions import send_account_email, tell
from portal.notifications.choices import DeliveryState, Frequency, Kind
from portal.notifications.models import Delivery, Message, Preference
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def tell_all(recipients, **changes):
    words = {"kind": Kind.MATCH, "subject": "A new request", "body": "It matches what you do.", **changes}
    return tell(recipients=recipients, **words)


def test_tell_writes_one_delivery_for_each_person() -> None:
    alice, bob = make_user(), make_user()

    message = tell_all(User.objects.all(), path="/engagement/1/", link_text="See the request", reason="You follow it.")

    assert message is not None
    rows = message.deliveries.order_by("recipient").values_list("recipient", "email", "state", "in_inbox", "reason")
    assert list(rows) == [
        (alice.pk, alice.email, DeliveryState.QUEUED, True, "You follow it."),
        (bob.pk, bob.email, DeliveryState.QUEUED, True, "You follow it."),
    ]
    assert Delivery.objects.values("reference").distinct().count() == 2


def test_tell_takes_a_list_and_passes_over_repeats() -> None:
    alice = make_user()
    message = tell_all([alice, alice])
    assert message is not None
    assert message.deliveries.count() == 1


@pytest.mark.parametrize(
    ("frequency", "state"),
    [
        (Frequency.AT_ONCE, DeliveryState.QUEUED),
        (Frequency.DAILY, DeliveryState.DIGEST),
        (Frequency.OFF, DeliveryState.NO_EMAIL),
    ],
)
def test_tell_honours_the_preference(frequency: Frequency, state: DeliveryState) -> None:
    alice = make_user()
    Preference.objects.create(user=alice, kind=Kind.MATCH, frequency=frequency)
    Preference.objects.create(user=alice, kind=Kind.OUTCOME, frequency=Frequency.OFF)
    tell_all([alice])
    assert Delivery.objects.get().state == state
    assert Delivery.objects.get().in_inbox is True


def test_tell_about_an_account_is_always_at_once() -> None:
    alice = make_user()
    tell_all([alice], kind=Kind.ACCOUNT)
    assert Delivery.objects.get().state == DeliveryState.QUEUED


def test_tell_leaves_out_inactive_people() -> None:
    make_user(is_active=False)
    assert tell_all(User.objects.all()) is None
    assert Message.objects.count() == 0


@pytest.mark.parametrize("nobody", [[], User.objects.none()])
def test_tell_nobody_writes_nothing(nobody) -> None:
    assert tell_all(nobody, dedupe_key="published:1") is None
    assert Message.objects.count() == 0


def test_tell_again_adds_only_those_not_yet_told() -> None:
    alice = make_user()
    first = tell_all([alice], dedupe_key="published:1")
    bob = make_user()

    again = tell_all(User.objects.all(), dedupe_key="published:1", subject="Other words")

    assert again == first
    assert Message.objects.get().subject == "A new request"
    assert list(Delivery.objects.order_by("id").values_list("recipient", flat=True)) == [alice.pk, bob.pk]


def test_tell_goes_with_the_change_that_is_rolled_back() -> None:
    alice = make_user()
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012 -- the change fails after telling
        tell_all([alice])
        _ = 1 / 0
    assert Message.objects.count() == Delivery.objects.count() == 0


@pytest.mark.parametrize("people", [1, 3])
def test_tell_takes_the_same_queries_for_any_number(people: int) -> None:
    for _ in range(people):
        make_user()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        tell_all(User.objects.order_by("name").distinct()[:100])
    assert Delivery.objects.count() == people
    writes = [query["sql"] for query in queries if query["sql"].lstrip().startswith("INSERT")]
    assert len(writes) == 2


@pytest.mark.parametrize("path", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_message_path_stays_in_the_portal(path: str) -> None:
    with pytest.raises(IntegrityError, match="message_path_is_local"), transaction.atomic():
        tell_all([make_user()], path=path)


def test_subject_is_one_line_and_fits() -> None:
    message = tell_all([make_user()], subject="A title\r\nBcc: someone@example.org " + "x" * 300)
    assert message is not None
    assert message.subject.startswith("A title Bcc: someone@example.org xxx")
    assert len(message.subject) == 200


def test_account_email_is_queued_outside_the_inbox() -> None:
    delivery = send_account_email(to="new@example.org", subject="Confirm your address", body="Open this link: …")
    assert (delivery.state, delivery.in_inbox, delivery.recipient) == (DeliveryState.QUEUED, False, None)
    assert delivery.message.erase_when_sent is True


def test_delivery_is_once_a_person_in_the_database() -> None:
    delivery = Delivery(message=tell_all([make_user()]), recipient=User.objects.get(), email="a@example.org")
    with pytest.raises(IntegrityError, match="delivery_once_per_person"), transaction.atomic():
        delivery.save()

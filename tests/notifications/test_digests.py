"""The daily e-mail: one a person and day, whatever stops or runs twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from portal.accounts.models import User
from portal.notifications.actions import deliver_due, queue_digest, queue_digests
from portal.notifications.choices import DeliveryState, Frequency, Kind
from portal.notifications.models import Delivery, Preference
from tests.factories import make_user
from tests.notifications.makers import make_delivery
from tests.notifications.providers import SmtpSink

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 23, 7, tzinfo=UTC)


def make_daily_reader(*kinds: Kind) -> User:
    person = make_user()
    for kind in kinds or (Kind.MATCH,):
        Preference.objects.create(user=person, kind=kind, frequency=Frequency.DAILY)
    return person


def test_digest_holds_everything_that_waits_by_kind(sink: SmtpSink, settings) -> None:
    alice = make_daily_reader(Kind.MATCH, Kind.OUTCOME)
    notices = [
        make_delivery(alice, subject="First match", state=DeliveryState.DIGEST, path="/engagement/1/"),
        make_delivery(alice, subject="The outcome", kind=Kind.OUTCOME, state=DeliveryState.DIGEST),
        make_delivery(alice, subject="Second <match>", state=DeliveryState.DIGEST),
    ]

    assert queue_digests(now=MORNING) == 1
    deliver_due()

    [mail] = sink.messages
    text, html = (part.get_content() for part in mail.iter_parts())
    assert (mail["Subject"], mail["To"]) == ("Your daily summary: 3 notices", alice.email)
    places = [
        text.index(words) for words in ("NEW REQUESTS", "First match", "Second <match>", "OUTCOMES", "The outcome")
    ]
    assert places == sorted(places)
    assert f"{settings.SITE_URL}/engagement/1/" in text
    assert "Second &lt;match&gt;" in html
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    states = Delivery.objects.filter(pk__in=[notice.pk for notice in notices]).values_list("state", flat=True)
    assert list(states) == [DeliveryState.SENT] * 3


def test_digests_run_twice_send_one_email_a_person(sink: SmtpSink) -> None:
    for person in (make_daily_reader(), make_daily_reader()):
        make_delivery(person, state=DeliveryState.DIGEST)
    assert [queue_digests(now=MORNING) for _ in range(2)] == [2, 0]
    deliver_due()
    assert queue_digests(now=MORNING) == 0
    assert len(sink.messages) == 2


def test_notice_after_the_email_of_the_day_waits_for_the_next(sink: SmtpSink) -> None:
    alice = make_daily_reader()
    make_delivery(alice, subject="Early", state=DeliveryState.DIGEST)
    queue_digests(now=MORNING)
    make_delivery(alice, subject="Late", state=DeliveryState.DIGEST)
    assert queue_digests(now=MORNING + timedelta(hours=10)) == 0
    assert queue_digests(now=MORNING + timedelta(days=1)) == 1
    deliver_due()
    first, second = (mail.get_body(("plain",)).get_content() for mail in sink.messages)
    assert ("Early" in first, "Late" in first) == (True, False)
    assert ("Early" in second, "Late" in second) == (False, True)


def test_digests_that_were_stopped_half_way_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for person in (make_daily_reader(), make_daily_reader()):
        make_delivery(person, state=DeliveryState.DIGEST)
    first = Delivery.objects.order_by("recipient").first()
    assert first is not None
    queue_digest(user_id=first.recipient_id, now=MORNING)
    assert queue_digests(now=MORNING) == 1
    assert Delivery.objects.filter(message__kind=Kind.DIGEST).count() == 2


def test_kind_turned_off_before_the_digest_is_left_out() -> None:
    alice = make_daily_reader()
    notice = make_delivery(alice, state=DeliveryState.DIGEST)
    Preference.objects.update(frequency=Frequency.OFF)
    assert queue_digests(now=MORNING) == 0
    notice.refresh_from_db()
    assert notice.state == DeliveryState.NO_EMAIL


def test_kind_turned_off_after_the_digest_was_queued_is_left_out(sink: SmtpSink) -> None:
    alice = make_daily_reader(Kind.MATCH, Kind.OUTCOME)
    unwanted = make_delivery(alice, subject="Unwanted", state=DeliveryState.DIGEST)
    wanted = make_delivery(alice, subject="Wanted", kind=Kind.OUTCOME, state=DeliveryState.DIGEST)
    queue_digests(now=MORNING)
    Preference.objects.filter(kind=Kind.MATCH).update(frequency=Frequency.OFF)
    deliver_due()
    unwanted.refresh_from_db()
    wanted.refresh_from_db()
    assert (unwanted.state, wanted.state) == (DeliveryState.NO_EMAIL, DeliveryState.SENT)
    assert "Unwanted" not in sink.messages[0].as_string()


def test_digest_of_which_nothing_is_wanted_any_more_is_not_sent(sink: SmtpSink) -> None:
    alice = make_daily_reader()
    make_delivery(alice, state=DeliveryState.DIGEST)
    queue_digests(now=MORNING)
    Preference.objects.update(frequency=Frequency.OFF)
    deliver_due()
    assert sink.messages == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.NO_EMAIL}


def test_person_who_left_gets_no_digest() -> None:
    alice = make_daily_reader()
    make_delivery(alice, state=DeliveryState.DIGEST)
    User.objects.update(is_active=False)
    assert queue_digests(now=timezone.now()) == 0
    assert Delivery.objects.get().state == DeliveryState.NO_EMAIL


def test_digest_is_not_in_the_inbox(sink: SmtpSink) -> None:
    alice = make_daily_reader()
    notice = make_delivery(alice, state=DeliveryState.DIGEST)
    queue_digests(now=MORNING)
    assert list(Delivery.objects.inbox_of(alice)) == [notice]

"""From the outbox to the provider: what is sent, and what the provider's answer does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.notifications.actions import deliver_due, outbox, send_account_email, sweep_outbox
from portal.notifications.choices import DeliveryState, Frequency, Kind
from portal.notifications.links import read_unsubscribe_token
from portal.notifications.models import Delivery, Preference
from portal.notifications.queries import outbox_age
from tests.factories import make_user
from tests.notifications.makers import let_leases_run_out, make_crowd, make_delivery
from tests.notifications.providers import NotifyApi, SmtpSink

pytestmark = pytest.mark.django_db


def deliver(delivery: Delivery) -> Delivery:
    deliver_due()
    delivery.refresh_from_db()
    return delivery


# --- By SMTP -------------------------------------------------------------------------------------


def test_smtp_sends_text_and_html_with_its_headers(sink: SmtpSink, settings) -> None:
    alice = make_user()
    delivery = make_delivery(
        alice,
        subject="Café & crème",
        body="One.\n\n<Two>.",
        path="/engagement/7/",
        link_text="See it",
        reason="You ask.",
    )

    deliver(delivery)

    [mail] = sink.messages
    assert (mail["Subject"], mail["To"]) == ("Café & crème", alice.email)
    assert mail["From"] == settings.DEFAULT_FROM_EMAIL
    assert mail["Message-ID"] == f"<{delivery.reference}@threepoint.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert text.startswith(f"One.\n\n<Two>.\n\nSee it:\n{settings.SITE_URL}/engagement/7/\n")
    assert "Why you get this: You ask." in text
    assert "<p>&lt;Two&gt;.</p>" in html
    assert f'href="{settings.SITE_URL}/engagement/7/"' in html


def test_smtp_carries_a_one_click_link_that_names_person_and_kind(sink: SmtpSink, settings) -> None:
    alice = make_user()
    deliver(make_delivery(alice))
    [mail] = sink.messages
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    prefix = f"<{settings.SITE_URL}/notifications/unsubscribe/"
    token = mail["List-Unsubscribe"].strip().removeprefix(prefix).removesuffix("/>")
    assert read_unsubscribe_token(token) == (alice.pk, Kind.MATCH)
    assert token in mail.get_body(("plain",)).get_content()


def test_mail_about_an_account_has_no_unsubscribe_link(sink: SmtpSink) -> None:
    deliver(make_delivery(kind=Kind.ACCOUNT))
    [mail] = sink.messages
    assert mail["List-Unsubscribe"] is None
    assert "unsubscribe" not in mail.as_string()


def test_sent_is_marked_and_not_sent_again(sink: SmtpSink) -> None:
    delivery = deliver(make_delivery())
    deliver_due()
    assert (delivery.state, delivery.attempts, delivery.leased_until) == (DeliveryState.SENT, 1, None)
    assert delivery.sent_at is not None
    assert len(sink.messages) == 1


def test_batch_goes_over_one_connection(sink: SmtpSink) -> None:
    make_crowd(30)
    deliver_due()
    assert len(sink.messages) == 30
    assert len(sink.sessions) == 1


def test_account_email_is_erased_once_sent(sink: SmtpSink) -> None:
    delivery = deliver(
        send_account_email(to="new@example.org", subject="Confirm", body="Secret link", html="<p>Secret")
    )
    assert [part.get_content().strip() for part in sink.messages[0].iter_parts()] == ["Secret link", "<p>Secret"]
    assert (delivery.message.body, delivery.message.html, delivery.state) == ("", "", DeliveryState.SENT)


def test_smtp_recipient_refused_for_good_fails_and_the_next_goes(sink: SmtpSink) -> None:
    gone, there = make_delivery(), make_delivery()
    sink.refused[gone.email] = "550 5.1.1 no such user"
    deliver(gone)
    there.refresh_from_db()
    assert (gone.state, gone.error, gone.not_before) == (DeliveryState.FAILED, "550 5.1.1 no such user", None)
    assert there.state == DeliveryState.SENT
    assert sink.references == [str(there.reference)]


@pytest.mark.parametrize("answer", ["451 try again", "421 closing"])
def test_smtp_temporary_refusal_backs_off_and_the_next_goes(sink: SmtpSink, answer: str) -> None:
    busy, there = make_delivery(), make_delivery()
    sink.answers = [answer]
    deliver(busy)
    there.refresh_from_db()
    assert (busy.state, busy.error) == (DeliveryState.QUEUED, answer)
    assert busy.not_before is not None
    assert busy.not_before > timezone.now()
    assert there.state == DeliveryState.SENT


def test_smtp_message_refused_for_good_fails(sink: SmtpSink) -> None:
    sink.answers = ["554 looks like spam"]
    delivery = deliver(make_delivery())
    assert (delivery.state, delivery.error) == (DeliveryState.FAILED, "554 looks like spam")


def test_smtp_silence_backs_off(sink: SmtpSink, settings) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    sink.silent = True
    delivery = deliver(make_delivery())
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 1)
    assert "timed out" in delivery.error


def test_server_that_is_down_keeps_everything_queued(settings) -> None:
    settings.EMAIL_PORT = 1
    make_crowd(10)
    deliver_due()
    states = Delivery.objects.values_list("state", flat=True).distinct()
    assert list(states) == [DeliveryState.QUEUED]
    tried = Delivery.objects.filter(attempts=1, not_before__isnull=False, error__contains="refused")
    assert tried.count() == outbox.FAILURES_IN_A_ROW
    assert Delivery.objects.filter(attempts=0, not_before=None).count() == 10 - outbox.FAILURES_IN_A_ROW


def test_address_that_cannot_be_written_fails(sink: SmtpSink) -> None:
    delivery = send_account_email(to="new@example.org\nBcc: all@example.org", subject="Confirm", body="…")
    assert deliver(delivery).state == DeliveryState.FAILED


# --- By GOV.UK Notify ----------------------------------------------------------------------------


def test_notify_gets_subject_body_reference_and_unsubscribe_link(notify: NotifyApi, settings) -> None:
    delivery = deliver(make_delivery(subject="Hello"))
    [sent] = notify.accepted
    assert (delivery.state, delivery.provider_id) == (DeliveryState.SENT, sent["id"])
    assert (sent["email_address"], sent["reference"]) == (delivery.email, str(delivery.reference))
    assert sent["template_id"] == settings.GOVUK_NOTIFY_TEMPLATE_ID
    assert sent["personalisation"]["subject"] == "Hello"
    assert sent["personalisation"]["body"].startswith("Ashford Vale asks.")
    assert sent["one_click_unsubscribe_url"].startswith(f"{settings.SITE_URL}/notifications/unsubscribe/")
    assert notify.calls == [("send", str(delivery.reference))]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_notify_trouble_backs_off_and_is_looked_up_before_the_next_try(notify: NotifyApi, status: int) -> None:
    notify.answers = [status]
    delivery = deliver(make_delivery())
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 1)
    assert str(status) in delivery.error
    assert delivery.not_before is not None
    assert delivery.not_before > timezone.now()

    Delivery.objects.update(not_before=timezone.now())
    deliver(delivery)

    reference = str(delivery.reference)
    assert (delivery.state, delivery.error) == (DeliveryState.SENT, "")
    assert notify.calls == [("send", reference), ("find", reference), ("send", reference)]


def test_notify_time_out_backs_off(notify: NotifyApi, settings) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    notify.answers, notify.delay = [500], 0.5
    delivery = deliver(make_delivery())
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 1)


@pytest.mark.parametrize("status", [400, 403])
def test_notify_refusal_fails_and_is_never_tried_again(notify: NotifyApi, status: int) -> None:
    notify.answers = [status]
    delivery = deliver(make_delivery())
    sweep_outbox(now=timezone.now() + timedelta(days=30))
    deliver_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, 1)
    assert f"answer {status}" in delivery.error
    assert len(notify.calls) == 1


def test_notify_that_accepted_before_the_worker_died_is_not_asked_to_send_twice(notify: NotifyApi) -> None:
    delivery = make_delivery(state=DeliveryState.SENDING)
    notify.accepted = [{"id": "n-1", "reference": str(delivery.reference)}]
    let_leases_run_out()
    sweep_outbox(now=timezone.now())

    deliver(delivery)

    assert (delivery.state, delivery.provider_id) == (DeliveryState.SENT, "n-1")
    assert notify.calls == [("find", str(delivery.reference))]


# --- Waiting -------------------------------------------------------------------------------------


def test_wait_doubles_up_to_an_hour() -> None:
    longest = [max(outbox.wait_after(attempt) for _ in range(200)) for attempt in (1, 2, 3, 30)]
    whole = [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2), timedelta(hours=1)]
    assert all(wait * 0.9 < seen <= wait for seen, wait in zip(longest, whole, strict=True))


def test_delivery_is_given_up_after_very_many_tries(sink: SmtpSink) -> None:
    delivery = make_delivery()
    Delivery.objects.update(attempts=outbox.GIVE_UP_EVERY - 1)
    sink.answers = ["451 busy"]
    deliver(delivery)
    assert (delivery.state, delivery.error) == (DeliveryState.FAILED, "Given up after 60 tries. 451 busy")


def test_sweeper_frees_only_leases_that_ran_out(sink: SmtpSink) -> None:
    held = make_delivery(state=DeliveryState.SENDING)
    lost = make_delivery(state=DeliveryState.SENDING)
    Delivery.objects.filter(pk=lost.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert sweep_outbox(now=timezone.now()) == 1
    held.refresh_from_db()
    lost.refresh_from_db()
    assert (held.state, lost.state) == (DeliveryState.SENDING, DeliveryState.QUEUED)


def test_worker_that_lost_its_lease_changes_nothing(sink: SmtpSink) -> None:
    _, [slow] = outbox.claim_batch(now=timezone.now()) if make_delivery() else (0, [])
    let_leases_run_out()
    sweep_outbox(now=timezone.now())
    outbox.claim_batch(now=timezone.now())

    outbox._settle(slow, DeliveryState.FAILED, error="too late")

    slow.refresh_from_db()
    assert (slow.state, slow.attempts, slow.error) == (
        DeliveryState.SENDING,
        2,
        "The worker that was sending it stopped.",
    )


def test_batch_whose_lease_is_nearly_over_goes_back_untried(sink: SmtpSink) -> None:
    delivery = make_delivery()
    _, batch = outbox.claim_batch(now=timezone.now() - outbox.LEASE + timedelta(seconds=30))
    outbox.send_batch(batch)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, sink.messages) == (DeliveryState.QUEUED, 0, [])


@pytest.mark.parametrize(
    ("frequency", "state", "sent"),
    [
        (Frequency.OFF, DeliveryState.NO_EMAIL, 0),
        (Frequency.DAILY, DeliveryState.DIGEST, 0),
        (Frequency.AT_ONCE, DeliveryState.SENT, 1),
    ],
)
def test_preference_changed_while_it_waited_is_kept(sink: SmtpSink, frequency: str, state: str, sent: int) -> None:
    delivery = make_delivery()
    Preference.objects.create(user=delivery.recipient, kind=Kind.MATCH, frequency=frequency)
    assert deliver(delivery).state == state
    assert len(sink.messages) == sent


def test_person_who_left_gets_no_notice(sink: SmtpSink) -> None:
    delivery = make_delivery()
    delivery.recipient.is_active = False
    delivery.recipient.save()
    assert deliver(delivery).state == DeliveryState.NO_EMAIL
    assert sink.messages == []


def test_notice_goes_to_the_address_of_now(sink: SmtpSink) -> None:
    delivery = make_delivery()
    delivery.recipient.email = "new@example.org"
    delivery.recipient.save()
    assert deliver(delivery).email == "new@example.org"
    assert [mail["To"] for mail in sink.messages] == ["new@example.org"]


def test_old_secrets_that_failed_are_erased() -> None:
    send_account_email(to="new@example.org", subject="Confirm", body="Secret link")
    Delivery.objects.update(state=DeliveryState.FAILED)
    sweep_outbox(now=timezone.now() + timedelta(days=2))
    assert Delivery.objects.get().message.body == "Secret link"
    sweep_outbox(now=timezone.now() + timedelta(days=4))
    assert Delivery.objects.get().message.body == ""


def test_outbox_age_is_that_of_the_oldest_that_waits() -> None:
    now = timezone.now()
    assert outbox_age(now) is None
    for minutes, state in [(30, DeliveryState.SENT), (20, DeliveryState.SENDING), (10, DeliveryState.QUEUED)]:
        delivery = make_delivery(state=state)
        Delivery.objects.filter(pk=delivery.pk).update(created_at=now - timedelta(minutes=minutes))
    assert outbox_age(now) == timedelta(minutes=20)


@pytest.mark.parametrize("change", [{"state": DeliveryState.SENDING}, {"leased_until": timezone.now()}])
def test_lease_and_sending_go_together_in_the_database(change: dict) -> None:
    make_delivery()
    with pytest.raises(IntegrityError, match="delivery_lease_while_sending"), transaction.atomic():
        Delivery.objects.update(**change)


def test_sent_has_its_time_in_the_database() -> None:
    make_delivery()
    with pytest.raises(IntegrityError, match="delivery_sent_has_time"), transaction.atomic():
        Delivery.objects.update(state=DeliveryState.SENT)


def test_very_long_line_keeps_the_link_whole(sink: SmtpSink) -> None:
    deliver(make_delivery(body="é" * 2000))
    [mail] = sink.messages
    token = mail["List-Unsubscribe"].strip().strip("<>")
    text, html = (part.get_content() for part in mail.iter_parts())
    assert ("é" * 2000 in text, token in text, token in html) == (True, True, True)


def test_readers_of_one_notice_get_their_own_links(sink: SmtpSink, settings) -> None:
    make_crowd(3)
    deliver_due()
    readers = {}
    for mail in sink.messages:
        link = mail["List-Unsubscribe"].strip().strip("<>")
        assert all(part.get_content().count(link) == 1 for part in mail.iter_parts())
        token = link.removesuffix("/").rpartition("/")[2]
        readers[mail["To"]] = read_unsubscribe_token(token)
    wanted = {row.email: (row.recipient_id, Kind.MATCH) for row in Delivery.objects.all()}
    assert readers == wanted


@pytest.mark.parametrize("wrong", [{"NOTIFY_BACKEND": "pigeon"}, {"NOTIFY_BACKEND": "govuk_notify"}])
def test_wrong_settings_leave_the_outbox_as_it_is(settings, wrong: dict) -> None:
    delivery = make_delivery()
    for name, value in wrong.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match="NOTIFY"):
        deliver_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 0)

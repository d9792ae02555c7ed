"""Choosing which e-mails come, on the page and by the link in an e-mail."""

from __future__ import annotations

import pytest
from django.core import signing
from django.db import IntegrityError, transaction
from django.test import Client

from portal.audit.models import Event
from portal.notifications.actions import set_preferences, unsubscribe
from portal.notifications.choices import CHOOSABLE, Frequency, Kind
from portal.notifications.links import SALT, unsubscribe_url
from portal.notifications.models import Preference
from portal.notifications.queries import frequencies_of
from portal.refusals import Refused
from tests.factories import make_user
from tests.notifications.test_inbox import sign_in

pytestmark = pytest.mark.django_db
PAGE = "/notifications/preferences/"


def all_kinds(frequency: str = Frequency.AT_ONCE, **changes: str) -> dict[str, str]:
    return {kind.value: frequency for kind in CHOOSABLE} | changes


def path_of(user, kind: str, settings) -> str:
    return unsubscribe_url(user.pk, kind).removeprefix(settings.SITE_URL)


def test_page_shows_each_kind_with_what_is_chosen() -> None:
    alice = make_user()
    Preference.objects.create(user=alice, kind=Kind.MATCH, frequency=Frequency.DAILY)
    form = sign_in(alice).get(PAGE).context["form"]
    assert list(form.fields) == [kind.value for kind in CHOOSABLE]
    assert Kind.ACCOUNT.value not in form.fields
    assert (form["match"].value(), form["outcome"].value()) == (Frequency.DAILY, Frequency.AT_ONCE)


def test_page_saves_what_changed_and_records_it() -> None:
    alice = make_user()
    answer = sign_in(alice).post(PAGE, all_kinds(match="off", outcome="daily"), follow=True)
    assert b"Your choices are saved." in answer.content
    chosen = dict(Preference.objects.values_list("kind", "frequency"))
    assert chosen == {"match": Frequency.OFF, "outcome": Frequency.DAILY}
    event = Event.objects.get(name="notifications.preferences.changed")
    assert (event.actor, event.target) == (alice, alice)
    assert event.old == {"match": "at_once", "outcome": "at_once"}
    assert event.new == {"match": "off", "outcome": "daily"}


def test_page_saved_without_change_records_nothing() -> None:
    sign_in(make_user()).post(PAGE, all_kinds())
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("", "Choose how you want e-mails about “Deadlines and closings”"),
        ("hourly", "Choose how you want e-mails about “Deadlines and closings” from the list"),
    ],
)
def test_page_says_what_is_wrong(sent: str, message: str) -> None:
    answer = sign_in(make_user()).post(PAGE, all_kinds(deadline=sent))
    assert answer.context["form"].errors["deadline"] == [message]
    assert answer.content.decode().count(message) == 2
    assert Preference.objects.count() == 0


def test_account_mail_cannot_be_turned_off() -> None:
    alice = make_user()
    with pytest.raises(Refused, match="cannot be changed"):
        set_preferences(wanted={"account": "off"}, by=alice)
    with pytest.raises(IntegrityError, match="preference_kind_is_choosable"), transaction.atomic():
        Preference.objects.create(user=alice, kind=Kind.ACCOUNT, frequency=Frequency.OFF)


def test_unsubscribe_link_asks_before_it_writes(settings) -> None:
    alice = make_user()
    answer = sign_in(None).get(path_of(alice, Kind.MATCH, settings))
    assert b"Stop these e-mails?" in answer.content
    assert Preference.objects.count() == 0


def test_one_click_needs_no_session_and_no_token(settings) -> None:
    alice, bob = make_user(), make_user()
    client = Client(enforce_csrf_checks=True)
    answer = client.post(path_of(alice, Kind.MATCH, settings), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, b"no more of these e-mails" in answer.content) == (200, True)
    assert frequencies_of(alice)[Kind.MATCH] == Frequency.OFF
    assert frequencies_of(alice)[Kind.OUTCOME] == frequencies_of(bob)[Kind.MATCH] == Frequency.AT_ONCE
    assert Event.objects.get().note == "By the link in an e-mail."


def test_one_click_twice_changes_nothing_more(settings) -> None:
    url = path_of(make_user(), Kind.MATCH, settings)
    assert [sign_in(None).post(url).status_code for _ in range(2)] == [200, 200]
    assert Event.objects.count() == Preference.objects.count() == 1


def test_unsubscribing_from_the_daily_email_stops_what_comes_with_it() -> None:
    alice = make_user()
    Preference.objects.create(user=alice, kind=Kind.MATCH, frequency=Frequency.DAILY)
    unsubscribe(user=alice, kind=Kind.DIGEST)
    assert dict(Preference.objects.values_list("kind", "frequency")) == {"match": Frequency.OFF}


@pytest.mark.parametrize("kind", [Kind.ACCOUNT, "nonsense"])
def test_link_for_a_kind_that_cannot_be_stopped_does_not_work(settings, kind: str) -> None:
    assert sign_in(None).post(path_of(make_user(), kind, settings)).status_code == 404


@pytest.mark.parametrize("signer", [signing.Signer(salt="other"), signing.Signer(salt=SALT, key="other")])
def test_forged_link_changes_nothing(signer: signing.Signer) -> None:
    token = signer.sign_object([make_user().pk, "match"])
    for method in ("get", "post"):
        answer = getattr(sign_in(None), method)(f"/notifications/unsubscribe/{token}/")
        assert (answer.status_code, b"This link does not work" in answer.content) == (404, True)
    assert Preference.objects.count() == 0


def test_link_of_a_person_who_is_gone_does_not_work(settings) -> None:
    alice = make_user()
    url = path_of(alice, Kind.MATCH, settings)
    alice.delete()
    assert sign_in(None).post(url).status_code == 404

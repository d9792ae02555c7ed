"""The outbox as staff see it."""

from __future__ import annotations

import pytest
from django.contrib.admin.sites import site
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from portal.audit.models import Event
from portal.notifications.actions import outbox, retry_delivery, send_account_email
from portal.notifications.choices import TRANSITIONS, DeliveryState
from portal.notifications.models import Delivery, Message
from portal.refusals import Refused
from tests.factories import make_user
from tests.notifications.makers import make_delivery

pytestmark = pytest.mark.django_db


def test_failed_delivery_is_tried_again_and_recorded() -> None:
    staff = make_user(is_staff=True)
    delivery = retry_delivery(make_delivery(state=DeliveryState.FAILED), by=staff)
    assert (delivery.state, delivery.error) == (DeliveryState.QUEUED, "")
    event = Event.objects.get(name="notifications.delivery.retried")
    assert (event.actor, event.old["error"]) == (staff, "550 no such user")


@pytest.mark.parametrize("state", [state for state in DeliveryState if state != DeliveryState.FAILED])
def test_only_what_failed_is_tried_again(state: DeliveryState) -> None:
    delivery = make_delivery(state=state)
    with pytest.raises(Refused, match="not one that failed"):
        retry_delivery(delivery, by=make_user(is_staff=True))


def test_erased_text_is_not_tried_again() -> None:
    delivery = send_account_email(to="new@example.org", subject="Confirm", body="Secret")
    Delivery.objects.update(state=DeliveryState.FAILED)
    Message.objects.update(body="")
    with pytest.raises(Refused, match="was erased"):
        retry_delivery(delivery, by=make_user(is_staff=True))


def test_trying_again_is_for_staff() -> None:
    with pytest.raises(PermissionDenied):
        retry_delivery(make_delivery(state=DeliveryState.FAILED), by=make_user())


@pytest.mark.parametrize("before", DeliveryState)
@pytest.mark.parametrize("after", DeliveryState)
def test_delivery_moves_only_as_the_table_says(before: DeliveryState, after: DeliveryState) -> None:
    delivery = make_delivery(state=before)
    times = {"leased_until": None, "sent_at": None}
    if after == DeliveryState.SENDING:
        times["leased_until"] = delivery.created_at
    if after == DeliveryState.SENT:
        times["sent_at"] = delivery.created_at
    moved = outbox.move([delivery], after, **times)
    delivery.refresh_from_db()
    legal = after in TRANSITIONS[before]
    assert (moved, delivery.state) == ((1, after) if legal else (0, before))


@pytest.mark.parametrize("model", [Message, Delivery])
def test_admin_changes_nothing(model) -> None:
    request = RequestFactory().get("/admin/")
    request.user = make_user(is_staff=True, is_superuser=True)
    page = site._registry[model]
    allowed = [
        page.has_add_permission(request),
        page.has_change_permission(request),
        page.has_delete_permission(request),
    ]
    assert allowed == [False, False, False]


def test_admin_never_shows_the_text_of_a_secret_message() -> None:
    delivery = send_account_email(to="new@example.org", subject="Reset", body="https://reset.example/secret")
    page = site._registry[Message]
    assert "secret" not in page.words(delivery.message)
    assert page.words(make_delivery(body="Words").message) == "Words"
    assert {"body", "html"}.isdisjoint(page.fields)

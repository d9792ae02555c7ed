"""The inbox: who sees which notice, and what opening one does."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.notifications.actions import mark_read, send_account_email
from portal.notifications.choices import Kind
from portal.notifications.models import Delivery
from tests.factories import make_user
from tests.notifications.makers import make_delivery

pytestmark = pytest.mark.django_db
INBOX = "/notifications/"


def sign_in(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def alice() -> User:
    return make_user()


def test_inbox_shows_own_notices_only_the_unread_first(alice: User) -> None:
    for subject in ("Oldest", "Middle", "Newest"):
        make_delivery(alice, subject=subject)
    make_delivery(subject="For somebody else")
    mark_read(Delivery.objects.get(message__subject="Newest"), by=alice, now=timezone.now())

    page = sign_in(alice).get(INBOX)

    assert [row.message.subject for row in page.context["page"]] == ["Middle", "Oldest", "Newest"]
    assert page.content.count(b"Unread") == 2
    assert b"<strong>2 unread</strong>" in page.content
    assert b"For somebody else" not in page.content


def test_inbox_leaves_out_mail_that_is_no_notice(alice: User) -> None:
    send_account_email(to=alice.email, subject="Confirm your address", body="Link", user=alice)
    assert b"You have no notices yet" in sign_in(alice).get(INBOX).content


def test_inbox_takes_the_same_queries_for_any_number(alice: User, django_assert_max_num_queries) -> None:
    client = sign_in(alice)
    make_delivery(alice)
    client.get(INBOX)
    with django_assert_max_num_queries(8) as one:
        client.get(INBOX)
    make_delivery(alice)
    make_delivery(alice)
    with django_assert_max_num_queries(8) as three:
        client.get(INBOX)
    assert len(one) == len(three)


def test_inbox_filters_by_kind_and_unread(alice: User) -> None:
    make_delivery(alice, subject="Match")
    make_delivery(alice, subject="Outcome", kind=Kind.OUTCOME)
    read = make_delivery(alice, subject="Read", kind=Kind.OUTCOME)
    mark_read(read, by=alice, now=timezone.now())
    client = sign_in(alice)

    def subjects(query: str) -> list[str]:
        return [row.message.subject for row in client.get(f"{INBOX}?{query}").context["page"]]

    assert subjects("kind=outcome") == ["Outcome", "Read"]
    assert subjects("unread=on") == ["Outcome", "Match"]
    assert subjects("kind=outcome&unread=on") == ["Outcome"]
    assert b"No notices match" in client.get(f"{INBOX}?kind=deadline").content


def test_inbox_has_pages(alice: User) -> None:
    for _ in range(21):
        make_delivery(alice)
    assert len(sign_in(alice).get(f"{INBOX}?page=2").context["page"]) == 1


def test_notice_text_is_escaped(alice: User) -> None:
    delivery = make_delivery(alice, subject="<script>1</script>", body="<img src=x onerror=1>")
    client = sign_in(alice)
    for url in (INBOX, delivery.get_absolute_url()):
        content = client.get(url).content
        assert b"<script>1" not in content
        assert b"<img" not in content


def test_reading_a_page_marks_nothing(alice: User) -> None:
    delivery = make_delivery(alice)
    client = sign_in(alice)
    client.get(INBOX)
    assert client.get(delivery.get_absolute_url()).status_code == 200
    delivery.refresh_from_db()
    assert delivery.read_at is None


@pytest.mark.parametrize("path", ["/engagement/7/", ""])
def test_opening_marks_as_read_and_leads_on(alice: User, path: str) -> None:
    delivery = make_delivery(alice, path=path)
    answer = sign_in(alice).post(f"/notifications/{delivery.pk}/open/")
    delivery.refresh_from_db()
    assert (answer.status_code, answer.headers["Location"]) == (302, path or delivery.get_absolute_url())
    assert delivery.read_at is not None


def test_reading_twice_keeps_the_first_time(alice: User) -> None:
    delivery = mark_read(make_delivery(alice), by=alice, now=timezone.now())
    assert mark_read(delivery, by=alice, now=timezone.now()).read_at == delivery.read_at


def test_marking_all_as_read_leaves_those_of_others(alice: User) -> None:
    make_delivery(alice)
    other = make_delivery()
    answer = sign_in(alice).post(reverse("notifications:inbox-read"), follow=True)
    assert b"You have read all your notices." in answer.content
    assert list(Delivery.objects.unread()) == [other]


def test_marking_as_read_is_for_the_reader_alone() -> None:
    with pytest.raises(PermissionDenied):
        mark_read(make_delivery(), by=make_user(), now=timezone.now())


@pytest.mark.parametrize(("method", "name"), [("get", "notice-detail"), ("post", "notice-open")])
def test_notice_of_another_is_not_found(method: str, name: str) -> None:
    url = reverse(f"notifications:{name}", args=[make_delivery().pk])
    outsider = sign_in(make_user())
    assert getattr(outsider, method)(url).status_code == 404
    assert getattr(sign_in(make_user(is_staff=True)), method)(url).status_code in (302, 404)


@pytest.mark.parametrize("name", ["inbox", "preference-edit"])
def test_pages_ask_strangers_to_sign_in(name: str) -> None:
    answer = sign_in(None).get(reverse(f"notifications:{name}"))
    assert answer.status_code == 302
    assert "login" in answer.headers["Location"]


@pytest.mark.parametrize("name", ["inbox-read", "notice-open"])
def test_changes_need_post_and_a_token(alice: User, name: str) -> None:
    delivery = make_delivery(alice)
    url = reverse(f"notifications:{name}", args=[delivery.pk] if name == "notice-open" else [])
    assert sign_in(alice).get(url).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert strict.post(url).status_code == 403
    assert Delivery.objects.unread().count() == 1

"""Whether an address has an account shows neither in an answer nor in the time that it takes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from tests.accounts.journeys import mails_to, sign_in, sign_up
from tests.factories import PASSWORD

SAMPLES = 25
NOW = "2026-11-23 10:00:00+00:00"
LARGEST_GAP = 0.050  # seconds


def reset(client: Client, email: str, **extra: Any) -> Any:
    return client.post(reverse("account_reset_password"), {"email": email}, **extra)


def fail_to_sign_in(client: Client, email: str, **extra: Any) -> Any:
    return sign_in(client, email, password="wrong horse battery staple", **extra)


JOURNEYS = pytest.mark.parametrize("journey", [sign_up, reset, fail_to_sign_in])


def make_known(emails: list[str], **fields: Any) -> None:
    from allauth.account.models import EmailAddress

    password = make_password(PASSWORD)
    users = User.objects.bulk_create([User(email=email, password=password, **fields) for email in emails])
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users]
    )


def answer(journey: Callable[..., Any], email: str) -> list[Any]:
    """What a stranger can see of the answer and of the page that it leads to, without tokens and the address."""
    client = Client()
    with time_machine.travel(NOW, tick=False):  # headers tell the time
        pages = [journey(client, email)]
        if pages[0].status_code == 302:
            pages.append(client.get(pages[0]["Location"]))
    return [_seen(page, email) for page in pages]


def _seen(page: Any, email: str) -> tuple[int, dict[str, str], list[str], str]:
    body = page.content.decode().replace(email, "ADDRESS")
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", body)
    headers = {name: value for name, value in page.headers.items() if name.lower() != "x-request-id"}
    headers.pop("Content-Length", None)
    return page.status_code, headers, sorted(page.cookies), body


@JOURNEYS
@pytest.mark.parametrize("fields", [{}, {"is_active": False}])
def test_answers_are_the_same_for_known_and_unknown(journey: Callable[..., Any], fields: dict[str, Any]) -> None:
    make_known(["known@example.org"], **fields)
    assert answer(journey, "known@example.org") == answer(journey, "other@example.org")


@JOURNEYS
def test_answers_are_the_same_for_department_people(journey: Callable[..., Any]) -> None:
    make_known(["known@example.org"])
    user = User.objects.get()
    user.set_unusable_password()
    user.save()
    assert answer(journey, "known@example.org") == answer(journey, "other@example.org")


@pytest.mark.parametrize("journey", [sign_up, reset])
def test_one_mail_goes_out_either_way(journey: Callable[..., Any]) -> None:
    make_known(["known@example.org"])
    for email in ("known@example.org", "other@example.org"):
        journey(Client(), email)
        assert len(mails_to(email)) == 1


@pytest.mark.slow
@JOURNEYS
@pytest.mark.django_db(transaction=True)
def test_time_is_the_same_for_known_and_unknown(journey: Callable[..., Any]) -> None:
    # A machine busy with other things may blur one round; a gap that is real shows in each.
    gaps = (median_gap(journey, name) for name in ("one", "two", "three"))
    assert any(gap < LARGEST_GAP for gap in gaps)


def median_gap(journey: Callable[..., Any], name: str) -> float:
    """How far apart the medians are, in seconds: side by side and in turns, so that load slows both alike."""
    cache.clear()
    known = [f"{name}{n}@known.example" for n in range(SAMPLES)]
    make_known(known)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    journey(Client(), f"{name}@warm.example")
    for number, email in enumerate(known):
        pair = [(True, email), (False, f"{name}{number}@other.example")]
        for is_known, address in pair if number % 2 else pair[::-1]:
            client = Client(REMOTE_ADDR=f"192.0.2.{2 * number + is_known}")
            start = time.perf_counter()
            journey(client, address)
            seconds[is_known].append(time.perf_counter() - start)
    return abs(median(seconds[True]) - median(seconds[False]))

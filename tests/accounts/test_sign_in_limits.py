"""The 6th failed try at an account is refused: by whom, from where and in which process it may be."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.accounts.attempts import be_a_web_process, try_at_once
from tests.accounts.journeys import link_in, mails_to, sign_in
from tests.factories import make_user

WRONG = "wrong horse battery staple"
TOO_MANY = ["Too many attempts. Wait 5 minutes, then try again"]
NOT_RIGHT = ["Check your email address and password, and enter them again"]


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of counting alone: the same hasher with less work."""
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)
    monkeypatch.setattr(Argon2PasswordHasher, "parallelism", 1)


def errors_of(response: object) -> list[str]:
    return list(response.context["form"].non_field_errors())  # type: ignore[attr-defined]


def fail(client: Client, email: str, times: int) -> list[list[str]]:
    return [errors_of(sign_in(client, email, password=WRONG)) for _ in range(times)]


def test_sixth_try_is_refused_even_with_the_right_password(client: Client, quick_passwords: None) -> None:
    user = make_user()
    assert fail(client, user.email, 5) == [NOT_RIGHT] * 5
    assert errors_of(sign_in(client, user.email)) == TOO_MANY


def test_an_unknown_address_is_refused_alike(client: Client, quick_passwords: None) -> None:
    assert fail(client, "nobody@example.org", 6) == [NOT_RIGHT] * 5 + [TOO_MANY]


def test_writing_the_address_otherwise_changes_nothing(client: Client, quick_passwords: None) -> None:
    user = make_user("priya@example.org")
    fail(client, "Priya@Example.org", 3)
    fail(client, " priya@example.org ", 2)
    assert errors_of(sign_in(client, user.email)) == TOO_MANY


def test_another_browser_machine_or_forged_header_changes_nothing(quick_passwords: None) -> None:
    user = make_user()
    for number in range(5):
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}", headers={"x-forwarded-for": f"198.51.100.{number}"})
        fail(browser, user.email, 1)
    browser = Client(REMOTE_ADDR="192.0.2.99", headers={"x-forwarded-for": "198.51.100.99"})
    assert errors_of(sign_in(browser, user.email)) == TOO_MANY


def test_a_forged_host_changes_nothing(quick_passwords: None) -> None:
    user = make_user()
    for port in range(8001, 8006):
        fail(Client(headers={"host": f"127.0.0.1:{port}"}), user.email, 1)
    assert errors_of(sign_in(Client(headers={"host": "localhost"}), user.email)) == TOO_MANY


def test_signing_in_between_does_not_wipe_the_count(client: Client, quick_passwords: None) -> None:
    user = make_user()
    fail(client, user.email, 4)
    sign_in(Client(), user.email)
    assert fail(client, user.email, 2) == [NOT_RIGHT, TOO_MANY]


def test_asking_for_the_password_again_counts_too(client: Client, quick_passwords: None) -> None:
    user = make_user()
    client.force_login(user)
    for _ in range(5):
        client.post(reverse("account_reauthenticate"), {"password": WRONG})
    assert errors_of(sign_in(Client(), user.email)) == TOO_MANY


def test_a_reset_password_lets_the_person_in_again(client: Client, quick_passwords: None) -> None:
    user = make_user()
    fail(client, user.email, 5)
    client.post(reverse("account_reset_password"), {"email": user.email})
    form_url = client.get(link_in(mails_to(user.email)[-1], "reset/key"))["Location"]
    client.post(form_url, {"password1": "another correct horse", "password2": "another correct horse"})
    sign_in(client, user.email, password="another correct horse")
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(("proxies", "header"), [(0, "198.51.100.{}"), (1, "198.51.100.{}, 203.0.113.7")])
def test_one_machine_is_held_whatever_header_it_forges(
    settings: Settings, quick_passwords: None, proxies: int, header: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    last = [
        errors_of(
            sign_in(Client(headers={"x-forwarded-for": header.format(n)}), f"person{n}@example.org", password=WRONG)
        )
        for n in range(21)
    ]
    assert last == [NOT_RIGHT] * 20 + [TOO_MANY]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_in_five_processes_five_are_checked() -> None:
    user = make_user()
    database = connection.settings_dict["NAME"]
    numbers = [list(range(first, first + 10)) for first in range(1, 51, 10)]
    with ProcessPoolExecutor(
        5, mp_context=get_context("spawn"), initializer=be_a_web_process, initargs=(database,)
    ) as processes:
        list(processes.map(time.sleep, [1.0] * 5))  # every process stands before the first try
        start_at = time.time() + 3
        done = [processes.submit(try_at_once, user.email, start_at, group) for group in numbers]
        results = [job.result(timeout=120) for job in done]
    tries = [one for group, _ in results for one in group]
    checked = sum(count for _, count in results)
    assert len(tries) == 50
    assert checked == 5
    assert sum(one.refused for one in tries) == 45
    assert errors_of(sign_in(Client(), user.email)) == TOO_MANY

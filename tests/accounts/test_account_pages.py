"""A person's own pages: the front page, the name, and that the user name stays one."""

from __future__ import annotations

import pytest
from cryptography.fernet import InvalidToken
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from portal.accounts.actions import change_name
from portal.accounts.encryption import decrypt, encrypt
from portal.accounts.models import User
from tests.accounts.journeys import events
from tests.factories import make_user

PAGES = [reverse("account_home"), reverse("account_name_edit"), reverse("account_second_step")]


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_whoever_signed_in(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"{reverse('account_login')}?next={path}"
    client.force_login(make_user())
    assert client.get(path).status_code == 200


def test_front_page_leads_to_everything(client: Client) -> None:
    client.force_login(make_user("priya@example.org", name="Priya <b>Nair</b>", mfa=True))
    body = client.get(reverse("account_home")).content.decode()
    names = [
        "account_name_edit",
        "account_email",
        "account_change_password",
        "mfa_deactivate_totp",
        "usersessions_list",
    ]
    assert [name for name in names if reverse(name) not in body] == []
    assert "Priya &lt;b&gt;Nair&lt;/b&gt;" in body


def test_name_is_changed_and_audited(client: Client) -> None:
    user = make_user(name="Alice Okafor")
    client.force_login(user)
    form = {"name": "  Alice   Okafor-Hill ", "is_staff": "on", "email": "other@example.org"}
    assert client.post(reverse("account_name_edit"), form)["Location"] == reverse("account_home")
    changed = User.objects.get(pk=user.pk)
    assert (changed.name, changed.is_staff, changed.email) == ("Alice Okafor-Hill", False, user.email)
    (event,) = events("accounts.user.name_changed")
    assert (event["old"], event["new"]) == ({"name": "Alice Okafor"}, {"name": "Alice Okafor-Hill"})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Enter your full name"),
        ("   ", "Enter your full name"),
        ("x" * 151, "Ensure this value has at most 150 characters (it has 151)."),
    ],
)
def test_name_that_cannot_be_is_refused(client: Client, name: str, message: str) -> None:
    client.force_login(make_user())
    response = client.post(reverse("account_name_edit"), {"name": name})
    assert response.context["form"].errors["name"] == [message]
    assert events("accounts.user.name_changed") == []


def test_nobody_changes_the_name_of_another() -> None:
    with pytest.raises(PermissionDenied):
        change_name(user=make_user(), name="Mallory", by=make_user())


def test_address_is_one_however_it_is_written() -> None:
    make_user("priya@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Priya@Example.org")


def test_secrets_survive_a_change_of_key_while_the_old_one_is_kept(settings: Settings) -> None:
    token = encrypt("ABC")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [settings.SECRET_KEY]
    assert decrypt(token) == "ABC"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        decrypt(token)

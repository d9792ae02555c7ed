"""Signing up: name, address and password once, then the link in the mail."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from tests.accounts.journeys import events, link_in, mails_to, sign_in, sign_up
from tests.factories import PASSWORD, make_user


def test_sign_up_asks_name_address_and_password_once(client: Client) -> None:
    form = client.get(reverse("account_signup")).context["form"]
    assert list(form.fields) == ["name", "email", "password1"]


def test_sign_up_makes_an_unverified_person_with_argon2(client: Client) -> None:
    response = sign_up(client, "Priya.Nair@Example.org")
    user = User.objects.get(email="priya.nair@example.org")
    assert (response.status_code, response["Location"]) == (302, reverse("account_email_verification_sent"))
    assert user.name == "Priya Nair"
    assert identify_hasher(user.password).algorithm == "argon2"
    assert EmailAddress.objects.get(user=user).verified is False
    assert events("accounts.user.signed_up") == [
        {"actor_id": user.pk, "target_id": user.pk, "old": {}, "new": {"how": "password"}}
    ]


def test_sign_in_before_verification_is_refused(client: Client) -> None:
    sign_up(client, "priya@example.org")
    other = Client()
    response = sign_in(other, "priya@example.org")
    assert response["Location"] == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in other.session


def test_verification_by_the_link_lets_the_person_in(client: Client) -> None:
    sign_up(client, "priya@example.org")
    client.post(link_in(mails_to("priya@example.org")[0], "confirm-email"))
    user = User.objects.get(email="priya@example.org")
    assert EmailAddress.objects.get(user=user).verified is True
    assert [event["new"] for event in events("accounts.email.verified")] == [{"email": user.email}]
    sign_in(client, user.email)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_opening_the_link_changes_nothing(client: Client) -> None:
    sign_up(client, "priya@example.org")
    response = client.get(link_in(mails_to("priya@example.org")[0], "confirm-email"))
    assert response.status_code == 200
    assert EmailAddress.objects.get(email="priya@example.org").verified is False


def test_mail_goes_by_the_outbox_to_the_person(client: Client) -> None:
    sign_up(client, "priya@example.org")
    (delivery,) = mails_to("priya@example.org")
    assert delivery.recipient == User.objects.get(email="priya@example.org")
    assert delivery.in_inbox is False
    assert delivery.message.erase_when_sent is True


def test_mail_says_the_same_in_text_and_html(client: Client) -> None:
    sign_up(client, "priya@example.org")
    message = mails_to("priya@example.org")[0].message
    link = link_in(mails_to("priya@example.org")[0], "confirm-email")
    assert message.subject == "Confirm your email address"
    assert f"http://testserver{link}" in message.body
    assert f'<a href="http://testserver{link}"' in message.html
    assert "Questions: help@threepoint.example" in message.body


def test_sign_up_with_a_taken_address_makes_nobody_and_tells_the_owner(client: Client) -> None:
    make_user("priya@example.org")
    sign_up(client, "PRIYA@example.org")
    (delivery,) = mails_to("priya@example.org")
    assert User.objects.count() == 1
    assert reverse("account_reset_password") in delivery.message.body


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Enter your full name"),
        ("email", "", "Enter your email address"),
        ("email", "priya", "Enter an email address in the correct format, like name@example.com"),
        ("password1", "", "Enter a password"),
        ("password1", "elevenchars", "This password is too short. It must contain at least 12 characters."),
        ("password1", "qwerty123456", "This password is too common."),
    ],
)
def test_sign_up_says_what_is_wrong(client: Client, field: str, value: str, message: str) -> None:
    form = {"name": "Priya Nair", "email": "priya@example.org", "password1": PASSWORD, field: value}
    response = client.post(reverse("account_signup"), form)
    assert message in response.context["form"].errors[field]
    assert User.objects.count() == 0


def test_sign_up_ignores_forged_rights(client: Client) -> None:
    form = {
        "name": "Priya",
        "email": "priya@example.org",
        "password1": PASSWORD,
        "is_staff": "on",
        "is_superuser": "on",
    }
    client.post(reverse("account_signup"), form)
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (False, False)

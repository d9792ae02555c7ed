"""The pages on which owners make and end tokens."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.organisations.choices import Role
from portal.tokens.models import ApiToken
from tests.factories import make_member, make_user
from tests.tokens.makers import BASE, Program, make_api_token


@pytest.fixture
def browser(ann: Any) -> Client:
    """Ann, who has just signed in with her password and second step."""
    from allauth.account.internal.flows.login import record_authentication
    from django.test import RequestFactory

    client = Client()
    client.force_login(ann)
    session = client.session
    request = RequestFactory().get("/")
    request.session, request.user = session, ann
    record_authentication(request, ann, method="password", reauthenticated=True)
    session.save()
    return client


def filled(**fields: Any) -> dict[str, Any]:
    return {"name": "Finance", "scopes": ["reporting:read"], "days": "30", "submission_key": str(uuid4()), **fields}


def test_owner_makes_a_token_and_sees_it_once(browser, supplier) -> None:
    path, form = reverse("tokens:token-create", args=[supplier.pk]), filled()
    shown = browser.post(path, form)
    [secret] = re.findall(r"tp_[A-Za-z0-9_-]{43}", shown.content.decode())
    assert "no-store" in shown["Cache-Control"]
    assert Program(secret).get(f"{BASE}/returns/").status_code == 200
    again = browser.post(path, form).content.decode()
    assert (secret in again, "This token was made already" in again) == (False, True)
    listed = browser.get(reverse("tokens:token-list", args=[supplier.pk])).content.decode()
    assert (secret in listed, secret[:9] in listed, "In use" in listed) == (False, True, True)
    assert ApiToken.objects.count() == 1


def test_making_asks_for_the_password_again(client, ann, supplier) -> None:
    client.force_login(ann)
    path = reverse("tokens:token-create", args=[supplier.pk])
    for answer in (client.get(path), client.post(path, filled())):
        assert (answer.status_code, "/accounts/reauthenticate/" in answer["Location"]) == (302, True)
    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Enter what will use the token"),
        ({"scopes": []}, "Choose what the token may do"),
        ({"days": ""}, "Choose how long the token works"),
        ({"days": "9999"}, "Select a valid choice"),
    ],
)
def test_form_says_what_is_missing(browser, supplier, wrong, words) -> None:
    page = browser.post(reverse("tokens:token-create", args=[supplier.pk]), filled(**wrong)).content.decode()
    assert (words in page, "<title>Error:" in page.replace("\n", "")) == (True, True)


def test_owner_revokes_a_token(browser, supplier, ann) -> None:
    token, secret = make_api_token(supplier, ann)
    path = reverse("tokens:token-revoke", args=[supplier.pk, token.public_id])
    assert browser.get(path).status_code == 200
    assert Program(secret).get(f"{BASE}/returns/").status_code == 200
    browser.post(path)
    assert Program(secret).get(f"{BASE}/returns/").status_code == 401
    assert "Revoked" in browser.get(reverse("tokens:token-list", args=[supplier.pk])).content.decode()


def test_staff_revoke_but_do_not_make(client, supplier, ann) -> None:
    token, _ = make_api_token(supplier, ann)
    client.force_login(make_user(is_staff=True))
    assert client.get(reverse("tokens:token-create", args=[supplier.pk])).status_code == 403
    assert client.post(reverse("tokens:token-revoke", args=[supplier.pk, token.public_id])).status_code == 302


def test_tokens_of_others_are_not_there(client, supplier, ann) -> None:
    token, _ = make_api_token(supplier, ann)
    client.force_login(make_member(supplier, role=Role.EDITOR))
    assert client.get(reverse("tokens:token-list", args=[supplier.pk])).status_code == 403
    client.force_login(make_user())
    assert client.get(reverse("tokens:token-revoke", args=[supplier.pk, token.public_id])).status_code == 404


def test_list_costs_the_same_for_one_and_three(browser, supplier, ann) -> None:
    costs = []
    for more in (1, 2):
        for _ in range(more):
            make_api_token(supplier, ann)
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("tokens:token-list", args=[supplier.pk]))
        costs.append(len(queries))
    assert costs[0] == costs[1]

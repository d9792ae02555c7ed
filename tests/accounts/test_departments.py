"""Signing in by way of a department's provider, against a real one on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from joserfc.jwk import RSAKey
from pytest_django.fixtures import Settings

from portal.accounts.models import User
from portal.accounts.providers import openid_connect_apps, origins
from tests.accounts.journeys import events
from tests.accounts.provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.factories import give_second_factor, make_user

LOGIN = "/accounts/oidc/dept/login/"


def configured(url: str, **changes: Any) -> dict[str, Any]:
    entry = {
        "provider_id": "dept",
        "name": "Department of Maps",
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "server_url": url,
        "domains": ["dept.example"],
    }
    return entry | changes


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with running_provider() as provider:
        settings.OIDC_PROVIDERS = [configured(provider.url)]
        apps = openid_connect_apps(settings.OIDC_PROVIDERS, allow_http=True)
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": apps}}
        yield provider


def go_to_provider(client: Client) -> str:
    """Press the button: where the browser is sent."""
    response = client.post(LOGIN)
    assert response.status_code == 302
    return str(response["Location"])


def come_back_from(client: Client, address: str) -> Any:
    sent_back = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
    return client.get(sent_back.removeprefix("http://testserver"))


def sign_in_by_department(client: Client) -> Any:
    return come_back_from(client, go_to_provider(client))


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_new_person_comes_in_with_name_and_verified_address(client: Client, provider: Provider) -> None:
    response = sign_in_by_department(client)
    user = User.objects.get()
    assert (response.status_code, response["Location"]) == (302, reverse("home"))
    assert (user.name, user.email, user.has_usable_password()) == ("Sam Reed", "sam.reed@dept.example", False)
    assert EmailAddress.objects.filter(user=user, verified=True, primary=True).count() == 1
    assert client.session["_auth_user_id"] == str(user.pk)
    assert [event["new"] for event in events("accounts.user.signed_up")] == [{"how": "dept"}]
    assert [event["new"] for event in events("accounts.user.signed_in_by_department")] == [{"provider": "dept"}]


def test_the_same_person_comes_back_to_the_same_account(client: Client, provider: Provider) -> None:
    sign_in_by_department(client)
    sign_in_by_department(Client())
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 1)


def test_an_account_in_the_departments_domain_is_linked(client: Client, provider: Provider) -> None:
    user = make_user("sam.reed@dept.example", name="Samuel Reed")
    sign_in_by_department(client)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert SocialAccount.objects.get().user == user
    assert User.objects.get().name == "Samuel Reed"


def test_the_password_of_whoever_squatted_the_address_is_wiped(client: Client, provider: Provider) -> None:
    user = make_user("sam.reed@dept.example")
    EmailAddress.objects.update(verified=False)
    sign_in_by_department(client)
    user.refresh_from_db()
    assert user.has_usable_password() is False


@pytest.mark.parametrize("exists", [False, True])
def test_an_address_outside_the_departments_domains_is_refused(
    client: Client, provider: Provider, exists: bool
) -> None:
    provider.user["email"] = "pat@other.example"
    if exists:
        make_user("pat@other.example")
    response = sign_in_by_department(client)
    assert response.status_code == 403
    assert b"Department of Maps cannot sign in people whose email address is pat@other.example." in response.content
    assert (is_signed_in(client), SocialAccount.objects.count(), User.objects.count()) == (False, 0, int(exists))


@pytest.mark.parametrize("email", ["sam@notdept.example", "sam@dept.example.evil.example", "sam@sub.dept.example"])
def test_a_domain_that_only_looks_like_it_is_refused(client: Client, provider: Provider, email: str) -> None:
    provider.user["email"] = email
    assert sign_in_by_department(client).status_code == 403
    assert User.objects.count() == 0


@pytest.mark.parametrize("claim", [False, None, "false", "true", 1])
def test_an_unverified_address_is_refused(client: Client, provider: Provider, claim: Any) -> None:
    make_user("sam.reed@dept.example")
    provider.user["email_verified"] = claim
    response = sign_in_by_department(client)
    assert response.status_code == 403
    assert b"Department of Maps has not verified your email address." in response.content
    assert (is_signed_in(client), SocialAccount.objects.count()) == (False, 0)


def test_a_person_without_an_address_is_refused(client: Client, provider: Provider) -> None:
    del provider.user["email"]
    assert sign_in_by_department(client).status_code == 403
    assert User.objects.count() == 0


def test_an_inactive_person_stays_out(client: Client, provider: Provider) -> None:
    make_user("sam.reed@dept.example", is_active=False)
    assert sign_in_by_department(client)["Location"] == reverse("account_inactive")
    assert is_signed_in(client) is False


def test_a_second_factor_is_asked_here_too(client: Client, provider: Provider) -> None:
    give_second_factor(make_user("sam.reed@dept.example", mfa=False))
    assert sign_in_by_department(client)["Location"] == reverse("mfa_authenticate")
    assert is_signed_in(client) is False


def test_a_state_of_another_browser_is_refused(client: Client, provider: Provider) -> None:
    address = go_to_provider(Client())
    client.get("/")
    assert come_back_from(client, address).status_code == 401
    assert User.objects.count() == 0


def test_a_callback_out_of_the_blue_is_refused(client: Client, provider: Provider) -> None:
    assert client.get(f"{LOGIN}callback/", {"code": "x", "state": "y"}).status_code == 401


def test_a_code_with_another_pkce_verifier_is_refused(client: Client, provider: Provider) -> None:
    address = go_to_provider(client)
    sent_back = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
    provider.codes = dict.fromkeys(provider.codes, "the challenge of somebody else")
    assert client.get(sent_back.removeprefix("http://testserver")).status_code == 401
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    "claims", [{"aud": "another service"}, {"iss": "https://evil.example"}, {"exp": 1_700_000_000}, {"sub": None}]
)
def test_an_id_token_for_somewhere_or_somebody_else_is_refused(
    client: Client, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert sign_in_by_department(client).status_code == 401
    assert User.objects.count() == 0


def test_an_id_token_with_a_wrong_signature_is_refused(client: Client, provider: Provider) -> None:
    provider.signing_key = RSAKey.generate_key(2048)
    assert sign_in_by_department(client).status_code == 401
    assert User.objects.count() == 0


def test_user_data_of_somebody_else_are_refused(client: Client, provider: Provider) -> None:
    provider.userinfo_sub = "4712"
    assert sign_in_by_department(client).status_code == 401
    assert User.objects.count() == 0


def test_the_way_there_needs_a_press_and_a_token(provider: Provider) -> None:
    assert Client().get(LOGIN).status_code == 200
    assert Client(enforce_csrf_checks=True).post(LOGIN).status_code == 403


def test_a_department_in_the_database_counts_for_nothing(client: Client) -> None:
    SocialApp.objects.create(provider="openid_connect", provider_id="rogue", name="Rogue", client_id="x", secret="y")
    assert client.get("/accounts/oidc/rogue/login/").status_code == 404


def test_settings_accept_a_whole_entry() -> None:
    entry = configured("https://login.dept.example", domains=["@Dept.Example"])
    (app,) = openid_connect_apps([entry], allow_http=False)
    assert app["settings"]["domains"] == ["dept.example"]
    assert origins([entry, configured("https://login.dept.example:8443/tenant")]) == [
        "https://login.dept.example",
        "https://login.dept.example:8443",
    ]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([configured("http://login.dept.example")], "must use https"),
        ([configured("https://login.dept.example", domains=[])], "lacks domains"),
        ([configured("https://login.dept.example", domains="dept.example")], "must be a list"),
        ([configured("https://login.dept.example", secret="")], "lacks secret"),
        ([configured("https://login.dept.example")] * 2, "names a provider_id twice"),
    ],
)
def test_settings_refuse_what_is_unsafe_or_incomplete(entries: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=message):
        openid_connect_apps(entries, allow_http=False)

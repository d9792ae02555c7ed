"""A second factor: demanded of staff and owners, set up, used at sign-in, kept."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.permissions import lacks_demanded_mfa
from portal.organisations.choices import Role
from portal.organisations.models import Membership
from tests.accounts.journeys import confirm_password, events, mails_to, sign_in, sign_in_with_code, totp_code
from tests.factories import give_second_factor, make_member, make_supplier, make_user

SET_UP = "/accounts/second-step/"


def make_owner(*, mfa: bool = False) -> User:
    return make_member(make_supplier(), role=Role.OWNER, mfa=mfa)


def set_up_app(client: Client) -> str:
    """Set up the app as a person does; returns its secret."""
    url = reverse("mfa_activate_totp")
    confirm_password(client, url)
    secret: str = client.get(url).context["form"].secret
    response = client.post(url, {"code": totp_code(secret)})
    assert response["Location"] == reverse("mfa_view_recovery_codes")
    return secret


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_members_who_do_not_own_may_do_without(role: str) -> None:
    assert lacks_demanded_mfa(make_member(make_supplier(), role=role)) is False


def test_demanded_of_staff_and_owners_of_today() -> None:
    staff, owner, former = make_user(is_staff=True, mfa=False), make_owner(), make_owner()
    Membership.objects.filter(user=former).update(ended_at=timezone.now())
    assert [lacks_demanded_mfa(user) for user in (staff, owner, former)] == [True, True, False]


def test_recovery_codes_alone_are_no_second_factor() -> None:
    owner = make_owner()
    RecoveryCodes.activate(owner)
    assert lacks_demanded_mfa(owner) is True


@pytest.mark.parametrize("path", ["/", "/accounts/", "/accounts/email/", "/accounts/sessions/"])
def test_owner_without_a_factor_is_sent_to_set_one_up(client: Client, path: str) -> None:
    client.force_login(make_owner())
    response = client.get(f"{path}?page=2")
    assert (response.status_code, response["Location"]) == (302, f"{SET_UP}?next={path.replace('/', '%2F')}%3Fpage%3D2")


def test_owner_without_a_factor_cannot_post_past_it(client: Client) -> None:
    owner = make_owner()
    client.force_login(owner)
    response = client.post(reverse("account_name_edit"), {"name": "Another Name"})
    assert response["Location"] == f"{SET_UP}?next=%2F"
    assert User.objects.get(pk=owner.pk).name == owner.name


def test_set_up_shows_recovery_codes_and_leads_back(client: Client) -> None:
    owner = make_owner()
    sign_in(client, owner.email)
    client.get(client.get("/accounts/sessions/")["Location"])
    set_up_app(client)
    page = client.get(reverse("mfa_view_recovery_codes"))
    assert len(page.context["unused_codes"]) == 10
    assert page.context["continue_url"] == "/accounts/sessions/"
    assert client.get("/accounts/sessions/").status_code == 200


def test_set_up_page_never_leads_elsewhere(client: Client) -> None:
    client.force_login(make_owner())
    response = client.get(SET_UP, {"next": "https://evil.example/"})
    assert response.context["continue_url"] == reverse("account_home")


@pytest.mark.django_db(transaction=True)
def test_set_up_is_audited_and_mailed(client: Client) -> None:
    owner = make_owner()
    sign_in(client, owner.email)
    set_up_app(client)
    assert [event["new"] for event in events("accounts.factor.added")] == [{"type": "totp"}, {"type": "recovery_codes"}]
    assert len(mails_to(owner.email)) == 1


def test_secret_is_not_readable_in_the_database(client: Client) -> None:
    user = make_user()
    secret = give_second_factor(user)
    assert secret not in str(Authenticator.objects.get(user=user).data)


def test_set_up_needs_the_password_again(client: Client) -> None:
    sign_in(client, make_owner().email)
    response = client.get(reverse("mfa_activate_totp"))
    assert response["Location"].startswith(reverse("account_reauthenticate"))


def test_sign_in_needs_the_code(client: Client) -> None:
    user = make_user(mfa=False)
    secret = give_second_factor(user)
    assert sign_in(client, user.email)["Location"] == reverse("mfa_authenticate")
    assert client.get("/accounts/")["Location"].startswith(reverse("account_login"))
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "_auth_user_id" not in client.session
    client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_code_works_once(client: Client) -> None:
    user = make_user(mfa=False)
    secret = give_second_factor(user)
    code = totp_code(secret)
    for browser in (client, Client()):
        sign_in(browser, user.email)
        browser.post(reverse("mfa_authenticate"), {"code": code})
    assert ("_auth_user_id" in client.session, "_auth_user_id" in browser.session) == (True, False)


def test_a_recovery_code_works_once(client: Client) -> None:
    user = make_user(mfa=True)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    for browser in (client, Client()):
        sign_in(browser, user.email)
        browser.post(reverse("mfa_authenticate"), {"code": code})
    assert ("_auth_user_id" in client.session, "_auth_user_id" in browser.session) == (True, False)


def test_sixth_wrong_code_is_refused_although_right(client: Client) -> None:
    user = make_user(mfa=False)
    secret = give_second_factor(user)
    sign_in(client, user.email)
    for _ in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    response = client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
    assert response.context["form"].errors["code"] == ["Too many attempts. Wait 5 minutes, then try again"]


def test_last_factor_of_an_owner_stays(client: Client) -> None:
    owner = make_owner()
    secret = give_second_factor(owner)
    sign_in_with_code(client, owner, secret)
    url = reverse("mfa_deactivate_totp")
    confirm_password(client, url)
    response = client.post(url)
    assert response.context["form"].non_field_errors() == [
        "Your role needs a second step to sign in. Add another one first, then remove this one."
    ]
    assert Authenticator.objects.filter(user=owner).exists()


@pytest.mark.parametrize(("also_an_app", "left"), [(False, 1), (True, 0)])
def test_last_passkey_of_an_owner_stays(client: Client, also_an_app: bool, left: int) -> None:
    owner = make_owner()
    passkey = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "Laptop", "credential": {}})
    if also_an_app:
        give_second_factor(owner)
    sign_in(client, owner.email)
    client.force_login(owner)
    url = reverse("mfa_remove_webauthn", args=[passkey.pk])
    confirm_password(client, url)
    client.post(url)
    assert Authenticator.objects.filter(pk=passkey.pk).count() == left


def test_passkey_of_somebody_else_is_not_there(client: Client) -> None:
    passkey = Authenticator.objects.create(user=make_owner(), type="webauthn", data={"name": "Laptop"})
    client.force_login(make_user())
    assert client.post(reverse("mfa_remove_webauthn", args=[passkey.pk])).status_code == 404


def test_whoever_need_not_may_remove_the_last_factor(client: Client) -> None:
    user = make_user()
    secret = give_second_factor(user)
    sign_in_with_code(client, user, secret)
    url = reverse("mfa_deactivate_totp")
    confirm_password(client, url)
    assert client.post(url)["Location"] == reverse("mfa_index")
    assert [event["old"] for event in events("accounts.factor.removed")] == [{"type": "totp"}]


def count_queries(client: Client, path: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(path)
    return [query["sql"] for query in captured if "mfa_authenticator" in query["sql"]]


def test_the_demand_costs_no_query_for_anonymous_and_one_for_users(client: Client) -> None:
    assert count_queries(client, "/") == []
    client.force_login(make_user())
    assert len(count_queries(client, "/")) == 1


def test_the_demand_costs_nothing_once_the_session_proved_a_factor(client: Client) -> None:
    owner = make_owner()
    secret = give_second_factor(owner)
    sign_in_with_code(client, owner, secret)
    assert count_queries(client, "/") == []

"""Sessions: keys rotate, are listed, revoked, and die with the account or the membership."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.actions import deactivate_user, reactivate_user
from portal.organisations.choices import Role
from portal.organisations.models import Membership
from portal.refusals import Refused
from tests.accounts.journeys import confirm_password, events, link_in, mails_to, sign_in, totp_code
from tests.factories import PASSWORD, give_second_factor, make_member, make_supplier, make_user

HOME = "/accounts/"


def key_of(client: Client) -> str:
    return client.cookies["sessionid"].value


def test_key_rotates_at_sign_in_and_the_old_one_is_dead(client: Client) -> None:
    client.get(reverse("account_login"))
    session = client.session
    session["seen"] = True
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    old = key_of(client)
    sign_in(client, make_user().email)
    assert key_of(client) != old
    assert not SessionStore().exists(old)


def test_key_rotates_at_the_second_step_and_the_old_one_is_dead(client: Client) -> None:
    user = make_user()
    secret = give_second_factor(user)
    sign_in(client, user.email)
    halfway = key_of(client)
    client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
    stolen = Client()
    stolen.cookies["sessionid"] = halfway
    assert key_of(client) != halfway
    assert not SessionStore().exists(halfway)
    assert stolen.get(HOME)["Location"].startswith(reverse("account_login"))


def test_key_is_dead_after_signing_out(client: Client) -> None:
    sign_in(client, make_user().email)
    old = key_of(client)
    client.post(reverse("account_logout"))
    assert not SessionStore().exists(old)


def test_other_sessions_are_listed_and_ended(client: Client) -> None:
    user = make_user()
    other = Client(headers={"user-agent": "A library's browser"})
    sign_in(other, user.email)
    sign_in(client, user.email)
    page = client.get(reverse("usersessions_list"))
    assert [session.user_agent for session in page.context["sessions"]] == ["A library's browser", ""]
    client.post(reverse("usersessions_list"))
    assert other.get(HOME)["Location"].startswith(reverse("account_login"))
    assert client.get(HOME).status_code == 200
    assert [event["new"]["sessions_ended"] for event in events("accounts.sessions.revoked")] == [1]


def test_nobody_ends_the_sessions_of_others(client: Client) -> None:
    other = Client()
    sign_in(other, make_user().email)
    sign_in(client, make_user().email)
    client.post(reverse("usersessions_list"))
    assert other.get(HOME).status_code == 200


def test_change_of_password_ends_the_other_sessions(client: Client) -> None:
    user = make_user()
    other = Client()
    sign_in(other, user.email)
    sign_in(client, user.email)
    new = "another correct horse battery"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post(reverse("account_change_password"), form)
    assert other.get(HOME)["Location"].startswith(reverse("account_login"))
    assert client.get(HOME).status_code == 200
    assert [event["actor_id"] for event in events("accounts.password.changed")] == [user.pk]


def test_reset_of_password_ends_all_sessions(client: Client) -> None:
    user = make_user()
    sign_in(client, user.email)
    browser = Client()
    browser.post(reverse("account_reset_password"), {"email": user.email})
    form_url = browser.get(link_in(mails_to(user.email)[-1], "reset/key"))["Location"]
    new = "another correct horse battery"
    browser.post(form_url, {"password1": new, "password2": new})
    assert client.get(HOME)["Location"].startswith(reverse("account_login"))
    assert [event["target_id"] for event in events("accounts.password.reset")] == [user.pk]
    sign_in(browser, user.email, password=new)
    assert browser.get(HOME).status_code == 200


def test_deactivated_person_is_refused_at_the_next_request(client: Client) -> None:
    user, staff = make_user(), make_user(is_staff=True)
    sign_in(client, user.email)
    key = key_of(client)
    deactivate_user(user=user, by=staff)
    assert client.get(HOME)["Location"].startswith(reverse("account_login"))
    assert not SessionStore().exists(key)
    assert UserSession.objects.filter(user=user).count() == 0
    assert [event["new"] for event in events("accounts.user.deactivated")] == [
        {"is_active": False, "sessions_ended": 1}
    ]


def test_deactivated_person_cannot_sign_in_again_until_reactivated(client: Client) -> None:
    user, staff = make_user(), make_user(is_staff=True)
    deactivate_user(user=user, by=staff)
    assert sign_in(client, user.email)["Location"] == reverse("account_inactive")
    assert "_auth_user_id" not in client.session
    reactivate_user(user=user, by=staff)
    sign_in(client, user.email)
    assert client.get(HOME).status_code == 200


def test_deactivation_halfway_through_sign_in_is_final(client: Client) -> None:
    user = make_user()
    secret = give_second_factor(user)
    sign_in(client, user.email)
    deactivate_user(user=user, by=make_user(is_staff=True))
    client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
    assert client.get(HOME)["Location"].startswith(reverse("account_login"))


def test_only_staff_deactivate_and_never_themselves_or_a_superuser() -> None:
    user, staff, chief = make_user(), make_user(is_staff=True), make_user(is_staff=True, is_superuser=True)
    with pytest.raises(PermissionDenied):
        deactivate_user(user=user, by=user)
    with pytest.raises(PermissionDenied):
        deactivate_user(user=chief, by=staff)
    with pytest.raises(Refused):
        deactivate_user(user=staff, by=staff)
    with pytest.raises(Refused):
        reactivate_user(user=user, by=staff)


def test_ended_membership_counts_for_nothing_at_the_next_request(client: Client) -> None:
    owner = make_member(make_supplier(), role=Role.OWNER, mfa=False)
    client.force_login(owner)
    assert client.get(HOME).status_code == 302  # an owner must set up a second step
    Membership.objects.filter(user=owner).update(ended_at=timezone.now())
    response = client.get(HOME)
    assert response.status_code == 200
    assert not response.wsgi_request.membership  # type: ignore[attr-defined]


def test_change_of_address_needs_the_password_and_the_link(client: Client) -> None:
    user = make_user("old@example.org", mfa=False)
    sign_in(client, user.email)
    url = reverse("account_email")
    assert client.post(url, {"email": "new@example.org", "action_add": ""})["Location"].startswith("/accounts/reauth")
    confirm_password(client, url)
    client.post(url, {"email": "new@example.org", "action_add": ""})
    user.refresh_from_db()
    assert user.email == "old@example.org"
    client.post(link_in(mails_to("new@example.org")[0], "confirm-email"))
    user.refresh_from_db()
    assert user.email == "new@example.org"
    assert [event["new"] for event in events("accounts.email.changed")] == [{"email": "new@example.org"}]


def test_change_of_address_works_beside_a_second_factor(client: Client) -> None:
    user = make_user("old@example.org", mfa=True)
    client.force_login(user)
    confirm_password(client, reverse("account_email"))
    client.post(reverse("account_email"), {"email": "new@example.org", "action_add": ""})
    assert len(mails_to("new@example.org")) == 1


def test_change_of_address_to_one_that_was_taken_meanwhile_is_refused(client: Client) -> None:
    user = make_user("old@example.org")
    client.force_login(user)
    confirm_password(client, reverse("account_email"))
    client.post(reverse("account_email"), {"email": "new@example.org", "action_add": ""})
    EmailAddress.objects.filter(user=make_user("new@example.org")).update(verified=False)
    response = client.post(link_in(mails_to("new@example.org")[0], "confirm-email"))
    user.refresh_from_db()
    assert (response.status_code, user.email) == (302, "old@example.org")

"""People in the admin: who gets in, what they see, and that nothing goes round a rule."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from portal.accounts.actions import set_staff
from portal.accounts.models import User
from portal.refusals import Refused
from tests.accounts.journeys import events, sign_in, sign_in_with_code
from tests.factories import give_second_factor, make_user

USERS = reverse("admin:accounts_user_changelist")
KEPT_BY_ALLAUTH = [
    "account_emailaddress",
    "mfa_authenticator",
    "socialaccount_socialaccount",
    "usersessions_usersession",
]


@pytest.fixture
def staff(client: Client) -> User:
    user = make_user("staff@threepoint.example", is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def chief(client: Client) -> User:
    user = make_user("chief@threepoint.example", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def run(client: Client, action: str, user: User) -> str:
    form = {"action": action, "_selected_action": [user.pk]}
    response = client.post(USERS, form, follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def test_admin_signs_in_by_the_portals_own_page(client: Client) -> None:
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(f"{reverse('account_login')}?next=")
    form = {"username": make_user(is_staff=True).email, "password": "correct horse battery staple"}
    client.post("/admin/login/", form)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("path", ["/admin/", USERS])
def test_staff_without_a_second_factor_are_refused(client: Client, path: str) -> None:
    user = make_user(is_staff=True, is_superuser=True, mfa=False)
    sign_in(client, user.email)
    assert client.get(path)["Location"].startswith(f"{reverse('account_second_step')}?next=")
    assert client.post(USERS, {"action": "deactivate"})["Location"].startswith(reverse("account_second_step"))


def test_staff_with_a_second_factor_come_in(client: Client) -> None:
    user = make_user(is_staff=True, mfa=False)
    sign_in_with_code(client, user, give_second_factor(user), next_url="/admin/")
    assert client.get("/admin/").status_code == 200


def test_others_do_not_come_in(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get(USERS, follow=True).status_code == 403


def test_people_are_found_by_name_and_address(client: Client, staff: User) -> None:
    make_user("priya@example.org", name="Priya Nair")
    for words in ("priya", "nair"):
        found = client.get(USERS, {"q": words}).context["cl"].queryset
        assert [user.email for user in found] == ["priya@example.org"]


def test_nobody_sees_a_password_hash_or_a_factors_secret(client: Client, chief: User) -> None:
    factor = Authenticator.objects.get(user=chief)
    for path in (
        reverse("admin:accounts_user_change", args=[chief.pk]),
        reverse("admin:mfa_authenticator_change", args=[factor.pk]),
    ):
        page = client.get(path)
        assert page.status_code == 200
        assert "argon2" not in page.content.decode()
        assert factor.data["secret"] not in page.content.decode()


@pytest.mark.parametrize(
    "name", ["accounts_user", "account_emailaddress", "mfa_authenticator", "usersessions_usersession"]
)
def test_nothing_is_added_changed_or_deleted_by_hand(client: Client, chief: User, name: str) -> None:
    assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{name}_add")).status_code == 403
    if name == "accounts_user":
        other = make_user()
        assert client.post(reverse(f"admin:{name}_change", args=[other.pk]), {"is_superuser": "on"}).status_code == 403
        assert client.post(reverse(f"admin:{name}_delete", args=[other.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [SocialApp, SocialToken])
def test_departments_come_from_the_settings_and_not_from_here(model: type) -> None:
    assert admin.site.is_registered(model) is False


def test_searches_work_in_every_list(client: Client, chief: User) -> None:
    for name in (
        "account_emailaddress",
        "mfa_authenticator",
        "usersessions_usersession",
        "socialaccount_socialaccount",
    ):
        assert client.get(reverse(f"admin:{name}_changelist"), {"q": "chief"}).status_code == 200


def test_staff_deactivate_and_reactivate_with_an_audit(client: Client, staff: User) -> None:
    user = make_user()
    browser = Client()
    sign_in(browser, user.email)
    assert f"{user.email}: deactivated." in run(client, "deactivate", user)
    assert browser.get("/accounts/")["Location"].startswith(reverse("account_login"))
    assert f"{user.email}: reactivated." in run(client, "reactivate", user)
    assert [event["actor_id"] for event in events("accounts.user.deactivated")] == [staff.pk]


def test_staff_are_told_why_they_cannot_deactivate_themselves(client: Client, staff: User) -> None:
    assert "You cannot deactivate your own account." in run(client, "deactivate", staff)
    assert User.objects.get(pk=staff.pk).is_active is True


def test_staff_cannot_deactivate_a_superuser(client: Client, staff: User) -> None:
    chief = make_user(is_staff=True, is_superuser=True)
    client.post(USERS, {"action": "deactivate", "_selected_action": [chief.pk]})
    assert User.objects.get(pk=chief.pk).is_active is True


def test_staff_cannot_make_staff(client: Client, staff: User) -> None:
    user = make_user()
    run(client, "make_staff", user)
    assert User.objects.get(pk=user.pk).is_staff is False


def test_a_superuser_makes_and_removes_staff(client: Client, chief: User) -> None:
    user = make_user()
    run(client, "make_staff", user)
    assert User.objects.get(pk=user.pk).is_staff is True
    run(client, "remove_staff", user)
    assert User.objects.get(pk=user.pk).is_staff is False
    assert [len(events(name)) for name in ("accounts.staff.appointed", "accounts.staff.dismissed")] == [1, 1]


def test_removal_from_staff_takes_every_right_and_session(client: Client, chief: User) -> None:
    other = make_user(is_staff=True, is_superuser=True, mfa=False)
    browser = Client()
    sign_in_with_code(browser, other, give_second_factor(other))
    set_staff(user=other, is_staff=False, by=chief)
    other.refresh_from_db()
    assert (other.is_staff, other.is_superuser) == (False, False)
    assert browser.get("/accounts/")["Location"].startswith(reverse("account_login"))


def test_staff_rights_are_changed_by_superusers_alone_and_never_their_own() -> None:
    staff, chief = make_user(is_staff=True), make_user(is_staff=True, is_superuser=True)
    with pytest.raises(PermissionDenied):
        set_staff(user=make_user(), is_staff=True, by=staff)
    with pytest.raises(Refused):
        set_staff(user=chief, is_staff=False, by=chief)
    with pytest.raises(Refused):
        set_staff(user=staff, is_staff=True, by=chief)

"""People in the admin. Everything with a rule goes through an action; what allauth keeps is for reading."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from portal.accounts import actions
from portal.accounts.models import User
from portal.accounts.permissions import can_manage_accounts, can_manage_staff
from portal.read_only import ReadOnly
from portal.refusals import Refused

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    """For reading: nothing is added, changed or deleted here."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return can_manage_accounts(request.user)


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People make their own accounts, or come by an invitation; staff end and restore them."""

    list_display = ["email", "name", "is_active", "is_staff", "is_superuser", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "date_joined"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    date_hierarchy = "date_joined"
    fields = ["email", "name", "is_active", "is_staff", "is_superuser", "groups", "date_joined", "last_login"]
    actions = ["deactivate", "reactivate", "make_staff", "remove_staff"]

    def has_manage_staff_permission(self, request: HttpRequest) -> bool:
        return can_manage_staff(request.user)

    @admin.action(description="Deactivate, and end their sessions", permissions=["view"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._each(request, users, actions.deactivate_user, "deactivated")

    @admin.action(description="Reactivate", permissions=["view"])
    def reactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._each(request, users, actions.reactivate_user, "reactivated")

    @admin.action(description="Make staff", permissions=["manage_staff"])
    def make_staff(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._each(request, users, partial(actions.set_staff, is_staff=True), "made staff")

    @admin.action(description="Remove from staff", permissions=["manage_staff"])
    def remove_staff(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._each(request, users, partial(actions.set_staff, is_staff=False), "removed from staff")

    def _each(self, request: HttpRequest, users: QuerySet[User], act: Callable[..., User], done: str) -> None:
        """Do one thing to each, and say of each what came of it."""
        for user in users:
            try:
                act(user=user, by=request.user)
            except Refused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.message_user(request, f"{user.email}: {done}.", messages.SUCCESS)


# Imported first, so that what they register can be replaced here.
for name in ("allauth.account", "allauth.mfa", "allauth.socialaccount", "allauth.usersessions", "django.contrib.auth"):
    import_module(f"{name}.admin")
for model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession, Group):
    admin.site.unregister(model)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ["email", "user", "primary", "verified"]
    list_filter = ["verified", "primary"]
    search_fields = ["email", "user__name"]
    list_select_related = ["user"]


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Who holds which second factor, and never what it is made of."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at"]
    search_fields = ["user__email", "user__name"]
    list_select_related = ["user"]
    fields = ["user", "type", "created_at", "last_used_at"]


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    list_display = ["user", "provider", "date_joined", "last_login"]
    list_filter = ["provider"]
    search_fields = ["user__email", "user__name", "uid"]
    list_select_related = ["user"]
    fields = ["user", "provider", "uid", "date_joined", "last_login"]


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    list_display = ["user", "created_at", "ip", "user_agent"]
    list_filter = ["created_at"]
    search_fields = ["user__email", "user__name", "ip"]
    list_select_related = ["user"]
    fields = ["user", "created_at", "ip", "user_agent"]


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin):
    """Bundles of admin rights; superusers alone hand them out."""

    search_fields = ["name"]
    filter_horizontal = ["permissions"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can_manage_staff(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return can_manage_staff(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return can_manage_staff(request.user)

"""Staff see everything here and change it only by the actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from portal.organisations.actions import (
    end_membership,
    refuse_organisation,
    revoke_invitation,
    suspend_organisation,
    verify_organisation,
)
from portal.organisations.choices import STATUS_TRANSITIONS, Status
from portal.organisations.forms import ReasonForm
from portal.organisations.models import EmailDomain, Identifier, Invitation, JoinRequest, Membership, Organisation
from portal.organisations.permissions import can_verify_organisation
from portal.read_only import ReadOnly
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

# What staff may decide, and the words for it.
DECISIONS = {"verify": Status.VERIFIED, "refuse": Status.REFUSED, "suspend": Status.SUSPENDED}


def staff_of(request: HttpRequest) -> User:
    """The signed-in member of staff, whom the admin has let in."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    """All staff read; nobody adds, changes or deletes, because that would go round the actions."""

    actions_on_bottom = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_verify_organisation(request.user)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return can_verify_organisation(request.user)

    def run_on_each(
        self, request: HttpRequest, queryset: models.QuerySet[Any], do: Callable[[Any], object], said: str
    ) -> None:
        """Run the action on each chosen row, and say of each why not."""
        done = 0
        for row in queryset:
            try:
                do(row)
                done += 1
            except (Refused, PermissionDenied) as error:
                self.message_user(request, f"{row}: {error or 'you may not do this'}", messages.ERROR)
        if done:
            self.message_user(request, f"{said}: {done}.", messages.SUCCESS)


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return can_verify_organisation(request.user)


class IdentifierInline(ReadOnlyInline):
    model = Identifier


class MembershipInline(ReadOnlyInline):
    model = Membership
    readonly_fields = ["user", "role", "started_at", "ended_at"]
    fields = [*readonly_fields]


class EmailDomainInline(ReadOnlyInline):
    model = EmailDomain


@admin.register(Organisation)
class OrganisationAdmin(ReadOnlyAdmin):
    change_form_template = "organisations/admin/organisation_change.html"
    list_display = ["name", "kind", "status", "region", "size", "is_imported", "created_at"]
    list_filter = ["status", "kind", "is_imported", "region", "size"]
    search_fields = ["name", "identifiers__value", "email_domains__domain"]
    date_hierarchy = "created_at"
    readonly_fields = [
        "name",
        "kind",
        "status",
        "status_reason",
        "verified_at",
        "is_imported",
        "street_address",
        "locality",
        "postal_code",
        "country_name",
        "region",
        "size",
        "website",
        "created_at",
    ]
    fields = [*readonly_fields]
    inlines = [IdentifierInline, MembershipInline, EmailDomainInline]
    actions = ["verify_chosen"]

    @admin.action(description="Verify the chosen organisations")
    def verify_chosen(self, request: HttpRequest, queryset: models.QuerySet[Organisation]) -> None:
        self.run_on_each(
            request,
            queryset,
            lambda row: verify_organisation(organisation=row, by=staff_of(request), now=timezone.now()),
            "Verified",
        )

    def get_urls(self) -> list[URLPattern]:
        decide = path(
            "<int:pk>/<str:decision>-organisation/",
            self.admin_site.admin_view(self.decide_view),
            name="organisations_organisation_decide",
        )
        return [decide, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        organisation = self.get_object(request, object_id)
        moves = STATUS_TRANSITIONS[Status(organisation.status)] if organisation else set()
        links = [
            (reverse("admin:organisations_organisation_decide", args=[object_id, decision]), decision.capitalize())
            for decision, to in DECISIONS.items()
            if to in moves
        ]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "decisions": links})

    def decide_view(self, request: HttpRequest, pk: int, decision: str) -> HttpResponse:
        """Ask for the reason where one is needed, then run the action that the decision names."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        organisation = get_object_or_404(Organisation, pk=pk)
        if decision not in DECISIONS:
            raise Http404
        form = ReasonForm(request.POST or None)
        reasons: list[str] = []
        if request.method == "POST" and form.is_valid():
            try:
                _decide(organisation, decision, form.cleaned_data["reason"], request)
                self.message_user(request, f"{organisation}: {DECISIONS[decision].label.lower()}.", messages.SUCCESS)
                return redirect("admin:organisations_organisation_change", pk)
            except Refused as refused:
                reasons = [reason.message for reason in refused.reasons]
        context = {
            **self.admin_site.each_context(request),
            "title": f"{decision.capitalize()} {organisation}",
            "organisation": organisation,
            "opts": self.opts,
            "form": form if decision != "verify" else None,
            "reasons": reasons,
            "verb": decision.capitalize(),
        }
        return render(request, "organisations/admin/decide.html", context, status=422 if reasons else 200)


def _decide(organisation: Organisation, decision: str, reason: str, request: HttpRequest) -> None:
    now = timezone.now()
    if decision == "verify":
        verify_organisation(organisation=organisation, by=staff_of(request), now=now)
    elif decision == "refuse":
        refuse_organisation(organisation=organisation, reason=reason, by=staff_of(request), now=now)
    else:
        suspend_organisation(organisation=organisation, reason=reason, by=staff_of(request), now=now)


@admin.register(Identifier)
class IdentifierAdmin(ReadOnlyAdmin):
    list_display = ["scheme", "value", "organisation"]
    list_filter = ["scheme"]
    search_fields = ["value", "organisation__name"]
    list_select_related = ["organisation"]


@admin.register(EmailDomain)
class EmailDomainAdmin(ReadOnlyAdmin):
    list_display = ["domain", "organisation", "is_trusted"]
    list_filter = ["is_trusted"]
    search_fields = ["domain", "organisation__name"]
    list_select_related = ["organisation"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ["user", "organisation", "role", "started_at", "ended_at"]
    list_filter = ["role", ("ended_at", admin.EmptyFieldListFilter)]
    search_fields = ["user__email", "user__name", "organisation__name"]
    list_select_related = ["user", "organisation"]
    date_hierarchy = "started_at"
    actions = ["end_chosen"]

    @admin.action(description="End the chosen memberships")
    def end_chosen(self, request: HttpRequest, queryset: models.QuerySet[Membership]) -> None:
        self.run_on_each(
            request,
            queryset,
            lambda row: end_membership(membership=row, by=staff_of(request), now=timezone.now()),
            "Memberships ended",
        )


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["email", "organisation", "role", "invited_by", "sent_at", "expires_at", "accepted_at", "revoked_at"]
    list_filter = ["role", ("accepted_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["email", "organisation__name"]
    list_select_related = ["organisation", "invited_by"]
    date_hierarchy = "created_at"
    exclude = ["token_hash", "submission_key"]
    actions = ["revoke_chosen"]

    @admin.action(description="Take the chosen invitations back")
    def revoke_chosen(self, request: HttpRequest, queryset: models.QuerySet[Invitation]) -> None:
        self.run_on_each(
            request,
            queryset,
            lambda row: revoke_invitation(invitation=row, by=staff_of(request), now=timezone.now()),
            "Invitations taken back",
        )


@admin.register(JoinRequest)
class JoinRequestAdmin(ReadOnlyAdmin):
    list_display = ["user", "organisation", "state", "created_at", "decided_by", "decided_at"]
    list_filter = ["state"]
    search_fields = ["user__email", "user__name", "organisation__name"]
    list_select_related = ["user", "organisation", "decided_by"]
    date_hierarchy = "created_at"

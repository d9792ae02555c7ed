"""Who belongs to an organisation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.govuk.pages import paginate, refusals_on
from portal.http import SignedInRequest
from portal.organisations import queries
from portal.organisations.actions import change_role, end_membership
from portal.organisations.forms import RoleForm
from portal.organisations.permissions import can_manage_members
from portal.organisations.views.access import act, managed_organisation, visible_organisation


@login_required
@require_safe
def member_list(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = visible_organisation(request, pk)
    manages = can_manage_members(request.user, organisation)
    context = {
        "organisation": organisation,
        "page": paginate(request, queries.members_of(organisation)),
        "can_manage": manages,
        "waiting_count": queries.join_requests_waiting(organisation).count() if manages else 0,
    }
    return render(request, "organisations/member_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_edit(request: SignedInRequest, pk: int, member_pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    member = get_object_or_404(queries.members_of(organisation), pk=member_pk)
    form = RoleForm(request.POST or None, initial={"role": member.role})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            changed = change_role(membership=member, role=form.cleaned_data["role"], by=request.user)
            messages.success(request, f"{member.user} is now: {changed.get_role_display().partition(':')[0].lower()}.")
            return redirect("organisations:member-list", pk)
    context = {"organisation": organisation, "member": member, "form": form}
    return render(request, "organisations/member_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_end(request: SignedInRequest, pk: int, member_pk: int) -> HttpResponse:
    """Asks first. Who ends their own membership leaves, and comes back to the list of their organisations."""
    organisation = visible_organisation(request, pk)
    member = get_object_or_404(queries.members_of(organisation), pk=member_pk)
    leaves = member.user_id == request.user.pk
    if not leaves and not can_manage_members(request.user, organisation):
        raise PermissionDenied
    if request.method != "POST":
        context = {"organisation": organisation, "member": member, "leaves": leaves}
        return render(request, "organisations/member_end.html", context)
    back = "organisations:organisation-list" if leaves else "organisations:member-list"
    return act(
        request,
        lambda: end_membership(membership=member, by=request.user, now=timezone.now()),
        said=f"{'You' if leaves else member.user} no longer belong{'' if leaves else 's'} to {organisation}.",
        title="This membership cannot be ended",
        back_url=reverse(back, args=[] if leaves else [pk]),
    )

"""Asking to join the organisation of one's e-mail domain, and answering."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.govuk.pages import paginate, refused_page
from portal.http import SignedInRequest
from portal.organisations import queries
from portal.organisations.actions import approve_join_request, ask_to_join, decline_join_request
from portal.organisations.choices import Role
from portal.organisations.forms import RoleForm
from portal.organisations.models import Membership, Organisation
from portal.organisations.views.access import act, managed_organisation
from portal.refusals import Refused

LIST = "organisations:join-request-list"


@login_required
@require_POST
def join_request_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Only for an organisation that the person's domain shows them; sent twice, it asks once."""
    if mine := Organisation.objects.of_user(request.user).filter(pk=pk).first():
        return redirect(mine)
    organisation = get_object_or_404(queries.organisations_to_join(request.user), pk=pk)
    try:
        made = ask_to_join(organisation=organisation, by=request.user, now=timezone.now())
    except Refused as refused:
        back = reverse("organisations:organisation-list")
        return refused_page(request, refused, title="You cannot ask to join", back_url=back)
    if isinstance(made, Membership):
        messages.success(request, f"You have joined {organisation} as a viewer.")
        return redirect(organisation)
    messages.success(request, f"We have told the owners of {organisation}. We e-mail you when they answer.")
    return redirect("organisations:organisation-list")


@login_required
@require_safe
def join_request_list(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    page = paginate(request, queries.join_requests_waiting(organisation))
    context = {"organisation": organisation, "page": page, "roles": Role.choices}
    return render(request, "organisations/join_request_list.html", context)


@login_required
@require_POST
def join_request_approve(request: SignedInRequest, pk: int, join_pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    join_request = get_object_or_404(organisation.join_requests.select_related("user"), pk=join_pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        refused = Refused("Choose a role for this person")
        return refused_page(request, refused, title="Nobody was let in", back_url=reverse(LIST, args=[pk]))
    return act(
        request,
        lambda: approve_join_request(
            join_request=join_request, role=form.cleaned_data["role"], by=request.user, now=timezone.now()
        ),
        said=f"{join_request.user} has joined {organisation}.",
        title="Nobody was let in",
        back_url=reverse(LIST, args=[pk]),
    )


@login_required
@require_POST
def join_request_decline(request: SignedInRequest, pk: int, join_pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    join_request = get_object_or_404(organisation.join_requests.select_related("user"), pk=join_pk)
    return act(
        request,
        lambda: decline_join_request(join_request=join_request, by=request.user, now=timezone.now()),
        said=f"You said no to {join_request.user}. We have told them.",
        title="This question was already answered",
        back_url=reverse(LIST, args=[pk]),
    )

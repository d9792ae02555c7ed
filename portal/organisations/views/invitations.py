"""Invitations: sending them, and the link that arrives by e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import paginate, refusals_on
from portal.http import SignedInRequest
from portal.organisations import queries
from portal.organisations.actions import accept_invitation, invite_member, resend_invitation, revoke_invitation
from portal.organisations.actions.invitations import GONE
from portal.organisations.forms import InviteForm
from portal.organisations.middleware import SESSION_KEY
from portal.organisations.models import Invitation
from portal.organisations.views.access import act, managed_organisation

if TYPE_CHECKING:
    from portal.accounts.models import User


@login_required
@require_safe
def invitation_list(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    now = timezone.now()
    page = paginate(request, organisation.invitations.select_related("invited_by"))
    rows = [(invitation, invitation.state_at(now)) for invitation in page]
    return render(
        request, "organisations/invitation_list.html", {"organisation": organisation, "page": page, "rows": rows}
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_create(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    form = InviteForm(request.POST or None, initial={"role": "editor"})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            invitation = invite_member(
                organisation=organisation, by=request.user, now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, f"We have invited {invitation.email}. The invitation lasts 7 days.")
            return redirect("organisations:invitation-list", pk)
    return render(request, "organisations/invitation_form.html", {"organisation": organisation, "form": form})


@login_required
@require_POST
def invitation_resend(request: SignedInRequest, pk: int, invitation_pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    invitation = get_object_or_404(organisation.invitations, pk=invitation_pk)
    return act(
        request,
        lambda: resend_invitation(invitation=invitation, by=request.user, now=timezone.now()),
        said=f"We have sent the invitation to {invitation.email} again. It lasts 7 days from now.",
        title="This invitation cannot be sent again",
        back_url=reverse("organisations:invitation-list", args=[pk]),
    )


@login_required
@require_POST
def invitation_revoke(request: SignedInRequest, pk: int, invitation_pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    invitation = get_object_or_404(organisation.invitations, pk=invitation_pk)
    return act(
        request,
        lambda: revoke_invitation(invitation=invitation, by=request.user, now=timezone.now()),
        said=f"The invitation to {invitation.email} is taken back.",
        title="This invitation cannot be taken back",
        back_url=reverse("organisations:invitation-list", args=[pk]),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_open(request: HttpRequest, signed: str) -> HttpResponse:
    """What the link in the e-mail shows. Opening it changes nothing, so a mail scanner cannot accept it."""
    invitation = queries.find_invitation(signed)
    if invitation is None:
        raise Http404
    user = request.user
    if request.method == "POST":
        return _accept(request, invitation, user) if user.is_authenticated else redirect(request.path)
    addresses = queries.verified_addresses_of(user) if user.is_authenticated else []
    context = {
        "invitation": invitation,
        "gone": GONE.get(invitation.state_at(timezone.now())),
        "is_theirs": invitation.email in addresses,
        "sent_to": f"{invitation.email[0]}…@{invitation.email.rpartition('@')[2]}",
    }
    return render(request, "organisations/invitation_open.html", context, status=410 if context["gone"] else 200)


@login_required
@require_POST
def invitation_accept(request: SignedInRequest, invitation_pk: int) -> HttpResponse:
    """Accept from one's own page: the verified address stands for the link."""
    mine = Invitation.objects.filter(email__in=queries.verified_addresses_of(request.user))
    return _accept(request, get_object_or_404(mine.select_related("organisation"), pk=invitation_pk), request.user)


def _accept(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    def do() -> None:
        membership = accept_invitation(invitation=invitation, by=user, now=timezone.now())
        request.session[SESSION_KEY] = membership.organisation_id

    organisation = invitation.organisation
    return act(
        request,
        do,
        said=f"You have joined {organisation}.",
        title="You cannot accept this invitation",
        back_url=reverse("organisations:organisation-list"),
    )

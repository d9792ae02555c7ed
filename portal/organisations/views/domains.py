"""E-mail domains whose people may ask to join."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import refusals_on
from portal.http import SignedInRequest
from portal.organisations.actions import add_domain, remove_domain, set_domain_trust
from portal.organisations.forms import DomainForm
from portal.organisations.views.access import act, managed_organisation

LIST = "organisations:domain-list"


@login_required
@require_safe
def domain_list(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    context = {"organisation": organisation, "domains": organisation.email_domains.all()}
    return render(request, "organisations/domain_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def domain_create(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    form = DomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            added = add_domain(organisation=organisation, by=request.user, **form.cleaned_data)
            messages.success(request, f"People at {added} can now ask to join {organisation}.")
            return redirect(LIST, pk)
    return render(request, "organisations/domain_form.html", {"organisation": organisation, "form": form})


@login_required
@require_POST
def domain_trust(request: SignedInRequest, pk: int, domain_pk: int) -> HttpResponse:
    """Sets what the button said: `is_trusted` is yes or no, so that pressing twice changes it once."""
    organisation = managed_organisation(request, pk)
    domain = get_object_or_404(organisation.email_domains, pk=domain_pk)
    is_trusted = request.POST.get("is_trusted") == "yes"
    effect = "join at once" if is_trusted else "wait for an owner"
    return act(
        request,
        lambda: set_domain_trust(email_domain=domain, is_trusted=is_trusted, by=request.user),
        said=f"People at {domain} now {effect}.",
        title="The domain was not changed",
        back_url=reverse(LIST, args=[pk]),
    )


@login_required
@require_POST
def domain_remove(request: SignedInRequest, pk: int, domain_pk: int) -> HttpResponse:
    organisation = managed_organisation(request, pk)
    domain = get_object_or_404(organisation.email_domains, pk=domain_pk)
    return act(
        request,
        lambda: remove_domain(email_domain=domain, by=request.user),
        said=f"{domain} is removed. Nobody can join by it any more.",
        title="The domain was not removed",
        back_url=reverse(LIST, args=[pk]),
    )

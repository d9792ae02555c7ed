"""The pages on which owners make tokens, see them and end them."""

from __future__ import annotations

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.govuk.pages import paginate, refusals_on
from portal.http import SignedInRequest
from portal.organisations.models import Organisation
from portal.organisations.views.access import visible_organisation
from portal.tokens.actions import Made, make_token, revoke_token
from portal.tokens.forms import TokenForm
from portal.tokens.permissions import can_make_token, can_revoke_token, can_see_tokens, why_not_make
from portal.tokens.queries import tokens_of

LIST = "tokens:token-list"


@login_required
@require_safe
def token_list(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = visible_organisation(request, pk)
    if not can_see_tokens(request.user, organisation):
        raise PermissionDenied("Only owners see an organisation's API tokens.")
    now = timezone.now()
    page = paginate(request, tokens_of(organisation))
    context = {
        "organisation": organisation,
        "page": page,
        "rows": [(token, token.state_at(now)) for token in page],
        "may_make": can_make_token(request.user, organisation),
    }
    return render(request, "tokens/token_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_create(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = visible_organisation(request, pk)
    if not can_make_token(request.user, organisation):
        raise PermissionDenied("Only owners make API tokens.")
    return _create(request, organisation)


@never_cache
@reauthentication_required
def _create(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Asks for the password or the second step once more where that was some time ago."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            made = make_token(organisation=organisation, by=request.user, now=timezone.now(), **form.cleaned_data)
            return _made(request, made)
    context = {"organisation": organisation, "form": form, "why_not": why_not_make(request.user, organisation)}
    return render(request, "tokens/token_form.html", context)


def _made(request: SignedInRequest, made: Made) -> HttpResponse:
    """Show the token, this once; it is in no message, session or log."""
    context = {"token": made.token, "organisation": made.token.organisation, "secret": made.secret}
    return render(request, "tokens/token_made.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request: SignedInRequest, pk: int, public_id: UUID) -> HttpResponse:
    organisation = visible_organisation(request, pk)
    if not can_revoke_token(request.user, organisation):
        raise PermissionDenied("Only owners revoke API tokens.")
    token = get_object_or_404(tokens_of(organisation), public_id=public_id)
    if request.method == "POST":
        revoke_token(token=token, by=request.user, now=timezone.now())
        messages.success(request, f"The token “{token.name}” is revoked. It works no more.")
        return redirect(LIST, pk)
    return render(request, "tokens/token_revoke.html", {"organisation": organisation, "token": token})

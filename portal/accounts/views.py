"""A person's own account: its front page, their name, and the way to a second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.webauthn.views import remove_webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts import actions, queries
from portal.accounts.forms import NameForm
from portal.accounts.models import User
from portal.accounts.permissions import factors_of, mfa_demanded_of
from portal.http import SignedInRequest

# Where the person was going when a second factor was demanded of them.
NEXT_KEY = "after_second_step"


@require_safe
@login_required
def account_home(request: SignedInRequest) -> HttpResponse:
    return render(request, "accounts/home.html", {"account": queries.account_summary(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def name_edit(request: SignedInRequest) -> HttpResponse:
    form = NameForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        actions.change_name(user=request.user, name=form.cleaned_data["name"], by=request.user)
        messages.success(request, "Your name is changed.")
        return redirect("account_home")
    return render(request, "accounts/name_form.html", {"form": form})


@require_safe
@login_required
def second_step(request: SignedInRequest) -> HttpResponse:
    """Why a second step is needed and how to set it up; once it stands, the way back to `next`."""
    asked = request.GET.get("next", "")
    if asked and get_adapter().is_safe_url(asked):
        request.session[NEXT_KEY] = asked
    context = {
        "is_set_up": factors_of(request.user).exists(),
        "is_demanded": mfa_demanded_of(request.user),
        "continue_url": request.session.get(NEXT_KEY, reverse("account_home")),
    }
    return render(request, "accounts/second_step.html", context)


class RecoveryCodes(ViewRecoveryCodesView):
    """The recovery codes, shown after the first factor is set up, with the way on."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        continue_url = self.request.session.get(NEXT_KEY, reverse("account_home"))
        return super().get_context_data(**kwargs) | {"continue_url": continue_url}


recovery_codes = RecoveryCodes.as_view()


@login_required
def passkey_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """In front of allauth's view, which does not ask the adapter whether the last passkey may go."""
    passkey = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    adapter = get_mfa_adapter()
    if not adapter.can_delete_authenticator(passkey):
        messages.error(request, adapter.error_messages["cannot_delete_authenticator"])
        return redirect("mfa_list_webauthn")
    return remove_webauthn(request, pk=pk)

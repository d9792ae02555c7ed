"""Pages of the inbox, of preferences and for stopping e-mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import add_refusal, paginate
from portal.notifications import actions, queries
from portal.notifications.filters import InboxFilter
from portal.notifications.forms import PreferencesForm
from portal.notifications.links import read_unsubscribe_token
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

    class SignedInRequest(HttpRequest):
        """A request behind `login_required`."""

        user: User


@require_safe
@login_required
def show_inbox(request: SignedInRequest) -> HttpResponse:
    filterset = InboxFilter(request.GET, queryset=queries.inbox(request.user))
    context = {"page": paginate(request, filterset.qs), "filterset": filterset}
    return render(request, "notifications/inbox.html", context)


@require_safe
@login_required
def show_notice(request: SignedInRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(queries.inbox(request.user), pk=pk)
    return render(request, "notifications/notice_detail.html", {"delivery": delivery})


@require_POST
@login_required
def open_notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark the notice as read, and lead to the page that it speaks of, or to the notice itself."""
    delivery = get_object_or_404(queries.inbox(request.user), pk=pk)
    delivery = actions.mark_read(delivery, by=request.user, now=timezone.now())
    return redirect(delivery.message.path or delivery.get_absolute_url())


@require_POST
@login_required
def mark_all_read(request: SignedInRequest) -> HttpResponse:
    actions.mark_all_read(by=request.user, now=timezone.now())
    messages.success(request, "All notices are marked as read.")
    return redirect("notifications:inbox")


@require_http_methods(["GET", "POST"])
@login_required
def edit_preferences(request: SignedInRequest) -> HttpResponse:
    initial = {kind.value: frequency for kind, frequency in queries.frequencies_of(request.user).items()}
    form = PreferencesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_preferences(wanted=form.cleaned_data, by=request.user)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "Your choices are saved.")
            return redirect("notifications:preference-edit")
    return render(request, "notifications/preference_edit.html", {"form": form})


# The signed link is the right to stop these e-mails: a mail program sends it without a session or
# a token (RFC 8058), so there is no session here that another site could ride on.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks; POST stops e-mails of the kind for the person that the link names, and says so."""
    subject = read_unsubscribe_token(token)
    user = get_user_model().objects.filter(pk=subject[0]).first() if subject else None
    if subject is None or user is None:
        return render(request, "notifications/unsubscribe_invalid.html", status=404)
    if request.method == "POST":
        actions.unsubscribe(user=user, kind=subject[1])
    return render(request, "notifications/unsubscribe.html", {"kind": subject[1], "done": request.method == "POST"})

"""Release the draft, and what was released before."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from innovation_den.actions.releases import release_programme
from innovation_den.forms.schedule import ReleaseForm
from innovation_den.queries.programme import last_release
from innovation_den.queries.releases import differences, draft_entries, live_entries, visible_releases, why_not_release
from innovation_den.views.access import visible_den
from innovation_den.views.plans import scheduled_den
from portal.govuk.pages import refusals_on
from portal.http import PortalRequest, SignedInRequest


@login_required
@require_http_methods(["GET", "POST"])
def release_create(http: SignedInRequest, reference: str) -> HttpResponse:
    """Why it cannot go out yet; else what it changes, and the button that tells everybody."""
    den = scheduled_den(http, reference)
    form = ReleaseForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            release = release_programme(den=den, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, f"{release} is out. Everybody whose slot has changed is being told")
            return redirect("innovation_den:programme", den.reference)
    last = last_release(den)
    context = {
        "den": den,
        "form": form,
        "why_not": why_not_release(den),
        "last": last,
        "changes": differences(live_entries(den), draft_entries(den)),
    }
    return render(http, "innovation_den/release_create.html", context)


@require_safe
def release_list(http: PortalRequest, reference: str) -> HttpResponse:
    """Every release with what it changed, without what a conflict hides from this reader."""
    den = visible_den(http, reference)
    releases = visible_releases(den, http.user)
    if not releases:
        raise Http404
    return render(http, "innovation_den/release_list.html", {"den": den, "releases": releases})

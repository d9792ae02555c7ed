"""Dens: the list, and the page of each."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from innovation_den.actions.dens import request_of, start_den
from innovation_den.choices import DenState
from innovation_den.eligibility import firm_checks
from innovation_den.forms.dens import StartForm
from innovation_den.forms.filters import DenFilter
from innovation_den.models import Den
from innovation_den.permissions import can_host, can_organise, can_take_part, can_view_work
from innovation_den.queries.dens import dens_of_hosts_of, newest_first, number_submitted, with_list_data
from innovation_den.queries.pitches import pitches_of_firm
from innovation_den.queries.summary import summary
from innovation_den.views.access import acting_host, visible_den
from portal.govuk.pages import paginate, refusals_on
from portal.http import PortalRequest, SignedInRequest


@require_safe
def den_list(http: PortalRequest) -> HttpResponse:
    """All that is public, for everybody; the newest call first."""
    filters = DenFilter(http.GET, queryset=newest_first(Den.objects.public()))
    acting = http.membership.organisation if http.membership else None
    context = {
        "filters": filters,
        "page": paginate(http, with_list_data(filters.qs)),
        "now": timezone.now(),
        "query": http.GET.urlencode(),
        "may_host": acting is not None and can_host(http.user, acting),
        "may_pitch": acting is not None and can_take_part(http.user, acting),
    }
    return render(http, "innovation_den/den_list.html", context)


@login_required
@require_safe
def own_den_list(http: SignedInRequest) -> HttpResponse:
    """The dens of the person's own bodies, drafts too."""
    acting = http.membership.organisation if http.membership else None
    context = {
        "page": paginate(http, dens_of_hosts_of(http.user)),
        "now": timezone.now(),
        "may_host": acting is not None and can_host(http.user, acting),
    }
    return render(http, "innovation_den/own_den_list.html", context)


@require_safe
def den_detail(http: PortalRequest, reference: str) -> HttpResponse:
    """One den as everybody sees it; its host and those who pitch see what waits for them, too."""
    den = visible_den(http, reference)
    now = timezone.now()
    context = {
        **den_context(den, http),
        **firm_context(den, http),
        **summary(den, http.user, now),
        "number_submitted": number_submitted(den, http.user) if can_view_work(http.user, den) else 0,
        "may_view_work": can_view_work(http.user, den),
        "may_organise": can_organise(http.user, den),
    }
    return render(http, "innovation_den/den_detail.html", context)


def den_context(den: Den, http: PortalRequest) -> dict[str, Any]:
    """What the call itself shows, published or in a preview."""
    now = timezone.now()
    return {
        "den": den,
        "now": now,
        "state": den.state_at(now),
        "takes_pitches": den.takes_pitches(now),
        "opens_later": den.state == DenState.OPEN and den.opens_at is not None and den.opens_at > now,
        "criteria": den.criteria.all(),
        "questions": den.eligibility_questions.all(),
        "capabilities": den.capabilities.all(),
        "sessions": den.sessions.prefetch_related("rooms"),
        "engagement": den.engagement if den.engagement and den.engagement.state != "draft" else None,
    }


def firm_context(den: Den, http: PortalRequest) -> dict[str, Any]:
    """Whether the supplier that the person acts for may pitch, and what it has begun."""
    acting = http.membership.organisation if http.membership else None
    if acting is None or not can_take_part(http.user, acting):
        return {"firm": None}
    pitches = list(pitches_of_firm(den, acting))
    led = [pitch for pitch in pitches if pitch.firm_id == acting.pk and pitch.state != "withdrawn"]
    return {
        "firm": acting,
        "own_pitches": pitches,
        "checks": firm_checks(den, acting),
        "has_room": len(led) < den.most_pitches_each,
    }


@login_required
@require_http_methods(["GET", "POST"])
def den_create(http: SignedInRequest) -> HttpResponse:
    """Start a draft for the public body that the person acts for; from the request of `?request=`, if it is theirs."""
    host = acting_host(http)
    asked = request_of(host, http.GET.get("request", ""))
    initial = {"request": asked.reference, "title": asked.title} if asked else {}
    form = StartForm(http.POST or None, initial=initial)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            den = start_den(host=host, by=http.user, **form.cleaned_data)
            return redirect("innovation_den:den-edit", den.reference)
    return render(http, "innovation_den/den_create.html", {"form": form, "host": host, "asked": asked})

"""Dens: the list, and the page of each."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from innovation_den.models import Den
from innovation_den.queries.summary import summary
from innovation_den.views.access import visible_den
from portal.govuk.pages import paginate
from portal.http import PortalRequest


@require_safe
def den_list(http: PortalRequest) -> HttpResponse:
    """Every den that the person may see, the newest call first."""
    dens = Den.objects.visible_to(http.user).select_related("host")
    return render(http, "innovation_den/den_list.html", {"page": paginate(http, dens)})


@require_safe
def den_detail(http: PortalRequest, reference: str) -> HttpResponse:
    den = visible_den(http, reference)
    return render(http, "innovation_den/den_detail.html", {"den": den, **summary(den, http.user, timezone.now())})

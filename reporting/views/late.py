"""What a buyer's suppliers have not submitted by the day it was due."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.govuk.pages import paginate
from portal.http import SignedInRequest
from reporting.filters import ReturnFilter
from reporting.queries.late import late_to


@login_required
@require_safe
def return_late(http: SignedInRequest) -> HttpResponse:
    """The longest late first. A return's own page stays its supplier's, so the contract is shown."""
    late = late_to(http.user, timezone.now()).select_related("contract", "supplier")
    filters = ReturnFilter(http.GET, queryset=late)
    context = {
        "filters": filters,
        "page": paginate(http, filters.qs, 50),
        "after": settings.RETURN_ESCALATE_WORKING_DAYS,
    }
    return render(http, "reporting/return_late.html", context)

"""Begin a return: it opens with what is known already."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from portal.govuk.pages import refused_page
from portal.http import SignedInRequest
from portal.refusals import Refused, StaleWrite
from reporting.actions.prefill import begin_return
from reporting.views.access import own_return


@require_POST
@login_required
def return_begin(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """A colleague who was faster has begun the same return: the person goes on with that."""
    filed = own_return(http, public_id)
    try:
        begin_return(filed=filed, version=filed.version, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="The return cannot be begun", back_url=filed.get_absolute_url())
    except StaleWrite:
        messages.info(http, "A colleague has begun this return.")
    return redirect("reporting:return-edit", filed.public_id)

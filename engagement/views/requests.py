"""The public list and page, and a person's own work."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from engagement.actions.requests import start_request
from engagement.filters import RequestFilter
from engagement.forms.requests import StartForm
from engagement.models import EngagementRequest
from engagement.permissions import can_draft_for, can_edit_request, can_take_part, can_view_work
from engagement.queries import (
    chips_of,
    dens_of,
    numbers_of,
    own_response,
    requests_to_work_on,
    responses_to_work_on,
    settled_questions,
    with_list_data,
)
from engagement.views.access import visible_request
from portal.govuk.pages import paginate, paginate_search, refusals_on
from portal.http import PortalRequest, SignedInRequest
from techmap.models import Capability

MOST_NAMED = 20  # capabilities in the address that starts a request


@require_safe
def request_list(http: PortalRequest) -> HttpResponse:
    """All that is public, for everybody."""
    filters = RequestFilter(http.GET, queryset=EngagementRequest.objects.public())
    if filters.is_search:
        page = paginate_search(http, filters.qs, with_list_data)
    else:
        page = paginate(http, with_list_data(filters.qs), count=filters.qs.count())
    context = {"filters": filters, "page": page, "now": timezone.now(), "query": http.GET.urlencode()}
    return render(http, "engagement/request_list.html", context)


@require_safe
def request_detail(http: PortalRequest, reference: str) -> HttpResponse:
    """One request as everybody sees it; members of its authority see what waits for them, too."""
    request = visible_request(http, reference)
    now = timezone.now()
    membership = http.membership
    supplier = membership.organisation if membership and can_take_part(http.user, membership.organisation) else None
    response = own_response(request, supplier) if supplier else None
    outcome = getattr(request, "outcome", None)
    numbers = numbers_of(request)
    context = {
        "request_": request,
        "now": now,
        "state": request.state_at(now),
        "is_open": request.is_open(now),
        "takes_questions": request.takes_questions(now),
        "outcome_is_overdue": request.outcome_is_overdue(now),
        "numbers": numbers,
        "capabilities": chips_of(request),
        "dens": dens_of(request),
        "market_questions": request.market_questions.all(),
        "questions": paginate(http, settled_questions(request), 50, count=numbers.questions_settled),
        "outcome": outcome if outcome and outcome.published_at else None,
        "themes": outcome.themes.prefetch_related("responses") if outcome else [],
        "supplier": supplier,
        "response": response,
        "own_questions": request.questions.filter(supplier=supplier) if supplier else (),
        "may_view_work": http.user.is_authenticated and can_view_work(http.user, request),
        "may_edit": http.user.is_authenticated and can_edit_request(http.user, request),
    }
    return render(http, "engagement/request_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def request_create(http: SignedInRequest) -> HttpResponse:
    """Start a draft for the public body that the person acts for; about `?capability=`, where one is named."""
    membership = http.membership
    if not membership or not can_draft_for(http.user, membership.organisation):
        raise PermissionDenied
    wanted = [code.replace("\x00", "") for code in http.GET.getlist("capability")[:MOST_NAMED]]
    about = Capability.objects.offered().filter(code__in=wanted)
    form = StartForm(http.POST or None, initial={"capabilities": [item.code for item in about]})
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            request = start_request(authority=membership.organisation, by=http.user, **form.cleaned_data)
            return redirect("engagement:request-edit", request.reference)
    context = {"form": form, "authority": membership.organisation, "about": about}
    return render(http, "engagement/request_create.html", context)


@login_required
@require_safe
def work(http: SignedInRequest) -> HttpResponse:
    """What the signed-in person has to do, as a civil servant and as a supplier."""
    now = timezone.now()
    membership = http.membership
    context = {
        "now": now,
        "page": paginate(http, requests_to_work_on(http.user)),
        "responses": responses_to_work_on(http.user, now)[:50],
        "may_draft": membership and can_draft_for(http.user, membership.organisation),
        "supplier": membership.organisation if membership and membership.organisation.is_supplier else None,
    }
    return render(http, "engagement/work.html", context)

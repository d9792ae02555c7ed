"""A supplier's response, and the authority's reading of it after closing."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from engagement.actions.responses import (
    remove_file,
    save_response,
    start_response,
    submit_response,
    withdraw_response,
)
from engagement.choices import ResponseState
from engagement.forms.responses import ResponseForm
from engagement.models import Response
from engagement.permissions import can_take_part
from engagement.queries import numbers_of, responses_for_reading
from engagement.views.access import acting_supplier, own_request, own_response, readable_response, visible_request
from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest
from portal.organisations.permissions import has_role
from portal.refusals import Refused, StaleWrite


@login_required
@require_POST
def response_start(http: SignedInRequest, reference: str) -> HttpResponse:
    """Open the supplier's one response to the request."""
    request = visible_request(http, reference)
    supplier = acting_supplier(http)
    try:
        response = start_response(request=request, supplier=supplier, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="You cannot respond now", back_url=request.get_absolute_url())
    return redirect("engagement:response-edit", reference, response.public_id)


@login_required
@require_http_methods(["GET", "POST"])
def response_edit(http: SignedInRequest, reference: str, public_id: UUID) -> HttpResponse:
    """Write the response. 'Submit' saves first, so that nothing is lost where it is refused."""
    response = own_response(http, reference, public_id)
    form = ResponseForm(http.POST or None, http.FILES or None, response=response)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                save_and_submit(http, response, form)
                return redirect(response)
        except StaleWrite as stale:
            current = ResponseForm(response=stale.current)
            return conflict_page(
                http,
                title="Your response",
                current_rows=rows_of(current),
                submitted_rows=rows_of(form),
                retry_url=http.path,
            )
    context = {"request_": response.request, "response": response, "form": form, "now": timezone.now()}
    return render(http, "engagement/response_edit.html", context)


def save_and_submit(http: SignedInRequest, response: Response, form: ResponseForm) -> None:
    """Two actions, so that a refused submission still leaves the draft saved."""
    now = timezone.now()
    saved = save_response(
        response=response,
        version=form.cleaned_data["version"],
        given=form.given,
        uploads=form.cleaned_data["uploads"] or (),
        by=http.user,
        now=now,
    )
    form.carry_version(saved.version)
    if http.POST.get("do") == "submit" and saved.state != ResponseState.SUBMITTED:
        submit_response(response=saved, by=http.user, now=now)
        messages.success(http, "Your response is submitted. You can change it until the request closes")
    else:
        messages.success(http, "Your response is saved")


@login_required
@require_safe
def response_detail(http: SignedInRequest, reference: str, public_id: UUID) -> HttpResponse:
    response = readable_response(http, reference, public_id)
    now = timezone.now()
    context = {
        "request_": response.request,
        "response": response,
        "answers": response.answers.select_related("question"),
        "files": response.files.all(),
        "is_open": response.request.is_open(now),
        "is_own": has_role(http.user, response.supplier),
        "may_write": can_take_part(http.user, response.supplier),
        "themes": response.themes.filter(outcome__published_at__isnull=False),
    }
    return render(http, "engagement/response_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def response_withdraw(http: SignedInRequest, reference: str, public_id: UUID) -> HttpResponse:
    """Take the response back, after a page that asks."""
    response = own_response(http, reference, public_id)
    if http.method == "GET":
        context = {"request_": response.request, "response": response}
        return render(http, "engagement/response_withdraw.html", context)
    try:
        withdraw_response(response=response, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(
            http, refused, title="Your response was not withdrawn", back_url=response.get_absolute_url()
        )
    messages.success(http, "Your response is withdrawn")
    return redirect(response.request)


@login_required
@require_POST
def response_file_remove(http: SignedInRequest, reference: str, public_id: UUID) -> HttpResponse:
    """Take out the file that the form names by its public id."""
    response = own_response(http, reference, public_id)
    stored_file = get_object_or_404(response.files, public_id=form_uuid(http, "file"))
    try:
        remove_file(response=response, stored_file=stored_file, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="The file was not removed", back_url=response.get_absolute_url())
    return redirect("engagement:response-edit", reference, public_id)


def form_uuid(http: SignedInRequest, name: str) -> UUID:
    """The UUID that a form's button sends; anything else is no object of ours."""
    try:
        return UUID(http.POST.get(name, ""))
    except ValueError:
        raise Http404 from None


@login_required
@require_safe
def response_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """What the market said, for the authority, once the request is closed."""
    request = own_request(http, reference)
    now = timezone.now()
    context = {
        "request_": request,
        "is_open": not request.closes_at or now < request.closes_at,
        "numbers": numbers_of(request),
        "page": paginate(http, responses_for_reading(request, http.user, now)),
    }
    return render(http, "engagement/response_list.html", context)

"""The lines of a return with the questions about them, and the buyer's ratings of its indicators."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest
from portal.refusals import Refused, StaleWrite
from reporting.actions import send_back_return
from reporting.actions.line_queries import answer_line_query, ask_about_line, settle_line_query
from reporting.actions.ratings import rate_kpis
from reporting.choices import STANDING, ReturnState
from reporting.forms import ReasonForm
from reporting.forms.assessments import AskForm, KpiRatingsForm, LineAnswerForm
from reporting.models import LineQuery, Return
from reporting.permissions import can_decide_return, can_file_return, is_party, why_not_assess
from reporting.queries.line_queries import (
    asked_rows,
    lines_of,
    open_queries_of,
    place_of,
    queries_of,
    reason_of,
    table_of,
)
from reporting.queries.ratings import rated_indicators_of, rating_labels
from reporting.queries.standards import standard_of
from reporting.standards import RETURN
from reporting.views.access import decidable_return, own_return, visible_return

ROWS = 25


def submitted_return(http: SignedInRequest, public_id: UUID) -> Return:
    """A return that both sides see. What the supplier is still writing, nobody asks about."""
    filed = visible_return(http, public_id)
    if filed.submitted_at is None or not is_party(http.user, filed.contract):
        raise Http404
    return filed


def _page_of(filed: Return, table: str = "") -> str:
    url = reverse("reporting:line-query-list", args=[filed.public_id])
    return f"{url}?table={table}" if table else url


@login_required
@require_safe
def line_query_list(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """One table of the return at a time, each row with its questions; above it those that are open."""
    filed = submitted_return(http, public_id)
    table = table_of(filed, http.GET.get("table", RETURN)) or standard_of(filed).table(RETURN)
    lines = paginate(http, lines_of(filed, table), per_page=ROWS)
    context = {
        "filed": filed,
        "contract": filed.contract,
        "table": table,
        "tables": standard_of(filed).tables,
        "page": lines,
        "rows": asked_rows(filed, table, lines),
        "open": [(query, place_of(query)) for query in open_queries_of(filed)],
        "settled_count": queries_of(filed).exclude(settled_at=None).count(),
        **_rights(http, filed),
    }
    return render(http, "reporting/line_query_list.html", context)


def _rights(http: SignedInRequest, filed: Return) -> dict[str, Any]:
    decides = can_decide_return(http.user, filed.contract)
    return {
        "may_ask": decides and filed.state == ReturnState.SUBMITTED,
        "may_settle": decides and filed.state in STANDING,
        "may_answer": can_file_return(http.user, filed.contract) and filed.state in STANDING,
    }


@login_required
@require_http_methods(["GET", "POST"])
def line_query_ask(http: SignedInRequest, public_id: UUID, table: str, row: int) -> HttpResponse:
    filed = _decidable(http, public_id)
    found = table_of(filed, table)
    if found is None:
        raise Http404
    rows = asked_rows(filed, found, lines_of(filed, found).filter(number=row))
    if not rows or rows[0].number != row:
        raise Http404
    form = AskForm(
        http.POST or None,
        fields=[(item.name, item.label) for item, _ in rows[0].cells],
        initial={"submission_key": uuid4(), "field": http.GET.get("field", "")},
    )
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            ask_about_line(filed=filed, table=table, row=row, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, f"Your question is asked, and {filed.supplier} has been told.")
            return redirect(_page_of(filed, table))
    context = {"filed": filed, "table": found, "row": rows[0], "form": form, "back": _page_of(filed, table)}
    return render(http, "reporting/line_query_ask.html", context)


def _decidable(http: SignedInRequest, public_id: UUID) -> Return:
    submitted_return(http, public_id)
    return decidable_return(http, public_id)


def _query(filed: Return, pk: int) -> LineQuery:
    query = get_object_or_404(queries_of(filed), pk=pk)
    query.filed = filed
    return query


@login_required
@require_http_methods(["GET", "POST"])
def line_query_answer(http: SignedInRequest, public_id: UUID, pk: int) -> HttpResponse:
    submitted_return(http, public_id)
    filed = own_return(http, public_id)
    query = _query(filed, pk)
    form = LineAnswerForm(http.POST or None, initial={"text": query.answer})
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            answer_line_query(query=query, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, f"Your answer is sent to {filed.contract.buyer}.")
            return redirect(_page_of(filed, query.table))
    context = {"filed": filed, "query": query, "place": place_of(query), "form": form, "back": _page_of(filed)}
    return render(http, "reporting/line_query_answer.html", context)


@require_POST
@login_required
def line_query_settle(http: SignedInRequest, public_id: UUID, pk: int) -> HttpResponse:
    filed = _decidable(http, public_id)
    query = _query(filed, pk)
    try:
        settle_line_query(query=query, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="It could not be settled", back_url=_page_of(filed))
    messages.success(http, "The question is settled.")
    return redirect(_page_of(filed, query.table))


@login_required
@require_http_methods(["GET", "POST"])
def line_query_send_back(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Send the return back with the open questions as the reason."""
    filed = _decidable(http, public_id)
    initial = {"version": filed.version, "reason": reason_of(open_queries_of(filed))}
    form = ReasonForm(http.POST or None, initial=initial)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                send_back_return(filed=filed, by=http.user, now=timezone.now(), **form.cleaned_data)
                messages.success(http, f"The return is sent back, and {filed.supplier} has been told.")
                return redirect(filed)
        except StaleWrite:
            return conflict_page(
                http,
                title="Somebody else has decided on the return",
                current_rows=[("State", Return.objects.get(pk=filed.pk).get_state_display())],
                submitted_rows=rows_of(form),
                retry_url=filed.get_absolute_url(),
            )
    context = {"filed": filed, "form": form, "title": "Send this return back", "press": "Send it back"}
    return render(http, "reporting/return_decide.html", context)


# --- Ratings of indicators ---------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def kpi_rate(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """The supplier's ratings and the buyer's, side by side; the buyer's writers give theirs here."""
    filed = submitted_return(http, public_id)
    may_rate = can_decide_return(http.user, filed.contract)
    if http.method == "POST" and not may_rate:
        raise PermissionDenied("Only owners and editors of the buyer rate indicators.")
    indicators = rated_indicators_of(filed)
    why = why_not_assess(http.user, filed.contract) if may_rate else None
    form = KpiRatingsForm(http.POST or None, indicators=indicators)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                rate_kpis(filed=filed, given=form.given(), by=http.user, now=timezone.now())
                messages.success(http, "Your ratings are saved.")
                return redirect(filed)
        except StaleWrite:
            return _ratings_conflict(http, filed, form)
    context = {
        "filed": filed,
        "contract": filed.contract,
        "form": form,
        "labels": rating_labels(filed),
        "may_rate": may_rate and not why and filed.state in STANDING,
        "why": why,
    }
    return render(http, "reporting/kpi_rate.html", context)


def _ratings_conflict(http: SignedInRequest, filed: Return, form: KpiRatingsForm) -> HttpResponse:
    labels = rating_labels(filed)
    saved = {one.kpi_id: one for one in filed.kpi_ratings.all()}
    current = []
    for one in form.indicators:
        held = saved.get(one.kpi_id)
        current.append((f"Your rating of {one.title}", labels.get(held.rating, "") if held else ""))
        current.append((f"Why, for {one.title} (optional)", held.comment if held else ""))
    return conflict_page(
        http,
        title="A colleague has rated the indicators meanwhile",
        current_rows=current,
        submitted_rows=rows_of(form),
        retry_url=reverse("reporting:kpi-rate", args=[filed.public_id]),
    )

"""Returns: what is due, one return, and what its supplier and its buyer do with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest
from portal.refusals import Reason, Refused, StaleWrite
from reporting import exports
from reporting.actions import (
    accept_return,
    answer_question,
    save_return,
    send_back_return,
    start_correction,
    submit_return,
)
from reporting.actions.prefill import with_prefilled
from reporting.choices import STANDING, UNFILED, ReturnState
from reporting.filters import FiledFilter, ToDoFilter
from reporting.forms import AnswerForm, CorrectionForm, LineForm, ReasonForm, VersionForm, table_form
from reporting.models import Return
from reporting.permissions import can_decide_return, can_file_return
from reporting.queries.answers import unanswered
from reporting.queries.changes import changes_of
from reporting.queries.findings import MOST_FINDINGS, findings_of, placed
from reporting.queries.late import late_to
from reporting.queries.line_queries import return_assessment
from reporting.queries.lines import first_lines, head_of, head_shown, line_counts, lines_between
from reporting.queries.lines import shown as shown_table
from reporting.queries.prefill import prefilled
from reporting.queries.quality import parts_of
from reporting.queries.returns import filing_of
from reporting.queries.standards import standard_of
from reporting.standards import RETURN, Standard, Table
from reporting.standards.filing import read_row
from reporting.views.access import decidable_return, own_return, visible_return
from techmap.exports import limited

PER_PAGE = 50
LINES_PER_PAGE = 100


@login_required
@require_safe
def return_list(http: SignedInRequest) -> HttpResponse:
    """Returns to file, the most urgent leading; or those that were filed, the newest leading."""
    now = timezone.now()
    returns = Return.objects.visible_to(http.user).exclude(state=ReturnState.SUPERSEDED)
    to_do, filed = returns.unfiled(), returns.filter(submitted_at__isnull=False)
    shows_filed = http.GET.get("show", "filed" if _decides(http) else "") == "filed"
    shown = filed.order_by("-submitted_at", "-pk") if shows_filed else to_do.order_by("due_at", "pk")
    filters = (FiledFilter if shows_filed else ToDoFilter)(http.GET, queryset=shown)
    page = paginate(http, filters.qs.select_related("contract__buyer", "supplier"), PER_PAGE)
    context = {
        "filters": filters,
        "page": page,
        "shows_filed": shows_filed,
        "counts": returns.aggregate(
            to_do=Count("pk", filter=Q(state__in=UNFILED)),
            late=Count("pk", filter=Q(state__in=UNFILED, due_at__lt=now)),
            filed=Count("pk", filter=Q(submitted_at__isnull=False)),
        ),
        "may_nil": not shows_filed and any(one.may_be_nil for one in page),
        "nil_query": _nil_query(http),
        "late_to_us": late_to(http.user, now).count(),
        "now": now,
    }
    return render(http, "reporting/return_list.html", context)


def _nil_query(http: SignedInRequest) -> str:
    """The list's own filters, for all returns that nobody has begun."""
    query = http.GET.copy()
    query.pop("page", None)
    query["all"] = "on"
    return query.urlencode()


def _decides(http: SignedInRequest) -> bool:
    """A public body has nothing to file: its people look for what was filed."""
    return bool(http.membership) and http.membership.organisation.is_public_body  # type: ignore[union-attr]


@login_required
@require_safe
def return_detail(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    filed = visible_return(http, public_id)
    standard = standard_of(filed)
    tables = first_lines(filed, standard)
    findings = findings_of(filed, standard, sum(table.count for table in tables))
    context = {
        "filed": filed,
        "contract": filed.contract,
        "head": standard.table(RETURN),
        "head_cells": head_shown(filed, standard),
        "tables": tables,
        "errors": placed([one for one in findings if one.is_error], filed, standard),
        "questions": placed(unanswered(filed, findings), filed, standard),
        "most_findings": MOST_FINDINGS,
        "answers": filed.answers.select_related("by"),
        "may_file": filed.is_unfiled and can_file_return(http.user, filed.contract),
        "may_correct": filed.state in STANDING and can_file_return(http.user, filed.contract),
        "may_decide": filed.state == ReturnState.SUBMITTED and can_decide_return(http.user, filed.contract),
        "replaced_by": Return.objects.filter(replaces=filed).exclude(submitted_at=None).first(),
        "changes": changes_of(filed, standard),
        "quality": parts_of(filed),
        "said": return_assessment(filed, http.user),
        "now": timezone.now(),
    }
    return render(http, "reporting/return_detail.html", context)


@login_required
@require_safe
def return_table(http: SignedInRequest, public_id: UUID, table: str) -> HttpResponse:
    """One table of a return, page by page."""
    filed = visible_return(http, public_id)
    standard, found = _lines_table(filed, table)
    count = line_counts(filed).get(table, 0)
    page = paginate(http, range(1, count + 1), LINES_PER_PAGE)
    numbers = page.object_list
    lines = lines_between(filed, found, numbers[0], numbers[-1]) if numbers else []
    context = {
        "filed": filed,
        "contract": filed.contract,
        "shown": shown_table(found, standard, lines, count),
        "page": page,
        "may_file": filed.is_unfiled and can_file_return(http.user, filed.contract),
    }
    return render(http, "reporting/return_table.html", context)


@login_required
@require_safe
@limited
def return_export(http: SignedInRequest, public_id: UUID, form: str) -> HttpResponseBase:
    """The return as a file that can be uploaded again."""
    filed = visible_return(http, public_id)
    if form not in exports.FORMS:
        raise Http404
    return exports.FORMS[form](filed)


# --- Writing ---------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def return_edit(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """The return's own row."""
    filed = own_return(http, public_id)
    standard = standard_of(filed)
    table = standard.table(RETURN)
    keys = frozenset(item.name for item in standard.keys) | {"period_end"}
    form_type = table_form(table, standard, without=keys)
    head, _ = read_row(table, standard, head_of(filed))
    begun = prefilled(filed, standard)
    known = {name: value for name, value in head.items() if value is not None}
    initial = (begun.head if filed.state == ReturnState.DUE else {}) | known | {"version": filed.version}
    form = form_type(http.POST) if http.method == "POST" else form_type(initial=initial)
    if begun.spent:
        form.fields["spend_to_date"].help_text += f" It was {begun.spent}"
    if http.method != "POST":
        return _table_page(http, filed, table, form)
    if form.is_valid():
        row = {**form.cleaned_data, **_keys(filed)}
        answer = _save(http, filed, form, {RETURN: [row]})
        if answer:
            return answer
    return _table_page(http, filed, table, form)


def _keys(filed: Return) -> dict[str, Any]:
    return {
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
    }


def _save(http: SignedInRequest, filed: Return, form: Any, given: dict[str, Any]) -> HttpResponse | None:
    """Save and go back to the return; None where the form now says what was refused."""
    try:
        with refusals_on(form):
            version, given = form.cleaned_data["version"], with_prefilled(filed, given)
            save_return(filed=filed, version=version, given=given, by=http.user, now=timezone.now())
            return redirect(filed)
    except StaleWrite:
        return conflict_page(
            http,
            title="Somebody else has changed the return",
            current_rows=[],
            submitted_rows=rows_of(form),
            retry_url=filed.get_absolute_url(),
        )
    return None


def _table_page(http: SignedInRequest, filed: Return, table: Table, form: Any) -> HttpResponse:
    context = {"filed": filed, "contract": filed.contract, "table": table, "form": form}
    return render(http, "reporting/return_edit.html", context)


def _lines_table(filed: Return, name: str) -> tuple[Standard, Table]:
    standard = standard_of(filed)
    for table in standard.tables:
        if table.name == name and not table.is_single:
            return standard, table
    raise Http404


@login_required
@require_http_methods(["GET", "POST"])
def line_edit(http: SignedInRequest, public_id: UUID, table: str, number: int) -> HttpResponse:
    """One line of a table; the number after the last adds one."""
    filed = own_return(http, public_id)
    standard, found = _lines_table(filed, table)
    rows = list(filing_of(filed).rows.get(table, []))
    if not 1 <= number <= len(rows) + 1:
        raise Http404
    form_type = table_form(found, standard)
    if http.method != "POST":
        initial = rows[number - 1] if number <= len(rows) else {}
        return _table_page(http, filed, found, form_type(initial=initial | {"version": filed.version}))
    form = form_type(http.POST)
    if form.is_valid():
        row = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        rows[number - 1 : number] = [row]
        answer = _save(http, filed, form, {table: rows})
        if answer:
            return answer
    return _table_page(http, filed, found, form)


@require_POST
@login_required
def line_remove(http: SignedInRequest, public_id: UUID, table: str) -> HttpResponse:
    filed = own_return(http, public_id)
    _lines_table(filed, table)
    form = LineForm(http.POST)
    rows = list(filing_of(filed).rows.get(table, []))
    if not form.is_valid() or form.cleaned_data["number"] > len(rows):
        raise Http404
    del rows[form.cleaned_data["number"] - 1]
    answer = _save(http, filed, form, {table: rows})
    if answer is None:
        refused = Refused([Reason(str(text)) for texts in form.errors.values() for text in texts])
        return refused_page(http, refused, title="The line was not removed", back_url=filed.get_absolute_url())
    return answer


@require_POST
@login_required
def question_answer(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    filed = own_return(http, public_id)
    form = AnswerForm(http.POST)
    try:
        answer_question(filed=filed, by=http.user, **form.said())
    except Refused as refused:
        return refused_page(http, refused, title="The answer was not saved", back_url=filed.get_absolute_url())
    return redirect(filed)


@require_POST
@login_required
def return_submit(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    filed = own_return(http, public_id)
    try:
        submit_return(filed=filed, version=_version(http), by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="The return is not ready", back_url=filed.get_absolute_url())
    except StaleWrite:
        return _conflict(http, filed)
    messages.success(http, f"Your return for {filed.period_words} is submitted.")
    return redirect(filed)


def _version(http: SignedInRequest) -> int:
    """The version that a button without a form of its own was shown with."""
    form = VersionForm(http.POST)
    return form.cleaned_data["version"] if form.is_valid() else 0


def _conflict(http: SignedInRequest, filed: Return) -> HttpResponse:
    return conflict_page(
        http,
        title="Somebody else has changed the return",
        current_rows=[("State", Return.objects.get(pk=filed.pk).get_state_display())],
        submitted_rows=[],
        retry_url=filed.get_absolute_url(),
    )


@login_required
@require_http_methods(["GET", "POST"])
def return_correct(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    filed = own_return(http, public_id)
    form = CorrectionForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            correction = start_correction(filed=filed, by=http.user, now=timezone.now(), **form.cleaned_data)
            return redirect(correction)
    context = {"filed": filed, "form": form, "title": "Correct this return", "press": "Start the correction"}
    return render(http, "reporting/return_decide.html", context)


# --- Deciding --------------------------------------------------------------------------------------


@require_POST
@login_required
def return_accept(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    filed = decidable_return(http, public_id)
    try:
        accept_return(filed=filed, version=_version(http), by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="It could not be accepted", back_url=filed.get_absolute_url())
    except StaleWrite:
        return _conflict(http, filed)
    messages.success(http, "The return is accepted.")
    return redirect(filed)


@login_required
@require_http_methods(["GET", "POST"])
def return_send_back(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    filed = decidable_return(http, public_id)
    form = ReasonForm(http.POST or None, initial={"version": filed.version})
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                send_back_return(filed=filed, by=http.user, now=timezone.now(), **form.cleaned_data)
                messages.success(http, f"The return is sent back, and {filed.supplier} has been told.")
                return redirect(filed)
        except StaleWrite:
            return _conflict(http, filed)
    context = {"filed": filed, "form": form, "title": "Send this return back", "press": "Send it back"}
    return render(http, "reporting/return_decide.html", context)

"""Returns: what is due, one return, and what its supplier and its buyer do with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest
from portal.refusals import Reason, Refused, StaleWrite
from reporting.actions import (
    accept_return,
    answer_question,
    file_nil_returns,
    save_return,
    send_back_return,
    start_correction,
    submit_return,
)
from reporting.actions.returns import unanswered, why_not_nil
from reporting.choices import STANDING, ReturnState
from reporting.filters import ReturnFilter
from reporting.forms import AnswerForm, CorrectionForm, LineForm, ReasonForm, VersionForm, table_form
from reporting.models import Return
from reporting.permissions import can_decide_return, can_file_return
from reporting.queries.returns import changes_of, filing_of, known_of
from reporting.queries.standards import standard_of
from reporting.standards import RETURN, Standard, Table
from reporting.standards.filing import check
from reporting.standards.values import shown_row
from reporting.views.access import decidable_return, own_return, visible_return

MOST_NIL = 200


@login_required
@require_safe
def return_list(http: SignedInRequest) -> HttpResponse:
    """Returns to file first, the most urgent leading; then those that were filed, the newest leading."""
    returns = Return.objects.visible_to(http.user).exclude(state=ReturnState.SUPERSEDED)
    returns = returns.select_related("contract__buyer", "supplier")
    filters = ReturnFilter(http.GET, queryset=returns.order_by("submitted_at", "due_at", "pk"))
    to_do = paginate(http, filters.qs.unfiled().order_by("due_at", "pk"), per_page=50)
    context = {
        "filters": filters,
        "to_do": to_do,
        "may_nil": any(one.may_be_nil for one in to_do),
        "filed": filters.qs.filter(submitted_at__isnull=False).order_by("-submitted_at", "-pk")[:20],
        "now": timezone.now(),
    }
    return render(http, "reporting/return_list.html", context)


@login_required
@require_safe
def return_detail(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    filed = visible_return(http, public_id)
    standard, filing = standard_of(filed), filing_of(filed)
    findings = check(filing, standard, known_of(filed)) if filed.is_unfiled and filed.started_at else []
    answers = list(filed.answers.select_related("by"))
    context = {
        "filed": filed,
        "contract": filed.contract,
        "tables": [(table, _rows(table, standard, filing.rows.get(table.name, []))) for table in standard.tables],
        "errors": [(finding, standard.table(finding.table)) for finding in findings if finding.is_error],
        "questions": [(finding, standard.table(finding.table)) for finding in unanswered(filed, findings)],
        "answers": answers,
        "may_file": filed.is_unfiled and can_file_return(http.user, filed.contract),
        "may_correct": filed.state in STANDING and can_file_return(http.user, filed.contract),
        "may_decide": filed.state == ReturnState.SUBMITTED and can_decide_return(http.user, filed.contract),
        "replaced_by": Return.objects.filter(replaces=filed).exclude(submitted_at=None).first(),
        "changes": changes_of(filed, standard),
        "now": timezone.now(),
    }
    return render(http, "reporting/return_detail.html", context)


def _rows(table: Table, standard: Standard, rows: list[dict[str, Any]]) -> list[Any]:
    return [shown_row(table, standard, row) for row in rows]


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
    head = filing_of(filed).head
    if http.method != "POST":
        return _table_page(http, filed, table, form_type(initial=head | {"version": filed.version}))
    form = form_type(http.POST)
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
            version = form.cleaned_data["version"]
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
    return answer or redirect(filed)


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
def return_nil(http: SignedInRequest) -> HttpResponse:
    """Say once more which returns are nil, then file all of them."""
    chosen = http.POST.getlist("return") if http.method == "POST" else http.GET.getlist("return")
    returns = [own_return(http, _uuid(one)) for one in dict.fromkeys(chosen[:MOST_NIL])]
    back = reverse("reporting:return-list")
    if not returns:
        return refused_page(
            http, Refused("Choose the returns that are nil"), title="No return is chosen", back_url=back
        )
    if begun := [Reason(why) for one in returns if (why := why_not_nil(one))]:
        return refused_page(http, Refused(begun), title="They cannot be filed as nil", back_url=back)
    if http.method != "POST":
        return render(http, "reporting/return_nil.html", {"returns": returns})
    try:
        filed = file_nil_returns(returns=returns, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="The returns were not filed", back_url=back)
    messages.success(http, f"{len(filed)} nil return{'s are' if len(filed) > 1 else ' is'} submitted.")
    return redirect(back)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


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

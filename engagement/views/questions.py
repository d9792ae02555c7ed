"""Asking, and the authority's list of what was asked."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from engagement.actions.questions import answer_question, ask_question, decline_question, merge_question
from engagement.choices import RequestState
from engagement.forms.questions import AnswerForm, AskForm, DeclineForm, MergeForm
from engagement.models import Question
from engagement.permissions import can_edit_request
from engagement.views.access import acting_supplier, editable_request, own_request, visible_request
from portal.govuk.pages import paginate, refusals_on
from portal.http import SignedInRequest


@login_required
@require_http_methods(["GET", "POST"])
def question_ask(http: SignedInRequest, reference: str) -> HttpResponse:
    """A supplier asks. The authority sees the words alone."""
    request = visible_request(http, reference)
    supplier = acting_supplier(http)
    form = AskForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            ask_question(request=request, supplier=supplier, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "Your question is sent. We tell you when it is answered")
            return redirect(request)
    return render(http, "engagement/question_ask.html", {"request_": request, "form": form, "supplier": supplier})


@login_required
@require_safe
def question_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """All questions for the members of the authority, those that wait first, without askers."""
    request = own_request(http, reference)
    questions = request.questions.select_related("merged_into").order_by("-state", "asked_at")
    context = {
        "request_": request,
        "page": paginate(http, questions),
        "may_decide": can_edit_request(http.user, request)
        and request.state in (RequestState.PUBLISHED, RequestState.CLOSED),
    }
    return render(http, "engagement/question_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def question_answer(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    request = editable_request(http, reference)
    question = get_object_or_404(Question, request=request, pk=pk)
    form = AnswerForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            answer_question(question=question, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "Your answer is published to everyone")
            return redirect("engagement:question-list", reference)
    context = {"request_": request, "question": question, "form": form}
    return render(http, "engagement/question_answer.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def question_decline(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    request = editable_request(http, reference)
    question = get_object_or_404(Question, request=request, pk=pk)
    form = DeclineForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            decline_question(question=question, by=http.user, now=timezone.now(), **form.cleaned_data)
            return redirect("engagement:question-list", reference)
    context = {"request_": request, "question": question, "form": form}
    return render(http, "engagement/question_decline.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def question_merge(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    request = editable_request(http, reference)
    question = get_object_or_404(Question, request=request, pk=pk)
    form = MergeForm(http.POST or None, question=question)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            merge_question(question=question, by=http.user, now=timezone.now(), **form.cleaned_data)
            return redirect("engagement:question-list", reference)
    context = {"request_": request, "question": question, "form": form}
    return render(http, "engagement/question_merge.html", context)

"""Writing a request in steps, and deciding to publish, withdraw or delete it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from engagement.actions.requests import (
    check_can_be_withdrawn,
    delete_draft,
    publish_request,
    remove_market_question,
    save_draft,
    save_market_question,
    set_capabilities,
    withdraw_request,
)
from engagement.choices import RequestState
from engagement.forms.requests import (
    AboutForm,
    CapabilitiesForm,
    ContactForm,
    DatesForm,
    MarketQuestionForm,
    ProcessForm,
    ValueForm,
    WithdrawForm,
)
from engagement.models import EngagementRequest, MarketQuestion
from engagement.queries import chips_of
from engagement.rules import why_not_publish
from engagement.views.access import editable_request, own_request
from portal.govuk.forms import StepForm
from portal.govuk.pages import conflict_page, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest
from portal.refusals import Refused, StaleWrite


@dataclass(frozen=True)
class Step:
    """One page of the draft: its form, and the fields that make it complete."""

    slug: str
    title: str
    form: type[StepForm]
    needs: tuple[str, ...] = ()

    def is_done(self, request: EngagementRequest) -> bool:
        return all(getattr(request, name) for name in self.needs)


STEPS = {
    step.slug: step
    for step in [
        Step("about", "The problem and the outcome wanted", AboutForm, ("title", "problem", "outcome_wanted", "stage")),
        Step("capabilities", "Capabilities concerned", CapabilitiesForm),
        Step("process", "How the engagement will run", ProcessForm, ("methods", "process")),
        Step("value", "Likely value and dates", ValueForm, ("value_high",)),
        Step("dates", "Opening and closing", DatesForm, ("questions_close_at", "closes_at")),
        Step("contact", "Contact", ContactForm, ("contact_name", "contact_email")),
    ]
}


def draft_or_404(http: SignedInRequest, reference: str) -> EngagementRequest:
    request = editable_request(http, reference)
    if request.state != RequestState.DRAFT:
        raise Http404
    return request


@login_required
@require_safe
def request_edit(http: SignedInRequest, reference: str) -> HttpResponse:
    """The task list of a draft."""
    request = draft_or_404(http, reference)
    has_capabilities = request.request_capabilities.exists()
    tasks = [
        (step, has_capabilities if step.slug == "capabilities" else step.is_done(request)) for step in STEPS.values()
    ]
    context = {
        "request_": request,
        "tasks": tasks,
        "questions_count": request.market_questions.count(),
        "missing": why_not_publish(request, timezone.now()),
    }
    return render(http, "engagement/request_edit.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def request_step(http: SignedInRequest, reference: str, slug: str) -> HttpResponse:
    """One step. Saving is always allowed; what is missing is said when publishing."""
    request = draft_or_404(http, reference)
    if slug not in STEPS:
        raise Http404
    step = STEPS[slug]
    form = step.form(http.POST or None, instance=request)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                save_step(http, reference, step, form)
                messages.success(http, "Saved")
                return redirect("engagement:request-edit", reference)
        except StaleWrite as stale:
            return conflict_page(
                http,
                title=step.title,
                current_rows=rows_of(step.form(instance=stale.current)),
                submitted_rows=rows_of(form),
                retry_url=http.path,
            )
    return render(http, "engagement/request_step.html", {"request_": request, "step": step, "form": form})


def save_step(http: SignedInRequest, reference: str, step: Step, form: StepForm) -> None:
    """Call the action that the step's fields belong to, on the request as it is stored."""
    request = EngagementRequest.objects.get(reference=reference)
    version = form.cleaned_data["version"]
    if step.slug == "capabilities":
        chosen = form.cleaned_data["capabilities"]
        set_capabilities(request=request, version=version, by=http.user, capabilities=chosen)
    else:
        save_draft(request=request, version=version, by=http.user, fields=form.fields_to_save)


@login_required
@require_safe
def market_question_list(http: SignedInRequest, reference: str) -> HttpResponse:
    request = draft_or_404(http, reference)
    context = {"request_": request, "market_questions": request.market_questions.all()}
    return render(http, "engagement/market_question_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def market_question_edit(http: SignedInRequest, reference: str, pk: int | None = None) -> HttpResponse:
    """Add a question to the market, or change one."""
    request = draft_or_404(http, reference)
    question = get_object_or_404(request.market_questions, pk=pk) if pk else None
    form = MarketQuestionForm(http.POST or None, instance=question)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                keep_market_question(http, request, question, form)
                return redirect("engagement:market-question-list", reference)
        except StaleWrite as stale:
            current = rows_of(MarketQuestionForm(instance=stale.current))
            title = "Question to the market"
            return conflict_page(
                http, title=title, current_rows=current, submitted_rows=rows_of(form), retry_url=http.path
            )
    return render(
        http, "engagement/market_question_edit.html", {"request_": request, "form": form, "question": question}
    )


def keep_market_question(
    http: SignedInRequest, request: EngagementRequest, question: MarketQuestion | None, form: MarketQuestionForm
) -> None:
    fields = dict(form.cleaned_data)
    key, version = fields.pop("submission_key"), fields.pop("version")
    stored = MarketQuestion(pk=question.pk) if question else None
    save_market_question(
        request=request, question=stored, version=version, fields=fields, submission_key=key, by=http.user
    )


@login_required
@require_POST
def market_question_remove(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    request = draft_or_404(http, reference)
    question = get_object_or_404(request.market_questions, pk=pk)
    remove_market_question(request=request, question=question, by=http.user)
    return redirect("engagement:market-question-list", reference)


@login_required
@require_safe
def request_preview(http: SignedInRequest, reference: str) -> HttpResponse:
    """The draft as suppliers will see it."""
    request = own_request(http, reference)
    context = {
        "request_": request,
        "state": request.state,
        "capabilities": chips_of(request),
        "market_questions": request.market_questions.all(),
    }
    return render(http, "engagement/request_preview.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def request_publish(http: SignedInRequest, reference: str) -> HttpResponse:
    """Check the draft against each rule, and publish it where none is broken."""
    request = editable_request(http, reference)
    if request.state != RequestState.DRAFT:
        return redirect(request)  # published already, perhaps by the same button pressed twice
    reasons = []
    if http.method == "POST":
        try:
            publish_request(request=request, by=http.user, now=timezone.now())
            messages.success(http, "Your request is published")
            return redirect(request)
        except Refused as refused:
            reasons = refused.reasons
    context = {"request_": request, "reasons": reasons}
    return render(http, "engagement/request_publish.html", context, status=422 if reasons else 200)


@login_required
@require_http_methods(["GET", "POST"])
def request_withdraw(http: SignedInRequest, reference: str) -> HttpResponse:
    """Withdraw with a reason; what can't be withdrawn says so at once, before anybody writes one."""
    request = editable_request(http, reference)
    try:
        check_can_be_withdrawn(request)
    except Refused as refused:
        return refused_page(http, refused, title="This request can’t be withdrawn", back_url=request.get_absolute_url())
    form = WithdrawForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            withdraw_request(request=request, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "The request is withdrawn")
            return redirect(request)
    return render(http, "engagement/request_withdraw.html", {"request_": request, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def request_delete(http: SignedInRequest, reference: str) -> HttpResponse:
    """Delete a draft, after a page that asks."""
    request = draft_or_404(http, reference)
    if http.method == "GET":
        return render(http, "engagement/request_delete.html", {"request_": request})
    try:
        delete_draft(request=request, by=http.user)
    except Refused as refused:
        return refused_page(http, refused, title="This draft was not deleted", back_url=request.get_absolute_url())
    messages.success(http, "The draft is deleted")
    return redirect("engagement:work")

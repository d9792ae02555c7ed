"""Asking a referee, and the page behind the one link that the referee was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.govuk.pages import refusals_on
from portal.organisations.tokens import unsign_token
from techmap.actions.referees import answer_question, ask_referee, gone
from techmap.choices import RefereeAnswer, RefereeState
from techmap.forms.case_studies import AnswerForm, AskRefereeForm
from techmap.models import CaseStudy, RefereeRequest
from techmap.queries.case_studies import (
    bodies_at,
    capabilities_asked,
    domain_of,
    find_question,
    state_of,
    substance,
)
from techmap.views.access import own_supplier

if TYPE_CHECKING:
    from portal.organisations.views.access import SignedInRequest

TAKEN_BACK = "The supplier has taken this question back, so there is nothing to answer now."
CUT_SHORT = "This link is not complete. Open it from the e-mail again, or copy all of it."


@login_required
@require_http_methods(["GET", "POST"])
def referee_ask(http: SignedInRequest, pk: int, study_pk: int) -> HttpResponse:
    supplier = own_supplier(http, pk)
    study = get_object_or_404(CaseStudy, pk=study_pk, profile__organisation=supplier)
    form = AskRefereeForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            question = ask_referee(study=study, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, f"We have asked {question.email}. The link works for 30 days.")
            return redirect("techmap:case-study-detail", pk, study_pk)
    return render(http, "techmap/referees/ask.html", {"supplier": supplier, "study": study, "form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def referee_answer(http: HttpRequest, signed: str) -> HttpResponse:
    """What the link in the e-mail shows. Opening it changes nothing, so a mail scanner cannot answer."""
    question = find_question(signed)
    if question is None:
        is_whole = unsign_token(signed) is not None
        return _gone(http, TAKEN_BACK if is_whole else CUT_SHORT, status=410 if is_whole else 404)
    state = state_of(question, substance(question.case_study), timezone.now())
    if question.answer or state != RefereeState.WAITING:
        return _gone(http, gone(question, state))
    form = AnswerForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            answered = answer_question(question=question, now=timezone.now(), **form.cleaned_data)
            return render(http, "techmap/referees/answered.html", _thanks(answered))
    return render(http, "techmap/referees/answer.html", _asked(question) | {"form": form})


def _asked(question: RefereeRequest) -> dict[str, object]:
    domain = domain_of(question.email)
    return {
        "question": question,
        "asked": question.asked_about,
        "study": question.case_study,
        "supplier": question.case_study.profile.organisation,
        "capabilities": capabilities_asked(question),
        "body": bodies_at([domain])[domain],
    }


def _thanks(question: RefereeRequest) -> dict[str, object]:
    return _asked(question) | {"is_confirmed": question.answer == RefereeAnswer.CONFIRMED}


def _gone(http: HttpRequest, words: str, *, status: int = 410) -> HttpResponse:
    return render(http, "techmap/referees/gone.html", {"words": words}, status=status)

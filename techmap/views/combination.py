"""Which firms together cover what is needed: ask, compare three proposals, and save the one that a person chooses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.govuk.pages import refusals_on, refused_page
from portal.http import SignedInRequest
from portal.refusals import Refused
from techmap.actions.shortlists import create_shortlist
from techmap.answers import Answered, BusyError, combination_for
from techmap.forms.combination import CombinationForm
from techmap.forms.shortlists import CreateForm
from techmap.permissions import can_keep_shortlists
from techmap.queries.combination import Asked
from techmap.queries.combination_cards import Card, cards_of, reasoning_of, reasons_of
from techmap.search import SearchQuery
from techmap.views.shortlists import acting_body

BUSY = "techmap/combination/busy.html"
CHANGED = "The techmap has changed since you saw this combination. Look at the combinations again, then save one."


class SaveForm(CreateForm):
    """The firms are those that the person saw."""

    firms = forms.CharField(widget=forms.HiddenInput)


@require_safe
def combination_find(http: HttpRequest) -> HttpResponse:
    """The form for everybody; answers, which take seconds of work, for those who are signed in."""
    if not http.GET:
        return render(http, "techmap/combination/find.html", {"form": CombinationForm()})
    form = CombinationForm(http.GET)
    if not form.is_valid():
        return render(http, "techmap/combination/find.html", {"form": form})
    if not http.user.is_authenticated:
        return redirect_to_login(http.get_full_path())
    asked = form.asked
    try:
        answered = combination_for(asked, by=http.user, today=timezone.localdate())
    except BusyError as busy:
        return _busy(http, busy)
    return render(http, "techmap/combination/find.html", _context(http, form, asked, answered))


def _context(http: Any, form: CombinationForm, asked: Asked, answered: Answered) -> dict[str, Any]:
    impossible = answered.answer.impossible
    membership = http.membership
    return {
        "form": form,
        "asked": asked,
        "answered": answered,
        "cards": cards_of(asked, answered),
        "reasons": reasons_of(asked, impossible) if impossible else [],
        "may_save": bool(membership) and can_keep_shortlists(http.user, membership.organisation),
        "question_address": http.GET.urlencode(),
    }


@login_required
@require_http_methods(["GET", "POST"])
def combination_save(http: SignedInRequest) -> HttpResponse:
    """Keep the combination that this page's own address asks for as a shortlist, with the reasoning."""
    body = acting_body(http)
    question = CombinationForm(http.GET)
    if not question.is_valid():
        return redirect("techmap:combination-find")
    try:
        answered = combination_for(question.asked, by=http.user, today=timezone.localdate())
    except BusyError as busy:
        return _busy(http, busy)
    card = _chosen(http, question.asked, answered)
    if card is None:
        return _changed(http)
    form = SaveForm(http.POST or None, initial={"firms": _signed(card), "title": _title(card)})
    if http.method == "POST" and form.is_valid():
        if form.cleaned_data.pop("firms") != _signed(card):
            return _changed(http)
        with refusals_on(form):
            shortlist = create_shortlist(
                organisation=body, by=http.user, now=timezone.now(),
                **_kept(question.asked, answered, card), **form.cleaned_data,
            )  # fmt: skip
            messages.success(http, "The combination is saved as a shortlist, with the reasoning.")
            return redirect(shortlist)
    return render(http, "techmap/combination/save.html", {"form": form, "card": card, "body": body})


def _kept(asked: Asked, answered: Answered, card: Card) -> dict[str, Any]:
    """What a shortlist keeps of a combination: its firms, what each covers, and how it came about."""
    return {
        "query": SearchQuery(),
        "suppliers": card.firms,
        "why": {share.firm.pk: f"Covers {share.capabilities}" for share in card.shares},
        "reasoning": reasoning_of(asked, answered, card),
    }


def _chosen(http: HttpRequest, asked: Asked, answered: Answered) -> Card | None:
    cards = {str(card.number): card for card in cards_of(asked, answered)}
    return cards.get(http.GET.get("choice", ""))


def _signed(card: Card) -> str:
    return "-".join(map(str, sorted(card.firms)))


def _title(card: Card) -> str:
    return f"Combination for {', '.join(dict.fromkeys(str(line.capability) for line in card.lines))}"[:150]


def _changed(http: HttpRequest) -> HttpResponse:
    back = f"{reverse('techmap:combination-find')}?{http.GET.urlencode()}"
    return refused_page(http, Refused(CHANGED), title="It could not be saved", back_url=back)


def _busy(http: HttpRequest, busy: BusyError) -> HttpResponse:
    response = render(http, BUSY, {"reason": str(busy), "again_url": http.get_full_path()}, status=503)
    response["Retry-After"] = str(busy.again_in)
    return response

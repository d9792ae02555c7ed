"""Staff decide which suppliers with names alike are one, and take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import paginate, refusals_on, refused_page
from portal.refusals import Refused
from techmap.actions.matches import decide_match, reopen_match
from techmap.actions.merges import undo_merge
from techmap.forms.matches import DecisionForm, MatchFilter
from techmap.models import NameMatch
from techmap.permissions import can_decide_matches
from techmap.queries.matches import match_queue, merge_of, pairs_of

if TYPE_CHECKING:
    from portal.http import SignedInRequest


@login_required
@require_safe
def match_list(http: SignedInRequest) -> HttpResponse:
    _staff_or_404(http)
    filters = MatchFilter(http.GET, queryset=match_queue())
    page = paginate(http, filters.qs)
    context = {"filters": filters, "page": page, "pairs": pairs_of(list(page))}
    return render(http, "techmap/matches/match_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def match_detail(http: SignedInRequest, pk: int) -> HttpResponse:
    match = _match_or_404(http, pk)
    pair = pairs_of([match])[0]
    form = DecisionForm(http.POST if http.method == "POST" else None, pair=pair)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            kept = form.kept_supplier()
            decide_match(match=match, kept=kept, by=http.user, now=timezone.now())
            said = f"They are one supplier now: {kept}." if kept else "They stay two suppliers."
            messages.success(http, said)
            return redirect("techmap:match-list")
    context = {"pair": pair, "match": match, "form": form, "merge": merge_of(match)}
    return render(http, "techmap/matches/match_detail.html", context)


@login_required
@require_POST
def match_undo(http: SignedInRequest, pk: int) -> HttpResponse:
    """Give back what the merge moved; the two then stand as two."""
    match = _match_or_404(http, pk)
    merge = merge_of(match)
    try:
        if merge is None:
            raise Refused("These two are not merged now.")
        undo_merge(merge=merge, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="The merge could not be undone", back_url=match.get_absolute_url())
    messages.success(http, "The merge is undone. They are two suppliers again.")
    return redirect(match)


@login_required
@require_POST
def match_reopen(http: SignedInRequest, pk: int) -> HttpResponse:
    match = _match_or_404(http, pk)
    try:
        reopen_match(match=match, by=http.user)
    except Refused as refused:
        return refused_page(http, refused, title="It could not be opened again", back_url=match.get_absolute_url())
    messages.success(http, "The pair waits for a decision again.")
    return redirect(match)


def _staff_or_404(http: SignedInRequest) -> None:
    if not can_decide_matches(http.user):
        raise Http404


def _match_or_404(http: SignedInRequest, pk: int) -> NameMatch:
    _staff_or_404(http)
    return get_object_or_404(NameMatch.objects.select_related("first", "second", "decided_by"), pk=pk)

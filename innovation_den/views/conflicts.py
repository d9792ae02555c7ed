"""Conflicts: the list for the organisers, and the decision on each."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from innovation_den.actions.conflicts import FINAL, decide_conflict, find_conflicts
from innovation_den.choices import ConflictState
from innovation_den.forms.panellist_filters import ConflictFilter
from innovation_den.forms.panellists import CONFIRM, DecideConflictForm
from innovation_den.permissions import can_organise
from innovation_den.queries.conflicts import conflicts_of
from innovation_den.views.access import organised_den, worked_den
from portal.govuk.pages import paginate, refusals_on
from portal.http import SignedInRequest


@login_required
@require_safe
def conflict_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """Those that wait for a decision come first. For the host's members and staff."""
    den = worked_den(http, reference)
    conflicts = conflicts_of(den, http.user)
    waiting = conflicts.filter(state=ConflictState.OPEN).count()
    found = ConflictFilter(http.GET, queryset=conflicts.order_by("-state", "panellist__name", "pitch__title", "pk"))
    context = {
        "den": den,
        "filters": found,
        "page": paginate(http, found.qs),
        "waiting": waiting,
        "may_organise": can_organise(http.user, den),
    }
    return render(http, "innovation_den/conflict_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conflict_decide(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """Confirm or dismiss one. Nobody decides on their own."""
    den = organised_den(http, reference)
    conflict = get_object_or_404(conflicts_of(den, http.user), pk=pk)
    if conflict.panellist.user_id == http.user.pk:
        raise PermissionDenied
    form = DecideConflictForm(http.POST or None, initial={"was": conflict.state})
    if http.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("reason", "was")}
        is_confirmed = form.cleaned_data["decision"] == CONFIRM
        with refusals_on(form):
            decide_conflict(conflict=conflict, is_confirmed=is_confirmed, by=http.user, now=timezone.now(), **given)
            messages.success(http, "Decided")
            return redirect("innovation_den:conflict-list", reference)
    context = {"den": den, "conflict": conflict, "form": form, "is_final": conflict.ground in FINAL}
    return render(http, "innovation_den/conflict_decide.html", context)


@login_required
@require_POST
def conflict_find(http: SignedInRequest, reference: str) -> HttpResponse:
    """Look again: the register, contracts and responses may have moved on."""
    den = organised_den(http, reference)
    count = find_conflicts(den, timezone.now())
    messages.success(http, f"{count} new" if count else "Nothing new was found")
    return redirect("innovation_den:conflict-list", reference)

"""Writing and publishing what was heard and what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from engagement.actions.outcomes import publish_outcome, remove_theme, save_outcome, save_theme
from engagement.choices import RequestState
from engagement.forms.outcomes import OutcomeForm, ThemeForm
from engagement.models import EngagementRequest, Outcome, Theme
from engagement.queries import responses_for_reading
from engagement.views.access import editable_request
from portal.govuk.pages import conflict_page, refusals_on, rows_of
from portal.http import SignedInRequest
from portal.refusals import StaleWrite


def closed_request(http: SignedInRequest, reference: str) -> EngagementRequest:
    """A request whose outcome may be written now."""
    request = editable_request(http, reference)
    if request.state_at(timezone.now()) != RequestState.CLOSED:
        raise Http404
    return request


def outcome_of(request: EngagementRequest) -> Outcome:
    """The stored outcome, or a new one that nothing has saved yet: reading a page writes nothing."""
    return Outcome.objects.filter(request=request).first() or Outcome(request=request)


@login_required
@require_http_methods(["GET", "POST"])
def outcome_edit(http: SignedInRequest, reference: str) -> HttpResponse:
    """Write the outcome. 'Publish' saves first, so that nothing that was typed is lost or left out."""
    request = closed_request(http, reference)
    outcome = outcome_of(request)
    form = OutcomeForm(http.POST or None, instance=outcome)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                return save_and_publish(http, request, form)
        except StaleWrite as stale:
            current = OutcomeForm(instance=stale.current)
            return conflict_page(
                http,
                title="Outcome",
                current_rows=rows_of(current),
                submitted_rows=rows_of(form),
                retry_url=http.path,
            )
    themes = outcome.themes.prefetch_related("responses") if outcome.pk else ()
    context = {"request_": request, "form": form, "outcome": outcome, "themes": themes, "now": timezone.now()}
    return render(http, "engagement/outcome_edit.html", context)


def save_and_publish(http: SignedInRequest, request: EngagementRequest, form: OutcomeForm) -> HttpResponse:
    """Two actions, so that an outcome that is refused still keeps its words."""
    now = timezone.now()
    saved = save_outcome(request=request, by=http.user, now=now, **form.cleaned_data)
    form.data = {**form.cleaned_data, "version": saved.version}
    if http.POST.get("do") != "publish":
        messages.success(http, "Saved")
        return redirect("engagement:outcome-edit", request.reference)
    publish_outcome(request=request, by=http.user, now=now)
    messages.success(http, "The outcome is published. Everyone who took part is told")
    return redirect(request)


@login_required
@require_http_methods(["GET", "POST"])
def theme_edit(http: SignedInRequest, reference: str, pk: int | None = None) -> HttpResponse:
    """Add a theme, or change one."""
    request = closed_request(http, reference)
    now = timezone.now()
    theme = get_object_or_404(Theme, outcome__request=request, pk=pk) if pk else None
    submitted = responses_for_reading(request, http.user, now)
    form = ThemeForm(http.POST or None, instance=theme, submitted=submitted)
    if http.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("responses", "submission_key", "version")}
        try:
            with refusals_on(form):
                save_theme(request=request, theme=theme, by=http.user, now=now, fields=form.words, **given)
                return redirect("engagement:outcome-edit", reference)
        except StaleWrite as stale:
            current = rows_of(ThemeForm(instance=stale.current, submitted=submitted))
            return conflict_page(
                http, title="A theme", current_rows=current, submitted_rows=rows_of(form), retry_url=http.path
            )
    return render(http, "engagement/theme_edit.html", {"request_": request, "form": form, "theme": theme})


@login_required
@require_POST
def theme_remove(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    request = closed_request(http, reference)
    theme = get_object_or_404(Theme, outcome__request=request, pk=pk)
    remove_theme(request=request, theme=theme, by=http.user, now=timezone.now())
    return redirect("engagement:outcome-edit", reference)

"""A panellist's score sheet: written, kept as they write, submitted; then read beside those of the others."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from innovation_den.actions.sheets import Written, keep_sheet, submit_sheet
from innovation_den.choices import DenState, SlotState
from innovation_den.forms.sheets import SheetForm
from innovation_den.models import Panellist, Pitch, ScoreSheet
from innovation_den.permissions import scoring_seat
from innovation_den.queries.sheets import others_sheets, panels_of, scores_by_criterion, sheet_of
from portal.govuk.formats import clock
from portal.govuk.pages import add_refusal, rows_of, side_by_side
from portal.http import SignedInRequest
from portal.refusals import Refused, StaleWrite


def scored_pitch(http: SignedInRequest, reference: str) -> tuple[Pitch, Panellist]:
    """A pitch that the person scores, with the seat from which they do. For all others it is not there."""
    pitches = Pitch.objects.select_related("den__host", "firm", "slot__room")
    pitch = get_object_or_404(pitches.filter(slot__cancelled_at=None, slot__isnull=False), reference=reference)
    seat = scoring_seat(http.user, pitch)
    if seat is None:
        raise Http404
    return pitch, seat


def form_of(http: SignedInRequest, pitch: Pitch, sheet: ScoreSheet | None) -> SheetForm:
    return SheetForm(http.POST or None, criteria=list(pitch.den.criteria.all()), sheet=sheet)


def store_name(http: SignedInRequest, pitch: Pitch) -> str:
    """Under which name a browser keeps what is not sent yet: nobody else's, and no other sheet's."""
    return f"threepoint.sheet.{http.user.pk}.{pitch.reference}"


@login_required
@require_http_methods(["GET", "POST"])
def sheet_edit(http: SignedInRequest, reference: str) -> HttpResponse:
    """The sheet to write on; once it is submitted, the page to read it."""
    pitch, seat = scored_pitch(http, reference)
    sheet = sheet_of(seat, pitch)
    form = form_of(http, pitch, sheet)
    if http.method == "POST" and form.is_valid():
        try:
            return kept(http, pitch, form)
        except StaleWrite as stale:
            return both_versions(http, pitch, form, stale.current)
        except Refused as refused:
            sheet = sheet_of(seat, pitch)
            add_refusal(form, refused)
    if sheet and sheet.is_submitted:
        return sheet_page(http, pitch, seat, sheet)
    return edit_page(http, pitch, seat, form)


def kept(http: SignedInRequest, pitch: Pitch, form: SheetForm) -> HttpResponse:
    """Keep what was sent, then submit it where that was the button. What is kept stays, whatever is missing."""
    now = timezone.now()
    version, copy = form.cleaned_data["version"], form.copy
    sheet = keep_sheet(pitch=pitch, written=form.written, version=version, by=http.user, now=now, copy=copy)
    if http.POST.get("intent") != "submit":
        messages.success(http, "Saved. Nobody else sees it before you submit it")
        return redirect("innovation_den:sheet-edit", pitch.reference)
    # From here on the page stands on what was just kept.
    form.data = {**form.data.dict(), "version": str(sheet.version)}  # type: ignore[assignment,attr-defined]
    submit_sheet(pitch=pitch, version=sheet.version, by=http.user, now=now)
    messages.success(http, "Your sheet is submitted")
    return redirect("innovation_den:sheet-edit", pitch.reference)


def edit_page(http: SignedInRequest, pitch: Pitch, seat: Panellist, form: SheetForm) -> HttpResponse:
    slot = pitch.slot
    context = {
        "pitch": pitch,
        "slot": slot,
        "seat": seat,
        "form": form,
        "store": store_name(http, pitch),
        "forgets": "saved" in http.GET,
        "is_open": slot.den.state == DenState.ON_THE_DAY and slot.state != SlotState.NO_SHOW,
    }
    return render(http, "innovation_den/sheet_edit.html", context, status=422 if form.errors else 200)


def sheet_page(http: SignedInRequest, pitch: Pitch, seat: Panellist, sheet: ScoreSheet) -> HttpResponse:
    others = list(others_sheets(http.user, pitch, seat))
    submitted = {other.panellist_id for other in others}
    panel = [place.panellist for place in panels_of([pitch.slot]).get(pitch.slot.pk, [])]
    context = {
        "pitch": pitch,
        "store": store_name(http, pitch),
        "sheets": [(one, scores_by_criterion(one)) for one in [sheet, *others]],
        "waiting": [one for one in panel if one.pk != seat.pk and one.pk not in submitted],
    }
    return render(http, "innovation_den/sheet_detail.html", context)


def both_versions(http: SignedInRequest, pitch: Pitch, form: SheetForm, current: ScoreSheet) -> HttpResponse:
    """What is saved beside what was sent (409). The panellist says which of the two holds."""
    saved = SheetForm(criteria=form.criteria, sheet=current)
    rows = [
        {"label": label, "current": old, "sent": new, "differs": str(old) != str(new)}
        for label, old, new in side_by_side(rows_of(saved), rows_of(form))
    ]
    form.data = {**form.data.dict(), "version": str(current.version)}  # type: ignore[assignment,attr-defined]
    hidden = [field.as_hidden() for field in form]
    context = {"pitch": pitch, "rows": rows, "sheet": current, "hidden": hidden}
    return render(http, "innovation_den/sheet_conflict.html", context, status=409)


@login_required
@require_POST
def sheet_keep(http: SignedInRequest, reference: str) -> JsonResponse:
    """Keep what a page sends by itself. Answers with the version that is saved; 409 where another device wrote."""
    pitch, _ = scored_pitch(http, reference)
    form = form_of(http, pitch, None)
    if not form.is_valid():
        return JsonResponse({"state": "refused", "reasons": words_of(form)}, status=422)
    version, copy, now = form.cleaned_data["version"], form.copy, timezone.now()
    try:
        sheet = keep_sheet(pitch=pitch, written=form.written, version=version, by=http.user, now=now, copy=copy)
    except StaleWrite:
        return JsonResponse({"state": "conflict"}, status=409)
    except Refused as refused:
        return JsonResponse({"state": "refused", "reasons": [reason.message for reason in refused.reasons]}, status=422)
    except PermissionDenied:
        raise Http404 from None
    is_newer = copy is not None and (sheet.kept_key, sheet.kept_number) != (copy.key, copy.number)
    answer = {"state": "older" if is_newer and not says_the_same(form, sheet) else "saved", "version": sheet.version}
    return JsonResponse({**answer, "at": clock(timezone.localtime(sheet.saved_at))})


def says_the_same(form: SheetForm, sheet: ScoreSheet) -> bool:
    return form.written.says_as(Written.on(sheet))


def words_of(form: SheetForm) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]

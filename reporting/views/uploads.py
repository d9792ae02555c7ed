"""Files with the returns of many contracts: sent in, watched while they are read, and decided on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.files.uploads import takes_uploads_up_to
from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page
from portal.http import PortalRequest, SignedInRequest
from portal.refusals import Refused, StaleWrite
from portal.sheets import XLSX, file_name
from reporting.actions.uploads import SameFile, begin_upload, drop_upload, keep_upload, submit_kept
from reporting.filters import FindingFilter, FoundReturnFilter, UploadFilter
from reporting.forms.returns import VersionForm
from reporting.forms.uploads import AgainForm, UploadForm, limits
from reporting.models import Upload
from reporting.permissions import can_upload
from reporting.queries import uploads as queries
from reporting.standards import latest
from reporting.uploads.annotated import annotated
from reporting.uploads.sheets import Unreadable
from reporting.views.access import acting_supplier, own_upload, visible_upload
from techmap.exports import limited

if TYPE_CHECKING:
    from collections.abc import Callable

PER_PAGE = 50


@login_required
@require_safe
def upload_list(http: SignedInRequest) -> HttpResponse:
    filters = UploadFilter(http.GET, queryset=queries.visible_uploads(http.user))
    membership = http.membership
    context = {
        "filters": filters,
        "page": paginate(http, filters.qs),
        "may_upload": bool(membership) and can_upload(http.user, membership.organisation),  # type: ignore[union-attr]
    }
    return render(http, "reporting/upload_list.html", context)


# --- Sending a file in -------------------------------------------------------------------------------


@takes_uploads_up_to("RETURNS_UPLOAD_BYTES")
@login_required
@require_http_methods(["GET", "POST"])
def upload_create(http: SignedInRequest) -> HttpResponse:
    """Take a file in. One that was read before is not read again unasked."""
    supplier = acting_supplier(http)
    form = UploadForm(http.POST or None, http.FILES or None)
    if http.method == "POST" and form.is_valid():
        given = {"upload": form.cleaned_data["file"], "submission_key": form.cleaned_data["submission_key"]}
        with refusals_on(form):
            try:
                return redirect(begin_upload(supplier=supplier, by=http.user, now=timezone.now(), **given))
            except SameFile as same:
                return redirect("reporting:upload-again", same.earlier.public_id)
    context = {"form": form, "supplier": supplier, "standard": latest(), "limits": limits()}
    return render(http, "reporting/upload_create.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def upload_again(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Say that the same file was sent in before, and read it once more where that is wished."""
    before = own_upload(http, public_id)
    if http.method != "POST":
        context = {"upload": before, "form": AgainForm()}
        return render(http, "reporting/upload_again.html", context)
    form = AgainForm(http.POST)
    if not form.is_valid() or before.file is None:
        gone = Refused("Choose the file again and upload it")
        back = reverse("reporting:upload-create")
        return refused_page(http, gone, title="The file is no longer here", back_url=back)
    try:
        with before.file.content.open("rb") as content:
            begun = begin_upload(
                supplier=before.supplier,
                upload=UploadedFile(content, before.name, before.file.media_type, before.file.size),
                submission_key=form.cleaned_data["submission_key"],
                by=http.user,
                now=timezone.now(),
                again=True,
            )
    except Refused as refused:
        return refused_page(http, refused, title="It was not read again", back_url=before.get_absolute_url())
    return redirect(begun)


# --- What came of it ---------------------------------------------------------------------------------


@login_required
@require_safe
@never_cache
def upload_detail(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """How far it is; once it is read, what is wrong with it and which of its returns can be kept."""
    upload = visible_upload(http, public_id)
    context = {"upload": upload, "may_write": can_upload(http.user, upload.supplier)}
    context |= _result(http, upload) if upload.state in queries.READ else _progress(http, upload)
    return render(http, "reporting/upload_detail.html", context)


def _result(http: SignedInRequest, upload: Upload) -> dict[str, object]:
    filters = FoundReturnFilter(http.GET, queryset=queries.found_in(upload))
    return {
        "is_read": True,
        "counts": queries.counts_of(upload),
        "kinds": queries.kinds_of(upload),
        "filters": filters,
        "page": paginate(http, filters.qs),
    }


def _progress(http: PortalRequest, upload: Upload) -> dict[str, object]:
    said = http.GET.get("said", "")
    progress = queries.progress_of(upload)
    return {
        "progress": progress,
        "at_work": upload.state in queries.AT_WORK,
        "says_more": said.isascii() and said.isdigit() and progress.step > int(said[:3]),
    }


@require_safe
@never_cache
def upload_progress(http: PortalRequest, public_id: UUID) -> HttpResponse:
    """The bar alone, asked for by the page itself. When the reading is over the whole page is fetched anew."""
    if not http.user.is_authenticated and http.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return _progress_of(http, public_id)  # type: ignore[arg-type]


@login_required
def _progress_of(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    upload = visible_upload(http, public_id)
    if upload.state not in queries.AT_WORK:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(http, "reporting/_upload_progress.html", {"upload": upload} | _progress(http, upload))


@login_required
@require_safe
def upload_findings(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Each cell of one kind of finding, or of one return: where it is, what it says, how to mend it."""
    upload = visible_upload(http, public_id)
    filters = FindingFilter(http.GET, queryset=upload.findings.select_related("found").order_by("pk"))
    page = paginate(http, filters.qs, PER_PAGE)
    context = {"upload": upload, "filters": filters, "page": page, "cells": queries.cells_of(page.object_list)}
    return render(http, "reporting/upload_findings.html", context)


@login_required
@require_safe
@limited
def upload_annotated(http: SignedInRequest, public_id: UUID) -> HttpResponseBase:
    """The file back as a workbook, with what is wrong marked at its cells."""
    upload = visible_upload(http, public_id)
    if upload.state not in queries.READ:
        raise Http404
    try:
        workbook = annotated(upload)
    except Unreadable as error:
        title = "The workbook could not be made"
        return refused_page(http, Refused(str(error)), title=title, back_url=upload.get_absolute_url())
    name = file_name(f"{upload.name.rpartition('.')[0] or upload.name} marked", "xlsx")
    return FileResponse(workbook, as_attachment=True, filename=name, content_type=XLSX)


# --- Deciding ----------------------------------------------------------------------------------------


@require_POST
@login_required
def upload_keep(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Make drafts of the good returns; the bad ones wait."""

    def keep(upload: Upload) -> str:
        kept = keep_upload(upload=upload, version=_version(http), by=http.user, now=timezone.now())
        return f"{_returns(kept)} {'is' if kept == 1 else 'are'} kept as {'a draft' if kept == 1 else 'drafts'}."

    return _decide(http, public_id, keep, "The returns were not kept")


@require_POST
@login_required
def upload_submit(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Submit every return kept from it that is ready."""

    def submit(upload: Upload) -> str:
        filed = submit_kept(upload=upload, by=http.user, now=timezone.now())
        return f"{_returns(filed)} {'is' if filed == 1 else 'are'} submitted."

    return _decide(http, public_id, submit, "The returns were not submitted")


@require_POST
@login_required
def upload_drop(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    def drop(upload: Upload) -> str:
        drop_upload(upload=upload, version=_version(http), by=http.user, now=timezone.now())
        return "The file is dropped. What was kept of it stays."

    return _decide(http, public_id, drop, "The file was not dropped")


def _decide(http: SignedInRequest, public_id: UUID, act: Callable[[Upload], str], refusal: str) -> HttpResponse:
    upload = own_upload(http, public_id)
    try:
        messages.success(http, act(upload))
    except Refused as refused:
        return refused_page(http, refused, title=refusal, back_url=upload.get_absolute_url())
    except StaleWrite:
        upload.refresh_from_db()
        return conflict_page(
            http,
            title="Somebody else has worked on this file",
            current_rows=[("State", upload.get_state_display())],
            submitted_rows=[],
            retry_url=upload.get_absolute_url(),
        )
    return redirect(upload)


def _version(http: SignedInRequest) -> int:
    form = VersionForm(http.POST)
    return form.cleaned_data["version"] if form.is_valid() else 0


def _returns(number: int) -> str:
    return "1 return" if number == 1 else f"{number:,} returns"

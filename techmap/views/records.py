"""Decision records: the page to print, the files, and the public page that says whether a copy is true."""

from __future__ import annotations

from uuid import UUID

from allauth.core.internal.ratelimit import consume, respond_429
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.files.intake import fingerprint
from portal.govuk.pages import refused_page
from portal.http import SignedInRequest
from portal.refusals import Refused
from techmap.actions.shortlists import make_export
from techmap.forms.shortlists import RecordCheckForm
from techmap.queries.shortlists import find_record
from techmap.record import in_rows, read, with_times
from techmap.record_files import FORMATS, name_of
from techmap.views.shortlists import visible_shortlist

CHECKS = {"record_check": "30/m/ip"}  # a person with a pile of files; a machine that guesses gets nowhere anyway


@login_required
@require_safe
def record_print(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """The whole record on one page; there is none before the lock."""
    shortlist = visible_shortlist(http, public_id)
    if not shortlist.is_locked:
        raise Http404
    record = read(shortlist)
    reasoning = list(in_rows(record["reasoning"]))
    context = {"shortlist": shortlist, "record": with_times(record), "reasoning": reasoning}
    return render(http, "techmap/shortlists/record.html", context)


@login_required
@require_POST
def record_download(http: SignedInRequest, public_id: UUID, format: str) -> HttpResponse:
    """A file of the record. By POST, because its hash is kept when it is made."""
    shortlist = visible_shortlist(http, public_id)
    if format not in FORMATS:
        raise Http404
    try:
        content = make_export(shortlist=shortlist, format=format, by=http.user, now=timezone.now())
    except Refused as refused:
        back = shortlist.get_absolute_url()
        return refused_page(http, refused, title="There is no record yet", back_url=back)
    disposition = content_disposition_header(True, name_of(shortlist, FORMATS[format]))
    return HttpResponse(
        content,
        content_type=FORMATS[format].media_type,
        headers={"Content-Disposition": str(disposition), "Cache-Control": "private, no-store"},
    )


@require_http_methods(["GET", "POST"])
def record_check(http: HttpRequest) -> HttpResponse:
    """Whether a hash is that of a decision record of ours; never what stands in it."""
    if not consume(http, app="techmap", action="record_check", config=CHECKS):
        return respond_429(http)
    sent = (http.POST, http.FILES) if http.method == "POST" else ()
    form = RecordCheckForm(*sent, initial={"sha256": http.GET.get("sha256", "")[:64]})
    context = {"form": form, "asked": ""}
    if form.is_valid():
        file = form.cleaned_data["file"]
        asked = fingerprint(file) if file else form.cleaned_data["sha256"]
        known = find_record(asked)
        context |= {"asked": asked, "known": known, "format": FORMATS[known.format] if known else None}
    return render(http, "techmap/shortlists/check.html", context)

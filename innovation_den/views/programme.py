"""The public programme: as a page, as a calendar, and in the layout that conference apps read."""

from __future__ import annotations

from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from innovation_den.calendars import MEDIA_TYPE, entity_tag, programme_calendar
from innovation_den.models import Den, Release
from innovation_den.permissions import can_view_work
from innovation_den.queries.conference import conference_schedule
from innovation_den.queries.programme import joins_in, last_release, slots_by_day, visible_programme
from innovation_den.views.access import visible_den
from portal.http import PortalRequest


def released_den(http: PortalRequest, reference: str) -> tuple[Den, Release]:
    """A den whose programme is out, with its last release; 404 before."""
    den = visible_den(http, reference)
    release = last_release(den)
    if release is None:
        raise Http404
    return den, release


@require_safe
def programme(http: PortalRequest, reference: str) -> HttpResponse:
    """What is heard when and where. Links to rooms are for those who take part."""
    den, release = released_den(http, reference)
    context = {
        "den": den,
        "release": release,
        "days": slots_by_day(visible_programme(den, http.user)),
        "joins_in": joins_in(http.user, den),
        "may_work": can_view_work(http.user, den),
    }
    return render(http, "innovation_den/programme.html", context)


@require_safe
def programme_ics(http: PortalRequest, reference: str) -> HttpResponseBase:
    den, release = released_den(http, reference)
    content = programme_calendar(den, visible_programme(den, http.user), release.released_at)
    answer = kept_answer(http, entity_tag(content), content)
    answer["Content-Type"] = f"{MEDIA_TYPE}; charset=utf-8"
    answer["Content-Disposition"] = f'attachment; filename="den-{den.reference}.ics"'
    return answer


@require_safe
def schedule_json(http: PortalRequest, reference: str) -> HttpResponseBase:
    """The programme in the layout of frab and pretalx. Scores are no part of it."""
    den, release = released_den(http, reference)
    schedule = conference_schedule(den, release, list(visible_programme(den, http.user)))
    content = JsonResponse(schedule, json_dumps_params={"indent": 1}).content
    answer = kept_answer(http, entity_tag(content), content)
    answer["Content-Type"] = "application/json"
    return answer


def kept_answer(http: PortalRequest, tag: str, content: bytes) -> HttpResponseBase:
    """The content with its entity tag; 304 where the reader has that already. Who asks makes a difference."""
    answer = get_conditional_response(http, tag) or HttpResponse(content)
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, max-age=0, must-revalidate"
    patch_vary_headers(answer, ["Cookie"])
    return answer

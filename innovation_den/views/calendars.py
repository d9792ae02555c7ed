"""A person's own slots: on a page, one by one for their calendar, and as a feed at a private address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from innovation_den.actions.calendars import draw_feed, end_feed, owner_of
from innovation_den.calendars import MEDIA_TYPE, entity_tag, invitation_calendar, personal_calendar
from innovation_den.models import CalendarFeed, Slot, SlotInvitation
from innovation_den.queries.programme import slots_of, with_rows
from innovation_den.views.access import visible_den
from innovation_den.views.programme import kept_answer
from portal.http import PortalRequest, SignedInRequest
from portal.notifications.links import absolute

WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)


@login_required
@require_safe
def slot_mine(http: SignedInRequest, reference: str) -> HttpResponse:
    """The person's own slots in the den, and those that were called off for them."""
    den = visible_den(http, reference)
    slots = list(slots_of(http.user).filter(den=den))
    invitations = SlotInvitation.objects.filter(user=http.user, slot__den=den)
    called_off = [one for one in invitations if one.cancelled_at]
    if not slots and not called_off:
        raise Http404
    invited = {one.slot_id for one in invitations if not one.cancelled_at}
    context = {"den": den, "slots": slots, "called_off": called_off, "invited": invited}
    return render(http, "innovation_den/slot_mine.html", context)


@login_required
@require_safe
@never_cache
def slot_invitation(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """One slot for the person's calendar: asked for while it stands, cancelled once it does not."""
    den = visible_den(http, reference)
    invitation = get_object_or_404(
        SlotInvitation.objects.select_related("user"), slot=pk, slot__den=den, user=http.user
    )
    slots = with_rows(Slot.objects.all()) if invitation.cancelled_at else slots_of(http.user)
    slot = get_object_or_404(slots, pk=pk)
    content = invitation_calendar(invitation, slot, timezone.now())
    method = "CANCEL" if invitation.cancelled_at else "REQUEST"
    answer = HttpResponse(content, content_type=f"{MEDIA_TYPE}; charset=utf-8; method={method}")
    answer["Content-Disposition"] = 'attachment; filename="slot.ics"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def feed_edit(http: SignedInRequest) -> HttpResponse:
    """Draw the address, or end it. It is shown once, because only its hash is kept."""
    if http.method == "POST" and "end" in http.POST:
        end_feed(by=http.user)
        messages.success(http, "The address of your calendar is ended")
        return redirect("innovation_den:feed-edit")
    context: dict[str, Any] = {"feed": CalendarFeed.objects.filter(user=http.user).first()}
    if http.method == "POST":
        secret = draw_feed(by=http.user, now=timezone.now())
        context["address"] = absolute(reverse("innovation_den:feed", args=[secret]))
    return render(http, "innovation_den/feed_edit.html", context)


@require_safe
def feed(http: PortalRequest, token: str) -> HttpResponseBase:
    """What a calendar program reads. The address is the key; a dead one is like one that never was."""
    user = owner_of(token)
    if user is None:
        raise Http404
    slots = list(slots_of(user))
    invitations = SlotInvitation.objects.filter(user=user, slot__in=slots)
    sequences = dict(invitations.values_list("slot_id", "sequence"))
    tag = entity_tag(personal_calendar(slots, sequences, WHENEVER))  # of what it says, not of when it is said
    answer = kept_answer(http, tag, personal_calendar(slots, sequences, timezone.now()))
    answer["Content-Type"] = f"{MEDIA_TYPE}; charset=utf-8"
    return answer

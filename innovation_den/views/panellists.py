"""Panellists as the organisers see them, and the invitation that arrives by e-mail."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from innovation_den.actions.panellists import (
    accept_seat,
    decline_seat,
    edit_panellist,
    invite_panellist,
    resend_panellist,
    stand_down,
    why_gone,
)
from innovation_den.choices import PanellistState
from innovation_den.forms.panellist_filters import PanellistFilter
from innovation_den.forms.panellists import EditForm, InviteForm, StandDownForm
from innovation_den.models import Den, Panellist
from innovation_den.permissions import can_organise
from innovation_den.queries.panellists import (
    PANEL_STATES,
    find_invited,
    half_days_of,
    panellists_of,
    seats_for,
)
from innovation_den.views.access import organised_den, worked_den
from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.http import PortalRequest, SignedInRequest
from portal.organisations.queries import verified_addresses_of
from portal.organisations.views.access import act
from portal.refusals import Refused, StaleWrite


def organised_panellist(http: SignedInRequest, reference: str, pk: int) -> tuple[Den, Panellist]:
    den = organised_den(http, reference)
    return den, get_object_or_404(Panellist.objects.select_related("employer", "user"), den=den, pk=pk)


@login_required
@require_safe
def panellist_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """Everybody who was asked, by sector. For the host's members and staff."""
    den = worked_den(http, reference)
    found = PanellistFilter(http.GET, queryset=panellists_of(den))
    context = {
        "den": den,
        "filters": found,
        "page": paginate(http, found.qs),
        "may_organise": can_organise(http.user, den),
        "may_invite": can_organise(http.user, den) and den.state in PANEL_STATES,
        "half_count": len(half_days_of(den)),
        "now": timezone.now(),
    }
    return render(http, "innovation_den/panellist_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def panellist_invite(http: SignedInRequest, reference: str) -> HttpResponse:
    den = organised_den(http, reference)
    form = InviteForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        email, key = fields.pop("email"), fields.pop("submission_key")
        with refusals_on(form):
            asked = invite_panellist(
                den=den, email=email, fields=fields, submission_key=key, by=http.user, now=timezone.now()
            )
            messages.success(http, f"We have asked {asked}. The invitation lasts 14 days.")
            return redirect("innovation_den:panellist-list", reference)
    return render(http, "innovation_den/panellist_invite.html", {"den": den, "form": form})


@login_required
@require_safe
def panellist_detail(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """What is known of one panellist, for the host's members and staff. Conflicts have a page of their own."""
    den = worked_den(http, reference)
    panellist = get_object_or_404(panellists_of(den).prefetch_related("expertise", "free_half_days"), pk=pk)
    free = {(half.date, half.half) for half in panellist.free_half_days.all()}
    context = {
        "den": den,
        "panellist": panellist,
        "halves": [(half, half.as_pair in free) for half in half_days_of(den)],
        "may_organise": can_organise(http.user, den),
        "is_late": panellist.state == PanellistState.INVITED and panellist.expires_at <= timezone.now(),
    }
    return render(http, "innovation_den/panellist_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def panellist_edit(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    den, panellist = organised_panellist(http, reference, pk)
    form = EditForm(http.POST or None, panellist=panellist)
    if http.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        version = fields.pop("version")
        try:
            with refusals_on(form):
                edit_panellist(panellist=panellist, version=version, fields=fields, by=http.user, now=timezone.now())
                messages.success(http, "Saved")
                return redirect("innovation_den:panellist-detail", reference, pk)
        except StaleWrite as stale:
            current = rows_of(EditForm(panellist=stale.current))
            return conflict_page(
                http, title=str(panellist), current_rows=current, submitted_rows=rows_of(form), retry_url=http.path
            )
    return render(http, "innovation_den/panellist_edit.html", {"den": den, "panellist": panellist, "form": form})


@login_required
@require_POST
def panellist_resend(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    _, panellist = organised_panellist(http, reference, pk)
    return act(
        http,
        lambda: resend_panellist(panellist=panellist, by=http.user, now=timezone.now()),
        said=f"We have asked {panellist} again. The invitation lasts 14 days from now.",
        title="This invitation cannot be sent again",
        back_url=reverse("innovation_den:panellist-detail", args=[reference, pk]),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def panellist_stand_down(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """End a seat, or take an invitation back."""
    den, panellist = organised_panellist(http, reference, pk)
    form = StandDownForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            stand_down(panellist=panellist, reason=form.cleaned_data["reason"], by=http.user, now=timezone.now())
            messages.success(http, f"{panellist} no longer sits on the panels")
            return redirect("innovation_den:panellist-detail", reference, pk)
    context = {"den": den, "panellist": panellist, "form": form}
    return render(http, "innovation_den/panellist_stand_down.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def panellist_open(http: PortalRequest, signed: str) -> HttpResponse:
    """What the link in the e-mail shows. Opening it changes nothing, so a mail scanner cannot accept it."""
    panellist = find_invited(signed)
    if panellist is None:
        raise Http404
    user = http.user
    if http.method == "POST":
        return _answer(http, panellist) if user.is_authenticated else redirect(http.path)
    addresses = verified_addresses_of(user) if user.is_authenticated else []
    context = {
        "panellist": panellist,
        "den": panellist.den,
        "gone": why_gone(panellist, timezone.now()),
        "is_theirs": panellist.email.lower() in addresses,
        "sent_to": f"{panellist.email[0]}…@{panellist.email.rpartition('@')[2]}",
    }
    return render(http, "innovation_den/panellist_open.html", context, status=410 if context["gone"] else 200)


@login_required
@require_safe
def seat_list(http: SignedInRequest) -> HttpResponse:
    """The seats that the person holds, and those that they are asked to take."""
    page = paginate(http, seats_for(http.user))
    now = timezone.now()
    rows = [(seat, why_gone(seat, now) if seat.state == PanellistState.INVITED else "") for seat in page]
    return render(http, "innovation_den/seat_list.html", {"page": page, "rows": rows})


@login_required
@require_POST
def seat_answer(http: SignedInRequest, pk: int) -> HttpResponse:
    """Answer from one's own page: the verified address stands for the link."""
    return _answer(http, get_object_or_404(seats_for(http.user), pk=pk))


def _answer(http: PortalRequest, panellist: Panellist) -> HttpResponse:
    user, now, seats = http.user, timezone.now(), reverse("innovation_den:seat-list")
    if not user.is_authenticated:
        raise PermissionDenied
    try:
        if http.POST.get("answer") == "no":
            decline_seat(panellist=panellist, by=user, now=now)
            messages.success(http, "You have declined. Thank you for answering")
            return redirect(seats)
        accept_seat(panellist=panellist, by=user, now=now)
    except Refused as refused:
        return refused_page(http, refused, title="You cannot answer this invitation", back_url=seats)
    messages.success(http, "Thank you. Please say now what interests you have, and when you can come")
    return redirect("innovation_den:seat-detail", panellist.den.reference)

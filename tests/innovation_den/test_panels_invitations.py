"""Asking people to sit on panels: by e-mail, for 14 days, and never again once they are stood down."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from innovation_den.actions.panellists import (
    accept_seat,
    decline_seat,
    edit_panellist,
    invite_panellist,
    resend_panellist,
    stand_down,
)
from innovation_den.choices import ConflictState, DenState, PanellistState, PanelSector, PitchState
from innovation_den.models import Conflict, Den, Panellist, Pitch
from innovation_den.queries.panellists import employer_named
from portal.accounts.models import User
from portal.notifications.models import Message
from portal.organisations.choices import Role
from portal.refusals import Refused, StaleWrite
from techmap.models import OtherName
from techmap.names import fold_name
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.innovation_den.makers import NOW, make_den, make_panellist, make_pitch
from tests.organisations.test_races import at_once

pytestmark = pytest.mark.django_db
FIELDS = {"name": "Dana Field", "sector": "local", "employer_name": "Birch Vale Council", "is_chair": False}
LATER = NOW + timedelta(minutes=6)


def invite(den: Den, email: str = "dana@birchvale.example", **given: Any) -> Panellist:
    given = {"fields": dict(FIELDS), "submission_key": uuid4(), "by": den.owner, "now": NOW, **given}
    return invite_panellist(den=den, email=email, **given)


def link_in(message: Message) -> str:
    found = re.search(r"/dens/invitations/\S+", message.body)
    assert found
    return found[0]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- Asking -------------------------------------------------------------------------------------------


def test_stranger_is_sent_a_link_whose_token_is_kept_only_as_a_hash() -> None:
    panellist = invite(make_den())

    message = Message.objects.get(subject__contains="asks you to hear pitches")
    assert len(panellist.token_hash) == 64
    assert panellist.token_hash not in message.body
    assert panellist.expires_at == NOW + timedelta(days=14)
    assert link_in(message)


def test_holder_of_an_account_is_told_without_a_secret() -> None:
    dana = make_user("dana@birchvale.example")
    invite(make_den(), email="Dana@BirchVale.example")

    message = Message.objects.get()
    assert ("/dens/invitations/" in message.body, message.path) == (False, reverse("innovation_den:seat-list"))
    assert [delivery.recipient for delivery in message.deliveries.all()] == [dana]


def test_same_form_asks_once_and_the_same_address_is_not_asked_twice() -> None:
    den, key = make_den(), uuid4()

    assert invite(den, submission_key=key) == invite(den, submission_key=key)
    with pytest.raises(Refused, match="was asked already"):
        invite(den, email="DANA@birchvale.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_panellist(den, state=PanellistState.INVITED, email="Dana@birchvale.example")


@pytest.mark.parametrize("state", [DenState.DRAFT, DenState.DECIDING, DenState.DECIDED, DenState.ARCHIVED])
def test_nobody_is_asked_before_publication_or_after_the_day(state: str) -> None:
    with pytest.raises(Refused, match="from the publication"):
        invite(make_den(state=state))


def test_only_writers_of_the_host_ask_change_resend_and_stand_down() -> None:
    den = make_den()
    seat = make_panellist(den)
    for by in (make_user(is_staff=True), make_member(den.host, role=Role.VIEWER), make_user()):
        for call in (
            partial(invite, den, by=by),
            partial(edit_panellist, panellist=seat, version=1, fields=dict(FIELDS), by=by, now=NOW),
            partial(resend_panellist, panellist=seat, by=by, now=LATER),
            partial(stand_down, panellist=seat, reason="Why", by=by, now=NOW),
        ):
            with pytest.raises(PermissionDenied):
                call()


# --- Answering ----------------------------------------------------------------------------------------


def test_link_is_accepted_by_whoever_verified_the_address_and_by_nobody_else() -> None:
    den = make_den()
    panellist = invite(den)
    link = link_in(Message.objects.get())

    assert b"Create an account" in Client().get(link).content
    assert Client().post(link).status_code == 302
    stranger = client_of(make_user())
    assert b"sent to another e-mail address" in stranger.get(link).content
    assert stranger.post(link, {"answer": "yes"}).status_code == 422
    dana = make_user("dana@birchvale.example")
    answer = client_of(dana).post(link, {"answer": "yes"})

    panellist.refresh_from_db()
    assert (panellist.state, panellist.user, answer.status_code) == (PanellistState.ACCEPTED, dana, 302)
    assert client_of(dana).get(link).status_code == 404  # the link is spent
    assert b"Dana Field" not in stranger.get(reverse("innovation_den:seat-list")).content


def test_decline_and_being_asked_again() -> None:
    panellist = invite(make_den())
    dana = make_user("dana@birchvale.example")
    decline_seat(panellist=panellist, by=dana, now=NOW)
    with pytest.raises(Refused, match="was declined"):
        accept_seat(panellist=panellist, by=dana, now=NOW)

    resend_panellist(panellist=panellist, by=panellist.den.owner, now=LATER)
    accept_seat(panellist=panellist, by=dana, now=LATER)

    panellist.refresh_from_db()
    assert panellist.state == PanellistState.ACCEPTED
    assert accept_seat(panellist=panellist, by=dana, now=LATER) == panellist
    with pytest.raises(Refused, match="has accepted already"):
        resend_panellist(panellist=panellist, by=panellist.den.owner, now=LATER)


def test_invitation_runs_out_after_14_days_and_a_new_one_kills_the_old_link() -> None:
    panellist = invite(make_den())
    dana = make_user("dana@birchvale.example")
    old = link_in(Message.objects.get())
    with pytest.raises(Refused, match="has expired"):
        accept_seat(panellist=panellist, by=dana, now=NOW + timedelta(days=14))
    with pytest.raises(Refused, match="sent just now"):
        resend_panellist(panellist=panellist, by=panellist.den.owner, now=NOW + timedelta(minutes=1))

    resend_panellist(panellist=panellist, by=panellist.den.owner, now=LATER)

    assert client_of(dana).get(old).status_code == 404


def test_invitation_that_was_taken_back_is_not_accepted() -> None:
    panellist = invite(make_den())
    stand_down(panellist=panellist, reason="Asked by mistake", by=panellist.den.owner, now=NOW)

    with pytest.raises(Refused, match="was taken back"):
        accept_seat(panellist=panellist, by=make_user("dana@birchvale.example"), now=NOW)


def test_person_asked_under_two_addresses_holds_one_seat() -> None:
    den = make_den()
    dana = make_user("dana@birchvale.example")
    make_panellist(den, user=dana, email="other@birchvale.example")

    with pytest.raises(Refused, match="under another address"):
        accept_seat(panellist=invite(den), by=dana, now=NOW)


def test_accepting_looks_for_conflicts_in_the_same_moment() -> None:
    den = make_den(state=DenState.SCHEDULING)
    pitch = make_pitch(den, make_supplier("Kin Ltd"), state=PitchState.ACCEPTED)
    dana = make_user("dana@birchvale.example")
    panellist = invite(den, fields={**FIELDS, "employer_name": "Kin Limited"})

    accept_seat(panellist=panellist, by=dana, now=NOW)

    assert panellist.employer == pitch.firm
    assert Conflict.objects.get().state == ConflictState.OPEN
    Panellist.objects.update(has_declared=True)
    assert list(Pitch.objects.visible_to(dana)) == []


# --- Standing down ------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["organiser", "self"])
def test_stood_down_sees_nothing_from_the_next_request_on(whose: str) -> None:
    den = make_den(state=DenState.SCHEDULING)
    pitch, seat = make_pitch(den, state=PitchState.ACCEPTED), make_panellist(den)
    assert seat.user
    client = client_of(seat.user)
    pages = [
        reverse(f"innovation_den:seat-{part}", args=[den.reference])
        for part in ("detail", "about", "interests", "availability", "pitches", "stand-down")
    ] + [reverse("innovation_den:seat-declare", args=[den.reference, pitch.reference]), pitch.get_absolute_url()]
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)

    if whose == "self":
        client.post(pages[5], {"reason": "I have moved on"})
    else:
        stand_down(panellist=seat, reason="Has moved on", by=den.owner, now=NOW)

    assert [client.get(page).status_code for page in pages] == [404] * len(pages)
    assert list(Pitch.objects.visible_to(seat.user)) == []
    seat.refresh_from_db()
    assert (seat.state, bool(seat.stood_down_reason)) == (PanellistState.STOOD_DOWN, True)
    with pytest.raises(Refused, match="does not sit on the panels"):
        stand_down(panellist=seat, reason="Again", by=den.owner, now=NOW)


def test_standing_down_needs_a_reason_and_coming_back_asks_for_interests_anew() -> None:
    den = make_den()
    seat = make_panellist(den)
    with pytest.raises(Refused, match="Say why"):
        stand_down(panellist=seat, reason=" ", by=den.owner, now=NOW)
    stand_down(panellist=seat, reason="Ill", by=den.owner, now=NOW)

    back = resend_panellist(panellist=seat, by=den.owner, now=LATER)

    assert (back.state, back.has_declared, back.stood_down_reason) == (PanellistState.INVITED, False, "")


# --- Employers, and two at once -------------------------------------------------------------------------


def test_employer_is_found_by_name_where_one_goes_by_it() -> None:
    council = make_public_body("Birch Vale Council")
    giant = make_supplier("Giant plc")
    OtherName.objects.create(supplier=giant, name="Old Giant plc", folded=fold_name("Old Giant plc"))

    assert employer_named("birch vale COUNCIL") == council
    assert employer_named("The Old Giant PLC") == giant
    assert employer_named("Nobody at all") is None
    assert employer_named("  ") is None
    pretender = make_supplier("Giant P.L.C.", status="pending")
    assert employer_named("Giant plc") == giant
    type(pretender).objects.filter(pk=pretender.pk).update(status="verified")
    assert employer_named("Giant plc") is None


def test_second_to_change_a_panellist_is_told() -> None:
    seat = make_panellist(make_den())
    fields = {"name": "Dana F.", "sector": PanelSector.SUPPLIER, "employer_name": "Giant plc", "is_chair": True}
    edit_panellist(panellist=seat, version=1, fields=fields, by=seat.den.owner, now=NOW)

    with pytest.raises(StaleWrite):
        edit_panellist(panellist=seat, version=1, fields=fields, by=seat.den.owner, now=NOW)
    page = client_of(seat.den.owner).post(
        reverse("innovation_den:panellist-edit", args=[seat.den.reference, seat.pk]), {**FIELDS, "version": 1}
    )
    assert (page.status_code, b"Giant plc" in page.content, b"Birch Vale Council" in page.content) == (409, True, True)


@pytest.mark.django_db(transaction=True)
def test_accepting_four_times_at_once_seats_once() -> None:
    panellist = invite(make_den())
    dana = make_user("dana@birchvale.example")

    results = at_once([partial(accept_seat, panellist=panellist, by=dana, now=NOW)] * 4)

    assert [isinstance(result, Panellist) for result in results] == [True] * 4
    assert Message.objects.filter(subject__contains="sits on the panels").count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_one_as_for_three(count: int, django_assert_num_queries: Any) -> None:
    den = make_den()
    for _ in range(count):
        make_panellist(den)
    client = client_of(den.owner)
    address = reverse("innovation_den:panellist-list", args=[den.reference])
    client.get(address)

    with django_assert_num_queries(12):
        assert client.get(address).status_code == 200
    page = client.get(address, {"sector": "local"}).content
    assert b"<strong>0</strong>" in page

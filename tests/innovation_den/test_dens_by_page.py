"""Steps of a den that people take on pages of their own, each from the page as it stands to what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from innovation_den.choices import DenState, PanellistState, PitchState, PlanState
from innovation_den.models import Den, Panellist, Pitch, PitchPartner, PlanRun
from portal.notifications.models import Message
from tests.factories import make_member, make_supplier
from tests.innovation_den.makers import CLOSES, NOW, make_den, make_panellist, make_pitch
from tests.innovation_den.pages import initial, plain, signed_in, url
from tests.innovation_den.schedule_makers import make_drafted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_the_middle_of_the_call() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def send(client: Client, path: str, **fields: Any) -> str:
    """Send the page's form with these fields; gives where it leads, as the page there reads."""
    answer = client.post(path, {**plain(initial(client, path)), **fields}, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain
    return answer.content.decode()


def press(client: Client, path: str, **fields: Any) -> str:
    """Press a button that has no form to fill in."""
    answer = client.post(path, fields, follow=True)
    assert (answer.status_code, bool(answer.redirect_chain)) == (200, True)
    return answer.content.decode()


# --- The host -----------------------------------------------------------------------------------------


def test_closing_is_put_off() -> None:
    den = make_den()
    later = {"day": "30", "month": "11", "year": "2026", "time": "5pm"}

    said = send(
        signed_in(den.owner),
        url("den-put-off", den.reference),
        **{f"closes_at_{part}": words for part, words in later.items()},
    )

    assert "The call closes later" in said
    assert Den.objects.get().closes_at == CLOSES + timedelta(days=3)


def test_den_is_called_off_and_everybody_reads_why() -> None:
    den = make_den()

    said = send(signed_in(den.owner), url("den-call-off", den.reference), reason="The money is gone.")

    assert "The den is called off" in said
    assert "The money is gone." in Client().get(den.get_absolute_url()).content.decode()
    again = signed_in(den.owner).post(url("den-call-off", den.reference), {"reason": "Once more"})
    assert "Only a den that is under way can be called off" in again.content.decode()


def test_draft_is_deleted_after_a_page_that_asks() -> None:
    den = make_den(state=DenState.DRAFT)
    alice, path = signed_in(den.owner), url("den-delete", den.reference)

    assert "Delete" in alice.get(path).content.decode()
    assert "The draft is deleted" in press(alice, path)
    assert not Den.objects.exists()
    assert alice.post(path).status_code == 404


def test_invitation_is_sent_again_and_taken_back() -> None:
    den = make_den()
    asked = make_panellist(den, state=PanellistState.INVITED)
    Panellist.objects.update(invited_at=NOW - timedelta(hours=1))
    alice = signed_in(den.owner)

    assert "We have asked" in press(alice, url("panellist-resend", den.reference, asked.pk))
    too_soon = alice.post(url("panellist-resend", den.reference, asked.pk))
    assert "Wait 5 minutes" in too_soon.content.decode()
    assert "no longer sits on the panels" in send(
        alice, url("panellist-stand-down", den.reference, asked.pk), reason="Somebody else comes"
    )
    assert Panellist.objects.get().state == PanellistState.STOOD_DOWN


def test_conflicts_are_looked_for_again() -> None:
    den = make_den(state=DenState.SCHEDULING)
    pitch = make_pitch(den, state=PitchState.ACCEPTED)
    make_panellist(den, employer=pitch.firm, employer_name=pitch.firm.name)
    alice, path = signed_in(den.owner), url("conflict-find", den.reference)

    assert "1 new" in press(alice, path)
    assert "Nothing new was found" in press(alice, path)


def test_search_for_a_plan_is_stopped() -> None:
    den = make_drafted(2)
    run = PlanRun.objects.create(den=den, asked_by=den.owner, asked_at=NOW)
    alice, path = signed_in(den.owner), url("plan-stop", den.reference, run.pk)

    assert "stopped before it began" in press(alice, path)
    assert PlanRun.objects.get().state == PlanState.FINISHED
    assert "The search has ended already" in alice.post(path).content.decode()


# --- A panellist --------------------------------------------------------------------------------------


def test_panellist_gives_up_the_seat() -> None:
    seat = make_panellist(make_den())
    assert seat.user

    said = send(signed_in(seat.user), url("seat-stand-down", seat.den.reference), reason="I change my post")

    assert "You no longer sit on the panels" in said
    assert signed_in(seat.user).get(url("seat-detail", seat.den.reference)).status_code == 404
    assert Message.objects.filter(subject__contains="no longer sits on the panels").exists()


# --- A firm -------------------------------------------------------------------------------------------


def test_pitch_is_withdrawn_taken_up_again_and_submitted() -> None:
    pitch = make_pitch(make_den())
    bob = signed_in(pitch.started_by)
    for name, says, state in [
        ("pitch-withdraw", "Your pitch is withdrawn", PitchState.WITHDRAWN),
        ("pitch-take-back", "Your pitch is a draft again", PitchState.DRAFT),
        ("pitch-submit", "Your pitch is submitted", PitchState.SUBMITTED),
    ]:
        path = url(name, pitch.reference)
        assert bob.get(path).status_code == 200
        assert says in press(bob, path)
        assert Pitch.objects.get().state == state


@pytest.mark.parametrize(("answer", "is_in"), [("yes", True), ("no", False)])
def test_firm_is_asked_answers_and_the_other_hears(answer: str, is_in: bool) -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    partner = make_supplier("Partner Ltd")
    carla = make_member(partner)
    said = send(
        signed_in(pitch.started_by), url("partner-list", pitch.reference), firm="Partner Ltd", role="Homes to test in"
    )
    assert "The firm is asked" in said
    asked = PitchPartner.objects.get()

    assert "Homes to test in" in signed_in(carla).get(url("partner-answer", pitch.reference, asked.pk)).content.decode()
    assert "Your answer is kept" in send(
        signed_in(carla), url("partner-answer", pitch.reference, asked.pk), answer=answer
    )
    assert PitchPartner.objects.filter(agreed_at__isnull=False).exists() is is_in
    assert signed_in(carla).get(pitch.get_absolute_url()).status_code == (200 if is_in else 404)
    assert Message.objects.filter(subject__startswith=f"Partner Ltd will {'' if is_in else 'not '}pitch").exists()


def test_firm_drops_out_with_its_reason() -> None:
    pitch = make_pitch(make_den(state=DenState.SCHEDULING), state=PitchState.ACCEPTED)
    bob, path = signed_in(pitch.started_by), url("pitch-drop-out", pitch.reference)

    assert "Say why, so that the host knows" in bob.post(path, {"reason": " "}).content.decode()
    assert "The host knows that you will not pitch" in send(bob, path, reason="We are ill.")
    assert "We are ill." in signed_in(pitch.den.owner).get(pitch.get_absolute_url()).content.decode()
    assert "cannot drop out" in bob.get(path).content.decode()

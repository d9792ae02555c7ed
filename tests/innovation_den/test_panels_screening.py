"""Screening: two views that neither sees before both are given, what comes of them, and who may not look."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from innovation_den.actions.screening import give_view, settle_screening
from innovation_den.choices import ConflictState, DenState, PitchState, Verdict
from innovation_den.models import Conflict, Den, Pitch, Screening
from innovation_den.queries.screening import Stage, pitches_to_screen, stage_of
from innovation_den.rules import why_not_scheduling
from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications.models import Delivery
from portal.organisations.choices import Role
from portal.organisations.models import Membership
from portal.refusals import Refused
from tests.engagement.makers import make_authority
from tests.factories import make_member, make_supplier, make_user
from tests.innovation_den.makers import NOW, make_den, make_panellist, make_pitch, make_view
from tests.organisations.test_races import at_once

pytestmark = pytest.mark.django_db
WORDS = "Hidden words of the first view"


def make_screening() -> tuple[Pitch, User, User, User]:
    """A pitch, the den's owner, and two writers of the host."""
    host = make_authority()
    owner, one, two = (make_member(host, role=role) for role in (Role.OWNER, Role.EDITOR, Role.EDITOR))
    den = make_den(host, by=owner, state=DenState.SCREENING)
    return make_pitch(den), owner, one, two


def view(pitch: Pitch, by: User, verdict: str = Verdict.ACCEPT, **given: Any) -> Screening:
    given = {"reason": "It meets the challenge.", "submission_key": uuid4(), "now": NOW, **given}
    return give_view(pitch=pitch, verdict=verdict, by=by, **given)


def told(subject: str) -> set[str]:
    return set(Delivery.objects.filter(message__subject__startswith=subject).values_list("email", flat=True))


def page(user: User | None, name: str, *args: Any) -> str:
    client = Client()
    if user:
        client.force_login(user)
    return client.get(reverse(f"innovation_den:{name}", args=args)).content.decode()


# --- What two views come to ---------------------------------------------------------------------------


def test_two_that_say_yes_invite_the_firm() -> None:
    pitch, _, one, two = make_screening()

    view(pitch, one)
    pitch.refresh_from_db()
    assert pitch.state == PitchState.SUBMITTED
    view(pitch, two)

    pitch.refresh_from_db()
    assert (pitch.state, pitch.decided_by, pitch.decided_at) == (PitchState.ACCEPTED, two, NOW)
    assert told("You are invited to pitch") == {pitch.started_by.email}


def test_two_that_say_no_wait_for_words_that_the_firm_reads() -> None:
    pitch, owner, one, two = make_screening()
    view(pitch, one, Verdict.REJECT, reason="Not new.")
    view(pitch, two, Verdict.REJECT, reason="No test.")

    pitch.refresh_from_db()
    assert (pitch.state, stage_of(pitch)) == (PitchState.SUBMITTED, Stage.AGREED)
    assert told("Screening: ") == {owner.email, one.email, two.email}

    with pytest.raises(Refused, match="cannot be invited here"):
        settle_screening(pitch=pitch, verdict=Verdict.ACCEPT, reason="I like it", by=owner, now=NOW)
    with pytest.raises(Refused, match="Say why"):
        settle_screening(pitch=pitch, verdict=Verdict.REJECT, reason="  ", by=one, now=NOW)
    settle_screening(pitch=pitch, verdict=Verdict.REJECT, reason="It is not new.", by=one, now=NOW)

    pitch.refresh_from_db()
    assert (pitch.state, pitch.reason, pitch.decided_by) == (PitchState.REJECTED, "It is not new.", one)
    body = Delivery.objects.get(message__subject__startswith="You are not invited").message.body
    assert "It is not new." in body
    assert "until 10am on 23 November 2026" in body


@pytest.mark.parametrize(("verdict", "state"), [("accept", PitchState.ACCEPTED), ("reject", PitchState.REJECTED)])
def test_two_that_differ_leave_it_to_the_owner(verdict: str, state: str) -> None:
    pitch, owner, one, two = make_screening()
    view(pitch, one, Verdict.ACCEPT)
    view(pitch, two, Verdict.REJECT)

    assert stage_of(pitch) == Stage.SPLIT
    assert told("Screening: ") == {owner.email}
    with pytest.raises(PermissionDenied):
        settle_screening(pitch=pitch, verdict=verdict, reason="Mine", by=one, now=NOW)
    settle_screening(pitch=pitch, verdict=verdict, reason="On balance.", by=owner, now=NOW)

    pitch.refresh_from_db()
    assert (pitch.state, pitch.reason) == (state, "On balance.")
    with pytest.raises(Refused, match="nothing to decide"):
        settle_screening(pitch=pitch, verdict=verdict, reason="Again", by=owner, now=NOW)


def test_owner_who_left_is_followed_by_a_writer_who_gave_no_view() -> None:
    pitch, owner, one, two = make_screening()
    other = make_member(pitch.den.host, role=Role.EDITOR)
    view(pitch, one, Verdict.ACCEPT)
    view(pitch, two, Verdict.REJECT)
    Membership.objects.filter(user=owner).update(ended_at=NOW)

    for person in (owner, one):
        with pytest.raises(PermissionDenied):
            settle_screening(pitch=pitch, verdict=Verdict.ACCEPT, reason="Yes", by=person, now=NOW)
    settle_screening(pitch=pitch, verdict=Verdict.ACCEPT, reason="Yes", by=other, now=NOW)

    assert stage_of(pitch) == Stage.INVITED


# --- Who may not, and when not ------------------------------------------------------------------------


def test_whoever_belongs_to_a_firm_of_the_pitch_is_refused() -> None:
    pitch, _, one, two = make_screening()
    partner = make_supplier("Partner Ltd")
    pitch.partners.create(firm=partner)
    Membership.objects.create(organisation=pitch.firm, user=one, role=Role.VIEWER)
    Membership.objects.create(organisation=partner, user=two, role=Role.VIEWER)

    for person in (one, two):
        with pytest.raises(Refused, match="You belong to a firm of this pitch"):
            view(pitch, person)


def test_member_of_host_and_firm_reads_nothing_of_its_screening() -> None:
    """Who gave which view is the host's alone: their firm hears one text, and so do they."""
    pitch, owner, one, two = make_screening()
    view(pitch, one, Verdict.REJECT, reason=WORDS)
    second = view(pitch, two, Verdict.REJECT, reason="Not new.")
    Membership.objects.create(organisation=pitch.firm, user=owner, role=Role.VIEWER)
    staff = make_user(is_staff=True)
    Membership.objects.create(organisation=pitch.firm, user=staff, role=Role.VIEWER)

    for person in (owner, staff):
        client = Client()
        client.force_login(person)
        for name in ("screening-give", "screening-settle", "appeal-decide"):
            assert client.get(reverse(f"innovation_den:{name}", args=[pitch.reference])).status_code == 404
        assert client.get(reverse("audit:history", args=["innovation_den", "screening", second.pk])).status_code == 404
        assert (pitch.title in page(person, "screening-list", pitch.den.reference)) is False
        assert ("Screening of this pitch" in page(person, "pitch-detail", pitch.reference)) is False
    admin = client.get(reverse("admin:innovation_den_screening_changelist"))
    assert admin.context["cl"].result_count == 0


def test_third_person_and_second_try_are_refused_and_the_same_form_counts_once() -> None:
    pitch, owner, one, two = make_screening()
    key = uuid4()

    assert view(pitch, one, submission_key=key) == view(pitch, one, Verdict.REJECT, submission_key=key)
    with pytest.raises(Refused, match="A view cannot be changed"):
        view(pitch, one, Verdict.REJECT)
    view(pitch, two, Verdict.REJECT)
    with pytest.raises(Refused, match="Two people have given their views"):
        view(pitch, owner)

    assert list(pitch.screenings.values_list("number", "verdict")) == [(1, "accept"), (2, "reject")]


@pytest.mark.parametrize("state", [DenState.OPEN, DenState.SCHEDULING])
def test_only_while_the_den_is_screening(state: str) -> None:
    pitch, _, one, _ = make_screening()
    Den.objects.update(state=state)

    with pytest.raises(Refused, match="once the call has closed"):
        view(pitch, one)


def test_viewers_outsiders_and_those_with_a_conflict_give_no_view() -> None:
    pitch, _, one, _ = make_screening()
    seat = make_panellist(pitch.den, user=one)
    Conflict.objects.create(panellist=seat, pitch=pitch, ground="declared", says="Shares", found_at=NOW)

    for person in (make_member(pitch.den.host, role=Role.VIEWER), make_user(is_staff=True), one):
        with pytest.raises(PermissionDenied):
            view(pitch, person)
    with pytest.raises(Refused, match="Say why"):
        view(pitch, make_member(pitch.den.host, role=Role.EDITOR), reason=" ")


# --- Secrecy ------------------------------------------------------------------------------------------


def test_first_view_is_told_to_nobody_before_the_second() -> None:
    pitch, owner, one, two = make_screening()
    staff, viewer = make_user(is_staff=True), make_member(pitch.den.host, role=Role.VIEWER)
    first = view(pitch, one, Verdict.REJECT, reason=WORDS)
    history = reverse("audit:history", args=["innovation_den", "screening", first.pk])

    for reader in (owner, two, viewer, staff):
        client = Client()
        client.force_login(reader)
        seen = [
            page(reader, "screening-give", pitch.reference),
            page(reader, "screening-list", pitch.den.reference),
            client.get(history).content.decode(),
        ]
        if reader in (owner, two):
            seen.append(page(reader, "screening-settle", pitch.reference))
        assert not any(WORDS in text for text in seen)
        assert "Waiting for one more view" in seen[0]
        assert not any("Do not invite</strong>" in text or f"{one}</strong>: " in text for text in seen)
    client = Client()
    client.force_login(staff)
    assert str(one) not in client.get(reverse("admin:innovation_den_screening_changelist")).content.decode()
    assert client.get(reverse("admin:innovation_den_screening_change", args=[first.pk])).status_code == 302
    told_of = Event.objects.filter(name="innovation_den.screening.given").get()
    assert (told_of.old, told_of.new, told_of.note) == ({}, {}, "")
    assert "reject" not in told_of.target_label.lower()
    assert WORDS in page(one, "screening-give", pitch.reference)

    view(pitch, two, Verdict.ACCEPT)

    for reader in (owner, two, viewer, staff):
        assert WORDS in page(reader, "screening-give", pitch.reference)


def test_firm_reads_no_view_and_no_screener() -> None:
    pitch, owner, one, two = make_screening()
    view(pitch, one, Verdict.REJECT, reason=WORDS)
    view(pitch, two, Verdict.REJECT, reason="Not new.")
    settle_screening(pitch=pitch, verdict=Verdict.REJECT, reason="It is not new.", by=owner, now=NOW)
    client = Client()
    client.force_login(pitch.started_by)

    assert client.get(reverse("innovation_den:screening-give", args=[pitch.reference])).status_code == 404
    text = page(pitch.started_by, "appeal-create", pitch.reference)
    assert ("It is not new." in text, WORDS in text) == (True, False)
    User.objects.filter(pk=owner.pk).update(name="Olive Owner")
    history = client.get(reverse("audit:history", args=["innovation_den", "pitch", pitch.pk]))
    assert (history.status_code, "Olive Owner" in history.content.decode()) == (200, False)


def test_firm_that_joins_in_reads_why_and_is_led_nowhere_that_is_shut() -> None:
    """Only the firm that leads may appeal."""
    pitch, owner, one, two = make_screening()
    partner = make_supplier("Partner Ltd")
    pitch.partners.create(firm=partner, agreed_at=NOW)
    reader, writer = make_member(partner, role=Role.VIEWER), make_member(partner)
    for person in (one, two):
        view(pitch, person, Verdict.REJECT)
    settle_screening(pitch=pitch, verdict=Verdict.REJECT, reason="It is not new.", by=owner, now=NOW)
    message = Delivery.objects.get(recipient=writer).message
    client = Client()
    client.force_login(writer)

    assert "It is not new." in client.get(message.path).content.decode()
    for person, may_appeal in ((reader, False), (writer, False), (pitch.started_by, True)):
        text = page(person, "pitch-detail", pitch.reference)
        assert ("It is not new." in text, "Appeal against this" in text) == (True, may_appeal)


def test_den_that_was_called_off_meanwhile_invites_nobody() -> None:
    pitch, owner, one, two = make_screening()
    for person in (one, two):
        view(pitch, person, Verdict.REJECT)
    Den.objects.update(state=DenState.ARCHIVED, called_off_reason="No money")

    with pytest.raises(Refused, match="nothing to decide"):
        settle_screening(pitch=pitch, verdict=Verdict.REJECT, reason="No", by=owner, now=NOW)


# --- The list -----------------------------------------------------------------------------------------


def test_list_says_how_far_each_is_and_is_narrowed() -> None:
    pitch, owner, one, two = make_screening()
    den = pitch.den
    split, half = make_pitch(den, title="Split"), make_pitch(den, title="Half")
    make_pitch(den, title="Draft", state=PitchState.DRAFT)
    make_view(split, one, Verdict.ACCEPT)
    make_view(split, two, Verdict.REJECT)
    make_view(half, two)

    assert {p.title: p.stage for p in pitches_to_screen(den, owner)} == {  # type: ignore[attr-defined]
        "Half": "one",
        "Sensors that smell mould, 1": "none",
        "Split": "split",
    }
    client = Client()
    client.force_login(one)
    text = client.get(reverse("innovation_den:screening-list", args=[den.reference]), {"stage": "split"}).content
    assert (b"Split</a>" in text, b"Half</a>" in text, b"You have given your view" in text) == (True, False, True)


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_one_as_for_three(count: int, django_assert_num_queries: Any) -> None:
    pitch, owner, one, _ = make_screening()
    for _ in range(count - 1):
        make_view(make_pitch(pitch.den), one)
    client = Client()
    client.force_login(owner)
    address = reverse("innovation_den:screening-list", args=[pitch.den.reference])
    client.get(address)

    with django_assert_num_queries(10):
        client.get(address)


# --- Planning waits -----------------------------------------------------------------------------------


def test_planning_waits_for_every_pitch_and_every_conflict() -> None:
    pitch, _, one, two = make_screening()
    assert why_not_scheduling(pitch.den, NOW) == ["1 pitch is not decided on. Finish the screening"]

    view(pitch, one)
    view(pitch, two)
    assert why_not_scheduling(pitch.den, NOW) == []

    seat = make_panellist(pitch.den)
    conflict = Conflict.objects.create(panellist=seat, pitch=pitch, ground="group", says="Kin", found_at=NOW)
    assert why_not_scheduling(pitch.den, NOW) == ["1 conflict waits for a decision. Confirm or dismiss each"]
    Conflict.objects.filter(pk=conflict.pk).update(state=ConflictState.CONFIRMED)
    assert why_not_scheduling(pitch.den, NOW) == []


# --- What the database holds, and races ---------------------------------------------------------------


def test_database_takes_no_third_view_and_none_without_reason() -> None:
    pitch, owner, one, two = make_screening()
    make_view(pitch, one)
    for fields in ({"number": 1}, {"number": 3}, {"number": 2, "reason": ""}):
        row = {"pitch": pitch, "screener": two, "verdict": "accept", "reason": "Why", "given_at": NOW, **fields}
        with pytest.raises(IntegrityError), transaction.atomic():
            Screening.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_view(pitch, one)
    assert owner


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_two_second_views_at_once_decide_once(_round: int) -> None:
    pitch, owner, one, two = make_screening()
    make_view(pitch, one)

    results = at_once([partial(view, pitch, owner), partial(view, pitch, two), partial(view, pitch, two)])

    assert sum(isinstance(result, Screening) for result in results) == 1
    assert sum(isinstance(result, Refused) for result in results) == 2
    assert pitch.screenings.count() == 2
    assert Event.objects.filter(name="innovation_den.pitch.accepted").count() == 1
    assert Pitch.objects.get().state == PitchState.ACCEPTED

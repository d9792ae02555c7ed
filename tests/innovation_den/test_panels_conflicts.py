"""Conflicts: what is found and from what, what each hides, and that none is ever ignored."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from engagement.models import Response
from innovation_den.actions.conflicts import decide_conflict, declare_conflict, find_conflicts, recuse
from innovation_den.choices import ConflictGround, ConflictState, DenState, PanelSector, PitchState
from innovation_den.models import Conflict, Panellist, Pitch
from innovation_den.queries.conflicts import hidden_pairs
from innovation_den.tasks import look_for_conflicts
from portal.notifications.models import Delivery
from portal.organisations.choices import Role
from portal.organisations.models import EmailDomain, Membership, Organisation
from portal.refusals import Refused
from techmap.models import CapabilityClaim, Evidence, NameMatch, SupplierProfile
from tests.engagement.makers import make_authority, make_capability, make_request, make_response
from tests.factories import make_member, make_supplier, make_user
from tests.innovation_den.makers import NOW, make_den, make_panellist, make_pitch
from tests.reporting.makers import make_contract

pytestmark = pytest.mark.django_db


def make_two(sector: str = PanelSector.LOCAL, *, employer: Organisation | None = None) -> tuple[Pitch, Panellist]:
    """An invited pitch, and a panellist whose employer is known here."""
    den = make_den(state=DenState.SCHEDULING)
    employer = employer or make_authority("Birch Vale Council")
    pitch = make_pitch(den, state=PitchState.ACCEPTED)
    seat = make_panellist(den, sector=sector, employer=employer, employer_name=employer.name)
    return pitch, seat


def found(pitch: Pitch) -> list[tuple[str, str]]:
    find_conflicts(pitch.den, NOW)
    return list(pitch.conflicts.order_by("ground").values_list("ground", "says"))


# --- What is found ------------------------------------------------------------------------------------


def test_strangers_have_no_conflict() -> None:
    pitch, _ = make_two()

    assert found(pitch) == []


def test_employer_that_is_a_firm_of_the_pitch() -> None:
    pitch, _seat = make_two()
    Panellist.objects.update(employer=pitch.firm)

    assert found(pitch) == [("employer", f"Works for {pitch.firm}")]


def test_employer_by_membership_also_of_a_firm_that_was_asked_to_join_in() -> None:
    pitch, seat = make_two()
    partner = make_supplier("Partner Ltd")
    pitch.partners.create(firm=partner)
    Membership.objects.create(organisation=partner, user=seat.user, role=Role.VIEWER)

    assert found(pitch) == [("employer", "Belongs to Partner Ltd on this service")]


def test_employer_by_the_name_as_it_is_written() -> None:
    pitch, _ = make_two()
    Panellist.objects.update(employer=None, employer_name="THE DAMP HOMES Firm 1 Limited")
    Organisation.objects.filter(pk=pitch.firm_id).update(name="Damp Homes Firm 1 Ltd")

    assert [ground for ground, _ in found(pitch)] == ["employer"]


def test_employer_by_e_mail_domain_but_not_one_that_everybody_has() -> None:
    pitch, _seat = make_two()
    EmailDomain.objects.create(organisation=pitch.firm, domain="gmail.com")
    Panellist.objects.update(email="somebody@gmail.com")
    assert found(pitch) == []

    EmailDomain.objects.create(organisation=pitch.firm, domain="damp.example")
    Panellist.objects.update(email="somebody@damp.example")
    assert found(pitch) == [("employer", f"Has an e-mail address of {pitch.firm}")]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"street_address": "1 Mill Lane", "postal_code": "AB1 2CD"}, "have the same address"),
        ({"website": "https://www.group.example/about"}, "share a website or an e-mail domain"),
    ],
)
def test_group_by_what_both_share(fields: dict[str, str], says: str) -> None:
    pitch, seat = make_two()
    Organisation.objects.filter(pk__in=[pitch.firm_id, seat.employer_id]).update(**fields)

    assert found(pitch) == [("group", f"{seat.employer} and {pitch.firm} {says}")]


def test_group_by_names_that_may_be_one() -> None:
    pitch, seat = make_two(employer=make_supplier("Damp Homes Firm One Ltd"))
    first, second = sorted([pitch.firm, seat.employer], key=lambda firm: firm.pk)  # type: ignore[union-attr]
    NameMatch.objects.create(first=first, second=second, score=95)

    assert [ground for ground, _ in found(pitch)] == ["group"]


@pytest.mark.parametrize("bears", ["claim", "evidence"])
@pytest.mark.parametrize("whose", ["pitch", "den"])
def test_competitor_among_large_suppliers_alone(bears: str, whose: str) -> None:
    capability = make_capability()
    pitch, seat = make_two(PanelSector.SUPPLIER, employer=make_supplier("Giant plc", size="large"))
    (pitch if whose == "pitch" else pitch.den).capabilities.add(capability)
    assert found(pitch) == []

    if bears == "claim":
        profile = SupplierProfile.objects.create(organisation=seat.employer)
        CapabilityClaim.objects.create(profile=profile, capability=capability)
    else:
        Evidence.objects.create(
            supplier=seat.employer, capability=capability, kind="award", source="1", title="T", dated=NOW.date()
        )
    Panellist.objects.update(sector=PanelSector.LOCAL)
    assert found(pitch) == []

    Panellist.objects.update(sector=PanelSector.SUPPLIER)
    assert found(pitch) == [("competitor", f"Giant plc offers the same: {capability.name}")]


def test_whoever_is_of_a_firm_that_pitches_hears_no_other_pitch_of_the_den() -> None:
    own, seat = make_two()
    rival = make_pitch(own.den, state=PitchState.ACCEPTED)
    Membership.objects.create(organisation=own.firm, user=seat.user, role=Role.VIEWER)

    assert [ground for ground, _ in found(own)] == ["employer"]
    says = f"Works for {own.firm} or belongs to it, which pitches in this den too"
    assert list(rival.conflicts.values_list("ground", "says")) == [("competitor", says)]
    assert list(Pitch.objects.visible_to(seat.user)) == [own]  # type: ignore[arg-type]  # through the firm


@pytest.mark.parametrize(
    ("ends", "grounds"), [(date(2026, 12, 1), ["contract"]), (date(2025, 1, 1), ["contract"]), (date(2024, 10, 1), [])]
)
def test_contract_of_the_last_two_years(ends: date, grounds: list[str]) -> None:
    pitch, seat = make_two()
    assert seat.employer
    contract = make_contract(seat.employer, pitch.firm, make_member(seat.employer), title="Secret contract")
    type(contract).objects.update(baseline_start=date(2023, 1, 1), current_end=ends)

    result = found(pitch)

    assert [ground for ground, _ in result] == grounds
    assert not any("Secret" in says for _, says in result)


def test_contract_by_a_published_award() -> None:
    pitch, seat = make_two()
    Evidence.objects.create(
        supplier=pitch.firm, buyer=seat.employer, kind="award", source="1", title="T", dated=date(2026, 2, 3)
    )

    assert found(pitch) == [
        ("contract", f"A notice of 3 February 2026 shows business between {seat.employer} and {pitch.firm}")
    ]


@pytest.mark.parametrize(("days", "grounds"), [(30, ["engagement"]), (400, [])])
def test_engagement_contact_of_the_last_year(days: int, grounds: list[str]) -> None:
    pitch, seat = make_two()
    assert seat.employer
    request = make_request(seat.employer, by=make_member(seat.employer))
    make_response(request, pitch.firm, pitch.started_by)
    Response.objects.update(state="submitted", submitted_at=NOW - timedelta(days=days), submitted_by=pitch.started_by)

    assert [ground for ground, _ in found(pitch)] == grounds


def test_finding_again_finds_nothing_new_and_keeps_what_was_decided() -> None:
    pitch, _seat = make_two()
    Panellist.objects.update(employer=pitch.firm)
    assert find_conflicts(pitch.den, NOW) == 1
    Conflict.objects.update(state=ConflictState.DISMISSED, reason="A namesake")

    assert find_conflicts(pitch.den, NOW) == 0
    look_for_conflicts()
    assert Conflict.objects.get().state == ConflictState.DISMISSED
    assert Delivery.objects.filter(message__subject__startswith="A possible conflict").count() == 1


@pytest.mark.parametrize("more", [0, 2])
def test_looks_as_often_for_one_as_for_many(more: int, django_assert_num_queries: Any) -> None:
    pitch, _ = make_two()
    for _ in range(more):
        make_pitch(pitch.den, state=PitchState.ACCEPTED)
        make_panellist(pitch.den, employer=make_authority("Oak Council"), employer_name="Oak Council")

    with django_assert_num_queries(19):
        find_conflicts(pitch.den, NOW)


# --- What is hidden, and what is decided ---------------------------------------------------------------


def test_open_and_confirmed_hide_and_dismissed_shows_again() -> None:
    pitch, seat = make_two()
    assert seat.user
    seen = Pitch.objects.visible_to(seat.user)
    assert list(seen) == [pitch]

    conflict = declare_conflict(pitch=pitch, panellist=seat, says="My sister founded it", by=seat.user, now=NOW)
    owner = pitch.den.owner
    assert (list(seen.all()), hidden_pairs(pitch.den)) == ([], {(seat.pk, pitch.pk)})
    decide_conflict(conflict=conflict, is_confirmed=True, reason="", by=owner, now=NOW)
    assert list(seen.all()) == []
    decide_conflict(conflict=conflict, is_confirmed=False, reason="Sold her shares", by=owner, now=NOW)
    assert (list(seen.all()), hidden_pairs(pitch.den)) == ([pitch], set())

    declare_conflict(pitch=pitch, panellist=seat, says="She is back", by=seat.user, now=NOW)
    conflict.refresh_from_db()
    assert (conflict.state, conflict.says, conflict.reason) == (ConflictState.OPEN, "She is back", "")


def test_recusal_hides_at_once_and_is_not_dismissed() -> None:
    pitch, seat = make_two()
    assert seat.user
    conflict = recuse(pitch=pitch, panellist=seat, reason="I know them", by=seat.user, now=NOW)

    assert (conflict.ground, conflict.state) == (ConflictGround.RECUSED, ConflictState.CONFIRMED)
    assert recuse(pitch=pitch, panellist=seat, reason="Again", by=seat.user, now=NOW) == conflict
    assert list(Pitch.objects.visible_to(seat.user)) == []
    with pytest.raises(Refused, match="cannot be dismissed"):
        decide_conflict(conflict=conflict, is_confirmed=False, reason="No", by=pitch.den.owner, now=NOW)


def test_dismissal_needs_a_reason_and_a_second_decision_is_told() -> None:
    pitch, seat = make_two()
    conflict = Conflict.objects.create(panellist=seat, pitch=pitch, ground="group", says="Kin", found_at=NOW)
    with pytest.raises(Refused, match="Say why"):
        decide_conflict(conflict=conflict, is_confirmed=False, reason=" ", by=pitch.den.owner, now=NOW)
    decide_conflict(conflict=conflict, is_confirmed=True, reason="", by=pitch.den.owner, now=NOW)
    with pytest.raises(Refused, match="is confirmed already"):
        decide_conflict(conflict=conflict, is_confirmed=True, reason="", by=pitch.den.owner, now=NOW)


def test_nobody_decides_on_their_own_and_only_writers_of_the_host_decide() -> None:
    pitch, seat = make_two()
    own = make_panellist(pitch.den, user=make_member(pitch.den.host, role=Role.EDITOR))
    conflict = Conflict.objects.create(panellist=own, pitch=pitch, ground="group", says="Kin", found_at=NOW)
    for person in (own.user, seat.user, make_user(is_staff=True), make_member(pitch.den.host, role=Role.VIEWER)):
        with pytest.raises(PermissionDenied):
            decide_conflict(conflict=conflict, is_confirmed=False, reason="No", by=person, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied):
        declare_conflict(pitch=pitch, panellist=own, says="For another", by=pitch.den.owner, now=NOW)
    with pytest.raises(PermissionDenied):
        recuse(pitch=pitch, panellist=own, reason="For another", by=make_user(), now=NOW)


def test_organiser_who_belongs_to_the_firm_does_not_choose_who_hears_it() -> None:
    pitch, seat = make_two()
    conflict = Conflict.objects.create(panellist=seat, pitch=pitch, ground="group", says="Kin", found_at=NOW)
    Membership.objects.create(organisation=pitch.firm, user=pitch.den.owner, role=Role.VIEWER)
    client = Client()
    client.force_login(pitch.den.owner)

    with pytest.raises(PermissionDenied):
        decide_conflict(conflict=conflict, is_confirmed=True, reason="", by=pitch.den.owner, now=NOW)
    page = reverse("innovation_den:conflict-decide", args=[pitch.den.reference, conflict.pk])
    assert client.get(page).status_code == 404
    assert client.get(reverse("audit:history", args=["innovation_den", "conflict", conflict.pk])).status_code == 404


def test_list_shows_no_organiser_what_a_conflict_hides_from_them() -> None:
    pitch, _ = make_two()
    own = make_panellist(pitch.den, user=make_member(pitch.den.host, role=Role.EDITOR))
    Conflict.objects.create(panellist=own, pitch=pitch, ground="group", says="Kin of theirs", found_at=NOW)
    address = reverse("innovation_den:conflict-list", args=[pitch.den.reference])
    mine, owners = Client(), Client()
    mine.force_login(own.user)  # type: ignore[arg-type]
    owners.force_login(pitch.den.owner)

    assert (b"Kin of theirs" in mine.get(address).content, b"Kin of theirs" in owners.get(address).content) == (
        False,
        True,
    )


def test_page_decides_and_says_what_is_missing() -> None:
    pitch, seat = make_two()
    conflict = Conflict.objects.create(panellist=seat, pitch=pitch, ground="group", says="Kin", found_at=NOW)
    client = Client()
    client.force_login(pitch.den.owner)
    address = reverse("innovation_den:conflict-decide", args=[pitch.den.reference, conflict.pk])

    assert b"Say why this is no conflict" in client.post(address, {"decision": "dismiss", "reason": ""}).content
    assert b"Choose whether to confirm" in client.post(address, {"reason": "x"}).content
    assert client.post(address, {"decision": "dismiss", "reason": "A namesake"}).status_code == 302
    conflict.refresh_from_db()
    assert (conflict.state, conflict.reason, conflict.decided_by) == ("dismissed", "A namesake", pitch.den.owner)


def test_second_to_decide_is_told_of_the_first() -> None:
    """Who opened the page before a colleague dismissed it does not turn that round unread."""
    pitch, seat = make_two()
    conflict = Conflict.objects.create(panellist=seat, pitch=pitch, ground="group", says="Kin", found_at=NOW)
    client = Client()
    client.force_login(pitch.den.owner)
    address = reverse("innovation_den:conflict-decide", args=[pitch.den.reference, conflict.pk])
    was = client.get(address).context["form"]["was"].value()
    colleague = make_member(pitch.den.host, role=Role.EDITOR, name="Carla Colleague")
    decide_conflict(conflict=conflict, is_confirmed=False, reason="A namesake", by=colleague, now=NOW)

    late = client.post(address, {"decision": "confirm", "reason": "", "was": was})

    assert "Carla Colleague decided on this conflict meanwhile" in late.content.decode()
    conflict.refresh_from_db()
    assert (conflict.state, conflict.reason) == ("dismissed", "A namesake")


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_one_as_for_three(count: int, django_assert_num_queries: Any) -> None:
    pitch, _ = make_two()
    for _ in range(count):
        seat = make_panellist(pitch.den)
        Conflict.objects.create(panellist=seat, pitch=pitch, ground="group", says="Kin", found_at=NOW)
    client = Client()
    client.force_login(pitch.den.owner)
    address = reverse("innovation_den:conflict-list", args=[pitch.den.reference])
    client.get(address)

    with django_assert_num_queries(11):
        client.get(address)


def test_database_takes_no_dismissal_without_reason_and_no_unknown_state() -> None:
    pitch, seat = make_two()
    Conflict.objects.create(panellist=seat, pitch=pitch, ground="group", says="Kin", found_at=NOW)
    for fields in ({"state": "dismissed"}, {"state": "ignored"}, {"ground": "dislike"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Conflict.objects.update(**fields)

"""A supplier that is merged into another takes what the dens hold of it along, and back."""

from __future__ import annotations

from typing import Any

import pytest

from innovation_den.actions.partners import answer_partner
from innovation_den.choices import ConflictGround, DenState, PanelSector, PilotState, PitchState
from innovation_den.models import Booking, Conflict, Den, Panellist, Pilot, Pitch, PitchPartner
from portal.accounts.models import User
from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap.actions.merges import merge_suppliers, undo_merge
from techmap.models import Merge
from tests.factories import make_member, make_supplier, make_user
from tests.innovation_den.day_makers import make_slot
from tests.innovation_den.makers import NOW, make_den, make_panellist, make_pilot, make_pitch
from tests.techmap.merge_makers import make_imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return make_user("staff@example.org", name="Sam Reeve", is_staff=True)


@pytest.fixture
def kept() -> Organisation:
    return make_supplier("Larkspur Systems Ltd")


@pytest.fixture
def folded() -> Organisation:
    return make_imported("LARKSPUR SYSTEMS")


def pitch_of(den: Den, firm: Organisation, **fields: Any) -> Pitch:
    return make_pitch(den, firm, by=make_user(name="Ann Lowe"), **fields)


def merge(kept: Organisation, folded: Organisation, staff: User) -> Merge:
    return merge_suppliers(kept=kept, folded=folded, by=staff, now=NOW)


def firms() -> dict[str, list[tuple[Any, ...]]]:
    """Whose everything is."""
    return {
        "pitches": sorted(Pitch.objects.values_list("pk", "firm")),
        "pilots": sorted(Pilot.objects.values_list("pk", "firm")),
        "partners": sorted(PitchPartner.objects.values_list("pk", "firm")),
        "bookings": sorted(Booking.objects.exclude(firm=None).values_list("pk", "firm")),
        "seats": sorted(Panellist.objects.values_list("pk", "employer"), key=str),
    }


def joined(pitch: Pitch, firm: Organisation, **fields: Any) -> PitchPartner:
    return PitchPartner.objects.create(pitch=pitch, firm=firm, **fields)


def test_all_of_it_goes_and_comes_back_exactly(kept: Organisation, folded: Organisation, staff: User) -> None:
    den = make_den(state=DenState.ON_THE_DAY)
    pitch = pitch_of(den, folded, state=PitchState.ACCEPTED)
    make_slot(pitch, [])
    pilot = make_pilot(pitch)
    other = make_pitch(den, state=PitchState.ACCEPTED)
    slot = make_slot(other, [], 1)
    partner = joined(other, folded, agreed_at=NOW)
    booking = Booking.objects.create(slot=slot, kind="firm", firm=folded, during=(slot.starts_at, slot.ends_at))
    seat = make_panellist(make_den(title="Potholes"), sector=PanelSector.SUPPLIER, employer=folded)
    before = firms()

    made = merge(kept, folded, staff)

    for row, name in ((pitch, "firm"), (pilot, "firm"), (partner, "firm"), (booking, "firm"), (seat, "employer")):
        row.refresh_from_db()
        assert getattr(row, name) == kept
    assert {name: made.moved[name] for name in ("pitches", "joint_pitches", "panel_seats")} == {
        "pitches": [pitch.pk],
        "joint_pitches": [partner.pk],
        "panel_seats": [seat.pk],
    }
    undo_merge(merge=made, by=staff, now=NOW)
    assert firms() == before


@pytest.mark.parametrize(
    ("most", "state", "goes"),
    [(1, PitchState.DRAFT, False), (2, PitchState.DRAFT, True), (1, PitchState.WITHDRAWN, True)],
)
def test_one_firm_leads_no_more_pitches_than_the_den_allows(
    kept: Organisation, folded: Organisation, staff: User, most: int, state: str, goes: bool
) -> None:
    den = make_den(most_pitches_each=most)
    pitch_of(den, kept)
    pitch = pitch_of(den, folded, state=state)
    made = merge(kept, folded, staff)
    pitch.refresh_from_db()
    assert (pitch.firm, made.moved.get("pitches")) == ((kept, [pitch.pk]) if goes else (folded, None))
    undo_merge(merge=made, by=staff, now=NOW)
    pitch.refresh_from_db()
    assert pitch.firm == folded


def test_nobody_pitches_together_with_themselves(kept: Organisation, folded: Organisation, staff: User) -> None:
    den = make_den(most_pitches_each=3)
    joined(pitch_of(den, kept), folded)  # the one that is kept leads
    joined(pitch_of(den, folded), kept)  # the one that is kept joins in
    both = pitch_of(den, make_supplier("Third Ltd"))
    joined(both, folded)
    joined(both, kept)
    before = firms()
    made = merge(kept, folded, staff)
    assert firms() == before
    assert not {"pitches", "joint_pitches"} & made.moved.keys()


def test_pitch_heard_while_the_other_is_heard_stays_behind(
    kept: Organisation, folded: Organisation, staff: User
) -> None:
    own = make_slot(pitch_of(make_den(), kept, state=PitchState.ACCEPTED), [])
    at_once = make_slot(pitch_of(make_den(title="Potholes"), folded, state=PitchState.ACCEPTED), [])
    make_pilot(at_once.pitch)
    assert own.starts_at == at_once.starts_at
    before = firms()
    merge(kept, folded, staff)
    assert firms() == before


def test_new_employer_hides_its_pitch_at_once(kept: Organisation, folded: Organisation, staff: User) -> None:
    den = make_den(state=DenState.SCHEDULING)
    seat = make_panellist(den, sector=PanelSector.SUPPLIER, employer=folded)
    pitch = pitch_of(den, kept, state=PitchState.ACCEPTED)
    assert seat.user
    assert Pitch.objects.visible_to(seat.user).filter(pk=pitch.pk).exists()
    merge(kept, folded, staff)
    assert not Pitch.objects.visible_to(seat.user).filter(pk=pitch.pk).exists()
    assert ConflictGround.EMPLOYER in set(Conflict.objects.values_list("ground", flat=True))


def test_employer_that_a_panellist_changed_since_stays(kept: Organisation, folded: Organisation, staff: User) -> None:
    seat = make_panellist(make_den(), employer=folded)
    made = merge(kept, folded, staff)
    third = make_supplier("Third Ltd")
    Panellist.objects.filter(pk=seat.pk).update(employer=third)
    undo_merge(merge=made, by=staff, now=NOW)
    seat.refresh_from_db()
    assert seat.employer == third


def test_what_its_people_agreed_to_or_worked_on_stays_theirs(
    kept: Organisation, folded: Organisation, staff: User
) -> None:
    bob = make_member(kept)
    den = make_den(most_pitches_each=2)
    partner = joined(make_pitch(den, title="Sensors"), folded)
    pitch = pitch_of(den, folded, title="Drones", state=PitchState.ACCEPTED)
    pilot = make_pilot(pitch, state=PilotState.DRAFT)
    made = merge(kept, folded, staff)
    partner.refresh_from_db()
    answer_partner(partner=partner, agrees=True, by=bob, now=NOW)
    record("innovation_den.pilot.saved", target=pilot, by=bob)
    after = firms()
    with pytest.raises(Refused) as refused:
        undo_merge(merge=made, by=staff, now=NOW)
    assert [reason.message for reason in refused.value.reasons] == [
        "Larkspur Systems Ltd has worked on a pitch that came by the merge.",
        "Larkspur Systems Ltd has agreed to join in a pitch that came by the merge.",
    ]
    assert firms() == after


def test_row_left_behind_comes_once_there_is_room(kept: Organisation, folded: Organisation, staff: User) -> None:
    """A third supplier's pitch took the one place; when its merge is undone, the one that waited moves up."""
    den = make_den()
    third = make_imported("LARKSPUR", sources=("spend:7",))
    first, second = pitch_of(den, third), pitch_of(den, folded)
    made = merge(kept, third, staff)
    merge(kept, folded, staff)
    undo_merge(merge=made, by=staff, now=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.firm, second.firm) == (third, kept)

"""Who may do what in a den, by today's memberships and seats. Rules of state and time belong to the actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from innovation_den.choices import HIDING, DenState, Side
from innovation_den.models import Booking, Conflict, Den, Panellist, Pilot, Pitch, ScoreSheet
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation, can_write_for

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.files.models import StoredFile

    Person = User | AnonymousUser


def can_host(user: Person, organisation: Organisation) -> bool:
    """Writers of a public body may set up a den for it."""
    return organisation.is_public_body and can_write_for(user, organisation)


def can_organise(user: Person, den: Den) -> bool:
    """Writers of the host run the den."""
    return can_write_for(user, den.host)


def can_view_work(user: Person, den: Den) -> bool:
    """Members of the host, and staff, see how it is run; what they may see of each pitch is another matter."""
    return can_view_organisation(user, den.host)


def can_take_part(user: Person, firm: Organisation) -> bool:
    """Writers of a supplier may pitch; whether it is verified and eligible is for the action to say."""
    return firm.is_supplier and can_write_for(user, firm)


def seat_of(user: Person, den: Den) -> Panellist | None:
    """The seat that the user holds today on the den's panels."""
    return Panellist.objects.of_user(user).filter(den=den).first()


def can_chair(user: Person, den: Den) -> bool:
    """A chair among the panellists sees who has scored, and after the day what was scored."""
    return Panellist.objects.of_user(user).filter(den=den, is_chair=True).exists()


def can_run_day(user: Person, den: Den) -> bool:
    """The host's writers, and the chair, say who is here and whose turn it is."""
    return can_organise(user, den) or can_chair(user, den)


def can_seat(user: Person, pitch: Pitch) -> bool:
    """The host's writers give out seats, and on the day the chair; nobody does who has a part in the pitch."""
    runs = can_organise(user, pitch.den) or (pitch.den.state == DenState.ON_THE_DAY and can_chair(user, pitch.den))
    return runs and Pitch.objects.without_part_of(user).filter(pk=pitch.pk).exists()


def can_follow_day(user: Person, den: Den) -> bool:
    """Who may read the run sheet: those who run the day, the host's other members, and staff."""
    return can_view_work(user, den) or can_chair(user, den)


def scoring_seat(user: Person, pitch: Pitch) -> Panellist | None:
    """The seat that the user scores the pitch from: booked for its slot today, with no conflict over it."""
    booked = Booking.objects.filter(slot__pitch=pitch, slot__cancelled_at=None).exclude(panellist=None)
    conflicts = Conflict.objects.filter(pitch=pitch, panellist=OuterRef("pk"), state__in=HIDING)
    seats = Panellist.objects.of_user(user).filter(den=pitch.den_id, pk__in=booked.values("panellist"))
    return seats.exclude(Exists(conflicts)).first()


def can_read_sheet(user: Person, sheet: ScoreSheet) -> bool:
    """Nobody reads another's sheet of a pitch before they have submitted their own."""
    return ScoreSheet.objects.visible_to(user).filter(pk=sheet.pk).exists()


def sides_of(user: Person, pilot: Pilot) -> list[str]:
    """The sides of a pilot that the user writes for; a conflict over the pitch takes the sponsor's away."""
    if not Pilot.objects.work_of(user).filter(pk=pilot.pk).exists():
        return []
    sides = [(Side.SPONSOR, pilot.sponsor), (Side.FIRM, pilot.firm)]
    is_free = Pitch.objects.without_conflicts_of(user).filter(pk=pilot.pitch_id).exists()
    return [side for side, one in sides if can_write_for(user, one) and (is_free or side == Side.FIRM)]


def can_sponsor(user: Person, pilot: Pilot) -> bool:
    """Writers of the sponsor start a pilot and publish what was learnt."""
    return Side.SPONSOR in sides_of(user, pilot)


def sees_all_pitches(user: Person, den: Den) -> bool:
    """Whether no conflict hides a pitch of the den from the user: a draft of the day shows them all."""
    return (
        not user.is_authenticated
        or not Conflict.objects.filter(panellist__user=user, pitch__den=den, state__in=HIDING)
        .exclude(pitch__in=Pitch.objects.of_firms_of(user).values("pk"))
        .exists()
    )


def can_schedule(user: Person, den: Den) -> bool:
    """Writers of the host plan the day and release it, unless a conflict hides a pitch from them."""
    return can_organise(user, den) and sees_all_pitches(user, den)


def can_read_file(user: Person, stored_file: StoredFile, now: datetime) -> bool:
    """A file is read by those who may read a pitch that it belongs to: never by a panellist with a conflict over it."""
    return Pitch.objects.visible_to(user).filter(files=stored_file).exists()

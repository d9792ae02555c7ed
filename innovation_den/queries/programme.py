"""The released programme: who sees which slot, whose it is, and who could take a seat that has fallen free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from innovation_den.choices import HIDING, Booked
from innovation_den.models import Booking, Conflict, Den, FreeHalfDay, Panellist, Pitch, PitchPartner, Release, Slot
from portal.organisations.models import Organisation

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

    Person = User | AnonymousUser

AGREED = Prefetch(
    "partners", PitchPartner.objects.filter(agreed_at__isnull=False).select_related("firm"), to_attr="agreed"
)
SEATS = Prefetch(
    "bookings",
    Booking.objects.filter(kind=Booked.PANELLIST)
    .select_related("panellist")
    .order_by("panellist__name", "panellist_id"),
    to_attr="seats",
)


def programme_of(den: Den) -> QuerySet[Slot]:
    """Every slot that stands, in the order of the day, with what its row shows."""
    return with_rows(Slot.objects.filter(den=den, cancelled_at=None))


def with_rows(slots: QuerySet[Slot]) -> QuerySet[Slot]:
    agreed = Prefetch("pitch__partners", AGREED.queryset, to_attr="agreed")
    return slots.select_related("pitch__firm", "room", "session", "den__host").prefetch_related(agreed, SEATS)


def seen_pitches(user: Person) -> QuerySet[Pitch]:
    """All but those that a conflict hides from the user; a firm's own are never hidden from it."""
    own = Pitch.objects.of_firms_of(user).values("pk")
    return Pitch.objects.filter(Q(pk__in=own) | Q(pk__in=Pitch.objects.without_conflicts_of(user).values("pk")))


def visible_programme(den: Den, user: Person) -> QuerySet[Slot]:
    """What is public of the day, without what a conflict hides from this reader: trust, row 5."""
    return programme_of(den).filter(pitch__in=seen_pitches(user).values("pk"))


def released_dens(user: Person) -> QuerySet[Den]:
    """Dens whose programme is public."""
    return Den.objects.visible_to(user).filter(Exists(Release.objects.filter(den=OuterRef("pk"))))


def last_release(den: Den) -> Release | None:
    return den.releases.order_by("-number").first()


def firms_in(pitch: Pitch) -> list[Organisation]:
    """Who gives it: the firm that leads, then those that agreed to join in. Of a pitch that was read with `AGREED`."""
    return [pitch.firm, *(partner.firm for partner in pitch.agreed)]  # type: ignore[attr-defined]


def panel_of(slot: Slot) -> list[Panellist]:
    """Of a slot that was read with its seats."""
    return [seat.panellist for seat in slot.seats]  # type: ignore[attr-defined]


# --- Whose it is -----------------------------------------------------------------------------------


def slots_of(user: Person) -> QuerySet[Slot]:
    """The slots that the user is expected at: with a firm of theirs, or on the panel."""
    if not user.is_authenticated or not user.is_active:
        return Slot.objects.none()
    mine = Organisation.objects.of_user(user).values("pk")
    seats = Panellist.objects.of_user(user).values("pk")
    taken = Booking.objects.filter(slot=OuterRef("pk")).filter(Q(firm__in=mine) | Q(panellist__in=seats))
    slots = Slot.objects.filter(Exists(taken), cancelled_at=None, pitch__in=seen_pitches(user).values("pk"))
    return with_rows(slots)


def joins_in(user: Person, den: Den) -> bool:
    """Whether the user pitches in the den or sits on its panels: who sees the links to its rooms."""
    if not user.is_authenticated or not user.is_active:
        return False
    return (
        Panellist.objects.of_user(user).filter(den=den).exists()
        or Pitch.objects.of_firms_of(user).filter(den=den, slot__isnull=False, slot__cancelled_at=None).exists()
    )


# --- Who could sit in ------------------------------------------------------------------------------


def free_panellists(slot: Slot, now: datetime, out: Panellist | None = None) -> list[Panellist]:
    """Who could take a seat at the slot: free that half-day and that minute, no conflict, not at their load.

    Those of the sector that `out` leaves, or that the panel lacks, come first; then whoever hears the least.
    """
    day = timezone.localdate(slot.starts_at)
    at_once = Booking.objects.filter(person=OuterRef("user"), during__overlap=(slot.starts_at, slot.ends_at))
    hidden = Conflict.objects.filter(panellist=OuterRef("pk"), pitch=slot.pitch_id, state__in=HIDING)
    free = FreeHalfDay.objects.filter(panellist=OuterRef("pk"), date=day, half=slot.session.half)
    found = Panellist.objects.accepted().filter(Exists(free), ~Exists(at_once), ~Exists(hidden), den=slot.den_id)
    loads, halves = _loads(slot)
    den = slot.den
    able = [
        one
        for one in found.exclude(pk=out.pk if out else 0)
        if loads[one.pk] < den.most_pitches_in_all and halves[one.pk] < den.most_pitches_a_day
    ]
    wanted = {out.sector} if out else _missing_sectors(slot)
    return sorted(able, key=lambda one: (one.sector not in wanted, loads[one.pk], one.name, one.pk))


def _loads(slot: Slot) -> tuple[Counter[int], Counter[int]]:
    """How many pitches each panellist of the den hears, in all and on the slot's half-day."""
    seats = Booking.objects.filter(slot__den=slot.den_id, kind=Booked.PANELLIST).select_related("slot__session")
    day, half = timezone.localdate(slot.starts_at), slot.session.half
    in_all, in_half = Counter[int](), Counter[int]()
    for seat in seats:
        in_all[seat.panellist_id] += 1  # type: ignore[index]
        if timezone.localdate(seat.slot.starts_at) == day and seat.slot.session.half == half:
            in_half[seat.panellist_id] += 1  # type: ignore[index]
    return in_all, in_half


def _missing_sectors(slot: Slot) -> set[str]:
    from innovation_den.choices import PanelSector

    seated = slot.bookings.filter(kind=Booked.PANELLIST).values_list("panellist__sector", flat=True)
    return set(PanelSector.values) - set(seated)


def slots_by_day(slots: Iterable[Slot]) -> list[tuple[datetime, list[Slot]]]:
    """Slots under the date that they are on, in London."""
    days: dict[datetime, list[Slot]] = {}
    for slot in slots:
        local = timezone.localtime(slot.starts_at)
        days.setdefault(local.replace(hour=0, minute=0, second=0, microsecond=0), []).append(slot)
    return list(days.items())

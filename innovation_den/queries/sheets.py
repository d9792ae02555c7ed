"""Score sheets: which count, which a person may read, and who has yet to send theirs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from innovation_den.choices import HIDING, PanellistState, SheetState, SlotState
from innovation_den.models import Booking, Conflict, Den, Panellist, Pitch, Score, ScoreSheet, Slot
from innovation_den.timing import DONE

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from innovation_den.models.scores import SheetQuerySet
    from portal.accounts.models import User

    Person = User | AnonymousUser


@dataclass(frozen=True)
class Place:
    """One panellist of a slot, and how far their sheet is. What it says stands nowhere here."""

    panellist: Panellist
    state: str = ""

    @property
    def has_submitted(self) -> bool:
        return self.state == SheetState.SUBMITTED


def with_scores(sheets: SheetQuerySet) -> SheetQuerySet:
    return sheets.select_related("panellist", "pitch__firm").prefetch_related("scores__criterion")


def sheets_of(den: Den) -> SheetQuerySet:
    """The den's sheets that count, with their scores, in three queries. Without those of who stepped back."""
    return with_scores(ScoreSheet.objects.filter(pitch__den=den).counted())


def sheet_of(panellist: Panellist, pitch: Pitch) -> ScoreSheet | None:
    sheets = ScoreSheet.objects.filter(panellist=panellist, pitch=pitch)
    return sheets.prefetch_related("scores__criterion").first()


def others_sheets(user: Person, pitch: Pitch, panellist: Panellist) -> SheetQuerySet:
    """What the others on the panel gave, as far as the user may read it now."""
    return with_scores(ScoreSheet.objects.visible_to(user).submitted().filter(pitch=pitch).exclude(panellist=panellist))


def seated(slots: Iterable[Slot]) -> list[Booking]:
    """Who hears the slots, without those whom a conflict keeps away or who were stood down."""
    conflicts = Conflict.objects.filter(
        panellist=OuterRef("panellist"), pitch=OuterRef("slot__pitch"), state__in=HIDING
    )
    bookings = Booking.objects.filter(slot__in=list(slots), panellist__state=PanellistState.ACCEPTED)
    ordered = bookings.exclude(Exists(conflicts)).select_related("panellist", "slot")
    return list(ordered.order_by("panellist__sector", "panellist__name", "pk"))


def panels_of(slots: Iterable[Slot]) -> dict[int, list[Place]]:
    """The panel of each slot, by its id, with who has submitted: two queries for any number of slots."""
    bookings = seated(slots)
    pitches = {booking.slot.pitch_id for booking in bookings}
    found = ScoreSheet.objects.filter(pitch__in=pitches).values_list("pitch_id", "panellist_id", "state")
    states = {(pitch, panellist): state for pitch, panellist, state in found}
    panels: dict[int, list[Place]] = defaultdict(list)
    for booking in bookings:
        if booking.panellist:
            state = states.get((booking.slot.pitch_id, booking.panellist.pk), "")
            panels[booking.slot_id].append(Place(booking.panellist, state))
    return dict(panels)


def owed(den: Den) -> list[tuple[Panellist, int]]:
    """Each panellist who has yet to submit sheets for what they heard, with how many."""
    heard = Slot.objects.filter(den=den, state=SlotState.HEARD, cancelled_at=None)
    places = [place for panel in panels_of(heard).values() for place in panel if not place.has_submitted]
    return sorted(Counter(place.panellist for place in places).items(), key=lambda item: item[0].name)


def why_day_is_not_over(den: Den) -> list[str]:
    """What is left of the day. No title stands here: a conflict may hide it from who reads this."""
    waiting = Slot.objects.filter(den=den, cancelled_at=None).exclude(state__in=DONE).count()
    pitches = "1 pitch is" if waiting == 1 else f"{waiting} pitches are"
    says = [f"{pitches} still to be heard. End each on the run sheet, or say that the firm did not come"]
    return (says if waiting else []) + [
        f"{panellist} has {count} score sheet{'' if count == 1 else 's'} to submit. They submit, or step back from it"
        for panellist, count in owed(den)
    ]


def scores_by_criterion(sheet: ScoreSheet) -> list[tuple[str, Score | None]]:
    """A row for each of the den's criteria, whether it was scored or left out."""
    scores = {score.criterion_id: score for score in sheet.scores.all()}
    return [(criterion.title, scores.get(criterion.pk)) for criterion in sheet.pitch.den.criteria.all()]

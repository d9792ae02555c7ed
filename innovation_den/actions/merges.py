"""What the dens hold of a supplier goes with it into a merge, and comes back when that is undone.

A pitch goes with its bookings and its pilots or not at all. What was released, and records of decisions, keep the
name that they were made with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils import timezone

from innovation_den.actions.conflicts import find_conflicts
from innovation_den.choices import PitchState
from innovation_den.models import Booking, Den, Panellist, Pilot, Pitch, PitchPartner
from innovation_den.queries.panellists import PANEL_STATES
from portal.audit.models import Event
from portal.organisations.models import Organisation
from techmap.merging import Mover

Moved = dict[str, list[int]]
_PITCHES, _PARTNERS, _SEATS = "pitches", "joint_pitches", "panel_seats"


def take_den_rows(kept: Organisation, folded: Organisation) -> Moved:
    """Move what `kept` may have; where it stands in the way itself, as in a pitch of its own, the row stays behind."""
    dens = _locked_dens(folded)
    moved = {
        _PITCHES: _hand_pitches(folded, kept, Pitch.objects.filter(firm=folded)),
        _PARTNERS: _hand_partners(folded, kept, PitchPartner.objects.filter(firm=folded)),
        _SEATS: _hand_seats(kept, Panellist.objects.filter(employer=folded)),
    }
    _look_for_conflicts(dens)
    return {name: pks for name, pks in moved.items() if pks}


def give_den_rows_back(kept: Organisation, folded: Organisation, moved: Mapping[str, list[int]]) -> None:
    dens = _locked_dens(kept)
    _hand_pitches(kept, folded, Pitch.objects.filter(firm=kept, pk__in=moved.get(_PITCHES, [])))
    _hand_partners(kept, folded, PitchPartner.objects.filter(firm=kept, pk__in=moved.get(_PARTNERS, [])))
    _hand_seats(folded, Panellist.objects.filter(employer=kept, pk__in=moved.get(_SEATS, [])))
    _look_for_conflicts(dens)


def why_not_give_back(kept: Organisation, moved: Mapping[str, list[int]]) -> Iterator[str]:
    """What the people of `kept` worked on, or said yes to, is theirs."""
    people = kept.memberships.values("user")
    pitches = Pitch.objects.filter(firm=kept, pk__in=moved.get(_PITCHES, [])).values_list("pk", flat=True)
    pilots = Pilot.objects.filter(pitch__in=pitches).values_list("pk", flat=True)
    if Event.objects.filter(_events_of(Pitch, pitches) | _events_of(Pilot, pilots), actor__in=people).exists():
        yield f"{kept} has worked on a pitch that came by the merge."
    if PitchPartner.objects.filter(firm=kept, pk__in=moved.get(_PARTNERS, []), agreed_by__in=people).exists():
        yield f"{kept} has agreed to join in a pitch that came by the merge."


def _events_of(model: type[Pitch | Pilot], pks: Iterable[int]) -> Q:
    return Q(target_type=ContentType.objects.get_for_model(model), target_id__in=list(pks))


def _locked_dens(firm: Organisation) -> list[Den]:
    """Every den that names the firm, locked before its pitches."""
    named = Q(pitches__firm=firm) | Q(pitches__partners__firm=firm) | Q(panellists__employer=firm)
    pks = Den.objects.filter(named).values("pk")
    return list(Den.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True))


def _look_for_conflicts(dens: Iterable[Den]) -> None:
    """Who is now whose employer or firm hides pitches at once, not from the next night on."""
    for den in dens:
        if den.state in PANEL_STATES:
            find_conflicts(den, timezone.now())


def _hand_pitches(old: Organisation, new: Organisation, pitches: QuerySet[Pitch]) -> list[int]:
    """Pitches that the firm leads, with their bookings and pilots; no more of them in a den than it allows."""
    rows = pitches.select_related("den").order_by("pk").select_for_update(no_key=True, of=("self",))
    return [pitch.pk for pitch in rows if _may_lead(new, pitch) and _handed_pitch(old, new, pitch)]


def _may_lead(firm: Organisation, pitch: Pitch) -> bool:
    if pitch.partners.filter(firm=firm).exists():
        return False
    led = pitch.den.pitches.filter(firm=firm).exclude(state=PitchState.WITHDRAWN).count()
    return pitch.state == PitchState.WITHDRAWN or led < pitch.den.most_pitches_each


def _handed_pitch(old: Organisation, new: Organisation, pitch: Pitch) -> bool:
    if not _handed_booking(old, new, pitch):
        return False
    Pitch.objects.filter(pk=pitch.pk).update(firm=new)
    Pilot.objects.filter(pitch=pitch, firm=old).update(firm=new)
    return True


def _hand_partners(old: Organisation, new: Organisation, partners: QuerySet[PitchPartner]) -> list[int]:
    """Pitches that the firm joins, or was asked to; not where the other leads or joins in too."""
    taken = Q(pitch__firm=new) | Q(pitch__in=PitchPartner.objects.filter(firm=new).values("pitch"))
    rows = partners.exclude(taken).select_related("pitch").order_by("pk").select_for_update(of=("self",))
    pks = [row.pk for row in rows if _handed_booking(old, new, row.pitch)]
    PitchPartner.objects.filter(pk__in=pks).update(firm=new)
    return pks


def _handed_booking(old: Organisation, new: Organisation, pitch: Pitch) -> bool:
    """Book the other for the pitch's slot, if there is one. No, where it is booked at that time already."""
    for booking in Booking.objects.filter(slot__pitch=pitch, firm=old):
        if Booking.objects.filter(firm=new, during__overlap=booking.during).exists():
            return False
        booking.firm = new
        booking.save(update_fields=["firm"])
    return True


def _hand_seats(new: Organisation, seats: QuerySet[Panellist]) -> list[int]:
    """Panellists whose employer it is. What they are called to work for, in their own words, stays."""
    pks = list(seats.order_by("pk").values_list("pk", flat=True))
    Panellist.objects.filter(pk__in=pks).update(employer=new)
    return pks


MOVER = Mover(take_den_rows, give_den_rows_back, why_not_give_back)

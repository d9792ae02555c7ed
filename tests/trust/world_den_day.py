"""What the access tests need of the innovation den: a den in the middle of its day.

Our own supplier is pitching. The outsider hears it; Otto of another authority is booked too, with a conflict over it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from innovation_den.choices import DenState, PanelSector, PitchState
from tests.innovation_den.day_makers import begun, hide, make_slot
from tests.innovation_den.makers import MORNING, make_den, make_panellist, make_pitch

if TYPE_CHECKING:
    from tests.trust.world import World

STARTS = MORNING + timedelta(days=30)  # nobody is on two panels at once


def add_den_day(world: World) -> None:
    alice, bob = world.people["authority_editor"], world.people["supplier_editor"]
    den = make_den(world.things["authority"], by=alice, state=DenState.ON_THE_DAY, title="A den on its day")
    pitch = make_pitch(
        den, world.things["supplier"], by=bob, state=PitchState.ACCEPTED, title="Secret pitch of the day"
    )
    seat = make_panellist(den, user=world.people["outsider"])
    conflicted = make_panellist(den, user=world.people["other_authority"], sector=PanelSector.LOCAL)
    slot = make_slot(pitch, [seat, conflicted], starts_at=STARTS, ends_at=STARTS + timedelta(minutes=20))
    hide(pitch, conflicted)
    begun(slot)
    world.things |= {"day_den": den, "day_pitch": pitch, "day_seat": seat, "day_room": slot.room}

"""What processes of their own do at one moment, as web processes beside each other would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


def move(now: datetime, pk: int, number: int, by: int) -> Callable[[], str]:
    """Ready to move a slot to the slot of this number in its session; "moved", or why not."""
    from innovation_den.actions.bookings import move_slot
    from innovation_den.models import Slot
    from portal.accounts.models import User
    from portal.refusals import Refused

    slot, user = Slot.objects.select_related("den", "session", "room").get(pk=pk), User.objects.get(pk=by)

    def act() -> str:
        try:
            move_slot(
                slot=slot, session=slot.session, number=number, room=slot.room, by=user, now=now, version=slot.version
            )
        except Refused as refused:
            return str(refused)
        except Exception as error:
            return repr(error)
        return "moved"

    return act

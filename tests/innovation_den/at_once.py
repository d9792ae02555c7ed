"""Moves slots from a process of its own, several at the same moment, as web processes beside others would."""

from __future__ import annotations

import threading
import time
from datetime import datetime


def move_at_once(start_at: float, now: datetime, moves: list[tuple[int, int, int]]) -> list[str]:
    """Each move is a slot, the number of the slot in its session that it goes to, and who moves it."""
    from django.contrib.contenttypes.models import ContentType

    ContentType.objects.clear_cache()  # each test fills the tables anew, and the process outlives it
    answers: list[str] = []
    threads = [threading.Thread(target=_move, args=(start_at, now, *one, answers)) for one in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _move(start_at: float, now: datetime, pk: int, number: int, by: int, answers: list[str]) -> None:
    from django.db import connections

    from innovation_den.actions.bookings import move_slot
    from innovation_den.models import Slot
    from portal.accounts.models import User
    from portal.refusals import Refused

    try:
        slot, user = Slot.objects.select_related("den", "session", "room").get(pk=pk), User.objects.get(pk=by)
        time.sleep(max(0.0, start_at - time.time()))
        given = {"session": slot.session, "number": number, "room": slot.room, "version": slot.version}
        move_slot(slot=slot, by=user, now=now, **given)  # type: ignore[arg-type]
        answers.append("moved")
    except Refused as refused:
        answers.append(str(refused))
    except Exception as error:
        answers.append(repr(error))
    finally:
        connections.close_all()

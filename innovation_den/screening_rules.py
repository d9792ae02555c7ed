"""Why the day may not be planned or held yet, as far as screening, appeals and conflicts go.

In numbers, never by title: an organiser may have a conflict over a pitch that waits.
"""

from __future__ import annotations

from datetime import datetime

from innovation_den.choices import AppealState, PitchState
from innovation_den.models import Appeal, Den, Pitch
from innovation_den.queries.conflicts import undecided_conflicts
from innovation_den.queries.screening import appeal_until, rejections_still_open
from portal.govuk.formats import when


def why_not_planned(den: Den) -> list[str]:
    """Before the day is planned: each pitch is decided on, each appeal answered, each conflict decided."""
    unscreened = Pitch.objects.filter(den=den, state=PitchState.SUBMITTED).count()
    reasons = []
    if unscreened:
        reasons.append(_counted(unscreened, "pitch is not", "pitches are not") + " decided on. Finish the screening")
    if not unscreened and not Pitch.objects.filter(den=den).accepted().exists():
        reasons.append("No pitch is invited, so there is nothing to plan")
    return [*reasons, *_open_appeals(den), *why_conflicts_wait(den)]


def why_conflicts_wait(den: Den) -> list[str]:
    """Each conflict that was found or declared is confirmed or dismissed before anybody is seated."""
    waiting = undecided_conflicts(den).count()
    if not waiting:
        return []
    return [_counted(waiting, "conflict waits", "conflicts wait") + " for a decision. Confirm or dismiss each"]


def why_not_final(den: Den, now: datetime) -> list[str]:
    """Before the day: nobody who was rejected waits for an answer, or may still appeal."""
    reasons = [*_open_appeals(den), *why_conflicts_wait(den)]
    if still_open := rejections_still_open(den, now):
        last = max(until for pitch in still_open if (until := appeal_until(pitch)))
        reasons.append(
            _counted(len(still_open), "firm that was not invited", "firms that were not invited")
            + f" may still appeal, until {when(last)}"
        )
    return reasons


def _open_appeals(den: Den) -> list[str]:
    waiting = Appeal.objects.filter(pitch__den=den, state=AppealState.OPEN).count()
    return [_counted(waiting, "appeal waits", "appeals wait") + " for a decision"] if waiting else []


def _counted(number: int, one: str, many: str) -> str:
    """“1 pitch waits”, “3 pitches wait”."""
    return f"{number} {one if number == 1 else many}"

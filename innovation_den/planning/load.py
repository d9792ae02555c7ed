"""How unequal the loads of one sector must be, given how many half-days its panellists come for in all.

It follows from the rules, but a linear relaxation does not see it: there everybody comes for a little of each half-day.
"""

from __future__ import annotations

from collections.abc import Sequence


def least_spread(capacities: Sequence[Sequence[int]], pitches: int) -> list[int]:
    """By half-days in all, the smallest difference between the busiest and the least busy who hear `pitches` together.

    `capacities` has for each panellist the pitches that they can hear on each half-day on which they may come. Where
    so few half-days cannot be enough, the number is that of the pitches: no plan has it.
    """
    days = [sorted(mine, reverse=True) for mine in capacities]
    most_days = sum(map(len, days))
    spread = [pitches] * (most_days + 1)
    for least in range(pitches // max(1, len(days)) + 1):
        for most in range(max(1, -(-pitches // max(1, len(days)))), pitches + 1):
            needed = _fewest_days(days, pitches, least, most)
            if needed is not None and most - least < spread[needed]:
                spread[needed] = most - least
    for number in range(1, most_days + 1):
        spread[number] = min(spread[number], spread[number - 1])
    return spread


def _fewest_days(days: Sequence[Sequence[int]], pitches: int, least: int, most: int) -> int | None:
    """Half-days with which everybody hears from `least` to `most`, and all of them `pitches`; None: not possible."""
    used, heard, gains = 0, 0, []
    for mine in days:
        whole = 0
        for number, capacity in enumerate(mine):
            gain = min(most, whole + capacity) - min(most, whole)
            whole += capacity
            if min(most, whole - capacity) < least or (number == 0 and least > 0):
                used, heard = used + 1, heard + gain
            else:
                gains.append(gain)
        if whole < least:
            return None
    for gain in sorted(gains, reverse=True):
        if heard >= pitches:
            break
        used, heard = used + 1, heard + gain
    return used if heard >= pitches else None

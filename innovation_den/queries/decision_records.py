"""The public record of a decision: by what pitches were judged, what they scored, who stepped back, and why."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from innovation_den.choices import Award, PitchState, SlotState
from innovation_den.letters import plain, points
from innovation_den.models import DecisionRecord, Den, Pitch, PitchDecision
from innovation_den.models.dens import HIGHEST_SCORE
from innovation_den.queries.decisions import panel_labels
from innovation_den.queries.results import Results, confirmed_conflicts
from innovation_den.scoring.standings import Standing

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

LAYOUT = 1  # of the record; count it up when a name in it changes its meaning
COLUMNS = [
    *("Pitch", "Firms", "Decision", "Reason", "Mean score", "Adjusted score", "Adjusted, low", "Adjusted, high"),
    *("Too close to call with the next", "Scores", "Scores changed after discussion", "Panel"),
]


def record_content(den: Den, results: Results, decisions: dict[int, PitchDecision], now: datetime) -> dict[str, Any]:
    """All that is published. Of pitches that were withdrawn or not invited it holds numbers alone."""
    labels = panel_labels(den)
    standing = {line.pitch: line for line in results.standings.lines}
    ordered = [
        *(pitch for _, pitch, _ in results.lines),
        *(p for pk, p in results.pitches.items() if pk not in standing),
    ]
    return {
        "layout": LAYOUT,
        "den": {"reference": den.reference, "title": den.title, "host": den.host.name},
        "released_at": now.isoformat(),
        "counts": _counts(den, decisions),
        "criteria": [
            {"title": one.title, "help": one.help, "weight": plain(one.weight), "optional": one.is_optional}
            for one in results.criteria
        ],
        "scale": {"lowest": 0, "highest": HIGHEST_SCORE},
        "adjusted": {"done": results.standings.calibration is not None, "why_not": results.standings.why_not},
        "panel": sorted(labels[pk] for pk in results.panellists),
        "recusals": [
            {"panellist": labels[one.panellist_id], "pitch": one.pitch.reference, "ground": one.get_ground_display()}
            for one in confirmed_conflicts(den)
        ],
        "pitches": [_pitch(results, pitch, standing.get(pitch.pk), decisions[pitch.pk], labels) for pitch in ordered],
    }


def _counts(den: Den, decisions: dict[int, PitchDecision]) -> dict[str, int]:
    states = Counter(den.pitches.exclude(submitted_at=None).values_list("state", flat=True))
    awards = Counter(decision.award for decision in decisions.values())
    absent = den.pitches.accepted().filter(slot__state=SlotState.NO_SHOW).exclude(pk__in=decisions)
    return {
        "submitted": sum(states.values()),
        "withdrawn": states[PitchState.WITHDRAWN],
        "not_invited": states[PitchState.REJECTED],
        "did_not_come": absent.count(),
        "heard": len(decisions),
        **{award.value: awards[award] for award in Award},
    }


def _pitch(
    results: Results, pitch: Pitch, line: Standing[int] | None, decision: PitchDecision, labels: dict[int, str]
) -> dict[str, Any]:
    return {
        "reference": pitch.reference,
        "title": pitch.title,
        "summary": pitch.summary,
        "firms": [pitch.firm.name, *(one.firm.name for one in pitch.partners.all() if one.agreed_at)],
        "award": decision.award,
        "reason": decision.reason,
        "scores": line.scores if line else 0,
        "changed": results.changed(pitch),
        "panel": sorted(labels[sheet.panellist.pk] for sheet in results.sheets.get(pitch.pk, [])),
        "raw": points(line.raw) if line else "",
        **_adjusted(line),
        "criteria": [
            {"title": one.criterion.title, "mean": points(one.mean), "scores": one.scores}
            for one in results.by_criterion(pitch)
        ],
    }


def _adjusted(line: Standing[int] | None) -> dict[str, Any]:
    estimate = line.estimate if line else None
    low, high = estimate.interval if estimate else (None, None)
    return {
        "adjusted": points(estimate.value if estimate else None),
        "low": points(low),
        "high": points(high),
        "too_close_to_next": bool(line and line.is_near_next),
    }


def shown_to(record: DecisionRecord, user: User | AnonymousUser) -> dict[str, Any]:
    """The record without pitches over which the user holds a conflict, as everywhere else."""
    content = dict(record.content)
    if not user.is_authenticated:
        return content
    references = [one["reference"] for one in content["pitches"]]
    pitches = Pitch.objects.filter(reference__in=references).without_conflicts_of(user)
    shown = set(pitches.values_list("reference", flat=True))
    content["pitches"] = [one for one in content["pitches"] if one["reference"] in shown]
    content["recusals"] = [one for one in content["recusals"] if one["pitch"] in shown]
    return content


def record_rows(content: dict[str, Any]) -> list[list[Any]]:
    """A row a pitch, as `COLUMNS` names its cells."""
    return [
        [
            *(one["title"], ", ".join(one["firms"]), Award(one["award"]).label, one["reason"]),
            *(_number(one[name]) for name in ("raw", "adjusted", "low", "high")),
            *("Yes" if one["too_close_to_next"] else "No", one["scores"], one["changed"], ", ".join(one["panel"])),
        ]
        for one in content["pitches"]
    ]


def record_points(content: dict[str, Any]) -> list[tuple[str, float | None, float | None, float | None, float]]:
    """Name, low, adjusted, high and plain mean of each pitch that was scored, from the highest."""
    scored = [one for one in content["pitches"] if one["raw"]]
    return [
        (
            f"{place}. {one['title']}",
            _number(one["low"]),
            _number(one["adjusted"]),
            _number(one["high"]),
            float(one["raw"]),
        )
        for place, one in enumerate(scored, 1)
    ]


def _number(text: str) -> float | None:
    return float(text) if text else None

"""What is decided of each pitch, the letters that say so, and what still keeps them from being released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from innovation_den.choices import ConflictState, DenState, PanellistState
from innovation_den.letters import CriterionFeedback, Facts, Feedback, plain, points, write_letter
from innovation_den.models import Conflict, Criterion, Den, Panellist, Pitch, PitchDecision, PitchPartner
from innovation_den.permissions import can_view_work, seat_of
from innovation_den.queries.results import AFTER_THE_DAY, Results, Sheet, heard_pitches, results_of
from portal.govuk.formats import money
from portal.organisations.models import Organisation

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

RESULTS = AFTER_THE_DAY | {DenState.ON_THE_DAY}


@dataclass(frozen=True)
class Staged:
    """One pitch with its place among the others and its decision, where there is one."""

    place: int | None
    pitch: Pitch
    decision: PitchDecision | None
    results: Results
    labels: dict[int, str]

    @cached_property
    def feedback(self) -> Feedback:
        return feedback_of(self.results, self.pitch, self.labels)

    @property
    def letter(self) -> str:
        """What people wrote, or what is made now from scores and reasons; "" before there is a decision."""
        if self.decision is None:
            return ""
        if self.decision.is_letter_edited or self.decision.released_at:
            return self.decision.letter
        return write_letter(_facts(self.results.den, self.pitch, self.decision, self.feedback))

    @property
    def is_letter_of_another_award(self) -> bool:
        return self.decision is not None and is_letter_stale(self.decision)


def is_letter_stale(decision: PitchDecision) -> bool:
    """Somebody edited the letter, then another award was chosen: the letter may say what is not so."""
    return decision.is_letter_edited and decision.letter_award != decision.award


def staged_of(den: Den, *, user: User | AnonymousUser | None = None) -> list[Staged]:
    """Every pitch that was heard and that the user may see, in the order of the scores; unscored ones come last."""
    results = results_of(den, user=user)
    labels = panel_labels(den)
    decisions = {one.pitch_id: one for one in PitchDecision.objects.filter(pitch__in=list(results.pitches))}
    placed = [(place, pitch) for place, pitch, _ in results.lines]
    ranked = {pitch.pk for _, pitch in placed}
    rest = [(None, pitch) for pk, pitch in results.pitches.items() if pk not in ranked]
    return [Staged(place, pitch, decisions.get(pitch.pk), results, labels) for place, pitch in [*placed, *rest]]


def panel_labels(den: Den) -> dict[int, str]:
    """How each panellist is called in what firms and the public read: by name, or by number and sector."""
    # Who was asked again and has not answered has sat on a panel, perhaps.
    panellists = den.panellists.exclude(state=PanellistState.INVITED, user=None).order_by("pk")
    return {one.pk: _label(den, number, one) for number, one in enumerate(panellists, 1)}


def _label(den: Den, number: int, panellist: Panellist) -> str:
    if den.names_panel:
        return f"{panellist.name}, {panellist.employer_name}"
    return f"Panellist {number} ({panellist.get_sector_display().lower()})"


def feedback_of(results: Results, pitch: Pitch, labels: dict[int, str]) -> Feedback:
    """By criterion, without saying who gave what; notes for the panel alone stay with the panel."""
    sheets = results.sheets.get(pitch.pk, [])
    means = [sheet.mean for sheet in sheets if sheet.mean is not None]
    criteria = [
        CriterionFeedback(
            title=one.criterion.title,
            weight=plain(one.criterion.weight),
            mean=points(one.mean),
            scores=one.scores,
            says=_says(sheets, one.criterion),
        )
        for one in results.by_criterion(pitch)
    ]
    return Feedback(
        criteria=criteria,
        overall=points(sum(means) / len(means)) if means else "",
        comments=[sheet.sheet.comment.strip() for sheet in sheets if sheet.sheet.comment.strip()],
        panel=sorted(labels[sheet.panellist.pk] for sheet in sheets),
    )


def _says(sheets: list[Sheet], criterion: Criterion) -> list[str]:
    given = [sheet.given.get(criterion.pk) for sheet in sheets]
    return [one.says for one in given if one is not None and one.says]


def _facts(den: Den, pitch: Pitch, decision: PitchDecision, feedback: Feedback) -> Facts:
    return Facts(
        den=den.title,
        host=den.host.name,
        firm=pitch.firm.name,
        pitch=pitch.title,
        award=decision.award,
        reason=decision.reason,
        prize=den.prize,
        budget="" if den.budget_cap is None else money(den.budget_cap),
        feedback=feedback,
    )


# --- What keeps them from being released -------------------------------------------------------------


def why_not_release(den: Den, now: datetime) -> list[str]:
    """Numbers, never titles: whoever reads it may hold a conflict over one of the pitches."""
    heard = heard_pitches(den).order_by()
    total, decided = heard.count(), PitchDecision.objects.filter(pitch__in=heard)
    if not total:
        return ["No pitch was heard, so there is nothing to decide. Call the den off instead"]
    reasons = []
    if left := total - decided.count():
        reasons.append(f"{_pitches(left)} no decision yet. Decide on each pitch that was heard")
    if stale := decided.filter(is_letter_edited=True).exclude(letter_award=F("award")).count():
        letters = "1 letter was" if stale == 1 else f"{stale} letters were"
        reasons.append(f"{letters} edited before another decision was chosen. Read each again and save it")
    if waiting := open_conflicts(den).count():
        conflicts = "1 conflict waits" if waiting == 1 else f"{waiting} conflicts wait"
        reasons.append(f"{conflicts} for a decision. Confirm each, or dismiss it with a reason")
    return reasons


def _pitches(number: int) -> str:
    return "1 pitch has" if number == 1 else f"{number} pitches have"


def open_conflicts(den: Den) -> QuerySet[Conflict]:
    """Those that leave out a sheet, or may, and that nobody has decided on."""
    conflicts = Conflict.objects.filter(pitch__in=heard_pitches(den).order_by(), state=ConflictState.OPEN)
    return conflicts.filter(panellist__state=PanellistState.ACCEPTED)


# --- What firms read --------------------------------------------------------------------------------


def released_to(user: User | AnonymousUser) -> QuerySet[PitchDecision]:
    """Released decisions of pitches that the user's firms lead, or agreed to join in."""
    if not user.is_authenticated or not user.is_active:
        return PitchDecision.objects.none()
    mine = Organisation.objects.of_user(user).values("pk")
    joined = PitchPartner.objects.filter(pitch=OuterRef("pitch"), firm__in=mine, agreed_at__isnull=False)
    decisions = PitchDecision.objects.filter(Q(pitch__firm__in=mine) | Exists(joined), released_at__isnull=False)
    return decisions.select_related("pitch__den__host", "pitch__firm")


def result_links(den: Den, user: User | AnonymousUser, has_record: bool) -> list[tuple[str, str]]:
    """Address and words of each page of results that the user may open from the page of the den."""
    found = [("innovation_den:record-detail", "The public record of the decision")] if has_record else []
    if den.state in RESULTS:
        is_host, is_after = can_view_work(user, den), den.state in AFTER_THE_DAY
        seat = seat_of(user, den)
        is_chair = seat is not None and seat.is_chair
        if is_after and is_host:
            found.append(("innovation_den:decision-list", "Decisions and letters"))
        if is_chair or (is_after and is_host):
            found.append(("innovation_den:result-list", "Results of the scores"))
        if is_after and seat:
            found.append(("innovation_den:severity-own", "Your scores, and how severe you are"))
    return [(reverse(name, args=[den.reference]), words) for name, words in found]

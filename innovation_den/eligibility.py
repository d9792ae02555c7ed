"""Whether a firm may pitch in a den: each rule with what it says of this firm, in words that show how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from innovation_den.choices import QuestionType
from innovation_den.models import Den, Pitch
from portal.organisations.choices import Size
from portal.organisations.models import Organisation
from portal.organisations.permissions import why_not_active
from portal.records import Region
from portal.refusals import Reason

# What a pitch must say before it is handed in, with the words for what is missing.
NEEDED = {
    "summary": "Say in one sentence what you propose",
    "problem": "Describe the problem",
    "idea": "Describe your idea",
    "evidence": "Say what shows that it can work",
    "novelty": "Say what is new about it",
    "test": "Say what a test would show",
    "ask": "Say what you ask for",
    "team": "Say who would do it",
}


@dataclass(frozen=True)
class Check:
    """One rule. `ok` is None where it is not answered yet."""

    label: str
    ok: bool | None
    says: str


def firm_checks(den: Den, firm: Organisation) -> list[Check]:
    """Size and region, from what the firm's details say."""
    found = []
    if den.sizes:
        found.append(_one_of("Size", firm, firm.size, firm.get_size_display(), _sizes(den.sizes)))
    if den.regions:
        found.append(_one_of("Region", firm, firm.region, firm.get_region_display(), _regions(den.regions)))
    return found


def _one_of(label: str, firm: Organisation, code: str, says: str, allowed: dict[str, str]) -> Check:
    words = _either(allowed.values())
    if not code:
        return Check(label, False, f"{firm} has not given its {label.lower()}. An owner can add it to its details")
    if code in allowed:
        return Check(label, True, says)
    return Check(label, False, f"This den is for {words}. The details of {firm} say: {says}")


def _sizes(codes: Iterable[str]) -> dict[str, str]:
    return {code: f"{str(Size(code).label).split(':')[0].lower()} firms" for code in codes}


def _regions(codes: Iterable[str]) -> dict[str, str]:
    return {code: f"firms in {Region(code).label}" for code in codes}


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def question_checks(pitch: Pitch) -> Iterator[Check]:
    """The den's own questions."""
    answers = {answer.question_id: answer for answer in pitch.eligibility_answers.all()}
    for question in pitch.den.eligibility_questions.all():
        answer = answers.get(question.pk)
        if question.type == QuestionType.TEXT:
            text = answer.text if answer else ""
            yield Check(question.text, True if text else None, text or "Not answered yet")
        elif answer is None or answer.is_yes is None:
            yield Check(question.text, None, "Not answered yet")
        else:
            says = "Yes" if answer.is_yes else "You answered no. This den is only for firms that can answer yes"
            yield Check(question.text, answer.is_yes, says)


def checks_of(pitch: Pitch) -> list[Check]:
    return [*firm_checks(pitch.den, pitch.firm), *question_checks(pitch)]


def why_not_submit(pitch: Pitch) -> list[Reason]:
    """Everything that stands between this draft and handing it in."""
    return [*_firm_reasons(pitch), *_text_reasons(pitch), *_partner_reasons(pitch)]


def _firm_reasons(pitch: Pitch) -> Iterator[Reason]:
    if why := why_not_active(pitch.firm):
        yield Reason(f"{why} Your draft is saved")
    for check in firm_checks(pitch.den, pitch.firm):
        if not check.ok:
            yield Reason(check.says)
    for check in question_checks(pitch):
        if check.ok is None:
            yield Reason(f"Answer the question: {check.label}")
        elif not check.ok:
            yield Reason(f"{check.label} {check.says}")


def _text_reasons(pitch: Pitch) -> Iterator[Reason]:
    for name, words in NEEDED.items():
        if not getattr(pitch, name).strip():
            yield Reason(words, name)
    cap = pitch.den.budget_cap
    if pitch.ask_amount is None:
        yield Reason("Say what a test would cost", "ask_amount")
    elif cap is not None and pitch.ask_amount > cap:
        yield Reason(f"A test may cost at most £{cap:,.0f} in this den. Ask for less", "ask_amount")


def _partner_reasons(pitch: Pitch) -> Iterator[Reason]:
    for partner in pitch.partners.select_related("firm"):
        if partner.agreed_at is None:
            yield Reason(f"{partner.firm} has not agreed yet. Wait for their answer, or take them out")
        elif why := why_not_active(partner.firm):
            yield Reason(why)

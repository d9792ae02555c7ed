"""A combination as people read it: which firm covers what and why, how good it is, and how sure that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.govuk.navigation import find as find_url
from portal.organisations.models import Organisation
from techmap import support
from techmap.answers import Answered
from techmap.choices import ClaimOrigin, EvidenceKind, Support
from techmap.combination import Aim, Combination, Doubt, Impossible, Limit, Relaxation
from techmap.models import Capability, CapabilityClaim, Evidence
from techmap.queries.combination import Asked, region_name, steps_for

AIM_WORDS = {Aim.FIRMS: "fewest firms", Aim.NICE: "most nice-to-have capabilities", Aim.EVIDENCE: "most evidence"}
Pair = tuple[int, int]  # supplier and capability


@dataclass(frozen=True)
class Line:
    """One capability, in the regions named, covered by one firm; or by nobody."""

    capability: Capability
    regions: str
    is_must: bool
    firm: Organisation | None
    support: str = ""
    why: str = ""
    others: int = 0  # other suppliers that could cover it, the fewest in any of the regions


@dataclass(frozen=True)
class Share:
    """What one firm of the combination is assigned."""

    firm: Organisation
    capabilities: str
    places: int


@dataclass(frozen=True)
class Card:
    number: int
    lines: list[Line]
    shares: list[Share]
    facts: list[tuple[str, str]]
    proof: str
    is_proven: bool
    compare_url: str

    @property
    def firms(self) -> list[int]:
        return [share.firm.pk for share in self.shares]


@dataclass(frozen=True)
class Known:
    """What the cards say of firms and claims, read once for all of them."""

    firms: Mapping[int, Organisation]
    capabilities: Mapping[str, Capability]
    pieces: Mapping[Pair, list[Evidence]]
    guessed: frozenset[Pair]
    today: date


def cards_of(asked: Asked, answered: Answered) -> list[Card]:
    """Four queries for all cards."""
    found = answered.answer.combinations
    known = _known(asked, {pk for item in found for pk in item.firms}, answered.day)
    return [_card(asked, answered, known, number, item) for number, item in enumerate(found, 1)]


def _known(asked: Asked, firms: Iterable[int], today: date) -> Known:
    capabilities = Capability.objects.in_bulk([*asked.must, *asked.nice], field_name="code")
    ids, wanted = list(firms), [item.pk for item in capabilities.values()]
    pieces: dict[Pair, list[Evidence]] = defaultdict(list)
    for piece in Evidence.objects.filter(supplier__in=ids, capability__in=wanted).order_by("-dated", "-pk"):
        pieces[piece.supplier_id, piece.capability_id or 0].append(piece)
    guesses = CapabilityClaim.objects.filter(
        profile__organisation__in=ids, capability__in=wanted, origin=ClaimOrigin.GUESSED
    )
    guessed = frozenset(guesses.values_list("profile__organisation", "capability"))
    return Known(Organisation.objects.in_bulk(ids), capabilities, pieces, guessed, today)


def _card(asked: Asked, answered: Answered, known: Known, number: int, item: Combination) -> Card:
    lines = _lines(asked, answered, known, item)
    shares = _shares(lines)
    compare = find_url("techmap:compare")
    firms = "&".join(f"supplier={share.firm.pk}" for share in shares)
    return Card(
        number=number,
        lines=lines,
        shares=shares,
        facts=_facts(asked, item),
        proof=proof_words(item.doubt, number),
        is_proven=item.doubt is None,
        compare_url=f"{compare}?{firms}" if compare and 2 <= len(shares) <= 5 else "",
    )


# --- Who covers what, and why ----------------------------------------------------------------------


def _lines(asked: Asked, answered: Answered, known: Known, item: Combination) -> list[Line]:
    """In the order of the question: a line for each capability and firm, its regions joined."""
    grouped: dict[tuple[str, int | None], list[int]] = {}
    for need, (code, _) in enumerate(asked.places):
        grouped.setdefault((code, item.assigned.get(need)), []).append(need)
    return [_line(asked, answered, known, code, firm, needs) for (code, firm), needs in grouped.items()]


def _line(asked: Asked, answered: Answered, known: Known, code: str, firm: int | None, needs: Sequence[int]) -> Line:
    capability = known.capabilities[code]
    regions = ", ".join(region_name(asked.places[need][1]) for need in needs)
    suppliers = min(answered.answer.suppliers_of[need] for need in needs)
    if firm is None:
        return Line(capability, regions, is_must=False, firm=None, others=suppliers)
    pieces = known.pieces.get((firm, capability.pk), [])
    return Line(
        capability,
        regions,
        is_must=code in asked.must,
        firm=known.firms[firm],
        support=support.support_of(pieces, known.today),
        why=_why(pieces, known.today, is_guessed=(firm, capability.pk) in known.guessed),
        others=suppliers - 1,
    )


def _why(pieces: Sequence[Evidence], today: date, *, is_guessed: bool) -> str:
    """The strongest piece in words, and how many more there are."""
    said = "Guessed from a notice" if is_guessed else "Claimed by the supplier"
    if not pieces:
        return f"{said}; no evidence yet"
    best = max(pieces, key=lambda piece: support.weight_of(piece, today))
    more = f" and {len(pieces) - 1} more" if len(pieces) > 1 else ""
    kind = EvidenceKind(best.kind).label
    return f"{said}. {kind} of {best.dated:%B %Y}: {best.title}{more}. Strength {steps_for(pieces, today)} of 6"


def _shares(lines: Iterable[Line]) -> list[Share]:
    own: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.firm:
            own[line.firm.pk].append(line)
    return [
        Share(mine[0].firm, ", ".join(str(line.capability) for line in mine), len(mine))
        for mine in own.values()
        if mine[0].firm
    ]


def _facts(asked: Asked, item: Combination) -> list[tuple[str, str]]:
    question, scores = asked.question, item.scores
    facts = [("Firms", str(scores.firms))]
    if question.nice:
        facts.append(("Nice to have", f"{scores.nice} of {question.nice} covered"))
    return [
        *facts,
        ("Evidence", f"strength {scores.evidence} of {6 * (question.must + scores.nice)}"),
        ("Small and medium firms", f"{_percent(item.sme_needs, question.must)} of what must be covered"),
        ("Most with one firm", f"{_percent(item.most_of_one_firm, question.must)} of what must be covered"),
    ]


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 // whole}%"


# --- How sure --------------------------------------------------------------------------------------


def proof_words(doubt: Doubt | None, number: int) -> str:
    than = "" if number == 1 else ", after those above"
    if doubt is None:
        return f"Proven: of all possible combinations none is better{than}."
    could = {
        Aim.FIRMS: f"one with {doubt.at_best} firm{'' if doubt.at_best == 1 else 's'}",
        Aim.NICE: f"one with {doubt.at_best} of the nice to have",
        Aim.EVIDENCE: f"one with an evidence strength of up to {doubt.at_best}",
    }[doubt.aim]
    return f"Not proven to be the best: time ran out. There could still be {could}{than}."


# --- Why not ---------------------------------------------------------------------------------------


def reasons_of(asked: Asked, impossible: Impossible) -> list[str]:
    """What stands in the way, in sentences."""
    if impossible.uncovered:
        names = Capability.objects.in_bulk(list(asked.must), field_name="code")
        places = [asked.places[need] for need in impossible.uncovered]
        return [f"Nobody covers {names[code]}{_where(region)} with the evidence asked for." for code, region in places]
    if not impossible.relaxations:
        return ["No single limit is in the way: several would have to give at once. Loosen them one after the other."]
    ways = [_way(relaxation) for relaxation in impossible.relaxations]
    return [f"It becomes possible with {way}, all else as it is." for way in ways]


def _where(region: str) -> str:
    return f" in {region_name(region)}" if region else ""


def _way(relaxation: Relaxation) -> str:
    value = relaxation.value
    return {
        Limit.MOST_FIRMS: f"up to {value} firms",
        Limit.SME_SHARE: f"a least share of small and medium firms of {value}%",
        Limit.FIRM_SHARE: f"up to {value}% for one firm",
        Limit.LEAST: "claims without evidence" if value == 0 else "evidence that supports a claim, not only verified",
    }[relaxation.limit]


# --- The record ------------------------------------------------------------------------------------


def reasoning_of(asked: Asked, answered: Answered, card: Card) -> dict[str, Any]:
    """All of it in words and whole numbers, as the decision record keeps it."""
    names = {line.capability.code: str(line.capability) for line in card.lines}
    return {
        "question": {
            "must be covered": [names[code] for code in asked.must],
            "nice to have": [names[code] for code in asked.nice],
            "regions": [region_name(code) for code in asked.regions] or "Not asked for",
            "least evidence": Support(asked.least).label if asked.least != Support.UNSUPPORTED else "A claim is enough",
            "firms at most": asked.most_firms,
            "least share of small and medium firms": f"{asked.sme_share}%",
            "most that one firm may have": f"{asked.firm_share}%",
            "order of preference": [AIM_WORDS[aim] for aim in asked.question.order],
        },
        "answer": {
            "chosen by a person": f"Combination {card.number} of the {len(answered.answer.combinations)} proposed",
            "proof": card.proof,
            "suppliers considered": answered.answer.considered,
            "data version": answered.data_version,
            "day": answered.day.isoformat(),
            **dict(card.facts),
        },
        "who covers what": [_recorded(line) for line in card.lines],
    }


def _recorded(line: Line) -> dict[str, Any]:
    covered = {"capability": str(line.capability), "regions": line.regions or "Not asked for"}
    if line.firm is None:
        return covered | {"firm": "Nobody"}
    level = Support(line.support).label
    return covered | {"firm": line.firm.name, "evidence": level, "why": line.why, "others who could": line.others}

"""A comparison as a whole: who is compared, what is known of each, and who their peers are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, Func, OuterRef, Q, TextField, Value

from reporting.choices import ContractState
from reporting.comparison.asked import Asked
from reporting.comparison.cells import Column, Section, sections_of
from reporting.comparison.facts import Facts
from reporting.comparison.kinds import Kind, joined
from reporting.comparison.parts import parts_of, together
from reporting.comparison.placing import Peer, peers_among
from reporting.comparison.prices import Prices
from reporting.comparison.steps import Spent, Step, steps_of
from reporting.models import Contract, Return
from reporting.queries.comparison import WITH_GROUPS, Choice, Subject, choose, end_of, kind_of
from reporting.queries.facts import accepted_by, facts_of, standing_returns

MOST_PEERS = 500  # candidates that are looked at: those that began last


@dataclass(frozen=True)
class Compared:
    """The columns stand in the order of the choice's subjects."""

    choice: Choice
    columns: tuple[Column, ...]
    moment: datetime

    @property
    def sections(self) -> list[Section]:
        return sections_of(self.columns)

    @property
    def pairs(self) -> list[tuple[Subject, Column]]:
        return list(zip(self.choice.subjects, self.columns, strict=True))


def compared(user: Any, asked: Asked, *, with_peers: bool = True) -> Compared:
    choice = choose(user, asked)
    moment = end_of(asked.known)
    candidates = _candidates(choice.contracts, moment) if with_peers else []
    facts = _facts(choice, candidates, moment)
    peers = [_peer(one, facts["public"][one.pk], asked.prices) for one in candidates]
    seen = facts["public"] | facts["own"]
    columns = tuple(_column(subject, seen, peers, asked) for subject in choice.subjects)
    return Compared(choice, columns, moment)


def _facts(choice: Choice, candidates: list[Contract], moment: datetime) -> dict[str, dict[int, Facts]]:
    """A reader's own contracts as the parties see them; all others, and every peer, as the public does."""
    own = [one for one in choice.contracts if one.pk in choice.own]
    others = {one.pk: one for one in [*choice.contracts, *candidates] if one.pk not in choice.own}
    others |= {one.pk: one for one in candidates}
    return {
        "own": facts_of(own, moment, is_party=True),
        "public": facts_of(list(others.values()), moment, is_party=False),
    }


def _column(subject: Subject, facts: dict[int, Facts], peers: Iterable[Peer], asked: Asked) -> Column:
    known = [facts[one.pk] for one in subject.contracts]
    is_scheme = subject.kind == "scheme"
    kind = joined(kind_of(one, facts[one.pk]) for one in subject.contracts)
    own = {one.pk for one in subject.contracts}
    return Column(
        together(parts_of(one, asked.prices) for one in known),
        known,
        peers_among(peers, kind, own=own, like=asked.like, is_scheme=is_scheme),
    )


def _peer(contract: Contract, facts: Facts, prices: Prices) -> Peer:
    return Peer(contract.pk, contract.title, contract.reference, kind_of(contract, facts), parts_of(facts, prices))


# --- Candidates --------------------------------------------------------------------------------------


def _candidates(contracts: Iterable[Contract], moment: datetime) -> list[Contract]:
    """Published contracts of the same categories that have an accepted return; the newest of them, where many."""
    kind = joined(kind_of(one) for one in contracts)
    if not kind.is_known:
        return []
    reported = Return.objects.filter(accepted_by(moment), contract=OuterRef("pk"))
    found = public_contracts().filter(_of_kind(kind)).filter(Exists(reported))
    return list(found.order_by("-baseline_start", "-pk")[:MOST_PEERS])


def public_contracts() -> Any:
    found = Contract.objects.filter(is_published=True).exclude(state=ContractState.DRAFT)
    return found.prefetch_related(WITH_GROUPS)


def _of_kind(kind: Kind) -> Q:
    """Shares a group of capabilities, or a CPV division."""
    wanted = Q()
    if kind.groups:
        through = Contract.capabilities.through.objects
        names = Q(capability__parent__name__in=kind.groups) | Q(
            capability__parent=None, capability__name__in=kind.groups
        )
        wanted |= Q(Exists(through.filter(names, contract=OuterRef("pk"))))
    if kind.divisions:
        codes = Func(F("cpv_codes"), Value(" "), function="array_to_string", output_field=TextField())
        beginning = rf"(^| )({'|'.join(sorted(kind.divisions))})"
        wanted |= Q(
            Exists(Contract.objects.filter(pk=OuterRef("pk")).alias(codes=codes).filter(codes__regex=beginning))
        )
    return wanted


# --- Over time --------------------------------------------------------------------------------------


def over_time(found: Compared, prices: Prices) -> dict[tuple[str, str], list[Step]]:
    """By subject, in two queries."""
    spent: dict[int, list[Spent]] = {}
    for is_party in (True, False):
        pks = [one.pk for one in found.choice.contracts if (one.pk in found.choice.own) == is_party]
        returns = standing_returns(pks, found.moment, accepted_only=not is_party)
        for row in returns.values_list("contract_id", "period_end", "planned_spend", "actual_spend"):
            spent.setdefault(row[0], []).append(Spent(*row))
    return {
        subject.key: steps_of([row for one in subject.contracts for row in spent.get(one.pk, [])], column.facts, prices)
        for subject, column in found.pairs
    }

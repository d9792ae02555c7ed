"""Where a figure stands among its peers, or why that cannot be said."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reporting.comparison.figures import Figure
from reporting.comparison.kinds import Kind, are_alike
from reporting.comparison.parts import Parts
from reporting.comparison.statistics import FEWEST_PEERS, percentile


@dataclass(frozen=True)
class Peer:
    """A published contract as the public sees it: one of those that others are set against."""

    contract_id: int
    title: str
    reference: str
    kind: Kind
    parts: Parts


@dataclass(frozen=True)
class Place:
    """How many in 100 peers are lower; None with `why`, where it cannot be said."""

    percentile: int | None
    peers: int = 0  # that have the figure
    why: str = ""

    @property
    def words(self) -> str:
        if self.percentile is None:
            return self.why
        return f"Higher than {self.percentile}% of {self.peers} peers"


@dataclass(frozen=True)
class Peers:
    """The peers of one contract or scheme. Its own contracts are never among them."""

    peers: tuple[Peer, ...]
    is_scheme: bool
    has_kind: bool

    def place(self, figure: Figure, parts: Parts) -> Place:
        value = figure.value(parts)
        if not figure.is_ranked or value is None:
            return Place(None)
        if self.is_scheme and not figure.is_ratio:
            return Place(None, why="Not set against peers: it is a sum over contracts")
        if not self.has_kind:
            return Place(None, why="No peers: neither its capabilities nor its CPV codes are known")
        known = [found for peer in self.peers if (found := figure.value(peer.parts)) is not None]
        found = percentile(value, known)
        if found is None:
            return Place(None, len(known), f"Too few peers to say: {len(known)}, and it takes {FEWEST_PEERS}")
        return Place(found, len(known))


def peers_among(
    candidates: Iterable[Peer], kind: Kind, *, own: Collection[int], like: Collection[str], is_scheme: bool
) -> Peers:
    """Those of the same kind, without `own`. A scheme is of several sizes, so size is not asked of its peers."""
    asked = [one for one in like if one != "size"] if is_scheme else like
    found = {
        peer.contract_id: peer
        for peer in candidates
        if peer.contract_id not in own and are_alike(kind, peer.kind, asked)
    }
    return Peers(tuple(found.values()), is_scheme, kind.is_known)

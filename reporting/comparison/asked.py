"""What a comparison's address asks for. The address is all there is: it can be kept, sent and gone back to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from reporting.comparison.prices import Prices

MOST = 12  # schemes and contracts side by side
# What peers share beside the category: code in the address, what `are_alike` takes, and words.
PEERS: dict[str, tuple[tuple[str, ...], str]] = {
    "": (("phase", "size"), "the same category, phase and size"),
    "phase": (("phase",), "the same category and phase"),
    "size": (("size",), "the same category and size"),
    "category": ((), "the same category"),
}


@dataclass(frozen=True)
class Asked:
    """Schemes by code and contracts by reference, each once; `known` is None for today."""

    schemes: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    known: date | None = None
    base: str = ""  # of real terms
    peers: str = ""

    @property
    def prices(self) -> Prices:
        return Prices(self.base)

    @property
    def like(self) -> tuple[str, ...]:
        return PEERS[self.peers][0]

    @property
    def size(self) -> int:
        return len(self.schemes) + len(self.contracts)

    @property
    def subjects(self) -> list[tuple[str, str]]:
        return [*(("scheme", code) for code in self.schemes), *(("contract", code) for code in self.contracts)]

    def with_one(self, kind: str, code: str) -> Asked:
        return self._of([*self.subjects, (kind, code)])

    def without(self, kind: str, code: str) -> Asked:
        return self._of([one for one in self.subjects if one != (kind, code)])

    def only(self, kind: str, code: str) -> Asked:
        return self._of([(kind, code)])

    def with_peers(self, peers: str) -> Asked:
        return replace(self, peers=peers)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """As the address has them; what is as it always is stands nowhere."""
        yield from self.subjects
        if self.known:
            yield "known", self.known.isoformat()
        if self.base:
            yield "prices", self.base
        if self.peers:
            yield "peers", self.peers

    def query(self) -> str:
        return urlencode(list(self.pairs()))

    def _of(self, subjects: Sequence[tuple[str, str]]) -> Asked:
        return replace(
            self,
            schemes=tuple(dict.fromkeys(code for kind, code in subjects if kind == "scheme")),
            contracts=tuple(dict.fromkeys(code for kind, code in subjects if kind == "contract")),
        )

"""Leaves out firms that no best combination needs, so that the solver has few to look at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from techmap.combination.question import Market


def reduce(market: Market, worth: npt.NDArray[np.int8], *, keep: int) -> npt.NDArray[np.int64]:
    """The rows of the market that can matter, in an order that does not depend on how they came.

    A firm is left out where `keep` others that stay are at least as good: each covers all that it
    covers with no fewer steps of evidence, and is small or medium where it is. With `keep` two above
    the most firms of a combination, three of these are in no combination of the firm's, and each can
    take its place; so the best three with the firm are no better than the best three without. Firms
    exactly alike stay by today's turn.
    """
    rows = np.flatnonzero(worth.any(axis=1))
    by_turn = rows[np.lexsort((market.ids[rows], market.turns[rows]))]
    features = np.column_stack([worth[by_turn], market.is_sme[by_turn]])
    kinds, members = np.unique(features, axis=0, return_inverse=True)
    # By kind, and within a kind by turn: a stable sort leaves the turns as they are.
    sorted_rows = by_turn[np.argsort(members.reshape(-1), kind="stable")]
    sizes = np.bincount(members.reshape(-1), minlength=len(kinds))
    ends = np.cumsum(sizes)
    staying = _staying(kinds, np.minimum(sizes, keep), keep)
    chosen = [
        sorted_rows[end - size : end - size + stays] for end, size, stays in zip(ends, sizes, staying, strict=True)
    ]
    return np.concatenate(chosen) if chosen else rows


def _staying(kinds: npt.NDArray[np.int8], sizes: npt.NDArray[np.int64], keep: int) -> npt.NDArray[np.int64]:
    """How many firms of each kind stay: so many as are wanting to `keep` among the kinds above it."""
    staying = np.zeros(len(kinds), np.int64)
    kept = np.empty_like(kinds)
    counts = np.zeros(len(kinds), np.int64)
    number = 0
    # What dominates has a greater sum, so every kind above comes first.
    for index in np.argsort(-kinds.sum(axis=1, dtype=np.int64), kind="stable"):
        above = (kept[:number] >= kinds[index]).all(axis=1)
        stays = min(int(sizes[index]), keep - int(counts[:number][above].sum()))
        if stays > 0:
            kept[number], counts[number] = kinds[index], stays
            staying[index] = stays
            number += 1
    return staying

"""What could not be taken from a release, and why, in words a person can act on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that was left out. `reason` is the same for all of its kind; `detail` says where and what."""

    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class NotImported(Exception):
    """The release cannot be imported. What was written for it is taken back, and the next one is read."""

    def __init__(self, reason: str, detail: str) -> None:
        self.problem = Problem(reason, detail)
        super().__init__(str(self.problem))


class Unreadable(Exception):
    """The file cannot be read, or not further than this. The message says where and how to mend it."""

"""Why an action said no, in words a person can act on.

Views turn these into pages: `Refused` into an error summary, `StaleWrite` into a conflict page
(409) that shows both versions. A missing right is Django's `PermissionDenied` (403).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reason:
    """One thing to mend: what is wrong and how to mend it, and the field that it belongs to."""

    message: str
    field: str | None = None


class Refused(Exception):
    """A rule forbids the action now. `reasons` holds every rule that failed, never just the first."""

    def __init__(self, reasons: Sequence[Reason] | str) -> None:
        self.reasons = [Reason(reasons)] if isinstance(reasons, str) else list(reasons)
        super().__init__("; ".join(reason.message for reason in self.reasons))


class StaleWrite(Exception):
    """Somebody else saved the object after this person opened it. `current` is the saved object."""

    def __init__(self, current: Any) -> None:
        self.current = current
        super().__init__("Somebody else has changed this since you opened it.")

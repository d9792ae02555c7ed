"""One release: the head that every importer needs, and what they tell one another about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from portal.ocds.fields import WRONG_TYPE, Node, describe
from portal.ocds.problems import NotImported, Problem

if TYPE_CHECKING:
    from portal.organisations.models import Organisation

LONGEST_OCID = 120
LONGEST_ID = 200


@dataclass
class Release:
    """A release whose ocid, id, date and tags are sound. The rest is read by those who need it."""

    number: int
    body: Node
    ocid: str
    id: str
    date: datetime
    tags: frozenset[str]
    problems: list[Problem]
    # Set by the first importer: the portal's organisations by the ids that the release's parties have.
    organisations: dict[str, Organisation] = field(default_factory=dict)

    def leave_out(self, reason: str, detail: str) -> None:
        """List a part that was not imported, while the rest is."""
        self.body.note(reason, detail)


def identity_of(value: Any) -> tuple[str, str]:
    """The ocid and the id to list a release by, whatever state it is in."""
    if not isinstance(value, dict):
        return "", ""
    head = Node(value, "", [])
    return head.identifier("ocid")[:LONGEST_OCID], head.identifier("id")[:LONGEST_ID]


def read_head(number: int, value: Any) -> Release:
    """Check what a release cannot do without. Raises `NotImported`."""
    if not isinstance(value, dict):
        raise NotImported(WRONG_TYPE, f"the release is {describe(value)} where an object belongs")
    problems: list[Problem] = []
    body = Node(value, "", problems)
    ocid = _required(body, "ocid", LONGEST_OCID)
    release_id = _required(body, "id", LONGEST_ID)
    date = body.moment("date")
    if date is None:
        raise _first(problems, "No date", "the release has no date, so it cannot be told which is newer")
    tags = frozenset(body.texts("tag"))
    if not tags:
        raise _first(problems, "No tag", "the release has no tag, so it cannot be told what it announces")
    return Release(number, body, ocid, release_id, date, tags, problems)


def _required(body: Node, key: str, longest: int) -> str:
    text = body.words(key)
    if not text:
        raise _first(body.problems, f"No {key}", f"the release has no {key}")
    if len(text) > longest:
        raise NotImported(f"Too long {key}", f"{key} is longer than {longest} characters")
    return text


def _first(problems: list[Problem], reason: str, detail: str) -> NotImported:
    """The problem that was met while reading; where there was none, the field is simply absent."""
    return NotImported(problems[-1].reason, problems[-1].detail) if problems else NotImported(reason, detail)

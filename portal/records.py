"""Abstract models that every app builds on."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from django.db import models

from portal.refusals import Refused, StaleWrite

REFERENCE_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"  # none that is read as another


def draw_letters(length: int) -> str:
    """Characters that name a row in its address. Ten hold 49 bits, so none is guessed."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(length))


def check_transition(table: Mapping[Any, set[Any]], current: str, wanted: str, message: str) -> None:
    """Refuse, in the words of `message`, a step that the life cycle's table does not hold."""
    if wanted not in table.get(current, set()):
        raise Refused(message)


class Versioned(models.Model):
    """A row that two people may edit. The second to save is told, and loses nothing.

    A form carries the version it was opened with; the action locks the row, calls
    `check_version` and then `bump_version`.
    """

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def check_version(self, opened_with: int) -> None:
        """Raise `StaleWrite` where the row has moved on since the form was opened."""
        if opened_with != self.version:
            raise StaleWrite(self)

    def bump_version(self) -> Self:
        self.version += 1
        return self


class SubmittedOnce(models.Model):
    """A row made by a form that a person may send twice: the key is drawn when the form is shown."""

    submission_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=SubmittedOnce)


def sent_before(rows: models.QuerySet[Row], submission_key: uuid.UUID) -> Row | None:
    """The row that the same form made before, among these; None where it is sent for the first time.

    Raises `Refused` where the form made a row elsewhere: it was opened for another page, and sent again from here.
    """
    if made := rows.filter(submission_key=submission_key).first():
        return made
    if rows.model._default_manager.filter(submission_key=submission_key).exists():
        raise Refused("This form was used before. Open it again")
    return None


class Region(models.TextChoices):
    """The 12 ITL1 regions of the United Kingdom (ONS International Territorial Levels, 2021)."""

    NORTH_EAST = "TLC", "North East"
    NORTH_WEST = "TLD", "North West"
    YORKSHIRE = "TLE", "Yorkshire and The Humber"
    EAST_MIDLANDS = "TLF", "East Midlands"
    WEST_MIDLANDS = "TLG", "West Midlands"
    EAST = "TLH", "East of England"
    LONDON = "TLI", "London"
    SOUTH_EAST = "TLJ", "South East"
    SOUTH_WEST = "TLK", "South West"
    WALES = "TLL", "Wales"
    SCOTLAND = "TLM", "Scotland"
    NORTHERN_IRELAND = "TLN", "Northern Ireland"

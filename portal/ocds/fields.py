"""Reading an object that somebody else wrote: nothing in it need be of the type that the standard says.

Whatever is absent or null reads as empty. Whatever is of another type reads as empty too, and is
noted in the list of problems with the place where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from portal.ocds.problems import Problem
from portal.ocds.text import clean, one_line

WRONG_TYPE = "Wrong type"
NOT_A_DATE = "Not a date"
NOT_A_SUM = "Not a sum of money"
NOT_A_LINK = "Not a web address"
STRAY_SPACES = "A key has stray spaces"
YEARS = range(1990, 2101)
MOST_PROBLEMS = 50  # of one release
LARGEST_ID = 10**18
LARGEST_SUM = Decimal("999999999999.99")
_is_link = URLValidator(schemes=["http", "https"])


def describe(value: Any) -> str:
    """What kind of JSON value it is, in words, with the beginning of a text."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return f"the text '{one_line(value[:200])[:60]}'"
        case list():
            return "a list"
        case dict():
            return "an object"
    return "a number"


class Node:
    """One JSON object, the path to it, and the problems met while reading it."""

    def __init__(self, value: dict[str, Any], path: str, problems: list[Problem]) -> None:
        self.value = value
        self.path = path
        self.problems = problems

    def note(self, reason: str, detail: str) -> None:
        """Add a problem, once however often the field is read; of a release that has no end of them, the first."""
        problem = Problem(reason, detail)
        if len(self.problems) < MOST_PROBLEMS and problem not in self.problems:
            self.problems.append(problem)

    def at(self, key: str) -> str:
        return f"{self.path}/{key}" if self.path else key

    def garbled_keys(self) -> list[str]:
        """Keys with white space in them, which no OCDS key has: the object was damaged on its way."""
        return [key for key in self.value if len(key.split()) != 1 or key != key.strip()]

    def _expect(self, key: str, kinds: type | tuple[type, ...], wanted: str) -> Any:
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool is not kinds):
            self.note(WRONG_TYPE, f"{self.at(key)} holds {describe(value)} where {wanted} belongs")
            return None
        return value

    def text(self, key: str) -> str:
        """Text of one or more lines."""
        return clean(self._expect(key, str, "text") or "")

    def words(self, key: str) -> str:
        """Text of one line."""
        return one_line(self.text(key))

    def identifier(self, key: str) -> str:
        """An id: the standard allows text and whole numbers."""
        value = self._expect(key, (str, int), "text or a whole number")
        if isinstance(value, int):
            return str(value) if abs(value) < LARGEST_ID else ""
        return one_line(value or "")

    def object(self, key: str) -> Node:
        return Node(self._expect(key, dict, "an object") or {}, self.at(key), self.problems)

    def objects(self, key: str) -> Iterator[Node]:
        """The objects of a list; what is no object is noted and passed over."""
        for index, value in enumerate(self._expect(key, list, "a list of objects") or []):
            path = f"{self.at(key)}/{index}"
            if isinstance(value, dict):
                yield Node(value, path, self.problems)
            else:
                self.note(WRONG_TYPE, f"{path} holds {describe(value)} where an object belongs")

    def texts(self, key: str) -> list[str]:
        """The texts of a list; what is no text is noted and passed over."""
        found = []
        for index, value in enumerate(self._expect(key, list, "a list of texts") or []):
            if isinstance(value, str):
                found.append(one_line(value))
            else:
                self.note(WRONG_TYPE, f"{self.at(key)}/{index} holds {describe(value)} where text belongs")
        return found

    def moment(self, key: str, *, end_of_day: bool = False) -> datetime | None:
        """An instant. A date alone is its first minute in London, or its last second where it is a deadline."""
        text = self.words(key)
        if not text:
            return None
        moment = _as_moment(text, time(23, 59, 59) if end_of_day else time())
        if moment is None:
            self.note(NOT_A_DATE, f"{self.at(key)} holds {describe(text)}; write it as 2025-03-21T17:00:00Z")
        return moment

    def day(self, key: str) -> date | None:
        """The day in London of an instant."""
        moment = self.moment(key)
        return timezone.localtime(moment).date() if moment else None

    def amount(self, key: str) -> Decimal | None:
        """Pounds and pence; nothing where the sum is nought, which is how publishers write 'not known'."""
        value = self._expect(key, (int, float, Decimal), "a number")
        if value is None:
            return None
        number = Decimal(value)
        if not number.is_finite() or not 0 <= number <= LARGEST_SUM:
            self.note(NOT_A_SUM, f"{self.at(key)} is below nought or above £{LARGEST_SUM:,}")
            return None
        return number.quantize(Decimal("0.01")) or None

    def link(self, key: str, longest: int) -> str:
        """A whole http or https address."""
        text = self.words(key)
        if not text:
            return ""
        try:
            _is_link(text)
        except ValidationError:
            self.note(NOT_A_LINK, f"{self.at(key)} holds {describe(text)}; an address begins with https://")
            return ""
        if len(text) > longest:
            self.note(NOT_A_LINK, f"{self.at(key)} is longer than {longest} characters")
            return ""
        return text


def _as_moment(text: str, time_of_day: time) -> datetime | None:
    """Reads ISO 8601. Years outside the range are slips of the pen, and some would not fit the database."""
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time_of_day) if day else parse_datetime(text)
        if moment is None or moment.year not in YEARS:
            return None
        return moment if moment.tzinfo else timezone.make_aware(moment)
    except (ValueError, OverflowError):
        return None

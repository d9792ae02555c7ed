"""What every reader of a file gives: sheets with rows, one after the other, and what stops the reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from portal.sheets import LONGEST_TEXT
from reporting.standards.values import Illegible

MOST_COLUMNS = 300
MOST_SHEETS = 250
MOST_RETURNS = 5_000  # in one file
LAST_ROW = 1_048_576  # that Excel has
MOST_DEEP = 100  # elements of XML inside one another; where there are more it is no spreadsheet
LARGEST_TOKEN = 1024 * 1024  # bytes of XML that are one thing, such as a tag with its attributes
TOO_LONG = f"This cell has more than {LONGEST_TEXT:,} characters, the most that Excel takes. Shorten it"
FOUND = "Errors"  # the sheet of a marked workbook that lists what was found; it is no table
NOT_WORKED_OUT = "This cell holds a formula that was never worked out. Open the file, save it, and upload it again"
FORMULA_FAILED = "The formula in this cell has an error. Mend it, or enter the value itself"


class Unreadable(Exception):
    """The file cannot be read, or not further. The message says why and what to do, in whole sentences."""


def too_many_rows(most: int) -> Unreadable:
    return Unreadable(f"The file has more than {most:,} rows. Split it, and upload each part.")


def too_many_returns(most: int) -> Unreadable:
    return Unreadable(f"The file holds more than {most:,} returns. Split it, and upload each part.")


def too_many_sheets() -> Unreadable:
    return Unreadable(f"The file has more than {MOST_SHEETS} sheets. Take out those that the template does not have.")


Beat = Callable[[], None]  # a sign of life, given for every piece of a file, whatever it holds


def no_beat() -> None:
    """Nobody waits for one."""


def fitting(text: str) -> str | Illegible:
    return text if len(text) <= LONGEST_TEXT else Illegible(text[:200], TOO_LONG)


def parse(parser: Any, piece: bytes, fed: int, damaged: str) -> int:
    """Hand Expat the next piece, and return how many bytes it has had. It keeps what is begun and not ended whole."""
    parser.Parse(piece, False)
    fed += len(piece)
    if fed - parser.CurrentByteIndex > LARGEST_TOKEN:
        raise Unreadable(damaged)
    return fed


@dataclass(frozen=True)
class Broken:
    """A row that is no row, in place of its cells."""

    says: str
    text: str = ""


Row = tuple[int, list[Any] | Broken]


@dataclass(frozen=True)
class Sheet:
    """A sheet, a file of a zip, or a table. Its rows come with their numbers; the first one is the heading.

    Blank rows are left out. Read one sheet to its end before the next is asked for.
    """

    name: str
    rows: Iterator[Row]


class Source(Protocol):
    """An opened file."""

    note: str  # something to know of the file as a whole; empty for nothing

    def version(self) -> str | None:
        """Which version of the standard the file says that it was made from; None where it does not say."""

    def sheets(self) -> Iterator[Sheet]: ...

    def done(self) -> float:
        """How much of the file has been read, from 0 to 1."""

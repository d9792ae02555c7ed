"""Values of a JSON document or of JSON Lines, one after another, at the speed of the standard library's parser.

`portal.ocds.documents` costs twice the time to lose no more than one release to a fault. A check stops at a fault in
the JSON itself: nothing after it can be told.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any

from portal.ocds.documents import LARGEST_RELEASE
from portal.ocds.problems import Unreadable

CHUNK = 1024 * 1024  # bytes read at a time
SPACE = " \t\r\n"


class Quick:
    """A document's text, of which what was read is let go."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        file.seek(start)
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._parse = json.JSONDecoder().raw_decode
        self._text, self._at, self._passed, self._ended = "", 0, 0, False

    def peek(self) -> str:
        """The next character that is not white space; "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, expected: str) -> str:
        """Pass over the next character where it is one of these, and say which."""
        found = self.peek()
        if not found or found not in expected:
            return ""
        self._at += 1
        return found

    def value(self) -> Any:
        """The next value. Raises `Unreadable` where there is none, or it is longer than a release can be."""
        self.peek()
        wanted = CHUNK
        while True:
            try:
                value, end = self._parse(self._text, self._at)
            except RecursionError as fault:
                raise Unreadable(f"{self.place}: lists or objects are nested too deep.") from fault
            except ValueError as fault:
                if len(self._text) - self._at > LARGEST_RELEASE or not self._more(wanted):
                    raise Unreadable(f"Broken JSON at {self.place}: {fault}.") from fault
                wanted *= 2
                continue
            if end == len(self._text) and self._text[end - 1] not in '}]"' and self._more():
                continue  # a number that may go on
            self._at = end
            return value

    @property
    def place(self) -> str:
        return f"character {self._passed + self._at:,}"

    def _more(self, size: int = CHUNK) -> bool:
        """Read on. False at the end of the file."""
        if self._ended:
            return False
        data = self._file.read(size)
        self._ended = not data
        try:
            text = self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError as fault:
            raise Unreadable(f"The file is not UTF-8 near {self.place}. Save it as UTF-8.") from fault
        self._passed += self._at
        self._text, self._at = self._text[self._at :] + text, 0
        return True

    # --- Objects and lists ---------------------------------------------------------------------------

    def members(self) -> Iterator[str]:
        """The keys of the object at hand. Between two keys the caller reads the value."""
        self._expect("{")
        while not self.take("}"):
            key = self.value()
            self._expect(":")
            yield key if isinstance(key, str) else ""
            if not self.take(",") and self.peek() != "}":
                raise Unreadable(f"Broken JSON at {self.place}: a comma is missing.")

    def items(self) -> Iterator[Any]:
        """The values of the list at hand."""
        self._expect("[")
        while not self.take("]"):
            yield self.value()
            if not self.take(",") and self.peek() != "]":
                raise Unreadable(f"Broken JSON at {self.place}: a comma is missing between two values.")

    def _expect(self, one: str) -> None:
        if not self.take(one):
            raise Unreadable(f"Broken JSON at {self.place}: {one} is missing.")

"""Refuses XML that declares a document type: no entity bomb and no outside entity without one."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from portal.files.inspection.unfit import Unfit

MAX_PROLOG = 64 * 1024  # bytes; Expat before 2.6 takes quadratic time over one endless token
RESAVE = "Open it where it was made, save it as a new file, and choose that"


class _PrologOver(Exception):
    """The first element has begun; a document type can no longer follow."""


class XmlWatch:
    """Fed with an XML part in pieces. Stops looking at the first element unless `on_element` is given.

    Office programs never write a document type, and entities can only be declared in one, so any
    is refused as soon as it opens: nothing is ever expanded or fetched.
    """

    def __init__(self, on_element: Callable[[str, dict[str, str]], None] | None = None) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = on_element or self._stop
        self._over = False
        self._whole = on_element is not None
        self._fed = 0

    @staticmethod
    def _refuse(*_args: object) -> None:
        raise Unfit("has XML inside it that declares a document type or entities", RESAVE)

    @staticmethod
    def _stop(*_args: object) -> None:
        raise _PrologOver

    def feed(self, piece: bytes) -> None:
        if self._over:
            return
        self._fed += len(piece)
        try:
            self._parser.Parse(piece, False)
        except _PrologOver:
            self._over = True
        except expat.ExpatError as error:
            raise Unfit("has damaged XML inside it", RESAVE) from error
        if not self._whole and self._fed > MAX_PROLOG and not self._over:
            raise Unfit("has XML inside it that does not begin within 64 KB", RESAVE)

    def close(self) -> None:
        """Raise `Unfit` where the part ended before its first element."""
        if self._over:
            return
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Unfit("has damaged XML inside it", RESAVE) from error

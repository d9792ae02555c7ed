"""Processes of their own that do a thing at the same moment, round after round, each with its own connection.

What they do is named as "package.module:function": called with what one of them is given it makes ready, and returns
what is then called by all at once. That returns a word, also for an error.
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from tests.nursery import Nursery, named

PATIENCE = 120  # seconds


class Racers:
    def __init__(self, lines: Sequence[Connection]) -> None:
        self.lines = lines

    def run(self, what: str, given: Sequence[tuple[Any, ...]]) -> list[Any]:
        """What each of them answers; the first gets the first of what is given, and so on."""
        lines = self.lines[: len(given)]
        for line, one in zip(lines, given, strict=True):
            line.send((what, one))
        for line in lines:
            assert heard(line) == "ready"
        for line in lines:
            line.send("go")
        return [heard(line) for line in lines]


def heard(line: Connection) -> Any:
    assert line.poll(PATIENCE), "One of them does not answer"
    return line.recv()


@contextmanager
def racers(nursery: Nursery, number: int) -> Iterator[Racers]:
    """So many of them, until the end."""
    with ExitStack() as stack:
        address = str(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "door")
        door = stack.enter_context(socket.socket(socket.AF_UNIX))
        door.settimeout(PATIENCE)
        door.bind(address)
        door.listen(number)
        for _ in range(number):
            nursery.bear("tests.racers:race", address)
        yield Racers([stack.enter_context(Connection(door.accept()[0].detach())) for _ in range(number)])


def race(address: str) -> None:
    """One of them: until the other side hangs up."""
    from django.contrib.contenttypes.models import ContentType

    with Client(address) as line:
        while True:
            try:
                what, given = line.recv()
            except EOFError:
                return
            ContentType.objects.clear_cache()  # each test fills the tables anew, and the process outlives it
            act = named(what)(*given)
            line.send("ready")
            line.recv()
            line.send(act())

"""Speaks to clamd: the INSTREAM command of clamd(8), over TCP or a local socket.

Our own, because the `clamd` package has had no release since 2014 and no time-out on its socket.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass

CONNECT_TIMEOUT = 5.0  # seconds
SILENCE_TIMEOUT = 60.0  # seconds without a byte either way
TOTAL_TIMEOUT = 300.0  # seconds for one file
PIECE = 64 * 1024  # bytes
MAX_REPLY = 1024  # bytes


class ScanFailed(Exception):
    """The scanner gave no verdict: it is down, slow, refused the file or spoke nonsense."""


@dataclass(frozen=True)
class Verdict:
    """`signature` names the malware that was found; empty means that none was."""

    signature: str = ""


def scan(address: str, pieces: Iterable[bytes]) -> Verdict:
    """Send the content and wait for the verdict. Raises `ScanFailed`; never takes silence for a clean file."""
    deadline = time.monotonic() + TOTAL_TIMEOUT
    try:
        with _connect(address) as connection:
            _send(connection, pieces, deadline)
            reply = _read_reply(connection, deadline)
    except OSError as error:
        raise ScanFailed(f"The scanner did not answer: {error.__class__.__name__}") from error
    return _verdict(reply)


def is_up(address: str) -> bool:
    """Whether the scanner answers PING."""
    try:
        with _connect(address) as connection:
            connection.sendall(b"zPING\0")
            return _read_reply(connection, time.monotonic() + CONNECT_TIMEOUT) == b"PONG"
    except (OSError, ScanFailed):
        return False


def _connect(address: str) -> socket.socket:
    """A connection to "host:port", "[::1]:port" or the path of a socket."""
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(CONNECT_TIMEOUT)
            connection.connect(address)
        except OSError:
            connection.close()
            raise
    else:
        host, _, port = address.rpartition(":")
        connection = socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_TIMEOUT)
    connection.settimeout(SILENCE_TIMEOUT)
    return connection


def _send(connection: socket.socket, pieces: Iterable[bytes], deadline: float) -> None:
    """Each piece goes with its length in front; length 0 ends the stream."""
    try:
        connection.sendall(b"zINSTREAM\0")
        for piece in pieces:
            for start in range(0, len(piece), PIECE):
                part = piece[start : start + PIECE]
                connection.sendall(len(part).to_bytes(4) + part)
            if time.monotonic() > deadline:
                raise ScanFailed("The scanner took too long to take the file in")
        connection.sendall((0).to_bytes(4))
    except (BrokenPipeError, ConnectionResetError):
        return  # over its size limit clamd answers and hangs up; the reply says so


def _read_reply(connection: socket.socket, deadline: float) -> bytes:
    reply = b""
    while not reply.endswith(b"\0"):
        if len(reply) > MAX_REPLY or time.monotonic() > deadline:
            raise ScanFailed("The scanner sent too much or took too long")
        piece = connection.recv(256)
        if not piece:
            raise ScanFailed("The scanner hung up without a verdict")
        reply += piece
    return reply[:-1]


def _verdict(reply: bytes) -> Verdict:
    text = reply.decode("utf-8", "replace")
    if text == "stream: OK":
        return Verdict()
    if found := re.fullmatch(r"stream: (\S.*) FOUND", text):
        return Verdict(signature=found[1])
    if "size limit exceeded" in text:
        raise ScanFailed("The file is larger than the scanner takes: raise StreamMaxLength in clamd.conf")
    raise ScanFailed(f"The scanner answered: {text[:100]!r}")

"""The client of clamd against a real one, and against one that misbehaves: trust row 18."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from portal.files import clamd
from tests.files.samples import EICAR
from tests.files.scanners import CLAMD, SIGNATURE, false_clamd, real_clamd, take_in

needs_clamd = pytest.mark.skipif(CLAMD is None, reason="NOT RUN: clamd is not installed (Debian: clamav-daemon)")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with real_clamd(stream_max="2M") as address:
        yield address


@needs_clamd
def test_scan_eicar(address: str) -> None:
    assert clamd.scan(address, [EICAR]) == clamd.Verdict(signature=f"{SIGNATURE}.UNOFFICIAL")


@needs_clamd
def test_scan_eicar_over_pieces(address: str) -> None:
    assert clamd.scan(address, [b"x" * 100_000, EICAR[:20], EICAR[20:]]).signature == f"{SIGNATURE}.UNOFFICIAL"


@needs_clamd
def test_scan_clean(address: str) -> None:
    assert clamd.scan(address, [b"nothing here" * 10_000]) == clamd.Verdict()


@needs_clamd
def test_scan_over_the_scanners_limit(address: str) -> None:
    with pytest.raises(clamd.ScanFailed, match=r"larger than the scanner takes: raise StreamMaxLength|did not answer"):
        clamd.scan(address, [b"x" * 65536] * 100)


@needs_clamd
def test_is_up(address: str) -> None:
    assert clamd.is_up(address)


def test_scan_over_tcp_sends_everything() -> None:
    taken: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        taken.append(take_in(connection))
        connection.sendall(b"stream: OK\0")

    with false_clamd(answer) as address:
        assert clamd.scan(address, [b"a" * 70_000, b"", b"b"]) == clamd.Verdict()

    assert taken == [b"a" * 70_000 + b"b"]


def reply_with(*pieces: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        take_in(connection)
        for piece in pieces:
            connection.sendall(piece)

    return answer


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"", "hung up without a verdict"),
        (b"stream: OK", "hung up without a verdict"),
        (b"\0", "answered"),
        (b"OK\0", "answered"),
        (b"stream: OK FOUND maybe\0", "answered"),
        (b"stream:  FOUND\0", "answered"),
        (b"stream: Can't allocate memory ERROR\0", "answered"),
        (b"HTTP/1.1 200 OK\r\n\r\n\0", "answered"),
        (b"INSTREAM size limit exceeded. ERROR\0", "larger than the scanner takes"),
        (b"\xff\xfe\0", "answered"),
        (b"x" * 5000, "sent too much"),
    ],
)
def test_scan_reply_that_is_no_verdict(reply: bytes, said: str) -> None:
    with false_clamd(reply_with(reply)) as address, pytest.raises(clamd.ScanFailed, match=said):
        clamd.scan(address, [b"content"])


def test_scan_reply_in_pieces() -> None:
    with false_clamd(reply_with(b"stream: Win.Te", b"st.A-1 FO", b"UND\0")) as address:
        assert clamd.scan(address, [b"content"]) == clamd.Verdict(signature="Win.Test.A-1")


def test_scan_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"

    with pytest.raises(clamd.ScanFailed, match="did not answer"):
        clamd.scan(address, [b"content"])
    assert not clamd.is_up(address)


@pytest.mark.parametrize("address", ["/nowhere/clamd.sock", "no-such-host.invalid:3310"])
def test_scan_address_that_leads_nowhere(address: str) -> None:
    with pytest.raises(clamd.ScanFailed):
        clamd.scan(address, [b"content"])


def test_scan_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clamd, "SILENCE_TIMEOUT", 0.3)

    with (
        false_clamd(lambda connection: time.sleep(1)) as address,
        pytest.raises(clamd.ScanFailed, match="TimeoutError"),
    ):
        clamd.scan(address, [b"content"])


def test_scan_drip(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then keeps the connection awake, and the total time still ends it."""
    monkeypatch.setattr(clamd, "TOTAL_TIMEOUT", 0.3)

    def drip(connection: socket.socket) -> None:
        take_in(connection)
        try:
            for _ in range(20):
                connection.sendall(b"x")
                time.sleep(0.1)
        except OSError:
            return

    with false_clamd(drip) as address, pytest.raises(clamd.ScanFailed, match="took too long"):
        clamd.scan(address, [b"content"])


def test_scan_hung_up_in_mid_stream() -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with false_clamd(reset) as address, pytest.raises(clamd.ScanFailed):
        clamd.scan(address, [b"x" * 65536] * 200)

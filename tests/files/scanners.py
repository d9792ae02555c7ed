"""A real clamd with one signature of our own, and a false one that misbehaves as told."""

from __future__ import annotations

import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.files import clamd
from tests.files.samples import EICAR

CLAMD = shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
SIGNATURE = "Test.Eicar"


@contextmanager
def real_clamd(*, stream_max: str = "25M") -> Iterator[str]:
    """Start clamd on a socket of its own; it knows the EICAR test string and nothing else."""
    assert CLAMD
    folder = Path(tempfile.mkdtemp(prefix="clamd-"))
    (folder / "db").mkdir()
    (folder / "db" / "test.ndb").write_text(f"{SIGNATURE}:0:*:{EICAR.hex()}\n")
    address = str(folder / "clamd.sock")
    config = folder / "clamd.conf"
    config.write_text(
        f"LocalSocket {address}\nDatabaseDirectory {folder / 'db'}\nTemporaryDirectory {folder}\n"
        f"Foreground yes\nStreamMaxLength {stream_max}\nMaxThreads 2\n"
    )
    process = subprocess.Popen(
        [CLAMD, "--config-file", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_up(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_up(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if Path(address).exists() and clamd.is_up(address):
            return
        assert process.poll() is None, "clamd stopped by itself"
        time.sleep(0.1)
    raise AssertionError("clamd did not start in 30 seconds")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def take_in(connection: socket.socket) -> bytes:
    """Read one INSTREAM command to its end and return the content."""
    with connection.makefile("rb") as stream:
        assert stream.read(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(stream.read(4)):
            content += stream.read(size)
        return content


@contextmanager
def false_clamd(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server on a free port that treats each connection as `answer` says."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            answer(self.request)

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()

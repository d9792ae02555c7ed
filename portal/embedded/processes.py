"""Start and stop programs so that none outlives its starter."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")


def free_port() -> int:
    """A TCP port that nothing on this machine listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do: connections of an ended server that linger in the kernel are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def start(
    command: list[str],
    *,
    log: Path,
    folder: Path,
    env: dict[str, str] | None = None,
    owner: pwd.struct_passwd | None = None,
    last_word: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that Ctrl-C reaches the launcher alone.

    Its words go to the end of `log`. It is sent `last_word` if this process dies without stopping it:
    a polite end may never come then, as when a worker waits for a broker that has ended beside it.
    """
    user, group = (str(owner.pw_uid), str(owner.pw_gid)) if owner else ("-", "-")
    leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(int(last_word)), user, group]
    with log.open("ab") as words:
        return subprocess.Popen(
            [*leash, *command], stdin=subprocess.DEVNULL, stdout=words, stderr=words,
            cwd=folder, env=env, start_new_session=True,
        )  # fmt: skip


def stop(process: subprocess.Popen[bytes], *, patience: float, request: signal.Signals = signal.SIGTERM) -> None:
    """Ask a program to end; after `patience` seconds end it, and whatever it left behind."""
    if process.poll() is None:
        process.send_signal(request)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, for a message that says why something failed."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

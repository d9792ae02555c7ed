"""`make demo` as a person meets it: real starts, in a folder and on ports of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from portal.demo.accounts import ACCOUNTS
from portal.embedded import processes
from portal.embedded.scratch import scratch_folder

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240  # seconds; the tests share the machine, so no time is asserted
pytestmark = pytest.mark.slow


@dataclass
class Launcher:
    process: subprocess.Popen[str]
    folder: Path
    port: int
    said: str = ""

    def wait_until_ready(self) -> None:
        self.read_until("`make demo-reset` deletes it.")

    def read_until(self, words: str) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return
        raise AssertionError(f"The demo ended with {self.process.wait()}:\n{self.said}")

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.said += rest
        return self.process.returncode

    def page(self, path: str = "") -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=60) as answer:
            return answer.read().decode()

    def database_url(self) -> str:
        lines = (self.folder / "postgres/data/postmaster.pid").read_text().splitlines()
        password = (self.folder / "postgres/password").read_text()
        return f"postgres://threepoint:{password}@127.0.0.1:{lines[3]}/postgres"


@contextmanager
def launch(folder: Path, port: int | None = None, command: str = "demo") -> Iterator[Launcher]:
    port = port or processes.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.embedded", command], cwd=ROOT, text=True,
        env={"PATH": os.environ["PATH"], "PORT": str(port), "DEMO_FOLDER": str(folder)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield Launcher(process, folder, port)
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def left_behind(folder: Path) -> list[str]:
    """Processes that work in this folder: its path is in their command or their environment."""
    return [" ".join(process.cmdline()) for process in psutil.process_iter() if _works_in(process, str(folder))]


def _works_in(process: psutil.Process, folder: str) -> bool:
    try:
        return folder in " ".join(process.cmdline()) or folder in " ".join(process.environ().values())
    except psutil.Error:
        return False


def nothing_left(folder: Path) -> bool:
    deadline = time.monotonic() + 60
    while left_behind(folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    return not left_behind(folder)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A demo's folder after its first start, ended with SIGTERM."""
    with scratch_folder("demo") as scratch:
        folder = scratch / "data"
        with launch(folder) as demo:
            demo.wait_until_ready()
            demo.read_until("from now on each new one is named")
            assert list((folder / "mail").glob("*.eml"))
            assert "E-mail to" not in demo.said
            assert "<html" in demo.page()
            assert len(left_behind(folder)) > 5
            with psycopg.connect(demo.database_url()) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
            assert demo.end(signal.SIGTERM) == 0
        (scratch / "said").write_text(demo.said)
        yield folder


def test_first_start_shows_its_steps_and_who_can_sign_in(folder: Path) -> None:
    said = (folder.parent / "said").read_text()
    emails = [account.email for account in ACCOUNTS]
    steps = ["Starting the database", "Preparing the tables", "Preparing the shared cache",
             "Loading the capability taxonomy", "Loading example data", "Writing the open data",
             "Gathering static files",
             "Starting the web server", "Threepoint is ready", *emails, "E-mails are not sent"]  # fmt: skip
    places = [said.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_sigterm_leaves_no_process(folder: Path) -> None:
    assert left_behind(folder) == []


def test_second_start_prepares_nothing_and_keeps_the_data(folder: Path) -> None:
    key = (folder / "secret-key").read_text()
    with launch(folder) as demo:
        demo.wait_until_ready()
        with psycopg.connect(demo.database_url()) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (42,)
        assert demo.end(signal.SIGINT) == 0
    steps = re.findall(r"^(?:Preparing|Loading|Making|Writing|Gathering).*", demo.said, re.M)
    assert (steps, (folder / "secret-key").read_text()) == ([], key)
    assert nothing_left(folder)


def test_kill_of_the_launcher_leaves_no_process_and_the_next_start_works(folder: Path) -> None:
    with launch(folder) as demo:
        demo.wait_until_ready()
        demo.end(signal.SIGKILL)
    assert nothing_left(folder)
    with launch(folder) as demo:
        demo.wait_until_ready()
        assert "<html" in demo.page()
        with launch(folder) as second:
            said, _ = second.process.communicate(timeout=PATIENCE)
            assert f"running already: http://127.0.0.1:{demo.port}/" in said
        with launch(folder, command="reset") as reset:
            said, _ = reset.process.communicate(timeout=PATIENCE)
            assert "running already" in said
        assert "<html" in demo.page()
        assert demo.end(signal.SIGTERM) == 0


def test_taken_port_is_said_before_anything_starts(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with launch(folder, port=taken.getsockname()[1]) as demo:
            said, _ = demo.process.communicate(timeout=PATIENCE)
    assert demo.process.returncode == 1
    assert said.startswith(f"Port {demo.port} is taken by another program.")
    assert "Starting" not in said


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "8000.5"])
def test_port_that_is_no_port_is_refused(folder: Path, port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.embedded.demo import chosen_port

    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit, match="PORT must be a number from 1 to 65535"):
        chosen_port()


def test_signal_while_preparing_leaves_no_process() -> None:
    with scratch_folder("demo") as scratch, launch(scratch / "data") as demo:
        demo.read_until("Preparing the tables")
        assert demo.end(signal.SIGTERM) == 0
        assert nothing_left(scratch / "data")


def test_secrets_are_for_their_owner_alone(folder: Path) -> None:
    modes = {name: (folder / name).stat().st_mode & 0o077 for name in ("secret-key", "postgres", "logs", "mail")}
    assert modes == dict.fromkeys(modes, 0)


def test_reset_deletes_the_data() -> None:
    with scratch_folder("demo") as scratch:
        (scratch / "data/mail").mkdir(parents=True)
        with launch(scratch / "data", command="reset") as reset:
            assert reset.process.wait(PATIENCE) == 0
        assert not (scratch / "data").exists()

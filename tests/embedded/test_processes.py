"""Programs that the launcher starts, and what becomes of them when their starter is gone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from portal.embedded import broker, processes
from portal.embedded.postgres import FAST, EmbeddedPostgres
from portal.embedded.scratch import scratch_folder

STARTER = """
import sys, time
from pathlib import Path
from portal.embedded import processes
child = processes.start(["sleep", "600"], log=Path(sys.argv[1]), folder=Path("/"))
print(child.pid, flush=True)
time.sleep(600)
"""


def ends(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_program_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, tmp_path / "log"], stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    child = int(starter.stdout.readline())
    starter.kill()
    starter.communicate()
    assert ends(child)


def test_stop_ends_what_the_program_left_behind(tmp_path: Path) -> None:
    program = ["sh", "-c", "sleep 600 & echo $!; trap '' TERM; wait"]
    process = processes.start(program, log=tmp_path / "log", folder=tmp_path)
    while not (words := (tmp_path / "log").read_text()):
        time.sleep(0.02)
    processes.stop(process, patience=0.2)
    assert process.returncode == -signal.SIGKILL
    assert ends(int(words))


def test_is_free_tells_a_taken_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert not processes.is_free(taken.getsockname()[1])
    assert processes.is_free(processes.free_port())


def test_postgres_takes_over_from_a_server_that_was_left_running() -> None:
    with scratch_folder("stale") as folder:
        first, second = (EmbeddedPostgres(folder / "server", settings=FAST) for _ in range(2))
        first.start()
        with psycopg.connect(first.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        assert first.process
        with second:
            assert first.process.wait(10) == 0
            with psycopg.connect(second.url()) as connection:
                assert connection.execute("SELECT number FROM kept").fetchone() == (42,)


def test_postgres_starts_beside_the_pid_of_another_program() -> None:
    with scratch_folder("pid") as folder:
        server = EmbeddedPostgres(folder / "server", settings=FAST)
        with server:
            pass
        (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
        with server, psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's server runs as that user")
def test_postgres_of_root_runs_as_nobody() -> None:
    with scratch_folder("owner") as folder, EmbeddedPostgres(folder / "server", settings=FAST) as server:
        assert server.process
        assert psutil.Process(server.process.pid).username() == "nobody"
        assert server.data.stat().st_mode & 0o077 == 0


def test_broker_is_made_once_and_keeps_its_tasks() -> None:
    server_url, name = os.environ["DATABASE_URL"], "test_broker_twice"
    try:
        first = broker.prepare(server_url, name)
        with psycopg.connect(first.replace("pgmq://", "postgres://"), autocommit=True) as connection:
            connection.execute("SELECT pgmq.create('work')")
            connection.execute("SELECT pgmq.send('work', '{}')")
        assert broker.prepare(server_url, name) == first
        with psycopg.connect(first.replace("pgmq://", "postgres://")) as connection:
            assert connection.execute("SELECT count(*) FROM pgmq.q_work").fetchone() == (1,)
    finally:
        broker.drop(server_url, name)

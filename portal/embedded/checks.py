"""`make test`, `make real`, `make lint`, `make bench` and `make audit`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from portal.embedded import debian
from portal.embedded.install import ROOT
from portal.embedded.scratch import scratch_postgres, scratch_redis, settings_for

CODE = ["portal", "techmap", "engagement", "reporting", "innovation_den", "manage.py"]
OUR_APPS = ["accounts", "audit", "files", "notifications", "organisations", "tokens",
            "techmap", "engagement", "reporting", "innovation_den"]  # fmt: skip
# Two processes, a file to each in turn, in the order that tests/conftest.py gives: the slow files first.
SPREAD = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "30")


def _python(*args: str, env: dict[str, str] | None = None) -> int:
    return subprocess.run([sys.executable, *args], cwd=ROOT, env={**os.environ, **(env or {})}).returncode


def _pytest(args: tuple[str, ...], env: dict[str, str] | None = None) -> int:
    browser = debian.browser()
    return _python("-m", "pytest", *(args or SPREAD), env={**(env or {}), "CHROMIUM": browser})


def test(*args: str) -> None:
    """Run pytest; what the tests stand on they start themselves (`tests/environment.py`)."""
    sys.exit(_pytest(args))


def real(*args: str) -> None:
    """Run pytest against Debian's PostgreSQL and Redis, in a folder and on ports of their own."""
    programs, redis = debian.postgres_programs(), debian.redis_program()
    with ExitStack() as stack:
        database_url = stack.enter_context(scratch_postgres(programs))
        redis_url = stack.enter_context(scratch_redis(redis))
        print(f"Testing against {_version(programs / 'postgres')} and {_version(redis)}", flush=True)
        env = {"DATABASE_URL": database_url, "REDIS_URL": f"{redis_url}/0", "CELERY_BROKER_URL": f"{redis_url}/1"}
        code = _pytest(args, env)
    sys.exit(code)


def _version(program: Path) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split()[:3])


@contextmanager
def _deployed() -> Iterator[dict[str, str]]:
    """Settings as a deployment has them, with an empty database."""
    with scratch_postgres() as database_url:
        yield settings_for(database_url) | {
            "ALLOWED_HOSTS": "threepoint.example",
            "SITE_URL": "https://threepoint.example",
            "LOCAL_HTTP": "false",
            "LOG_LEVEL": "WARNING",
            "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
        }


def lint() -> None:
    """Every check runs, so that one look shows all that is wrong; ends with 1 if any found something."""
    manage = ["-W", "ignore", "manage.py"]
    checks = {
        "ruff check": ["-m", "ruff", "check", "."],
        "ruff format": ["-m", "ruff", "format", "--check", "--quiet", "."],
        "mypy": ["-m", "mypy", *CODE],
        "missing migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "settings of a deployment": [*manage, "check", "--deploy", "--fail-level", "WARNING"],
        "migrations that break a running release": ["-m", "portal.embedded.migrations", *OUR_APPS],
    }
    with _deployed() as env:
        failed = [name for name, command in checks.items() if not _passes(name, command, env)]
    sys.exit(f"\nNot clean: {', '.join(failed)}" if failed else 0)


def _passes(name: str, command: list[str], env: dict[str, str]) -> bool:
    print(f"--- {name}", flush=True)
    return _python(*command, env=env) == 0


def audit() -> None:
    """Ask the advisories about the locked packages. Needs the network; tomorrow's answer may differ.

    A package that could not be looked up is a failure: an audit that did not run has not passed.
    """
    codes = [
        _python("-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip", "-r", f"requirements/{name}.txt")
        for name in ("base", "dev")
    ]
    npm = shutil.which("npm")
    if npm:
        codes.append(subprocess.run([npm, "audit"], cwd=ROOT).returncode)
    else:
        print("npm is not on the PATH: its packages were not audited.")
        codes.append(1)
    sys.exit(1 if any(codes) else 0)


def bench(*names: str) -> None:
    """Run the benchmarks on an empty database of their own; CHECK=1 fails where a goal is missed."""
    flags = ["--check"] if os.environ.get("CHECK") else []
    with scratch_postgres() as database_url:
        code = _python("manage.py", "make_tables", "--verbosity", "0", env=(env := settings_for(database_url)))
        code = code or _python("manage.py", "createcachetable", env=env)
        code = code or _python("manage.py", "bench", *names, *flags, env=env)
    sys.exit(code)

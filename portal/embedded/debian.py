"""Programs that come from the system, not from a lock: a browser, PostgreSQL, Redis.

As root on Debian and Ubuntu a missing one is installed; elsewhere a message says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def apt_install(*packages: str) -> bool:
    """Install Debian packages if we may; say whether that was done."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing {', '.join(packages)} with apt-get", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        if subprocess.run(["apt-get", *command], env=env, stdout=subprocess.DEVNULL).returncode:
            return False
    return True


def find_browser() -> str:
    """The browser that is here: `CHROMIUM`, or one on the PATH. Empty if there is none."""
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"]
    return next((path for name in BROWSERS if (path := shutil.which(name))), "")


def browser() -> str:
    """The browser for the journeys, installed if it is missing and may be. Empty if there is none."""
    if not (found := find_browser()) and apt_install("chromium", "fonts-liberation"):
        found = find_browser()
    if not found:
        print(
            "There is no Chromium here: the browser tests will fail. Install it "
            "(apt-get install chromium), or name one: CHROMIUM=/path/to/chrome make test",
            flush=True,
        )
    return found


def _find_postgres() -> Path | None:
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: int(folder.parent.name), default=None)


def postgres_programs() -> Path:
    """The folder of the newest PostgreSQL programs of Debian."""
    if not (found := _find_postgres()) and apt_install("postgresql"):
        found = _find_postgres()
    if not found:
        raise SystemExit("`make real` needs Debian's PostgreSQL. Install it: apt-get install postgresql")
    return found


def redis_program() -> Path:
    """Debian's Redis server."""
    if not (found := shutil.which("redis-server")) and apt_install("redis-server"):
        found = shutil.which("redis-server")
    if not found:
        raise SystemExit("`make real` needs Redis. Install it: apt-get install redis-server")
    return Path(found)

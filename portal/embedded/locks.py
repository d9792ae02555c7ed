"""`make locks`: write every lock anew. No lock names a package registry."""

from __future__ import annotations

import subprocess
import sys

from portal.embedded.assets import npm
from portal.embedded.install import ROOT

COMPILE = [
    sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
    "--generate-hashes", "--upgrade", "--no-emit-index-url", "--no-emit-find-links",
    "--custom-compile-command", "make locks",
]  # fmt: skip


def compile_lock(name: str, *args: str) -> None:
    print(f"Writing requirements/{name}.txt", flush=True)
    subprocess.run([*COMPILE, "-o", f"requirements/{name}.txt", *args], cwd=ROOT, check=True)


def main() -> None:
    """The development lock first; the smaller ones hold the same versions, so that all are tested."""
    compile_lock("dev", "pyproject.toml", "--extra", "dev")
    compile_lock("demo", "pyproject.toml", "--extra", "demo", "--constraint", "requirements/dev.txt")
    compile_lock("base", "pyproject.toml", "--constraint", "requirements/dev.txt")
    compile_lock("node", "--group", "pyproject.toml:node")
    compile_lock("locking", "--group", "pyproject.toml:locking")
    compile_lock("cove", "--group", "pyproject.toml:cove")
    compile_lock("conference", "--group", "pyproject.toml:conference")
    compile_lock("c3voc", "--group", "pyproject.toml:c3voc")
    print("Writing package-lock.json", flush=True)
    npm("install", "--package-lock-only", "--ignore-scripts")

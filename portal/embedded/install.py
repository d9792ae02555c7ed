"""Make `.venv` and fill it from the locks, each package held to its hash.

    python3 portal/embedded/install.py demo|dev|node|locking|cove|c3voc|conference

`cove` and `c3voc` stand apart, in `.cove` and `.c3voc`: tests start them as programs, and nothing imports them. Where
one cannot be fetched, the tests that need it are skipped, and say so. `conference` stands apart too, in
`.conference`: only the benchmark of the schedule starts it.

Runs under the machine's own Python before anything is installed, so it uses the standard library
alone. A lock is installed once: its digest is kept beside the packages, and the same digest the
next time means that there is nothing to do.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
APART = {name: ROOT / f".{name}" for name in ("cove", "c3voc", "conference")}  # each in an environment of its own
OLDEST = (3, 11)


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Let one process at a time in: `make demo` and `make test` may be started together."""
    with (ROOT / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(*files: Path) -> str:
    """One digest of the files' names and contents, whatever their order."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(str(file.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def python_of(name: str) -> Path:
    """The Python of the virtual environment that the lock of this name goes into."""
    return APART.get(name, VENV) / "bin" / "python"


def make_venv(python: Path) -> None:
    """Make the virtual environment, or make it anew when its Python has gone from the machine."""
    if python.exists() and subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0:
        return
    folder = python.parents[1]
    print(f"Making the virtual environment {folder.name}", flush=True)
    try:
        venv.create(folder, clear=True, with_pip=True)
    except subprocess.CalledProcessError:
        raise SystemExit(
            "Python could not make a virtual environment with pip in it. "
            "On Debian and Ubuntu: apt-get install python3-venv"
        ) from None


def is_installed(name: str) -> bool:
    """Whether the lock of this name, as it is now, is in its virtual environment."""
    stamp = python_of(name).parents[1] / f"installed-{name}"
    return (
        python_of(name).exists() and stamp.exists() and stamp.read_text() == digest(ROOT / f"requirements/{name}.txt")
    )


def pip_install(lock: Path, python: Path = PYTHON) -> None:
    """Install the lock, counting the packages as pip comes to them; pip's words are shown when it fails."""
    total = sum(1 for line in lock.read_text().splitlines() if "==" in line and not line.startswith((" ", "#")))
    print(f"Installing up to {total} packages from {lock.relative_to(ROOT)}", flush=True)
    command = [str(python), "-m", "pip", "install", "--require-hashes", "--disable-pip-version-check",
               "--no-input", "--progress-bar", "off", "-r", str(lock)]  # fmt: skip
    said = []
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied: ")):
                seen += 1
                if sys.stdout.isatty() and line.startswith("Collecting "):
                    print(f"\r\033[K  {seen} of {total}: {line.split()[1].split('==')[0]}", end="", flush=True)
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    if pip.returncode:
        raise SystemExit("".join(said[-30:]) + f"\npip could not install {lock.relative_to(ROOT)}.")


def install(name: str) -> None:
    """Bring `.venv` to what the lock says. What `dev` holds, `demo` needs no second time."""
    with only_one("venv"):
        if is_installed(name) or (name == "demo" and is_installed("dev")):
            return
        python = python_of(name)
        make_venv(python)
        try:
            pip_install(ROOT / f"requirements/{name}.txt", python)
        except SystemExit as failed:
            if name not in APART:
                raise
            print(f"{failed}\nWithout it, the tests that need it are skipped.", file=sys.stderr, flush=True)
            return
        (python.parents[1] / f"installed-{name}").write_text(digest(ROOT / f"requirements/{name}.txt"))


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        raise SystemExit(f"Threepoint needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    for wanted in sys.argv[1:]:
        install(wanted)

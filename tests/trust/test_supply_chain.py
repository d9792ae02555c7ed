"""Trust row 29: nothing is installed but what the locks name by version and hash, wherever it is fetched from.

What the advisories say of the locked packages changes by the day and needs the network: `make audit` asks them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from portal.embedded import assets, checks, install

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
HASH = r"--hash=sha256:[0-9a-f]{64}"
PINNED = re.compile(rf"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==[0-9][\w.+!]*( ; [^;:]+)?( {HASH})+", re.IGNORECASE)


def requirements(lock: str) -> list[str]:
    """The lock's lines, each with what continues it, without comments."""
    lines = (line for line in lock.replace("\\\n", "").splitlines() if not line.lstrip().startswith("#"))
    return [" ".join(line.split()) for line in lines if line.strip()]


def faults_of_lock(lock: str) -> list[str]:
    return [line for line in requirements(lock) if not PINNED.fullmatch(line) or "://" in line]


def faults_of_package_lock(lock: dict[str, Any]) -> list[str]:
    """Packages without a hash, or with the address of one registry."""
    packages = {name: package for name, package in lock["packages"].items() if name}
    return [
        name
        for name, package in packages.items()
        if not re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package.get("integrity", "")) or "resolved" in package
    ]


def unlocked_installs(text: str) -> list[str]:
    """Lines that would install what no lock holds fast."""
    lines = [line.strip() for line in text.replace("\\\n", " ").splitlines() if not line.lstrip().startswith("#")]
    pip = [line for line in lines if re.search(r"\b(pip3?|uv pip|pipx) install\b", line)]
    npm = [line for line in lines if re.search(r"\bnpm (install|i|add|update)\b|\bnpx\b|\byarn\b", line)]
    return [line for line in pip if "--require-hashes" not in line] + npm


def versions(name: str) -> dict[str, str]:
    lines = requirements((ROOT / f"requirements/{name}.txt").read_text())
    return {canonicalize_name(line.split("==")[0].split("[")[0]): re.split(r"==| ", line)[1] for line in lines}


def test_there_is_a_lock_for_each_install() -> None:
    assert [lock.stem for lock in LOCKS] == ["base", "c3voc", "conference", "cove", "demo", "dev", "locking", "node"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_python_lock_pins_and_hashes_every_package_and_names_no_host(lock: Path) -> None:
    assert len(requirements(lock.read_text())) >= 1
    assert faults_of_lock(lock.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "django==5.2.1",
        f"django>=5.2 --hash=sha256:{'a' * 64}",
        f"django==5.2.* --hash=sha256:{'a' * 64}",
        "django==5.2.1 --hash=md5:0123456789abcdef",
        f"django @ https://files.example/django.whl --hash=sha256:{'a' * 64}",
        "--index-url https://packages.example/simple",
        "--find-links file:///wheels",
        "-r other.txt",
    ],
)
def test_loose_line_in_a_python_lock_is_found(line: str) -> None:
    good = f"django==5.2.1 ; python_full_version < '3.12' \\\n    --hash=sha256:{'a' * 64}\n    # via threepoint\n"
    assert (faults_of_lock(good), faults_of_lock(good + line)) == ([], [line])


@pytest.mark.parametrize("name", ["base", "demo"])
def test_what_is_deployed_is_the_version_that_is_tested(name: str) -> None:
    tested = versions("dev")
    assert {package: tested.get(package) for package in versions(name)} == versions(name)


@pytest.mark.parametrize(("name", "extras"), [("base", []), ("demo", ["demo"]), ("dev", ["demo", "dev"])])
def test_lock_holds_what_the_project_asks_for(name: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    wanted = [
        Requirement(line)
        for line in [*project["dependencies"], *(line for extra in extras for line in optional[extra])]
    ]
    held = versions(name)
    others = [need for need in wanted if need.name != project["name"]]
    assert [str(need) for need in others if held.get(canonicalize_name(need.name), "") not in need.specifier] == []


def test_npm_lock_hashes_every_package_and_names_no_host() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert len(lock["packages"]) > 3
    assert faults_of_package_lock(lock) == []
    assert "://" not in (ROOT / ".npmrc").read_text()


@pytest.mark.parametrize("change", [{"integrity": None}, {"integrity": "sha1-abc"}, {"resolved": "file:sass.tgz"}])
def test_loose_package_in_the_npm_lock_is_found(change: dict[str, str | None]) -> None:
    package = {"version": "1.0.0", "integrity": f"sha512-{'A' * 86}=="}
    changed = {key: value for key, value in (package | change).items() if value}
    assert faults_of_package_lock({"packages": {"": {}, "a": package, "b": changed}}) == ["b"]


@pytest.mark.parametrize("name", ["Makefile", "Dockerfile", ".ci/run", "docker-compose.yml"])
def test_file_installs_from_the_locks_alone(name: str) -> None:
    assert unlocked_installs((ROOT / name).read_text()) == []


def test_image_is_filled_from_the_locks() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"npm ci.*", text) == ["npm ci --ignore-scripts"]
    assert re.findall(r"pip install.*", text) == ["pip install --no-cache-dir --require-hashes -r /requirements.txt"]
    assert "COPY requirements/base.txt /requirements.txt" in text


@pytest.mark.parametrize(
    "line", ["pip install django", "RUN pip install \\\n    -r base.txt", "npm install", "cd x && npm i", "npx sass"]
)
def test_loose_install_is_found(line: str) -> None:
    assert len(unlocked_installs(f"# pip install nothing\npip install --require-hashes -r a.txt\nnpm ci\n{line}")) == 1


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package in a folder, which pip finds there without the network, and does not really install."""
    file = tmp_path / "nothing_here-1.0-py3-none-any.whl"
    info = "nothing_here-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: nothing-here\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    for name, value in {
        "NO_INDEX": "1",
        "FIND_LINKS": str(tmp_path),
        "DRY_RUN": "1",
        "CONFIG_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setattr(install, "ROOT", tmp_path)
    return file


def test_installer_takes_the_package_of_the_lock_and_no_other(wheel: Path) -> None:
    lock = wheel.with_name("lock.txt")
    lock.write_text(f"nothing-here==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    install.pip_install(lock)
    for loose in ("nothing-here==1.0\n", f"nothing-here==1.0 --hash=sha256:{'0' * 64}\n"):
        lock.write_text(loose)
        with pytest.raises(SystemExit, match="pip could not install"):
            install.pip_install(lock)


def test_front_end_is_installed_from_its_lock_without_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(assets, "once", lambda what, stamp, key, *args: calls.append(args))
    assets.build()
    assert [call[0] for call in calls] == ["ci", "run"]
    assert "--ignore-scripts" in calls[0]


def test_lint_checks_the_settings_of_a_deployment_and_the_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def no_database() -> Iterator[dict[str, str]]:
        yield {}

    commands: list[str] = []
    monkeypatch.setattr(checks, "_deployed", no_database)
    monkeypatch.setattr(checks, "_passes", lambda name, command, env: commands.append(" ".join(command)) or True)
    with pytest.raises(SystemExit):
        checks.lint()
    wanted = [
        "manage.py check --deploy --fail-level WARNING",
        "manage.py makemigrations --check",
        "portal.embedded.migrations",
    ]
    assert [words for words in wanted if not any(words in command for command in commands)] == []


def test_settings_of_a_deployment_are_clean() -> None:
    env = os.environ | {
        "ALLOWED_HOSTS": "threepoint.example",
        "SITE_URL": "https://threepoint.example",
        "LOCAL_HTTP": "false",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # which browser tests of the same process have set
    command = [sys.executable, "-W", "ignore", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_audit_asks_about_every_locked_package(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(checks, "_python", lambda *args: asked.append(" ".join(args)) or 0)
    monkeypatch.setattr(checks.shutil, "which", lambda name: name)
    monkeypatch.setattr(
        checks.subprocess, "run", lambda args, **_: asked.append(" ".join(args)) or subprocess.CompletedProcess(args, 0)
    )
    with pytest.raises(SystemExit):
        checks.audit()
    pip = "-m pip_audit --strict --require-hashes --disable-pip -r requirements"
    assert asked == [f"{pip}/base.txt", f"{pip}/dev.txt", "npm audit"]

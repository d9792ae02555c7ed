"""The container files. No container engine is needed: what they promise is read from them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = ["migrate", "web", "worker", "beat"]
READ_BY_SETTINGS = set(
    re.findall(r'env\.(?:str|bool|int|list|json)\(\s*"([A-Z_]+)"', (ROOT / "portal/settings.py").read_text())
)


def service(name: str) -> dict[str, Any]:
    return COMPOSE["services"][name]


def test_compose_has_the_shape_of_production() -> None:
    assert set(COMPOSE["services"]) == {*OURS, "postgres", "redis", "mailpit"}


@pytest.mark.parametrize("name", sorted(set(COMPOSE["services"]) - {"migrate"}))
def test_compose_watches_the_health_of_each_lasting_service(name: str) -> None:
    assert service(name)["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@pytest.mark.parametrize("name", OURS)
def test_compose_sets_nothing_that_settings_do_not_read(name: str) -> None:
    assert set(service(name)["environment"]) - READ_BY_SETTINGS == set()


def test_compose_gives_the_portal_no_secret_of_its_own() -> None:
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        uses = re.findall(rf"\$\{{{name}[^}}]*\}}", (ROOT / "docker-compose.yml").read_text())
        assert uses
        assert all(use.startswith(f"${{{name}:?") for use in uses)


def test_compose_migrates_before_anything_serves() -> None:
    waits = {name: service(name)["depends_on"]["migrate"]["condition"] for name in OURS if name != "migrate"}
    assert waits == dict.fromkeys(("web", "worker", "beat"), "service_completed_successfully")
    assert service("migrate")["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_compose_keeps_what_redis_is_given() -> None:
    command = service("redis")["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert service("redis")["volumes"] == ["redis:/data"]


def test_compose_opens_ports_to_this_machine_alone() -> None:
    ports = [port for name in COMPOSE["services"] for port in service(name).get("ports", [])]
    assert sorted(ports) == ["127.0.0.1:8000:8000", "127.0.0.1:8025:8025"]


def test_compose_names_hosts_that_are_services() -> None:
    settings = service("web")["environment"]
    hosts = {urlsplit(re.sub(r"\$\{.*?\}", "x", settings[name])).hostname for name in ("DATABASE_URL", "REDIS_URL")}
    assert {*hosts, settings["EMAIL_HOST"]} == {"postgres", "redis", "mailpit"}


def test_compose_web_health_check_passes_on_a_live_portal(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost,127.0.0.1")
    *_, program = service("web")["healthcheck"]["test"]
    program = program.replace("http://127.0.0.1:8000", live_server.url).replace("timeout=4", "timeout=60")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_dockerfile_copies_what_is_there_and_is_sent_to_the_engine() -> None:
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M) for word in line.split()[:-1]]
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert [path for path in copied if not any(path == entry or path.startswith(f"{entry}/") for entry in sent)] == []


def test_dockerfile_takes_every_room_along() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"portal", "templates"}
    assert {room for room in rooms if f"\nCOPY {room} {room}\n" not in DOCKERFILE} == set()


def test_dockerfile_installs_locked_packages_and_drops_root() -> None:
    installs = re.findall(r"pip install .+|npm (?:ci|install).*", DOCKERFILE)
    assert installs == ["npm ci --ignore-scripts", "pip install --no-cache-dir --require-hashes -r /requirements.txt"]
    assert DOCKERFILE.index("USER portal") < DOCKERFILE.index("CMD [")


def test_ci_runs_what_a_newcomer_would_run() -> None:
    lines = (ROOT / ".ci/run").read_text().splitlines()
    assert [line for line in lines if line.startswith("make ")] == ["make lint", "make test"]


def test_every_setting_is_explained() -> None:
    page = (ROOT / "docs/operating.md").read_text()
    assert {name for name in READ_BY_SETTINGS if f"`{name}`" not in page} == set()


def test_every_command_of_make_is_listed_by_help() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.M)[0].split()
    assert re.findall(r"^  make (\S+)", listed, re.M) == phony

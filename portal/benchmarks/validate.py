"""OCDS releases through our structural checks, and through `libcoveocds` on the same file."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from portal.benchmarks.frame import Goal, Measure, benchmark

ROOT = Path(settings.BASE_DIR)
COVE = ROOT / ".cove" / "bin" / "libcoveocds"
SHARED = ROOT.parent / "shared" / "data"
SEED = 1115
REPEATS = 3
REPEATS_OF_COVE = 1  # half a minute each


@benchmark("validate", size=10_000, about="OCDS releases checked against the standard's schema, from file to faults")
def run(size: int) -> list[Measure]:
    """Time is of the processor, without what each program takes to start: other work on the machine must not
    decide it, nor the portal's settings. Both begin at the file and end with their faults."""
    archive = Path(settings.OCDS_STANDARD_ZIP or SHARED / "ocds-standard-1.1.5.zip")
    if not archive.is_file():
        raise CommandError("Name the archive of the standard: OCDS_STANDARD_ZIP=standard-1__1__5.zip.")
    if not COVE.is_file():
        raise CommandError("The yardstick is not there: python3 portal/embedded/install.py cove.")
    measures = []
    with tempfile.TemporaryDirectory(prefix="bench-validate-") as folder:
        for name, releases in _files(size):
            file = Path(folder) / f"{name}.json"
            _write(file, releases)
            measures += _measured(name, file, archive)
    return measures


def _files(size: int) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    yield "made", made_releases(size)
    real = SHARED / "contracts-finder-releases.json"
    if real.is_file():
        yield "real, repeated", _repeated(json.loads(real.read_text())["releases"], size)


def _repeated(releases: list[dict[str, Any]], size: int) -> Iterator[dict[str, Any]]:
    for number in range(size):
        yield releases[number % len(releases)] | {"id": f"again-{number}"}


def _write(file: Path, releases: Iterator[dict[str, Any]]) -> None:
    """One package, release by release."""
    head = {
        "uri": "https://threepoint.example/bench.json",
        "version": "1.1",
        "publishedDate": "2026-11-22T00:00:00Z",
        "publisher": {"name": "Bench"},
    }
    with file.open("w") as out:
        out.write(json.dumps(head)[:-1] + ', "releases": [')
        for number, release in enumerate(releases):
            out.write((", " if number else "") + json.dumps(release))
        out.write("]}")


def _measured(name: str, file: Path, archive: Path) -> list[Measure]:
    """Ours and theirs in turn, each in a process of its own from start to end, and what each found."""
    ours = [
        sys.executable, "-W", "ignore", "manage.py", "check_ocds", str(file), "--standard-zip", str(archive),
    ]  # fmt: skip
    theirs = [str(COVE), "--standard-zip", str(archive), "--additional-checks", "none", str(file)]
    mine = [_Timed(ours) for _ in range(REPEATS)]
    other = [_Timed(theirs) for _ in range(REPEATS_OF_COVE)]
    my_start, other_start = (_start(command, file) for command in (ours, theirs))
    found = sum(line.startswith(f"{file}: ") for line in mine[-1].said.splitlines())
    known = len(json.loads(other[-1].said)["validation_errors"])
    yardstick = f"libcoveocds, {name}"
    return [
        Measure(yardstick, [one.seconds - other_start for one in other]),
        Measure(
            f"ours, {name}",
            [one.seconds - my_start for one in mine],
            yardstick=yardstick,
            goals=[Goal("ratio", 1 / 20)],
        ),
        Measure(f"ours, {name}: memory", [one.memory for one in mine], unit="MiB"),
        Measure(f"libcoveocds, {name}: memory", [one.memory for one in other], unit="MiB"),
        Measure(f"faults, {name}: ours less theirs", [found - known], unit=f"of {known:,}", goals=[Goal("median", 0)]),
    ]


def _start(command: list[str], file: Path) -> float:
    """Seconds that the program takes for a file of one release."""
    one = file.with_name("one.json")
    _write(one, made_releases(1))
    short = [str(one) if part == str(file) else part for part in command]
    return statistics.median(_Timed(short).seconds for _ in range(REPEATS))


class _Timed:
    """A run of a program: its processor time, its peak memory, and what it said."""

    def __init__(self, command: list[str]) -> None:
        with tempfile.TemporaryFile("w+") as out:
            started = time.monotonic()
            process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds = usage.ru_utime + usage.ru_stime
            self.memory = usage.ru_maxrss / 1024
            out.seek(0)
            self.said = out.read()


# --- Releases as this portal makes them ------------------------------------------------------------------


def made_releases(size: int) -> Iterator[dict[str, Any]]:
    """Contracts with their returns over five years, of about 4 KB each; the same for the same seed."""
    chance = random.Random(SEED)  # noqa: S311 - figures for a measurement
    for number in range(size):
        yield _made(number, chance)


def _made(number: int, chance: random.Random) -> dict[str, Any]:
    process = number // 60
    month = f"{2022 + number % 60 // 12}-{number % 12 + 1:02}"
    buyer = {"id": f"GB-PPON-P{process:07}", "name": f"Council {process}"}
    supplier = {"id": f"GB-COH-{process:08}", "name": f"Supplier {process} Ltd"}
    return {
        "ocid": f"ocds-tp0000-{process}",
        "id": f"ocds-tp0000-{process}-{number}",
        "date": f"{month}-28T12:00:00Z",
        "tag": ["implementationUpdate"],
        "initiationType": "tender",
        "language": "en",
        "buyer": buyer,
        "parties": [_party(buyer, ["buyer", "payer"]), _party(supplier, ["supplier", "payee"])],
        "contracts": [_contract(process, month, buyer, supplier, chance)],
    }


def _party(reference: dict[str, Any], roles: list[str]) -> dict[str, Any]:
    scheme, _, value = reference["id"].rpartition("-")
    address = {"streetAddress": "1 Mill Lane", "locality": "Ashford", "postalCode": "TN23 1AA", "countryName": "UK"}
    identifier = {"scheme": scheme, "id": value, "legalName": reference["name"]}
    return reference | {"roles": roles, "identifier": identifier, "address": address}


def _contract(process: int, month: str, buyer: Any, supplier: Any, chance: random.Random) -> dict[str, Any]:
    def money() -> dict[str, Any]:
        return {"amount": chance.randrange(100, 1_000_000) / 100, "currency": "GBP"}

    items = [
        {"id": f"{month}-{n}", "description": "Senior developer", "quantity": n + 0.5, "unit": {"value": money()}}
        for n in range(8)
    ]
    milestones = [
        {"id": f"M{n}", "title": f"Milestone {n}", "type": "delivery", "status": "scheduled",
         "dueDate": f"{month}-28T00:00:00Z"}
        for n in range(6)
    ]  # fmt: skip
    paid = {"id": month, "date": f"{month}-28T00:00:00Z", "value": money(), "payer": buyer, "payee": supplier}
    return {
        "id": f"C-{process}",
        "awardID": f"C-{process}",
        "status": "active",
        "value": money(),
        "items": items,
        "implementation": {"transactions": [paid], "milestones": milestones},
    }

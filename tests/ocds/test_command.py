"""The command shows what became of each release, by table, by line and by CSV, and says it with its exit code."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import os
import sys
import termios
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from engagement.models import EngagementRequest
from portal.ocds import importing
from portal.ocds.importing import Outcome, import_releases
from portal.ocds.reader import Entry
from portal.ocds.report import CsvReport
from portal.organisations.models import Organisation
from tests.ocds.makers import NOW, import_all, make_award, make_notice, make_package, make_release, reasons, write

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_ocds", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def read_report(path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_command_imports_and_counts(tmp_path):
    damaged = make_release(3) | {"ocid": 5}
    path = write(tmp_path / "a.json", make_package(make_notice(1), make_award(2), damaged, make_release(4)))

    out, err = run(path)

    assert "Release 3 (5, notice-0003-1) not imported. Wrong type: ocid holds a number where text belongs" in out
    for line in ("4  in all", "2  imported", "0  updated", "1  unchanged", "1  not imported", "1  Wrong type"):
        assert f"         {line}\n" in out
    assert f"{2:>10}  organisation: created" in out
    assert err == ""
    assert EngagementRequest.objects.count() == 1


def test_command_run_twice_changes_nothing(tmp_path):
    path = write(tmp_path / "a.json", make_package(make_notice(1), make_award(2)))
    run(path)

    out, _ = run(path)

    assert f"{0:>10}  imported" in out
    assert f"{2:>10}  unchanged" in out
    assert "Written" not in out


def test_command_reads_several_files_and_fails_for_one_that_cannot_be_read(tmp_path):
    good = write(tmp_path / "good.jsonl", json.dumps(make_notice(1)))
    bad = write(tmp_path / "bad.json", "<html>")
    later = write(tmp_path / "later.json", make_award(2))
    out, err = io.StringIO(), io.StringIO()

    with pytest.raises(CommandError, match="2 of 4 files could not be read to the end") as failed:
        call_command("import_ocds", *map(str, (good, bad, tmp_path / "none", later)), stdout=out, stderr=err)

    assert failed.value.returncode == 1
    assert "bad.json: Broken JSON at byte 0 (line 1)" in err.getvalue()
    assert "none: The file cannot be opened" in err.getvalue()
    assert f"{2:>10}  imported" in out.getvalue()


def test_command_reads_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(make_notice()).encode())))

    out, _ = run("-")

    assert f"{1:>10}  imported" in out


def test_command_report_lists_every_release_as_csv(tmp_path):
    formula = make_release(2) | {"id": "=HYPERLINK(1)", "tag": []}
    path = write(tmp_path / "a.json", make_package(make_notice(1), formula))

    run(path, "--report", tmp_path / "list.csv")

    first, second = read_report(tmp_path / "list.csv")
    assert first == {
        "file": str(path), "number": "1", "ocid": "ocds-test01-0001", "release id": "notice-0001-1",
        "outcome": "imported", "reason": "", "detail": "",
    }  # fmt: skip
    assert (second["release id"], second["outcome"], second["reason"]) == ("'=HYPERLINK(1)", "not imported", "No tag")


def test_command_report_lists_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(CommandError):
        run(write(tmp_path / "a.json", ""), "--report", tmp_path / "list.csv")

    (row,) = read_report(tmp_path / "list.csv")
    assert (row["outcome"], row["detail"]) == ("file not read", "The file is empty.")


def test_command_refuses_a_report_that_cannot_be_written(tmp_path):
    path = write(tmp_path / "a.json", make_package(make_notice()))

    with pytest.raises(CommandError, match="cannot be written: No such file"):
        run(path, "--report", tmp_path / "none" / "list.csv")
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_cells_that_a_spreadsheet_would_run_are_text(start):
    file = io.StringIO(newline="")
    CsvReport(file).add_unreadable(f"{start}1+1", f"1{start}")
    row = list(csv.reader(io.StringIO(file.getvalue(), newline="")))[1]
    assert (row[0], row[-1]) == (f"'{start}1+1", f"1{start}")


def read_to_the_end(terminal: int) -> str:
    """All that was written to a terminal whose other end is closed: the kernel hands it on in pieces."""
    parts: list[bytes] = []
    with contextlib.suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as reader:
        while part := reader.read(10_000):
            parts.append(part)
    return b"".join(parts).decode()


def test_command_shows_progress_on_a_terminal_alone(tmp_path, monkeypatch):
    path = write(tmp_path / "a.json", make_package(*[make_release(number) for number in range(50)]))
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        run(path)
    shown = read_to_the_end(ours)

    assert "a.json: 100%" in shown


def test_command_is_quiet_elsewhere(tmp_path, capsys):
    run(write(tmp_path / "a.json", make_package(make_release())))

    assert capsys.readouterr().err == ""


def test_unexpected_fault_costs_its_release_alone(caplog):
    def fail_once(release, run):
        if release.number == 1:
            Organisation.objects.create(name="Half written")
            raise LookupError("a fault of ours")
        return []

    entries = [Entry(number, make_release(number)) for number in (1, 2)]
    with caplog.at_level(logging.CRITICAL):
        first, second = import_releases(entries, importers=[fail_once], now=NOW)

    assert (first.outcome, reasons(first)) == (Outcome.NOT_IMPORTED, ["Unexpected fault"])
    assert second.outcome is Outcome.UNCHANGED
    assert not Organisation.objects.exists()


def test_what_a_refused_release_taught_is_forgotten():
    """Its organisations were taken back, so the next release must not be given them from memory."""
    refused = make_notice(1, due="soon")

    first, second = import_all(refused, make_notice(2))

    assert (first.outcome, second.outcome) == (Outcome.NOT_IMPORTED, Outcome.IMPORTED)
    assert Organisation.objects.count() == 1


def test_lost_database_stops_the_import():
    def lose(release, run):
        raise OperationalError("the connection is gone")

    with pytest.raises(OperationalError):
        list(import_releases([Entry(1, make_release())], importers=[lose], now=NOW))


def test_organisations_in_memory_are_bounded(monkeypatch):
    monkeypatch.setattr(importing, "ORGANISATIONS_KEPT", 3)
    run = importing.Run(NOW)

    for number in range(10):
        run.remember(("GB-CFS", str(number)), Organisation(name=str(number)))
        run.settle(keep=True)

    assert [run.known(("GB-CFS", str(number))) is not None for number in range(10)] == [False] * 7 + [True] * 3

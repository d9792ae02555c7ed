"""The company register comes in row by row: what is sound is stored, what is not is listed with its line."""

from __future__ import annotations

import gzip
import io
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.bulk import companies
from techmap.actions import companies as storing
from techmap.models import Company
from tests.techmap.company_file import HEADING, HEADS, company_rows, write_companies

MOST_MEMORY = 150 * 1024 * 1024
ROWS = 100_000


def line(**cells: str) -> str:
    """One line of the file, as the published one has it."""
    given = dict(zip((head.strip() for head in HEADS), next(company_rows(1)), strict=True)) | cells
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in given.values()) + "\n"


def company(number: int, **cells: str) -> str:
    return line(CompanyNumber=f"{number:08d}", CompanyName=f"FIRM {number} LTD", **cells)


def write(path: Path, *lines: str | bytes, heading: str = HEADING) -> Path:
    pieces = [heading + "\n", *lines]
    path.write_bytes(b"".join(piece if isinstance(piece, bytes) else piece.encode() for piece in pieces))
    return path


def run(*paths: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_companies", *map(str, paths), stdout=out, stderr=out, **options)
    return out.getvalue()


def stored() -> list[tuple[Any, ...]]:
    return list(Company.objects.order_by("number").values_list())


def numbers() -> list[str]:
    return list(Company.objects.order_by("number").values_list("number", flat=True))


@pytest.mark.django_db
def test_every_field_is_taken(tmp_path) -> None:
    cells = {
        "CompanyName": "BRACKEN & O'NEILL \u00c9LAN LIMITED",
        "CompanyNumber": "01234567",
        "RegAddress.CareOf": "MARSH LLP",
        "RegAddress.AddressLine1": '1 "OLD" MILL',
        "RegAddress.AddressLine2": "HIGH STREET",
        "RegAddress.PostTown": "LEEDS",
        "RegAddress.PostCode": "LS1 4AP",
        "RegAddress.Country": "ENGLAND",
        "CompanyCategory": "Private Limited Company",
        "CompanyStatus": "Liquidation",
        "IncorporationDate": "03/02/1999",
        "DissolutionDate": "",
        "SICCode.SicText_1": "62012 - Business software",
        "SICCode.SicText_2": "None Supplied",
        "PreviousName_1.CompanyName": "OLD NAME LTD",
        "PreviousName_2.CompanyName": r"BACK\SLASH, {LTD}",
    }

    out = run(write(tmp_path / "a.csv", line(**cells)))

    assert "         1  imported" in out
    found = Company.objects.get()
    assert (found.number, found.name) == ("01234567", "BRACKEN & O'NEILL \u00c9LAN LIMITED")
    assert (found.street_address, found.locality) == ('MARSH LLP, 1 "OLD" MILL, HIGH STREET', "LEEDS")
    assert (found.postal_code, found.country_name, found.status) == ("LS1 4AP", "ENGLAND", "Liquidation")
    assert (found.incorporated_on, found.dissolved_on) == (date(1999, 2, 3), None)
    assert (found.sic_codes, found.category) == (["62012 - Business software"], "Private Limited Company")
    assert found.previous_names == ["OLD NAME LTD", r"BACK\SLASH, {LTD}"]


@pytest.mark.django_db
def test_a_second_run_changes_nothing(tmp_path) -> None:
    path = write(tmp_path / "a.csv", company(1), company(2))
    run(path)
    before = stored()

    out = run(path)

    assert "         2  unchanged" in out
    assert stored() == before


@pytest.mark.django_db
def test_a_later_file_updates_what_differs(tmp_path) -> None:
    run(write(tmp_path / "a.csv", company(1), company(2)))
    untouched = Company.objects.get(number="00000002").imported_at

    out = run(write(tmp_path / "b.csv", company(1, CompanyStatus="Liquidation"), company(2), company(3)))

    assert [f"{count:>10}  {word}" in out for count, word in ((1, "imported"), (1, "updated"), (1, "unchanged"))]
    assert Company.objects.get(number="00000001").status == "Liquidation"
    assert Company.objects.get(number="00000002").imported_at == untouched
    assert len(stored()) == 3


BROKEN: list[tuple[str | bytes, str]] = [
    ('"SHORT","00000009"\n', "A row of another length: it has 2 cells, the heading has 55"),
    (company(9).rstrip() + ',"more"\n', "A row of another length: it has 56 cells"),
    (company(9).encode().replace(b"FIRM", b"FIRM \xa3"), "Not UTF-8: byte 7 of the line is 0xA3, which is '£' in Win"),
    (company(9).replace("FIRM", "FI\0RM"), "A byte that is nought"),
    (company(9).replace('LTD"', "LTD", 1), "No row of a CSV file"),
    ('"FIRM THAT NEVER ENDS,00000009\n', "A quote that is not closed"),
    (line(CompanyNumber="123", CompanyName="X LTD"), "No company number: '123' is not 8 letters and digits"),
    (line(CompanyNumber="00000009", CompanyName=" "), "No name: company 00000009 has none"),
    (b"x" * (1024 * 1024 + 5) + b"\n", "A line that is too long: it has 1,048,576 bytes or more"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("broken", "reason"), BROKEN, ids=[reason[:24] for _, reason in BROKEN])
def test_a_broken_row_is_listed_and_stops_nothing(tmp_path, broken, reason) -> None:
    out = run(write(tmp_path / "a.csv", company(1), broken, company(2)))

    assert f"Line 3 not imported. {reason}" in out
    assert numbers() == ["00000001", "00000002"]


@pytest.mark.django_db
def test_a_bad_date_is_left_out_and_listed(tmp_path) -> None:
    bad = company(1, IncorporationDate="31/02/2001", DissolutionDate="2001-01-31")

    out = run(write(tmp_path / "a.csv", bad))

    assert (
        "Line 2. A date that is no date: 00000001: IncorporationDate is '31/02/2001', not dd/mm/yyyy; left out" in out
    )
    assert "DissolutionDate is '2001-01-31'" in out
    assert (Company.objects.get().incorporated_on, Company.objects.get().dissolved_on) == (None, None)


@pytest.mark.django_db
def test_a_long_text_is_cut_and_listed(tmp_path) -> None:
    out = run(write(tmp_path / "a.csv", company(1, **{"RegAddress.PostCode": "LS1 4AP, LEEDS, ENGLAND"})))

    assert "Line 2. A text that is too long: 00000001: postal_code is cut to 12 characters" in out
    assert Company.objects.get().postal_code == "LS1 4AP, LEE"


@pytest.mark.django_db
def test_a_number_that_stands_twice_is_listed_and_the_last_counts(tmp_path) -> None:
    out = run(write(tmp_path / "a.csv", company(1, CompanyStatus="Active"), company(1, CompanyStatus="Liquidation")))

    assert "Line 3. A number that stands twice: 00000001; the last counts" in out
    assert Company.objects.get().status == "Liquidation"


@pytest.mark.django_db
def test_a_cell_may_hold_line_ends(tmp_path) -> None:
    out = run(write(tmp_path / "a.csv", company(1, **{"RegAddress.PostTown": "LEEDS\nYORKSHIRE"}), company(2)))

    assert "         2  imported" in out
    assert Company.objects.get(number="00000001").locality == "LEEDS\nYORKSHIRE"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"a,b\n1,2\n", "must name the columns CompanyNumber, CompanyName, RegAddress.AddressLine1"),
        ("CompanyName\n".encode("utf-16"), "The file is in UTF-16. Save it as CSV in UTF-8."),
        (b"Company\xa3Name\n", "The first line is no heading of a CSV file in UTF-8. Not UTF-8: byte 8"),
        (b"PK\x03\x04 not a zip", "The ZIP archive is damaged"),
        (gzip.compress(HEADING.encode() + b"\n" * 9000)[:-20], "The file is damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, content, message) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    out = io.StringIO()

    with pytest.raises(CommandError, match="1 of 1 files could not be read to the end"):
        call_command("import_companies", str(path), stdout=out, stderr=out)

    assert message in out.getvalue()


@pytest.mark.django_db
def test_zip_gzip_and_a_byte_order_mark_are_read(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BasicCompanyData.csv", HEADING + "\n" + company(1))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress((HEADING + "\n" + company(2)).encode()))
    write(tmp_path / "c.csv", company(3), heading="\ufeff" + HEADING)

    run(*(tmp_path / name for name in ("a.zip", "b.csv.gz", "c.csv")))

    assert numbers() == ["00000001", "00000002", "00000003"]


@pytest.mark.django_db
@pytest.mark.parametrize(("names", "held"), [((), "no CSV file"), (("a.csv", "b.csv"), "2 CSV files")])
def test_an_archive_must_hold_one_file(tmp_path, names, held) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("read.txt", "no")
        for name in names:
            archive.writestr(name, HEADING)

    with pytest.raises(CommandError):
        run(tmp_path / "a.zip", report=str(tmp_path / "list.csv"))

    assert f"The ZIP archive holds {held}" in (tmp_path / "list.csv").read_text()


@pytest.mark.django_db
def test_the_report_lists_rows_as_text(tmp_path) -> None:
    path = write(tmp_path / "a.csv", line(CompanyNumber="=1+1", CompanyName="X"), '"=SHORT"\n')

    run(path, report=str(tmp_path / "list.csv"))

    assert (tmp_path / "list.csv").read_text().splitlines()[1:] == [
        f"{path},2,not imported,No company number,'=1+1' is not 8 letters and digits",
        f'{path},3,not imported,A row of another length,"it has 1 cells, the heading has 55"',
    ]


# --- Large files, and runs that die ------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("companies") / "companies.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        write_companies(file, ROWS)
    return path


def start(path: Path) -> subprocess.Popen[str]:
    """The command in a process of its own, on the database of the tests."""
    url = re.sub(r"/[^/]*$", f"/{connection.settings_dict['NAME']}", os.environ["DATABASE_URL"])
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_companies", str(path)],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_100_000_rows_in_bounded_memory(large) -> None:
    with start(large) as process:
        watched, highest = psutil.Process(process.pid), 0
        while process.poll() is None:
            highest = max(highest, watched.memory_info().rss)
            time.sleep(0.02)
        out = process.stdout.read()

    assert process.returncode == 0
    assert Company.objects.count() == ROWS
    assert re.search(r"100,000 rows in [\d.]+ s: [\d,]+ a second", out)
    assert highest < MOST_MEMORY


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_leaves_whole_rows_and_is_completed(large, tmp_path) -> None:
    old = tmp_path / "old.csv"
    with old.open("w", newline="", encoding="utf-8") as file:
        write_companies(file, 20_000, seed=2)
    run(old)
    before = {row[0]: row[1:-1] for row in stored()}

    with start(large) as process:
        while Company.objects.count() <= 20_000 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    halfway = {row[0]: row[1:-1] for row in stored()}
    run(large)
    after = {row[0]: row[1:-1] for row in stored()}

    assert 20_000 < len(halfway) < len(after)
    assert [number for number, row in halfway.items() if row not in (before.get(number), after[number])] == []
    assert len(after) >= ROWS


@pytest.mark.django_db
def test_batches_are_kept_one_by_one(tmp_path, monkeypatch) -> None:
    """A fault in a later batch takes back nothing of the earlier ones."""
    monkeypatch.setattr(companies, "ROWS_AT_ONCE", 2)
    store, calls = storing.store_companies, []

    def fail_later(**arguments: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("The disk is full")
        return store(**arguments)

    monkeypatch.setattr(companies, "store_companies", fail_later)

    with pytest.raises(RuntimeError):
        run(write(tmp_path / "a.csv", company(1), company(2), company(3)))

    assert numbers() == ["00000001", "00000002"]

"""The Government Major Projects Portfolio: every row is imported, or listed with its reason."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reporting.models import Scheme, SchemeYear
from reporting.portfolio import COLUMNS, Unreadable, read_project

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
HEADER = ",".join(COLUMNS)
ROW = 'Harbour Lights,DFT,ICT,New lights,,Amber,2021-04-01,2025-03-31,£33.73,-£3.50,-3%,"£32,614"'


def run(path: Path, year: int = 2022, **options: str) -> str:
    """What the command says, its numbers one space before their words."""
    out = io.StringIO()
    call_command("import_schemes", str(path), year=year, stdout=out, **options)
    return re.sub(r" {2,}", " ", out.getvalue())


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    return path


def cells(**changed: str) -> dict[str, str]:
    values = [
        "Harbour Lights",
        "DFT",
        "ICT",
        "New lights",
        "",
        "Amber",
        "2021-04-01",
        "2025-03-31",
        "£33.73",
        "£3",
        "1%",
        "£9",
    ]
    return dict(zip(COLUMNS, values, strict=True)) | changed


@pytest.mark.django_db
def test_row_is_imported_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "gmpp.csv", ROW)
    assert " 1 imported" in run(path)
    year = SchemeYear.objects.get()
    assert (year.baseline_millions, year.forecast_millions, year.variance_percent, year.whole_life_millions) == (
        Decimal("33.73"), Decimal("-3.5"), Decimal(-3), Decimal(32614),
    )  # fmt: skip
    assert (year.assessed_confidence, year.own_confidence) == ("", "amber")
    assert " 1 unchanged" in run(path)


@pytest.mark.django_db
def test_bad_rows_are_listed_and_stop_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "gmpp.csv", ROW.replace("£33.73", "£33.7x"), ROW.replace("Harbour Lights", ""), "a,b", ROW)
    said = run(path)
    unread = "not imported. A row that cannot be read:"
    assert f"Line 2 {unread} column fy_baseline_gbp_m: “£33.7x” is not a figure" in said
    assert f"Line 3 {unread} column project is empty" in said
    assert "Line 4 not imported. A row of another length: it has 2 cells, the heading has 12" in said
    assert " 1 imported" in said
    assert " 3 not imported" in said


@pytest.mark.django_db
def test_report_lists_each_row_that_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "gmpp.csv", ROW.replace("Harbour Lights", ""), ROW)
    run(path, report=str(tmp_path / "list.csv"))
    (row,) = list(csv.DictReader(io.StringIO((tmp_path / "list.csv").read_text(), newline="")))
    assert (row["line"], row["outcome"], row["detail"]) == ("2", "not imported", "column project is empty")


@pytest.mark.django_db
@pytest.mark.parametrize("pack", ["gz", "zip"])
def test_packed_file_is_read(tmp_path: Path, pack: str) -> None:
    path = write(tmp_path / "gmpp.csv", ROW)
    packed = tmp_path / f"gmpp.{pack}"
    if pack == "gz":
        packed.write_bytes(gzip.compress(path.read_bytes()))
    else:
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(path, "gmpp.csv")
    assert " 1 imported" in run(packed)


@pytest.mark.django_db
def test_year_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--year must be from 2011 on, not 2010"):
        run(write(tmp_path / "gmpp.csv", ROW), 2010)


def test_words_in_place_of_a_figure_are_kept() -> None:
    project = read_project(cells(whole_life_cost_gbp_m="Exempt under  Section 43", ipa_delivery_confidence="Exempt"))
    assert project.facts["whole_life_millions"] is None
    assert project.withheld["whole_life_millions"] == "Exempt under Section 43"
    assert project.facts["assessed_confidence"] == "exempt"


@pytest.mark.parametrize(
    ("text", "value"), [("Amber/red", "amber-red"), ("AMBER", "amber"), ("Amber-Green", "amber-green"), ("", "")]
)
def test_confidence_is_read_whatever_its_case(text: str, value: str) -> None:
    assert read_project(cells(ipa_delivery_confidence=text)).facts["assessed_confidence"] == value


def test_impossible_date_is_refused() -> None:
    with pytest.raises(Unreadable, match="is not a date"):
        read_project(cells(start_date="2021-02-31"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"project,department\nA,B\n", "The first line must name the columns category, aims, "),
        (b"\xff\xfe\x00", "The file is in UTF-16. Save it as CSV in UTF-8."),
        (b"", "The file is empty."),
    ],
)
def test_wrong_files_are_told(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    said = io.StringIO()
    with pytest.raises(CommandError, match="1 of 1 files could not be read to the end"):
        call_command("import_schemes", str(path), year=2022, stdout=io.StringIO(), stderr=said)
    assert says in said.getvalue()


@pytest.mark.django_db
@pytest.mark.skipif(not DATA.exists(), reason="the published data is not beside this checkout")
def test_every_real_row_is_imported() -> None:
    first, second = run(DATA / "gmpp-2021.csv", 2021), run(DATA / "gmpp-2022.csv", 2022)
    assert " 184 imported" in first
    assert " 0 not imported" in first
    assert " 235 imported" in second
    assert " 0 not imported" in second
    assert SchemeYear.objects.count() == 419
    assert 235 <= Scheme.objects.count() < 419
    assert SchemeYear.objects.exclude(withheld={}).count() > 50

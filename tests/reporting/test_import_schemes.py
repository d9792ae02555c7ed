"""The Government Major Projects Portfolio: every row is imported, or listed with its reason."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reporting.models import Scheme, SchemeYear
from reporting.portfolio import COLUMNS, Unreadable, read_project

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
HEADER = ",".join(COLUMNS)
ROW = 'Harbour Lights,DFT,ICT,New lights,,Amber,2021-04-01,2025-03-31,£33.73,-£3.50,-3%,"£32,614"'


def run(path: Path, year: int = 2022) -> str:
    out = io.StringIO()
    call_command("import_schemes", str(path), year=year, stdout=out)
    return out.getvalue()


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
    assert "created: 1" in run(path)
    year = SchemeYear.objects.get()
    assert (year.baseline_millions, year.forecast_millions, year.variance_percent, year.whole_life_millions) == (
        Decimal("33.73"), Decimal("-3.5"), Decimal(-3), Decimal(32614),
    )  # fmt: skip
    assert (year.assessed_confidence, year.own_confidence) == ("", "amber")
    assert "unchanged: 1" in run(path)


@pytest.mark.django_db
def test_bad_rows_are_listed_and_stop_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "gmpp.csv", ROW.replace("£33.73", "£33.7x"), ROW.replace("Harbour Lights", ""), "a,b", ROW)
    said = run(path)
    assert "Line 2: column fy_baseline_gbp_m: “£33.7x” is not a figure" in said
    assert "Line 3: column project is empty" in said
    assert "Line 4: the row has more or fewer cells than the header" in said
    assert "created: 1" in said
    assert "left out: 3" in said


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
        (b"project,department\nA,B\n", "lacks the columns category"),
        (b"\xff\xfe\x00", "could not be read as CSV in UTF-8"),
        (b"", "lacks the columns project"),
    ],
)
def test_wrong_files_are_told(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=says):
        run(path)


@pytest.mark.django_db
@pytest.mark.skipif(not DATA.exists(), reason="the published data is not beside this checkout")
def test_every_real_row_is_imported() -> None:
    first, second = run(DATA / "gmpp-2021.csv", 2021), run(DATA / "gmpp-2022.csv", 2022)
    assert "created: 184" in first
    assert "left out: 0" in first
    assert "created: 235" in second
    assert "left out: 0" in second
    assert SchemeYear.objects.count() == 419
    assert 235 <= Scheme.objects.count() < 419
    assert SchemeYear.objects.exclude(withheld={}).count() > 50

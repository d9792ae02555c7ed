"""Line ends are put back only where no word can stand; what cannot be stored is taken out."""

from __future__ import annotations

import pytest

from portal.ocds.text import clean, cut, fold, mend_address, mend_line_ends


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("Vale.rnrnAdditional information: rnNone", "Vale.\n\nAdditional information:\nNone"),
        ("Provision of Services.rnThe purpose", "Provision of Services.\nThe purpose"),
        ("NHS CENTRErnrnAdditional", "NHS CENTRE\n\nAdditional"),
        ("Package: Acoustic BarrierrnrnOutline", "Package: Acoustic Barrier\n\nOutline"),
        ("the lots:rn- Lot 1rn- Lot 2", "the lots:\n- Lot 1rn- Lot 2"),
        ("Lots.rn 2. Supply;rn 3. Repair", "Lots.\n2. Supply;\n3. Repair"),
        ("two sites   rn   three", "two sites\nthree"),
        ("see the linksrn Contact us", "see the links\nContact us"),
        ("with CCTVrn In summary", "with CCTV\nIn summary"),
        ("modernrnThe", "modern\nThe"),
        ("modernrnrnThe", "modern\n\nThe"),
        ("in BlackburnrnThe", "in Blackburn\nThe"),
        ("all the workrnrnrnrnThe end", "all the work\n\nThe end"),
    ],
)
def test_line_ends_are_mended_where_sure(text, mended):
    assert mend_line_ends(text) == mended


@pytest.mark.parametrize(
    "text",
    [
        "A modern council, born in Northern Ireland; the return of a stubborn concern.",
        "Southern and Western lots. Learn more: turn to Blackburn, Holborn or Bournemouth",
        "Dydd Sadwrn, barn a haearn",
        "Write to www.rnib.org.uk or (rnli.org) about RNs",
        "for all to usern Thank you",
        "ModernGov and SevernTrent",
        "the northern\nhas real line ends.rnThe others are no fault",
    ],
)
def test_words_are_left_alone(text):
    assert mend_line_ends(text) == text


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("Pollards Wood,rnNightingales Lane,rnBuckinghamshire,rnHP8 4SP",
         "Pollards Wood, Nightingales Lane, Buckinghamshire, HP8 4SP"),
        ("1 Embankment PlacernEmbankment PlacernWC2N 6RHrnGB", "1 Embankment Place, Embankment Place, WC2N 6RH, GB"),
        ("25 Farringdon StreetrnLondonrnEC4A 4AB", "25 Farringdon Street, London, EC4A 4AB"),
        ("The Queen's DrivernExeter EX4 4QJ", "The Queen's Drive, Exeter EX4 4QJ"),
        ("SevernTrent House, Southernhay West", "SevernTrent House, Southernhay West"),
        ("County Hall, , , ", "County Hall"),
        ("Floor 5\nTown Hall", "Floor 5, Town Hall"),
    ],
)  # fmt: skip
def test_addresses_become_one_line(text, mended):
    assert mend_address(text) == mended


def test_clean_takes_out_what_the_database_cannot_hold():
    assert clean(" a\x00b\x1b\ud800c\r\nd\te ") == "ab\N{REPLACEMENT CHARACTER}c\nd\te"


def test_fold_counts_neither_case_nor_spaces():
    assert fold("  THE  North\tYorkshire Council") == fold("The North Yorkshire Council")


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [("short", 5, "short"), ("one two three", 9, "one two…"), ("x" * 20, 5, "xxxx…")],
)
def test_cut_keeps_whole_words(text, length, expected):
    assert cut(text, length) == expected

"""Spellings of one legal name fold to one; two legal names never do."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from techmap.names import ALIKE, LONGEST, fold_name, likeness, split_name

SAME = [
    ("MEMSET LTD", "Memset Limited"),
    ("Datacenta Hosting Ltd.", "DATACENTA HOSTING LTD"),
    ("Smith & Sons Ltd", "Smith and Sons Limited"),
    ("NCC Group Plc", "NCC GROUP PUBLIC LIMITED COMPANY"),
    ("NCC Group P.L.C.", "NCC Group plc"),
    ("Cadence Partnership L.L.P.", "CADENCE PARTNERSHIP LIMITED LIABILITY PARTNERSHIP"),
    ("Alder Works C.I.C.", "Alder Works Community Interest Company"),
    ("ACCENTURE (U K) LTD", "Accenture (UK) Limited"),
    ("ACCENTURE (U.K.) LTD", "Accenture UK Ltd"),
    ("NCC Group (The)", "The NCC Group"),
    ("Stationery Office The", "STATIONERY OFFICE"),
    ("The Dextrous Web Ltd", "DEXTROUS WEB LTD TRADING AS DXW"),
    ("NINIAN SOLUTIONS LTD T/A HUDDLE", "Ninian Solutions Limited"),
    ("Ninian Solutions Ltd (t/a Huddle)", "Ninian Solutions Limited"),
    ("Zühlke Engineering Ltd", "ZUHLKE ENGINEERING LIMITED"),
    ("O'Neill's Data Ltd", "ONEILLS DATA LTD"),
    ("Smørrebrød AS", "SMORREBROD AS"),
    ("In-Form Consult Ltd", "In Form Consult Limited"),
    ("A.B.C. Consulting Ltd", "ABC Consulting Ltd"),
    ("J.D.Smith Ltd", "J.D. Smith Limited"),
    ("  Big   Blue Door\tLtd ", "Big Blue Door Ltd"),
    ("@UK Plc", "At UK PLC"),
    ("\uff2d\uff25\uff2d\uff33\uff25\uff34 \uff2c\uff34\uff24", "Memset Ltd"),
]
DIFFERENT = [
    ("ABC (North) Ltd", "ABC (South) Ltd"),
    ("ABC (North) Ltd", "ABC Ltd"),
    ("IBM UK", "IBM"),
    ("IBM United Kingdom Ltd", "IBM Ltd"),
    ("Tessella Ltd", "Tessella plc"),
    ("Cadence LLP", "Cadence Ltd"),
    ("Cadence LLP", "Cadence LP"),
    ("Alder Works CIC", "Alder Works Ltd"),
    ("Datrix", "Datrix Ltd"),
    ("Byte Cyf", "Byte Ltd"),
    ("Smith & Co Ltd", "Smith Ltd"),
    ("Smith + Sons Ltd", "Smith Sons Ltd"),
    ("C# Ltd", "C Ltd"),
    ("C++ Ltd", "C Ltd"),
    ("The The Ltd", "The Ltd"),
    ("Limited Ltd", "Ltd"),
    ("Limited Edition Ltd", "Edition Ltd"),
    ("Fair Trading As Usual Ltd", "Fair"),
    ("Fair Trading Associates Ltd", "Fair"),
    ("Trading As Ltd", "Ltd"),
    ("Data Group Ltd", "Data Ltd"),
    ("Data Services 1 Ltd", "Data Services 2 Ltd"),
    ("U Kay Ltd", "UK Ltd"),
    ("A B Smith Ltd", "A C Smith Ltd"),
    ("Inform Ltd", "In Form Ltd"),
    ("Łódź Data Ltd", "Odz Data Ltd"),
    ("京都 Ltd", "東京 Ltd"),
    ("हिन्दी Ltd", "हन्दा Ltd"),
    ("!!!", "???"),
    ("& " * 99 + "a", "& " * 99 + "b"),
]


@pytest.mark.parametrize(("one", "two"), SAME, ids=[one for one, _ in SAME])
def test_fold_name_same_legal_name(one: str, two: str) -> None:
    assert fold_name(one) == fold_name(two)


@pytest.mark.parametrize(("one", "two"), DIFFERENT, ids=[f"{one} / {two}"[:40] for one, two in DIFFERENT])
def test_fold_name_different_legal_names(one: str, two: str) -> None:
    assert fold_name(one) != fold_name(two)


@pytest.mark.parametrize(
    ("spelling", "legal", "trading"),
    [
        ("NINIAN SOLUTIONS LTD T/A HUDDLE", "ninian solutions ltd", "huddle"),
        ("BUSINESSWEB SOFTWARE T/A FIRMSTEP LTD", "businessweb software", "firmstep ltd"),
        ("THE DEXTROUS WEB LTD TRADING AS DXW", "dextrous web ltd", "dxw"),
        ("Ninian Solutions Ltd t/as Huddle", "ninian solutions ltd", "huddle"),
        ("T/A Huddle", "huddle", ""),
        ("John Marsh trading as Marsh Data", "john marsh trading as marsh data", ""),
        ("Data/Analytics Ltd", "data analytics ltd", ""),
        ("Memset Ltd", "memset ltd", ""),
    ],
)
def test_split_name(spelling: str, legal: str, trading: str) -> None:
    names = split_name(spelling)

    assert (names.legal, names.trading) == (legal, trading)


WORDS = ("the", "The", "LTD", "limited", "public", "company", "plc", "P.L.C.", "l", "p", "c", "i", "liability", "T/A")
MORE_WORDS = ("trading", "as", "&", "and", "+", "u", "k", "U.K.", "(UK)", "Smith's", "Ünïcode", "ß", "\u0130", "\u0149")
SIGNS = ("\ufdfa", "\u2167", "-", "/", ".", ",", "'", "(", ")", "\0", "x", "inc", "corporation", "£", "@")
PIECES = st.sampled_from(WORDS + MORE_WORDS + SIGNS)


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=14).map(" ".join), st.lists(PIECES).map("".join)))
@example("THE THE THE LTD THE")
@example("x l l p l t d")
@example("&" * 200)
@example("x ltd trading as y t/a z")
def test_fold_name_twice_is_once(name: str) -> None:
    once = fold_name(name)

    assert fold_name(once) == once
    assert len(once) <= LONGEST


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Tessella Ltd", "Tessella plc"),
        ("NCC Group plc", "NCC Group (The)"),
        ("SCC (Specialist Computer Centre)", "Specialist Computer Centre"),
        ("QinetiQ", "QinetiQ Commerce Decisions Ltd"),
        ("SystemsUp td", "Systems Up Ltd"),
        ("Gartner", "Gartner UK Ltd"),
        ("Specialist Computer Centre", "Specialist Computer Centres plc"),
    ],
)
def test_likeness_asks_a_person(one: str, two: str) -> None:
    assert likeness(fold_name(one), fold_name(two)) >= ALIKE
    assert likeness(fold_name(two), fold_name(one)) == likeness(fold_name(one), fold_name(two))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("PA Consulting Services Ltd", "Semple Consulting Services Ltd"),
        ("Altius Consulting Ltd", "Nautilus Consulting Ltd"),
        ("Cloud Technology Solutions Ltd", "Cognizant Technology Solutions (UK)"),
        ("Actica Consulting Ltd", "Stratia Consulting Ltd"),
        ("Consulting Ltd", "Consulting Services Ltd"),
    ],
)
def test_likeness_leaves_words_of_the_trade_alone(one: str, two: str) -> None:
    assert likeness(fold_name(one), fold_name(two)) < ALIKE

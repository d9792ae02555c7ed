"""Numbers that name an organisation: the shape of each, and one way of writing it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.organisations.choices import Kind, Scheme
from portal.refusals import Reason, Refused


@dataclass(frozen=True)
class Shape:
    """What a list's numbers look like, in a pattern and in words."""

    pattern: re.Pattern[str]
    advice: str


SHAPES = {
    Scheme.COH: Shape(
        re.compile(r"\d{8}|[A-Z]{2}\d{6}|[A-Z]{2}\d{5}[A-Z]|R\d{7}"),
        "Enter a Companies House number of 8 characters: 8 digits, like 01234567, or 2 letters and 6 digits, "
        "like SC123456",
    ),
    Scheme.PPON: Shape(
        re.compile(r"[A-Z]{4}-\d{4}-[A-Z]{4}"),
        "Enter a Public Procurement Organisation Number of 4 letters, 4 digits and 4 letters, like PABC-1234-DEFG",
    ),
    Scheme.CFS: Shape(re.compile(r"\d{1,12}"), "Enter a Contracts Finder number in digits, like 289406"),
    Scheme.LAE: Shape(re.compile(r"[A-Z]{2,4}"), "Enter a local authority code of 2 to 4 letters, like DUR"),
    Scheme.GOR: Shape(
        re.compile(r"[A-Z]{1,3}\d{1,6}"), "Enter a government organisation code of letters and digits, like EA39"
    ),
    Scheme.CHC: Shape(re.compile(r"\d{6,7}(-\d{1,3})?"), "Enter a charity number of 6 or 7 digits, like 1234567"),
    Scheme.SRS: Shape(re.compile(r"\S{1,120}"), "Enter a number without spaces"),
}
CASE_MATTERS = frozenset({Scheme.SRS})

# The lists that a person registering is asked about, the most telling first.
SCHEMES_OF_KIND = {
    Kind.PUBLIC_BODY: (Scheme.PPON, Scheme.LAE, Scheme.GOR, Scheme.COH, Scheme.CFS),
    Kind.SUPPLIER: (Scheme.COH, Scheme.PPON, Scheme.CHC, Scheme.CFS),
}


def field_of(scheme: str) -> str:
    """The name of the form field that asks for a number of this list, for example gb_coh."""
    return scheme.lower().replace("-", "_")


def normalise_identifier(scheme: str, value: str) -> str:
    """The one way in which we write the number. Raises `Refused` where it has another shape.

    Companies House numbers are padded with noughts to 8 characters; besides digits alone and two
    letters before digits, the old shapes of mutual societies (IP12345R) and of Northern Ireland
    (R0000123) are taken. A PPON is written PABC-1234-DEFG; every one seen begins with P, but no
    published rule says so, so other first letters are taken, and the hyphens may be left out.
    Contracts Finder publishes its numbers as 5 or 6 digits and states no rule, so up to 12 are taken.
    The prefix under which open data writes a number, such as GB-COH-, may stand before it.
    """
    scheme = Scheme(scheme)
    text = re.sub(r"\s", "", value) if scheme != Scheme.SRS else value.strip()
    if scheme not in CASE_MATTERS:
        text = text.upper().removeprefix(f"{scheme}-")
    if scheme == Scheme.COH:
        text = _padded_company_number(text)
    elif scheme == Scheme.PPON and re.fullmatch(r"\w{12}", text):
        text = f"{text[:4]}-{text[4:8]}-{text[8:]}"
    shape = SHAPES[scheme]
    if not text.isascii() or not shape.pattern.fullmatch(text):
        raise Refused([Reason(shape.advice, field_of(scheme))])
    return text


def _padded_company_number(text: str) -> str:
    """People leave out the leading noughts: 1234567 is 01234567, SC1234 is SC001234."""
    match = re.fullmatch(r"([A-Z]{0,2})(\d+)", text, re.ASCII)
    return match[1] + match[2].zfill(8 - len(match[1])) if match else text

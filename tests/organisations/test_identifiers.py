"""Numbers and e-mail domains: each shape taken, each other refused with advice."""

from __future__ import annotations

import pytest

from portal.organisations.choices import Kind, Scheme
from portal.organisations.domains import domain_of, normalise_domain
from portal.organisations.identifiers import SCHEMES_OF_KIND, SHAPES, normalise_identifier
from portal.refusals import Refused


@pytest.mark.parametrize(
    ("scheme", "given", "written"),
    [
        ("GB-COH", "01234567", "01234567"),
        ("GB-COH", "1234567", "01234567"),
        ("GB-COH", " 12 34 567 ", "01234567"),
        ("GB-COH", "sc123456", "SC123456"),
        ("GB-COH", "SC1234", "SC001234"),
        ("GB-COH", "GB-COH-OC301540", "OC301540"),
        ("GB-COH", "IP12345R", "IP12345R"),
        ("GB-COH", "R0000123", "R0000123"),
        ("GB-PPON", "pabc-1234-defg", "PABC-1234-DEFG"),
        ("GB-PPON", "PABC1234DEFG", "PABC-1234-DEFG"),
        ("GB-PPON", "GB-PPON-TORG-1234-BCDE", "TORG-1234-BCDE"),
        ("GB-CFS", "GB-CFS-289406", "289406"),
        ("GB-CFS", "51118", "51118"),
        ("GB-LAE", "dur", "DUR"),
        ("GB-GOR", "ea39", "EA39"),
        ("GB-CHC", "1234567", "1234567"),
        ("GB-SRS", "register.example/jxfb36Bw", "register.example/jxfb36Bw"),
    ],
)
def test_identifier_is_written_one_way(scheme: str, given: str, written: str) -> None:
    assert normalise_identifier(scheme, given) == written


@pytest.mark.parametrize(
    ("scheme", "given"),
    [
        ("GB-COH", "458577871"),
        ("GB-COH", "ABC12345"),
        ("GB-COH", ""),
        ("GB-COH", "1234567\uff18"),
        ("GB-PPON", "PABC-12A4-DEFG"),
        ("GB-PPON", "PABC-1234-DEF"),
        ("GB-PPON", "PABC-1234-DEFG-X"),
        ("GB-CFS", "28940A"),
        ("GB-LAE", "D"),
        ("GB-GOR", "39"),
        ("GB-CHC", "12345"),
        ("GB-SRS", "two words"),
    ],
)
def test_identifier_of_another_shape_is_refused_with_advice(scheme: str, given: str) -> None:
    with pytest.raises(Refused) as refused:
        normalise_identifier(scheme, given)

    [reason] = refused.value.reasons
    assert (reason.message, reason.field) == (SHAPES[Scheme(scheme)].advice, scheme.lower().replace("-", "_"))


def test_each_kind_is_asked_about_the_three_main_lists() -> None:
    for kind in Kind:
        assert {Scheme.COH, Scheme.PPON, Scheme.CFS} <= set(SCHEMES_OF_KIND[kind])


@pytest.mark.parametrize(
    ("given", "written"),
    [("Ashfordvale.GOV.UK", "ashfordvale.gov.uk"), ("@brambling.example", "brambling.example"), ("a-b.io.", "a-b.io")],
)
def test_domain_is_written_one_way(given: str, written: str) -> None:
    assert normalise_domain(given) == written


@pytest.mark.parametrize("shared", ["gmail.com", "OUTLOOK.com", "hotmail.co.uk", "nhs.net", "gov.uk", "co.uk"])
def test_domain_that_many_share_is_refused(shared: str) -> None:
    with pytest.raises(Refused, match="shared by people of many organisations"):
        normalise_domain(shared)


@pytest.mark.parametrize("bad", ["", "localhost", "dana@example.org", "-a.org", "a..org", "exa mple.org", "1.2.3.4"])
def test_domain_of_another_shape_is_refused(bad: str) -> None:
    with pytest.raises(Refused, match="Enter an e-mail domain"):
        normalise_domain(bad)


def test_domain_of_an_address_is_what_stands_after_the_at() -> None:
    assert domain_of("Dana@Example.ORG") == "example.org"

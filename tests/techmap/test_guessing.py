"""What notices buy, guessed from their codes and words."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from techmap.guessing import words_of
from techmap.models import Capability
from techmap.queries import guess_capabilities


@pytest.fixture
def taxonomy(db) -> None:
    call_command("load_capabilities", verbosity=0)


def codes(*cpv: str, text: str = "") -> list[str]:
    return [capability.code for capability in guess_capabilities(cpv_codes=cpv, text=text)]


@pytest.mark.parametrize(
    ("first", "second"),
    [("Wi-Fi", "wi fi"), ("Case management systems", "case management system"), ("R&D", "r and d")],
)
def test_words_of_names_that_are_the_same(first, second) -> None:
    assert words_of(first) == words_of(second)


@pytest.mark.parametrize(
    ("cpv", "title", "expected"),
    [
        ("72315000", "Support", ["network-management"]),
        ("72267000", "CA15480", ["application-support"]),
        ("72212445", "Development", ["crm"]),  # the development of what 48445 buys ready-made
        ("48000000", "Housing management system", ["housing-systems"]),
        ("72000000", "Digital & Data Partner", ["agile-delivery"]),
        ("92222000", "CCTV camera relocation", ["cctv"]),
        ("35120000", "Door access and CCTV control", ["cctv", "access-control"]),
        ("72224000", "Azure Virtual Desktop - Phase 2", ["virtual-desktops"]),
        ("79400000", "Penetration testing", ["security-testing"]),
    ],
)
def test_guess_from_real_kinds_of_notice(taxonomy, cpv, title, expected) -> None:
    assert codes(cpv, text=title) == expected


@pytest.mark.parametrize(
    ("cpv", "text"),
    [
        ("45000000", "Refurbishment with CCTV and Wi-Fi"),
        ("55520000", "Catering\nThe caterer runs its own ERP. The ERP must be up to date."),
        ("85000000", "Domestic abuse support\nUse our case management system. Our case management system is good."),
        ("60120000", "Taxi services with GPS tracking"),
        ("38000000", "Broadband ocean-bottom seismographs"),
        ("72000000", "Support"),
        ("", ""),
    ],
)
def test_guess_nothing_where_technology_is_not_bought(taxonomy, cpv, text) -> None:
    assert codes(cpv, text=text) == []


def test_guess_puts_the_longest_cpv_prefix_first_then_words(taxonomy) -> None:
    assert codes("48000000", "48445000", "72253100", text="Chatbot") == ["crm", "service-desk", "chatbots"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("AI for planners", ["machine-learning"]),
        ("Ai Weiwei exhibition", []),
        ("said it", []),
        ("SUPPLY OF AI", []),  # a heading all in capitals has no acronyms
        ("GIS support", ["gis"]),
        ("Registry of gis", []),
    ],
)
def test_guess_takes_acronyms_in_capitals_alone(taxonomy, title, expected) -> None:
    assert codes("72000000", text=title) == expected


def test_guess_matches_whole_words(taxonomy) -> None:
    assert codes("72000000", text="Unblockchained thoughts") == []


def test_guess_needs_two_mentions_outside_the_title(taxonomy) -> None:
    once = "Partner\nThe bidder links to our CRM."
    assert codes("72000000", text=once) == []
    assert codes("72000000", text=once + " The CRM is old.") == ["crm"]


def test_guess_reads_titles_alone_beside_technology(taxonomy) -> None:
    assert codes("79400000", text="Review\nA chatbot. The chatbot. A chatbot again.") == []
    assert codes("79400000", text="Chatbot review") == ["chatbots"]


def test_guess_gives_five_at_most(taxonomy) -> None:
    title = "Chatbot, blockchain, biometrics, GIS, CRM, ERP and drones"
    assert len(codes("72000000", text=title)) == 5


def test_guess_follows_the_taxonomy_as_it_changes(taxonomy, django_assert_num_queries) -> None:
    assert codes("72000000", text="Chatbot") == ["chatbots"]
    with django_assert_num_queries(1):
        codes("72000000", text="Chatbot")
    chatbots = Capability.objects.get(code="chatbots")
    chatbots.is_retired = True
    chatbots.save()
    assert codes("72000000", text="Chatbot") == []

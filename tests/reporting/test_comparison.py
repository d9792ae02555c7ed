"""The comparison: who sees which figures, as known on which day, in which prices, and among which peers."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.reporting.comparison_makers import make_reported

COMPARE = reverse("reporting:compare")


@pytest.fixture
def reported(buyer, supplier):
    return make_reported(buyer, supplier)


def cells(client, name: str, **asked) -> list[str]:
    """The words of one row."""
    answer = client.get(COMPARE, asked)
    assert answer.status_code == 200
    rows = {row.figure.name: row for section in answer.context["sections"] for row in section.rows}
    return [cell.words for cell in rows[name].cells]


def test_public_sees_the_figures_of_a_published_contract(client, reported) -> None:
    said = {
        "baseline": "£120,000",
        "spend": "£60,000",
        "variance": "£12,000",
        "variance_share": "10.0%",
        "build": "£24,000",
        "unit_cost": "£5",
        "delay": "On time",
        "slip": "12 days late",
        "supplier_kpis": "2 Good, 1 Requires improvement",
        "sme_share": "25.0%",
        "coverage": "6 of 10",
        "quality": "80",
    }
    asked = {"contract": reported.reference}
    assert {name: cells(client, name, **asked)[0] for name in said} == said

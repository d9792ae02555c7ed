"""The rule by which evidence bears a claim out, and how it fades."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techmap.choices import EvidenceKind, Support
from techmap.models import Evidence
from techmap.support import Fact, support_by_claim, support_of, weight
from tests.factories import make_supplier
from tests.techmap.makers import make_capability, make_profile

TODAY = date(2026, 11, 22)
RANK = {Support.UNSUPPORTED: 0, Support.SUPPORTED: 1, Support.VERIFIED: 2}


def piece(kind: str = EvidenceKind.AWARD, *, age: int = 0, guessed: bool = False) -> Fact:
    return Fact(kind, guessed, TODAY - timedelta(days=age))


@pytest.mark.parametrize(
    ("kind", "full"),
    [("return", 1), ("pilot", 1), ("case_study", 1), ("award", 1), ("spend", 0.5), ("engagement", 0.3)],
)
def test_weight_of_each_kind_today(kind, full):
    assert weight(kind, is_guessed=False, dated=TODAY, today=TODAY) == full
    assert weight(kind, is_guessed=True, dated=TODAY, today=TODAY) == full / 2


def test_every_kind_has_a_weight():
    assert [weight(kind, is_guessed=False, dated=TODAY, today=TODAY) > 0 for kind in EvidenceKind.values] == [True] * 6


def test_weight_halves_with_each_half_life():
    weights = [weight("award", is_guessed=False, dated=TODAY - timedelta(days=730 * n), today=TODAY) for n in range(4)]

    assert weights == [1, 0.5, 0.25, 0.125]


def test_weight_follows_the_setting(settings):
    settings.EVIDENCE_HALF_LIFE_DAYS = 100

    assert weight("award", is_guessed=False, dated=TODAY - timedelta(days=200), today=TODAY) == 0.25


def test_what_is_dated_ahead_has_not_aged():
    assert weight("award", is_guessed=False, dated=TODAY + timedelta(days=400), today=TODAY) == 1


@pytest.mark.parametrize(
    ("pieces", "support"),
    [
        ([], Support.UNSUPPORTED),
        # One piece that a public body stands behind verifies for one half-life, to the day.
        ([piece("award", age=729)], Support.VERIFIED),
        ([piece("award", age=730)], Support.VERIFIED),
        ([piece("award", age=731)], Support.SUPPORTED),
        ([piece("return", age=730)], Support.VERIFIED),
        ([piece("pilot", age=730)], Support.VERIFIED),
        ([piece("case_study", age=730)], Support.VERIFIED),
        # Several old ones together never do.
        ([piece("award", age=731), piece("return", age=731)], Support.SUPPORTED),
        # Nor spend, engagement or a guess, however young.
        ([piece("spend")], Support.SUPPORTED),
        ([piece("engagement")], Support.SUPPORTED),
        ([piece("award", guessed=True)], Support.SUPPORTED),
        ([piece("spend"), piece("spend"), piece("engagement")], Support.SUPPORTED),
        # Spend falls below a tenth between 4.64 and 4.65 half-lives: 730 * log2(5) = 1,695.03 days.
        ([piece("spend", age=1694)], Support.SUPPORTED),
        ([piece("spend", age=1695)], Support.SUPPORTED),
        ([piece("spend", age=1696)], Support.UNSUPPORTED),
        # Two old pieces add up to what one alone does not reach.
        ([piece("spend", age=1800)], Support.UNSUPPORTED),
        ([piece("spend", age=1800), piece("spend", age=1800)], Support.SUPPORTED),
    ],
)
def test_support(pieces, support):
    assert support_of(pieces, TODAY) == support


def test_thresholds_follow_the_settings(settings):
    settings.EVIDENCE_VERIFIED_FROM, settings.EVIDENCE_SUPPORTED_FROM = 0.9, 0.6

    assert support_of([piece("award", age=365)], TODAY) == Support.SUPPORTED
    assert support_of([piece("award", age=730)], TODAY) == Support.UNSUPPORTED


facts = st.builds(piece, st.sampled_from(EvidenceKind.values), age=st.integers(-400, 8_000), guessed=st.booleans())


@given(st.lists(facts, max_size=8), facts)
def test_more_evidence_never_lowers_support(pieces, extra):
    assert RANK[support_of([*pieces, extra], TODAY)] >= RANK[support_of(pieces, TODAY)]


@given(st.lists(facts, min_size=1, max_size=8), st.integers(0, 4_000), st.data())
def test_younger_evidence_never_lowers_support(pieces, days, data):
    which = data.draw(st.integers(0, len(pieces) - 1))
    old = pieces[which]
    younger = [*pieces]
    younger[which] = Fact(old.kind, old.is_guessed, old.dated + timedelta(days=days))

    assert RANK[support_of(younger, TODAY)] >= RANK[support_of(pieces, TODAY)]


@given(st.lists(facts, max_size=8), st.randoms())
def test_order_of_evidence_does_not_matter(pieces, random):
    shuffled = [*pieces]
    random.shuffle(shuffled)

    assert support_of(shuffled, TODAY) == support_of(pieces, TODAY)


@given(st.lists(facts, max_size=5))
def test_support_only_falls_as_time_passes(pieces):
    years = [RANK[support_of(pieces, TODAY + timedelta(days=365 * n))] for n in range(0, 30, 3)]

    assert all(later <= earlier for earlier, later in pairwise(years))


@pytest.mark.django_db
def test_support_by_claim_asks_once(django_assert_num_queries: Any):
    hosting, backup = make_capability(), make_capability("Backup")
    firms = [make_supplier(name) for name in ("Larkspur Systems Ltd", "Charnwood Digital Ltd", "Nobody's Ltd")]
    profile = make_profile(firms[1])
    for firm, capability, kind in [
        (firms[0], hosting, "award"),
        (firms[0], backup, "spend"),
        (firms[1], hosting, "engagement"),
        (firms[1], None, "award"),
        (firms[2], hosting, "award"),
    ]:
        Evidence.objects.create(supplier=firm, capability=capability, kind=kind, source="x", title="Work", dated=TODAY)

    with django_assert_num_queries(1):
        found = support_by_claim([firms[0].pk, profile], TODAY)

    assert found == {
        (firms[0].pk, hosting.pk): Support.VERIFIED,
        (firms[0].pk, backup.pk): Support.SUPPORTED,
        (firms[1].pk, hosting.pk): Support.SUPPORTED,
    }
    assert support_by_claim(firms[2:], TODAY) == {(firms[2].pk, hosting.pk): Support.VERIFIED}

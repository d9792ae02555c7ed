"""Whatever JSON value stands in place of any field, the release is imported or listed, and the next one comes."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.ocds.importing import Outcome
from portal.ocds.report import listing
from tests.ocds.makers import import_all, make_award, make_notice, make_party, make_release, make_supplier_party

pytestmark = pytest.mark.django_db
texts = st.text(st.characters(codec=None), max_size=30) | st.sampled_from(
    ["", " ", "\x00", "\ud800", "x" * 600, "2025-02-30", "9999-12-31T23:59:59-14:00", "GB-COH", "=1+1", "https://["]
)
numbers = (
    st.integers()
    | st.integers(min_value=10**300, max_value=10**301)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from([Decimal("1e400000"), Decimal("-1e-400000"), 10**4200])
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def full_release() -> dict:
    """A release with everything that is read: a notice and an award in one."""
    release = make_notice(1) | {"awards": make_award(1)["awards"], "tag": ["planning", "award"]}
    identifier = {"scheme": "GB-COH", "id": "01234567", "legalName": "Larkspur Systems Ltd"}
    supplier = make_supplier_party(identifier=identifier, additionalIdentifiers=[{"scheme": "GB-CFS", "id": 5}])
    supplier["address"] |= {"countryName": "England", "region": "UKD"}
    supplier["details"] |= {"url": "https://larkspur.example"}
    release["parties"] = [make_party(), supplier]
    release["tender"]["additionalClassifications"] = [{"scheme": "CPV", "id": "72000000"}]
    return release


def paths_of(value: Any, path: tuple = ()) -> list[tuple]:
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found += paths_of(inner, (*path, key))
    return found


PATHS = paths_of(full_release())


def replaced(path: tuple, value: Any) -> dict:
    release = copy.deepcopy(full_release())
    holder: Any = release
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return release


def import_and_take_back(*releases: Any) -> list:
    with transaction.atomic():
        results = import_all(*releases)
        transaction.set_rollback(True)
    return results


def check(*releases: Any) -> None:
    results = import_and_take_back(*releases, make_release(2))

    assert "Unexpected fault" not in [problem.reason for result in results for problem in result.problems]
    assert results[-1].outcome is not Outcome.NOT_IMPORTED
    for result in results:
        assert result.outcome is not Outcome.NOT_IMPORTED or result.problems
        "\n".join(listing(result)).encode()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PATHS), values)
@example(("parties", 0, "id"), 10**4200)
@example(("date",), "9999-12-31T23:59:59-14:00")
@example(("tender", "value", "amount"), Decimal("1e400000"))
def test_any_value_in_place_of_any_field(path, value):
    check(replaced(path, value))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values)
def test_any_value_in_place_of_a_release(value):
    check(value)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PATHS), texts)
def test_any_key_in_place_of_any_key(path, key):
    release = full_release()
    holder: Any = release
    for step in path[:-1]:
        holder = holder[step]
    if isinstance(holder, dict):
        holder[key] = holder.pop(path[-1])

    check(release)


@pytest.mark.parametrize("value", [None, True, 5, "text", [], {}, [[]]], ids=json.dumps)
def test_each_wrong_type_in_each_field(value):
    found = [import_and_take_back(replaced(path, value))[0] for path in PATHS]

    assert "Unexpected fault" not in {problem.reason for result in found for problem in result.problems}

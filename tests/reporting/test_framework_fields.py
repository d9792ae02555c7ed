"""What a framework asks for beside the standard: who reports it, from when, and that all that is made follows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reporting import standards
from reporting.models import FrameworkField
from reporting.queries.standards import FrameworkFields, standard_for, standard_of, wide_standard
from tests.reporting.makers import FIELDS_SINCE as SINCE
from tests.reporting.makers import make_field, make_framework

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["ds9", "RM9001", " digital  SERVICES 9"])
def test_contract_names_its_framework_by_code_reference_or_name(text: str) -> None:
    make_field(make_framework())
    found = standard_for("1", text, SINCE).table("return").field("apprentices")
    assert (found.added_by, found.type, found.least) == ("Digital Services 9", "count", "0")


@pytest.mark.parametrize("text", ["", "G-Cloud 14", "Digital Services"])
def test_other_contracts_have_the_standard_alone(text: str) -> None:
    make_field(make_framework())
    assert standard_for("1", text, SINCE) is standards.load("1")


def test_field_counts_from_its_first_to_its_last_period() -> None:
    make_field(make_framework(), since=date(2026, 8, 1), until=date(2026, 10, 31))
    held = {
        month: "apprentices" in standard_for("1", "ds9", date(2026, month, 1)).table("return")
        for month in (7, 8, 10, 11)
    }
    assert held == {7: False, 8: True, 10: True, 11: False}


def test_renamed_framework_keeps_its_contracts_fields() -> None:
    framework = make_framework()
    make_field(framework, known_as=["ds9", "rm9001", "digital services 9"])
    framework.name = "Digital Services Nine"
    framework.save()
    for text in ("Digital Services 9", "Digital Services Nine"):
        assert "apprentices" in standard_for("1", text, SINCE).table("return")


def test_standard_of_a_return_follows_the_table_at_once(due: list[Any]) -> None:
    """No process goes by fields that it read before."""
    filed = due[0]
    filed.contract.framework = "ds9"
    assert standard_of(filed) is standards.load("1")
    row = make_field(make_framework())
    assert standard_of(filed).table("return").field("apprentices").label == "Apprentices"
    FrameworkField.objects.filter(pk=row.pk).update(label="Apprentices at work")
    assert standard_of(filed).table("return").field("apprentices").label == "Apprentices at work"


@pytest.mark.parametrize("count", [1, 3])
def test_standard_takes_one_query_however_many_fields(count: int) -> None:
    framework = make_framework()
    for number in range(count):
        make_field(framework, name=f"extra_{number}")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        standard_for("1", "ds9", SINCE)
    assert len(queries) == 1


def test_unnamed_framework_takes_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        standard_for("1", "", SINCE)


def test_wide_standard_holds_the_fields_of_every_framework_once_and_requires_none() -> None:
    make_field(make_framework(), is_required=True)
    other = make_framework("Cloud 2", "cloud-2", "RM9002")
    make_field(other, is_required=True)
    make_field(other, name="region", table="spend", type="text", longest=40, until=date(2026, 9, 30))
    wide = wide_standard("1", ["DS9", "cloud 2", "none such"])
    added = [(t.name, f.name, f.required) for t in wide.tables for f in t.fields if f.added_by]
    assert added == [("return", "apprentices", False), ("spend", "region", False)]


def test_many_contracts_of_a_file_are_read_with_one_query(django_assert_num_queries: Any) -> None:
    make_field(make_framework(), is_required=True)
    with django_assert_num_queries(1):
        known = FrameworkFields.named(["ds9", "cloud 2"])
        one = known.standard_for("1", "DS9", SINCE)
        other = known.standard_for("1", "Cloud 2", SINCE)
        wide = known.wide_standard("1", ["ds9", "cloud 2"])
    assert "apprentices" in one.table("return")
    assert other is standards.load("1")
    assert "apprentices" in wide.table("return")


def test_core_field_of_the_same_name_wins() -> None:
    """A later version may take over what a framework had asked for."""
    make_field(make_framework(), name="phase", type="text", longest=20)
    assert standard_for("1", "ds9", SINCE).table("return").field("phase").added_by == ""

"""Staff add fields of a framework without a deploy: what is refused, and all that follows a field at once."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from portal.audit.models import Event
from portal.refusals import Refused
from reporting.actions import file_nil_returns
from reporting.actions.frameworks import save_framework_field
from reporting.choices import FieldType
from reporting.models import FrameworkField
from reporting.queries.returns import filing_of, known_of
from reporting.queries.standards import standard_of
from reporting.standards.definition import TYPES
from reporting.standards.filing import check
from techmap.models import Framework
from tests.factories import make_user
from tests.reporting.makers import NOW, make_contract, make_field, make_framework, make_returns
from tests.reporting.test_returns import file, save

TODAY = NOW.date()
ADD = "admin:reporting_frameworkfield_add"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def framework(db: None) -> Framework:
    return make_framework()


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(make_user("staff@example.org", is_staff=True, mfa=True))
    return client


def sent(framework: Framework, **cells: Any) -> dict[str, Any]:
    given = {
        "framework": framework.pk, "table": "return", "name": "apprentices", "label": "Apprentices",
        "help": "How many apprentices worked on it.", "type": "count", "codes": "", "longest": "",
        "since": TODAY.isoformat(), "until": "",
    }  # fmt: skip
    return given | cells


def errors_of(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def test_every_type_of_the_standard_can_be_chosen() -> None:
    assert set(FieldType.values) == TYPES


def test_staff_add_a_field_and_it_is_in_the_history(staff, framework) -> None:
    assert staff.post(reverse(ADD), sent(framework)).status_code == 302
    row = FrameworkField.objects.get()
    assert row.known_as == ["digital services 9", "ds9", "rm9001"]
    assert Event.objects.get(name="reporting.framework_field.added").new["since"] == TODAY.isoformat()
    history = reverse("audit:history", args=["reporting", "frameworkfield", row.pk])
    assert staff.get(history).status_code == 200


def test_others_add_none(framework) -> None:
    field = FrameworkField(framework=framework, table="return", name="x", label="X", help="X", type="count")
    with pytest.raises(PermissionDenied):
        save_framework_field(field=field, by=make_user(), now=NOW)


@pytest.mark.parametrize(
    ("cells", "field", "says"),
    [
        ({"table": "nothing"}, "table", "Select a valid choice"),
        ({"name": "Apprentices!"}, "name", "Use small letters, figures and underscores, and begin with a letter"),
        ({"name": "phase"}, "name", "“phase” is a field of the standard. Choose another name"),
        ({"table": "spend", "name": "contract_id"}, "name", "“contract_id” is a field of the standard"),
        ({"name": "version"}, "name", "“version” is a field of the standard. Choose another name"),
        ({"label": "users  SERVED"}, "label", "is a heading of the standard. Choose other words"),
        ({"label": ""}, "label", "This field is required."),
        ({"help": ""}, "help", "This field is required."),
        ({"type": "colour"}, "type", "Select a valid choice"),
        ({"type": "code"}, "codes", "Choose a code list for a code, and none for another type"),
        ({"codes": "phase"}, "codes", "Choose a code list for a code, and none for another type"),
        ({"type": "text"}, "longest", "Enter how many characters a text may have, from 1 to 5,000"),
        ({"type": "text", "longest": "5001"}, "longest", "Enter how many characters a text may have, from 1 to 5,000"),
        ({"since": "2026-11-21"}, "since", "Enter today or a later day: returns of periods that have begun"),
        ({"until": "2026-11-21"}, "until", "Enter a day on or after the first one"),
        ({"since": ""}, "since", "This field is required."),
    ],
)
def test_each_wrong_thing_is_said_at_its_field(staff, framework, cells, field, says) -> None:
    answer = staff.post(reverse(ADD), sent(framework, **cells))
    said = errors_of(answer)
    assert list(said) == [field]
    assert says in said[field][0]
    assert not FrameworkField.objects.exists()


def test_name_and_heading_mean_one_thing_in_a_file_on_many_frameworks(staff, framework) -> None:
    other = make_framework("Cloud 2", "cloud-2", "RM9002")
    make_field(other)
    assert staff.post(reverse(ADD), sent(framework)).status_code == 302
    assert errors_of(staff.post(reverse(ADD), sent(framework, label="Young people"))) == {
        "name": ["Digital Services 9 has a field of this name in the table already"]
    }
    third = make_framework("Cloud 3", "cloud-3", "RM9003")
    assert errors_of(staff.post(reverse(ADD), sent(third, type="money"))) == {
        "name": ["Cloud 2 has a field of this name with another type. Choose another name"]
    }
    assert errors_of(staff.post(reverse(ADD), sent(third, name="trainees"))) == {
        "label": ["Cloud 2 heads its field “apprentices” so. Choose other words"]
    }


def change_of(staff: Client, row: FrameworkField, **cells: Any) -> Any:
    path = reverse("admin:reporting_frameworkfield_change", args=[row.pk])
    return staff.post(path, sent(row.framework, since=row.since.isoformat(), **cells))


@pytest.fixture
def used(framework, buyer, supplier, alice, bob) -> FrameworkField:
    """A field with which July's return was submitted."""
    contract = make_contract(buyer, supplier, alice, framework="rm9001")
    row = make_field(framework, known_as=["ds9"])
    first = make_returns(contract)[0]
    file(first, bob, apprentices="3")
    return row


@pytest.mark.django_db
def test_field_that_was_filed_may_only_be_ended(staff, used) -> None:
    said = errors_of(change_of(staff, used, label="Young people"))
    assert said == {"label": ["Returns were submitted with this field, so it stays as it was. End it, and add another"]}
    said = errors_of(change_of(staff, used, until="2026-06-30"))
    assert said["until"] == [
        "A return for the period from 1 July 2026 was submitted with this field. Enter that day or a later one"
    ]
    assert change_of(staff, used, until="2026-07-01").status_code == 302
    assert FrameworkField.objects.get().until == date(2026, 7, 1)


def test_field_that_nothing_was_filed_with_may_change(staff, framework) -> None:
    row = make_field(framework, since=TODAY - timedelta(days=30))
    assert change_of(staff, row, label="Young people").status_code == 302
    row.refresh_from_db()
    assert row.label == "Young people"


def test_field_is_never_deleted(staff, framework) -> None:
    row = make_field(framework)
    path = reverse("admin:reporting_frameworkfield_delete", args=[row.pk])
    assert staff.post(path, {"post": "yes"}).status_code == 403


def test_refusal_of_the_action_names_each_field(framework) -> None:
    field = FrameworkField(framework=framework, table="return", name="Phase", label="Phase", help="?", type="text",
                           since=date(2020, 1, 1))  # fmt: skip
    with pytest.raises(Refused) as refused:
        save_framework_field(field=field, by=make_user(is_staff=True), now=NOW)
    assert [reason.field for reason in refused.value.reasons] == ["name", "longest", "label", "since"]


# --- All that follows --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_form_checks_and_page_of_a_return_follow(client, framework, buyer, supplier, alice, bob) -> None:
    make_field(framework, is_required=True)
    due = make_returns(make_contract(buyer, supplier, alice, framework="Digital Services 9"))[0]
    client.force_login(bob)
    edit = client.get(reverse("reporting:return-edit", args=[due.public_id])).content.decode()
    assert "How many apprentices worked on it." in edit
    findings = save(due, bob)
    assert [(one.check, one.field) for one in findings] == [("missing", "apprentices")]
    due.refresh_from_db()
    assert save(due, bob, apprentices="4") == []
    due.refresh_from_db()
    file(due, bob, apprentices="4")
    shown = client.get(due.get_absolute_url()).content.decode()
    assert "Apprentices" in shown


@pytest.mark.django_db
def test_nil_return_needs_no_field_of_a_framework(framework, buyer, supplier, alice, bob) -> None:
    make_field(framework, is_required=True)
    due = make_returns(make_contract(buyer, supplier, alice, framework="ds9"))[0]
    (filed,) = file_nil_returns(returns=[due], by=bob, now=NOW)
    assert [one for one in check(filing_of(filed), standard_of(filed), known_of(filed)) if one.is_error] == []


def files_of(client: Client, code: str) -> tuple[list[Any], str, dict[str, Any]]:
    get = {"framework": code} if code else {}
    book = b"".join(client.get(reverse("reporting:standard-workbook", args=["1"]), get).streaming_content)
    zipped = b"".join(client.get(reverse("reporting:standard-csv", args=["1"]), get).streaming_content)
    schema = json.loads(client.get(reverse("reporting:standard-schema", args=["1"]), get).content)
    headings = [cell.value for cell in load_workbook(io.BytesIO(book))["Return"][1]]
    return headings, zipfile.ZipFile(io.BytesIO(zipped)).read("return.csv").decode(), schema


def test_templates_and_schema_of_a_framework_have_its_fields(client, framework) -> None:
    make_field(framework, is_required=True)
    headings, columns, schema = files_of(client, "ds9")
    assert headings[-1] == "Apprentices"
    assert columns.strip().endswith(",apprentices")
    assert schema["$id"] == "urn:threepoint:reporting-standard:1:digital-services-9"
    assert schema["properties"]["return"]["properties"]["apprentices"]["minimum"] == 0
    headings, columns, schema = files_of(client, "")
    assert "Apprentices" not in headings
    assert "apprentices" not in columns + json.dumps(schema)


def test_page_of_the_standard_shows_what_each_framework_asks_for(client, framework) -> None:
    make_field(framework, until=date(2027, 3, 31))
    make_field(framework, name="old_one", label="An old one", until=date(2026, 7, 31), since=date(2026, 1, 1))
    page = reverse("reporting:standard-detail", args=["1"])
    assert "?framework=ds9" in client.get(page).content.decode()
    shown = client.get(page, {"framework": "ds9"}).content.decode()
    assert "For periods that begin from 1 July 2026 to 31 March 2027." in shown
    assert "return.xlsx?framework=ds9" in shown
    assert "An old one" in shown
    with time_machine.travel(NOW + timedelta(days=183), tick=False):
        assert "An old one" not in client.get(page, {"framework": "ds9"}).content.decode()
    assert client.get(page, {"framework": "none"}).status_code == 404
    assert client.get(page, {"framework": "a\0"}).status_code == 404

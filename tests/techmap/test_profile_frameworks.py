"""Loading the framework agreements from their file, and keeping them in the admin."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from portal.audit.models import Event
from portal.refusals import Refused
from techmap.actions import save_framework
from techmap.frameworks import FrameworksError, read_frameworks
from techmap.models import Framework
from tests.factories import make_user


def load(tmp_path, text: str) -> str:
    path, said = tmp_path / "frameworks.toml", StringIO()
    path.write_text(text)
    call_command("load_frameworks", str(path), stdout=said)
    return said.getvalue()


ONE = '[[framework]]\ncode = "one"\nname = "One"\nreference = "RM1"\nlots = ["Lot 1: A"]\nends_on = 2027-03-31\n'


def test_the_portals_own_file_loads_and_a_second_run_changes_nothing(db) -> None:
    first, second = StringIO(), StringIO()
    call_command("load_frameworks", stdout=first)
    number = Framework.objects.count()
    assert number >= 15
    assert first.getvalue() == f"Frameworks: {number} created, 0 updated, 0 unchanged, 0 kept.\n"
    call_command("load_frameworks", stdout=second)
    assert second.getvalue() == f"Frameworks: 0 created, 0 updated, {number} unchanged, 0 kept.\n"


def test_load_updates_and_records_what_differs(db, tmp_path) -> None:
    load(tmp_path, ONE)
    assert "1 updated" in load(tmp_path, ONE.replace('"One"', '"The first"'))
    event = Event.objects.get(name="techmap.framework.updated")
    assert (event.old, event.new) == ({"name": "One"}, {"name": "The first"})


def test_load_keeps_what_staff_edited(db, tmp_path) -> None:
    load(tmp_path, ONE)
    framework = Framework.objects.get()
    framework.name = "As staff call it"
    save_framework(framework=framework, by=make_user(is_staff=True))
    assert load(tmp_path, ONE).startswith("Kept as edited in the admin: one\n")
    assert Framework.objects.get().name == "As staff call it"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("framework = 1", "The file must hold [[framework]] tables and nothing else."),
        ("[[framework]", "is not valid TOML in UTF-8"),
        (ONE.replace('code = "one"', 'code = "One"'), "entry 1 (One): the code must be small letters"),
        (ONE.replace('name = "One"', ""), "entry 1 (one): name is missing"),
        (ONE.replace("reference", "number"), "entry 1 (one): nothing is called number"),
        (ONE.replace('["Lot 1: A"]', '"Lot 1"'), "entry 1 (one): lots must be a list"),
        (ONE.replace('["Lot 1: A"]', '["A", "A"]'), "entry 1 (one): a lot stands twice"),
        (ONE.replace("Lot 1: A", "x" * 121), "has 121 characters. Shorten it to 120"),
        (ONE.replace("2027-03-31", '"soon"'), "entry 1 (one): ends_on must be a date"),
        (ONE + ONE, "the code one stands more than once"),
    ],
)
def test_a_wrong_file_loads_nothing_and_says_why(db, tmp_path, text, message) -> None:
    with pytest.raises(CommandError) as error:
        load(tmp_path, text)
    assert message in str(error.value)
    assert not Framework.objects.exists()


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(FrameworksError, match="can't be read: No such file"):
        read_frameworks(tmp_path / "none.toml")


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(make_user(is_staff=True))
    return client


# --- In the admin ----------------------------------------------------------------------------------


def test_save_framework_is_for_staff(db) -> None:
    with pytest.raises(PermissionDenied):
        save_framework(framework=Framework(code="a", name="A"), by=make_user())


def test_save_framework_refuses_a_lot_twice(db) -> None:
    with pytest.raises(Refused, match="A lot stands twice"):
        save_framework(framework=Framework(code="a", name="A", lots=["X", "X"]), by=make_user(is_staff=True))


def test_admin_adds_and_changes_but_never_deletes(staff) -> None:
    sent = {"code": "new", "name": "New", "reference": "", "lots": "Lot 1\r\nLot 2", "ends_on": ""}
    assert staff.post(reverse("admin:techmap_framework_add"), sent).status_code == 302
    framework = Framework.objects.get()
    assert (framework.lots, framework.is_edited) == (["Lot 1", "Lot 2"], True)
    assert Event.objects.get(name="techmap.framework.created").actor.is_staff
    change = reverse("admin:techmap_framework_change", args=[framework.pk])
    assert b"Lot 1\nLot 2" in staff.get(change).content.replace(b"\r", b"")
    assert b"A lot stands twice" in staff.post(change, {**sent, "lots": "A\nA"}).content
    assert staff.post(change, {**sent, "is_retired": "on"}).status_code == 302
    assert Framework.objects.get().is_retired
    assert staff.post(reverse("admin:techmap_framework_delete", args=[framework.pk])).status_code == 403


@pytest.mark.parametrize("model", ["accreditation", "contact", "frameworkplace"])
def test_admin_only_reads_what_suppliers_keep(staff, model) -> None:
    assert staff.get(reverse(f"admin:techmap_{model}_changelist")).status_code == 200
    assert staff.get(reverse(f"admin:techmap_{model}_add")).status_code == 403

"""Loading the taxonomy, and how the file meets edits made in the admin."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from portal.audit.models import Event
from portal.refusals import Refused
from techmap.actions import save_capability
from techmap.models import Capability
from tests.factories import make_user
from tests.techmap.makers import make_capability
from tests.techmap.test_taxonomy import GOOD

pytestmark = pytest.mark.django_db


@pytest.fixture
def load(tmp_path: Path):
    def run(text: str = GOOD, **options: Any) -> str:
        path = tmp_path / "capabilities.toml"
        path.write_text(text, encoding="utf-8")
        said = StringIO()
        call_command("load_capabilities", str(path), stdout=said, **options)
        return said.getvalue()

    return run


def test_load_own_file_and_again_changes_nothing(django_assert_max_num_queries) -> None:
    first, second = StringIO(), StringIO()
    call_command("load_capabilities", stdout=first)
    rows = list(Capability.objects.order_by("pk").values())
    with django_assert_max_num_queries(6):
        call_command("load_capabilities", stdout=second)
    assert f"{len(rows)} created" in first.getvalue()
    assert f"0 created, 0 updated, {len(rows)} unchanged" in second.getvalue()
    assert list(Capability.objects.order_by("pk").values()) == rows


def test_load_makes_two_levels(load) -> None:
    load()
    hosting = Capability.objects.get(code="hosting")
    assert (hosting.name, hosting.parent.code, hosting.aliases) == ("Cloud hosting", "cloud", ["IaaS"])
    assert hosting.cpv_prefixes == ["72415"]


def test_load_updates_what_nobody_edited_and_records_it(load) -> None:
    load()
    assert "1 updated, 1 unchanged" in load(GOOD.replace('["IaaS"]', '["IaaS", "public cloud"]'))
    hosting = Capability.objects.get(code="hosting")
    assert hosting.aliases == ["IaaS", "public cloud"]
    event = Event.objects.about(hosting).first()
    assert (event.name, event.actor) == ("techmap.capability.updated", None)
    assert (event.old, event.new) == ({"aliases": ["IaaS"]}, {"aliases": ["IaaS", "public cloud"]})


def test_load_keeps_what_staff_edited(load) -> None:
    load()
    hosting = Capability.objects.get(code="hosting")
    hosting.name = "Hosting in the cloud"
    save_capability(capability=hosting, by=make_user(is_staff=True))
    said = load(GOOD.replace("on demand.", "at once."))
    assert said.startswith("Kept as edited in the admin: hosting\n")
    hosting.refresh_from_db()
    assert (hosting.name, hosting.description) == ("Hosting in the cloud", "Computers on demand.")


def test_load_retires_what_left_the_file_only_when_told(load) -> None:
    load()
    without = GOOD[: GOOD.index("[[parent.capability]]")]
    load(without)
    assert Capability.objects.get(code="hosting").is_retired is False
    assert "1 retired" in load(without, retire=True)
    assert Capability.objects.get(code="hosting").is_retired is True
    assert "1 updated" in load()
    assert Capability.objects.get(code="hosting").is_retired is False


def test_load_never_retires_what_staff_added(load) -> None:
    load()
    parent = Capability.objects.get(code="cloud")
    edge = Capability(code="edge", name="Edge computing", description="Near the user.", parent=parent)
    save_capability(capability=edge, by=make_user(is_staff=True))
    load(retire=True)
    assert Capability.objects.get(code="edge").is_retired is False


def test_load_refuses_a_name_that_an_edit_has_taken_and_loads_nothing(load) -> None:
    load()
    parent = Capability.objects.get(code="cloud")
    edge = Capability(code="edge", name="Edge", description="Near.", parent=parent, aliases=["public cloud"])
    save_capability(capability=edge, by=make_user(is_staff=True))
    with pytest.raises(CommandError) as error:
        load(GOOD.replace('["IaaS"]', '["public cloud"]'))
    assert str(error.value) == (
        "Nothing was loaded.\n  In the database (hosting): the name or alias “public cloud” "
        "belongs to edge already. Take it out of one."
    )
    assert Capability.objects.get(code="hosting").aliases == ["IaaS"]


def test_load_a_wrong_file_loads_nothing(load) -> None:
    with pytest.raises(CommandError) as error:
        load(GOOD.replace("demand.", "demand"))
    assert str(error.value) == "Nothing was loaded.\n  line 7 (hosting): the description must end with a full stop."
    assert Capability.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"aliases": ["backup"]}, "aliases", "the name or alias “backup” belongs to backup already"),
        ({"cpv_prefixes": ["72-x"]}, "cpv_prefixes", "The CPV prefix “72-x” must be 2 to 8 digits"),
        ({"aliases": [f"word {n}" for n in range(9)]}, "aliases", "There are 9 aliases"),
    ],
)
def test_save_capability_refuses_what_would_break_the_taxonomy(change, field, message) -> None:
    make_capability("Backup")
    hosting = make_capability("Hosting")
    for name, value in change.items():
        setattr(hosting, name, value)
    with pytest.raises(Refused) as refused:
        save_capability(capability=hosting, by=make_user(is_staff=True))
    [reason] = refused.value.reasons
    assert reason.field == field
    assert message in reason.message


def test_save_capability_keeps_two_levels() -> None:
    hosting = make_capability("Hosting")
    below = Capability(code="below", name="Below", parent=hosting)
    with pytest.raises(Refused, match="the list has two levels"):
        save_capability(capability=below, by=make_user(is_staff=True))
    parent = hosting.parent
    parent.parent = make_capability("Backup").parent
    with pytest.raises(Refused, match="It holds other capabilities"):
        save_capability(capability=parent, by=make_user(is_staff=True))


def test_save_capability_is_for_staff() -> None:
    with pytest.raises(PermissionDenied):
        save_capability(capability=make_capability("Hosting"), by=make_user())

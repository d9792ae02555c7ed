"""Whose history each position may read: that of every object which the audit names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import models
from django.urls import reverse

from engagement.models import EngagementRequest, Question, Response
from innovation_den.models import Appeal, Conflict, Den, Moderation, Panellist, Pilot, Pitch, PitchDecision, Screening
from portal.accounts.models import User
from portal.audit.actions import record
from portal.audit.permissions import shows_history
from portal.files.models import StoredFile
from portal.notifications.models import Delivery
from portal.organisations.models import Organisation
from reporting.models import Assessment, Contract, Flag, FrameworkField, Return, Scheme, Upload
from techmap.models import Capability, Framework, NameMatch, Shortlist, SupplierProfile
from tests.trust.rows import AUTHORITY, SUPPLIER
from tests.trust.world import ROLES, World

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
# The history of each: who reads it. To everybody else the page is not there.
READERS: dict[str, tuple[str, ...]] = {
    "authority": (*AUTHORITY, "staff"),
    "supplier": (*SUPPLIER, "staff"),
    "profile": (*SUPPLIER, "staff"),
    "draft": AUTHORITY,
    "request": AUTHORITY,
    "response": SUPPLIER,
    "file": ("supplier_editor", "staff"),
    "notice": ("supplier_editor", "staff"),
    "person": ("supplier_editor", "staff"),
    "question": (),
    "member": (),
    "capability": ("staff",),
    "shortlist": (*AUTHORITY, "staff"),
    "contract": (*AUTHORITY, *SUPPLIER, "staff"),
    "flag": (*AUTHORITY, *SUPPLIER, "staff"),
    "filed_return": (*AUTHORITY, *SUPPLIER, "staff"),
    "due_return": SUPPLIER,
    "shared_assessment": (*AUTHORITY, *SUPPLIER, "staff"),
    "draft_assessment": (*AUTHORITY, "staff"),
    "den": (*AUTHORITY, "staff"),
    "own_pitch": SUPPLIER,
    "panellist": (*AUTHORITY, "staff"),
    "conflict": (*AUTHORITY, "staff"),
    "running": (*AUTHORITY, *SUPPLIER, "staff"),
    "staged_decision": (*AUTHORITY, "staff"),
    "moderation": ("outsider",),
}
# What a call of `record` names as its target, and what that is.
TARGETS: dict[str, type[models.Model]] = {
    "by": User,
    **dict.fromkeys(["assessment", "successor"], Assessment),
    "capability": Capability,
    "field": FrameworkField,
    "framework": Framework,
    "match": NameMatch,
    "shortlist": Shortlist,
    **dict.fromkeys(["contract", "known", "made"], Contract),
    **dict.fromkeys(["filed", "correction"], Return),
    "scheme": Scheme,
    "flag": Flag,
    "target": Organisation,  # both sides of a merge
    "delivery": Delivery,
    "organisation": Organisation,
    "profile": SupplierProfile,
    "request": EngagementRequest,
    "response": Response,
    "stored": StoredFile,
    "stored_file": StoredFile,
    "supplier": Organisation,
    **dict.fromkeys(["upload", "mine", "begun"], Upload),
    "user": User,
    "den": Den,
    "pitch": Pitch,
    "panellist": Panellist,
    "conflict": Conflict,
    "view": Screening,
    "appeal": Appeal,
    "decision": PitchDecision,
    "moderation": Moderation,
    "pilot": Pilot,
}


def thing(world: World, name: str) -> Any:
    if name == "person":
        return world.people["supplier_editor"]
    return SupplierProfile.objects.get() if name == "profile" else world.things[name]


def address(found: models.Model) -> str:
    return reverse("audit:history", args=[found._meta.app_label, found._meta.model_name, found.pk])


@pytest.mark.parametrize("name", READERS)
def test_history_is_read_by(world: World, name: str) -> None:
    path = address(thing(world, name))

    readers = tuple(role for role in ROLES if world.client(role).get(path).status_code == 200)

    assert readers == READERS[name]


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("organisations:organisation-detail", "supplier"),
        ("techmap:supplier-detail", "profile"),
        ("engagement:request-detail", "request"),
        ("engagement:response-detail", "response"),
        ("engagement:response-detail", "file"),
        ("engagement:response-edit", "file"),
        ("notifications:notice-detail", "notice"),
        ("account_home", "person"),
    ],
)
def test_page_leads_to_the_history_for_those_who_may_see_it(world: World, page: str, name: str) -> None:
    arguments: dict[str, list[Any]] = {
        "organisations:organisation-detail": [world.things["supplier"].pk],
        "techmap:supplier-detail": [world.things["supplier"].pk],
        "engagement:request-detail": [world.things["request"].reference],
        "notifications:notice-detail": [world.things["notice"].pk],
        "account_home": [],
    }
    response = [world.things["request"].reference, world.things["response"].public_id]
    path, wanted = reverse(page, args=arguments.get(page, response)), address(thing(world, name))

    for role in ROLES:
        answer = world.client(role).get(path)
        links = {link["href"] for link in BeautifulSoup(answer.content, "html.parser").select("a[href]")}
        shown = answer.status_code == 200 and (page != "account_home" or role == "supplier_editor")
        assert (wanted in links) == (shown and role in READERS[name]), role


def test_record_refuses_a_model_that_does_not_say_who_sees_its_history(world: World) -> None:
    assert not shows_history(Question)
    with pytest.raises(TypeError, match="Question must say who sees its history"):
        record("engagement.question.asked", target=world.things["question"], by=None)


def calls_of_record() -> Iterator[tuple[str, str]]:
    """Where each call stands, and the last word of its target."""
    for room in ("portal", "techmap", "engagement", "reporting", "innovation_den"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record":
                    (target,) = (keyword.value for keyword in node.keywords if keyword.arg == "target")
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", ast.unparse(target).rpartition(".")[2]


def test_every_target_of_the_record_says_who_sees_its_history() -> None:
    calls = list(calls_of_record())
    assert len(calls) > 50
    assert [call for call in calls if call[1] not in TARGETS] == []
    assert {name for _, name in calls if not shows_history(TARGETS[name])} == set()

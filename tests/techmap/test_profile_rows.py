"""What a profile holds in rows: accreditations, places on frameworks and contacts; each action and each page."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from portal.audit.models import Event
from portal.refusals import Refused, StaleWrite
from techmap.actions import (
    remove_accreditation,
    remove_contact,
    remove_framework_place,
    save_accreditation,
    save_contact,
    save_framework_place,
)
from techmap.models import Accreditation, Contact, Framework, FrameworkPlace, SupplierProfile
from tests.factories import make_supplier, make_user
from tests.organisations.makers import client_of
from tests.techmap.makers import make_profile

KINDS = ["accreditation", "framework-place", "contact"]
ISO: dict[str, Any] = {"kind": "iso-27001", "number": "IS 1", "issued_by": "Northmark", "expires_on": date(2027, 3, 1)}
DILYS: dict[str, Any] = {
    "role": "sales",
    "name": "Dilys Marlow",
    "email": "dilys@larkspur.example",
    "telephone": "0161 496 0000",
}


@pytest.fixture
def gcloud(db) -> Framework:
    lots = ["Lot 1: Hosting", "Lot 2: Software"]
    return Framework.objects.create(code="g-cloud", name="G-Cloud", reference="RM1", lots=lots)


@pytest.fixture
def page(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


def url(kind: str, verb: str, supplier, *args: int) -> str:
    return reverse(f"techmap:{kind}-{verb}", args=[supplier.pk, *args])


def add(kind: str, supplier, by, gcloud, /, **fields: Any) -> Any:
    facts = {"organisation": supplier, "by": by, "submission_key": uuid4()}
    if kind == "accreditation":
        return save_accreditation(**{**facts, **ISO, **fields})
    if kind == "contact":
        return save_contact(**{**facts, **DILYS, **fields})
    return save_framework_place(**{**facts, "framework": gcloud, "lots": ["Lot 1: Hosting"], **fields})


def change(kind: str, row: Any, by, *, version: int) -> Any:
    """The same row in other words."""
    facts = {"organisation": row.profile.organisation, "by": by, "version": version}
    if kind == "accreditation":
        return save_accreditation(**{**facts, **ISO, "accreditation": row, "number": "IS 2"})
    if kind == "contact":
        return save_contact(**{**facts, **DILYS, "contact": row, "name": "Owen Tarrant"})
    return save_framework_place(**facts, place=row, framework=row.framework, lots=["Lot 2: Software"])


def remove(kind: str, row: Any, by) -> None:
    supplier = row.profile.organisation
    if kind == "accreditation":
        remove_accreditation(organisation=supplier, accreditation=row, by=by)
    elif kind == "contact":
        remove_contact(organisation=supplier, contact=row, by=by)
    else:
        remove_framework_place(organisation=supplier, place=row, by=by)


def posted(kind: str, gcloud, /, **changes: Any) -> dict[str, Any]:
    day = {"expires_on_day": "1", "expires_on_month": "3", "expires_on_year": "2027"}
    iso = {"kind": "iso-27001", "number": "", "issued_by": "", **day}
    sent = {"accreditation": iso, "contact": DILYS, "framework-place": {"lots": ["Lot 1: Hosting"]}}
    return {"version": 0, "submission_key": str(uuid4()), **sent[kind], **changes}


MODELS: dict[str, Any] = {"accreditation": Accreditation, "contact": Contact, "framework-place": FrameworkPlace}


# --- The actions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_row_is_added_changed_and_removed_with_a_record_of_each(larkspur, alice, gcloud, kind) -> None:
    row = add(kind, larkspur, alice, gcloud)
    row = change(kind, row, alice, version=1)
    remove(kind, row, alice)
    remove(kind, row, alice)  # once more changes nothing
    noun = kind.replace("-", "_")
    names = [event.name for event in Event.objects.about(SupplierProfile.objects.get()).order_by("pk")]
    assert names == [f"techmap.{noun}.added", f"techmap.{noun}.changed", f"techmap.{noun}.removed"]
    assert not MODELS[kind].objects.exists()


def test_audit_of_an_accreditation_holds_what_differs(larkspur, alice, gcloud) -> None:
    row = add("accreditation", larkspur, alice, gcloud)
    change("accreditation", row, alice, version=1)
    event = Event.objects.get(name="techmap.accreditation.changed")
    assert (event.old, event.new) == ({"number": "IS 1"}, {"number": "IS 2"})


def test_audit_of_a_contact_says_nothing_of_the_person(larkspur, alice, gcloud) -> None:
    row = add("contact", larkspur, alice, gcloud)
    change("contact", row, alice, version=1)
    remove("contact", row, alice)
    added, changed, removed = Event.objects.filter(name__startswith="techmap.contact").order_by("pk")
    assert (added.new, removed.old) == ({"role": "sales"}, {"role": "sales"})
    assert (changed.old, changed.new, changed.note) == ({}, {}, "Changed: name")


@pytest.mark.parametrize("kind", KINDS)
def test_row_sent_twice_is_one(larkspur, alice, gcloud, kind) -> None:
    key = uuid4()
    first, second = (add(kind, larkspur, alice, gcloud, submission_key=key) for _ in range(2))
    assert first == second
    assert MODELS[kind].objects.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_key_of_another_supplier_is_refused(larkspur, alice, gcloud, kind) -> None:
    other = make_supplier("Charnwood Digital Ltd")
    key, theirs = uuid4(), make_profile(other)
    fields: dict[str, Any] = {"framework": gcloud} if kind == "framework-place" else {}
    MODELS[kind].objects.create(profile=theirs, submission_key=key, **fields)
    with pytest.raises(Refused, match="This form was used before"):
        add(kind, larkspur, alice, gcloud, submission_key=key)


@pytest.mark.parametrize("kind", KINDS)
def test_row_of_an_old_version_loses_nothing(larkspur, alice, gcloud, kind) -> None:
    row = add(kind, larkspur, alice, gcloud)
    MODELS[kind].objects.update(version=2)
    with pytest.raises(StaleWrite):
        change(kind, row, alice, version=1)
    assert MODELS[kind].objects.get().version == 2


@pytest.mark.parametrize("kind", KINDS)
def test_row_that_was_removed_meanwhile_says_so(larkspur, alice, gcloud, kind) -> None:
    row = add(kind, larkspur, alice, gcloud)
    MODELS[kind].objects.all().delete()
    with pytest.raises(Refused, match="Somebody has removed this"):
        change(kind, row, alice, version=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("person", ["bob", "charlie", "staff"])
def test_rows_are_the_writers_alone(request, larkspur, alice, gcloud, kind, person) -> None:
    row = add(kind, larkspur, alice, gcloud)
    user = make_user(is_staff=True) if person == "staff" else request.getfixturevalue(person)
    for attempt in (lambda: add(kind, larkspur, user, gcloud), lambda: change(kind, row, user, version=1)):
        with pytest.raises(PermissionDenied):
            attempt()
    with pytest.raises(PermissionDenied):
        remove(kind, row, user)
    assert MODELS[kind].objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "fields", "field", "message"),
    [
        ("accreditation", {"kind": "iso-1"}, "kind", "Choose an accreditation from the list"),
        ("accreditation", {"number": "x" * 81}, "number", "The certificate number must be 80 characters or fewer"),
        ("accreditation", {"issued_by": "x" * 121}, "issued_by",
         "The name of the certification body must be 120 characters or fewer"),
        ("accreditation", {"expires_on": date(1999, 1, 1)}, "expires_on",
         "The expiry date must be between 2000 and 2099"),
        ("contact", {"role": "boss"}, "role", "Choose what the contact can be asked about"),
        ("contact", {"name": " "}, "name", "Enter the name of the contact"),
        ("contact", {"name": "x" * 121}, "name", "The name must be 120 characters or fewer"),
        ("contact", {"email": "", "telephone": ""}, "email", "Enter an email address or a telephone number"),
        ("contact", {"email": "dilys"}, "email",
         "Enter an email address in the correct format, like name@example.com"),
        ("contact", {"telephone": "ring me"}, "telephone",
         "Enter a telephone number, like 0161 496 0000 or +44 161 496 0000"),
        ("framework-place", {"lots": []}, "lots", "Choose at least one lot"),
        ("framework-place", {"lots": ["Lot 9"]}, "lots", "Choose lots from the list"),
    ],
)  # fmt: skip
def test_row_refuses(larkspur, alice, gcloud, kind, fields, field, message) -> None:
    with pytest.raises(Refused) as refused:
        add(kind, larkspur, alice, gcloud, **fields)
    assert [(reason.field, reason.message) for reason in refused.value.reasons] == [(field, message)]
    assert not SupplierProfile.objects.exists()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("accreditation", "ISO 27001: information security is listed already. Change that entry instead"),
        ("framework-place", "G-Cloud is listed already. Change that entry instead"),
    ],
)
def test_row_stands_once(larkspur, alice, gcloud, kind, message) -> None:
    add(kind, larkspur, alice, gcloud)
    with pytest.raises(Refused, match=message):
        add(kind, larkspur, alice, gcloud)


def test_database_holds_each_kind_once(larkspur, alice, gcloud) -> None:
    row = add("accreditation", larkspur, alice, gcloud)
    with pytest.raises(IntegrityError, match="accreditation_once_per_kind"):
        Accreditation.objects.create(profile=row.profile, kind=row.kind)


def test_retired_framework_takes_nobody_new_and_keeps_its_places(larkspur, alice, gcloud) -> None:
    place = add("framework-place", larkspur, alice, gcloud)
    gcloud.is_retired = True
    gcloud.save()
    place.refresh_from_db()
    assert change("framework-place", place, alice, version=1).lots == ["Lot 2: Software"]
    place.delete()
    with pytest.raises(Refused, match="G-Cloud can no longer be chosen"):
        add("framework-place", larkspur, alice, gcloud)


def test_contacts_are_twelve_at_most(larkspur, alice, gcloud) -> None:
    for _ in range(12):
        add("contact", larkspur, alice, gcloud)
    with pytest.raises(Refused, match="You have 12 contacts"):
        add("contact", larkspur, alice, gcloud)


# --- The pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_pages_add_change_and_remove(page, larkspur, gcloud, kind) -> None:
    listing = url(kind, "list", larkspur)
    assert b"You have not listed any yet" in page.get(listing).content
    query = "?framework=g-cloud" if kind == "framework-place" else ""
    answer = page.post(url(kind, "create", larkspur) + query, posted(kind, gcloud))
    assert (answer.status_code, answer.url) == (302, listing)
    row = MODELS[kind].objects.get()
    edit = url(kind, "edit", larkspur, row.pk)
    assert edit in page.get(listing).content.decode()
    answer = page.post(edit, posted(kind, gcloud, version=1, number="IS 9", name="Owen", lots=["Lot 2: Software"]))
    assert (answer.status_code, MODELS[kind].objects.get().version) == (302, 2)
    assert page.post(url(kind, "remove", larkspur, row.pk)).url == listing
    assert not MODELS[kind].objects.exists()
    assert page.post(url(kind, "remove", larkspur, row.pk)).url == listing  # pressed twice


@pytest.mark.parametrize(
    ("kind", "change_", "field", "message"),
    [
        ("accreditation", {"kind": ""}, "kind", "Choose an accreditation from the list"),
        ("accreditation", {"expires_on_month": "13"}, "expires_on", "Expiry date (optional) must be a real date"),
        ("contact", {"name": ""}, "name", "Enter the name of the contact"),
        ("contact", {"role": ""}, "role", "Choose what the contact can be asked about"),
        ("contact", {"email": "", "telephone": ""}, "email", "Enter an email address or a telephone number"),
        ("framework-place", {"lots": []}, "lots", "Choose at least one lot"),
    ],
)
def test_row_page_shows_what_is_wrong_on_its_field(page, larkspur, gcloud, kind, change_, field, message) -> None:
    query = "?framework=g-cloud" if kind == "framework-place" else ""
    answer = page.post(url(kind, "create", larkspur) + query, posted(kind, gcloud, **change_))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors[field]) == [message]
    assert BeautifulSoup(answer.content, "html.parser").title.text.startswith("Error: ")


@pytest.mark.parametrize("kind", KINDS)
def test_row_page_conflict_shows_both_versions(page, larkspur, alice, gcloud, kind) -> None:
    row = add(kind, larkspur, alice, gcloud)
    MODELS[kind].objects.update(version=2)
    sent = posted(kind, gcloud, version=1, number="IS 9", name="Owen Tarrant", lots=["Lot 2: Software"])
    answer = page.post(url(kind, "edit", larkspur, row.pk), sent)
    assert answer.status_code == 409
    saved, mine = {
        "accreditation": ("IS 1", "IS 9"),
        "contact": ("Dilys Marlow", "Owen Tarrant"),
        "framework-place": ("Lot 1: Hosting", "Lot 2: Software"),
    }[kind]
    assert saved in answer.content.decode()
    assert mine in answer.content.decode()


def test_choosing_a_framework_offers_what_is_not_listed_yet(page, larkspur, alice, gcloud) -> None:
    Framework.objects.create(code="spark", name="Spark")
    Framework.objects.create(code="old", name="Old", is_retired=True)
    add("framework-place", larkspur, alice, gcloud)
    create = url("framework-place", "create", larkspur)
    html = BeautifulSoup(page.get(create).content, "html.parser")
    assert [option["value"] for option in html.select("select[name=framework] option")] == ["", "spark"]
    assert b"Choose a framework agreement" in page.get(create, {"framework": ""}).content
    assert b"We know of no lots" in page.get(create, {"framework": "spark"}).content
    page.post(f"{create}?framework=spark", posted("framework-place", gcloud, lots=[]))
    assert FrameworkPlace.objects.filter(framework__code="spark").exists()


def test_choosing_a_framework_that_is_not_there(page, larkspur) -> None:
    create = url("framework-place", "create", larkspur)
    assert page.post(f"{create}?framework=nonsense").status_code == 404
    assert b"Choose a framework agreement from the list" in page.get(create, {"framework": "nonsense"}).content


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("person", "status"), [("alice", 200), ("bob", 403), ("charlie", 404), ("staff", 403)])
def test_row_pages_for_each_person(client, request, larkspur, alice, gcloud, kind, person, status) -> None:
    row = add(kind, larkspur, alice, gcloud)
    client.force_login(make_user(is_staff=True) if person == "staff" else request.getfixturevalue(person))
    for address in (url(kind, "list", larkspur), url(kind, "create", larkspur), url(kind, "edit", larkspur, row.pk)):
        assert client.get(address).status_code == status
    assert client.post(url(kind, "remove", larkspur, row.pk)).status_code == (302 if status == 200 else status)


@pytest.mark.parametrize("kind", KINDS)
def test_row_of_another_supplier_is_not_there(page, larkspur, alice, gcloud, kind) -> None:
    row = add(kind, larkspur, alice, gcloud)
    row.profile.organisation = make_supplier("Charnwood Digital Ltd")
    row.profile.save()
    assert page.get(url(kind, "edit", larkspur, row.pk)).status_code == 404
    page.post(url(kind, "remove", larkspur, row.pk))
    assert MODELS[kind].objects.exists()


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_row_list_query_count_is_constant(page, larkspur, django_assert_num_queries, kind, number) -> None:
    profile = make_profile(larkspur)
    for index in range(number):
        framework = Framework.objects.create(code=f"f{index}", name=f"F{index}")
        values = ["iso-27001", "iso-9001", "soc-2"]
        fields: dict[str, Any] = {"framework": framework} if kind == "framework-place" else {}
        fields |= {"kind": values[index]} if kind == "accreditation" else {}
        MODELS[kind].objects.create(profile=profile, **fields)
    page.get(url(kind, "list", larkspur))
    with django_assert_num_queries(8):  # session, person, second step, roles, supplier, its writers, rows, inbox
        page.get(url(kind, "list", larkspur))


@pytest.mark.parametrize("asked", ["%00", "gcloud%00", "../etc", "x" * 5000, "none"])
def test_place_of_a_framework_that_cannot_be_is_not_found(larkspur, alice, gcloud, asked) -> None:
    path = f"{reverse('techmap:framework-place-create', args=[larkspur.pk])}?framework={asked}"
    client = client_of(alice)
    assert client.post(path, posted("framework-place", gcloud)).status_code == 404
    assert client.get(path).status_code == 200

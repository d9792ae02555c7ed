"""A supplier keeps its profile: the action, the form, and two people at once."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from portal.audit.models import Event
from portal.organisations.choices import Status
from portal.refusals import Refused, StaleWrite
from techmap.actions import guess_claims, save_profile
from techmap.models import CapabilityClaim, SupplierProfile
from tests.factories import make_public_body, make_supplier, make_user
from tests.techmap.makers import make_claim, make_profile

GOOD: dict[str, Any] = {
    "version": 0,
    "summary": "Hosting for councils",
    "description": "Two data centres.\n\nOpen all night.",
    "regions_served": ["TLD", "TLC"],
    "links": ["https://larkspur.example/hosting"],
}


def url(supplier) -> str:
    return reverse("techmap:profile-edit", args=[supplier.pk])


def posted(**changes: Any) -> dict[str, Any]:
    return {**GOOD, "links": "https://larkspur.example/hosting", "capabilities": [], **changes}


def claims(supplier) -> dict[str, str]:
    rows = CapabilityClaim.objects.filter(profile__organisation=supplier)
    return dict(rows.values_list("capability__name", "origin"))


@pytest.fixture
def page(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


# --- The action ------------------------------------------------------------------------------------


def test_save_profile_makes_it_and_records_it(larkspur, alice, hosting) -> None:
    profile = save_profile(organisation=larkspur, capabilities=[hosting], by=alice, **GOOD)
    assert (profile.version, profile.regions_served) == (1, ["TLC", "TLD"])
    assert claims(larkspur) == {"Cloud hosting": "supplier"}
    [event] = Event.objects.about(profile)
    assert (event.name, event.actor, event.new["capabilities"]) == ("techmap.profile.saved", alice, ["Cloud hosting"])


def test_save_profile_replaces_own_claims_and_confirms_guesses(larkspur, alice, hosting, backup) -> None:
    make_claim(larkspur, hosting)
    make_claim(larkspur, backup, guessed=True)
    save_profile(organisation=larkspur, capabilities=[backup], by=alice, **{**GOOD, "version": 1})
    assert claims(larkspur) == {"Backup and recovery": "supplier"}
    assert guess_claims(supplier=larkspur, capabilities=[hosting]) == []  # dropped by the supplier, so for good


def test_save_profile_leaves_other_guesses_and_retired_claims(larkspur, alice, hosting, backup) -> None:
    make_claim(larkspur, hosting, guessed=True)
    make_claim(larkspur, backup)
    backup.is_retired = True
    backup.save()
    save_profile(organisation=larkspur, capabilities=[], by=alice, **{**GOOD, "version": 1})
    assert claims(larkspur) == {"Cloud hosting": "guessed", "Backup and recovery": "supplier"}


def test_save_profile_of_an_old_version_loses_nothing(larkspur, alice) -> None:
    save_profile(organisation=larkspur, capabilities=[], by=alice, **GOOD)
    with pytest.raises(StaleWrite):
        save_profile(organisation=larkspur, capabilities=[], by=alice, **{**GOOD, "summary": "Mine"})
    assert SupplierProfile.objects.get().summary == "Hosting for councils"


def test_save_profile_sent_twice_is_one_save(larkspur, alice, hosting) -> None:
    for _ in range(2):
        profile = save_profile(organisation=larkspur, capabilities=[hosting], by=alice, **GOOD)
    assert profile.version == 1
    assert Event.objects.about(profile).count() == 1


@pytest.mark.parametrize("person", ["bob", "charlie"])
def test_save_profile_is_the_writers_alone(request, person, larkspur) -> None:
    with pytest.raises(PermissionDenied):
        save_profile(organisation=larkspur, capabilities=[], by=request.getfixturevalue(person), **GOOD)
    assert not SupplierProfile.objects.exists()


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"summary": " "}, "summary", "Enter a summary of what the organisation does"),
        ({"summary": "x" * 301}, "summary", "The summary must be 300 characters or fewer"),
        ({"description": "x" * 5001}, "description", "The description must be 5,000 characters or fewer"),
        ({"regions_served": ["TLD", "XXX"]}, "regions_served", "Choose regions from the list"),
        ({"links": ["http://larkspur.example"]}, "links",
         "“http://larkspur.example” must be a full web address that begins with https://"),
        ({"links": ["javascript:alert(1)"]}, "links",
         "“javascript:alert(1)” must be a full web address that begins with https://"),
        ({"links": [f"https://larkspur.example/{n}" for n in range(11)]}, "links", "Enter 10 links or fewer"),
    ],
)  # fmt: skip
def test_save_profile_refuses(larkspur, alice, change, field, message) -> None:
    with pytest.raises(Refused) as refused:
        save_profile(organisation=larkspur, capabilities=[], by=alice, **{**GOOD, **change})
    assert [(reason.field, reason.message) for reason in refused.value.reasons] == [(field, message)]


def test_save_profile_refuses_parents(larkspur, alice, cloud) -> None:
    with pytest.raises(Refused, match="Choose capabilities from the list"):
        save_profile(organisation=larkspur, capabilities=[cloud], by=alice, **GOOD)


# --- The page --------------------------------------------------------------------------------------


def test_profile_page_saves_and_goes_to_the_public_page(page, larkspur, hosting) -> None:
    answer = page.post(url(larkspur), posted(capabilities=[hosting.pk]))
    assert answer.status_code == 302
    assert answer.url == reverse("techmap:supplier-detail", args=[larkspur.pk])
    assert claims(larkspur) == {"Cloud hosting": "supplier"}


def test_profile_page_shows_what_is_saved(page, larkspur, hosting, backup) -> None:
    make_claim(larkspur, hosting)
    make_claim(larkspur, backup, guessed=True)
    SupplierProfile.objects.update(links=["https://a.example/", "https://b.example/"])
    html = BeautifulSoup(page.get(url(larkspur)).content, "html.parser")
    ticked = [box["value"] for box in html.select("input[name=capabilities][checked]")]
    assert ticked == [str(hosting.pk)]  # a guess is for the supplier to tick
    assert html.select_one("input[name=version]")["value"] == "1"
    assert html.select_one("textarea[name=links]").text.split() == ["https://a.example/", "https://b.example/"]
    [panel] = html.select("details.app-panels__panel")
    assert panel.has_attr("open")
    assert panel.summary.get_text(" ", strip=True) == "Cloud and hosting 1 chosen"


def test_profile_page_shows_what_is_wrong_on_its_field(page, larkspur) -> None:
    answer = page.post(url(larkspur), posted(summary="", links="larkspur.example"))
    html = BeautifulSoup(answer.content, "html.parser")
    assert answer.status_code == 200
    assert html.title.text.startswith("Error: ")
    assert "Enter a summary of what the organisation does" in html.select_one(".govuk-error-summary").text


def test_profile_page_shows_a_refusal_on_its_field(page, larkspur) -> None:
    answer = page.post(url(larkspur), posted(links="larkspur.example"))
    message = "“larkspur.example” must be a full web address that begins with https://"
    assert answer.context["form"].errors["links"] == [message]
    assert not SupplierProfile.objects.exists()


def test_profile_page_conflict_shows_both_versions(page, larkspur, hosting, cloud) -> None:
    make_profile(larkspur, summary="Saved by a colleague")
    answer = page.post(url(larkspur), posted(summary="Sent by me", capabilities=[hosting.pk]))
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "Saved by a colleague" in body
    assert "Sent by me" in body
    assert "Cloud hosting" in body
    assert SupplierProfile.objects.get().summary == "Saved by a colleague"


def test_profile_page_ignores_forged_fields(page, larkspur, charlie) -> None:
    other = make_supplier("Charnwood Digital Ltd")
    page.post(url(larkspur), posted(organisation=other.pk, status="verified", pk=999))
    assert SupplierProfile.objects.get().organisation == larkspur


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("person", "status"), [("alice", 200), ("bob", 403), ("charlie", 404), ("staff", 403)])
def test_profile_page_for_each_person(client, request, larkspur, method, person, status) -> None:
    user = make_user(is_staff=True) if person == "staff" else request.getfixturevalue(person)
    client.force_login(user)
    assert getattr(client, method)(url(larkspur)).status_code == status


def test_profile_page_asks_strangers_to_sign_in(client, larkspur) -> None:
    answer = client.get(url(larkspur))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_profile_page_before_verification(client, alice, larkspur) -> None:
    larkspur.status = Status.PENDING
    larkspur.save()
    client.force_login(alice)
    assert client.post(url(larkspur), posted()).status_code == 302


def test_profile_page_of_a_public_body_is_not_there(page) -> None:
    assert page.get(url(make_public_body())).status_code == 404

"""A supplier keeps its profile section by section: the actions, the forms, and two people at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from portal.audit.models import Event
from portal.organisations.choices import Role, Status
from portal.refusals import Refused, StaleWrite
from techmap.actions import (
    Depth,
    guess_claims,
    review_profile,
    save_about,
    save_capabilities,
    save_delivery,
    save_kind,
    save_levels,
)
from techmap.models import CapabilityClaim, SupplierProfile
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.techmap.makers import make_capability, make_claim, make_profile

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ABOUT: dict[str, Any] = {
    "version": 0,
    "summary": "Hosting for councils",
    "description": "Two data centres.\n\nOpen all night.",
    "technologies": ["PostgreSQL", "Django"],
    "links": ["https://larkspur.example/hosting"],
}
SECTIONS: dict[str, dict[str, Any]] = {
    "about": {"summary": "Sent by me", "description": "", "technologies": "Python\n\nDjango\n", "links": ""},
    "capabilities": {"capabilities": []},
    "levels": {},
    "delivery": {"regions_served": ["TLC"], "sectors": ["health"]},
    "kind": {"is_vcse": "True"},
}


def url(supplier, slug: str) -> str:
    return reverse("techmap:profile-section", args=[supplier.pk, slug])


def claims(supplier) -> dict[str, str]:
    rows = CapabilityClaim.objects.filter(profile__organisation=supplier)
    return dict(rows.values_list("capability__name", "origin"))


def errors(answer) -> dict[str, list[str]]:
    return {name: list(messages) for name, messages in answer.context["form"].errors.items()}


@pytest.fixture
def page(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


# --- The actions -----------------------------------------------------------------------------------


def test_about_makes_the_profile_and_records_it(larkspur, alice) -> None:
    profile = save_about(organisation=larkspur, by=alice, **ABOUT)
    assert (profile.version, profile.technologies) == (1, ["PostgreSQL", "Django"])
    [event] = Event.objects.about(profile)
    assert (event.name, event.actor, event.new["summary"]) == ("techmap.profile.saved", alice, "Hosting for councils")
    assert event.old["summary"] == ""


@pytest.mark.parametrize("section", ["about", "capabilities", "levels", "delivery", "kind", "review"])
def test_each_section_reaches_the_search(monkeypatch, larkspur, alice, hosting, section) -> None:
    make_claim(larkspur, hosting)
    told: list[int] = []
    for module in ("profiles", "claims"):
        monkeypatch.setattr(f"techmap.actions.{module}.refresh", told.extend)
    save(section, larkspur, alice, version=1)
    assert told == [larkspur.pk]


def test_about_names_each_technology_once(larkspur, alice) -> None:
    profile = save_about(organisation=larkspur, by=alice, **{**ABOUT, "technologies": ["SQL", "Django", "sql"]})
    assert profile.technologies == ["SQL", "Django"]


def test_delivery_keeps_the_order_of_the_lists(larkspur, alice) -> None:
    profile = save_delivery(
        organisation=larkspur, version=0, regions_served=["TLD", "TLC"], sectors=["health", "central"], by=alice
    )
    assert (profile.regions_served, profile.sectors) == (["TLC", "TLD"], ["central", "health"])


def test_kind_is_unknown_until_it_is_said(larkspur, alice) -> None:
    assert make_profile(larkspur).is_vcse is None
    assert save_kind(organisation=larkspur, version=1, is_vcse=False, by=alice).is_vcse is False


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"summary": " "}, "summary", "Enter a summary of what the organisation does"),
        ({"summary": "x" * 301}, "summary", "The summary must be 300 characters or fewer"),
        ({"description": "x" * 5001}, "description", "The description must be 5,000 characters or fewer"),
        ({"technologies": ["x" * 41]}, "technologies", f"“{'x' * 41}” must be 40 characters or fewer"),
        ({"technologies": [f"T{n}" for n in range(31)]}, "technologies", "Enter 30 technologies or fewer"),
        ({"links": ["http://larkspur.example"]}, "links",
         "“http://larkspur.example” must be a full web address that begins with https://"),
        ({"links": ["javascript:alert(1)"]}, "links",
         "“javascript:alert(1)” must be a full web address that begins with https://"),
        ({"links": [f"https://larkspur.example/{n}" for n in range(11)]}, "links", "Enter 10 links or fewer"),
        ({"links": [f"https://larkspur.example/{'x' * 200}"]}, "links",
         f"“https://larkspur.example/{'x' * 35}…” must be 200 characters or fewer"),
    ],
)  # fmt: skip
def test_about_refuses(larkspur, alice, change, field, message) -> None:
    with pytest.raises(Refused) as refused:
        save_about(organisation=larkspur, by=alice, **{**ABOUT, **change})
    assert [(reason.field, reason.message) for reason in refused.value.reasons] == [(field, message)]
    assert not SupplierProfile.objects.exists()


def test_delivery_refuses_what_is_in_no_list(larkspur, alice) -> None:
    with pytest.raises(Refused) as refused:
        save_delivery(organisation=larkspur, version=0, regions_served=["XXX"], sectors=["space"], by=alice)
    assert [reason.message for reason in refused.value.reasons] == [
        "Choose regions from the list",
        "Choose sectors from the list",
    ]


def test_capabilities_replace_own_claims_and_confirm_guesses(larkspur, alice, hosting, backup) -> None:
    make_claim(larkspur, hosting)
    make_claim(larkspur, backup, guessed=True)
    save_capabilities(organisation=larkspur, version=1, capabilities=[backup], by=alice)
    assert claims(larkspur) == {"Backup and recovery": "supplier"}
    assert guess_claims(supplier=larkspur, capabilities=[hosting]) == []  # dropped by the supplier, so for good


def test_capabilities_keep_the_levels_of_those_that_stay(larkspur, alice, hosting, backup) -> None:
    make_claim(larkspur, hosting)
    CapabilityClaim.objects.update(level="regular", since=2015)
    save_capabilities(organisation=larkspur, version=1, capabilities=[hosting, backup], by=alice)
    assert CapabilityClaim.objects.get(capability=hosting).since == 2015


def test_capabilities_leave_other_guesses_and_retired_claims(larkspur, alice, hosting, backup) -> None:
    make_claim(larkspur, hosting, guessed=True)
    make_claim(larkspur, backup)
    backup.is_retired = True
    backup.save()
    save_capabilities(organisation=larkspur, version=1, capabilities=[], by=alice)
    assert claims(larkspur) == {"Cloud hosting": "guessed", "Backup and recovery": "supplier"}


def test_capabilities_refuse_parents(larkspur, alice, cloud) -> None:
    with pytest.raises(Refused, match="Choose capabilities from the list"):
        save_capabilities(organisation=larkspur, version=0, capabilities=[cloud], by=alice)


def test_levels_are_said_of_own_claims_alone(larkspur, alice, hosting, backup) -> None:
    profile = make_claim(larkspur, hosting).profile
    make_claim(larkspur, backup, guessed=True)
    depths = {hosting.pk: Depth("specialist", 2015), backup.pk: Depth("some", 2020), 999_999: Depth("some")}
    save_levels(organisation=larkspur, version=1, depths=depths, by=alice, now=NOW)
    assert set(CapabilityClaim.objects.values_list("level", "since")) == {("specialist", 2015), ("", None)}
    [event] = Event.objects.about(profile)
    assert event.old == {"Cloud hosting": "no level"}
    assert event.new == {"Cloud hosting": "It is what we specialise in, since 2015"}


@pytest.mark.parametrize(
    ("depth", "field", "message"),
    [
        (Depth(since=1949), "since", "Cloud hosting: the year must be from 1950 to 2026"),
        (Depth(since=2027), "since", "Cloud hosting: the year must be from 1950 to 2026"),
        (Depth(level="best"), "level", "Cloud hosting: choose a level from the list"),
    ],
)
def test_levels_refuse(larkspur, alice, hosting, depth, field, message) -> None:
    make_claim(larkspur, hosting)
    with pytest.raises(Refused) as refused:
        save_levels(organisation=larkspur, version=1, depths={hosting.pk: depth}, by=alice, now=NOW)
    [reason] = refused.value.reasons
    assert (reason.field, reason.message) == (f"{field}_{hosting.pk}", message)


def save(section: str, supplier, by, version: int) -> Any:
    """One change in each section."""
    facts = {"organisation": supplier, "version": version, "by": by}
    match section:
        case "about":
            return save_about(**{**ABOUT, **facts, "summary": "Mine"})
        case "capabilities":
            return save_capabilities(**facts, capabilities=[])
        case "levels":
            claim = CapabilityClaim.objects.get()
            return save_levels(**facts, depths={claim.capability_id: Depth("some")}, now=NOW)
        case "delivery":
            return save_delivery(**facts, regions_served=["TLN"], sectors=[])
        case "review":
            return review_profile(**facts, now=NOW)
    return save_kind(**facts, is_vcse=True)


@pytest.mark.parametrize("section", SECTIONS)
def test_section_of_an_old_version_loses_nothing(section, larkspur, alice, hosting) -> None:
    make_claim(larkspur, hosting)
    SupplierProfile.objects.update(version=2)
    with pytest.raises(StaleWrite):
        save(section, larkspur, alice, version=1)
    assert SupplierProfile.objects.get().version == 2


@pytest.mark.parametrize("section", SECTIONS)
def test_section_sent_twice_is_one_save(section, larkspur, alice, hosting) -> None:
    make_claim(larkspur, hosting)
    for _ in range(2):
        profile = save(section, larkspur, alice, version=1)
    assert profile.version == 2
    assert Event.objects.about(profile).count() == 1


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("person", ["bob", "charlie", "staff"])
def test_section_is_the_writers_alone(request, person, section, larkspur, hosting) -> None:
    make_claim(larkspur, hosting)
    user = make_user(is_staff=True) if person == "staff" else request.getfixturevalue(person)
    with pytest.raises(PermissionDenied):
        save(section, larkspur, user, version=1)
    assert SupplierProfile.objects.get().version == 1


def test_owner_writes_too(larkspur) -> None:
    owner = make_member(larkspur, role=Role.OWNER)
    assert save_about(organisation=larkspur, by=owner, **ABOUT).version == 1


# --- The pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS)
def test_section_page_saves_and_goes_back_to_the_list(page, larkspur, section) -> None:
    make_profile(larkspur)
    answer = page.post(url(larkspur, section), {"version": 1, **SECTIONS[section]})
    assert (answer.status_code, answer.url) == (302, reverse("techmap:profile-edit", args=[larkspur.pk]))


def test_capabilities_page_leads_on_to_the_levels(page, larkspur, hosting) -> None:
    answer = page.post(url(larkspur, "capabilities"), {"version": 0, "capabilities": [hosting.pk]})
    assert answer.url == url(larkspur, "levels")
    assert claims(larkspur) == {"Cloud hosting": "supplier"}


def test_levels_page_saves(page, larkspur, hosting) -> None:
    make_claim(larkspur, hosting)
    sent = {"version": 1, f"level_{hosting.pk}": "regular", f"since_{hosting.pk}": "2019"}
    assert page.post(url(larkspur, "levels"), sent).status_code == 302
    assert CapabilityClaim.objects.values_list("level", "since").get() == ("regular", 2019)


def test_levels_page_before_there_is_a_claim(page, larkspur) -> None:
    assert b"You claim no capability yet" in page.get(url(larkspur, "levels")).content


@pytest.mark.parametrize(
    ("section", "change", "expected"),
    [
        ("about", {"summary": ""}, {"summary": ["Enter a summary of what the organisation does"]}),
        ("about", {"links": "larkspur.example"},
         {"links": ["“larkspur.example” must be a full web address that begins with https://"]}),
        ("kind", {"is_vcse": ""}, {"is_vcse": ["Choose yes or no"]}),
        ("about", {"version": "x"}, {"version": ["Enter a whole number."]}),
    ],
)  # fmt: skip
def test_section_page_shows_what_is_wrong_on_its_field(page, larkspur, section, change, expected) -> None:
    answer = page.post(url(larkspur, section), {"version": 0, **SECTIONS[section], **change})
    html = BeautifulSoup(answer.content, "html.parser")
    assert (answer.status_code, errors(answer)) == (200, expected)
    assert html.title.text.startswith("Error: ")
    assert not SupplierProfile.objects.exists()


@pytest.mark.parametrize(
    ("since", "message"),
    [
        ("long ago", "Cloud hosting: enter the year in numbers, like 2015"),
        ("1066", "Cloud hosting: the year must be from 1950 to "),
    ],
)
def test_levels_page_says_of_which_capability(page, larkspur, hosting, since, message) -> None:
    make_claim(larkspur, hosting)
    answer = page.post(url(larkspur, "levels"), {"version": 1, f"since_{hosting.pk}": since})
    assert message in BeautifulSoup(answer.content, "html.parser").select_one(".govuk-error-summary").text


def test_capabilities_page_shows_what_is_saved(page, larkspur, hosting, backup) -> None:
    make_claim(larkspur, hosting)
    make_claim(larkspur, backup, guessed=True)
    html = BeautifulSoup(page.get(url(larkspur, "capabilities")).content, "html.parser")
    ticked = [box["value"] for box in html.select("input[name=capabilities][checked]")]
    assert ticked == [str(hosting.pk)]  # a guess is for the supplier to tick
    assert html.select_one("input[name=version]")["value"] == "1"
    [panel] = html.select("details.app-panels__panel")
    assert panel.has_attr("open")
    assert panel.summary.get_text(" ", strip=True) == "Cloud and hosting 1 chosen"


def test_about_page_shows_what_is_saved(page, larkspur) -> None:
    make_profile(larkspur, links=["https://a.example/", "https://b.example/"], technologies=["Go", "Rust"])
    html = BeautifulSoup(page.get(url(larkspur, "about")).content, "html.parser")
    assert html.select_one("textarea[name=links]").text.split() == ["https://a.example/", "https://b.example/"]
    assert html.select_one("textarea[name=technologies]").text.split() == ["Go", "Rust"]


def test_kind_page_states_the_sme_test_and_where_size_is_changed(client, larkspur, alice) -> None:
    client.force_login(alice)
    body = client.get(url(larkspur, "kind")).content.decode()
    assert "a turnover of up to £44 million" in body
    assert reverse("organisations:organisation-detail", args=[larkspur.pk]) in body
    client.force_login(make_member(larkspur, role=Role.OWNER))
    assert (
        reverse("organisations:organisation-edit", args=[larkspur.pk])
        in client.get(url(larkspur, "kind")).content.decode()
    )


@pytest.mark.parametrize(("section", "words"), [("about", "Saved by a colleague"), ("levels", "We have done it")])
def test_section_page_conflict_shows_both_versions(page, larkspur, hosting, section, words) -> None:
    make_claim(larkspur, hosting)
    CapabilityClaim.objects.update(level="some")
    SupplierProfile.objects.update(summary="Saved by a colleague", version=2)
    sent = {"version": 1, **SECTIONS[section], f"level_{hosting.pk}": "regular"}
    answer = page.post(url(larkspur, section), sent)
    assert answer.status_code == 409
    body = answer.content.decode()
    assert words in body
    assert ("Sent by me" if section == "about" else "We do it regularly") in body
    assert SupplierProfile.objects.get().summary == "Saved by a colleague"


def test_section_page_ignores_forged_fields(page, larkspur, charlie) -> None:
    other = make_supplier("Charnwood Digital Ltd")
    page.post(url(larkspur, "about"), {"version": 0, **SECTIONS["about"], "organisation": other.pk, "is_vcse": "True"})
    profile = SupplierProfile.objects.get()
    assert (profile.organisation, profile.is_vcse) == (larkspur, None)


@pytest.mark.parametrize("section", [*SECTIONS, "nonsense"])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("person", "status"), [("alice", 200), ("bob", 403), ("charlie", 404), ("staff", 403)])
def test_section_page_for_each_person(client, request, larkspur, section, method, person, status) -> None:
    client.force_login(make_user(is_staff=True) if person == "staff" else request.getfixturevalue(person))
    expected = 404 if section == "nonsense" and person == "alice" else status
    assert getattr(client, method)(url(larkspur, section)).status_code == expected


def test_section_page_asks_strangers_to_sign_in(client, larkspur) -> None:
    answer = client.get(url(larkspur, "about"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_section_page_before_verification(client, alice, larkspur) -> None:
    larkspur.status = Status.PENDING
    larkspur.save()
    client.force_login(alice)
    assert client.post(url(larkspur, "about"), {"version": 0, **SECTIONS["about"]}).status_code == 302


def test_section_page_of_a_public_body_is_not_there(page) -> None:
    assert page.get(url(make_public_body(), "about")).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_levels_page_query_count_is_constant(page, larkspur, django_assert_num_queries, number) -> None:
    for index in range(number):
        make_claim(larkspur, make_capability(f"A{index}"))
    page.get(url(larkspur, "levels"))
    with django_assert_num_queries(10):  # session, person, 2nd step, roles, supplier, profile, claims, inbox
        page.get(url(larkspur, "levels"))

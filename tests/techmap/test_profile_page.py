"""A supplier's page: what each kind of reader sees of it, and the buttons beside guesses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from portal.organisations.choices import Role, Status
from techmap.actions import record_evidence
from techmap.models import (
    Accreditation,
    CapabilityClaim,
    Contact,
    Framework,
    FrameworkPlace,
    SupplierProfile,
)
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.techmap.makers import make_capability, make_case_study, make_claim, make_profile


def url(supplier) -> str:
    return reverse("techmap:supplier-detail", args=[supplier.pk])


def text(answer) -> str:
    return " ".join(BeautifulSoup(answer.content, "html.parser").select_one("main").get_text(" ").split())


def award(supplier, capability, source: str = "ocds-1", **facts: Any) -> None:
    facts = {"title": "Hosting of a register", "dated": date(2026, 3, 2), **facts}
    record_evidence(supplier=supplier, kind="award", source=source, capabilities=[capability], **facts)


@pytest.fixture
def full(larkspur, hosting) -> SupplierProfile:
    """Everything that a page can hold."""
    larkspur.website = "https://larkspur.example"
    larkspur.save()
    profile = make_profile(
        larkspur,
        description="One.\n\nTwo <b>bold</b>.",
        links=["https://larkspur.example/a"],
        technologies=["PostgreSQL", "<i>SQL</i>"],
        sectors=["health"],
        is_vcse=True,
        reviewed_at=timezone.now(),
    )
    make_claim(larkspur, hosting)
    CapabilityClaim.objects.update(level="specialist", since=2015)
    today = timezone.localdate()
    Accreditation.objects.create(profile=profile, kind="iso-27001", number="IS 7", expires_on=today)
    Accreditation.objects.create(profile=profile, kind="iso-9001", expires_on=today - timedelta(days=1))
    framework = Framework.objects.create(code="g", name="G-Cloud", reference="RM1", lots=["Lot 1: Hosting"])
    FrameworkPlace.objects.create(profile=profile, framework=framework, lots=["Lot 1: Hosting"])
    Contact.objects.create(profile=profile, role="sales", name="Dilys Marlow", email="dilys@larkspur.example")
    return profile


# --- What stands there -----------------------------------------------------------------------------


def test_page_shows_the_whole_profile(client, full, larkspur) -> None:
    answer = client.get(url(larkspur))
    words, body = text(answer), answer.content.decode()
    for expected in (
        "North West, Yorkshire and The Humber",
        "under 250 staff, and a turnover of up to £44 million or a balance sheet of up to £38 million",
        "Voluntary, community or social enterprise (VCSE) Yes",
        "Sectors Health and social care",
        "Technologies PostgreSQL",
        "Cloud hosting It is what we specialise in, since 2015",
        "ISO 27001: information security Certificate IS 7",
        "G-Cloud RM1 Lot 1: Hosting",
    ):
        assert expected in words
    assert "Two &lt;b&gt;bold&lt;/b&gt;." in body
    assert "&lt;i&gt;SQL&lt;/i&gt;" in body
    assert 'href="https://larkspur.example/a" rel="noopener noreferrer nofollow"' in body


def test_page_shows_what_has_expired_as_expired(client, full, larkspur) -> None:
    html = BeautifulSoup(client.get(url(larkspur)).content, "html.parser")
    rows = {row.th.get_text(" ", strip=True)[:8]: row.td.get_text(" ", strip=True) for row in html.select("tbody tr")}
    assert rows["ISO 9001"].startswith("Expired on ")
    assert not rows["ISO 2700"].startswith("Expired")  # its last day still counts


@pytest.mark.parametrize(("guessed", "tag"), [(None, "No evidence"), (True, "Supported"), (False, "Verified")])
def test_page_says_how_far_evidence_bears_a_claim_out(client, larkspur, hosting, guessed, tag) -> None:
    make_claim(larkspur, hosting)
    if guessed is not None:
        award(larkspur, hosting, guessed=guessed, dated=timezone.localdate())
    html = BeautifulSoup(client.get(url(larkspur)).content, "html.parser")
    assert [found.get_text(strip=True) for found in html.select(".app-claims .govuk-tag")] == [tag]


def test_page_shows_evidence_with_its_date(client, larkspur, hosting) -> None:
    award(larkspur, hosting, url="https://notices.example/1", guessed=True)
    words = text(client.get(url(larkspur)))
    assert "Hosting of a register Award notice 2 March 2026" in words


def test_page_shows_case_studies(client, larkspur, hosting) -> None:
    make_case_study(larkspur, [hosting], title="A move to the cloud")
    make_case_study(larkspur, title="Half written")
    words = text(client.get(url(larkspur)))
    assert "A move to the cloud For Ashford Vale Council 31 March 2026 Not confirmed" in words
    assert "Half written" not in words


# --- Who sees the contacts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "sees"),
    [
        ("nobody", False), ("charlie", False), ("other supplier", False), ("pending body", False),
        ("body", True), ("viewer of a body", True), ("alice", True), ("bob", True), ("staff", True),
    ],
)  # fmt: skip
def test_contacts_are_for_public_bodies_and_the_supplier(client, request, full, larkspur, person, sees) -> None:
    match person:
        case "nobody":
            pass
        case "other supplier":
            client.force_login(make_member(make_supplier("Charnwood Digital Ltd"), role=Role.EDITOR))
        case "body" | "viewer of a body" | "pending body":
            status = Status.PENDING if person == "pending body" else Status.VERIFIED
            role = Role.VIEWER if person == "viewer of a body" else Role.EDITOR
            client.force_login(make_member(make_public_body(status=status), role=role))
        case "staff":
            client.force_login(make_user(is_staff=True))
        case _:
            client.force_login(request.getfixturevalue(person))
    assert ("Dilys Marlow" in text(client.get(url(larkspur)))) is sees


# --- Suppliers that are not verified ---------------------------------------------------------------


def test_page_of_a_supplier_known_from_notices_shows_published_facts_alone(client, full, larkspur, backup) -> None:
    make_claim(larkspur, backup, guessed=True)
    award(larkspur, backup, guessed=True)
    larkspur.status, larkspur.is_imported = Status.PENDING, True
    larkspur.save()
    client.force_login(make_member(make_public_body(), role=Role.EDITOR))
    words = text(client.get(url(larkspur)))
    for expected in ("Known from published notices", "Register the firm", "Backup and recovery", "Award notice"):
        assert expected in words
    for hidden in (
        "Hosting and support", "Two <b>", "larkspur.example", "PostgreSQL", "Cloud hosting", "ISO 27001", "G-Cloud",
        "Dilys", "Health", "Delivers in",
    ):  # fmt: skip
        assert hidden not in words


def test_page_of_a_supplier_that_is_being_claimed_shows_its_people_everything(client, full, larkspur, alice) -> None:
    award(larkspur, make_capability("Chatbots"))
    larkspur.status, larkspur.is_imported = Status.PENDING, True
    larkspur.save()
    assert "Known from published notices" not in text(client.get(url(larkspur)))
    client.force_login(alice)
    words = text(client.get(url(larkspur)))
    assert "see all of this page" in words
    assert "Two <b>bold</b>" in words


@pytest.mark.parametrize(
    ("person", "status"), [("alice", 200), ("bob", 200), ("staff", 200), ("charlie", 404), (None, 404)]
)
def test_page_before_verification(client, request, larkspur, person, status) -> None:
    larkspur.status = Status.PENDING
    larkspur.save()
    if person:
        client.force_login(make_user(is_staff=True) if person == "staff" else request.getfixturevalue(person))
    assert client.get(url(larkspur)).status_code == status


def test_page_hidden_is_the_same_as_page_absent(client, larkspur) -> None:
    larkspur.status = Status.PENDING
    larkspur.save()
    hidden = client.get(url(larkspur))
    absent = client.get(reverse("techmap:supplier-detail", args=[999_999]))
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)


def test_page_of_a_public_body_is_not_there(client, db) -> None:
    assert client.get(url(make_public_body())).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_page_query_count_is_constant(client, larkspur, django_assert_num_queries, number) -> None:
    profile = make_profile(larkspur)
    for index in range(number):
        capability = make_capability(f"A{index}")
        make_claim(larkspur, capability)
        award(larkspur, capability, source=str(index))
        Accreditation.objects.create(profile=profile, kind=["soc-2", "dspt", "iso-9001"][index])
        framework = Framework.objects.create(code=f"f{index}", name=f"F{index}")
        FrameworkPlace.objects.create(profile=profile, framework=framework)
        Contact.objects.create(profile=profile, role="sales", name=f"N{index}")
        make_case_study(larkspur, [capability], finished_on=date(2026, 2, index + 1))
    client.get(url(larkspur))
    # supplier, profile, claims, their support, accreditations, places, case studies with what they show, its
    # parents and their referees, evidence twice, its count, four for the suppliers that are like it, and two for
    # what another room says of it
    with django_assert_num_queries(19):
        client.get(url(larkspur))


# --- Guesses, by their buttons ---------------------------------------------------------------------


@pytest.mark.parametrize(("person", "buttons"), [("alice", 2), ("bob", 0), ("charlie", 0), (None, 0)])
def test_page_offers_guesses_to_the_writers_alone(client, request, larkspur, hosting, person, buttons) -> None:
    make_claim(larkspur, hosting, guessed=True)
    if person:
        client.force_login(request.getfixturevalue(person))
    html = BeautifulSoup(client.get(url(larkspur)).content, "html.parser")
    assert html.select_one(".app-claims .govuk-tag").get_text(strip=True) == "Guessed"
    assert len(html.select(".app-claims form")) == buttons


@pytest.mark.parametrize(("verb", "left"), [("confirm", ["supplier"]), ("remove", [])])
def test_guess_buttons(client, alice, larkspur, hosting, verb, left) -> None:
    make_claim(larkspur, hosting, guessed=True)
    client.force_login(alice)
    target = reverse(f"techmap:claim-{verb}", args=[larkspur.pk, hosting.code])
    for _ in range(2 if verb == "remove" else 1):
        answer = client.post(target)
        assert (answer.status_code, answer.url) == (302, url(larkspur))
    assert list(CapabilityClaim.objects.values_list("origin", flat=True)) == left


def test_guess_confirmed_after_it_was_removed_says_so(client, alice, larkspur, hosting) -> None:
    make_profile(larkspur)
    client.force_login(alice)
    answer = client.post(reverse("techmap:claim-confirm", args=[larkspur.pk, hosting.code]))
    assert answer.status_code == 422
    assert b"This suggestion has been removed" in answer.content


@pytest.mark.parametrize("verb", ["confirm", "remove"])
@pytest.mark.parametrize(("person", "status"), [("bob", 403), ("charlie", 404), (None, 302)])
def test_guess_buttons_for_others(client, request, larkspur, hosting, verb, person, status) -> None:
    make_claim(larkspur, hosting, guessed=True)
    if person:
        client.force_login(request.getfixturevalue(person))
    target = reverse(f"techmap:claim-{verb}", args=[larkspur.pk, hosting.code])
    assert client.post(target).status_code == status
    assert CapabilityClaim.objects.get().origin == "guessed"


@pytest.mark.parametrize("verb", ["confirm", "remove"])
def test_guess_buttons_take_no_get(client, alice, larkspur, hosting, verb) -> None:
    client.force_login(alice)
    assert client.get(reverse(f"techmap:claim-{verb}", args=[larkspur.pk, hosting.code])).status_code == 405

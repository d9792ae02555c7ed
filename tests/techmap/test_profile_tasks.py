"""The task list of a profile: what is complete, what is not, and what nobody needs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from techmap.completeness import progress, tasks_of
from techmap.models import Accreditation, CapabilityClaim, Contact, Framework, FrameworkPlace
from tests.factories import make_user
from tests.techmap.makers import make_capability, make_claim, make_profile

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def url(supplier) -> str:
    return reverse("techmap:profile-edit", args=[supplier.pk])


def states(supplier, profile) -> dict[str, str]:
    return {task.title: task.status for task in tasks_of(supplier, profile, NOW)}


def test_tasks_of_a_profile_that_is_not_begun(larkspur) -> None:
    assert states(larkspur, None) == {
        "About": "To do",
        "Capabilities": "To do",
        "Level and year of each capability": "Choose capabilities first",
        "Where and for whom": "To do",
        "Size and kind": "In progress",
        "Accreditations": "Optional",
        "Frameworks and lots": "Optional",
        "Case studies": "Optional",
        "Contacts": "To do",
        "Review": "Fill in About first",
    }


def test_tasks_of_a_profile_that_is_complete(larkspur, hosting) -> None:
    profile = make_profile(larkspur, sectors=["health"], is_vcse=False, reviewed_at=NOW)
    make_claim(larkspur, hosting)
    CapabilityClaim.objects.update(level="some", since=2020)
    Accreditation.objects.create(profile=profile, kind="soc-2", expires_on=date(2026, 11, 21))
    Accreditation.objects.create(profile=profile, kind="dspt", expires_on=date(2026, 11, 22))
    FrameworkPlace.objects.create(profile=profile, framework=Framework.objects.create(code="f", name="F"))
    Contact.objects.create(profile=profile, role="sales", name="Dilys Marlow", email="d@larkspur.example")
    assert states(larkspur, profile) == {
        "About": "Completed",
        "Capabilities": "1 capability",
        "Level and year of each capability": "Completed",
        "Where and for whom": "Completed",
        "Size and kind": "Completed",
        "Accreditations": "2 accreditations",
        "Frameworks and lots": "1 framework",
        "Case studies": "Optional",
        "Contacts": "1 contact",
        "Review": "Due by 22 November 2027",
    }
    tasks = tasks_of(larkspur, profile, NOW)
    assert progress(tasks) == (7, 7)
    assert [task.hint for task in tasks if task.title == "Accreditations"] == ["1 expired"]


def test_tasks_between(larkspur, hosting, backup) -> None:
    profile = make_profile(larkspur, reviewed_at=NOW - timedelta(days=366))
    make_claim(larkspur, hosting)
    CapabilityClaim.objects.update(level="some", since=2020)
    make_claim(larkspur, backup)
    make_claim(larkspur, make_capability("Chatbots"), guessed=True)
    found = states(larkspur, profile)
    assert found["Capabilities"] == "2 capabilities"
    assert found["Level and year of each capability"] == "1 of 2 said"
    assert found["Where and for whom"] == "In progress"  # regions, no sectors
    assert found["Review"] == "Overdue"
    hints = {task.title: task.hint for task in tasks_of(larkspur, profile, NOW)}
    assert hints["Capabilities"] == "1 suggestion from published notices to look at"
    assert hints["Review"].startswith("It was due on 21 November 2026.")


def test_task_page_links_every_section(client, larkspur, alice, hosting) -> None:
    make_claim(larkspur, hosting)
    client.force_login(alice)
    html = BeautifulSoup(client.get(url(larkspur)).content, "html.parser")
    links = [link["href"] for link in html.select(".govuk-task-list__link")]
    assert len(links) == 10
    assert [client.get(link).status_code for link in links] == [200] * 10
    assert "2 of 7 sections complete" in html.text


@pytest.mark.parametrize(("person", "status"), [("alice", 200), ("bob", 403), ("charlie", 404), ("staff", 403)])
def test_task_page_for_each_person(client, request, larkspur, person, status) -> None:
    client.force_login(make_user(is_staff=True) if person == "staff" else request.getfixturevalue(person))
    assert client.get(url(larkspur)).status_code == status


def test_task_page_takes_no_post(client, larkspur, alice) -> None:
    client.force_login(alice)
    assert client.post(url(larkspur)).status_code == 405


@pytest.mark.parametrize("number", [1, 3])
def test_task_page_query_count_is_constant(client, larkspur, alice, django_assert_num_queries, number) -> None:
    profile = make_profile(larkspur)
    for index in range(number):
        make_claim(larkspur, make_capability(f"A{index}"))
        Contact.objects.create(profile=profile, role="sales", name=f"N{index}")
    client.force_login(alice)
    client.get(url(larkspur))
    with django_assert_num_queries(13):
        client.get(url(larkspur))

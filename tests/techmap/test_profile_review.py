"""The yearly review: the button, the reminders on a moved clock, and claims that nobody has confirmed for long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from portal.audit.models import Event
from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Role, Status
from portal.organisations.models import Membership
from portal.refusals import Refused, StaleWrite
from techmap.actions import confirm_claim, review_profile
from techmap.actions.reviews import remind_of_review
from techmap.models import CapabilityClaim, SupplierProfile
from techmap.queries import claim_groups
from techmap.tasks import remind_of_reviews
from tests.factories import make_member, make_user
from tests.techmap.makers import make_claim, make_profile

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEAR = timedelta(days=365)


def url(supplier) -> str:
    return reverse("techmap:profile-review", args=[supplier.pk])


def day(number: int) -> datetime:
    """So many days from the day on which the review is due, which is NOW."""
    return NOW + timedelta(days=number)


@pytest.fixture
def reviewed(larkspur, alice) -> SupplierProfile:
    """Reviewed a year before NOW."""
    return make_profile(larkspur, reviewed_at=NOW - YEAR)


def remind(at: datetime) -> list[str]:
    """Run the task then; the subjects of what was newly said."""
    before = set(Message.objects.values_list("pk", flat=True))
    with time_machine.travel(at, tick=False):
        remind_of_reviews()
    return list(Message.objects.exclude(pk__in=before).values_list("subject", flat=True))


# --- The review ------------------------------------------------------------------------------------


def test_review_says_when_and_by_whom(larkspur, alice) -> None:
    make_profile(larkspur)
    profile = review_profile(organisation=larkspur, version=1, by=alice, now=NOW)
    assert (profile.reviewed_at, profile.version) == (NOW, 2)
    event = Event.objects.get(name="techmap.profile.reviewed")
    assert (event.actor, event.old) == (alice, {"reviewed_at": None})


def test_review_sent_twice_is_one(larkspur, alice) -> None:
    make_profile(larkspur)
    for seconds in (0, 2):
        review_profile(organisation=larkspur, version=1, by=alice, now=NOW + timedelta(seconds=seconds))
    assert Event.objects.filter(name="techmap.profile.reviewed").count() == 1


def test_review_of_what_was_changed_meanwhile_is_none(larkspur, alice) -> None:
    make_profile(larkspur, version=2)
    with pytest.raises(StaleWrite):
        review_profile(organisation=larkspur, version=1, by=alice, now=NOW)


def test_review_of_nothing_is_refused(larkspur, alice) -> None:
    make_profile(larkspur, summary="")
    with pytest.raises(Refused, match="Say what you do, under About"):
        review_profile(organisation=larkspur, version=1, by=alice, now=NOW)


@pytest.mark.parametrize("person", ["bob", "charlie"])
def test_review_is_the_writers_alone(request, larkspur, person) -> None:
    make_profile(larkspur)
    with pytest.raises(PermissionDenied):
        review_profile(organisation=larkspur, version=1, by=request.getfixturevalue(person), now=NOW)


def test_review_page(client, larkspur, alice, hosting) -> None:
    make_claim(larkspur, hosting)
    client.force_login(alice)
    html = BeautifulSoup(client.get(url(larkspur)).content, "html.parser")
    assert "Cloud hosting" in html.text
    version = html.select_one("input[name=version]")["value"]
    answer = client.post(url(larkspur), {"version": version})
    assert answer.url == reverse("techmap:supplier-detail", args=[larkspur.pk])
    assert SupplierProfile.objects.get().reviewed_at is not None


@pytest.mark.parametrize(
    ("version", "status", "summary"),
    [("7", 409, "Words"), ("x", 409, "Words"), ("9" * 5000, 409, "Words"), ("1", 422, "")],
)
def test_review_page_says_why_not(client, larkspur, alice, version, status, summary) -> None:
    make_profile(larkspur, summary=summary)
    client.force_login(alice)
    answer = client.post(url(larkspur), {"version": version})
    html = BeautifulSoup(answer.content, "html.parser")
    assert (answer.status_code, html.title.text.startswith("Error: ")) == (status, True)
    words = "A colleague changed the profile" if status == 409 else "Say what you do, under About"
    assert words in html.select_one(".govuk-error-summary").text


@pytest.mark.parametrize(("person", "status"), [("alice", 200), ("bob", 403), ("charlie", 404), ("staff", 403)])
def test_review_page_for_each_person(client, request, larkspur, person, status) -> None:
    make_profile(larkspur)
    client.force_login(make_user(is_staff=True) if person == "staff" else request.getfixturevalue(person))
    assert client.get(url(larkspur)).status_code == status
    if status != 200:
        assert client.post(url(larkspur), {"version": 1}).status_code == status


# --- Reminders -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-32, []),
        (-30, ["Review the profile of Larkspur Systems Ltd by 22 November 2026"]),
        (-1, ["Review the profile of Larkspur Systems Ltd by 22 November 2026"]),
        (0, ["The profile of Larkspur Systems Ltd is due for its yearly review"]),
        (29, ["The profile of Larkspur Systems Ltd is due for its yearly review"]),
        (30, ["Larkspur Systems Ltd looks out of date"]),
        (59, ["Larkspur Systems Ltd looks out of date"]),
        (60, []),
    ],
)
def test_reminder_of_the_day(reviewed, days, said) -> None:
    assert remind(day(days)) == said


def test_reminders_come_three_times_and_each_once(reviewed, alice, bob) -> None:
    owner = make_member(reviewed.organisation, role=Role.OWNER)
    numbers = [len(remind(day(number))) for number in range(-35, 70)]
    assert [index - 35 for index, number in enumerate(numbers) if number] == [-30, 0, 30]
    assert set(Delivery.objects.values_list("recipient", "reason")) == {
        (person.pk, "You keep the profile of Larkspur Systems Ltd.") for person in (alice, owner)
    }
    assert Delivery.objects.count() == 6


def test_reminder_is_due_on_its_day_from_the_morning_on(reviewed) -> None:
    assert remind(day(0).replace(hour=0, minute=15)) == [
        "The profile of Larkspur Systems Ltd is due for its yearly review"
    ]


def test_reminder_leads_to_the_review(reviewed) -> None:
    remind(day(0))
    assert Message.objects.get().path == url(reviewed.organisation)


def test_reminders_begin_again_after_a_review(reviewed, alice) -> None:
    remind(day(0))
    review_profile(organisation=reviewed.organisation, version=1, by=alice, now=day(3))
    assert remind(day(10)) == []
    assert remind(day(3) + YEAR) == ["The profile of Larkspur Systems Ltd is due for its yearly review"]


def test_reminder_reaches_a_new_colleague_and_nobody_twice(reviewed, alice) -> None:
    remind(day(0))
    ruth = make_member(reviewed.organisation, role=Role.EDITOR, name="Ruth Vane")
    assert remind(day(1)) == []
    assert list(Delivery.objects.order_by("pk").values_list("recipient", flat=True)) == [alice.pk, ruth.pk]


def test_reminder_of_a_profile_that_was_never_reviewed_counts_from_its_first_claim(larkspur, alice, hosting) -> None:
    make_claim(larkspur, hosting)
    assert remind(NOW) == []
    CapabilityClaim.objects.update(claimed_at=NOW - YEAR)
    SupplierProfile.objects.update(summary="")
    assert len(remind(NOW)) == 1
    assert Message.objects.get().path == reverse("techmap:profile-edit", args=[larkspur.pk])


def test_guesses_alone_remind_nobody(larkspur, alice, hosting) -> None:
    make_claim(larkspur, hosting, guessed=True)
    CapabilityClaim.objects.update(claimed_at=NOW - YEAR)
    assert remind(NOW) == []


@pytest.mark.parametrize("change", ["suspended", "left"])
def test_reminder_goes_to_nobody_where_nobody_may_keep_the_profile(reviewed, change) -> None:
    supplier = reviewed.organisation
    if change == "suspended":
        supplier.status, supplier.status_reason = Status.SUSPENDED, "Dissolved."
        supplier.save()
    else:
        Membership.objects.update(ended_at=NOW)
    assert remind(day(0)) == []


def test_one_reminder_that_fails_stops_no_other(monkeypatch, reviewed, hosting) -> None:
    from tests.factories import make_supplier

    other = make_supplier("Charnwood Digital Ltd")
    make_member(other, role=Role.EDITOR)
    make_profile(other, reviewed_at=NOW - YEAR)

    def fail_for_larkspur(*, profile: SupplierProfile, **facts: Any) -> bool:
        if profile == reviewed:
            raise RuntimeError("the first one fails")
        return remind_of_review(profile=profile, **facts)

    monkeypatch.setattr("techmap.tasks.remind_of_review", fail_for_larkspur)
    assert remind(day(0)) == ["The profile of Charnwood Digital Ltd is due for its yearly review"]


# --- Claims that nobody has confirmed for long -----------------------------------------------------


def unconfirmed(profile: SupplierProfile, now: datetime) -> list[Any]:
    groups = claim_groups(profile.organisation, profile, now=now)
    return [line.unconfirmed_since for lines in groups.values() for line in lines]


def test_claim_decays_a_year_after_it_was_made_or_reviewed(larkspur, hosting) -> None:
    profile = make_claim(larkspur, hosting).profile
    CapabilityClaim.objects.update(claimed_at=NOW - YEAR)
    assert unconfirmed(profile, NOW - timedelta(seconds=1)) == [None]
    assert unconfirmed(profile, NOW) == [(NOW - YEAR).date()]
    profile.reviewed_at = NOW - YEAR + timedelta(days=1)
    assert unconfirmed(profile, NOW) == [None]
    assert unconfirmed(profile, NOW + timedelta(days=1)) == [profile.reviewed_at.date()]


def test_guess_has_no_age_of_its_own(larkspur, hosting) -> None:
    profile = make_claim(larkspur, hosting, guessed=True).profile
    CapabilityClaim.objects.update(claimed_at=NOW - 3 * YEAR)
    assert unconfirmed(profile, NOW) == [None]


def test_guess_that_is_confirmed_is_as_young_as_that(larkspur, alice, hosting) -> None:
    profile = make_claim(larkspur, hosting, guessed=True).profile
    CapabilityClaim.objects.update(claimed_at=NOW - 3 * YEAR)
    with time_machine.travel(NOW, tick=False):
        confirm_claim(profile=profile, capability=hosting, by=alice)
    assert unconfirmed(profile, NOW + timedelta(days=300)) == [None]


def test_page_marks_stale_claims_and_the_stale_profile(client, larkspur, hosting) -> None:
    make_claim(larkspur, hosting)
    CapabilityClaim.objects.update(claimed_at=datetime(2024, 3, 5, tzinfo=UTC))
    SupplierProfile.objects.update(reviewed_at=datetime(2024, 3, 5, tzinfo=UTC))
    body = client.get(reverse("techmap:supplier-detail", args=[larkspur.pk])).content.decode()
    assert "Not confirmed since March 2024" in body
    assert "last reviewed this page on 5 March 2024" in body

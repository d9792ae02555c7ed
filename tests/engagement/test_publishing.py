"""Publishing is refused, item by item, until reg. 17(2) and the deadlines are met."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from engagement.actions.requests import publish_request, save_draft, start_request
from engagement.choices import RequestState
from engagement.models import EngagementRequest
from engagement.rules import suggested_closing, suggested_questions_close, why_not_publish
from portal.accounts.models import User
from portal.organisations.choices import Role, Status
from portal.organisations.models import Organisation
from portal.refusals import Refused, StaleWrite
from tests.engagement.makers import CLOSES, NOW, make_authority, make_capability, make_request
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def fields_of(request: EngagementRequest, now: datetime = NOW) -> list[str | None]:
    return [reason.field for reason in why_not_publish(request, now)]


def test_complete_draft_has_nothing_to_mend(draft: EngagementRequest) -> None:
    assert why_not_publish(draft, NOW) == []


def test_empty_draft_names_every_item_of_the_regulation(alice: User) -> None:
    authority = make_authority("Bare Council", status=Status.PENDING)
    authority.identifiers.all().delete()
    authority.street_address = ""
    authority.save()
    empty = EngagementRequest.objects.create(authority=authority, created_by=alice)
    assert fields_of(empty) == [
        "authority",
        "authority",
        "authority",
        "contact_email",
        "title",
        "ocid",
        "problem",
        "outcome_wanted",
        "capabilities",
        "closes_at",
        "process",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"ocid": ""}, "ocid"),
        ({"problem": ""}, "problem"),
        ({"outcome_wanted": ""}, "outcome_wanted"),
        ({"process": ""}, "process"),
        ({"methods": []}, "process"),
        ({"closes_at": None}, "closes_at"),
        ({"contact_email": ""}, "contact_email"),
        ({"questions_close_at": None}, "questions_close_at"),
    ],
)
def test_one_missing_item_is_the_only_reason(draft: EngagementRequest, changes: dict, field: str) -> None:
    for name, value in changes.items():
        setattr(draft, name, value)
    assert fields_of(draft) == [field]


def test_open_time_of_14_days_is_enough_and_a_second_less_is_not(draft: EngagementRequest) -> None:
    latest_start = CLOSES - timedelta(days=14)
    draft.opens_at = None
    draft.questions_close_at = CLOSES - timedelta(days=4)
    assert fields_of(draft, latest_start) == []
    assert fields_of(draft, latest_start + timedelta(seconds=1)) == ["closes_at"]


def test_questions_close_two_working_days_before_closing(draft: EngagementRequest) -> None:
    # Closing on Friday 20 November at 17:00: the latest is Wednesday 18 November at 17:00.
    draft.questions_close_at = CLOSES - timedelta(days=2)
    assert fields_of(draft) == []
    draft.questions_close_at += timedelta(seconds=1)
    assert fields_of(draft) == ["questions_close_at"]


def test_bank_holidays_count_as_days_off(draft: EngagementRequest) -> None:
    # Friday 25 December 2026 and Monday 28 (for Saturday 26) are bank holidays: two working days before
    # Tuesday 29 are Wednesday 23.
    draft.closes_at = datetime.fromisoformat("2026-12-29T12:00+00:00")
    draft.questions_close_at = datetime.fromisoformat("2026-12-23T12:00+00:00")
    assert fields_of(draft) == []
    draft.questions_close_at = datetime.fromisoformat("2026-12-23T12:00:01+00:00")
    assert fields_of(draft) == ["questions_close_at"]


def test_publish_opens_the_request_and_keeps_the_moment(draft: EngagementRequest, alice: User) -> None:
    publish_request(request=draft, by=alice, now=NOW)
    draft.refresh_from_db()
    assert (draft.state, draft.published_at, draft.is_open(NOW)) == (RequestState.PUBLISHED, NOW, True)


def test_publish_refused_changes_nothing(draft: EngagementRequest, alice: User) -> None:
    EngagementRequest.objects.filter(pk=draft.pk).update(problem="", process="")
    with pytest.raises(Refused) as refused:
        publish_request(request=draft, by=alice, now=NOW)
    assert [reason.field for reason in refused.value.reasons] == ["problem", "process"]
    draft.refresh_from_db()
    assert draft.state == RequestState.DRAFT


@pytest.mark.parametrize("state", [s for s in RequestState if s != RequestState.DRAFT])
def test_publish_refused_from_every_other_state(authority: Organisation, alice: User, state: str) -> None:
    request = make_request(authority, state=state)
    with pytest.raises(Refused):
        publish_request(request=request, by=alice, now=NOW)


def test_publish_forbidden_to_viewers_and_outsiders(
    draft: EngagementRequest, authority: Organisation, bob: User
) -> None:
    viewer = make_member(authority, role=Role.VIEWER)
    for person in (viewer, bob):
        with pytest.raises(PermissionDenied):
            publish_request(request=draft, by=person, now=NOW)


def test_start_twice_makes_one_draft(authority: Organisation, alice: User, draft: EngagementRequest) -> None:
    key = "6e3b2f64-1f3c-4a51-9b7e-0a54d9f8f001"
    first = start_request(authority=authority, title="Bins", by=alice, submission_key=key)  # type: ignore[arg-type]
    second = start_request(authority=authority, title="Bins", by=alice, submission_key=key)  # type: ignore[arg-type]
    assert first == second
    assert first.ocid == f"ocds-tp0000-{first.reference}"


def test_start_about_a_capability_makes_a_draft_that_concerns_it(authority: Organisation, alice: User) -> None:
    capability, retired = make_capability("Dashboards"), make_capability("Telegraphy", is_retired=True)
    client = Client()
    client.force_login(alice)
    path = (
        f"{reverse('engagement:request-create')}?capability={capability.code}&capability={retired.code}&capability=%00"
    )

    form = client.get(path).context["form"]
    fields = {"title": "Dashboards", "submission_key": str(form["submission_key"].value())}
    assert form["capabilities"].value() == [capability.code]
    client.post(path, fields | {"capabilities": form["capabilities"].value()})

    assert [*EngagementRequest.objects.get(title="Dashboards").capabilities.all()] == [capability]


def test_second_of_two_editors_is_told(draft: EngagementRequest, alice: User) -> None:
    save_draft(request=draft, version=draft.version, by=alice, fields={"title": "First"})
    with pytest.raises(StaleWrite):
        save_draft(request=draft, version=draft.version, by=alice, fields={"title": "Second"})
    draft.refresh_from_db()
    assert draft.title == "First"


def test_forged_fields_are_refused(draft: EngagementRequest, alice: User) -> None:
    with pytest.raises(ValueError, match="state"):
        save_draft(request=draft, version=draft.version, by=alice, fields={"state": "published"})


@pytest.mark.parametrize(
    ("now", "closes", "questions_close"),
    [
        # 15 days from Monday 2 November is Tuesday 17.
        ("2026-11-02T09:00+00:00", "2026-11-17T17:00+00:00", "2026-11-13T17:00+00:00"),
        # 15 days from Friday 11 December is Saturday 26: the holidays end on Tuesday 29.
        ("2026-12-11T09:00+00:00", "2026-12-29T17:00+00:00", "2026-12-23T17:00+00:00"),
    ],
)
def test_suggested_deadlines_keep_the_rules(
    draft: EngagementRequest, now: str, closes: str, questions_close: str
) -> None:
    at = datetime.fromisoformat(now)
    draft.opens_at = None
    draft.closes_at = suggested_closing(at)
    draft.questions_close_at = suggested_questions_close(draft.closes_at)
    assert (draft.closes_at, draft.questions_close_at) == (
        datetime.fromisoformat(closes),
        datetime.fromisoformat(questions_close),
    )
    assert fields_of(draft, at) == []

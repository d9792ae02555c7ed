"""You said, we did."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from engagement.actions.outcomes import publish_outcome, save_outcome, save_theme
from engagement.actions.requests import withdraw_request
from engagement.choices import Decision, RequestState
from engagement.models import EngagementRequest, Outcome, Response
from portal.accounts.models import User
from portal.notifications.models import Delivery
from portal.organisations.models import Organisation
from portal.refusals import Refused, StaleWrite
from techmap.models import Evidence
from tests.engagement.makers import CLOSES, NOW, make_question, make_request, make_response

pytestmark = pytest.mark.django_db

THEME = {"heard": "Data is late", "decision": Decision.CHANGED, "explanation": "We publish each month now."}


def write_outcome(request: EngagementRequest, by: User, responses: list[Response]) -> None:
    save_outcome(request=request, version=1, by=by, now=CLOSES, summary="You told us of data.", next_steps="")
    save_theme(request=request, by=by, now=CLOSES, fields=THEME, responses=responses, submission_key=uuid4())


def test_publish_tells_all_who_took_part(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User, charlie: User
) -> None:
    response = make_response(request_, supplier, bob)
    make_question(request_, charlie.memberships.get().organisation, charlie)
    write_outcome(request_, alice, [response])
    publish_outcome(request=request_, by=alice, now=CLOSES)
    request_.refresh_from_db()
    assert request_.state == RequestState.OUTCOME_PUBLISHED
    told = Delivery.objects.filter(message__subject__startswith="What came of it").values_list("email", flat=True)
    assert set(told) == {bob.email, charlie.email}


def test_outcome_does_not_say_who_took_part(
    client: Client, request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    write_outcome(request_, alice, [make_response(request_, supplier, bob)])
    publish_outcome(request=request_, by=alice, now=CLOSES)
    page = client.get(request_.get_absolute_url()).content.decode()
    assert ("Data is late" in page, str(supplier) in page) == (True, False)
    assert not Evidence.objects.exists()  # which would name them on the techmap


def test_publish_refused_item_by_item(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    make_response(request_, supplier, bob)
    with pytest.raises(Refused) as refused:
        publish_outcome(request=request_, by=alice, now=CLOSES)
    assert [reason.field for reason in refused.value.reasons] == ["summary", "themes"]
    write_outcome(request_, alice, [])
    with pytest.raises(Refused, match="Link the theme"):
        publish_outcome(request=request_, by=alice, now=CLOSES)


def test_without_responses_a_summary_is_enough(request_: EngagementRequest, alice: User) -> None:
    save_outcome(request=request_, version=1, by=alice, now=CLOSES, summary="Nobody answered.", next_steps="")
    publish_outcome(request=request_, by=alice, now=CLOSES)
    assert Outcome.objects.get().published_by == alice


def test_publish_twice_is_refused(request_: EngagementRequest, alice: User) -> None:
    test_without_responses_a_summary_is_enough(request_, alice)
    with pytest.raises(Refused):
        publish_outcome(request=request_, by=alice, now=CLOSES)


def test_theme_links_only_submitted_responses_of_the_request(
    request_: EngagementRequest, authority: Organisation, supplier: Organisation, alice: User, bob: User
) -> None:
    draft = make_response(request_, supplier, bob, state="draft")
    foreign = make_response(make_request(authority), supplier, bob)
    theme = save_theme(
        request=request_, by=alice, now=CLOSES, fields=THEME, responses=[draft, foreign], submission_key=uuid4()
    )
    assert list(theme.responses.all()) == []


def test_second_of_two_editors_is_told(request_: EngagementRequest, alice: User) -> None:
    save_outcome(request=request_, version=1, by=alice, now=CLOSES, summary="First", next_steps="")
    with pytest.raises(StaleWrite):
        save_outcome(request=request_, version=1, by=alice, now=CLOSES, summary="Second", next_steps="")
    assert Outcome.objects.get().summary == "First"


def test_supplier_may_not_write_the_outcome(request_: EngagementRequest, bob: User) -> None:
    with pytest.raises(PermissionDenied):
        save_outcome(request=request_, version=1, by=bob, now=CLOSES, summary="Ours", next_steps="")


def test_withdraw_keeps_the_reason_and_tells(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    make_response(request_, supplier, bob, state="draft")
    withdraw_request(request=request_, reason="The grant was stopped.", by=alice, now=NOW)
    request_.refresh_from_db()
    assert (request_.state, request_.withdrawn_reason) == (RequestState.WITHDRAWN, "The grant was stopped.")
    assert Delivery.objects.filter(recipient=bob, message__subject__startswith="Withdrawn:").exists()


@pytest.mark.parametrize("state", ["draft", "outcome_published", "withdrawn"])
def test_withdraw_refused_from_other_states(authority: Organisation, alice: User, state: str) -> None:
    request = make_request(authority, state=state)
    with pytest.raises(Refused, match="can be withdrawn"):
        withdraw_request(request=request, reason="Why not", by=alice, now=NOW)

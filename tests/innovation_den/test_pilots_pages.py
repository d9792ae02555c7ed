"""The pages of pilots: a whole one by hand, the board, and what each person sees."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from innovation_den.actions.amendments import propose_amendment
from innovation_den.choices import PilotExit, PilotOutcome, PilotState, Side
from innovation_den.models import Pilot
from portal.accounts.models import User
from tests.engagement.makers import make_request
from tests.factories import make_member, make_user
from tests.innovation_den.makers import make_decision, make_pilot, make_pitch
from tests.innovation_den.pilot_makers import (
    BEGUN,
    ENDED,
    LATER,
    SIGNED,
    Two,
    log,
    make_ended,
    make_published,
    make_running,
    make_selected,
    make_two,
    sign,
    spend,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User, when: datetime = LATER) -> Client:
    client = Client()
    with time_machine.travel(when, tick=False):
        client.force_login(user)
    return client


def address(name: str, *args: Any) -> str:
    return reverse(f"innovation_den:{name}", args=args)


def day_parts(name: str, day: date) -> dict[str, int]:
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def send(user: User, when: datetime, name: str, args: list[Any], data: dict[str, Any], status: int = 302) -> Any:
    """Open the page as a person does, fill in what it carries, and send it."""
    client = signed_in(user, when)
    with time_machine.travel(when, tick=False):
        page = client.get(address(name, *args))
        form = page.context["form"] if page.status_code == 200 and "form" in (page.context or {}) else None
        hidden = {field.name: field.value() for field in form.hidden_fields()} if form else {}
        answer = client.post(address(name, *args), hidden | data)
    errors = getattr(answer.context["form"], "errors", "") if answer.context and "form" in answer.context else ""
    assert answer.status_code == status, errors
    return answer


def test_whole_pilot_by_hand() -> None:
    alice, bob, _, pitch = make_selected()
    send(alice, SIGNED, "pilot-create", [pitch.reference], {"title": "Mould"})
    pilot = Pilot.objects.get()
    ref = pilot.reference
    steps: dict[str, dict[str, Any]] = {
        "hypothesis": {"title": "Mould", "hypothesis": "Sensors warn two weeks sooner."},
        "measure": {"measure": "Homes warned", "unit": "%", "better": "higher", "baseline": 10, "threshold": 60},
        "bounds": {
            "budget_cap": "10,000",
            **day_parts("starts_on", date(2027, 1, 11)),
            **day_parts("ends_on", date(2027, 4, 9)),
        },
        "people": {"data_notes": "Humidity by room.", "ethics_notes": "Tenants may say no."},
        "capabilities": {},
    }
    for number, (slug, data) in enumerate(steps.items()):
        send([alice, bob][number % 2], SIGNED, "pilot-step", [ref, slug], data)
    send(bob, SIGNED, "stop-rules", [ref], {"when": "measure_below", "limit": 5})
    send(bob, SIGNED, "review-points", [ref], day_parts("due_on", date(2027, 2, 22)))
    send(bob, SIGNED, "pilot-sign", [ref], {})
    send(alice, SIGNED, "pilot-sign", [ref], {})
    send(alice, BEGUN, "pilot-start", [ref], {})
    send(bob, LATER, "log-add", [ref], {"text": "Up.", "value": "4.5", **day_parts("dated", LATER.date())})
    bill = {"what": "Sensors", "amount": "9,999.50", **day_parts("dated", LATER.date())}
    send(bob, LATER, "spend-add", [ref], bill)
    refused = send(bob, LATER, "spend-add", [ref], bill, status=200)
    assert "£0.50 is left" in refused.content.decode()
    rule, review = pilot.stop_rules.get(), pilot.reviews.get()
    send(alice, LATER, "stop-rule-answer", [ref, rule.pk], {"answer": "A sensor was broken."})
    send(alice, LATER, "review-decide", [ref, review.pk], {"goes_on": "yes", "note": "Well."})
    send(bob, LATER, "pilot-end", [ref], {}, status=200)
    send(bob, LATER, "pilot-end", [ref], {"reason": "Enough is known."})
    words = {"outcome": "disproved", "learnt": "It smelt shoes.", "advice": "Walls.", "exit": "test_again"}
    send(alice, ENDED, "outcome-edit", [ref], words)
    send(bob, ENDED, "outcome-edit", [ref], {"firm_words": "It was cold."})
    send(alice, ENDED, "pilot-publish", [ref], {})

    page = Client().get(pilot.get_absolute_url()).content.decode()
    for said in ("Disproved early is a success of the test", "It smelt shoes.", "Walls.", "It was cold.", "£9,999.50"):
        assert said in page
    send(alice, ENDED, "pilot-follow", [ref], {"title": "Mould, again"})
    assert Pilot.objects.get(follows=pilot).state == PilotState.DRAFT


def test_amendment_by_hand_shows_old_and_new_side_by_side() -> None:
    two = make_running()
    ref = two.pilot.reference
    fields = {name: getattr(two.pilot, name) for name in ("hypothesis", "measure", "unit", "better", "baseline")}
    notes = {"data_notes": two.pilot.data_notes, "ethics_notes": two.pilot.ethics_notes}
    data = fields | notes | {"threshold": 55, "budget_cap": "20000", "reason": "Late homes."}
    send(two.bob, LATER, "amendment-create", [ref], data | day_parts("ends_on", date(2027, 4, 9)))
    with time_machine.travel(LATER, tick=False):
        page = signed_in(two.alice).get(address("amendment-sign", ref, 1)).content.decode()
    assert page.index("What would prove it") < page.index(">60<") < page.index(">55<")
    send(two.alice, LATER, "amendment-sign", [ref, 1], {})
    two.pilot.refresh_from_db()
    assert two.pilot.threshold == 55
    assert two.pilot.amendments.get().new == {"threshold": "55"}


def test_second_editor_sees_both_versions() -> None:
    two = make_two()
    data = {"title": "Mine", "hypothesis": "Mine too", "version": 1}
    Pilot.objects.update(version=2, hypothesis="Theirs")
    answer = signed_in(two.bob).post(address("pilot-step", two.pilot.reference, "hypothesis"), data)
    assert answer.status_code == 409
    assert "Theirs" in answer.content.decode()
    assert "Mine too" in answer.content.decode()


def test_page_of_terms_that_changed_is_not_signed() -> None:
    two = make_two()
    Pilot.objects.update(version=2, threshold=99)
    with time_machine.travel(SIGNED, tick=False):
        client = signed_in(two.bob, SIGNED)
        answer = client.post(address("pilot-sign", two.pilot.reference), {"version": 1})
        assert answer.status_code == 409
        assert "Read them again" in answer.content.decode()
        assert answer.context["form"].initial["version"] == 2


# --- Who sees what ---------------------------------------------------------------------------------

PRIVATE = ("Words of the log", "A bill for sensors", "Humidity by room", "Notes of a review", "Words about data")


def private_pilot() -> Two:
    two = make_published()
    Pilot.objects.update(state=PilotState.RUNNING, published_at=None)
    log(two, 30, text="Words of the log")
    spend(two, 70, what="A bill for sensors")
    two.pilot.reviews.update(goes_on=True, note="Notes of a review", by=two.alice, at=LATER)
    amendment = propose_amendment(
        pilot=two.pilot,
        side=Side.FIRM,
        version=two.pilot.version,
        fields={"data_notes": "Words about data"},
        reason="More data",
        by=two.bob,
        now=LATER,
        submission_key=uuid4(),
    )
    type(amendment).objects.update(signed_by_sponsor=two.alice, applied_at=LATER)
    Pilot.objects.update(state=PilotState.PUBLISHED, published_at=ENDED)
    return two


def test_library_keeps_what_is_between_both_sides() -> None:
    two = private_pilot()
    for client in (Client(), signed_in(make_user())):
        page = client.get(two.pilot.get_absolute_url()).content.decode()
        assert [words for words in PRIVATE if words in page] == []
        assert "£70 spent of £20,000" in page
        assert client.get(address("pilot-chart", two.pilot.reference, "spend")).status_code == 404
        chart = client.get(address("pilot-chart", two.pilot.reference, "measure"))
        assert (chart.status_code, chart.headers["Content-Type"]) == (200, "image/svg+xml")
    for user in (two.alice, two.bob, make_user(is_staff=True)):
        page = signed_in(user).get(two.pilot.get_absolute_url()).content.decode()
        assert [words for words in PRIVATE if words not in page] == []
        assert signed_in(user).get(address("pilot-chart", two.pilot.reference, "spend")).status_code == 200


def test_pilot_that_is_not_published_is_not_there_for_others() -> None:
    two = make_running()
    log(two, 12)
    for client in (Client(), signed_in(make_user()), signed_in(make_member(make_selected()[3].firm))):
        assert client.get(two.pilot.get_absolute_url()).status_code == 404
        assert client.get(address("pilot-chart", two.pilot.reference, "measure")).status_code == 404
    assert not Pilot.objects.visible_to(AnonymousUser()).exists()


def test_draft_request_of_the_sponsor_is_hidden_from_the_firm() -> None:
    two = make_published(PilotOutcome.PROVED, exit=PilotExit.SCALE)
    draft = make_request(two.pilot.sponsor, by=two.alice, state="draft", title="Quiet plan")
    send(two.alice, ENDED, "pilot-scale", [two.pilot.reference], {"request": draft.pk})
    assert "Quiet plan" in signed_in(two.alice).get(two.pilot.get_absolute_url()).content.decode()
    for client in (signed_in(two.bob), Client()):
        assert "Quiet plan" not in client.get(two.pilot.get_absolute_url()).content.decode()


# --- Queries ---------------------------------------------------------------------------------------


def count_queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def more_of(two: Two) -> None:
    """Two more running pilots of the same sides."""
    for _ in range(2):
        pitch = make_pitch(two.den, two.pilot.firm, by=two.bob, state="accepted")
        make_decision(pitch, released_at=SIGNED)
        other = Two(two.alice, two.bob, two.den, pitch, make_pilot(pitch))
        other.pilot.stop_rules.create(when="spent_above", limit=10)
        other.pilot.reviews.create(due_on=date(2027, 2, 22))
        sign(other)
        Pilot.objects.filter(pk=other.pilot.pk).update(state=PilotState.RUNNING, started_at=BEGUN)
        other.pilot.refresh_from_db()
        log(other, 20)
        spend(other, 50)


def test_board_takes_as_many_queries_for_three_as_for_one() -> None:
    two = make_running()
    log(two, 12)
    client, path = signed_in(two.bob, datetime.now(UTC)), address("pilot-list")
    before = count_queries(client, path)
    more_of(two)
    assert count_queries(client, path) == before
    assert len(client.get(path).context["rows"]) == 3
    assert client.get(path + "?state=review").context["rows"] == []


def test_page_of_a_pilot_takes_as_many_queries_for_three_entries_as_for_one() -> None:
    two = make_running()
    log(two, 12)
    spend(two, 10)
    client, path = signed_in(two.bob, datetime.now(UTC)), two.pilot.get_absolute_url()
    before = count_queries(client, path)
    for day in (19, 20):
        log(two, day, date(2027, 1, day), by=two.alice)
        spend(two, 10, date(2027, 1, day), by=two.alice)
    assert count_queries(client, path) == before


def test_last_page_of_the_end_is_led_to() -> None:
    two = make_ended()
    page = signed_in(two.alice).get(two.pilot.get_absolute_url()).content.decode()
    assert "The last value suggests: Inconclusive" in page
    assert address("outcome-edit", two.pilot.reference) in page

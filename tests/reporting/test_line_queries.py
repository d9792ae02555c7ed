"""Questions about lines of a return, and the buyer's own ratings of its indicators."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from portal.notifications.models import Message
from portal.organisations.choices import Role
from portal.refusals import Refused, StaleWrite
from reporting.actions import accept_return, send_back_return
from reporting.actions.line_queries import answer_line_query, ask_about_line, settle_line_query
from reporting.actions.ratings import Rated, rate_kpis
from reporting.choices import ReturnState
from reporting.models import KpiRating, LineQuery, Return
from reporting.queries.line_queries import LONGEST_REASON, open_queries_of, place_of, reason_of
from reporting.queries.ratings import rated_indicators_of
from tests.factories import make_member, make_user
from tests.reporting.assessing import filed_with_kpis, kpi, number_of_queries
from tests.reporting.makers import NOW, spend

pytestmark = pytest.mark.django_db


@pytest.fixture
def filed(due, bob) -> Return:
    lines = [spend(), spend(description="Tester", unit_price="0", quantity="1", amount="0")]
    return filed_with_kpis(due[0], bob, lines=lines)


def ask(filed, by, *, table="spend", row=1, field="unit_price", text="Why £600?", key=None) -> LineQuery:
    return ask_about_line(
        filed=filed, table=table, row=row, field=field, text=text, submission_key=key or uuid4(), by=by, now=NOW
    )


def page(filed) -> str:
    return reverse("reporting:line-query-list", args=[filed.public_id])


# --- Questions -----------------------------------------------------------------------------------------


def test_question_is_asked_answered_and_settled_and_both_are_told(filed, alice, bob) -> None:
    query = ask(filed, alice)
    assert place_of(query) == "Spend lines, row 1: Price of one unit"
    query = answer_line_query(query=query, text="The rate of the framework", by=bob, now=NOW)
    query = settle_line_query(query=query, by=alice, now=NOW)
    assert (query.is_open, query.answered_by, query.settled_by) == (False, bob, alice)
    said = Message.objects.filter(dedupe_key__startswith="line-query").order_by("pk")
    assert list(said.values_list("subject", "deliveries__recipient")) == [
        ("A question about your return: Case management for housing, July 2026", bob.pk),
        ("Your question is answered: Case management for housing, July 2026", alice.pk),
        ("A question is settled: Case management for housing, July 2026", bob.pk),
    ]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"table": "spend", "row": 3}, "Spend lines has no row 3"),
        ({"table": "nothing"}, "Choose the line or the field that you ask about"),
        ({"field": "colour"}, "Choose the line or the field that you ask about"),
        ({"table": "return", "row": 2, "field": ""}, "Return has no row 2"),
        ({"text": "  "}, "Enter your question"),
    ],
)
def test_question_about_what_is_not_there_is_refused(filed, alice, place, said) -> None:
    with pytest.raises(Refused) as refused:
        ask(filed, alice, **place)
    assert [reason.message for reason in refused.value.reasons] == [said]


def test_key_of_another_return_leads_to_no_question_of_it(filed, due, bob, alice) -> None:
    first = ask(filed, alice)
    second = filed_with_kpis(due[1], bob, spend_to_date="18000")
    with pytest.raises(Refused, match="This form was used before"):
        ask(second, alice, key=first.submission_key)


def test_question_sent_twice_is_asked_once(filed, alice) -> None:
    key = uuid4()
    assert ask(filed, alice, key=key) == ask(filed, alice, key=key)
    assert LineQuery.objects.count() == 1


def test_question_is_asked_before_the_return_is_decided(filed, alice, bob) -> None:
    query = ask(filed, alice)
    filed.refresh_from_db()
    accept_return(filed=filed, version=filed.version, by=alice, now=NOW)
    with pytest.raises(Refused, match="Questions are asked before that"):
        ask(filed, alice)
    answer_line_query(query=query, text="Answered later", by=bob, now=NOW)


def test_settled_question_takes_no_further_answer(filed, alice, bob) -> None:
    query = settle_line_query(query=ask(filed, alice), by=alice, now=NOW)
    with pytest.raises(Refused, match="settled"):
        answer_line_query(query=query, text="But", by=bob, now=NOW)


def test_others_may_not_ask_answer_or_settle(filed, buyer, supplier, alice, bob, charlie) -> None:
    query = ask(filed, alice)
    for person in (bob, charlie, make_user(is_staff=True, mfa=True)):
        with pytest.raises(PermissionDenied):
            ask(filed, person)
        with pytest.raises(PermissionDenied):
            settle_line_query(query=query, by=person, now=NOW)
    for person in (alice, charlie):
        with pytest.raises(PermissionDenied):
            answer_line_query(query=query, text="Mine", by=person, now=NOW)
    both = make_member(buyer, role=Role.EDITOR, name="Both Sides")
    supplier.memberships.create(user=both, role=Role.VIEWER)
    with pytest.raises(Refused, match="too"):
        ask(filed, both)


def test_return_is_sent_back_with_the_open_questions(client, filed, alice) -> None:
    ask(filed, alice, text="Why £600?")
    settle_line_query(query=ask(filed, alice, text="Settled already"), by=alice, now=NOW)
    ask(filed, alice, row=2, field="", text="Who is this?")
    client.force_login(alice)
    url = reverse("reporting:line-query-send-back", args=[filed.public_id])
    form = client.get(url).context["form"]
    reason = form["reason"].value()
    assert reason == "Spend lines, row 1: Price of one unit. Why £600?\nSpend lines, row 2. Who is this?"
    assert client.post(url, {"version": form["version"].value(), "reason": reason}).status_code == 302
    filed.refresh_from_db()
    assert (filed.state, filed.decision_reason) == (ReturnState.SENT_BACK, reason)


def test_reason_of_many_questions_is_cut_at_a_whole_question(filed, alice) -> None:
    for number in range(4):
        ask(filed, alice, text=f"{number} " + "w" * 700)
    reason = reason_of(open_queries_of(filed))
    assert len(reason) <= LONGEST_REASON
    assert reason.endswith("w\nThe further questions stand on the page of questions.")


def test_pages_show_questions_to_both_parties_alone(client, filed, alice, bob, charlie) -> None:
    ask(filed, alice, text="Why £600 secretly?")
    filed.contract.is_published = True
    filed.contract.save()
    for person, status in ((alice, 200), (bob, 200), (charlie, 404)):
        client.force_login(person)
        answer = client.get(page(filed), {"table": "spend"})
        assert answer.status_code == status
        assert ("Why £600 secretly?" in answer.content.decode()) == (status == 200)


def test_questions_page_asks_as_often_for_one_line_as_for_three(client, due, alice, bob) -> None:
    few = filed_with_kpis(due[0], bob)
    more = [spend(), *[spend(description=f"Role {n}", unit_price="0", amount="0") for n in range(2)]]
    many = filed_with_kpis(due[1], bob, lines=more, spend_to_date="18000")
    ask(few, alice)
    for row in (1, 2, 3):
        ask(many, alice, row=row)
    client.force_login(alice)
    counts = [number_of_queries(lambda one=one: client.get(page(one), {"table": "spend"})) for one in (few, many)]
    assert counts[0] == counts[1]


# --- Ratings -------------------------------------------------------------------------------------------


def rate(filed, by, *, rating="below", version=0, comment="", kpi_id="K1"):
    return rate_kpis(filed=filed, given=[Rated(kpi_id, version, rating, comment)], by=by, now=NOW)


def test_second_who_rates_is_told(filed, alice) -> None:
    rate(filed, alice)
    with pytest.raises(StaleWrite):
        rate(filed, alice, rating="met")
    rate(filed, alice, rating="met", version=1)
    assert KpiRating.objects.get().version == 2


def test_saving_the_same_again_changes_and_tells_nothing(filed, alice) -> None:
    rate(filed, alice)
    assert rate(filed, alice, version=1) == []
    assert Message.objects.filter(subject__startswith="Indicators rated").count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kpi_id": "K9"}, "The return has no indicator K9"),
        ({"rating": "splendid"}, "Choose a rating for Availability"),
        ({"rating": "", "comment": "So"}, "Choose a rating for Availability"),
    ],
)
def test_rating_that_cannot_be_is_refused(filed, alice, given, said) -> None:
    with pytest.raises(Refused, match=said):
        rate(filed, alice, **given)


def test_ratings_begin_with_the_last_ones(contract, due, alice, bob) -> None:
    first = filed_with_kpis(due[0], bob)
    rate(first, alice, comment="Two outages")
    second = filed_with_kpis(due[1], bob, spend_to_date="18000", kpis=[kpi(), kpi(kpi_id="K2", title="Calls")])
    found = rated_indicators_of(second)
    assert [(one.saved, one.before and one.before.rating) for one in found] == [(None, "below"), (None, None)]


def test_only_the_buyer_rates_and_only_what_stands(filed, alice, bob, charlie) -> None:
    for person in (bob, charlie):
        with pytest.raises(PermissionDenied):
            rate(filed, person)
    filed.refresh_from_db()
    send_back_return(filed=filed, version=filed.version, reason="Wrong", by=alice, now=NOW)
    with pytest.raises(Refused, match="Only one that stands is rated"):
        rate(filed, alice)


def test_form_saves_and_shows_the_conflict(client, filed, alice, bob) -> None:
    url = reverse("reporting:kpi-rate", args=[filed.public_id])
    client.force_login(alice)
    said = {"version_0": 0, "rating_0": "below", "comment_0": "Two outages"}
    assert client.post(url, said).status_code == 302
    answer = client.post(url, said | {"rating_0": "met", "comment_0": "None at all"})
    assert answer.status_code == 409
    for words in ("Requires improvement", "Good", "Two outages", "None at all"):
        assert words in answer.content.decode()
    client.force_login(bob)
    assert "Requires improvement" in client.get(url).content.decode()
    assert client.post(url, said).status_code == 403

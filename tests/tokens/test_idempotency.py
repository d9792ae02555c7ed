"""`Idempotency-Key`: what is sent again acts once, whatever happened in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.tokens import tasks
from portal.tokens.models import KeptAnswer
from reporting.api import writing
from reporting.models import Return
from tests.reporting_api.conftest import *  # noqa: F403
from tests.reporting_api.conftest import whole
from tests.tokens.makers import Program

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def kind(answer: Any) -> str:
    return answer.json()["type"].rpartition("#problem-")[2]


def test_same_key_and_request_are_answered_the_same(program, due) -> None:
    first, second = (program.send("/returns/file/", whole(due[0]), key=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert (first.content, first["ETag"], first["Content-Type"]) == (
        second.content,
        second["ETag"],
        second["Content-Type"],
    )
    assert (first.has_header("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (False, "true")
    assert second["Cache-Control"] == "no-store"


def test_quotation_marks_make_no_other_key(program, due) -> None:
    codes = [program.send("/returns/file/", whole(due[0]), key=key).status_code for key in (KEY, f'"{KEY}"')]
    assert (codes, KeptAnswer.objects.get().key) == ([200, 200], KEY)


def test_refusal_is_given_again_too(program, due) -> None:
    bad = whole(due[0], actual_spend="1.00")
    first, second = (program.send("/returns/file/", bad, key=KEY) for _ in range(2))
    assert (first.status_code, second.status_code, second.content == first.content) == (422, 422, True)
    assert second["Content-Type"] == "application/problem+json"


def test_correction_is_started_once_and_located_twice(program, due) -> None:
    program.send("/returns/file/", whole(due[0]))
    path, body = f"/returns/{due[0].public_id}/correct/", {"reason": "A day was left out"}
    first, second = (program.send(path, body, key=KEY) for _ in range(2))
    assert (first.status_code, second.status_code, second["Location"]) == (201, 201, first["Location"])


@pytest.mark.parametrize("other", ["body", "address", "version"])
def test_same_key_for_another_request_is_refused(program, due, other) -> None:
    path = f"/returns/{due[0].public_id}/"
    program.keep(path, whole(due[0]), match=1, key=KEY)
    answer = {
        "body": lambda: program.keep(path, whole(due[0], actual_spend="7"), match=1, key=KEY),
        "address": lambda: program.keep(f"/returns/{due[1].public_id}/", whole(due[0]), match=1, key=KEY),
        "version": lambda: program.keep(path, whole(due[0]), match=2, key=KEY),
    }[other]()
    assert (answer.status_code, kind(answer)) == (422, "key-reused")


def test_keys_of_two_tokens_do_not_meet(program, supplier, ann, due) -> None:
    other = Program(make_api_token(supplier, ann)[1])  # noqa: F405
    answers = [one.send("/returns/file/", whole(due[0]), key=KEY).status_code for one in (program, other)]
    assert answers == [200, 409]


@pytest.mark.parametrize("key", ["", " ", "x" * 101, "a b", "ä", '""'])
def test_key_that_is_none_is_refused(program, due, key) -> None:
    answer = program.post(
        "/api/v1/reporting/returns/file/", "{}", content_type="application/json", headers={"idempotency-key": key}
    )
    assert (answer.status_code, answer.json()["errors"][0].get("parameter")) == (400, "Idempotency-Key")


def test_body_that_cannot_be_read_claims_no_key(program, due) -> None:
    assert program.send("/returns/file/", "{", key=KEY).status_code == 400
    assert KeptAnswer.objects.count() == 0
    assert program.send("/returns/file/", whole(due[0]), key=KEY).status_code == 200


def test_what_breaks_midway_is_undone_and_done_by_the_next_try(program, due, monkeypatch) -> None:
    program.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(writing, "answer_with", lambda *_: 1 / 0)  # after the action, before the answer is kept
        assert program.send("/returns/file/", whole(due[0]), key=KEY).status_code == 500
    assert (Return.objects.get(pk=due[0].pk).state, KeptAnswer.objects.get().status) == ("due", None)
    answer = program.send("/returns/file/", whole(due[0]), key=KEY)
    assert (answer.status_code, answer.has_header("Idempotent-Replayed")) == (200, False)


def test_answers_are_forgotten_after_a_day(program, due, time_machine) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    program.send("/returns/file/", whole(due[0]), key=KEY)
    for hours, left in ((23, 1), (25, 0)):
        time_machine.move_to(now + timedelta(hours=hours), tick=False)
        tasks.sweep_kept_answers()
        assert KeptAnswer.objects.count() == left


def test_old_key_that_nobody_swept_yet_is_free(program, due) -> None:
    program.send("/returns/file/", whole(due[0]), key=KEY)
    KeptAnswer.objects.update(at=datetime.now(UTC) - timedelta(hours=24, seconds=1))
    answer = program.send("/returns/file/", whole(due[1], spend_to_date=18000), key=KEY)
    assert (answer.status_code, answer.json()["period_start"]) == (200, "2026-08-01")


def test_reading_takes_no_key(program, due) -> None:
    answer = program.get("/api/v1/reporting/returns/", headers={"idempotency-key": KEY})
    assert (answer.status_code, KeptAnswer.objects.count()) == (200, 0)

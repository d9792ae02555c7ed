"""Forty programs at the same moment, in several processes, each on a database connection of its own."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from portal.audit.models import Event
from portal.tokens.actions import revoke_token
from portal.tokens.models import ApiToken, KeptAnswer
from reporting.choices import STANDING
from reporting.models import Return
from tests.factories import make_member, make_public_body, make_supplier
from tests.reporting.makers import NOW, make_contract, make_returns
from tests.reporting_api.at_once import be_a_web_process, send_at_once
from tests.reporting_api.conftest import whole
from tests.tokens.makers import Program, make_api_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PROCESSES, EACH = 5, 8


@pytest.fixture
def filed() -> tuple[list[Return], ApiToken, str]:
    buyer, supplier = make_public_body(), make_supplier()
    due = make_returns(make_contract(buyer, supplier, make_member(buyer)))
    cache.clear()
    return due, *make_api_token(supplier, make_member(supplier))


def run(secret: str, requests: list[tuple[str, Any, str]]) -> list[tuple[int, bytes]]:
    """All at one moment, shared out among the processes."""
    database = connection.settings_dict["NAME"]
    with ProcessPoolExecutor(
        PROCESSES, mp_context=get_context("spawn"), initializer=be_a_web_process, initargs=(database,)
    ) as processes:
        list(processes.map(time.sleep, [1.0] * PROCESSES))  # every process stands before the first request
        start_at = time.time() + 3
        jobs = [processes.submit(send_at_once, secret, start_at, requests[n::PROCESSES]) for n in range(PROCESSES)]
        return [answer for job in jobs for answer in job.result(timeout=120)]


def test_of_forty_that_file_the_same_return_one_files(filed: Any) -> None:
    due, _, secret = filed
    answers = run(secret, [("/returns/file/", whole(due[0]), "")] * PROCESSES * EACH)
    assert Counter(status for status, _ in answers) == {200: 1, 409: 39}
    assert Return.objects.filter(contract=due[0].contract, period_start=due[0].period_start).count() == 1
    assert Return.objects.filter(state__in=STANDING).count() == 1
    assert Event.objects.filter(name="reporting.return.submitted").count() == 1


def test_of_forty_with_one_key_one_acts_and_all_hear_the_same(filed: Any) -> None:
    """Those that come while it is at work are asked to wait; whoever asks afterwards gets its answer."""
    due, _, secret = filed
    answers = run(secret, [("/returns/file/", whole(due[0]), "one-key")] * PROCESSES * EACH)
    found = Counter(status for status, _ in answers)
    assert set(found) <= {200, 409}
    assert found[200] >= 1
    assert len({body for status, body in answers if status == 200}) == 1
    assert {b"problem-in-progress" in body for status, body in answers if status == 409} <= {True}
    assert Event.objects.filter(name="reporting.return.submitted").count() == 1
    assert KeptAnswer.objects.get().status == 200
    again = Program(secret).send("/returns/file/", whole(due[0]), key="one-key")
    assert (again.status_code, again["Idempotent-Replayed"]) == (200, "true")


def test_forty_of_different_periods_lock_nobody_out(filed: Any) -> None:
    due, _, secret = filed
    pairs = [[str(due[a].public_id), str(due[b].public_id)] for a, b in ((0, 1), (1, 0), (2, 3), (3, 2))]
    requests = [("/returns/nil/", {"returns": pairs[n % 4]}, "") for n in range(PROCESSES * EACH)]
    answers = run(secret, requests)
    assert Counter(status for status, _ in answers) == {200: 2, 409: 38}
    assert Return.objects.filter(state__in=STANDING).count() == 4


def test_token_revoked_before_is_refused_by_every_process(filed: Any) -> None:
    due, token, secret = filed
    revoke_token(token=token, by=token.made_by, now=NOW)
    answers = run(secret, [("/returns/file/", whole(due[0]), "")] * PROCESSES)
    assert Counter(status for status, _ in answers) == {401: PROCESSES}

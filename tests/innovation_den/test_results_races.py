"""Decisions are released once, whoever presses the button at the same moment."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from django.db import connection

from innovation_den.choices import Award, DenState
from innovation_den.models import DecisionRecord, PitchDecision
from portal.audit.models import Event
from portal.notifications.models import Delivery
from tests.innovation_den.makers import make_decision
from tests.innovation_den.result_makers import make_deciding
from tests.reporting_api.at_once import be_a_web_process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PROCESSES = 2


def release_at(den: int, person: int, start_at: float) -> int:
    """In a process of its own: wait for the moment, then release. Gives the record's key."""
    from django.contrib.auth import get_user_model
    from django.db import connections

    from innovation_den.actions.decisions import release_decisions
    from innovation_den.models import Den
    from tests.innovation_den.makers import NOW

    who, what = get_user_model().objects.get(pk=person), Den.objects.get(pk=den)
    time.sleep(max(0.0, start_at - time.time()))
    try:
        return release_decisions(den=what, by=who, now=NOW).pk
    finally:
        connections.close_all()


def test_two_processes_release_once() -> None:
    decided = make_deciding(pitches=6)
    for pitch in decided.pitches:
        make_decision(pitch, Award.RESERVE, staged_by=decided.organiser)
    with ProcessPoolExecutor(
        PROCESSES,
        mp_context=get_context("spawn"),
        initializer=be_a_web_process,
        initargs=(connection.settings_dict["NAME"],),
    ) as processes:
        list(processes.map(time.sleep, [1.0] * PROCESSES))  # each stands before the moment comes
        start_at = time.time() + 2
        jobs = [processes.submit(release_at, decided.den.pk, decided.organiser.pk, start_at) for _ in range(PROCESSES)]
        records = {job.result(timeout=120) for job in jobs}

    assert records == {DecisionRecord.objects.get().pk}
    assert Event.objects.filter(name="innovation_den.decisions.released").count() == 1
    assert Delivery.objects.filter(message__subject__startswith="Decision on your pitch").count() == 6
    assert set(PitchDecision.objects.values_list("version", flat=True)) == {2}
    decided.den.refresh_from_db()
    assert decided.den.state == DenState.DECIDED

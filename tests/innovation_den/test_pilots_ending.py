"""Pilots at their end: the outcome in words, what is published, evidence, and what comes next."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from innovation_den.actions.pilot_ends import end_pilot, link_engagement, publish_pilot, save_outcome
from innovation_den.choices import PILOT_TRANSITIONS, PilotExit, PilotOutcome, PilotState, Side
from innovation_den.models import Pilot
from innovation_den.pilot_rules import suggested_outcome
from portal.refusals import Refused, StaleWrite
from techmap.choices import EvidenceKind
from techmap.models import Evidence
from tests.engagement.makers import make_authority, make_capability, make_request
from tests.factories import make_member
from tests.innovation_den.pilot_makers import (
    ENDED,
    LATER,
    log,
    make_agreed,
    make_ended,
    make_published,
    make_running,
    make_two,
    publish,
    spend,
    write_outcome,
)

pytestmark = pytest.mark.django_db


# --- The end ---------------------------------------------------------------------------------------


def test_either_side_ends_early_with_a_reason() -> None:
    two = make_running()
    with pytest.raises(Refused, match="Say why it ends before its last day"):
        end_pilot(pilot=two.pilot, reason="", by=two.bob, now=LATER)
    pilot = end_pilot(pilot=two.pilot, reason="The measure fell.", by=two.bob, now=LATER)
    assert (pilot.state, pilot.ended_at, pilot.end_reason) == (PilotState.REVIEW, LATER, "The measure fell.")
    assert end_pilot(pilot=two.pilot, reason="Again.", by=two.alice, now=ENDED).ended_at == LATER


def test_nobody_else_ends_a_pilot_and_what_does_not_run_has_no_end() -> None:
    two = make_agreed()
    with pytest.raises(Refused, match="Only a pilot that runs"):
        end_pilot(pilot=two.pilot, reason="Why not?", by=two.alice, now=LATER)
    outsider = make_member(make_authority("Birch Vale Council"))
    with pytest.raises(PermissionDenied):
        end_pilot(pilot=two.pilot, reason="Why not?", by=outsider, now=LATER)


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(PILOT_TRANSITIONS) == set(PilotState)
    assert {state for state, after in PILOT_TRANSITIONS.items() if not after} == {
        PilotState.PUBLISHED,
        PilotState.ABANDONED,
    }


@pytest.mark.parametrize(
    ("better", "baseline", "last", "outcome"),
    [
        ("higher", 10, 60, PilotOutcome.PROVED),
        ("higher", 10, 59.9999, PilotOutcome.DISPROVED),
        ("lower", 90, 60, PilotOutcome.PROVED),
        ("lower", 90, 60.0001, PilotOutcome.DISPROVED),
        ("higher", 10, None, PilotOutcome.INCONCLUSIVE),
    ],
)
def test_last_value_suggests_the_outcome(better: str, baseline: int, last: float | None, outcome: str) -> None:
    two = make_two(better=better, baseline=baseline)
    two.pilot.refresh_from_db()
    assert suggested_outcome(two.pilot, None if last is None else Decimal(str(last))) == outcome


# --- The outcome -----------------------------------------------------------------------------------


def test_each_side_says_its_own() -> None:
    two = make_ended()
    pilot = write_outcome(two, PilotOutcome.INCONCLUSIVE)
    pilot = save_outcome(
        pilot=pilot, side=Side.FIRM, version=pilot.version, by=two.bob, fields={"firm_words": "It was cold."}
    )
    assert (pilot.outcome, pilot.firm_words) == (PilotOutcome.INCONCLUSIVE, "It was cold.")
    with pytest.raises(PermissionDenied):
        save_outcome(pilot=pilot, side=Side.SPONSOR, version=pilot.version, by=two.bob, fields={"outcome": "proved"})
    with pytest.raises(ValueError, match="Not for the firm to say"):
        save_outcome(pilot=pilot, side=Side.FIRM, version=pilot.version, by=two.bob, fields={"outcome": "proved"})
    with pytest.raises(StaleWrite):
        save_outcome(pilot=pilot, side=Side.FIRM, version=1, by=two.bob, fields={"firm_words": "It was warm."})


def test_outcome_is_written_after_the_end_and_fixed_when_published() -> None:
    running = make_running()
    with pytest.raises(Refused, match="once the pilot has ended"):
        write_outcome(running)


def test_published_outcome_is_fixed() -> None:
    two = make_published()
    with pytest.raises(Refused, match="fixed once it is published"):
        write_outcome(two, PilotOutcome.PROVED)


def test_everything_that_is_missing_is_said_before_it_is_published() -> None:
    two = make_ended()
    with pytest.raises(Refused) as refused:
        publish(two)
    assert [reason.message for reason in refused.value.reasons] == [
        "Say whether the test proved it",
        "Say what was learnt",
        "Say what comes next",
    ]
    with pytest.raises(IntegrityError, match="pilot_published_has_outcome"), transaction.atomic():
        Pilot.objects.update(state=PilotState.PUBLISHED)


def test_sponsor_publishes_what_it_read() -> None:
    two = make_ended()
    write_outcome(two)
    with pytest.raises(PermissionDenied):
        publish_pilot(pilot=two.pilot, version=two.pilot.version, by=two.bob, now=ENDED)
    with pytest.raises(StaleWrite):
        publish_pilot(pilot=two.pilot, version=two.pilot.version - 1, by=two.alice, now=ENDED)
    pilot = publish(two)
    assert (pilot.state, pilot.published_at) == (PilotState.PUBLISHED, ENDED)
    assert publish(two).version == pilot.version


@pytest.mark.parametrize("change", [log, spend])
def test_figure_that_came_in_meanwhile_is_read_before_it_is_published(change) -> None:
    """Bills and last values may turn what was judged: the sponsor publishes nothing that it has not seen."""
    two = make_ended()
    write_outcome(two)
    read = two.pilot.version
    change(two, 1)
    with pytest.raises(StaleWrite):
        publish_pilot(pilot=two.pilot, version=read, by=two.alice, now=ENDED)


# --- Evidence --------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [PilotOutcome.PROVED, PilotOutcome.DISPROVED])
def test_clear_outcome_is_evidence_in_the_same_words(outcome: str) -> None:
    two = make_running()
    two.pilot.capabilities.add(make_capability())
    spend(two, 900)
    end_pilot(pilot=two.pilot, reason="Done.", by=two.alice, now=ENDED)
    write_outcome(two, outcome)
    publish(two)
    publish(two)

    evidence = Evidence.objects.get(kind=EvidenceKind.PILOT)
    assert evidence.title == "Tested with Ashford Vale Council: Sensors that smell mould, 1"
    assert (evidence.supplier, evidence.buyer, evidence.value) == (two.pilot.firm, two.pilot.sponsor, 900)
    assert (evidence.source, evidence.dated) == (f"pilot:{two.pilot.reference}", ENDED.date())
    assert evidence.url.endswith(two.pilot.get_absolute_url())


def test_unclear_outcome_is_none() -> None:
    make_published(PilotOutcome.INCONCLUSIVE)
    assert not Evidence.objects.filter(kind=EvidenceKind.PILOT).exists()


# --- What comes next -------------------------------------------------------------------------------


def test_scaling_names_a_request_of_the_sponsor() -> None:
    two = make_published(PilotOutcome.PROVED, exit=PilotExit.SCALE)
    own, other = make_request(two.pilot.sponsor), make_request(make_authority("Birch Vale Council"))
    with pytest.raises(Refused, match="Select a request of Ashford Vale Council"):
        link_engagement(pilot=two.pilot, request_id=other.pk, by=two.alice)
    with pytest.raises(PermissionDenied):
        link_engagement(pilot=two.pilot, request_id=own.pk, by=two.bob)
    assert link_engagement(pilot=two.pilot, request_id=own.pk, by=two.alice).engagement == own


def test_idea_that_stops_names_none() -> None:
    two = make_published()
    with pytest.raises(Refused, match="goes on to procurement"):
        link_engagement(pilot=two.pilot, request_id=make_request(two.pilot.sponsor).pk, by=two.alice)


def test_measure_stays_open_for_a_last_figure_until_it_is_published() -> None:
    two = make_published()
    with pytest.raises(Refused, match="until its learning is published"):
        log(two, 90, ENDED.date() + timedelta(days=1))

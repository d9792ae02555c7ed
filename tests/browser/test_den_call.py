"""From the draft of a den to a pitch that the host may read: on a phone without scripts, and on a desk with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from innovation_den.models import Den, Pitch
from portal.organisations.choices import Role
from tests.browser.test_shortlists import sign_in
from tests.engagement.makers import make_authority, make_capability, make_request
from tests.factories import make_member, make_supplier

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
START = datetime(2027, 2, 1, 9, tzinfo=UTC)
OPEN = datetime(2027, 2, 10, 9, tzinfo=UTC)
CLOSED = datetime(2027, 3, 1, 17, tzinfo=UTC)
RULES = "Ten minutes to pitch, ten for questions. What you make stays yours."


def fill_date(visitor: Any, group: str, day: str, month: str, time: str) -> None:
    for label, value in (("Day", day), ("Month", month), ("Year", "2027"), ("Time", time)):
        visitor.fill(label, value, within=group)


def write_den(alice: Any, request: Any) -> None:
    """Start from a request, see everything that is missing, fill each step in."""
    alice.go(request.get_absolute_url()).follow("Hold an innovation den about it")
    alice.sees("takes up the problem").fill("What is the challenge?", "Knowing of damp homes early").press("Start")
    alice.sees("things to mend before you can publish").follow("Check and publish")
    alice.sees("Add at least one criterion", "Write the rules").follow("Back to the draft")
    alice.follow("What the winners get").fill("What do the winners get?", "Three months on our test platform.")
    alice.fill("What may one test cost at most?", "25,000").press("Save and continue")
    alice.follow("When the call opens and closes")
    fill_date(alice, "When does the call close?", "1", "3", "5pm")
    alice.press("Save and continue").follow("Rules").fill("By which rules do firms pitch?", RULES)
    alice.press("Save and continue").follow("Who may pitch").press("Save and continue")
    alice.follow("Panels").press("Save and continue")
    alice.follow("Your own questions of eligibility").follow("Add a question")
    alice.fill("Question", "Can you show a working model?").press("Save").follow("Continue")
    alice.follow("Criteria").follow("Add a criterion").press("Save").sees("There is a problem", "Enter the criterion")
    alice.fill("Criterion", "Value to the public").fill("Weight", "3").press("Save")
    alice.follow("Add a criterion").fill("Criterion", "Novelty").press("Save").press("Move down Value to the public")
    alice.follow("Continue").follow("Rooms and links").follow("Add a room")
    alice.fill("Name of the room", "Committee room 1").fill("Address (optional)", "Town Hall, Mill Lane").press("Save")
    alice.follow("Continue").follow("Sessions").follow("Add a session")
    fill_date(alice, "When does the session start?", "16", "3", "9:30am")
    alice.choose("Committee room 1").press("Save").sees("6 slots of 20 minutes").follow("Continue")
    alice.follow("Preview").sees("This is a preview", "Committee room 1", "Novelty").go(
        f"/dens/{Den.objects.get().reference}/edit/"
    )
    alice.follow("Check and publish").sees("you cannot go back").press("Publish").sees("Open for pitches")


def write_pitch(bob: Any, den: Den) -> None:
    """Check eligibility as it goes, ask a partner, hand it in, take it back, hand it in again."""
    bob.go("/dens/?state=open").follow(den.title).follow("Pitch for Larkspur Systems Ltd")
    bob.fill("What is your pitch called?", "Sensors that smell mould").press("Begin")
    bob.sees("things to mend before you can submit").follow("Whether you may pitch").sees("Met")
    bob.choose("No", within="Can you show a working model?").press("Save and continue").sees("You answered no")
    bob.follow("Whether you may pitch").choose("Yes", within="Can you show a working model?")
    bob.press("Save and continue").follow("The problem and your idea")
    bob.fill("What do you propose, in one sentence?", "A sensor the size of a coin says which wall grows damp.")
    bob.fill("What is the problem, as you see it?", "Damp is seen late.").fill("What is your idea?", "Cheap sensors.")
    bob.press("Save and continue").follow("Evidence, novelty and test")
    bob.fill("What shows that it can work?", "Forty homes.").fill("What is new about it?", "No battery.")
    bob.fill("What would a test show?", "Two weeks’ warning.").press("Save and continue")
    bob.follow("What you ask for, and the team").fill("What do you ask for?", "Fifty homes.")
    bob.fill("What would a test cost?", "30000").fill("Who would do it?", "Two engineers.").press("Save and continue")
    bob.follow("Check and submit").sees("A test may cost at most £25,000").follow("Back to the draft")
    bob.follow("What you ask for, and the team").fill("What would a test cost?", "12,000").press("Save and continue")
    bob.follow("When you can come, and what you need")
    bob.choose("We would rather come then", within="Tuesday 16 March 2027, morning").press("Save and continue")
    bob.follow("Firms that pitch with you").fill("Supplier", "Joined Homes Ltd")
    bob.fill("What would they bring?", "Fifty homes to test in").press("Ask them").sees("Joined Homes Ltd").follow(
        "Continue"
    )
    bob.follow("Check and submit").sees("Joined Homes Ltd has not agreed yet")


@pytest.mark.parametrize(("javascript", "width"), [(False, 375), (True, 1280)], ids=["phone-no-scripts", "desktop"])
def test_from_draft_to_pitch(visit: Any, javascript: bool, width: int) -> None:
    with time_machine.travel(START, tick=True):
        council = make_authority()
        request = make_request(council, opens_at=START, questions_close_at=None, closes_at=CLOSED)
        make_capability()
        people = {
            "Alice": make_member(council, role=Role.EDITOR),
            "Bob": make_member(make_supplier(), role=Role.EDITOR),
            "Carol": make_member(make_supplier("Joined Homes Ltd"), role=Role.EDITOR),
        }

        def at_browser(name: str) -> Any:
            return sign_in(visit(f"Den-{name}-{width}", javascript=javascript, width=width), people[name])

        alice = at_browser("Alice")
        write_den(alice, request)
        den = Den.objects.get()
        assert [str(criterion) for criterion in den.criteria.all()] == ["Novelty", "Value to the public"]

    with time_machine.travel(OPEN, tick=True):
        bob, carol = at_browser("Bob"), at_browser("Carol")
        write_pitch(bob, den)
        carol.go("/dens/pitches/").sees("Your answer is waited for").follow("Sensors that smell mould")
        carol.follow("Say yes or no").choose("Yes, we will pitch together").press("Answer").sees("agreed to pitch")
        bob.go("/dens/pitches/").follow("Sensors that smell mould").follow("Go on writing").follow("Check and submit")
        bob.sees("not before").press("Submit").sees("Submitted", "Your pitch is submitted")
        bob.follow("Take it back to change it").press("Make it a draft").follow("Check and submit").press("Submit")
        alice = at_browser("Alice")
        alice.go(den.get_absolute_url()).follow("Pitches").sees("submitted so far", "1").does_not_see("Sensors")

    with time_machine.travel(CLOSED, tick=True):
        alice, bob = at_browser("Alice"), at_browser("Bob")
        alice.go(den.get_absolute_url()).sees("Screening").follow("Pitches").follow("Sensors that smell mould")
        alice.sees("A sensor the size of a coin", "Joined Homes Ltd", "Fifty homes to test in", "Met")
        pitch = Pitch.objects.get()
        bob.go(pitch.get_absolute_url()).does_not_see("Take it back", "Withdraw it").sees("Change when you can come")

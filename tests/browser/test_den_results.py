"""From scores to released decisions: a chair, an organiser, a panellist and a firm; with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from innovation_den.choices import Award
from portal.accounts.models import User
from tests.innovation_den.makers import make_decision
from tests.innovation_den.result_makers import make_deciding

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def sign_in(visitor: Any, user: User) -> Any:
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": visitor.site}
    visitor.context.add_cookies([cookie])
    return visitor


@pytest.mark.parametrize(("javascript", "width"), [(True, 375), (False, 1280)])
def test_decision_journey(visit: Any, javascript: bool, width: int) -> None:
    decided = make_deciding(pitches=6)
    for pitch in decided.pitches[1:]:
        make_decision(pitch, Award.NOT_SELECTED, staged_by=decided.organiser)
    home, first = f"/dens/{decided.den.reference}/", decided.pitches[0]

    panellist = sign_in(visit(f"Panellist-{width}", javascript=javascript, width=width), decided.panel[2].user)
    panellist.go(home).follow("Your scores, and how severe you are").sees("You score lower than the others")
    panellist.follow("Change your score of Novelty for Idea 0").press("Change the score")
    panellist.sees("Enter the reason for the change")
    panellist.choose("3: Enough").fill("What changed your mind?", "The team explained it.")
    panellist.press("Change the score").sees("The new score counts", "Changed from ")

    host = sign_in(visit(f"Host-{width}", javascript=javascript, width=width), decided.organiser)
    host.go(home).follow("Results of the scores").sees("People decide.", "Selection line: 2 may be selected")
    host.fill("How many may be selected?", "3").press("Draw the selection line").sees("Selection line: 3 may be")
    host.follow("What to discuss").sees("What to discuss first", "Disagreement")
    host.follow("Idea 0").sees("after the discussion", "The team explained it.")
    host.go(f"{home}results/panel/").sees("Severe is not wrong")

    host.follow("Decisions").sees("Only the host sees this.", "1 pitch has no decision yet")
    host.follow("Decide on Idea 0").choose("Selected for the test platform")
    host.fill("Why?", "It can be tested in three months.").press("Save").sees("Saved.")
    host.follow("Edit the letter on Idea 0")
    letter = host.page.get_by_label("The letter").input_value()
    assert f"Dear {first.firm}" in letter
    host.fill("The letter", f"{letter}\n\nWe look forward to it.").press("Save the letter")
    host.sees("We look forward to it.", "Nothing is sent before the release.")
    host.go(f"{home}decisions/").sees("Edited").follow("Release all decisions").sees("This cannot be taken back")
    host.press("Release all decisions").sees("Every firm has its letter", "Who stepped back")

    firm = sign_in(visit(f"Firm-{width}", javascript=javascript, width=width), first.started_by)
    firm.go(home).follow(f"Your letter and feedback: {first.title}")
    firm.sees("We look forward to it.", "Feedback by criterion", "Seen and weighed.")

"""The main job from end to end in a real browser: from two sign-ups to "you said, we did".

The portal is live, the worker and the broker are real, and every e-mail goes to a real SMTP sink. The
same journey runs with scripts on and off, and with scripts on at the width of a phone.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management import call_command
from django.utils import timezone

from portal.accounts.models import User
from portal.notifications.tasks import sweep_outbox
from tests.browser.visitor import Visitor
from tests.factories import PASSWORD, give_second_factor, make_user
from tests.notifications.providers import SmtpSink

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("worker"),
    pytest.mark.django_db(transaction=True),
]

START = datetime.fromisoformat("2027-02-01T09:00+00:00")  # a Monday
CLOSES = datetime.fromisoformat("2027-02-19T17:00+00:00")  # a Friday
DEVICES = pytest.mark.parametrize(
    ("javascript", "width"), [(True, 1280), (True, 375), (False, 1280)], ids=["desktop", "phone", "no-scripts"]
)


def code_for(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def letter(sink: SmtpSink, to: str, subject: str) -> str:
    """The text of the e-mail, once it has arrived."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for message in reversed(sink.messages):
            if message["To"] and to in message["To"] and subject in message["Subject"]:
                part = message.get_body(("plain",))
                assert part is not None
                return part.get_content()
        sweep_outbox.delay()  # what the clock does each minute
        time.sleep(0.5)
    seen = [(message["To"], message["Subject"]) for message in sink.messages]
    raise AssertionError(f"No e-mail to {to} about {subject!r}; there are {seen}")


def first_link(text: str) -> str:
    found = re.search(r"https?://\S+", text)
    assert found, text
    return found[0]


class Person:
    """Somebody with a browser, an address and, once it is set up, an authenticator app."""

    def __init__(self, visitor: Visitor, sink: SmtpSink, name: str, email: str) -> None:
        self.at, self.sink, self.name, self.email = visitor, sink, name, email
        self.secret = ""

    def sign_up(self) -> None:
        self.at.go("/accounts/signup/").press("Create account").sees("There is a problem", "Enter your full name")
        self.at.fill("Full name", self.name).fill("Email address", self.email)
        self.at.fill("Create a password", PASSWORD).press("Create account")
        self.at.go(first_link(letter(self.sink, self.email, "Confirm"))).press("Yes, confirm it")
        self.sign_in()

    def sign_in(self) -> None:
        """Anew: a session that days have ended may still stand in a cache whose clock did not move."""
        self.at.page.context.clear_cookies()
        self.at.go("/accounts/login/").fill("Email address", self.email).fill("Password", PASSWORD).press("Sign in")
        if self.secret:
            self.at.fill("Security code", code_for(self.secret)).press("Sign in")

    def set_up_second_step(self) -> None:
        """What an owner is sent to before anything else."""
        self.at.sees("Set up a second step to sign in").follow("Use an app")
        if "Confirm that it is you" in self.at.text():
            self.at.fill("Password", PASSWORD).press("Continue")
        self.secret = self.at.page.locator(".app-code").first.text_content() or ""
        self.at.fill("Security code", code_for(self.secret)).press("Finish")
        self.at.sees("ecovery codes")


def fill_when(visitor: Visitor, group: str, when: datetime) -> None:
    """Fill a date and time by its parts."""
    local = timezone.localtime(when)
    for label, value in (("Day", local.day), ("Month", local.month), ("Year", local.year)):
        visitor.fill(label, str(value), within=group)
    visitor.fill("Time", f"{local:%H:%M}", within=group)


def register(person: Person, *, kind: str, name: str, number: tuple[str, str], size: str = "") -> None:
    """Register an organisation and, as its owner, set up the second step."""
    visitor = person.at
    visitor.go("/organisations/").go("/organisations/register/").follow(f"Register a {kind}")
    visitor.press("Register").sees("There is a problem", "Enter the organisation's name")
    visitor.fill("Name", name).fill(*number)
    if size:
        visitor.choose(size)
    visitor.fill("Street address", "1 Mill Lane").fill("Town or city", "Ashford Vale").fill("Postcode", "AV1 2BC")
    visitor.page.get_by_label("Region", exact=True).select_option("South West")
    visitor.press("Register")
    person.set_up_second_step()


def verify_in_admin(admin: Person, organisation: str) -> None:
    admin.at.page.goto(admin.at.site + "/admin/organisations/organisation/")
    admin.at.page.get_by_role("link", name=organisation).click()
    admin.at.page.get_by_role("link", name="Verify").click()
    admin.at.page.get_by_role("button", name="Verify").click()


def write_request(civil_servant: Person) -> str:
    """Draft in steps, be refused, complete, publish. Answers with the request's address."""
    visitor = civil_servant.at
    visitor.go("/engagement/work/").follow("Start a request")
    visitor.press("Start").sees("Enter a title")
    visitor.fill("What is the request about?", "Finding empty homes from open data").press("Start")
    edit = visitor.page.url
    visitor.follow("Check and publish").press("Publish").sees("There is a problem", "Say what outcome you want")
    visitor.does_not_see("Give the request a title")
    visitor.go(edit).follow("The problem and the outcome wanted")
    visitor.fill("What is the problem?", "We find empty homes by letter and lose two years for each.")
    visitor.fill("What outcome do you want?", "Officers know of an empty home within a month.")
    visitor.choose("Discovery").press("Save and continue")
    visitor.follow("Capabilities concerned")
    visitor.page.locator("summary", has_text="Geospatial and mapping").click()
    visitor.choose("Geographic information systems").press("Save and continue")
    visitor.follow("How the engagement will run").choose("Written questions to the market")
    visitor.fill("How will it run?", "Answer one question in writing. It takes an hour.").press("Save and continue")
    visitor.follow("Likely value and dates").fill("Highest likely value (optional)", "£180,000").press(
        "Save and continue"
    )
    visitor.follow("Opening and closing")
    fill_when(visitor, "When do questions close?", CLOSES - timedelta(days=1))
    fill_when(visitor, "When does the request close?", CLOSES)
    visitor.press("Save and continue").follow("What you want to learn").follow("Add a question")
    visitor.fill("What do you want to learn?", "What would you try first?").choose("Long text")
    visitor.choose("Every response must answer this").press("Save").follow("Continue")
    visitor.follow("Check and publish").press("Publish").sees("at least 2 working days before")
    visitor.go(edit).follow("Opening and closing")
    fill_when(visitor, "When do questions close?", CLOSES - timedelta(days=3))
    visitor.press("Save and continue").follow("Preview").sees("This is a preview").follow("Back to the draft")
    visitor.follow("Check and publish").press("Publish").sees("Your request is published", "Open")
    return visitor.page.url


@pytest.fixture
def clock() -> Any:
    """The portal's clock. The browser keeps its own, which the portal never asks."""
    with time_machine.travel(START, tick=True) as traveller:
        yield traveller


@pytest.fixture
def admin(visit: Any, sink: SmtpSink, clock: Any) -> Person:
    call_command("load_capabilities", verbosity=0)
    user: User = make_user("admin@threepoint.example", name="Sam Reeve", is_staff=True, is_superuser=True, mfa=False)
    person = Person(visit("admin"), sink, user.name, user.email)
    person.secret = give_second_factor(user)
    person.sign_in()
    return person


@DEVICES
def test_request_from_draft_to_outcome(
    visit: Any, sink: SmtpSink, clock: Any, admin: Person, javascript: bool, width: int
) -> None:
    device = f"{width}{'' if javascript else '-no-scripts'}"
    alice = Person(
        visit(f"{device}-authority", javascript=javascript, width=width),
        sink,
        "Alice Okafor",
        "alice@ashfordvale.example",
    )
    bob = Person(
        visit(f"{device}-supplier", javascript=javascript, width=width), sink, "Bob Larkin", "bob@larkspur.example"
    )

    alice.sign_up()
    register(
        alice,
        kind="public body",
        name="Ashford Vale Council",
        number=("Public Procurement Organisation Number", "PASH-1042-CTYA"),
    )
    bob.sign_up()
    register(
        bob,
        kind="supplier",
        name="Larkspur Systems Ltd",
        number=("Companies House number", "99000101"),
        size="Small: 10 to 49 staff",
    )
    verify_in_admin(admin, "Ashford Vale Council")
    verify_in_admin(admin, "Larkspur Systems Ltd")

    bob.at.go("/techmap/capabilities/gis/").press("Follow")
    address = write_request(alice)

    news = letter(sink, bob.email, "New request: Finding empty homes")
    assert address in news
    bob.at.go(address).sees("We find empty homes by letter").follow("Ask a question")
    bob.at.fill("Your question", "Is the land register open data?").press("Send the question")
    assert "larkspur" not in letter(sink, alice.email, "New question").lower()
    alice.at.go(address + "questions/").sees("Is the land register open data?").does_not_see("Larkspur", "Bob Larkin")
    alice.at.page.locator("main").get_by_role("link", name=re.compile("^Answer")).click()
    alice.at.check().fill("Your answer", "Yes, from next month.").press("Publish the answer")
    assert "Yes, from next month." in letter(sink, bob.email, "A question was answered")

    bob.at.go(address).sees("Yes, from next month.").press("Respond for Larkspur Systems Ltd")
    bob.at.press("Submit").sees("There is a problem", "Answer the question: What would you try first?")
    bob.at.fill("What would you try first?", "Council tax data joined with aerial pictures.").press("Submit")
    bob.at.sees("Your response is submitted")
    response = bob.at.page.url

    alice.at.go(address + "responses/").sees("Responses stay hidden").does_not_see("Larkspur")
    alice.at.page.goto(response)
    assert "Page not found" in alice.at.page.title()

    clock.move_to(CLOSES + timedelta(days=3))
    alice.sign_in()
    alice.at.go(address + "responses/").follow("Larkspur Systems Ltd").sees("Council tax data joined")
    alice.at.go(address + "outcome/").follow("Add a theme").fill(
        "What did suppliers say?", "Start from council tax data"
    )
    alice.at.choose("Larkspur Systems Ltd").choose("We changed this")
    alice.at.fill("What changed or did not, and why?", "The pilot now begins with council tax data.").press(
        "Save the theme"
    )
    alice.at.fill("What did you hear?", "The data we hold is enough to begin.").press("Publish the outcome")
    alice.at.sees("You said, we did", "The pilot now begins with council tax data.")

    bob.sign_in()
    assert "The data we hold is enough to begin." in letter(sink, bob.email, "What came of it")
    bob.at.go(address).sees("Start from council tax data", "yours among them")
    visit(f"{device}-public", javascript=javascript, width=width).go(address).sees("You said, we did").does_not_see(
        "Larkspur"
    )

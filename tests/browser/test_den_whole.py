"""A whole den in a browser: twelve pitches and nine panellists, from the call to what a test has taught.

On the morning one firm drops out, at its pitch one panellist steps back, and another loses the network for ten
minutes. What one person does the same way twelve times over is done once in the browser, and else by its action.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from innovation_den.actions.conflicts import decide_conflict, find_conflicts
from innovation_den.actions.day import move_on
from innovation_den.actions.decisions import stage_decision
from innovation_den.actions.pilot_ends import end_pilot, save_outcome
from innovation_den.actions.pilot_log import add_log_entry, add_spending
from innovation_den.actions.pilots import add_review, add_stop_rule, save_terms, sign_pilot, start_pilot
from innovation_den.actions.plans import ask_for_plan, search_plan
from innovation_den.actions.screening import give_view
from innovation_den.actions.sheets import Written, keep_sheet, submit_sheet
from innovation_den.choices import (
    PanelSector,
    PilotExit,
    PilotOutcome,
    PitchState,
    PlanKind,
    PlanOutcome,
    Side,
    SlotState,
)
from innovation_den.models import Booking, Conflict, Den, Panellist, Pilot, Pitch, PlanRun, Release, ScoreSheet, Slot
from portal.accounts.models import User
from portal.organisations.choices import Role
from tests.browser.visitor import Visitor
from tests.engagement.makers import make_authority, make_capability
from tests.factories import make_member
from tests.innovation_den.makers import CLOSES, DAY, MORNING, make_den, make_panellist, make_pitch

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PITCHES, PANELLISTS = 12, 9
SCREENED = CLOSES + timedelta(days=1)
PLANNED = CLOSES + timedelta(days=4)
EARLY = MORNING - timedelta(hours=2)
DECIDED = MORNING + timedelta(days=2)
SIGNED = datetime(2026, 12, 21, 10, 0, tzinfo=UTC)
BEGINS, ENDS = date(2027, 1, 11), date(2027, 4, 9)


def sign_in(visit: Any, name: str, user: User | None, **options: Any) -> Visitor:
    assert user
    client = Client()
    client.force_login(user)
    visitor: Visitor = visit(name, **options)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": visitor.site}
    visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    return visitor


def path(name: str, *args: Any) -> str:
    return reverse(f"innovation_den:{name}", args=args)


class Play:
    """The people of one den, and the clock that they live by."""

    def __init__(self, visit: Any, clock: Any) -> None:
        self.visit, self.clock = visit, clock
        host = make_authority()
        self.alice = make_member(host, role=Role.EDITOR, name="Alice Okafor")
        self.beth = make_member(host, role=Role.EDITOR, name="Beth Marlow")
        self.den: Den = make_den(host, by=self.alice)
        self.den.capabilities.add(make_capability("Sensors"))
        for _ in range(PITCHES):
            make_pitch(self.den)
        for number in range(PANELLISTS):
            make_panellist(self.den, sector=PanelSector.values[number % 3], is_chair=number == 0)

    def at(self, now: datetime) -> datetime:
        self.clock.move_to(now)
        return now

    def host(self, name: str) -> Visitor:
        """The organiser; sessions end with the weeks that pass here."""
        return sign_in(self.visit, name, self.alice)

    def move_on(self, name: str) -> Visitor:
        host = self.host(f"{name}-1280").go(path("den-move", self.den.reference)).press("Move on")
        self.den.refresh_from_db()
        return host

    def search(self, kind: str, now: datetime) -> None:
        run = ask_for_plan(den=self.den, kind=kind, seconds=15, by=self.alice, now=now, submission_key=uuid4())
        search_plan(run_id=run.pk, now=now)

    def screen(self) -> None:
        first, *others = self.den.pitches.order_by("pk")
        for pitch in others:
            for by in (self.alice, self.beth):
                self.view(pitch, by)
        self.view(first, self.beth)
        alice = self.host("screen-1280").go(path("screening-give", first.reference))
        alice.does_not_see("It can be tested.").choose("Invite to pitch").fill("Why?", "New to us.")
        alice.press("Give my view").sees("Invited")
        now = self.at(SCREENED + timedelta(hours=1))
        find_conflicts(self.den, now)
        for conflict in Conflict.objects.filter(panellist__den=self.den):
            decide_conflict(conflict=conflict, is_confirmed=False, reason="Looked at", by=self.alice, now=now)

    def view(self, pitch: Pitch, by: User) -> None:
        give_view(
            pitch=pitch, verdict="accept", reason="It can be tested.", submission_key=uuid4(), by=by, now=SCREENED
        )

    def plan(self) -> None:
        self.search(PlanKind.FULL, self.at(PLANNED))
        alice = self.host("plan-1280").go(path("board", self.den.reference))
        alice.sees("Without a place: 12").follow("Search for a plan")
        alice.page.locator("main table a").first.click()
        alice.check().sees("This plan keeps every rule").follow("Take it over into the draft").press("Take it over")
        alice.sees("Every rule is kept").follow("Release the programme").press("Release the programme")
        alice.sees("Release 1 is out")

    def lose_a_firm(self) -> Pitch:
        """On the morning. The fewest moves are none, and only those concerned hear of it."""
        now = self.at(EARLY)
        gone = Slot.objects.filter(den=self.den).order_by("starts_at").select_related("pitch")[2].pitch
        firm = sign_in(self.visit, "firm-375", gone.started_by, width=375)
        firm.go(path("pitch-drop-out", gone.reference)).fill(
            "Why will you not pitch?", "Our train is cancelled."
        ).press("Drop out")
        self.search(PlanKind.REPAIR, now)
        run = PlanRun.objects.filter(kind=PlanKind.REPAIR).get()
        assert run.outcome == PlanOutcome.OPTIMAL  # nobody else has to move
        alice = self.host("mend-1280").go(path("board", self.den.reference)).sees("Every rule is kept")
        alice.go(path("release-create", self.den.reference)).press("Release and tell those concerned")
        alice.sees("Release 2 is out")
        assert not Booking.objects.filter(slot__pitch=gone).exists()
        self.visit("guest-375", width=375).go(path("programme", self.den.reference)).does_not_see(gone.title)
        return gone

    def slots(self) -> list[Slot]:
        found = Slot.objects.filter(den=self.den, cancelled_at=None)
        return list(found.select_related("pitch", "room").order_by("starts_at"))

    def hear_first(self) -> None:
        """One panellist steps back, one loses the network; both as they sit there with their phones."""
        slot = self.slots()[0]
        seats = list(Panellist.objects.filter(bookings__slot=slot).select_related("user").order_by("pk"))
        self.at(slot.starts_at - timedelta(minutes=4))
        out = sign_in(self.visit, "recused-375", seats[0].user, width=375)
        out.go(path("day-step-back", self.den.reference, slot.pitch.reference, seats[0].pk))
        out.fill("Why?", "I taught the founder.").press("Step back")
        out.go(path("day-mine", self.den.reference)).does_not_see(slot.pitch.title)
        assert Booking.objects.filter(slot=slot, panellist__isnull=False).count() == len(seats)
        host = self.host("run-1280").go(path("day-sheet", self.den.reference)).sees(slot.pitch.title)
        host.page.locator(f"#checked_in-{slot.pitch.reference}").click()
        host.check()
        self.at(slot.starts_at)
        host.page.locator(f"#pitching-{slot.pitch.reference}").click()
        host.check()
        self.score_offline(slot, seats[1])
        slot.refresh_from_db()
        move_on(slot=slot, to=SlotState.HEARD, version=slot.version, by=self.alice, now=slot.ends_at)

    def score_offline(self, slot: Slot, seat: Panellist) -> None:
        phone = sign_in(self.visit, "score-375", seat.user, width=375)
        page = phone.go(path("sheet-edit", slot.pitch.reference)).page
        phone.context.set_offline(True)
        for group in page.locator(".app-criterion").all():
            group.locator('input[value="4"]').check()
            group.locator("textarea").fill("Shown to us.")
        expect(page.locator("#sheet-status")).to_contain_text("No connection")
        self.at(slot.starts_at + timedelta(minutes=10))
        phone.context.set_offline(False)
        expect(page.locator("#sheet-status")).to_contain_text("Saved at", timeout=60_000)
        phone.check().press("Submit").sees("Your sheet is submitted")
        sheet = ScoreSheet.objects.get(pitch=slot.pitch, panellist=seat)
        assert [score.value for score in sheet.scores.all()] == [4, 4, 4, 4]

    def hear_all(self) -> None:
        for number, slot in enumerate(self.slots()):
            if slot.state == SlotState.PLANNED:
                for to, now in ((SlotState.PITCHING, slot.starts_at), (SlotState.HEARD, slot.ends_at)):
                    slot = move_on(slot=slot, to=to, version=slot.version, by=self.alice, now=now)
            for seat in Panellist.objects.filter(bookings__slot=slot).select_related("user"):
                self.score(slot, seat, 1 + number % 4)

    def score(self, slot: Slot, seat: Panellist, value: int) -> None:
        assert seat.user
        if ScoreSheet.objects.filter(pitch=slot.pitch, panellist=seat).submitted().exists():
            return
        scores = {one.pk: (value, "Seen and weighed.") for one in self.den.criteria.all()}
        sheet = keep_sheet(
            pitch=slot.pitch, written=Written(scores, "Go on."), version=0, by=seat.user, now=slot.ends_at
        )
        submit_sheet(pitch=slot.pitch, version=sheet.version, by=seat.user, now=slot.ends_at)

    def decide(self) -> Pitch:
        self.at(DECIDED)
        self.move_on("decide")
        winner = self.slots()[0].pitch
        for slot in self.slots()[1:]:
            stage_decision(
                pitch=slot.pitch, award="not_selected", reason="Too early.", version=0, by=self.alice, now=DECIDED
            )
        host = self.host("decisions-1280").go(path("result-list", self.den.reference)).sees("People decide.")
        host.follow("Decisions").follow(f"Decide on {winner.title}").choose("Selected for the test platform")
        host.fill("Why?", "It can be tested in three months.").press("Save")
        host.follow("Release all decisions").press("Release all decisions").sees("Every firm has its letter")
        firm = sign_in(self.visit, "winner-375", winner.started_by, width=375)
        firm.go(self.den.get_absolute_url()).follow(f"Your letter and feedback: {winner.title}")
        firm.sees("Feedback by criterion", "Shown to us.")
        return winner

    def test(self, winner: Pitch) -> Pilot:
        """Set up in the browser, signed by both, run by its actions, and published in the browser."""
        self.at(SIGNED)
        host = self.host("pilot-1280").go(path("pilot-create", winner.reference)).press("Set it up")
        pilot: Pilot = Pilot.objects.get()
        host.go(pilot.get_absolute_url())
        self.write_terms(pilot)
        for side, by in ((Side.SPONSOR, self.alice), (Side.FIRM, winner.started_by)):
            pilot.refresh_from_db()
            pilot = sign_pilot(pilot=pilot, side=side, version=pilot.version, by=by, now=SIGNED)
        pilot = start_pilot(pilot=pilot, by=self.alice, now=midday(BEGINS))
        for week, value in enumerate([12, 18, 21, 19], start=1):
            day = BEGINS + timedelta(weeks=week)
            add_log_entry(
                pilot=pilot, dated=day, text="As planned.", value=Decimal(value), by=winner.started_by,
                now=midday(day), submission_key=uuid4(),
            )  # fmt: skip
        add_spending(
            pilot=pilot, dated=BEGINS, amount=Decimal(4200), what="Sensors", by=winner.started_by,
            now=midday(BEGINS), submission_key=uuid4(),
        )  # fmt: skip
        over = self.at(midday(BEGINS + timedelta(weeks=5)))
        end_pilot(pilot=pilot, reason="It cannot reach its threshold any more.", by=self.alice, now=over)
        self.publish(pilot)
        return pilot

    def write_terms(self, pilot: Pilot) -> None:
        fields = {
            "hypothesis": "Sensors warn two weeks before a surveyor.",
            "measure": "Homes warned in time",
            "unit": "%",
            "baseline": Decimal(10),
            "threshold": Decimal(60),
            "budget_cap": Decimal(12_000),
            "starts_on": BEGINS,
            "ends_on": ENDS,
            "data_notes": "Humidity by room.",
            "ethics_notes": "Tenants may say no.",
        }
        save_terms(pilot=pilot, version=pilot.version, by=self.alice, fields=fields, today=SIGNED.date())
        add_stop_rule(pilot=pilot, when="no_log_for", limit=Decimal(21), by=self.alice)
        add_review(pilot=pilot, due_on=date(2027, 2, 22), by=self.alice)

    def publish(self, pilot: Pilot) -> None:
        pilot.refresh_from_db()
        fields = {
            "outcome": PilotOutcome.DISPROVED,
            "learnt": "Mould smells later than we thought.",
            "exit": PilotExit.STOP,
        }
        save_outcome(pilot=pilot, side=Side.SPONSOR, version=pilot.version, by=self.alice, fields=fields)
        host = self.host("learn-1280").go(path("pilot-publish", pilot.reference))
        host.press("Publish")
        guest = self.visit("library-375", width=375).go(path("library-list")).follow(pilot.title)
        guest.sees("Mould smells later than we thought.", "success of the test")


def midday(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_a_den_from_its_call_to_what_was_learnt(visit: Any, transactional_db: None) -> None:
    with time_machine.travel(CLOSES + timedelta(hours=1), tick=True) as clock:
        play = Play(visit, clock)
        play.move_on("screening")
        play.screen()
        play.at(PLANNED)
        play.move_on("scheduling")
        play.plan()
        gone = play.lose_a_firm()
        play.at(MORNING - timedelta(hours=1))
        play.move_on("day")
        play.hear_first()
        play.hear_all()
        winner = play.decide()
        play.test(winner)
    assert Release.objects.filter(den=play.den).count() == 2
    assert Pitch.objects.get(pk=gone.pk).state == PitchState.WITHDRAWN
    assert ScoreSheet.objects.submitted().count() == 3 * (PITCHES - 1)
    assert MORNING.date() == DAY

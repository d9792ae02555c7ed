"""The demo's pilots: one that runs, one whose outcome is being written, and what two have taught."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from innovation_den.actions.pilot_ends import end_pilot, end_when_over, publish_pilot, save_outcome
from innovation_den.actions.pilot_log import add_log_entry, add_spending, decide_review
from innovation_den.actions.pilots import (
    add_review,
    add_stop_rule,
    create_pilot,
    save_terms,
    sign_pilot,
    start_pilot,
)
from innovation_den.choices import Better, PilotExit, PilotOutcome, Side
from innovation_den.models import Pilot, Pitch
from portal.demo.people import owner_of, read

DATA_NOTES = "Only what the service holds already, for this test alone. No names leave our systems."
ETHICS_NOTES = "Nobody gets less than they would without the test. Whoever says no is left out, and loses nothing."
WEEK = "The week as planned. One team uses it every day; the other asks for it."


def make_pilots(now: datetime) -> Iterator[Pilot]:
    for entry in read("dens.toml")["pilot"]:
        yield Course(entry, now).tell()


class Course:
    """One pilot of `dens.toml`: set up, signed, run week by week, and ended where its days are over."""

    pilot: Pilot

    def __init__(self, entry: dict[str, Any], now: datetime) -> None:
        self.entry, self.now = entry, now
        self.pitch = Pitch.objects.select_related("den__host", "firm").get(title=entry["pitch"])
        self.sponsor, self.firm = owner_of(self.pitch.den.host), owner_of(self.pitch.firm)

    def day(self, days: int) -> date:
        return timezone.localdate(self.now) + timedelta(days=days)

    def at(self, days: int) -> datetime:
        return timezone.make_aware(datetime.combine(self.day(days), time(9)))

    def tell(self) -> Pilot:
        self.set_up()
        self.run()
        if self.entry["ends"] < 0:
            self.end()
        return self.pilot

    def set_up(self) -> None:
        entry, signed = self.entry, self.entry["starts"] - 5
        pilot = create_pilot(pitch=self.pitch, title=self.pitch.title, by=self.sponsor, submission_key=uuid4())
        fields = {
            "hypothesis": entry["hypothesis"],
            "measure": entry["measure"],
            "unit": entry["unit"],
            "better": Better(entry.get("better", "higher")),
            "baseline": Decimal(entry["baseline"]),
            "threshold": Decimal(entry["threshold"]),
            "budget_cap": Decimal(entry["cap"]),
            "starts_on": self.day(entry["starts"]),
            "ends_on": self.day(entry["ends"]),
            "data_notes": DATA_NOTES,
            "ethics_notes": ETHICS_NOTES,
        }
        pilot = save_terms(pilot=pilot, version=pilot.version, by=self.sponsor, fields=fields, today=self.day(signed))
        when, limit = entry["stop"]
        add_stop_rule(pilot=pilot, when=when, limit=Decimal(limit), by=self.firm)
        for days in entry["reviews"]:
            add_review(pilot=pilot, due_on=self.day(days), by=self.sponsor)
        for side, by in ((Side.SPONSOR, self.sponsor), (Side.FIRM, self.firm)):
            pilot.refresh_from_db()
            pilot = sign_pilot(pilot=pilot, side=side, version=pilot.version, by=by, now=self.at(signed))
        self.pilot = start_pilot(pilot=pilot, by=self.sponsor, now=self.at(entry["starts"]))

    def run(self) -> None:
        for days, value in self.entry["log"]:
            add_log_entry(
                pilot=self.pilot, dated=self.day(days), text=WEEK, value=Decimal(value), by=self.firm,
                now=self.at(days), submission_key=uuid4(),
            )  # fmt: skip
        for days, amount, what in self.entry["spend"]:
            days = max(days, self.entry["starts"])
            add_spending(
                pilot=self.pilot, dated=self.day(days), amount=Decimal(amount), what=what, by=self.firm,
                now=self.at(days), submission_key=uuid4(),
            )  # fmt: skip
        for review in self.pilot.reviews.filter(due_on__lt=self.day(0)):
            note = "It moves, and slower than we hoped. Nothing speaks for stopping yet."
            at = timezone.make_aware(datetime.combine(review.due_on, time(15)))
            decide_review(review=review, goes_on=True, note=note, by=self.sponsor, now=at)

    def end(self) -> None:
        """By the clock, or earlier where the last entry said enough; published where the learning is written."""
        entry, last = self.entry, self.entry["log"][-1][0] + 7
        if entry.get("outcome") == PilotOutcome.DISPROVED:
            reason = "It cannot reach its threshold any more, so the rest of the money is better kept."
            end_pilot(pilot=self.pilot, reason=reason, by=self.sponsor, now=self.at(last))
        else:
            end_when_over(pilot=self.pilot, now=self.at(entry["ends"] + 1))
        self.pilot.refresh_from_db()
        if "outcome" not in entry:
            return
        fields = {
            "outcome": PilotOutcome(entry["outcome"]),
            "learnt": entry["learnt"],
            "advice": entry["advice"],
            "exit": PilotExit(entry["exit"]),
        }
        pilot = save_outcome(
            pilot=self.pilot, side=Side.SPONSOR, version=self.pilot.version, by=self.sponsor, fields=fields
        )
        self.pilot = publish_pilot(pilot=pilot, version=pilot.version, by=self.sponsor, now=self.at(entry["ends"] + 20))

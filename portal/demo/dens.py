"""The demo's dens, one in each state, told step by step through the actions, each step at a moment of its own."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from innovation_den.actions.conflicts import decide_conflict
from innovation_den.actions.day import move_on
from innovation_den.actions.decisions import release_decisions, stage_decision
from innovation_den.actions.den_parts import save_part
from innovation_den.actions.dens import move_den, save_den, start_den
from innovation_den.actions.panellists import accept_seat, invite_panellist
from innovation_den.actions.pitches import save_pitch, start_pitch, submit_pitch
from innovation_den.actions.plans import apply_plan, ask_for_plan, search_plan
from innovation_den.actions.releases import release_programme
from innovation_den.actions.screening import give_view
from innovation_den.actions.seats import declare_interests, describe_oneself, save_availability
from innovation_den.actions.sheets import Written, keep_sheet, submit_sheet
from innovation_den.choices import (
    ConflictGround,
    ConflictState,
    DenState,
    PanelSector,
    PitchState,
    PlanKind,
    RoomFeature,
    SlotState,
    Verdict,
)
from innovation_den.models import Conflict, Den, Panellist, Pitch, Room, Session, Slot
from innovation_den.queries.panellists import half_days_of
from portal.accounts.models import User
from portal.demo.accounts import Account
from portal.demo.people import let_in, make_person, owner_of, read
from portal.organisations.choices import Role
from portal.organisations.models import Organisation
from techmap.models import Capability

Entry = dict[str, Any]
ORDER = list(DenState.values)
SCALE = ["Nothing", "Hints", "Some", "Enough to test", "Strong", "Outstanding"]
STRICT = {"Priya Holt": -0.5, "Callum Reed": 0.4, "Iona Marsh": 0.2, "Rory Finch": -0.2}  # a panellist's severity
BEGAN_BEFORE = timedelta(minutes=55)  # of the day that is on
SLOTS, MINUTES = 6, 15
PLAN_SECONDS = 5
REASONS = {
    0: "We saw nothing of it.",
    1: "There were hints, and no more.",
    2: "Some of it is there. The rest is hope.",
    3: "Enough to try it for three months.",
    4: "Strong, and they knew where it is weak.",
    5: "The best we heard on this.",
}


def make_dens(organisations: Mapping[str, Organisation], now: datetime) -> Iterator[Den]:
    data = read("dens.toml")
    panellists = {entry["name"]: person_of(entry) for entry in data["panellist"]}
    screeners: dict[str, User] = {}
    for entry in data["den"]:
        host = organisations[entry["host"]]
        if host.name not in screeners:
            screeners[host.name] = make_screener(host, now)
        telling = Telling(entry, data, organisations, panellists, screeners[host.name], now)
        yield telling.tell()


def person_of(entry: Entry) -> User:
    """The person, who may have an account already."""
    known = User.objects.filter(email=entry["email"]).first()
    return known or make_person(Account("Panellist", entry["name"], entry["email"]))


def make_screener(host: Organisation, now: datetime) -> User:
    """A second person who writes for the host, so that two can screen."""
    owner = owner_of(host)
    email = f"ideas@{owner.email.partition('@')[2]}"
    screener = make_person(Account("Screener", "Ideas team", email))
    let_in(screener, host, role=Role.EDITOR, by=owner, now=now)
    return screener


class Telling:
    """One den of `dens.toml`, from its draft to where its state says."""

    den: Den

    def __init__(
        self,
        entry: Entry,
        data: Mapping[str, Any],
        organisations: Mapping[str, Organisation],
        panellists: Mapping[str, User],
        screener: User,
        now: datetime,
    ) -> None:
        self.entry, self.data, self.now = entry, data, now
        self.organisations, self.panellists, self.screener = organisations, panellists, screener
        self.host = organisations[entry["host"]]
        self.owner = owner_of(self.host)
        self.random = random.Random(entry["title"])  # noqa: S311 - the same scores in every demo
        self.starts = session_start(entry, now)

    def reaches(self, state: str) -> bool:
        return ORDER.index(self.entry["state"]) >= ORDER.index(state)

    def tell(self) -> Den:
        self.draft()
        if self.reaches(DenState.OPEN):
            self.open()
        if self.reaches(DenState.SCREENING):
            self.to(DenState.SCREENING, self.closes)
            self.screen()
        if self.reaches(DenState.SCHEDULING):
            self.seat_panellists()
            self.to(DenState.SCHEDULING, self.closes + timedelta(days=3))
            self.plan()
        if self.reaches(DenState.ON_THE_DAY):
            release_programme(den=self.den, note="", by=self.owner, now=self.planned, submission_key=uuid4())
            self.to(DenState.ON_THE_DAY, self.starts - timedelta(minutes=30))
            self.hear()
        if self.reaches(DenState.DECIDING):
            self.to(DenState.DECIDING, self.starts + timedelta(hours=4))
            self.decide()
        if self.reaches(DenState.ARCHIVED):
            self.to(DenState.ARCHIVED, self.starts + timedelta(days=120))
        return self.den

    def to(self, state: str, now: datetime) -> None:
        self.den = move_den(den=self.den, to=state, by=self.owner, now=now)

    # --- The call ------------------------------------------------------------------------------------

    def draft(self) -> None:
        entry, words = self.entry, self.data["words"]
        opened = self.now - timedelta(days=entry.get("opened", 0))
        closes_in = -entry["closed"] if "closed" in entry else entry.get("closes", 30)
        self.opened, self.closes = opened, noon_of(self.now, closes_in)
        den = start_den(host=self.host, title=entry["title"], by=self.owner, submission_key=uuid4())
        fields = {
            "challenge": entry["challenge"],
            "capabilities": list(Capability.objects.filter(code__in=entry["capabilities"])),
            "rules": words["rules"].strip(),
            "prize": words["prize"],
            "budget_cap": entry["cap"],
            "opens_at": opened,
            "closes_at": self.closes,
            "most_pitches_a_day": entry.get("heard_by_each", SLOTS),
        }
        self.den = save_den(den=den, version=den.version, by=self.owner, fields=fields)
        for criterion in self.data["criterion"]:
            self.add("criteria", {**criterion, "is_optional": criterion.get("optional", False), "scale": SCALE})
        town = self.host.locality
        room: Room = self.add(
            "rooms",
            {
                "name": "Committee room 2",
                "place": f"{self.host}, {town}",
                "link": "",
                "features": [RoomFeature.STEP_FREE, RoomFeature.SCREEN, RoomFeature.HEARING_LOOP],
            },
        )
        self.session: Session = self.add(
            "sessions",
            {
                "starts_at": self.starts,
                "slot_minutes": MINUTES,
                "slot_count": SLOTS,
                "break_after": 3,
                "break_minutes": 10,
                "rooms": [room],
                "is_recorded": False,
            },
        )

    def add(self, kind: str, fields: Entry) -> Any:
        fields = {name: value for name, value in fields.items() if name != "optional"}
        return save_part(den=self.den, kind=kind, by=self.owner, fields=fields, submission_key=uuid4())

    def open(self) -> None:
        self.to(DenState.OPEN, self.opened)
        for number, pitch in enumerate(self.entry.get("pitch", []), start=1):
            self.pitch(pitch, self.opened + timedelta(days=3, hours=number))

    def pitch(self, entry: Entry, now: datetime) -> None:
        firm, words = self.organisations[entry["firm"]], self.data["words"]
        writer = owner_of(firm)
        pitch = start_pitch(den=self.den, firm=firm, title=entry["title"], by=writer, submission_key=uuid4(), now=now)
        texts = {name: words[name] for name in ("problem", "evidence", "novelty", "test", "ask", "team")}
        fields = texts | {
            "summary": entry["summary"],
            "idea": f"{entry['summary']} We would begin with one team and add the second when the first asks for it.",
            "ask_amount": int(self.entry["cap"] * 0.9),
        }
        pitch = save_pitch(pitch=pitch, version=pitch.version, by=writer, fields=fields, now=now)
        if entry["state"] != PitchState.DRAFT:
            submit_pitch(pitch=pitch, by=writer, now=now + timedelta(hours=2))

    # --- Screening, panels, the plan -----------------------------------------------------------------

    def screen(self) -> None:
        """Both say yes where the den has gone on; before that one view waits for the other."""
        is_settled = self.reaches(DenState.SCHEDULING)
        pitches = Pitch.objects.filter(den=self.den, state=PitchState.SUBMITTED).order_by("pk")
        for number, pitch in enumerate(pitches):
            self.view(pitch, self.owner, "It meets the challenge and could be tried in three months.")
            if is_settled or number == 0:
                self.view(pitch, self.screener, "New to us, and the test is small enough to fail safely.")

    def view(self, pitch: Pitch, by: User, reason: str) -> None:
        now = self.closes + timedelta(days=1)
        give_view(pitch=pitch, verdict=Verdict.ACCEPT, reason=reason, submission_key=uuid4(), by=by, now=now)

    def seat_panellists(self) -> None:
        now = self.closes + timedelta(days=1, hours=2)
        for entry in self.data["panellist"]:
            if entry["employer"] != self.host.name:
                self.seat(entry, self.panellists[entry["name"]], now)
        for conflict in Conflict.objects.filter(panellist__den=self.den, state=ConflictState.OPEN):
            self.settle(conflict, now + timedelta(days=1))

    def seat(self, entry: Entry, person: User, now: datetime) -> None:
        fields = {
            "name": entry["name"],
            "sector": entry["sector"],
            "employer_name": entry["employer"],
            "is_chair": entry["name"] == "Iona Marsh",
        }
        seat = invite_panellist(
            den=self.den, email=entry["email"], fields=fields, submission_key=uuid4(), by=self.owner, now=now
        )
        seat = accept_seat(panellist=seat, by=person, now=now + timedelta(hours=3))
        seat = declare_interests(panellist=seat, version=seat.version, interests="", by=person)
        knows = Capability.objects.filter(code__in=entry["knows"])
        seat = describe_oneself(
            panellist=seat, version=seat.version, name=entry["name"], employer_name=entry["employer"],
            expertise=knows, by=person, now=now + timedelta(hours=3),
        )  # fmt: skip
        free = [half.as_pair for half in half_days_of(self.den)]
        save_availability(panellist=seat, version=seat.version, free=free, by=person)

    def settle(self, conflict: Conflict, now: datetime) -> None:
        """One contract stands in the way, if others of the sector can sit; the rest is dismissed with a reason."""
        seat: Panellist = conflict.panellist
        others = Panellist.objects.accepted().filter(den=self.den, sector=seat.sector).exclude(pk=seat.pk)
        confirmed = Conflict.objects.filter(panellist__den=self.den, state=ConflictState.CONFIRMED)
        is_confirmed = (
            conflict.ground in {ConflictGround.CONTRACT, ConflictGround.ENGAGEMENT}
            and seat.sector != PanelSector.SUPPLIER
            and others.exists()
            and not confirmed.exists()
        )
        reason = "" if is_confirmed else "They work in another part of it and had no say in the matter."
        decide_conflict(conflict=conflict, is_confirmed=is_confirmed, reason=reason, by=self.owner, now=now)

    def plan(self) -> None:
        self.planned = self.closes + timedelta(days=4)
        run = ask_for_plan(
            den=self.den, kind=PlanKind.FULL, seconds=PLAN_SECONDS, by=self.owner, now=self.planned,
            submission_key=uuid4(),
        )  # fmt: skip
        search_plan(run_id=run.pk, now=self.planned)
        run.refresh_from_db()
        apply_plan(run=run, by=self.owner, now=self.planned)

    # --- The day, and what comes of it ---------------------------------------------------------------

    def hear(self) -> None:
        """Every pitch of a day that is over; of a day that is on, those whose time has come."""
        for slot in Slot.objects.filter(den=self.den).select_related("pitch").order_by("starts_at"):
            if slot.starts_at > self.now:
                if slot.starts_at < self.now + timedelta(minutes=MINUTES):
                    self.move(slot, SlotState.CHECKED_IN, self.now)
                continue
            slot = self.move(slot, SlotState.PITCHING, slot.starts_at + timedelta(minutes=1))
            is_over = slot.ends_at <= self.now
            if is_over:
                slot = self.move(slot, SlotState.HEARD, slot.ends_at)
            for seat in Panellist.objects.filter(bookings__slot=slot):
                self.score(slot, seat, is_over=is_over)

    def move(self, slot: Slot, to: str, now: datetime) -> Slot:
        return move_on(slot=slot, to=to, version=slot.version, by=self.owner, now=now)

    def score(self, slot: Slot, seat: Panellist, *, is_over: bool) -> None:
        """The strength of the pitch, as this panellist sees it. Of the pitch that is on, a first criterion alone."""
        pitch, person = slot.pitch, self.panellists[seat.name]
        strengths = {entry["title"]: entry.get("strength", 3.2) for entry in self.entry["pitch"]}
        middle = strengths[pitch.title] + STRICT.get(seat.name, 0)
        criteria = list(self.den.criteria.all())
        given = {one.pk: round(min(5, max(0, self.random.gauss(middle, 0.6)))) for one in criteria}
        if not is_over:
            given = {criteria[0].pk: given[criteria[0].pk]}
        scores = {pk: (value, REASONS[value]) for pk, value in given.items()}
        comment = "Say what it would cost after the test, and who would look after it." if is_over else ""
        now = min(slot.ends_at + timedelta(minutes=4), self.now)
        sheet = keep_sheet(pitch=pitch, written=Written(scores, comment), version=0, by=person, now=now)
        if is_over:
            submit_sheet(pitch=pitch, version=sheet.version, by=person, now=now)

    def decide(self) -> None:
        """Where the awards are known, all are released; else two are staged and the discussion is open."""
        now = self.starts + timedelta(days=2)
        awards = {entry["title"]: entry.get("award", "") for entry in self.entry["pitch"]}
        pitches = list(Pitch.objects.filter(den=self.den).accepted().order_by("title"))
        for pitch in pitches if self.reaches(DenState.DECIDED) else pitches[:2]:
            award = awards[pitch.title] or "selected"
            stage_decision(pitch=pitch, award=award, reason=WHY[award], version=0, by=self.owner, now=now)
        if self.reaches(DenState.DECIDED):
            release_decisions(den=self.den, by=self.owner, now=now + timedelta(days=3))
            self.den.refresh_from_db()


WHY = {
    "selected": "It is new, it can be tried safely, and three months would show whether it works.",
    "reserve": "A good idea that needs more from us than we have this year. We come back to it if a place falls free.",
    "not_selected": "The panel did not see how three months would show whether it works.",
}


def noon_of(now: datetime, days: int) -> datetime:
    day = timezone.localdate(now) + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(12)))


def session_start(entry: Entry, now: datetime) -> datetime:
    """Ten on the den's day, a weekday; where that is today, so that the den is in the middle of it now."""
    if entry.get("day") == 0:
        return start_of_today(now)
    day: date = timezone.localdate(now) + timedelta(days=entry.get("day", entry.get("closes", 30) + 14))
    day -= timedelta(days=max(0, day.weekday() - 4))
    return timezone.make_aware(datetime.combine(day, time(10)))


def start_of_today(now: datetime) -> datetime:
    """Some slots ago. A session keeps to one half-day: it begins at noon where it would run over one o'clock."""
    start = timezone.localtime(now - BEGAN_BEFORE).replace(second=0, microsecond=0)
    start -= timedelta(minutes=start.minute % 5)
    if start.hour == 11 and start.minute > 15:
        return start.replace(hour=12, minute=0)
    if start.hour >= 22:
        return start.replace(hour=22, minute=0)
    return start

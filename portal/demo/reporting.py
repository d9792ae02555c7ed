"""The demo's schemes, contracts and returns: the last periods told through the actions, those before written alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from portal.accounts.models import User
from portal.demo.people import owner_of, read
from portal.demo.reporting_figures import Cells, Course, Entry
from portal.organisations.models import Organisation
from reporting import standards
from reporting.actions import (
    ContractDetails,
    accept_return,
    activate_contract,
    add_kpi,
    add_milestone,
    amend_contract,
    answer_question,
    create_contract,
    file_nil_returns,
    raise_returns,
    save_return,
    send_back_return,
    start_correction,
    submit_return,
)
from reporting.actions.assessments import (
    AssessmentWords,
    finish_assessment,
    reply_to_assessment,
    save_assessment,
    share_assessment,
    start_assessment,
)
from reporting.actions.evidence import bear_out
from reporting.actions.flags import answer_flag, reconsider
from reporting.actions.publication import publish_contract
from reporting.actions.ratings import Rated, rate_kpis
from reporting.choices import ReturnState
from reporting.figures import figures_of
from reporting.models import Assessment, Contract, Return, ReturnLine, Scheme
from reporting.periods import MONTHS, Period, period_holding
from reporting.quality import scored
from reporting.queries.standards import standard_of
from reporting.standards import RETURN
from reporting.standards.filing import Filing, Known, check
from reporting.standards.filing import read as read_filing
from reporting.standards.values import as_json
from techmap.models import Capability

TOLD = 2  # periods at the end that are told through the actions
BEFORE_DUE = timedelta(days=1, hours=5)
TO_DECIDE = timedelta(days=2)


def make_reporting(organisations: Mapping[str, Organisation], now: datetime) -> Iterator[Contract]:
    """All of it, contract by contract. What the figures ask depends on what others have published, so it comes last."""
    data = read("reporting.toml")
    make_schemes(data["scheme"], organisations)
    deliveries = [Delivery(entry, organisations, now) for entry in data["contract"]]
    for delivery in deliveries:
        yield delivery.tell()
    for delivery in deliveries:
        delivery.publish()
    for delivery in deliveries:
        delivery.judge()


def make_schemes(entries: Iterable[Entry], organisations: Mapping[str, Organisation]) -> None:
    for entry in entries:
        organisation = organisations[entry["organisation"]]
        facts = {name: entry[name] for name in ("code", "name", "category", "aims")}
        Scheme.objects.create(**facts, organisation=organisation, department=organisation.name)


class Delivery:
    """One contract of `reporting.toml`, from its registration to what its parties say of it today."""

    def __init__(self, entry: Entry, organisations: Mapping[str, Organisation], now: datetime) -> None:
        self.entry, self.now = entry, now
        self.buyer, self.supplier = organisations[entry["buyer"]], organisations[entry["supplier"]]
        self.keeper, self.writer = owner_of(self.buyer), owner_of(self.supplier)
        self.periods = periods_around(timezone.localdate(now), entry["rhythm"], entry["reported"], entry["length"])
        self.course = Course(entry, self.periods)
        self.newest = entry["reported"] - 1
        self.first_told = max(0, entry["reported"] - TOLD)

    def tell(self) -> Contract:
        """Everything but what needs the other contracts: `judge` does that."""
        self.contract = self.register()
        History(self, range(self.first_told)).write()
        self.amend()
        raise_returns(contract=self.contract, now=self.now)
        self.contract.refresh_from_db()
        for n in range(self.first_told, self.newest):
            self.accept(n)
        self.tell_newest()
        if "correction" in self.entry:
            self.correct(self.newest - 1)
        return self.contract

    # --- The contract --------------------------------------------------------------------------------

    def register(self) -> Contract:
        entry, begun = self.entry, self.at(self.periods[0].start - timedelta(days=20))
        contract = create_contract(
            buyer=self.buyer, details=self.details(), submission_key=uuid4(), by=self.keeper, now=begun
        )
        for number, title, type, due, _ in entry.get("milestones", []):
            day = self.course.due(due)
            add_milestone(contract=contract, number=number, title=title, type=type, due=day, by=self.keeper)
        for number, title, unit, target, way, _ in entry.get("kpis", []):
            add_kpi(
                contract=contract, number=number, title=title, measured_in=unit, target=Decimal(str(target)),
                direction=way, by=self.keeper,
            )  # fmt: skip
        first, now = self.periods[0].start, begun + timedelta(days=8)
        return activate_contract(contract=contract, reports_from=first, by=self.keeper, now=now)

    def details(self) -> ContractDetails:
        entry = self.entry
        return ContractDetails(
            number=entry["number"],
            title=entry["title"],
            description=entry["description"],
            supplier=self.supplier,
            scheme=Scheme.objects.get(code=entry["scheme"]) if "scheme" in entry else None,
            baseline_start=self.periods[0].start,
            baseline_end=self.periods[-1].end,
            baseline_value=self.course.value,
            cpv_codes=entry["cpv"],
            framework=entry.get("framework", ""),
            rhythm=entry["rhythm"],
            capabilities=list(Capability.objects.filter(code__in=entry["for"])),
        )

    def amend(self) -> None:
        for change in self.entry.get("changes", []):
            if change["agreed"]:
                self.contract.refresh_from_db()
                amend_contract(
                    contract=self.contract,
                    version=self.contract.version,
                    dated=self.periods[change["period"]].start + timedelta(days=11),
                    reason=change["reason"],
                    value_change=Decimal(change["value"]),
                    end_after=self.contract.current_end + timedelta(days=change["days"]),
                    submission_key=uuid4(),
                    by=self.keeper,
                )

    # --- Its returns ---------------------------------------------------------------------------------

    def filed_at(self, n: int) -> datetime:
        """A day before it is due, or so many days after; never in the future."""
        late = self.entry.get("late", {}).get(str(n))
        due = self.periods[n].due_at
        return min(due + timedelta(days=late) if late else due - BEFORE_DUE, self.now - TO_DECIDE - timedelta(hours=2))

    def return_of(self, n: int) -> Return:
        returns = self.contract.returns.select_related("contract__supplier", "contract__buyer", "supplier")
        return returns.get(period_start=self.periods[n].start, revision=1)

    def save(self, filed: Return, cells: Mapping[str, list[Cells]], now: datetime) -> Return:
        """Saved, with an answer to whatever the checks ask."""
        given = {RETURN: [cells[RETURN][0] | self.keys(filed)]} | {t: r for t, r in cells.items() if t != RETURN}
        found = save_return(filed=filed, version=filed.version, given=given, by=self.writer, now=now)
        for one in found:
            if not one.is_error:
                answer_question(
                    filed=filed, check_id=one.check, table=one.table, row=one.row, text=self.entry["answer"],
                    by=self.writer,
                )  # fmt: skip
        filed.refresh_from_db()
        return filed

    def keys(self, filed: Return) -> Cells:
        number, start, end = self.contract.number, filed.period_start, filed.period_end
        return {"contract_id": number, "period_start": start, "period_end": end}

    def file(self, n: int) -> Return:
        filed, now = self.return_of(n), self.filed_at(n)
        if n in self.entry.get("nil", ()):
            return file_nil_returns(returns=[filed], by=self.writer, now=now)[0]
        filed = self.save(filed, self.course.cells(n), now)
        return submit_return(filed=filed, version=filed.version, by=self.writer, now=now)

    def accept(self, n: int) -> Return:
        filed = self.file(n)
        return accept_return(filed=filed, version=filed.version, by=self.keeper, now=self.filed_at(n) + TO_DECIDE)

    def tell_newest(self) -> None:
        """As far as the entry says: waiting to be begun, with errors, submitted, sent back or accepted."""
        state = self.entry["newest"]
        if state == "errors":
            cells = self.course.cells(self.newest)
            cells["spend"] = [*cells["spend"][:-1], cells["spend"][-1] | {"amount": cells["spend"][-1]["amount"] + 90}]
            self.save(self.return_of(self.newest), cells, self.filed_at(self.newest))
        elif state == "accepted":
            self.accept(self.newest)
        elif state == "submitted":
            self.file(self.newest)
        elif state == "sent_back":
            filed, now = self.file(self.newest), self.filed_at(self.newest) + TO_DECIDE
            reason = self.entry["sent_back"]
            send_back_return(filed=filed, version=filed.version, reason=reason, by=self.keeper, now=now)

    def correct(self, n: int) -> None:
        """More users than were first reported."""
        filed, now = self.return_of(n), self.now - timedelta(hours=20)
        correction = start_correction(filed=filed, reason=self.entry["correction"], by=self.writer, now=now)
        cells = self.course.cells(n)
        head = cells[RETURN][0]
        cells[RETURN] = [head | {"users_served": round(head["users_served"] * 1.08)}]
        correction = self.save(correction, cells, now)
        submit_return(filed=correction, version=correction.version, by=self.writer, now=now)

    # --- What the parties say ------------------------------------------------------------------------

    def publish(self) -> None:
        if self.entry.get("publish"):
            self.contract.refresh_from_db()
            publish_contract(
                contract=self.contract, held_back=[], version=self.contract.version, submission_key=uuid4(),
                by=self.keeper, now=self.now,
            )  # fmt: skip

    def judge(self) -> None:
        """Ratings, assessments, and answers to what the figures ask."""
        self.contract.refresh_from_db()
        if ratings := self.entry.get("ratings"):
            given = [Rated(kpi, 0, rating, comment) for kpi, (rating, comment) in ratings.items()]
            rate_kpis(filed=self.return_of(self.newest), given=given, by=self.keeper, now=self.now)
        for entry in self.entry.get("assessment", []):
            self.assess(entry)
        reconsider(self.contract, now=self.now)
        for answer in self.entry.get("flags", []):
            flag = self.contract.flags.standing().get(rule=answer["rule"])
            party, by = (self.supplier, self.writer) if answer["by"] == "supplier" else (self.buyer, self.keeper)
            answer_flag(flag=flag, organisation=party, text=answer["text"], submission_key=uuid4(), by=by, now=self.now)

    def assess(self, entry: Entry) -> Assessment:
        """Of the year, or as much of it as there was, up to the end of a period some periods ago."""
        end = self.periods[self.newest - entry["ends"] // MONTHS[self.entry["rhythm"]]]
        start = max(self.periods[0].start, date(end.end.year - 1, end.end.month, 1) + timedelta(days=32))
        now = self.at(end.end) + timedelta(days=25)
        made = start_assessment(
            contract=self.contract, period_start=start.replace(day=1), period_end=end.end, submission_key=uuid4(),
            by=self.keeper, now=now,
        )  # fmt: skip
        kpis = {kpi.kpi_id: (kpi.rating or kpi.rating_supplier or entry["rating"], "") for kpi in made.kpis.all()}
        words = AssessmentWords(rating=entry["rating"], summary=entry["summary"])
        made = save_assessment(assessment=made, version=made.version, words=words, kpis=kpis, by=self.keeper)
        shared = now if entry["final"] else self.now - timedelta(days=3)
        made = share_assessment(assessment=made, version=made.version, by=self.keeper, now=shared)
        if not entry["final"]:
            return made
        later = now + timedelta(days=6)
        made = reply_to_assessment(
            assessment=made, version=made.version, reply=entry["reply"], by=self.writer, now=later
        )
        return finish_assessment(assessment=made, version=made.version, by=self.keeper, now=later + timedelta(days=5))

    def at(self, day: date) -> datetime:
        return timezone.make_aware(datetime(day.year, day.month, day.day, 10))


def periods_around(today: date, rhythm: str, reported: int, length: int) -> list[Period]:
    """So many periods in all, of which so many are over."""
    first = period_holding(today, rhythm)
    for _ in range(reported):
        first = period_holding(first.start - timedelta(days=1), rhythm)
    periods = [first]
    while len(periods) < length:
        periods.append(period_holding(periods[-1].end + timedelta(days=1), rhythm))
    return periods


class History:
    """Accepted returns of long ago, written at once: the rows are those that the actions would have made."""

    def __init__(self, told: Delivery, numbers: range) -> None:
        self.told, self.numbers = told, numbers
        self.contract = told.contract
        self.baselines = dict(self.contract.baseline_milestones.values_list("number", "due"))
        self.starts = [period.start for period in told.periods[: told.entry["reported"]]]
        self.last: Filing | None = None

    def write(self) -> None:
        made = [self.one(n) for n in self.numbers]
        if not made:
            return
        Return.objects.bulk_create([filed for filed, _ in made])
        ReturnLine.objects.bulk_create([line for filed, filing in made for line in self.lines(filed, filing)])
        bear_out(made[-1][0], self.told.keeper)

    def one(self, n: int) -> tuple[Return, Filing]:
        period, writer = self.told.periods[n], self.told.writer
        filed = Return(
            contract=self.contract, supplier=self.told.supplier, period_start=period.start, period_end=period.end,
            due_at=period.due_at, standard=standards.latest().version, state=ReturnState.ACCEPTED,
        )  # fmt: skip
        standard = standard_of(filed)
        cells = self.told.course.cells(n)
        cells[RETURN] = [cells[RETURN][0] | self.told.keys(filed)]
        filing, faults = read_filing(standard, cells)
        known = Known(self.starts, self.contract.baseline_value, self.baselines, self.last)
        found = faults + check(filing, standard, known)
        if found:
            raise ValueError(f"{filed}: {found}")
        self.state(filed, filing, {item.name for item in standard.keys}, self.told.filed_at(n), writer)
        filed.quality_score, filed.quality = scored(filed, filing, [], known)
        self.last = filing
        return filed, filing

    def state(self, filed: Return, filing: Filing, keys: set[str], now: datetime, writer: User) -> None:
        """Saved, submitted and accepted: a nil return is filed in one step."""
        filed.is_nil = filing.is_nil
        filed.data = {name: as_json(value) for name, value in _given(filing.head).items() if name not in keys}
        for name, value in figures_of(filing).items():
            setattr(filed, name, value)
        filed.started_at = None if filed.is_nil else now
        filed.submitted_at, filed.submitted_by = now, writer
        filed.decided_at, filed.decided_by = now + TO_DECIDE, self.told.keeper
        filed.version = 3 if filed.is_nil else 4

    def lines(self, filed: Return, filing: Filing) -> list[ReturnLine]:
        return [
            ReturnLine(
                supplier=self.told.supplier,
                filed=filed,
                table=table,
                number=number,
                data={name: as_json(value) for name, value in _given(row).items()},
            )
            for table, rows in filing.rows.items()
            if table != RETURN
            for number, row in enumerate(rows, start=1)
        ]


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}

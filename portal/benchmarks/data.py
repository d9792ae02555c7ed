"""Rows for benchmarks: plausible, fictional, the same for the same seed, as of now.

`Rows.grow` tops up what is there, so that one database is measured at several sizes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from engagement.choices import Method, QuestionState, RequestState, ResponseState, Stage
from engagement.models import EngagementRequest, MarketQuestion, Question, RequestCapability, Response
from portal.accounts.models import User
from portal.notifications.choices import NOTICES, DeliveryState
from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Kind, Role, Size, Status
from portal.organisations.models import Membership, Organisation
from portal.records import REFERENCE_LETTERS, Region
from techmap.actions import load_taxonomy
from techmap.choices import ClaimOrigin, EvidenceKind
from techmap.models import Capability, CapabilityClaim, Evidence, SupplierProfile
from techmap.search import index
from techmap.taxonomy import FILE, read_taxonomy

SEED = 20_261_122
BATCH = 500
FEWEST = 3  # rows of each kind, however small the size
FIRST = 50  # requests that the person's supplier responds to
FULL = 20  # questions on the one request whose page is measured
SUBJECTS = ("licensing", "school meals", "empty homes", "road repairs", "care visits", "planning", "archives",
            "benefits", "parking", "court listings")  # fmt: skip
THINGS = ("Case management", "Online forms", "A shared register", "Data matching", "Scheduling", "A mobile service")
PLACES = ("Ashford Vale", "Brackwater", "Coldmere", "Dunsley", "Eastholme", "Fenwick Cross", "Garsdale", "Holmbury")
FIRMS = ("Larkspur", "Copperfield", "Tidewater", "Oakline", "Brightwell", "Northgate", "Silverbeck", "Foxglove")
TRADES = ("Systems", "Software", "Data", "Digital", "Networks", "Analytics")
WORDS = (
    *("the", "service", "staff", "residents", "records", "case", "week", "system", "letter", "paper", "phone"),
    *("officers", "visit", "check", "report", "cost", "time", "answer", "late", "data", "map", "form", "send"),
    *("find", "old", "new", "each", "team", "office", "list", "need", "change"),
)
Row = TypeVar("Row", bound=Model)
STATES = (RequestState.PUBLISHED, RequestState.PUBLISHED, RequestState.CLOSED, RequestState.PUBLISHED,
          RequestState.CLOSED, RequestState.OUTCOME_PUBLISHED, RequestState.DRAFT)  # fmt: skip


class Rows:
    """What was made so far, and the one person whose pages are measured.

    The person is an editor of the first supplier and, since later, of the first public body. The
    first request is open, of another body, and full of questions, some of them the supplier's.
    """

    def __init__(self) -> None:
        self.random = random.Random(SEED)  # noqa: S311 -- the same rows each time is what it is for
        self.now = timezone.now().replace(microsecond=0)
        self.bodies: list[Organisation] = []
        self.suppliers: list[Organisation] = []
        self.requests: list[EngagementRequest] = []
        self.notices = 0
        load_taxonomy(entries=read_taxonomy(FILE))
        self.capabilities = list(Capability.objects.offered().order_by("code"))
        self.person = User.objects.create(email="robin@example.org", name="Robin Hale", password="!")  # noqa: S106

    @transaction.atomic
    def grow(self, size: int) -> None:
        """Have `size` requests, a fifth as many suppliers, a fiftieth as many public bodies, and their belongings."""
        self._add_organisations(size)
        self._add_requests(size)
        self._add_notices(size)

    # --- Organisations -------------------------------------------------------------------------

    def _add_organisations(self, size: int) -> None:
        new = self._up_to(self.suppliers, max(FEWEST, size // 5), self._supplier)
        self._up_to(self.bodies, max(FEWEST, size // 50), self._body)
        if not Membership.objects.exists():
            for organisation in (self.suppliers[0], self.bodies[0]):
                Membership.objects.create(organisation=organisation, user=self.person, role=Role.EDITOR)
        profiles = _save(SupplierProfile(
            organisation=supplier, summary=self._text(20), description=self._text(150),
            regions_served=self.random.sample(Region.values, 3),
        ) for supplier in new)  # fmt: skip
        _save(
            CapabilityClaim(profile=profile, capability=capability, origin=self.random.choice(ClaimOrigin.values))
            for profile in profiles
            for capability in self._some_capabilities(8)
        )
        _save(Evidence(
            supplier=supplier, capability=self.random.choice(self.capabilities), kind=EvidenceKind.values[0],
            source=f"notice-{supplier.pk}-{number}", title=self._title(), dated=self._ago(900).date(),
        ) for supplier in new for number in range(5))  # fmt: skip
        index.refresh([supplier.pk for supplier in new])

    def _supplier(self, number: int) -> Organisation:
        name = f"{self.random.choice(FIRMS)} {self.random.choice(TRADES)} {number + 1} Ltd"
        size = self.random.choice(Size.values)
        return self._organisation(Kind.SUPPLIER, name, size=size)

    def _body(self, number: int) -> Organisation:
        return self._organisation(Kind.PUBLIC_BODY, f"{self.random.choice(PLACES)} Council {number + 1}")

    def _organisation(self, kind: Kind, name: str, **fields: Any) -> Organisation:
        region = self.random.choice(Region.values)
        return Organisation(
            kind=kind, name=name, status=Status.VERIFIED, verified_at=self.now, region=region, **fields
        )  # fmt: skip

    # --- Requests ------------------------------------------------------------------------------

    def _add_requests(self, size: int) -> None:
        new = self._up_to(self.requests, max(FEWEST, size), self._request)
        _save(
            RequestCapability(request=request, capability=capability)
            for request in new
            for capability in self._capabilities_of(request)
        )
        _save(MarketQuestion(request=r, position=n, text=self._text(15)) for r in new for n in range(3))
        _save(self._question(request, number) for request in new for number in range(FEWEST))
        if new and new[0] is not self.requests[0]:
            missing = FULL - self.requests[0].questions.count()
            _save(self._question(self.requests[0], number) for number in range(missing))
        first = len(self.requests) - len(new)
        _save(self._response(r, s) for n, r in enumerate(new, first) for s in self._responders(n, r))

    def _request(self, number: int) -> EngagementRequest:
        reference = "".join(self.random.choice(REFERENCE_LETTERS) for _ in range(10))
        return EngagementRequest(
            reference=reference, ocid=f"ocds-tp0000-{reference}", created_by=self.person,
            authority=self.bodies[(number + 1) % len(self.bodies)],
            title=self._title(number), problem=self._text(250), outcome_wanted=self._text(120),
            process=self._text(60), stage=self.random.choice(Stage.values), region=self.random.choice(Region.values),
            methods=[Method.WRITTEN, Method.BRIEFING], value_low=50_000, value_high=400_000,
            contact_name="Sam Whitlock", contact_email="buyer@example.org", **self._life(STATES[number % len(STATES)]),
        )  # fmt: skip

    def _life(self, state: RequestState) -> dict[str, Any]:
        """The state and the times that go with it."""
        if state == RequestState.DRAFT:
            return {"state": state}
        published = self._ago(20) if state == RequestState.PUBLISHED else self._ago(1500) - timedelta(days=60)
        closes = published + timedelta(days=40)
        return {
            "state": state,
            "published_at": published,
            "questions_close_at": closes - timedelta(days=10),
            "closes_at": closes,
            "closed_at": None if state == RequestState.PUBLISHED else closes,
        }

    def _capabilities_of(self, request: EngagementRequest) -> list[Capability]:
        """The first request concerns the first capability, so that a search for it finds something."""
        if request is self.requests[0]:
            return self.capabilities[:4]
        return self._some_capabilities(4)

    def _question(self, request: EngagementRequest, number: int) -> Question:
        """Each fifth waits for its answer, but never the first."""
        waits = number % 5 == 4
        asked = request.published_at or self.now
        return Question(
            request=request, supplier=self.suppliers[0] if number % 3 == 0 else self.random.choice(self.suppliers),
            asked_by=self.person, asked_at=asked, text=self._text(30), answer="" if waits else self._text(60),
            state=QuestionState.RECEIVED if waits else QuestionState.ANSWERED,
            decided_by=None if waits else self.person, decided_at=None if waits else asked,
        )  # fmt: skip

    def _responders(self, number: int, request: EngagementRequest) -> list[Organisation]:
        """Two suppliers to each public request; among them the person's own, to the first fifty."""
        if request.state == RequestState.DRAFT:
            return []
        return self.suppliers[:2] if number < FIRST else self.random.sample(self.suppliers[1:], 2)

    def _response(self, request: EngagementRequest, supplier: Organisation) -> Response:
        return Response(
            request=request, supplier=supplier, state=ResponseState.SUBMITTED, submitted_at=self.now,
            submitted_by=self.person, started_by=self.person, started_at=self.now, saved_at=self.now,
        )  # fmt: skip

    # --- Notices -------------------------------------------------------------------------------

    def _add_notices(self, size: int) -> None:
        """A notice for each request; the first few and each twentieth are the person's."""
        size = max(FEWEST, size)
        kinds = [kind.value for kind in NOTICES]
        messages = _save(
            Message(kind=self.random.choice(kinds), subject=self._title(), body=self._text(50), path="/engagement/")
            for _ in range(self.notices, size)
        )
        others = self._others()
        _save(
            Delivery(
                message=message, recipient=self.person if n % 20 == 0 or n < FEWEST else self.random.choice(others),
                email="robin@example.org", reason="You follow Case management.", state=DeliveryState.NO_EMAIL,
                read_at=None if n % 3 == 0 else self.now,
            )
            for n, message in enumerate(messages, self.notices)
        )  # fmt: skip
        self.notices = size

    def _others(self) -> list[User]:
        if not User.objects.exclude(pk=self.person.pk).exists():
            _save(User(email=f"person{number}@example.org", password="!") for number in range(50))  # noqa: S106
        return list(User.objects.exclude(pk=self.person.pk))

    # --- Words and numbers ----------------------------------------------------------------------

    def _up_to(self, rows: list[Row], size: int, make: Callable[[int], Row]) -> list[Row]:
        new = _save(make(number) for number in range(len(rows), size))
        rows.extend(new)
        return new

    def _title(self, number: int | None = None) -> str:
        subject = self.random.choice(SUBJECTS) if number is None else SUBJECTS[number % len(SUBJECTS)]
        return f"{self.random.choice(THINGS)} for {subject}"

    def _text(self, words: int) -> str:
        return " ".join(self.random.choices(WORDS, k=words)).capitalize() + "."

    def _ago(self, days: int) -> datetime:
        return self.now - timedelta(minutes=self.random.randrange(days * 24 * 60))

    def _some_capabilities(self, most: int) -> list[Capability]:
        return self.random.sample(self.capabilities, self.random.randint(1, most))


def _save(rows: Iterable[Row]) -> list[Row]:
    made = list(rows)
    if made:
        type(made[0])._default_manager.bulk_create(made, batch_size=BATCH)
    if len(made) > FEWEST:
        # Else the checks of foreign keys go on by the plan made when the table was empty: they read all of it.
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(made[0]._meta.db_table)}")
    return made


def tidy() -> None:
    """Do what autovacuum does in its own time: plans and index-only scans rest on it."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")

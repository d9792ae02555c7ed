"""One small world that every access test looks at: two authorities, two suppliers, and a person in each position."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.test import Client

from engagement.models import EngagementRequest, Outcome, Theme
from portal.accounts.models import User
from portal.files.models import StoredFile
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.notifications.links import unsubscribe_url
from portal.organisations.choices import Role
from portal.organisations.models import EmailDomain, Invitation, JoinRequest, Membership
from portal.organisations.tokens import hash_token, sign_token
from reporting.actions import file_nil_returns
from reporting.models import Contract, Flag, LineQuery, Scheme, SchemeYear
from techmap.actions.bulk import write_bulk_files
from techmap.actions.shortlist_entries import write_note
from techmap.models import (
    Accreditation,
    CapabilityClaim,
    Contact,
    Evidence,
    Framework,
    FrameworkPlace,
    RefereeRequest,
    SupplierProfile,
)
from techmap.queries.case_studies import substance
from techmap.search import index
from tests.engagement.makers import (
    CLOSES,
    make_authority,
    make_capability,
    make_market_question,
    make_question,
    make_request,
    make_response,
)
from tests.factories import make_member, make_supplier, make_user
from tests.reporting.assessing import make_draft, make_final, make_shared
from tests.reporting.found_makers import make_mixed
from tests.reporting.makers import make_contract, make_returns
from tests.techmap.makers import make_case_study
from tests.techmap.merge_makers import make_imported, make_match
from tests.techmap.shortlist_makers import make_locked, make_shortlist
from tests.tokens.makers import make_api_token
from tests.trust.world_den_day import add_den_day
from tests.trust.world_den_dens import add_den_dens
from tests.trust.world_den_panels import add_den_panels
from tests.trust.world_den_pilots import add_den_pilots
from tests.trust.world_den_results import add_den_results
from tests.trust.world_den_schedule import add_den_schedule
from tests.trust.world_publication import add_publications

NOW = CLOSES - timedelta(days=10)  # the open request is open, the closed one closed five days ago
TOKEN = "a-token-for-the-invitation"
REFEREE_TOKEN = "a-token-for-the-referee"

ROLES = (
    "anonymous",
    "outsider",
    "authority_owner",
    "authority_editor",
    "authority_viewer",
    "other_authority",
    "supplier_owner",
    "supplier_editor",
    "supplier_viewer",
    "other_supplier",
    "staff",
)


class Reader(Client):
    """A browser that reads downloads to their end, so that their files are closed."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if response.streaming:
            response.read = b"".join(response.streaming_content)
        return response


@dataclass
class World:
    """The people by their position, and the objects by name."""

    people: dict[str, User | None]
    things: dict[str, Any] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def client(self, role: str, **options: Any) -> Client:
        """A browser of the person's own, signed in under the session that the world was made with."""
        client = Reader(**options)
        if key := self.sessions.get(role):
            client.cookies[settings.SESSION_COOKIE_NAME] = key
        return client

    def sign_in_everybody(self) -> None:
        for role, person in self.people.items():
            if person:
                client = Client()
                client.force_login(person)
                self.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value


def make_world() -> World:
    authority, supplier = make_authority(), make_supplier()
    people: dict[str, User | None] = {
        "anonymous": None,
        "outsider": make_user(name="Nora Quill"),
        "authority_owner": make_member(authority, role=Role.OWNER, name="Ann Castle"),
        "authority_editor": make_member(authority, role=Role.EDITOR, name="Alice Okafor"),
        "authority_viewer": make_member(authority, role=Role.VIEWER, name="Vera Lund"),
        "other_authority": make_member(make_authority("Birch Vale Council"), role=Role.EDITOR, name="Otto Brand"),
        "supplier_owner": make_member(supplier, role=Role.OWNER, name="Sid Larkin"),
        "supplier_editor": make_member(supplier, role=Role.EDITOR, name="Bob Larkin"),
        "supplier_viewer": make_member(supplier, role=Role.VIEWER, name="Wes Moor"),
        "other_supplier": make_member(make_supplier("Charnwood Digital Ltd"), role=Role.EDITOR, name="Charlie Dunn"),
        "staff": make_user(name="Sam Reeve", is_staff=True),
    }
    world = World(people)
    world.things = {"authority": authority, "supplier": supplier}
    add_engagement(world)
    add_organisation_things(world)
    add_reporting_things(world)
    add_assessments(world)
    add_publications(world)
    add_shortlists(world)
    add_case_studies(world)
    add_names_alike(world)
    for add_part in (add_den_dens, add_den_panels, add_den_schedule, add_den_day, add_den_results, add_den_pilots):
        add_part(world)
    index.refresh([supplier.pk])
    write_bulk_files(now=NOW)
    world.sign_in_everybody()
    return world


def add_engagement(world: World) -> None:
    authority, supplier = world.things["authority"], world.things["supplier"]
    alice, bob = world.people["authority_editor"], world.people["supplier_editor"]
    assert alice
    assert bob
    draft = make_request(authority, by=alice, state="draft", title="Draft about a secret plan")
    request = make_request(authority, by=alice, published_at=NOW - timedelta(days=5), opens_at=NOW - timedelta(days=5))
    closed = closed_request(authority, alice)
    outcome = Outcome.objects.create(request=closed, summary="Hidden words of an outcome not published")
    stored = StoredFile.objects.create(
        name="plan.txt", media_type="text/plain", size=3, sha256="0" * 64, uploaded_by=bob, content="uploads/none"
    )
    make_market_question(request)
    response = make_response(request, supplier, bob, answer="Answer in confidence")
    response.files.add(stored)
    world.things |= {
        "draft": draft,
        "request": request,
        "closed": closed,
        "market_question": make_market_question(draft),
        "question": make_question(request, supplier, bob),
        "response": response,
        "theme": Theme.objects.create(outcome=outcome, heard="Secret theme", decision="changed", explanation="Why"),
        "file": stored,
    }


def closed_request(authority: Any, alice: User) -> EngagementRequest:
    return make_request(
        authority,
        by=alice,
        title="A closed request",
        published_at=NOW - timedelta(days=40),
        opens_at=NOW - timedelta(days=40),
        questions_close_at=NOW - timedelta(days=9),
        closes_at=NOW - timedelta(days=5),
    )


def add_organisation_things(world: World) -> None:
    supplier, sid = world.things["supplier"], world.people["supplier_owner"]
    outsider, bob = world.people["outsider"], world.people["supplier_editor"]
    assert sid
    assert outsider
    assert bob
    invitation = Invitation.objects.create(
        organisation=supplier,
        email=outsider.email,
        token_hash=hash_token(TOKEN),
        invited_by=sid,
        sent_at=NOW,
        expires_at=NOW + timedelta(days=7),
        submission_key=uuid4(),
    )
    profile = SupplierProfile.objects.create(organisation=supplier, summary="Hosting for councils")
    capability = make_capability()
    CapabilityClaim.objects.create(profile=profile, capability=capability, origin="guessed")
    framework = Framework.objects.create(code="g-cloud", name="G-Cloud", lots=["Lot 1: Hosting"])
    world.things |= {
        "accreditation": Accreditation.objects.create(profile=profile, kind="iso-27001", number="IS 1"),
        "framework-place": FrameworkPlace.objects.create(profile=profile, framework=framework),
        "contact": Contact.objects.create(profile=profile, role="sales", name="Contact not for the public"),
    }
    message = tell(kind=Kind.MATCH, subject="News for Bob alone", body="Words", recipients=[bob], path="/")
    assert message
    world.things |= {
        "token": make_api_token(supplier, sid, now=NOW)[0],
        "invitation": invitation,
        "signed": sign_token(TOKEN),
        "join": JoinRequest.objects.create(organisation=supplier, user=outsider),
        "member": Membership.objects.get(organisation=supplier, user=bob),
        "domain": EmailDomain.objects.create(organisation=supplier, domain="larkspur.example"),
        "capability": capability,
        "notice": message.deliveries.get(),
        "unsubscribe": unsubscribe_url(bob.pk, Kind.MATCH).rstrip("/").rpartition("/")[2],
    }


def add_reporting_things(world: World) -> None:
    alice, bob = world.people["authority_editor"], world.people["supplier_editor"]
    assert alice
    assert bob
    contract = make_contract(world.things["authority"], world.things["supplier"], alice, title="Secret contract of two")
    due, filed = make_returns(contract)[-2:]
    file_nil_returns(returns=[filed], by=bob, now=NOW)
    filed.refresh_from_db()
    scheme = Scheme.objects.create(code="harbour-lights", name="Harbour Lights", department="DFT", is_imported=True)
    SchemeYear.objects.create(scheme=scheme, year=2022, own_confidence="amber", whole_life_millions=32_614)
    authority = world.things["authority"]
    world.things["own_scheme"] = Scheme.objects.create(code="homes", name="Homes", organisation=authority)
    flag = Flag.objects.create(
        contract=contract, filed=filed, rule="spend-past-value", rule_version="1", raised_at=NOW,
        says="Secret question about two", found={"spent": "3.00", "value": "2.00", "over": "1.00"},
    )  # fmt: skip
    world.things |= {"flag": flag}
    world.things |= {"contract": contract, "due_return": due, "filed_return": filed, "scheme": scheme}
    world.things["upload"] = make_mixed(world.things["supplier"], bob, name="Secret file of returns.csv")


def add_assessments(world: World) -> None:
    """A question about a line; an assessment that waits for its reply, a draft, and one that everybody may read."""
    alice, bob = world.people["authority_editor"], world.people["supplier_editor"]
    authority, supplier, contract = (world.things[name] for name in ("authority", "supplier", "contract"))
    assert alice
    assert bob
    given = {"now": NOW, "period": (date(2026, 7, 1), date(2026, 9, 30))}
    second = make_contract(authority, supplier, alice, number="B-2", title="Secret contract of two, the second")
    open_one = make_contract(authority, supplier, alice, number="B-3", title="A contract that is published")
    Contract.objects.filter(pk=open_one.pk).update(is_published=True)
    make_final(open_one, alice, bob, **given)
    world.things |= {
        "line_query": LineQuery.objects.create(
            filed=world.things["filed_return"], table="return", row=1, text="Secret question about a line",
            asked_by=alice, asked_at=NOW,
        ),
        "shared_assessment": make_shared(contract, alice, summary="Secret words of an assessment", **given),
        "draft_assessment": make_draft(second, alice, **given),
    }  # fmt: skip


def add_case_studies(world: World) -> None:
    """One case study with a question that waits and one that was answered, and evidence beside it."""
    supplier, bob = world.things["supplier"], world.people["supplier_editor"]
    study = make_case_study(supplier, [world.things["capability"]])
    question = {
        "case_study": study,
        "asked_by": bob,
        "asked_at": NOW,
        "expires_at": NOW + timedelta(days=30),
        "asked_about": substance(study),
    }
    RefereeRequest.objects.create(**question, email="dana@wexbridge.gov.uk", token_hash=hash_token(REFEREE_TOKEN))
    RefereeRequest.objects.create(
        **question,
        email="piers@wexbridge.gov.uk",
        token_hash=hash_token("another"),
        answer="confirmed",
        answered_at=NOW,
        referee_name="Piers Hale",
        referee_role="Head of digital",
        comment="Comment for the supplier alone",
    )
    Evidence.objects.create(
        supplier=supplier, capability=world.things["capability"], kind="award", source="ocds-1",
        title="A hosting contract", dated=NOW.date(), buyer_name="Ashford Vale Council", value=120_000,
    )  # fmt: skip
    world.things |= {"case_study": study, "referee_link": sign_token(REFEREE_TOKEN)}


def add_names_alike(world: World) -> None:
    """Two records from published lists, of which only staff know yet that they may be one."""
    one, two = make_imported("Fenland Hosting Ltd", sources=()), make_imported("Fenland Hosting plc", sources=())
    world.things["match"] = make_match(one, two)


def add_shortlists(world: World) -> None:
    """An open one and a locked one of the first authority."""
    authority, alice = world.things["authority"], world.people["authority_editor"]
    assert alice
    given = {"suppliers": [world.things["supplier"].pk], "reasoning": {"asked_for": "Hosting"}, "now": NOW}
    open_one = make_shortlist(authority, alice, title="Secret shortlist, open", **given)
    write_note(
        shortlist=open_one, entry=open_one.entries.get(), text="A note", submission_key=uuid4(), by=alice, now=NOW
    )
    world.things |= {
        "shortlist": open_one,
        "locked_shortlist": make_locked(authority, alice, title="Secret shortlist, locked", **given),
    }


SECRETS = (
    "Secret question about a line",
    "Secret words of an assessment",
    "Secret contract of two",
    "Secret file of returns",
    "Secret shortlist",
    "Comment for the supplier alone",
    "Draft about a secret plan",
    "Hidden words of an outcome",
    "Secret theme",
    "Answer in confidence",
    "News for Bob alone",
    "Contact not for the public",
    "Secret pilot",
    "Secret words of the log",
    "Secret bill",
)

"""An early-engagement notice becomes a public request that nobody here wrote, and nobody is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from engagement.actions.imports import ImportedNotice, save_imported_request
from engagement.choices import RequestState, Stage
from engagement.models import EngagementRequest
from portal.audit.models import Event
from portal.notifications.models import Message
from portal.ocds.importing import Outcome
from portal.records import Region
from portal.refusals import Refused
from techmap.models import Capability
from tests.factories import make_public_body
from tests.ocds.makers import NOW, details, import_all, make_notice, make_party, make_release, reasons

pytestmark = pytest.mark.django_db


@pytest.fixture
def case_work() -> Capability:
    parent = Capability.objects.create(code="software", name="Software")
    return Capability.objects.create(
        code="case-work", name="Case work system", parent=parent, cpv_prefixes=["48"], position=1
    )


def only_request() -> EngagementRequest:
    return EngagementRequest.objects.get()


def test_notice_becomes_an_open_request(case_work):
    (result,) = import_all(make_notice())

    request = only_request()
    assert (result.outcome, result.problems) == (Outcome.IMPORTED, ())
    assert (request.ocid, request.source_release_id) == ("ocds-test01-0001", "notice-0001-1")
    assert (request.title, request.problem) == ("Case work system", "We need a system for planning cases.")
    assert (request.state, request.stage) == (RequestState.PUBLISHED, Stage.PRE_PROCUREMENT)
    assert request.authority.name == "Ashford Vale Council"
    assert request.published_at == datetime(2025, 5, 12, 9, tzinfo=UTC)
    assert request.closes_at == datetime(2025, 7, 1, 17, tzinfo=UTC)
    assert (request.region, request.process) == (Region.SOUTH_WEST, "Two round tables and a form.")
    assert (request.value_low, request.value_high) == (Decimal("100000.50"), Decimal("250000"))
    assert (request.contract_start, request.contract_end) == (date(2025, 10, 1), date(2027, 9, 30))
    assert request.source_url == "https://notices.example/1"
    assert (request.is_imported, request.created_by) == (True, None)
    (link,) = request.request_capabilities.all()
    assert (link.capability, link.is_guessed) == (case_work, True)
    event = Event.objects.about(request).get()
    assert (event.name, event.actor) == ("engagement.request.imported", None)
    assert not Message.objects.exists()


@pytest.mark.parametrize(("seconds", "state"), [(-1, "published"), (0, "closed"), (1, "closed")])
def test_request_is_open_or_closed_by_the_clock(seconds, state):
    import_all(make_notice(due=NOW.isoformat()), now=NOW + timedelta(seconds=seconds))

    request = only_request()
    assert request.state == state
    assert request.closed_at == (NOW if state == "closed" else None)


def test_deadline_without_a_time_is_the_end_of_the_day_in_london():
    import_all(make_notice(due="2025-07-01"))

    assert only_request().closes_at == datetime(2025, 7, 1, 22, 59, 59, tzinfo=UTC)


def test_notice_imported_again_changes_nothing(case_work):
    import_all(make_notice())
    before = (EngagementRequest.objects.values().get(), Event.objects.count())

    (result,) = import_all(make_notice(), now=NOW + timedelta(days=365))

    assert result.outcome is Outcome.UNCHANGED
    assert (EngagementRequest.objects.values().get(), Event.objects.count()) == before


NEWER = {"id": "notice-0001-2", "date": "2025-05-20T08:00:00Z", "tag": ["planningUpdate"]}
OLDER = {"id": "notice-0001-0", "date": "2025-05-01T08:00:00Z"}


def test_newer_release_updates_the_request(case_work):
    import_all(make_notice())
    newer = make_notice(due="2025-05-30T17:00:00Z", **NEWER)
    newer["tender"] = {"title": "Planning cases"}

    (result,) = import_all(newer)
    (again,) = import_all(newer)
    (older,) = import_all(make_notice())

    request = only_request()
    assert [one.outcome for one in (result, again, older)] == [Outcome.UPDATED, Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert reasons(older) == ["Older than what is here"]
    assert (request.title, request.state, request.version) == ("Planning cases", RequestState.CLOSED, 2)
    assert (request.source_release_id, request.value_low, request.region) == ("notice-0001-2", None, "")
    assert not request.request_capabilities.exists()
    event = Event.objects.about(request).first()
    assert event.name == "engagement.request.import_updated"
    assert event.old["title"] == "Case work system"


@pytest.mark.parametrize("other", [OLDER, {"id": "notice-0001-9"}], ids=["older", "of the same time"])
def test_release_that_is_not_newer_changes_nothing(other):
    import_all(make_notice())

    (result,) = import_all(make_notice(due="2025-12-01", **other))

    assert (result.outcome, reasons(result)) == (Outcome.UNCHANGED, ["Older than what is here"])
    assert only_request().source_release_id == "notice-0001-1"


def test_newer_release_first_gives_the_same_request():
    import_all(make_notice(due="2025-07-09", **NEWER), make_notice())

    assert (only_request().source_release_id, only_request().version) == ("notice-0001-2", 1)


@pytest.mark.parametrize(
    ("milestones", "problem"),
    [
        ([], "no milestone of the type engagement has a dueDate"),
        ([{"type": "engagement"}], "no milestone of the type engagement has a dueDate"),
        ([{"type": "engagement", "dueDate": "soon"}], "planning/milestones/0/dueDate holds the text 'soon'"),
        ([{"type": "engagement", "dueDate": "2025-02-30"}], "dueDate holds the text '2025-02-30'"),
        ([{"type": "engagement", "dueDate": "0001-01-01T00:00:00Z"}], "dueDate holds the text '0001-01-01"),
        ([{"type": "engagement", "dueDate": 20250701}], "dueDate holds a number where text belongs"),
        ({"type": "engagement"}, "planning/milestones holds an object where a list of objects belongs"),
    ],
)
def test_notice_without_a_sound_end_is_listed_and_leaves_nothing(milestones, problem):
    notice = make_notice()
    notice["planning"]["milestones"] = milestones

    bad, good = import_all(notice, make_notice(2))

    assert (bad.outcome, good.outcome) == (Outcome.NOT_IMPORTED, Outcome.IMPORTED)
    assert (bad.ocid, bad.release_id) == ("ocds-test01-0001", "notice-0001-1")
    assert problem in details(bad)
    assert only_request().ocid == "ocds-test01-0002"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"tender": {"title": ["a"]}}, "it has no title (tender/title holds a list where text belongs)"),
        ({"tender": {}}, "it has no title"),
        ({"parties": []}, "it names no buyer among its parties"),
        ({"parties": [make_party("1", role="supplier")], "buyer": {"id": "2"}}, "it names no buyer"),
        ({"planning": []}, "planning holds a list where an object belongs"),
    ],
)
def test_notice_without_title_or_buyer_is_listed(change, problem):
    (result,) = import_all(make_notice() | change)

    assert problem in details(result)
    assert not EngagementRequest.objects.exists()


def test_planning_without_a_notice_is_listed_and_its_buyer_imported():
    (result,) = import_all(make_release(tag="planning"))

    assert (result.outcome, reasons(result)) == (Outcome.IMPORTED, ["No early-engagement notice"])


def test_buyer_named_in_the_notice_is_the_authority_even_as_a_firm():
    firm = make_party("GB-COH-07654321", "Harrow Bridge Infrastructure Limited")

    import_all(make_notice(parties=[make_party(), firm], buyer={"id": firm["id"]}))

    assert only_request().authority.name == "Harrow Bridge Infrastructure Limited"


def test_two_buyers_and_none_named_is_no_authority():
    (result,) = import_all(make_notice(parties=[make_party("1"), make_party("2", "Other Council")], buyer=None))

    assert "it names no buyer" in details(result)


def test_compiled_release_with_a_notice_becomes_a_request():
    import_all(make_notice(tag=["compiled"]))

    assert only_request().state == RequestState.PUBLISHED


@pytest.mark.parametrize(
    ("value", "low", "high", "reason"),
    [
        ({"value": {"amount": 5}}, 5, 5, []),
        ({"minValue": {"amount": 5}}, 5, 5, []),
        ({"value": {"amount": 5}, "minValue": {"amount": 9}}, 5, 9, []),
        ({"value": {"amount": 0}}, None, None, []),
        ({"value": {"amount": "5"}}, None, None, ["Wrong type"]),
        ({"value": {"amount": True}}, None, None, ["Wrong type"]),
        ({"value": {"amount": -5}}, None, None, ["Not a sum of money"]),
        ({"value": {"amount": 10**30}}, None, None, ["Not a sum of money"]),
        ({"value": {"amount": 5, "currency": "EUR"}}, None, None, ["A sum in another currency"]),
    ],
)
def test_value_is_read_in_pounds(value, low, high, reason):
    notice = make_notice()
    notice["tender"] = {"title": "Case work system"} | value

    (result,) = import_all(notice)

    request = only_request()
    assert (request.value_low, request.value_high, reasons(result)) == (low, high, reason)


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        (["Yorkshire and the Humber"], "TLE"),
        (["UKL14", "UKL22"], "TLL"),
        (["TLI"], "TLI"),
        (["London", "Wales"], ""),
        (["London", "England"], ""),
        (["UK"], ""),
        ([None], ""),
    ],
)
def test_region_is_the_only_one_named(regions, expected):
    notice = make_notice()
    notice["tender"]["items"] = [{"deliveryAddresses": [{"region": region} for region in regions]}]

    import_all(notice)

    assert only_request().region == expected


def test_long_title_is_cut_and_kept_whole_in_the_text():
    notice = make_notice()
    notice["tender"] = {"title": "Word " * 50, "description": "What it is."}

    import_all(notice)

    assert len(only_request().title) <= 150
    assert only_request().problem == f"{('Word ' * 50).strip()}\n\nWhat it is."


def test_unsound_link_is_listed_and_the_request_imported():
    notice = make_notice()
    notice["planning"]["documents"][0]["url"] = "javascript:alert(1)"

    (result,) = import_all(notice)

    assert (reasons(result), only_request().source_url) == (["Not a web address"], "")


def test_request_written_here_is_never_replaced():
    body = make_public_body()
    EngagementRequest.objects.create(authority=body, ocid="ocds-test01-0001", title="Ours")

    (result,) = import_all(make_notice())

    assert (result.outcome, reasons(result)) == (Outcome.NOT_IMPORTED, ["Refused by the portal"])
    assert only_request().title == "Ours"


def test_withdrawn_request_is_not_reopened():
    import_all(make_notice())
    EngagementRequest.objects.update(state=RequestState.WITHDRAWN, withdrawn_reason="A mistake")
    notice = ImportedNotice(
        ocid="ocds-test01-0001", release_id="x", released_at=NOW, source_url="", authority=only_request().authority,
        title="T", problem="", process="", published_at=NOW, closes_at=NOW,
    )  # fmt: skip

    with pytest.raises(Refused, match="withdrawn here"):
        save_imported_request(notice=notice, now=NOW)

"""Pages of dens and pitches: what they say and to whom, forms sent twice, forged or stale, and how many queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from innovation_den.choices import DenState
from innovation_den.models import Den
from portal.organisations.choices import Size
from tests.engagement.makers import make_authority, make_capability
from tests.factories import make_member, make_supplier
from tests.innovation_den.makers import CLOSES, NOW, make_conflict, make_den, make_panellist, make_pitch
from tests.innovation_den.pages import signed_in, url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_the_middle_of_the_call() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


# --- Lists --------------------------------------------------------------------------------------------


def test_lists_take_the_same_queries_at_1_and_at_3_rows() -> None:
    host = make_authority()
    alice = make_member(host)
    firm = make_supplier()
    bob = make_member(firm)
    den = make_den(host, by=alice, state=DenState.SCREENING)
    paths = [
        (Client(), url("den-list")),
        (Client(), url("den-feed") + "?fresh="),
        (signed_in(alice), url("own-den-list")),
        (signed_in(bob), url("own-pitch-list")),
        (signed_in(alice), url("pitch-list", den.reference)),
        (signed_in(alice), url("pitch-export", den.reference, "csv")),
    ]
    taken: list[list[int]] = []
    for wanted in (1, 3):
        while Den.objects.count() < wanted:
            make_den(host, by=alice, title=f"Den {Den.objects.count()}", state=DenState.SCREENING)
        for one in Den.objects.all():
            one.capabilities.add(make_capability())
        while den.pitches.count() < wanted:
            make_pitch(den, firm, by=bob)
        taken.append([queries_of(client, f"{path}{wanted}" if "fresh" in path else path) for client, path in paths])
    assert taken[0] == taken[1]
    assert max(taken[1]) <= 14


def queries_of(client: Client, path: str) -> int:
    b"".join(client.get(path))
    with CaptureQueriesContext(connection) as seen:
        b"".join(client.get(path + ("&again=" if "fresh" in path else "")))
    return len(seen)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Off", "Past", "Later", "Damp"]),
        ("state=open", ["Damp"]),
        ("state=later", ["Later"]),
        ("state=under_way", ["Past"]),
        ("state=called_off", ["Off"]),
        ("state=decided", []),
        ("q=damp+tenants", ["Damp", "Later", "Off", "Past"]),
        ("q=nothing+of+this", []),
        ("q=%00", ["Off", "Past", "Later", "Damp"]),
        ("capability=cloud-hosting", ["Damp"]),
        ("capability=cloud-all", ["Damp"]),
        ("state=odd", ["Off", "Past", "Later", "Damp"]),
    ],
)
def test_list_is_filtered_by_the_clock(query: str, found: list[str]) -> None:
    host = make_authority()
    make_den(host, title="Draft", state=DenState.DRAFT)
    make_den(host, title="Damp").capabilities.add(make_capability())
    make_den(host, title="Later", opens_at=NOW + timedelta(days=1))
    make_den(host, title="Past", closes_at=NOW - timedelta(seconds=1))
    make_den(host, title="Off", state=DenState.ARCHIVED, called_off_reason="No money")

    page = Client().get(f"{url('den-list')}?{query}").context["page"]

    assert sorted(den.title for den in page) == sorted(found)


def test_feed_holds_what_the_list_holds() -> None:
    den = make_den(title="Damp & mould")
    make_den(state=DenState.DRAFT, title="Draft of a den")
    text = Client().get(url("den-feed")).content.decode()
    assert "Damp &amp; mould" in text
    assert den.get_absolute_url() in text
    assert "Draft of a den" not in text


# --- Fairness -----------------------------------------------------------------------------------------


def test_the_host_sees_only_a_number_until_the_closing_second() -> None:
    den = make_den()
    pitch = make_pitch(den, title="Secret sensors")
    paths = [url("pitch-list", den.reference), url("pitch-export", den.reference, "csv"), den.get_absolute_url()]

    def seen() -> list[bool]:
        return [b"Secret sensors" in b"".join(alice.get(path)) for path in paths]

    with time_machine.travel(CLOSES - timedelta(seconds=1), tick=False):
        alice = signed_in(den.owner)
        assert seen() == [False, False, False]
        assert alice.get(pitch.get_absolute_url()).status_code == 404
        assert "1 waiting" in alice.get(den.get_absolute_url()).content.decode()
    with time_machine.travel(CLOSES, tick=False):
        assert seen() == [True, True, False]
        assert alice.get(pitch.get_absolute_url()).status_code == 200


def test_a_member_of_the_host_with_a_conflict_sees_nothing_of_the_pitch() -> None:
    den = make_den(state=DenState.SCREENING)
    pitch = make_pitch(den, title="Secret sensors")
    make_conflict(make_panellist(den, user=den.owner), pitch)
    alice = signed_in(den.owner)
    for path in (url("pitch-list", den.reference), url("pitch-export", den.reference, "csv"), den.get_absolute_url()):
        text = b"".join(alice.get(path)).decode()
        assert "Secret sensors" not in text
        assert "1 waiting" not in text
    assert alice.get(pitch.get_absolute_url()).status_code == 404


def test_pitches_are_filtered_and_exported_as_text() -> None:
    den = make_den(state=DenState.SCREENING)
    make_pitch(den, make_supplier("=Evil Ltd", size=Size.MICRO), title="@Formula")
    make_pitch(den, make_supplier("Plain Ltd"), title="Plain")
    alice = signed_in(den.owner)

    rows = b"".join(alice.get(url("pitch-export", den.reference, "csv") + "?size=micro")).decode()

    assert "'=Evil Ltd" in rows
    assert "'@Formula" in rows
    assert "Plain" not in rows
    assert alice.get(url("pitch-export", den.reference, "pdf")).status_code == 404

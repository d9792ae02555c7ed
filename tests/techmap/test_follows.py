"""Following, and whom a request concerns."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection
from django.utils import timezone

from portal.audit.models import Event
from portal.organisations.choices import Status
from portal.organisations.models import Membership
from portal.refusals import Refused
from techmap.actions import follow_capability, unfollow_capability
from techmap.models import Capability, CapabilityFollow
from techmap.queries import people_to_tell
from tests.factories import make_member, make_supplier
from tests.techmap.makers import make_claim


def told(*capabilities: Capability) -> list[str]:
    return sorted(people_to_tell(capabilities).values_list("email", flat=True))


def test_follow_twice_is_one_follow_and_one_event(charlie, hosting) -> None:
    follow_capability(capability=hosting, by=charlie)
    follow_capability(capability=hosting, by=charlie)
    assert CapabilityFollow.objects.count() == 1
    [event] = Event.objects.about(hosting)
    assert (event.name, event.actor) == ("techmap.capability.followed", charlie)


def test_unfollow_twice(charlie, hosting) -> None:
    follow_capability(capability=hosting, by=charlie)
    unfollow_capability(capability=hosting, by=charlie)
    unfollow_capability(capability=hosting, by=charlie)
    assert told(hosting) == []
    assert Event.objects.filter(name="techmap.capability.unfollowed").count() == 1


def test_follow_retired_is_refused(charlie, hosting) -> None:
    Capability.objects.update(is_retired=True)
    hosting.refresh_from_db()
    with pytest.raises(Refused, match="Cloud hosting is no longer in use"):
        follow_capability(capability=hosting, by=charlie)


@pytest.mark.parametrize("action", [follow_capability, unfollow_capability])
def test_follow_is_not_for_the_deactivated(charlie, hosting, action) -> None:
    charlie.is_active = False
    with pytest.raises(PermissionDenied):
        action(capability=hosting, by=charlie)


def test_database_holds_one_follow(charlie, hosting) -> None:
    CapabilityFollow.objects.create(user=charlie, capability=hosting)
    with pytest.raises(IntegrityError, match="follow_once"):
        CapabilityFollow.objects.create(user=charlie, capability=hosting)


def test_told_are_followers_of_it_or_its_parent(charlie, alice, hosting, backup, cloud) -> None:
    CapabilityFollow.objects.create(user=charlie, capability=cloud)
    CapabilityFollow.objects.create(user=alice, capability=backup)
    assert told(hosting) == ["charlie@charnwood.example"]
    assert told(backup) == ["alice@larkspur.example", "charlie@charnwood.example"]


def test_told_are_all_members_of_a_verified_supplier_that_claims_it(larkspur, alice, bob, charlie, hosting) -> None:
    make_claim(larkspur, hosting)
    assert told(hosting) == ["alice@larkspur.example", "bob@larkspur.example"]


def test_told_for_a_parent_are_those_of_what_it_holds(larkspur, alice, charlie, hosting, backup, cloud) -> None:
    make_claim(larkspur, hosting)
    CapabilityFollow.objects.create(user=charlie, capability=backup)
    assert told(cloud) == ["alice@larkspur.example", "charlie@charnwood.example"]


def test_told_once_for_many_reasons(larkspur, alice, hosting, backup, cloud) -> None:
    make_claim(larkspur, hosting)
    make_claim(larkspur, backup)
    CapabilityFollow.objects.create(user=alice, capability=cloud)
    CapabilityFollow.objects.create(user=alice, capability=hosting)
    assert told(hosting, backup) == ["alice@larkspur.example"]


def test_told_nobody_by_a_guess(larkspur, alice, hosting) -> None:
    make_claim(larkspur, hosting, guessed=True)
    assert told(hosting) == []


@pytest.mark.parametrize("status", [Status.PENDING, Status.REFUSED, Status.SUSPENDED])
def test_told_nobody_of_a_supplier_that_is_not_verified(db, hosting, status) -> None:
    supplier = make_supplier(status=status, status_reason="Not found at Companies House.")
    make_member(supplier)
    make_claim(supplier, hosting)
    assert told(hosting) == []


def test_told_neither_those_who_left_nor_the_deactivated(larkspur, alice, bob, charlie, hosting) -> None:
    make_claim(larkspur, hosting)
    CapabilityFollow.objects.create(user=charlie, capability=hosting)
    Membership.objects.filter(user=alice).update(ended_at=timezone.now())
    type(bob).objects.filter(pk__in=[bob.pk, charlie.pk]).update(is_active=False)
    assert told(hosting) == []


def test_told_nobody_for_nothing(db) -> None:
    assert told() == []


def test_told_is_one_statement_fit_for_insert_select(larkspur, alice, hosting) -> None:
    make_claim(larkspur, hosting)
    people = people_to_tell([hosting]).values("pk")
    sql, values = people.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE told (user_id bigint) ON COMMIT DROP")
        cursor.execute(f"INSERT INTO told {sql}", values)
        assert cursor.rowcount == 1

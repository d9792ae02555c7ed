"""Trust rows 1 to 4 for the API: what each token opens, which cookies don't, and what leaks to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse

from portal.organisations.models import Membership
from portal.tokens.choices import Scope
from tests.factories import give_second_factor
from tests.tokens.makers import Program, make_api_token
from tests.trust.rows import address_part
from tests.trust.rows_tokens import BY_TOKEN_ALONE, TOKENS
from tests.trust.test_writes import rows_changed
from tests.trust.world import NOW, SECRETS, World

pytestmark = pytest.mark.django_db

# Whose token gets what: the suppliers', its buyer's, another supplier's, another body's; one that reads alone.
HOLDERS = ("supplier", "authority", "other_supplier", "other_authority", "reader")
OPEN, WRITTEN, GONE, NOT_YOURS, NO_SCOPE = 200, {200, 400, 422, 428}, 404, 403, 403
READS: dict[str, tuple[Any, ...]] = {
    "api:contract-list": (OPEN, OPEN, OPEN, OPEN, OPEN),
    "api:contract-detail": (OPEN, OPEN, GONE, GONE, OPEN),
    "api:return-list": (OPEN, OPEN, OPEN, OPEN, OPEN),
    "api:return-detail": (OPEN, GONE, GONE, GONE, OPEN),
    "api:return-table": (OPEN, GONE, GONE, GONE, OPEN),
}
WRITES: dict[str, tuple[str, tuple[Any, ...]]] = {
    "api:return-check": ("post", (WRITTEN, WRITTEN, WRITTEN, WRITTEN, NO_SCOPE)),
    "api:return-file": ("post", (WRITTEN, WRITTEN, WRITTEN, WRITTEN, NO_SCOPE)),
    "api:return-nil": ("post", (WRITTEN, WRITTEN, WRITTEN, WRITTEN, NO_SCOPE)),
    "api:return-detail": ("put", (WRITTEN, GONE, GONE, GONE, NO_SCOPE)),
    "api:return-submit": ("post", (WRITTEN, GONE, GONE, GONE, NO_SCOPE)),
    "api:return-correct": ("post", (WRITTEN, GONE, GONE, GONE, NO_SCOPE)),
}


@pytest.fixture
def programs(world: World) -> Iterator[dict[str, Program]]:
    cache.clear()
    people = world.people
    owners: dict[str, Any] = {"supplier": people["supplier_owner"], "authority": people["authority_owner"]}
    owners["reader"] = owners["supplier"]
    for name in ("other_supplier", "other_authority"):
        owners[name] = people[name]
    with transaction.atomic():
        held = {}
        for name, owner in owners.items():
            if name.startswith("other"):
                Membership.objects.filter(user=owner).update(role="owner")
                give_second_factor(owner)
            scopes = [Scope.REPORTING_READ] if name == "reader" else Scope.values
            held[name] = Program(make_api_token(owner.memberships.get().organisation, owner, scopes=scopes)[1])
        yield held
        transaction.set_rollback(True)


def path_of(world: World, name: str, thing: str = "") -> str:
    things = [thing if part == "due_return" and thing else part for part in TOKENS[name].things]
    return reverse(name, args=[address_part(world, part) for part in things])


def fits(status: int, expected: Any) -> bool:
    return status in expected if isinstance(expected, set) else status == expected


def test_every_address_has_its_row() -> None:
    assert set(READS) | set(WRITES) == set(BY_TOKEN_ALONE)


@pytest.mark.parametrize("name", READS)
def test_token_reads(world: World, programs: dict[str, Program], name: str) -> None:
    answers = {holder: programs[holder].get(path_of(world, name)) for holder in HOLDERS}
    seen = {holder: answer.status_code for holder, answer in answers.items()}
    assert seen == dict(zip(HOLDERS, READS[name], strict=True))
    for holder in ("other_supplier", "other_authority"):
        body = answers[holder].content.decode()
        assert [secret for secret in SECRETS if secret in body] == []
    assert {answer["Cache-Control"] for answer in answers.values()} == {"no-store"}


@pytest.mark.parametrize("name", WRITES)
def test_token_writes(world: World, programs: dict[str, Program], name: str) -> None:
    method, expected = WRITES[name]
    for holder, wanted in zip(HOLDERS, expected, strict=True):
        answer = getattr(programs[holder], method)(path_of(world, name), "{}", content_type="application/json")
        assert fits(answer.status_code, wanted), (holder, answer.status_code, answer.content)


@pytest.mark.parametrize("name", ["api:return-detail", "api:return-submit", "api:return-correct"])
def test_buyer_writes_nothing_of_what_it_sees(world: World, programs: dict[str, Program], name: str) -> None:
    """A filed return is the buyer's to see (200) and nobody's but the supplier's to write (403)."""
    path = path_of(world, name, "filed_return")
    seen = programs["authority"].get(path_of(world, "api:return-detail", "filed_return"))
    assert seen.status_code == 200  # the first use of a token is written down
    before = rows_changed()
    answer = getattr(programs["authority"], WRITES[name][0])(
        path, "{}", content_type="application/json", headers={"if-match": "*"}
    )
    assert (answer.status_code, rows_changed()) == (403, before)


@pytest.mark.parametrize("name", sorted(BY_TOKEN_ALONE))
def test_session_does_and_shows_nothing(world: World, name: str) -> None:
    """Whoever's browser it is: with a cookie alone no other website can make it act."""
    for role, person in world.people.items():
        client = world.client(role, enforce_csrf_checks=True)
        before = rows_changed()
        for method in ("get", "post", "put", "delete"):
            answer = client.generic(method.upper(), path_of(world, name), "{}", content_type="application/json")
            assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"'), (person, method)
            assert [secret for secret in SECRETS if secret in answer.content.decode()] == []
        assert rows_changed() == before


def test_removed_member_is_refused_on_the_next_request(world: World, programs: dict[str, Program]) -> None:
    program, path = programs["supplier"], path_of(world, "api:return-list")
    assert program.get(path).status_code == 200
    Membership.objects.filter(user=world.people["supplier_owner"]).update(ended_at=NOW)
    assert program.get(path).status_code == 401


def test_no_other_website_reads_what_a_token_opens(world: World, programs: dict[str, Program]) -> None:
    answer = programs["supplier"].get(path_of(world, "api:return-list"), headers={"origin": "https://x.example"})
    assert not answer.has_header("Access-Control-Allow-Origin")

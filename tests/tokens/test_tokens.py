"""Tokens: made by owners, shown once, kept as a hash, told of, and refused as soon as anything stands against them."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client

from portal.audit.models import Event
from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Role, Status
from portal.refusals import Refused
from portal.tokens import tasks
from portal.tokens.actions import make_token, note_use, remind_of_end, revoke_token
from portal.tokens.authentication import FailureThrottle, TokenThrottle
from portal.tokens.choices import MOST_TOKENS, Scope, TokenState
from portal.tokens.models import ApiToken
from portal.tokens.permissions import why_not_use
from portal.tokens.queries import token_of
from tests.factories import make_member, make_supplier, make_user
from tests.tokens.makers import BASE, Program, make_api_token

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RETURNS = f"{BASE}/returns/"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


# --- Making ----------------------------------------------------------------------------------------


def test_token_is_256_random_bits_and_only_its_hash_is_kept(supplier, ann) -> None:
    token, secret = make_api_token(supplier, ann)
    assert re.fullmatch(r"tp_[A-Za-z0-9_-]{43}", secret)
    assert (token.digest, token.hint) == (hashlib.sha256(secret.encode()).hexdigest(), secret[:9])
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tokens_apitoken")
        assert secret not in str(cursor.fetchall())
    everywhere = [str(event.new) + event.note for event in Event.objects.all()]
    everywhere += [message.body + message.subject for message in Message.objects.all()]
    assert [text for text in everywhere if secret[9:] in text] == []


def test_two_tokens_differ(supplier, ann) -> None:
    assert len({make_api_token(supplier, ann)[1] for _ in range(5)}) == 5


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_only_an_owner_makes_one(supplier, role) -> None:
    with pytest.raises(PermissionDenied):
        make_api_token(supplier, make_member(supplier, role=role))
    with pytest.raises(PermissionDenied):
        make_api_token(supplier, make_user(is_staff=True))


def test_owner_without_second_factor_makes_none(supplier) -> None:
    with pytest.raises(Refused, match="second step"):
        make_api_token(supplier, make_member(supplier, mfa=False))


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REFUSED])
def test_stopped_organisation_has_no_new_token(status) -> None:
    supplier = make_supplier("Stopped Ltd", status=status)
    with pytest.raises(Refused, match="can have no new token"):
        make_api_token(supplier, make_member(supplier))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "  "}, "Enter what will use the token"),
        ({"name": "x" * 81}, "Enter what will use the token"),
        ({"scopes": []}, "Choose what the token may do"),
        ({"scopes": ["reporting:read", "everything"]}, "Choose what the token may do"),
        ({"days": 366}, "Choose how long"),
        ({"days": 1000}, "Choose how long"),
    ],
)
def test_token_is_refused_for(supplier, ann, wrong, message) -> None:
    given = {"name": "Finance", "scopes": Scope.values, "days": 90, "submission_key": uuid4(), "by": ann, "now": NOW}
    with pytest.raises(Refused, match=message):
        make_token(organisation=supplier, **(given | wrong))


def test_form_sent_twice_makes_one_and_tells_it_once(supplier, ann) -> None:
    given = {"name": "Finance", "scopes": Scope.values, "days": 90, "submission_key": uuid4(), "by": ann, "now": NOW}
    first, second = (make_token(organisation=supplier, **given) for _ in range(2))
    assert (first.token.pk == second.token.pk, bool(first.secret), second.secret) == (True, True, "")


def test_organisation_has_so_many_at_most(supplier, ann) -> None:
    tokens = [make_api_token(supplier, ann)[0] for _ in range(MOST_TOKENS)]
    with pytest.raises(Refused, match="20 tokens that work"):
        make_api_token(supplier, ann)
    revoke_token(token=tokens[0], by=ann, now=NOW)
    assert make_api_token(supplier, ann)[1]


def test_owners_are_told_of_a_new_token(supplier, ann) -> None:
    other = make_member(supplier, name="Olive Larkin")
    make_member(supplier, role=Role.EDITOR)
    token, _ = make_api_token(supplier, ann)
    told = Delivery.objects.filter(message__dedupe_key=f"token-made-{token.public_id}")
    assert {one.recipient for one in told} == {ann, other}
    assert "Ann Larkin made the API token" in told[0].message.body


def test_database_holds_a_scope_and_an_end(supplier, ann) -> None:
    token, _ = make_api_token(supplier, ann)
    for wrong in ({"scopes": []}, {"expires_at": token.made_at}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.update(**wrong)


# --- Ending ----------------------------------------------------------------------------------------


def test_revoked_token_says_who_and_when(supplier, ann) -> None:
    token, _ = make_api_token(supplier, ann, now=NOW)
    staff = make_user(is_staff=True)
    revoke_token(token=token, by=staff, now=NOW)
    revoke_token(token=token, by=ann, now=NOW + timedelta(days=1))
    token.refresh_from_db()
    assert (token.state_at(NOW), token.revoked_by, token.revoked_at) == (TokenState.REVOKED, staff, NOW)
    assert Event.objects.filter(name="tokens.token.revoked").count() == 1


def test_others_revoke_nothing(supplier, ann) -> None:
    token, _ = make_api_token(supplier, ann)
    for person in (make_member(supplier, role=Role.EDITOR), make_user()):
        with pytest.raises(PermissionDenied):
            revoke_token(token=token, by=person, now=NOW)


def test_owners_are_reminded_once_fourteen_days_before(supplier, ann, time_machine) -> None:
    time_machine.move_to(NOW, tick=False)
    token, _ = make_api_token(supplier, ann, days=30, now=NOW)
    kind = f"token-expires-{token.public_id}"
    said = []
    for day in (15, 16, 17, 29, 31):
        time_machine.move_to(NOW + timedelta(days=day, minutes=1), tick=False)
        tasks.remind_of_tokens()
        said.append(Delivery.objects.filter(message__dedupe_key=kind).count())
    assert said == [0, 1, 1, 1, 1]
    remind_of_end(token=token, now=NOW)
    assert Delivery.objects.filter(message__dedupe_key=kind).count() == 1


# --- Using -----------------------------------------------------------------------------------------


def refused(secret: str) -> tuple[int, str]:
    answer = Program(secret).get(RETURNS)
    assert answer["WWW-Authenticate"].startswith('Bearer realm="api"')
    return answer.status_code, answer.json()["detail"]


def test_token_opens_what_no_cookie_does(supplier, ann) -> None:
    _, secret = make_api_token(supplier, ann)
    signed_in = Client()
    signed_in.force_login(ann)
    codes = [one.get(RETURNS).status_code for one in (Program(secret), signed_in, Client())]
    assert codes == [200, 401, 401]
    assert Program(secret).get(RETURNS).cookies == {}
    assert Client().get(RETURNS)["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("given", ["tp_" + "A" * 43, "tp_short", "", "tp_" + "é" * 43, "x" * 5000, "tp_\x00"])
def test_unknown_token_is_refused(supplier, ann, given) -> None:
    make_api_token(supplier, ann)
    code, why = refused(given)
    assert (code, why.startswith("There is no such token")) == (401, True)


def test_each_use_asks_whether_it_still_may(supplier, ann) -> None:
    """The next request after the change is refused, whatever changed."""
    other = make_member(supplier, name="Olive Larkin")
    _, secret = make_api_token(supplier, ann)
    mine = ann.memberships.get()
    changes = [
        (lambda: mine.__class__.objects.filter(pk=mine.pk).update(ended_at=NOW), "no longer an owner"),
        (lambda: mine.__class__.objects.filter(pk=mine.pk).update(role=Role.EDITOR), "no longer an owner"),
        (lambda: mine.__class__.objects.filter(pk=mine.pk).update(role=Role.VIEWER), "no longer an owner"),
        (lambda: ann.__class__.objects.filter(pk=ann.pk).update(is_active=False), "no longer an owner"),
        (lambda: Authenticator.objects.filter(user=ann).delete(), "second step"),
        (
            lambda: supplier.__class__.objects.filter(pk=supplier.pk).update(status="suspended", status_reason="x"),
            "suspended",
        ),
        (lambda: ApiToken.objects.update(revoked_at=NOW, revoked_by=other), "revoked"),
        (lambda: ApiToken.objects.update(made_at=LONG_AGO, expires_at=LONG_AGO + timedelta(days=1)), "expired"),
    ]  # fmt: skip
    for change, words in changes:
        assert Program(secret).get(RETURNS).status_code == 200
        point = transaction.savepoint()
        change()
        code, why = refused(secret)
        transaction.savepoint_rollback(point)
        assert (code, words in why) == (401, True), why


def test_token_stops_at_the_very_second(supplier, ann) -> None:
    token, _ = make_api_token(supplier, ann, days=30, now=NOW)
    end = NOW + timedelta(days=30)
    assert [why_not_use(token, at) for at in (end - timedelta(seconds=1), end)] == [None, "This token has expired."]


def test_missing_scope_is_forbidden_and_named(supplier, ann) -> None:
    _, secret = make_api_token(supplier, ann, scopes=[Scope.REPORTING_READ])
    answer = Program(secret).send("/returns/check/", {"returns": []})
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (403, "problem-missing-scope")
    assert 'error="insufficient_scope", scope="reporting:file"' in answer["WWW-Authenticate"]


def test_use_is_kept_to_the_hour(supplier, ann) -> None:
    token, secret = make_api_token(supplier, ann)
    Program(secret).get(RETURNS)
    token.refresh_from_db()
    assert (token.used_at.minute, token.used_at.second) == (0, 0)
    before = token.used_at
    note_use(token=token, now=before + timedelta(minutes=59))
    token.refresh_from_db()
    assert token.used_at == before
    note_use(token=token, now=before + timedelta(minutes=61))
    token.refresh_from_db()
    assert token.used_at == before + timedelta(hours=1)


def test_who_asks_too_often_with_a_token_waits(supplier, ann, monkeypatch) -> None:
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"tokens": "2/min"})
    one, two = (Program(make_api_token(supplier, ann)[1]) for _ in range(2))
    codes = [program.get(RETURNS).status_code for program in (one, one, one, two)]
    assert codes == [200, 200, 429, 200]


def test_who_tries_many_tokens_waits(supplier, ann, monkeypatch) -> None:
    monkeypatch.setattr(FailureThrottle, "THROTTLE_RATES", {"token_failures": "2/min"})
    codes = [Program("tp_wrong").get(RETURNS).status_code for _ in range(3)]
    assert codes == [401, 401, 429]
    assert Program(make_api_token(supplier, ann)[1]).get(RETURNS).status_code == 200


def test_the_secret_stands_in_no_log(supplier, ann, caplog) -> None:
    _, secret = make_api_token(supplier, ann)
    with caplog.at_level("DEBUG"):
        Program(secret).get(RETURNS)
        Program(secret + "x").get(RETURNS)
        Program(secret).send("/returns/check/", "{")
    said = str([record.__dict__ for record in caplog.records])
    assert secret[9:] not in said
    assert "request_finished" in said


def test_token_is_found_by_the_whole_secret_alone(supplier, ann) -> None:
    token, secret = make_api_token(supplier, ann)
    assert token_of(secret) == token
    assert [token_of(wrong) for wrong in (secret[:-1], secret + "A", secret.lower(), token.digest, token.hint)] == [
        None
    ] * 5

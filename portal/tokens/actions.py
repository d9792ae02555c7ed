"""Make a token, end one, and tell the owners of both and before it ends by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from portal.audit.actions import record
from portal.govuk.formats import day
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Organisation
from portal.organisations.queries import owners_of
from portal.records import sent_before
from portal.refusals import Reason, Refused
from portal.tokens import secret
from portal.tokens.choices import ANSWERS_KEPT, MOST_TOKENS, Life, Scope
from portal.tokens.models import ApiToken, KeptAnswer
from portal.tokens.permissions import can_make_token, can_revoke_token, why_not_make

if TYPE_CHECKING:
    from portal.accounts.models import User

USED_TO = timedelta(hours=1)  # how exactly the last use is kept


@dataclass(frozen=True)
class Made:
    """`secret` is told once, here; it is empty where the same form was sent before."""

    token: ApiToken
    secret: str


@transaction.atomic
def make_token(
    *,
    organisation: Organisation,
    name: str,
    scopes: Iterable[str],
    days: int,
    submission_key: UUID,
    by: User,
    now: datetime,
) -> Made:
    """Draw a token for so many days. The same form sent twice makes one, whose secret is not told again."""
    organisation = Organisation.objects.locked(organisation.pk)
    if not can_make_token(by, organisation):
        raise PermissionDenied
    if again := sent_before(ApiToken.objects.filter(organisation=organisation), submission_key):
        return Made(again, "")
    name, wanted = " ".join(name.split()), sorted(set(scopes))
    if reasons := _wrong_with_making(organisation, name, wanted, days, by, now):
        raise Refused(reasons)
    drawn = secret.draw()
    token = ApiToken.objects.create(
        organisation=organisation,
        name=name,
        hint=secret.hint_of(drawn),
        digest=secret.digest_of(drawn),
        scopes=wanted,
        made_by=by,
        made_at=now,
        expires_at=now + timedelta(days=days),
        submission_key=submission_key,
    )
    new = {"name": name, "hint": token.hint, "scopes": token.scope_words, "expires_at": token.expires_at}
    record("tokens.token.made", target=organisation, by=by, new=new)
    _tell(
        token,
        Kind.ACCOUNT,
        f"A new API token of {organisation}",
        f"{by} made the API token “{name}” ({token.hint}…). It may: {'; '.join(token.scope_words)}. It works until "
        f"{day(token.expires_at)}.\n\nIf you did not expect this, revoke it and speak to {by}.",
        f"token-made-{token.public_id}",
    )
    return Made(token, drawn)


def _wrong_with_making(
    organisation: Organisation, name: str, scopes: list[str], days: int, by: User, now: datetime
) -> list[Reason]:
    reasons = []
    if why := why_not_make(by, organisation):
        reasons.append(Reason(why))
    if not 1 <= len(name) <= 80:
        reasons.append(Reason("Enter what will use the token, in 80 characters or fewer", "name"))
    if not scopes or not set(scopes) <= set(Scope.values):
        reasons.append(Reason("Choose what the token may do", "scopes"))
    if days not in Life.values:
        reasons.append(Reason("Choose how long the token works", "days"))
    if ApiToken.objects.working_at(now).filter(organisation=organisation).count() >= MOST_TOKENS:
        reasons.append(Reason(f"{organisation} has {MOST_TOKENS} tokens that work. Revoke one that nobody uses"))
    return reasons


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User, now: datetime) -> ApiToken:
    """End it: the next request with it is refused. Revoking twice changes nothing."""
    organisation = Organisation.objects.locked(token.organisation_id)
    if not can_revoke_token(by, organisation):
        raise PermissionDenied
    token = ApiToken.objects.select_for_update(no_key=True).get(pk=token.pk)
    token.organisation = organisation
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = now, by
        token.save(update_fields=["revoked_at", "revoked_by"])
        record("tokens.token.revoked", target=organisation, by=by, old={"name": token.name, "hint": token.hint})
    return token


def note_use(*, token: ApiToken, now: datetime) -> None:
    """Keep when it was last used, to the hour, so that a busy token is not written at each request."""
    if token.used_at and now - token.used_at < USED_TO:
        return
    unseen = Q(used_at=None) | Q(used_at__lt=now - USED_TO)
    ApiToken.objects.filter(unseen, pk=token.pk).update(used_at=now.replace(minute=0, second=0, microsecond=0))


def remind_of_end(*, token: ApiToken, now: datetime) -> None:
    """Tell the owners once that it ends soon."""
    _tell(
        token,
        Kind.ORGANISATION,
        f"An API token of {token.organisation} expires on {day(token.expires_at)}",
        f"The API token “{token.name}” ({token.hint}…), which {token.made_by} made, stops working on "
        f"{day(token.expires_at)}. If a program still needs it, make a new one and put it in its place before then.",
        f"token-expires-{token.public_id}",
    )


def _tell(token: ApiToken, kind: Kind, subject: str, body: str, dedupe_key: str) -> None:
    tell(
        kind=kind,
        subject=subject,
        body=body,
        recipients=owners_of(token.organisation),
        path=token.get_absolute_url(),
        link_text="See the tokens",
        reason=f"You are an owner of {token.organisation}.",
        dedupe_key=dedupe_key,
    )


def sweep_answers(*, now: datetime) -> int:
    """Forget the answers whose time is over. Returns how many."""
    return KeptAnswer.objects.filter(at__lte=now - ANSWERS_KEPT).delete()[0]

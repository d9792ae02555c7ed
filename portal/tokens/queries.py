"""Reading tokens: one by its secret, those of an organisation, those that end soon."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from portal.tokens.choices import REMIND_BEFORE
from portal.tokens.models import ApiToken
from portal.tokens.secret import SHAPE, digest_of

if TYPE_CHECKING:
    from portal.organisations.models import Organisation


def token_of(secret: str) -> ApiToken | None:
    """Found by its digest, so how long it takes says nothing about any token."""
    if not SHAPE.fullmatch(secret):
        return None
    return ApiToken.objects.select_related("organisation", "made_by").filter(digest=digest_of(secret)).first()


def tokens_of(organisation: Organisation) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(organisation=organisation).select_related("made_by", "revoked_by")


def tokens_to_remind_of(now: datetime) -> QuerySet[ApiToken]:
    """Those that work and end within the time of the reminder."""
    ending = ApiToken.objects.working_at(now).filter(expires_at__lte=now + REMIND_BEFORE)
    return ending.select_related("organisation", "made_by").order_by("pk")

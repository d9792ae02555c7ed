"""Makers of API tokens, and a program that uses one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.organisations.models import Organisation
from portal.tokens.actions import make_token
from portal.tokens.choices import Scope
from portal.tokens.models import ApiToken

BASE = "/api/v1/reporting"


def make_api_token(
    organisation: Organisation, owner: User, *, scopes: Any = Scope.values, days: int = 90, now: datetime | None = None
) -> tuple[ApiToken, str]:
    made = make_token(
        organisation=organisation,
        name="Finance system",
        scopes=scopes,
        days=days,
        submission_key=uuid4(),
        by=owner,
        now=now or timezone.now(),
    )
    return made.token, made.secret


class Program(Client):
    """A program of an organisation: JSON in, JSON out, a token and no cookie."""

    def __init__(self, secret: str, **options: Any) -> None:
        super().__init__(headers={"authorization": f"Bearer {secret}"}, **options)

    def read(self, path: str) -> Any:
        return self.get(BASE + path).json()

    def send(
        self, path: str, body: Any = None, *, method: str = "post", match: Any = None, key: str = ""
    ) -> HttpResponse:
        headers = {"if-match": f'"{match}"'} if isinstance(match, int) else {"if-match": match} if match else {}
        if key:
            headers["idempotency-key"] = key
        text = body if isinstance(body, str | bytes) else json.dumps({} if body is None else body)
        call: Any = getattr(self, method)
        answer: HttpResponse = call(BASE + path, text, content_type="application/json", headers=headers)
        return answer

    def keep(self, path: str, body: Any, **options: Any) -> HttpResponse:
        return self.send(path, body, method="put", **options)

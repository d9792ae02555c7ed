"""Makers for the tests of organisations: people in each position, invitations, and what was told."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client

from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications.models import Delivery, Message
from portal.organisations.actions import Details, invite_member, register_organisation
from portal.organisations.choices import Kind, Role, Size
from portal.organisations.models import Identifier, Invitation, Membership, Organisation
from portal.records import Region
from tests.factories import make_member, make_supplier, make_user

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))
DAY = timedelta(days=1)


def details(**fields: str) -> Details:
    """The details of a believable supplier."""
    return Details(
        **{
            "name": "Brambling Data Ltd",
            "street_address": "4 Mill Lane",
            "locality": "Leeds",
            "postal_code": "LS1 4AB",
            "region": Region.YORKSHIRE,
            "size": Size.SMALL,
            "website": "https://brambling.example",
            **fields,
        }
    )


def form_data(**fields: Any) -> dict[str, Any]:
    """What a browser sends from the form of a supplier."""
    return {
        "name": "Brambling Data Ltd",
        "gb_coh": "1234567",
        "size": "small",
        "street_address": "4 Mill Lane",
        "locality": "Leeds",
        "postal_code": "ls1 4ab",
        "country_name": "United Kingdom",
        "region": "TLE",
        "website": "",
        "submission_key": str(uuid.uuid4()),
        **fields,
    }


def register(by: User, **fields: Any) -> Organisation:
    arguments: dict[str, Any] = {
        "kind": Kind.SUPPLIER,
        "details": details(),
        "identifiers": {"GB-COH": "01234567"},
        "submission_key": uuid.uuid4(),
        "now": NOW,
        **fields,
    }
    return register_organisation(by=by, **arguments)


def make_imported(name: str = "Brambling Data Limited", number: str = "01234567", **fields: Any) -> Organisation:
    """A record made from published notices."""
    organisation = make_supplier(name, **{"is_imported": True, "status": "pending", "size": "", **fields})
    Identifier.objects.create(organisation=organisation, scheme="GB-COH", value=number)
    return organisation


def invite(organisation: Organisation, by: User, email: str = "dana@example.net", **fields: Any) -> Invitation:
    arguments = {"role": Role.EDITOR, "submission_key": uuid.uuid4(), "now": NOW, **fields}
    return invite_member(organisation=organisation, email=email, by=by, **arguments)


def link_in_mail(email: str) -> str:
    """The path of the link in the newest e-mail to the address."""
    body = Delivery.objects.filter(email=email).latest("id").message.body
    match = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert match, body
    return match[1]


def cast(organisation: Organisation) -> dict[str, Any]:
    """A person in each position towards the organisation."""
    other = make_supplier("Fernhill Cloud Ltd")
    return {
        "owner": make_member(organisation, name="Olive Owner"),
        "editor": make_member(organisation, role=Role.EDITOR, name="Edie Editor"),
        "viewer": make_member(organisation, role=Role.VIEWER, name="Vera Viewer"),
        "outsider": make_member(other, name="Otto Outsider"),
        "staff": make_user(name="Stella Staff", is_staff=True),
        "anonymous": None,
    }


def client_of(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def told(user: User) -> list[str]:
    """The subjects of what the person was told, oldest first."""
    return list(Message.objects.filter(deliveries__recipient=user).order_by("id").values_list("subject", flat=True))


def events(organisation: Organisation) -> list[str]:
    """What the audit says of the organisation, oldest first, without the prefix."""
    names = Event.objects.about(organisation).order_by("id").values_list("name", flat=True)
    return [name.removeprefix("organisations.") for name in names]


def body_of(answer: Any) -> str:
    """The page without the CSRF token, which differs on every page."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", answer.content.decode())


def acting_for(client: Client) -> Membership | None:
    """The membership that the person acts under, as the next request reads it; None where there is none."""
    request: Any = client.get("/organisations/").wsgi_request
    return request.membership or None

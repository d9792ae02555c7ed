"""The people at a supplier to ask, by what they can be asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from portal.organisations.models import Organisation
from portal.refusals import Reason
from techmap.actions.rows import keep_row, remove_row
from techmap.choices import ContactRole
from techmap.models import Contact, SupplierProfile

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_CONTACTS = 12
TELEPHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,28}( ?ext\.? ?[0-9]{1,5})?")


@transaction.atomic
def save_contact(
    *,
    organisation: Organisation,
    role: str,
    name: str,
    email: str,
    telephone: str,
    by: User,
    submission_key: UUID | None = None,
    contact: Contact | None = None,
    version: int = 0,
) -> Contact:
    """Add one, by its submission key, or change the one that is named. It needs an address or a number.

    Raises PermissionDenied, StaleWrite, Refused.
    """
    fields = {"role": role, "name": name, "email": email, "telephone": telephone}

    def rules(profile: SupplierProfile, but: int | None) -> Iterator[Reason]:
        yield from _wrong(fields)
        if but is None and profile.pk and profile.contacts.count() >= MOST_CONTACTS:
            yield Reason(f"You have {MOST_CONTACTS} contacts. Remove one before you add another")

    return keep_row(
        Contact,
        contact,
        fields,
        organisation=organisation,
        submission_key=submission_key,
        version=version,
        rules=rules,
        by=by,
    )


@transaction.atomic
def remove_contact(*, organisation: Organisation, contact: Contact, by: User) -> None:
    remove_row(contact, organisation=organisation, by=by)


def _wrong(fields: dict[str, str]) -> Iterator[Reason]:
    if fields["role"] not in ContactRole.values:
        yield Reason("Choose what the contact can be asked about", "role")
    if not fields["name"].strip():
        yield Reason("Enter the name of the contact", "name")
    elif len(fields["name"]) > 120:
        yield Reason("The name must be 120 characters or fewer", "name")
    if not fields["email"] and not fields["telephone"]:
        yield Reason("Enter an email address or a telephone number", "email")
    if fields["email"] and not _is_email(fields["email"]):
        yield Reason("Enter an email address in the correct format, like name@example.com", "email")
    if fields["telephone"] and not (len(fields["telephone"]) <= 30 and TELEPHONE.fullmatch(fields["telephone"])):
        yield Reason("Enter a telephone number, like 0161 496 0000 or +44 161 496 0000", "telephone")


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254

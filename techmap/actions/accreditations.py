"""Certificates that a supplier says it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from portal.organisations.models import Organisation
from portal.refusals import Reason
from techmap.actions.rows import keep_row, remove_row
from techmap.choices import AccreditationKind
from techmap.models import Accreditation, SupplierProfile

if TYPE_CHECKING:
    from portal.accounts.models import User

LONGEST = {"number": ("certificate number", 80), "issued_by": ("name of the certification body", 120)}


@transaction.atomic
def save_accreditation(
    *,
    organisation: Organisation,
    kind: str,
    number: str,
    issued_by: str,
    expires_on: date | None,
    by: User,
    submission_key: UUID | None = None,
    accreditation: Accreditation | None = None,
    version: int = 0,
) -> Accreditation:
    """Add one, by its submission key, or change the one that is named. Each kind stands once.

    One whose day is past may be listed: it is shown as expired. Raises PermissionDenied, StaleWrite, Refused.
    """
    fields = {"kind": kind, "number": number, "issued_by": issued_by, "expires_on": expires_on}

    def rules(profile: SupplierProfile, but: int | None) -> Iterator[Reason]:
        if kind not in AccreditationKind.values:
            yield Reason("Choose an accreditation from the list", "kind")
        elif profile.pk and profile.accreditations.filter(kind=kind).exclude(pk=but).exists():
            yield Reason(f"{AccreditationKind(kind).label} is listed already. Change that entry instead", "kind")
        for name, (label, most) in LONGEST.items():
            if len(str(fields[name])) > most:
                yield Reason(f"The {label} must be {most} characters or fewer", name)
        if expires_on and not 2000 <= expires_on.year <= 2099:
            yield Reason("The expiry date must be between 2000 and 2099", "expires_on")

    return keep_row(
        Accreditation,
        accreditation,
        fields,
        organisation=organisation,
        submission_key=submission_key,
        version=version,
        rules=rules,
        by=by,
    )


@transaction.atomic
def remove_accreditation(*, organisation: Organisation, accreditation: Accreditation, by: User) -> None:
    remove_row(accreditation, organisation=organisation, by=by)

"""What an organisation says of itself, and the numbers that name it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind as Notice
from portal.organisations.choices import Kind, Scheme, Size
from portal.organisations.identifiers import SCHEMES_OF_KIND, field_of, normalise_identifier
from portal.organisations.listeners import organisation_changed
from portal.organisations.models import Identifier, Organisation
from portal.organisations.permissions import can_edit_organisation, is_held_to_notices, is_portal_staff, why_not_rename
from portal.organisations.queries import owners_of
from portal.records import Region
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

HELD = ("size", "region")  # public even of an imported organisation that nobody has verified
_valid_url = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Details:
    """What a person may write of an organisation; its numbers and its status stand apart."""

    name: str
    street_address: str = ""
    locality: str = ""
    postal_code: str = ""
    country_name: str = "United Kingdom"
    region: str = ""
    size: str = ""
    website: str = ""

    def tidied(self) -> Details:
        """One line each, without stray blanks; the postcode in capitals."""
        tidy = {field: " ".join(value.split()) for field, value in asdict(self).items()}
        return replace(self, **tidy | {"postal_code": tidy["postal_code"].upper()})


def wrong_with_details(kind: str, details: Details) -> list[Reason]:
    """Every reason why these details cannot stand. Suppliers state their size, public bodies have none."""
    reasons = []
    if not details.name:
        reasons.append(Reason("Enter the organisation's name", "name"))
    elif re.search(r"://|[<>]", details.name):
        # The name goes out in e-mails to strangers, so it may not carry a link.
        reasons.append(Reason("The name must not hold a web address or the signs < and >", "name"))
    if details.region and details.region not in Region.values:
        reasons.append(Reason("Choose a region from the list", "region"))
    if kind == Kind.SUPPLIER and details.size not in Size.values:
        reasons.append(Reason("Choose the size of your organisation", "size"))
    if kind == Kind.PUBLIC_BODY and details.size:
        reasons.append(Reason("A public body has no size", "size"))
    if details.website and not _is_url(details.website):
        reasons.append(Reason("Enter a web address, like https://www.example.org", "website"))
    return reasons + _too_long(details)


def _is_url(text: str) -> bool:
    try:
        _valid_url(text)
    except ValidationError:
        return False
    return True


def _too_long(details: Details) -> list[Reason]:
    limits = {field.name: field.max_length for field in Organisation._meta.fields if field.max_length}
    return [
        Reason(f"This must be {limits[field]} characters or fewer", field)
        for field, value in asdict(details).items()
        if len(value) > limits[field]
    ]


def checked_identifiers(kind: str, identifiers: Mapping[str, str]) -> tuple[dict[str, str], list[Reason]]:
    """The numbers that were given, each written in its one way, and what is wrong with the others."""
    good: dict[str, str] = {}
    reasons: list[Reason] = []
    for scheme, value in identifiers.items():
        if not value.strip():
            continue
        try:
            good[scheme] = normalise_identifier(scheme, value)
        except Refused as refused:
            reasons.extend(refused.reasons)
    if not good and not reasons:
        first = field_of(SCHEMES_OF_KIND[Kind(kind)][0])
        reasons.append(Reason("Enter at least one number, so that we can check who you are", first))
    return good, reasons


def taken_reasons(identifiers: Mapping[str, str], *, but: Organisation | None = None) -> list[Reason]:
    """For each number that another organisation holds: what to do. Says nothing of whose it is."""
    others = Identifier.objects.exclude(organisation=but) if but else Identifier.objects.all()
    return [
        Reason(
            f"An organisation with this {Scheme(scheme).label} is already registered. If you work there, ask to join "
            "it: either from the page Your organisations, if your e-mail address is at its domain, or by asking one "
            "of its owners to invite you",
            field_of(scheme),
        )
        for scheme, value in identifiers.items()
        if others.filter(scheme=scheme, value=value).exists()
    ]


def edit_organisation(
    *, organisation: Organisation, details: Details, identifiers: Mapping[str, str], version: int, by: User
) -> Organisation:
    """Change what the organisation says of itself, and tell its other owners.

    Owners and staff. The name and the numbers stay where `why_not_rename` says so; but for staff the size and
    the region of an imported organisation stay until it is verified. `identifiers` maps
    lists to numbers, an empty one to take the number away; lists that it does not name stay as they are.
    Raises PermissionDenied, StaleWrite, or Refused with each thing to mend.
    """
    try:
        with transaction.atomic():
            return _edit(organisation.pk, details.tidied(), identifiers, version, by)
    except IntegrityError:
        # Somebody else took the number between our check and our write.
        reasons = taken_reasons(checked_identifiers(organisation.kind, identifiers)[0], but=organisation)
        if not reasons:
            raise
        raise Refused(reasons) from None


def _edit(pk: int, details: Details, identifiers: Mapping[str, str], version: int, by: User) -> Organisation:
    organisation = Organisation.objects.locked(pk)
    if not can_edit_organisation(by, organisation):
        raise PermissionDenied
    organisation.check_version(version)
    held = dict(organisation.identifiers.values_list("scheme", "value"))
    untouched = {scheme: value for scheme, value in held.items() if scheme not in identifiers}
    good, reasons = checked_identifiers(organisation.kind, {**identifiers, **untouched})
    reasons += _wrong_with_edit(organisation, details, by) + taken_reasons(good, but=organisation)
    if (details.name != organisation.name or good != held) and (why := why_not_rename(by, organisation)):
        reasons.append(Reason(why, "name"))
    if reasons:
        raise Refused(reasons)
    old = {field: getattr(organisation, field) for field in asdict(details)} | held
    _write(organisation, details, good, held)
    organisation_changed(organisation)
    _record_and_tell(organisation, old, asdict(details) | good, by)
    return organisation


def _wrong_with_edit(organisation: Organisation, details: Details, by: User) -> list[Reason]:
    reasons = wrong_with_details(organisation.kind, details)
    if is_portal_staff(by) or not is_held_to_notices(organisation):
        return reasons
    message = f"We show what published notices say, or nothing, until {organisation} is verified. Ask us to change it"
    changed = [field for field in HELD if getattr(details, field) != getattr(organisation, field)]
    return [reason for reason in reasons if reason.field not in HELD] + [Reason(message, field) for field in changed]


def _write(organisation: Organisation, details: Details, good: dict[str, str], held: dict[str, str]) -> None:
    for field, value in asdict(details).items():
        setattr(organisation, field, value)
    organisation.bump_version().save()
    for scheme in held.keys() | good.keys():
        if good.get(scheme) == held.get(scheme):
            continue
        organisation.identifiers.filter(scheme=scheme).delete()
        if scheme in good:
            organisation.identifiers.create(scheme=scheme, value=good[scheme])


def _record_and_tell(organisation: Organisation, old: dict[str, str], new: dict[str, str], by: User) -> None:
    changed = {key for key in old.keys() | new.keys() if old.get(key, "") != new.get(key, "")}
    if not changed:
        return
    record(
        "organisations.organisation.edited",
        target=organisation,
        by=by,
        old={key: old.get(key, "") for key in sorted(changed)},
        new={key: new.get(key, "") for key in sorted(changed)},
    )
    tell(
        kind=Notice.ORGANISATION,
        subject=f"The details of {organisation} were changed",
        body=f"{by} changed the details of {organisation}. If you did not expect this, look at what was changed.",
        recipients=owners_of(organisation).exclude(pk=by.pk),
        path=organisation.get_absolute_url(),
        link_text="See the details",
        reason=f"You are an owner of {organisation}.",
    )

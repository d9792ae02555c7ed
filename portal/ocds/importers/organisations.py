"""Organisations from a release's parties.

A party is the organisation that has one of its numbers. Names alone never join two: a party without
any number is the organisation with the same folded name, postcode and kind where there is exactly
one such, and else a new one, marked as imported. What people of the portal wrote is never changed;
an imported organisation only gains what it lacked, so the order of files does not matter twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, Value
from django.db.models.functions import Lower

from portal.audit.actions import record
from portal.ocds.importers.parties import Number, Party, likeness, read_parties
from portal.ocds.importing import Change, Run, Verb
from portal.ocds.release import Release
from portal.organisations.choices import Status
from portal.organisations.listeners import organisation_changed
from portal.organisations.models import Identifier, Organisation
from techmap.queries.identities import kept_of

NOUN = "organisation"
ADDRESS = ("street_address", "locality", "postal_code")


def import_organisations(release: Release, run: Run) -> list[Change]:
    """Find or make each buyer and supplier, and note under which id the release speaks of it."""
    parties = read_parties(release)
    _look_up(run, [number for party in parties for number in party.numbers])
    changes: list[Change] = []
    for party in parties:
        organisation = _numbered(release, run, party) or _alike(run, party)
        if organisation is None:
            organisation = _make(run, party)
            changes.append(Change(NOUN, Verb.CREATED))
        elif _complete(run, organisation, party):
            changes.append(Change(NOUN, Verb.UPDATED))
        release.organisations[party.id] = organisation
    return changes


def _look_up(run: Run, numbers: Iterable[Number]) -> None:
    """One query for all the release's numbers that this run has not met."""
    wanted = Q(pk__in=[])
    for scheme, value in numbers:
        if run.known((scheme, value)) is None:
            wanted |= Q(scheme=scheme, value=value)
    if wanted:
        for identifier in Identifier.objects.filter(wanted).select_related("organisation"):
            run.remember((identifier.scheme, identifier.value), identifier.organisation)


def _numbered(release: Release, run: Run, party: Party) -> Organisation | None:
    """The organisation that has one of the numbers; of two, the one with the first number, and it is listed."""
    found = [organisation for number in party.numbers if (organisation := run.known(number))]
    others = {organisation for organisation in found if organisation.pk != found[0].pk}
    if others:
        names = "; ".join(f"{organisation} (number {organisation.pk})" for organisation in [found[0], *others])
        release.leave_out("Numbers of two organisations", f"the numbers of {party.name} belong to: {names}")
    return found[0] if found else None


def _alike(run: Run, party: Party) -> Organisation | None:
    """For a party without numbers: one without numbers like it, or the only one like it that has some."""
    if party.numbers:
        return None
    known = run.known(party.likeness)
    if known is not None:
        return known
    candidates = Organisation.objects.annotate(folded=Lower("name"), named=Lower(Value(party.name)))
    vouched = Q(is_imported=True) | Q(status=Status.VERIFIED)
    alike = [
        organisation
        for organisation in candidates.filter(vouched, folded=Lower(Value(party.name)), kind=party.kind)
        .prefetch_related("identifiers")
        .order_by("pk")
        if _likeness_of(organisation) == party.likeness
    ]
    without = [organisation for organisation in alike if not organisation.identifiers.all()]
    if without:
        return kept_of(without[0])
    return kept_of(alike[0]) if len(alike) == 1 else None


def _likeness_of(organisation: Organisation) -> tuple[str, ...]:
    return likeness(organisation.kind, organisation.name, organisation.postal_code, organisation.street_address)


def _make(run: Run, party: Party) -> Organisation:
    organisation = Organisation.objects.create(kind=party.kind, name=party.name, is_imported=True, **party.fields)
    _give_numbers(run, organisation, party.numbers)
    if not party.numbers:
        run.remember(party.likeness, organisation)
    new = {"name": party.name, "kind": party.kind, "identifiers": _written(party.numbers)}
    record("organisations.organisation.imported", target=organisation, by=None, new=new)
    return organisation


def _complete(run: Run, organisation: Organisation, party: Party) -> bool:
    """Give an imported organisation that nobody belongs to what it lacks. True where there was something."""
    numbers = [number for number in party.numbers if run.known(number) is None]
    if not organisation.is_imported or not (numbers or _lacking(organisation, party)):
        return False
    organisation = Organisation.objects.locked(organisation.pk)
    gained = _lacking(organisation, party)
    if not organisation.is_imported or organisation.memberships.exists() or not (numbers or gained):
        return False
    for name, value in gained.items():
        setattr(organisation, name, value)
    organisation.bump_version().save(update_fields=[*gained, "version"])
    _give_numbers(run, organisation, numbers)
    new = gained | ({"identifiers": _written(numbers)} if numbers else {})
    organisation_changed(organisation)
    record("organisations.organisation.import_completed", target=organisation, by=None, new=new)
    return True


def _lacking(organisation: Organisation, party: Party) -> dict[str, str]:
    """What the party has and the organisation has not. An address comes whole or not at all, lest two be mixed."""
    names = ["size", "website"] if organisation.is_supplier else ["website"]
    if not any(getattr(organisation, name) for name in ADDRESS):
        names += [*ADDRESS, "country_name", "region"]
    return {name: party.fields[name] for name in names if party.fields[name] and not getattr(organisation, name)}


def _give_numbers(run: Run, organisation: Organisation, numbers: list[Number]) -> None:
    Identifier.objects.bulk_create(
        Identifier(organisation=organisation, scheme=scheme, value=value) for scheme, value in numbers
    )
    for number in numbers:
        run.remember(number, organisation)


def _written(numbers: list[Number]) -> list[str]:
    return [f"{scheme} {value}" for scheme, value in numbers]

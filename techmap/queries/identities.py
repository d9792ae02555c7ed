"""Which supplier a name means, into which one was merged, and what the register says of a company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from portal.organisations.choices import Status
from portal.organisations.models import Identifier, Membership, Organisation, OrganisationQuerySet
from techmap.models import Company, Merge, OtherName
from techmap.names import fold_name


def vouched_suppliers() -> OrganisationQuerySet:
    """Suppliers that a published name may mean: verified ones, and those made from published lists.

    One that registered here and is not verified says itself who it is, so no name may lead to it.
    """
    vouched = Q(status=Status.VERIFIED) | Q(is_imported=True)
    return Organisation.objects.suppliers().filter(vouched)


def kept_of(supplier: Organisation) -> Organisation:
    """The supplier itself, or the one into which it was merged, however many times."""
    seen: set[int] = set()
    while supplier.pk not in seen:
        seen.add(supplier.pk)
        merge = Merge.objects.filter(folded=supplier, undone_at=None).select_related("kept").first()
        if merge is None:
            break
        supplier = merge.kept
    return supplier


def standing_merges() -> dict[int, int]:
    """For each supplier that was merged away, the one that stands for it today."""
    into = dict(Merge.objects.filter(undone_at=None).values_list("folded", "kept"))
    return {folded: _end_of(folded, into) for folded in into}


def _end_of(pk: int, into: Mapping[int, int]) -> int:
    seen: set[int] = set()
    while pk in into and pk not in seen:
        seen.add(pk)
        pk = into[pk]
    return pk


@dataclass(frozen=True)
class Directory:
    """Suppliers and public bodies by folded name, as they were when it was made."""

    suppliers: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    numberless: set[int] = field(default_factory=set)  # made from lists, without any number
    names: dict[int, str] = field(default_factory=dict)  # of suppliers
    bodies: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def supplier(self, folded: str) -> int | None:
        """The one supplier with the name. Of several, the one that a list without numbers made, if there is but one."""
        found = self.suppliers.get(folded, set())
        return _only(found) or _only(found & self.numberless)

    def is_shared(self, folded: str) -> bool:
        return len(self.suppliers.get(folded, ())) > 1

    def body(self, folded: str) -> int | None:
        """The one public body with the name."""
        return _only(self.bodies.get(folded, set()))

    def add(self, folded: str, supplier: int, name: str) -> None:
        """One that was made just now."""
        self.suppliers[folded].add(supplier)
        self.names[supplier] = name
        self.numberless.add(supplier)


def _only(found: set[int]) -> int | None:
    return next(iter(found)) if len(found) == 1 else None


def make_directory() -> Directory:
    """Read every name once. One that was merged away leads to the supplier that stands for it."""
    directory, into = Directory(), standing_merges()
    numbers = Exists(Identifier.objects.filter(organisation=OuterRef("pk")))
    suppliers = vouched_suppliers().annotate(has_numbers=numbers)
    for pk, name, has_numbers, is_imported in suppliers.values_list("pk", "name", "has_numbers", "is_imported"):
        directory.suppliers[fold_name(name)].add(into.get(pk, pk))
        directory.names[pk] = name
        if is_imported and not has_numbers and pk not in into:
            directory.numberless.add(pk)
    others = OtherName.objects.filter(supplier__in=vouched_suppliers())
    for pk, folded in others.values_list("supplier", "folded"):
        directory.suppliers[folded].add(into.get(pk, pk))
    bodies = Organisation.objects.public_bodies().filter(Q(status=Status.VERIFIED) | Q(is_imported=True))
    for pk, name in bodies.values_list("pk", "name"):
        directory.bodies[fold_name(name)].add(pk)
    return directory


def can_be_merged_away(suppliers: Iterable[int]) -> set[int]:
    """Which of them nobody ever belonged to and no staff verified: made from published lists alone."""
    peopled = Exists(Membership.objects.filter(organisation=OuterRef("pk")))
    free = Organisation.objects.suppliers().filter(pk__in=list(suppliers), is_imported=True).exclude(peopled)
    return {*free.exclude(status=Status.SUSPENDED).values_list("pk", flat=True)}


def find_company(number: str) -> Company | None:
    """The company as the register last had it. The number is written in its one way: 8 characters."""
    return Company.objects.filter(pk=number).first()

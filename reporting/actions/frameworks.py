"""What frameworks ask for beside the standard. Staff write it; what was filed with a field stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Lower
from django.utils import timezone

from portal.audit.actions import record
from portal.govuk.formats import day
from portal.refusals import Reason, Refused
from reporting import standards
from reporting.models import FrameworkField, Return
from reporting.permissions import can_keep_framework_fields
from reporting.queries.standards import as_field, fold, names_of
from reporting.standards import Unsound
from reporting.standards.definition import field_faults

if TYPE_CHECKING:
    from portal.accounts.models import User

FIELDS = ("framework", "table", "name", "label", "help", "type", "codes", "longest", "is_required", "since", "until")
LONGEST = 5_000  # characters of a text
TAKEN = frozenset({"version"})  # the form of a table has a field of its own by this name


@transaction.atomic
def save_framework_field(*, field: FrameworkField, by: User, now: datetime) -> FrameworkField:
    """Add a field, or change one that nothing was filed with; one that was used may only be ended.

    Raises `Refused` with each thing that is wrong at its field.
    """
    if not can_keep_framework_fields(by):
        raise PermissionDenied
    before = FrameworkField.objects.select_for_update().filter(pk=field.pk).first()
    if reasons := list(why_not_save(field, timezone.localdate(now))):
        raise Refused(reasons)
    field.known_as = sorted(names_of(field))
    field.save()
    old = {name: str(getattr(before, name)) for name in FIELDS} if before else {}
    new = {name: str(getattr(field, name)) for name in FIELDS}
    changed = [name for name in FIELDS if old.get(name) != new[name]]
    record(
        f"reporting.framework_field.{'changed' if before else 'added'}", target=field, by=by,
        old={name: old[name] for name in changed if before}, new={name: new[name] for name in changed},
    )  # fmt: skip
    return field


def why_not_save(field: FrameworkField, today: date) -> Iterator[Reason]:
    """Each rule that the field, as it is about to be saved, would break."""
    before = FrameworkField.objects.select_related("framework").filter(pk=field.pk).first() if field.pk else None
    last = last_filed_with(before) if before else None
    if before and last:
        yield from _only_ended(before, field, last)
        return
    yield from _wrong_in_itself(field)
    yield from _wrong_beside_others(field)
    if field.since and field.since < today and (before is None or before.since != field.since):
        yield Reason("Enter today or a later day: returns of periods that have begun are being written", "since")
    yield from _wrong_end(field)


def last_filed_with(field: FrameworkField) -> date | None:
    """The first day of the latest period for which a return was submitted with the field; None for none."""
    filed = Return.objects.filter(submitted_at__isnull=False, period_start__gte=field.since)
    filed = filed.annotate(named=Lower("contract__framework")).filter(named__in=names_of(field))
    if field.until:
        filed = filed.filter(period_start__lte=field.until)
    return filed.aggregate(last=Max("period_start"))["last"]


def _only_ended(before: FrameworkField, field: FrameworkField, last: date) -> Iterator[Reason]:
    for name in FIELDS:
        if name != "until" and getattr(field, name) != getattr(before, name):
            words = "Returns were submitted with this field, so it stays as it was. End it, and add another"
            yield Reason(words, name)
    if field.until and field.until < last:
        words = f"A return for the period from {day(last)} was submitted with this field. Enter that day or a later one"
        yield Reason(words, "until")


def _wrong_in_itself(field: FrameworkField) -> Iterator[Reason]:
    if field.table not in {table.name for table in standards.latest().tables}:
        yield Reason("Choose a table of the standard", "table")
        return
    said = {
        "name": "Use small letters, figures and underscores, and begin with a letter",
        "type": "Choose a type of the standard",
        "codes": "Choose a code list for a code, and none for another type",
        "longest": f"Enter how many characters a text may have, from 1 to {LONGEST:,}",
        "label": "Enter what people read above the field",
        "help": "Enter what people should fill in",
    }
    wrong = {name for name, _ in field_faults(as_field(field), standards.latest())}
    if field.longest and field.longest > LONGEST:
        wrong.add("longest")
    yield from (Reason(said[name], name) for name in said if name in wrong)


def _wrong_beside_others(field: FrameworkField) -> Iterator[Reason]:
    """Never the name or the heading of a core field, in whatever version; nor another framework's for another thing."""
    versions = [standards.load(version) for version in standards.versions()]
    core = {
        item.name: item
        for standard in versions
        for table in standard.tables
        if table.name == field.table
        for item in standard.columns(table)
    }
    if field.name in core or field.name in TAKEN:
        yield Reason(f"“{field.name}” is a field of the standard. Choose another name", "name")
    if fold(field.label) in {fold(item.label) for item in core.values()}:
        yield Reason(f"“{field.label}” is a heading of the standard. Choose other words", "label")
    yield from _wrong_beside_added(field)
    if field.name not in core:
        yield from _unsound(field)


def _wrong_beside_added(field: FrameworkField) -> Iterator[Reason]:
    """In one file the returns of several frameworks may stand: a column means one thing."""
    others = FrameworkField.objects.filter(table=field.table).exclude(pk=field.pk).select_related("framework")
    same_name = [other for other in others if other.name == field.name]
    if any(other.framework_id == field.framework_id for other in same_name):
        yield Reason(f"{field.framework} has a field of this name in the table already", "name")
    elif other := next((one for one in same_name if (one.type, one.codes) != (field.type, field.codes)), None):
        yield Reason(f"{other.framework} has a field of this name with another type. Choose another name", "name")
    same_label = (one for one in others if fold(one.label) == fold(field.label) and one.name != field.name)
    if other := next(same_label, None):
        yield Reason(f"{other.framework} heads its field “{other.name}” so. Choose other words", "label")


def _unsound(field: FrameworkField) -> Iterator[Reason]:
    """Whatever else the standard itself would not bear."""
    standard = standards.latest()
    if field.table not in {table.name for table in standard.tables} or any(field_faults(as_field(field), standard)):
        return
    try:
        standard.with_fields({field.table: [as_field(field)]}, framework=str(field.framework))
    except Unsound as unsound:
        yield Reason(str(unsound))


def _wrong_end(field: FrameworkField) -> Iterator[Reason]:
    if field.since and field.until and field.until < field.since:
        yield Reason("Enter a day on or after the first one", "until")

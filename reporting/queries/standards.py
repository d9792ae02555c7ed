"""Which standard a return is read by: the version that it is pinned to, with the fields of its framework.

A contract names its framework in its own words: the code, the reference or the name, whatever the case. The fields
are read from the database each time, so that no process goes by old ones; the standard that they make is kept, found
by all that it is made from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from reporting import standards
from reporting.models import FrameworkField, Return
from reporting.standards import RETURN, Field, Standard
from reporting.standards.definition import field_faults
from techmap.models import Framework

STAYS_DAYS = 183
NAMES = ("code", "reference", "name")  # of a framework
_LIMITS = {"percentage": ("0", "100"), "count": ("0", "")}
# The fields of one framework by table, ready to be found again.
_Added = tuple[tuple[str, tuple[Field, ...]], ...]


def fold(text: str) -> str:
    """A framework's name as two spellings share it."""
    return " ".join(text.split()).lower()


def standard_of(filed: Return) -> Standard:
    """The one standard by which this return is written, checked, shown and exported."""
    return standard_for(filed.standard, filed.contract.framework, filed.period_start)


def standard_for(version: str, framework_text: str, period_start: date) -> Standard:
    """The standard for a contract that names this framework and a period that begins on this day: one query at most."""
    return FrameworkFields.named([framework_text]).standard_for(version, framework_text, period_start)


def wide_standard(version: str, framework_texts: Iterable[str]) -> Standard:
    """The standard with every field that may stand in a file on contracts of these frameworks: one query.

    None of the added fields is required, because each is of some of the contracts alone.
    """
    texts = list(framework_texts)
    return FrameworkFields.named(texts).wide_standard(version, texts)


def fields_named(framework_text: str) -> QuerySet[FrameworkField]:
    """The fields of the framework that a contract calls by this name."""
    return _of({fold(framework_text)})


def frameworks_that_ask() -> QuerySet[Framework]:
    """Those with fields of their own, by name."""
    return Framework.objects.filter(pk__in=FrameworkField.objects.values("framework")).order_by("name", "pk")


def standard_of_framework(version: str, framework: Framework, today: date) -> tuple[Standard, list[FrameworkField]]:
    """What its contracts report now, and the rows of its fields: for its page and templates.

    A field that has ended stays for half a year, because returns of older periods may still be corrected.
    """
    rows = FrameworkField.objects.filter(framework=framework).select_related("framework").order_by("table", "pk")
    lately = today - timedelta(days=STAYS_DAYS)
    held = [row for row in rows if row.until is None or row.until >= lately]
    return _with(version, held), held


def _of(names: set[str]) -> QuerySet[FrameworkField]:
    rows = FrameworkField.objects.select_related("framework").order_by("framework", "table", "pk")
    rows = rows.annotate(**{f"lower_{name}": Lower(f"framework__{name}") for name in NAMES})
    return rows.filter(
        Q(lower_code__in=names)
        | Q(lower_reference__in=names)
        | Q(lower_name__in=names)
        | Q(known_as__overlap=sorted(names))
    )


@dataclass
class FrameworkFields:
    """The fields of some frameworks as they are now, read once: for files with the returns of many contracts."""

    rows: dict[str, list[FrameworkField]] = field(default_factory=dict)

    @classmethod
    def named(cls, framework_texts: Iterable[str]) -> FrameworkFields:
        """Those of the frameworks that go by these names: one query, and none where nothing is named."""
        names = {folded for text in framework_texts if (folded := fold(text))}
        found = cls()
        for row in _of(names) if names else ():
            for name in names & names_of(row):
                found.rows.setdefault(name, []).append(row)
        return found

    def standard_for(self, version: str, framework_text: str, period_start: date) -> Standard:
        rows = self.rows.get(fold(framework_text), [])
        return _with(version, [row for row in rows if counts_on(row, period_start)])

    def wide_standard(self, version: str, framework_texts: Iterable[str]) -> Standard:
        """Of fields with the same name in the same table the first stands; they are of one type."""
        first: dict[tuple[str, str], FrameworkField] = {}
        for name in dict.fromkeys(map(fold, framework_texts)):
            for row in self.rows.get(name, []):
                first.setdefault((row.table, row.name), row)
        return _with(version, list(first.values()), is_wide=True)


def names_of(row: FrameworkField) -> set[str]:
    """Every name, folded, by which a contract may call the field's framework."""
    now = {fold(getattr(row.framework, name)) for name in NAMES}
    return {name for name in now | set(row.known_as) if name}


def counts_on(row: FrameworkField, period_start: date) -> bool:
    return row.since <= period_start and (row.until is None or period_start <= row.until)


def as_field(row: FrameworkField) -> Field:
    """As the standard has its own. A required one of the return's own row is not required in a nil return."""
    least, most = _LIMITS.get(row.type, ("", ""))
    return Field(
        name=row.name,
        label=row.label,
        help=row.help,
        type=row.type,
        unit="GBP" if row.type == "money" else "",
        codes=row.codes,
        required=row.is_required,
        unless_nil=row.is_required and row.table == RETURN,
        longest=row.longest or 0,
        long=(row.longest or 0) > LONG,
        least=least,
        most=most,
    )


LONG = 200  # characters; a longer text has a box of several lines


def _with(version: str, rows: Iterable[FrameworkField], *, is_wide: bool = False) -> Standard:
    by_framework: dict[str, dict[str, list[Field]]] = {}
    for row in rows:
        item = as_field(row)
        if is_wide:
            item = replace(item, required=False, unless_nil=False)
        by_framework.setdefault(str(row.framework), defaultdict(list))[row.table].append(item)
    standard = standards.load(version)
    if not by_framework:
        return standard
    added = tuple(
        (framework, tuple((table, tuple(items)) for table, items in tables.items()))
        for framework, tables in by_framework.items()
    )
    return _widened(standards.FOLDER, version, added)


@lru_cache(maxsize=256)
def _widened(_folder: object, version: str, added: tuple[tuple[str, _Added], ...]) -> Standard:
    """A core field of the version wins over an added one of the same name; what the version lacks is left out."""
    standard = standards.load(version)
    for framework, tables in added:
        standing = {table.name: table for table in standard.tables}
        fitting = {
            name: [item for item in items if item.name not in standing[name] and not any(field_faults(item, standard))]
            for name, items in tables
            if name in standing
        }
        standard = standard.with_fields(fitting, framework=framework)
    return standard

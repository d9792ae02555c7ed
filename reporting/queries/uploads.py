"""Reading uploads: who sees which, what was found in one by kind, and what became of its returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.urls import reverse
from openpyxl.utils import get_column_letter

from portal.organisations.models import Organisation
from reporting.choices import UNFILED, FoundState, ReturnState, UploadState
from reporting.models import FoundReturn, Return, Upload, UploadFinding

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

AT_WORK = frozenset({UploadState.WAITING, UploadState.READING, UploadState.KEEPING})
READ = frozenset({UploadState.CHECKED, UploadState.KEPT})
SEVERITIES = ("error", "question", "note")
STEP = 25  # per cent: how often a screen reader is told


def visible_uploads(user: User | AnonymousUser) -> QuerySet[Upload]:
    """A supplier's files are for its own people alone: not for buyers, nor for staff."""
    if not user.is_authenticated or not user.is_active:
        return Upload.objects.none()
    mine = Organisation.objects.of_user(user).values("pk")
    return Upload.objects.filter(supplier__in=mine).select_related("supplier", "uploaded_by")


# --- How far it is -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far the reading of a file is. `per_cent` is None where the file does not say how many rows it has."""

    rows: int
    expected: int | None

    @property
    def per_cent(self) -> int | None:
        return min(100, self.rows * 100 // self.expected) if self.expected else None

    @property
    def step(self) -> int:
        """The last quarter that it has passed."""
        return (self.per_cent or 0) // STEP * STEP


def progress_of(upload: Upload) -> Progress:
    return Progress(upload.rows_read, upload.rows_expected)


# --- What was found ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class FindingKind:
    """What is wrong or odd in the same way, in how many cells."""

    severity: str
    check_id: str
    table: str
    field: str
    column: str
    sheet: str
    says: str
    mend: str
    cells: int
    is_mixed: bool  # whether the cells say more than one thing; `says` is then one of them
    url: str

    @property
    def place(self) -> str:
        return f"{self.sheet}: {self.column}" if self.column else self.sheet


def kinds_of(upload: Upload) -> list[FindingKind]:
    """Errors first, then questions, then what is only to be known; of each the most frequent first. One query."""
    grouped = (
        upload.findings.order_by()
        .values("severity", "check_id", "table", "field")
        .annotate(
            cells=Count("pk"),
            columns=Min("column"),
            sheets=Min("sheet"),
            said=Min("says"),
            mending=Min("mend"),
            sayings=Count("says", distinct=True),
        )
        .order_by("severity", "-cells", "check_id", "table", "field")
    )
    return sorted((_kind(upload, group) for group in grouped), key=lambda kind: SEVERITIES.index(kind.severity))


def _kind(upload: Upload, group: Mapping[str, Any]) -> FindingKind:
    key = {name: group[name] for name in ("severity", "check_id", "table", "field")}
    address = reverse("reporting:upload-findings", args=[upload.public_id])
    return FindingKind(
        **key,
        column=group["columns"],
        sheet=group["sheets"],
        says=group["said"],
        mend=group["mending"],
        cells=group["cells"],
        is_mixed=group["sayings"] > 1,
        url=f"{address}?{urlencode({name: value for name, value in key.items() if value})}",
    )


@dataclass(frozen=True)
class Cell:
    """A finding as a page lists it: `place` is its column and row, as a spreadsheet names it."""

    finding: UploadFinding
    place: str


def cells_of(findings: Iterable[UploadFinding]) -> list[Cell]:
    return [Cell(finding, place_of(finding)) for finding in findings]


def place_of(finding: UploadFinding) -> str:
    """For example F17; the row alone where it is of a row, and nothing where it is of neither."""
    letter = get_column_letter(finding.column_number) if finding.column_number else ""
    return f"{letter}{finding.sheet_row or ''}"


# --- What became of its returns ----------------------------------------------------------------------


def counts_of(upload: Upload) -> dict[str, int]:
    """How many returns the file holds, by what can be done with them, and how many findings are listed."""
    state = {name: Count("pk", filter=Q(state=value)) for name, value in _STATES.items()}
    counts: dict[str, int] = upload.found.order_by().aggregate(
        returns=Count("pk"),
        **state,
        ready=Count("pk", filter=Q(state=FoundState.KEPT, filed__state=ReturnState.READY)),
        rows=Sum("rows", default=0),
    )
    return counts | upload.findings.order_by().aggregate(
        listed_errors=Count("pk", filter=Q(severity="error")),
        listed_questions=Count("pk", filter=Q(severity="question")),
        notes=Count("pk", filter=Q(severity="note")),
    )


_STATES = {"good": FoundState.GOOD, "bad": FoundState.BAD, "kept": FoundState.KEPT}


def found_in(upload: Upload) -> QuerySet[FoundReturn]:
    """Its returns, the bad ones first."""
    return upload.found.select_related("filed__contract").order_by("state", "contract_number", "period_start", "pk")


def kept_unfiled(upload: Upload) -> QuerySet[Return]:
    return Return.objects.filter(found_in__upload=upload, found_in__state=FoundState.KEPT, state__in=UNFILED)

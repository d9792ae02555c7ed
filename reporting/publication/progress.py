"""What an OCDS release says of one accepted return: spend, milestones, indicators, changes and units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from reporting.models import Return
from reporting.publication.contracts import Teller
from reporting.publication.mapping import blanked, moment, money, number, objects_of
from reporting.publication.parties import reference
from reporting.queries.public import head_of, values_of
from reporting.queries.publication import Redacted
from reporting.queries.standards import standard_of
from reporting.standards import RETURN, Standard

Object = dict[str, Any]
# A release is one object that everybody reads whole. The lines of a longer return are in the flat files.
MOST_LINES = 1_000
TOLD = ("spend", "kpi", "milestone", "change")


@dataclass
class Told:
    """The lists of objects of one return."""

    items: list[Object]
    transactions: list[Object]
    observations: list[Object]
    milestones: list[Object]
    amendments: list[Object]


def progress(teller: Teller, filed: Return, *, is_latest: bool, before: Return | None) -> Object:
    """The body of a release. `before` is the accepted return of the period that this one corrects.

    How milestones and changes stand is told by the latest period alone: the correction of an older one must not
    turn them back.
    """
    told = _told(teller, filed, is_latest)
    if before is not None:
        _take_away(told, _told(teller, before, is_latest))
    implementation: Object = {
        "transactions": told.transactions,
        "milestones": told.milestones,
        "documents": [_document(filed)],
        "metrics": told.observations,
    }
    return teller.body(
        items=told.items,
        amendments=told.amendments,
        implementation={name: held for name, held in implementation.items() if held},
    )


def _told(teller: Teller, filed: Return, is_latest: bool) -> Told:
    standard, redacted, period = standard_of(filed), teller.redacted, _period(filed)
    rows = _rows_of(filed, standard)
    return Told(
        items=objects_of("spend", rows["spend"], standard, redacted, lambda n, _: f"{period}-{n}"),
        transactions=_transactions(teller, filed, standard),
        observations=_observations(rows["kpi"], filed, redacted),
        milestones=objects_of("milestone", rows["milestone"], standard, redacted, _named("milestone_id"))
        if is_latest
        else [],
        amendments=_amendments(rows["change"], standard, redacted) if is_latest else [],
    )


def _rows_of(filed: Return, standard: Standard) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table that is told, none of one that is too long to be told as one object. One query."""
    lines = filed.lines.filter(table__in=TOLD, number__lte=MOST_LINES + 1).order_by("table", "number")
    found: dict[str, list[Any]] = {name: [] for name in TOLD}
    for name, data in lines.values_list("table", "data"):
        found[name].append(data)
    return {
        name: [] if len(rows) > MOST_LINES else [values_of(standard.table(name), standard, data) for data in rows]
        for name, rows in found.items()
    }


def _period(filed: Return) -> str:
    return f"{filed.period_start:%Y-%m}"


def _named(field: str) -> Any:
    return lambda _number, row: str(row[field])


def _transactions(teller: Teller, filed: Return, standard: Standard) -> list[Object]:
    """What was charged in the period, as one transaction of its last day."""
    spent = head_of(filed, standard).get("actual_spend") if not filed.is_nil else None
    if spent is None or teller.redacted.hides(RETURN, "actual_spend"):
        return []
    return [
        {
            "id": _period(filed),
            "date": moment(filed.period_end),
            "value": money(spent),
            "payer": reference(teller.contract.buyer),
            "payee": reference(teller.contract.supplier),
        }
    ]


def _observations(rows: Iterable[Mapping[str, Any]], filed: Return, redacted: Redacted) -> list[Object]:
    """What was reached of each indicator (OCDS metrics extension)."""
    if redacted.hides("kpi") or redacted.hides("kpi", "actual"):
        return []
    period = {"startDate": moment(filed.period_start), "endDate": moment(filed.period_end)}
    metrics = []
    for row in rows:
        if row.get("actual") is None:
            continue
        seen: Object = {"id": _period(filed), "period": period, "measure": number(row["actual"])}
        if not redacted.hides("kpi", "measured_in"):
            seen["unit"] = {"name": row["measured_in"]}
        title = {} if redacted.hides("kpi", "title") else {"title": row["title"]}
        metrics.append({"id": str(row["kpi_id"]), **title, "observations": [seen]})
    return metrics


def _amendments(rows: Iterable[Mapping[str, Any]], standard: Standard, redacted: Redacted) -> list[Object]:
    """Agreed changes. Those that were asked for, or rejected, amend nothing."""
    if redacted.hides("change", "status"):
        return []
    agreed = [row for row in rows if row.get("status") == "agreed"]
    return objects_of("change", agreed, standard, redacted, lambda _, row: f"change-{row['change_id']}")


def _document(filed: Return) -> Object:
    address = reverse("reporting:public-return", args=[filed.contract.reference, _period(filed)])
    return {
        "id": f"return-{_period(filed)}",
        "documentType": "financialProgressReport",
        "title": f"Return for {filed.period_words}",
        "url": f"{settings.SITE_URL}{address}",
        "format": "text/html",
        "language": "en",
    }


# --- Corrections ---------------------------------------------------------------------------------------


def _take_away(told: Told, before: Told) -> None:
    """What the return of before said and this one says no longer is told as nothing, so that merging removes it."""
    for name in ("items", "transactions", "milestones", "amendments"):
        _blank_the_rest(getattr(told, name), getattr(before, name))
    held = {metric["id"] for metric in told.observations}
    for metric in before.observations:
        if metric["id"] not in held:
            told.observations.append(
                {"id": metric["id"], "observations": [blanked(one) for one in metric["observations"]]}
            )


def _blank_the_rest(new: list[Object], old: list[Object]) -> None:
    """Objects that are gone, and fields of an object that are gone, become null."""
    held = {one["id"]: one for one in new}
    for one in old:
        if one["id"] not in held:
            new.append(blanked(one))
        else:
            gone = {key: value for key, value in one.items() if key not in held[one["id"]]}
            held[one["id"]].update(blanked({"id": one["id"], **gone}))

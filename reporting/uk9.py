"""The contract performance notice (UK9) that an assessment fills in: for people to copy, and as an OCDS release.

Content: Procurement Regulations 2024, regulation 39(4) and (5) for the assessment against the indicators
(Procurement Act 2023, s.71(2)), and what s.71(5) asks for where there was a breach or a failure to improve. It is
a draft: the authority files it with the central digital platform. Whole termination has a notice of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from portal.govuk.formats import day
from portal.organisations.models import Organisation
from reporting.choices import Breach
from reporting.models import Assessment, AssessmentKpi, Contract
from reporting.publication.contracts import METRICS, id_of, ocid_of
from reporting.publication.parties import numbers_of, parties_of, reference
from reporting.queries.assessments import figure, rating_words

Object = dict[str, Any]
NOTICE = "UK9"
FAILURES = (
    "https://raw.githubusercontent.com/open-contracting-extensions/"
    "ocds_performance_failures_extension/master/extension.json"
)
UK = "https://raw.githubusercontent.com/cabinetoffice/ocds_uk_extension/main/extension.json"
EXTENSIONS = [METRICS, FAILURES, UK]
# The rating of regulation 39(5) is this list; its codes are the UK extension's own.
RATINGS = "UK_CA_METRIC_ASSESSMENT"
DESCRIPTIONS = {
    "met": "Performance is meeting or exceeding the key performance indicators",
    "slightlyBelow": "Performance is close to meeting the key performance indicators",
    "below": "Performance is below the key performance indicators",
    "significantlyBelow": "Performance is significantly below the key performance indicators",
    "other": "Performance cannot be described by any of the other ratings",
}
# How the penalty came about, in the extension's words. A part that was ended is described by itself.
PENALTIES = {Breach.DAMAGES: "imposed", Breach.SETTLED: "negotiated"}


@dataclass(frozen=True)
class Part:
    """One heading of the notice with its lines: a label, and the words to copy."""

    title: str
    lines: list[tuple[str, str]]


# --- For people ------------------------------------------------------------------------------------


def parts_of(assessment: Assessment) -> list[Part]:
    """The notice as it reads, in the order of the regulation."""
    contract = assessment.contract
    period = f"{day(assessment.period_start)} to {day(assessment.period_end)}"
    parts = [
        Part("Contracting authority", _organisation(contract.buyer)),
        Part(
            "Contract",
            [
                ("Title of the procurement", contract.title),
                ("Unique identifier of the procurement (OCID)", contract.ocid),
                ("Unique identifier of the contract", contract.number),
            ],
        ),
        Part("Supplier", _organisation(contract.supplier)),
        Part("Assessment", [("Statement", STATEMENT), ("Period that it applies to", period)]),
        *(Part(f"Indicator {kpi.kpi_id}: {kpi.title}", _indicator(kpi)) for kpi in assessment.kpis.all()),
    ]
    return parts + ([Part("Breach or failure to perform", _breach(assessment))] if assessment.has_breach else [])


STATEMENT = (
    "This notice sets out the contracting authority's assessment of performance against the key performance "
    "indicators (Procurement Act 2023, section 71(2))."
)


def _organisation(organisation: Organisation) -> list[tuple[str, str]]:
    numbers = numbers_of(organisation)
    return [
        ("Name", organisation.name),
        ("Unique identifier", str(numbers[0]) if numbers else ""),
        ("Postal address", organisation.address),
        ("E-mail address", ""),  # the portal knows those of people alone, and they are not for a notice
    ]


def _indicator(kpi: AssessmentKpi) -> list[tuple[str, str]]:
    unit = f" {kpi.measured_in}" if kpi.measured_in else ""
    return [
        ("Target", f"{figure(kpi.target)}{unit}" if kpi.target is not None else "Not given"),
        ("Reached", f"{figure(kpi.actual)}{unit}" if kpi.actual is not None else "Not given"),
        ("Rating", rating_words().get(kpi.rating, "")),
        ("What the rating means", DESCRIPTIONS.get(kpi.rating, "")),
        ("Comment", kpi.comment or "None"),
    ]


def _breach(assessment: Assessment) -> list[tuple[str, str]]:
    statement = "Section 71(5) of the Procurement Act 2023 applies because the supplier " + (
        "did not perform the contract to the authority's satisfaction and failed to improve"
        if assessment.breach_kind == Breach.NOT_IMPROVED
        else "breached the contract"
    )
    return [
        ("Statement", f"{statement}."),
        ("What followed", assessment.get_breach_kind_display()),
        ("Date", day(assessment.breach_on) if assessment.breach_on else ""),
        ("Explanation", assessment.breach),
    ]


def missing_from(assessment: Assessment) -> Iterator[str]:
    """What stands between this draft and a notice that can be published, and how to mend it."""
    contract = assessment.contract
    if not assessment.is_final:
        yield "The assessment is not final. Its words may still change."
    if not contract.ocid:
        yield "The contract has no OCID. Take it from the contract's own notices and enter it on the contract."
    if not assessment.kpis.exists():
        yield (
            "The assessment has no key performance indicators. A contract without them needs this notice only for a "
            "breach or a failure to improve."
        )
    if assessment.kpis.filter(rating="").exists():
        yield "Some indicators have no rating."
    for organisation in (contract.buyer, contract.supplier):
        yield from _missing_of(organisation)
    if assessment.has_breach and not (assessment.breach and assessment.breach_on):
        yield "The breach or failure needs its date and an explanation."


def _missing_of(organisation: Organisation) -> Iterator[str]:
    for label, words in _organisation(organisation):
        if not words:
            yield f"{organisation} has no {label[0].lower()}{label[1:]} here. Enter it on the central digital platform."


# --- As OCDS ---------------------------------------------------------------------------------------


def package_of(assessment: Assessment, *, url: str, now: datetime) -> Object:
    """A release package of OCDS 1.1 with one release, which declares the extensions that it uses."""
    return {
        "uri": url,
        "version": "1.1",
        "extensions": EXTENSIONS,
        "publishedDate": now.isoformat(timespec="seconds"),
        "publisher": {"name": settings.SERVICE_NAME, "uri": settings.SITE_URL},
        "releases": [release_of(assessment, url=url)],
    }


def release_of(assessment: Assessment, *, url: str) -> Object:
    contract = assessment.contract
    number = id_of(contract)
    implementation: Object = {
        "documents": [
            {
                "id": f"{NOTICE}-{assessment.public_id}",
                "documentType": "implementationNotice",
                "noticeType": NOTICE,
                "description": "Contract performance notice",
                "url": url,
                "format": "text/html",
            }
        ]
    }
    kpis = list(assessment.kpis.all())
    if kpis:
        implementation["metrics"] = [_metric(kpi, _result(kpi, assessment)) for kpi in kpis]
    if assessment.has_breach:
        implementation["performanceFailures"] = [_failure(assessment)]
    said: Object = {
        "id": number,
        "awardID": number,
        "title": contract.title,
        "status": "active" if contract.state == "active" else "terminated",
        "implementation": implementation,
    }
    targets = [_metric(kpi, _target(kpi, contract)) for kpi in kpis if kpi.target is not None]
    return {
        "ocid": ocid_of(contract),
        "id": f"{ocid_of(contract)}-{NOTICE}-{assessment.public_id}",
        "date": (assessment.final_at or assessment.written_at).isoformat(timespec="seconds"),
        "tag": ["implementation"],
        "initiationType": "tender",
        "language": "en",
        "parties": parties_of(contract),
        "buyer": reference(contract.buyer),
        "contracts": [said | ({"agreedMetrics": targets} if targets else {})],
    }


def _metric(kpi: AssessmentKpi, observation: Object) -> Object:
    return {"id": kpi.kpi_id, "title": kpi.title, "observations": [observation]}


def _target(kpi: AssessmentKpi, contract: Contract) -> Object:
    period = _period(contract.baseline_start, contract.current_end)
    return {"id": f"{kpi.kpi_id}-target", "period": period, **_measured(kpi, kpi.target)}


def _result(kpi: AssessmentKpi, assessment: Assessment) -> Object:
    found: Object = {
        "id": f"{kpi.kpi_id}-{assessment.period_end}",
        "period": _period(assessment.period_start, assessment.period_end),
        **_measured(kpi, kpi.actual),
    }
    if kpi.rating:
        label = rating_words().get(kpi.rating, kpi.rating)
        found["measureClassification"] = {"scheme": RATINGS, "id": kpi.rating, "description": label}
    if kpi.comment:
        found["notes"] = kpi.comment
    return found


def _measured(kpi: AssessmentKpi, value: Decimal | None) -> Object:
    """As text, which the extension allows, so that no figure is rounded."""
    found: Object = {} if value is None else {"measure": figure(value)}
    return found | ({"unit": {"name": kpi.measured_in}} if kpi.measured_in and found else {})


def _failure(assessment: Assessment) -> Object:
    found: Object = {
        "id": f"failure-{assessment.public_id}",
        "period": _period(assessment.period_start, assessment.period_end),
        "description": assessment.breach or assessment.get_breach_kind_display(),
        "suppliers": [reference(assessment.contract.supplier)],
    }
    if assessment.breach_on:
        dated = "decisionDate" if assessment.breach_kind == Breach.NOT_IMPROVED else "penaltyDate"
        found[dated] = f"{assessment.breach_on}T00:00:00Z"
    if penalty := PENALTIES.get(Breach(assessment.breach_kind)):
        found["penaltyType"] = penalty
    if assessment.breach_kind == Breach.PART_ENDED:
        found["partialTermination"] = assessment.breach or assessment.get_breach_kind_display()
    return found


def _period(start: date, end: date) -> Object:
    return {"startDate": f"{start}T00:00:00Z", "endDate": f"{end}T23:59:59Z"}

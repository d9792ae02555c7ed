"""What a supplier tells of its work. Confirmed by a referee, it is evidence for as long as it says the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.organisations.domains import domain_of
from portal.organisations.models import Organisation
from portal.records import sent_before
from portal.refusals import Reason, Refused
from techmap.actions.evidence import record_evidence, withdraw_evidence
from techmap.choices import EvidenceKind
from techmap.models import Capability, CaseStudy, SupplierProfile
from techmap.permissions import can_edit_profile
from techmap.queries.case_studies import bodies_at, confirmations, public_body_at, substance
from techmap.search import index

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_STUDIES = 50  # of one supplier
MOST_CAPABILITIES = 8  # of one case study: what the work really shows
LONGEST = {"title": 150, "customer": 200, "summary": 3000}
EMPTY = {
    "title": "Enter a title",
    "customer": "Enter who the work was for",
    "summary": "Say what you did and what came of it",
    "finished_on": "Enter the day on which the work ended",
}
FIRST_DAY = date(2000, 1, 1)
IN_MAIL = ("title", "customer")  # these go out in e-mails to strangers


@transaction.atomic
def start_case_study(
    *,
    organisation: Organisation,
    title: str,
    customer: str,
    finished_on: date,
    submission_key: UUID,
    by: User,
    today: date,
) -> CaseStudy:
    """Begin a case study. It is shown to others when its summary and its capabilities are there too."""
    organisation = locked_supplier(organisation, by)
    title, customer = tidied(title), tidied(customer)
    if made := sent_before(CaseStudy.objects.filter(profile__organisation=organisation), submission_key):
        return made
    profile, _ = SupplierProfile.objects.get_or_create(organisation=organisation)
    fields = {"title": title, "customer": customer, "finished_on": finished_on}
    reasons = list(_wrong_fields(fields, today))
    if profile.case_studies.count() >= MOST_STUDIES:
        reasons.append(Reason(f"You have {MOST_STUDIES} case studies. Remove one before you add another"))
    if reasons:
        raise Refused(reasons)
    study = CaseStudy.objects.create(profile=profile, submission_key=submission_key, **fields)
    record("techmap.case_study.started", target=profile, by=by, new={"title": title, "customer": customer})
    return study


@transaction.atomic
def save_case_study(*, study: CaseStudy, version: int, fields: Mapping[str, Any], by: User, today: date) -> CaseStudy:
    """Save one step: some of title, customer, finished_on, summary and capabilities.

    Where that changes what a referee has confirmed, the confirmation no longer counts and its evidence
    is withdrawn. Saying the same again changes nothing. Raises `StaleWrite` where somebody else saved meanwhile.
    """
    study = locked_study(study, by)
    wanted: dict[str, Any] = {name: tidied(value) if name in IN_MAIL else value for name, value in fields.items()}
    chosen = _with_retired(study, wanted.pop("capabilities")) if "capabilities" in wanted else None
    before = substance(study)
    after = before | {name: _plain(value) for name, value in wanted.items()}
    if chosen is not None:
        after["capabilities"] = sorted(item.code for item in chosen)
    if after == before:
        return study
    study.check_version(version)
    reasons = [*_wrong_fields(wanted, today), *(_wrong_capabilities(chosen) if chosen is not None else ())]
    if reasons:
        raise Refused(reasons)
    for name, value in wanted.items():
        setattr(study, name, value)
    study.bump_version().save()
    if chosen is not None:
        study.capabilities.set(chosen)
    changed = [name for name in after if after[name] != before[name]]
    record(
        "techmap.case_study.saved",
        target=study.profile,
        by=by,
        old={"case_study": before["title"]} | {name: before[name] for name in changed},
        new={"case_study": study.title} | {name: after[name] for name in changed},
    )
    settle_evidence(study, by=by, reason="The supplier changed the case study after it was confirmed.")
    index.refresh([study.profile.organisation_id])
    return study


@transaction.atomic
def remove_case_study(*, study: CaseStudy, by: User) -> None:
    """Take it off the profile for good, with the evidence that it was. Doing so twice changes nothing."""
    organisation = locked_supplier(study.profile.organisation, by)
    stored = CaseStudy.objects.filter(pk=study.pk, profile__organisation=organisation).first()
    if stored is None:
        return
    source = source_of(stored)
    record("techmap.case_study.removed", target=stored.profile, by=by, old={"title": stored.title})
    stored.delete()
    withdraw_evidence(kind=EvidenceKind.CASE_STUDY, source=source, reason="The supplier removed the case study.", by=by)
    index.refresh([organisation.pk])


def settle_evidence(study: CaseStudy, *, reason: str, by: User | None = None) -> None:
    """Make the evidence agree with the confirmations: one stands, and it is there; none does, and it is gone.

    The caller holds the supplier's lock.
    """
    standing = confirmations(study)
    if not standing:
        withdraw_evidence(kind=EvidenceKind.CASE_STUDY, source=source_of(study), reason=reason, by=by)
        return
    domain = domain_of(standing[0].email)
    record_evidence(
        supplier=study.profile.organisation,
        kind=EvidenceKind.CASE_STUDY,
        source=source_of(study),
        title=study.title,
        dated=study.finished_on,
        capabilities=study.capabilities.all(),
        url=settings.SITE_URL + study.get_absolute_url(),
        buyer=public_body_at(domain),
        buyer_name=bodies_at([domain])[domain],
        by=by,
    )


def source_of(study: CaseStudy) -> str:
    return f"case-study-{study.pk}"


# --- What the actions share --------------------------------------------------------------------------


def locked_supplier(organisation: Organisation, by: User) -> Organisation:
    organisation = Organisation.objects.locked(organisation.pk)
    if not can_edit_profile(by, organisation):
        raise PermissionDenied
    return organisation


def locked_study(study: CaseStudy, by: User) -> CaseStudy:
    """The case study as it is now, under its supplier's lock. Raises `Refused` where it was removed meanwhile."""
    organisation = locked_supplier(study.profile.organisation, by)
    stored = CaseStudy.objects.filter(pk=study.pk).select_related("profile").first()
    if stored is None:
        raise Refused("Somebody has removed this case study since you opened it.")
    stored.profile.organisation = organisation
    return stored


def tidied(text: str) -> str:
    """On one line, without stray blanks."""
    return " ".join(text.split())


def why_not_in_mail(text: str) -> str | None:
    """Why the words may not stand in an e-mail to a stranger: they could pass for a link or for more than a name."""
    if re.search(r"://|www\.|[<>]", text, re.IGNORECASE):
        return "must not hold a web address or the signs < and >"
    if not text.isprintable():
        return "must not hold line breaks or characters that cannot be seen"
    return None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _with_retired(study: CaseStudy, chosen: Iterable[Capability]) -> list[Capability]:
    """What was chosen, and what the form no longer shows because it is retired."""
    retired = study.capabilities.filter(is_retired=True)
    return list({item.pk: item for item in [*chosen, *retired]}.values())


def _wrong_fields(fields: Mapping[str, Any], today: date) -> Iterator[Reason]:
    for name, value in fields.items():
        if not (value.strip() if isinstance(value, str) else value):
            yield Reason(EMPTY[name], name)
        elif isinstance(value, str) and len(value) > LONGEST[name]:
            yield Reason(f"The {name} must be {LONGEST[name]:,} characters or fewer", name)
        elif name in IN_MAIL and (why_not := why_not_in_mail(value)):
            yield Reason(f"The {name} {why_not}", name)
    finished = fields.get("finished_on")
    if finished and finished > today:
        yield Reason("The day must be today or earlier. Where the work goes on, enter today", "finished_on")
    if finished and finished < FIRST_DAY:
        yield Reason("The day must be in 2000 or later", "finished_on")


def _wrong_capabilities(chosen: list[Capability]) -> Iterator[Reason]:
    if not chosen:
        yield Reason("Select what the work shows that you can do", "capabilities")
    if len([item for item in chosen if not item.is_retired]) > MOST_CAPABILITIES:
        yield Reason(
            f"Select {MOST_CAPABILITIES} capabilities or fewer: those that the work shows best", "capabilities"
        )
    if any(item.is_parent for item in chosen):
        yield Reason("Select capabilities from the list", "capabilities")

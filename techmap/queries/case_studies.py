"""Case studies with what has become of asking about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from portal.organisations.choices import Kind, Status
from portal.organisations.domains import domain_of
from portal.organisations.models import EmailDomain, Organisation
from portal.organisations.tokens import hash_token, unsign_token
from techmap.choices import RefereeAnswer, RefereeState
from techmap.models import Capability, CaseStudy, RefereeRequest, SupplierProfile


def substance(study: CaseStudy) -> dict[str, Any]:
    """What a referee is asked to confirm. Where any of it changes, the confirmation is of something else."""
    return {
        "title": study.title,
        "customer": study.customer,
        "summary": study.summary,
        "finished_on": study.finished_on.isoformat(),
        "capabilities": sorted(item.code for item in study.capabilities.all()),
    }


def is_complete(study: CaseStudy) -> bool:
    """Whether every step is done: only then is it shown, and a referee can be asked."""
    return bool(study.summary) and bool(study.capabilities.all())


def state_of(asked: RefereeRequest, now_stands: dict[str, Any], now: datetime) -> RefereeState:
    """Where one question stands, given what the case study says today."""
    if asked.asked_about != now_stands:
        return RefereeState.OUTDATED
    if asked.answer:
        return RefereeState(asked.answer)
    return RefereeState.WAITING if now < asked.expires_at else RefereeState.EXPIRED


# --- For pages -------------------------------------------------------------------------------------


@dataclass
class Study:
    """A case study as a page shows it."""

    study: CaseStudy
    is_complete: bool
    confirmed_by: list[str] = field(default_factory=list)  # "Head of digital at Ashford Vale Council"
    asked: list[tuple[RefereeRequest, RefereeState]] = field(default_factory=list)


def case_studies_of(profile: SupplierProfile) -> QuerySet[CaseStudy]:
    """With what `shown` reads of each: two further queries, however many they are."""
    return profile.case_studies.prefetch_related("capabilities__parent", "referee_requests")


def complete_studies_of(profile: SupplierProfile) -> QuerySet[CaseStudy]:
    """Those that everybody may read, once the supplier is verified."""
    return complete(case_studies_of(profile))


def complete(studies: QuerySet[CaseStudy]) -> QuerySet[CaseStudy]:
    """Those whose every step is done: see `is_complete`."""
    some = CaseStudy.capabilities.through.objects.filter(casestudy=OuterRef("pk"))
    return studies.exclude(summary="").filter(Exists(some))


def shown(studies: Iterable[CaseStudy], now: datetime) -> list[Study]:
    """The case studies with their confirmations; one query more for the names of the bodies."""
    studies = list(studies)
    lines = []
    for study in studies:
        stands = substance(study)
        asked = [(question, state_of(question, stands, now)) for question in study.referee_requests.all()]
        lines.append(Study(study, is_complete(study), asked=asked))
    confirmed = [question for line in lines for question, state in line.asked if state == RefereeState.CONFIRMED]
    names = bodies_at(domain_of(question.email) for question in confirmed)
    for line in lines:
        line.confirmed_by = [
            f"{question.referee_role} at {names[domain_of(question.email)]}"
            for question, state in line.asked
            if state == RefereeState.CONFIRMED
        ]
    return lines


def bodies_at(domains: Iterable[str]) -> dict[str, str]:
    """The name of the verified public body that has each domain; where none has it, the domain itself."""
    wanted = set(domains)
    known = _of_public_bodies().filter(domain__in=wanted).values_list("domain", "organisation__name")
    return {domain: domain for domain in wanted} | (dict(known) if wanted else {})


# --- Referees --------------------------------------------------------------------------------------


def _of_public_bodies() -> QuerySet[EmailDomain]:
    return EmailDomain.objects.filter(organisation__kind=Kind.PUBLIC_BODY, organisation__status=Status.VERIFIED)


def public_body_at(domain: str) -> Organisation | None:
    """The verified public body whose own domain this is."""
    found = _of_public_bodies().filter(domain=domain).select_related("organisation").first()
    return found.organisation if found else None


def is_of_public_body(domain: str) -> bool:
    """Whether people at the domain work for a public body: it is a verified one's, or ends as theirs do."""
    return any(is_under(domain, suffix) for suffix in settings.PUBLIC_BODY_SUFFIXES) or bool(public_body_at(domain))


def is_under(domain: str, suffix: str) -> bool:
    """Whether the domain is the suffix or lies under it. Whole labels count: evilgov.uk is not under gov.uk."""
    wanted = suffix.strip(". ").lower().split(".")
    return bool(wanted[0]) and domain.lower().split(".")[-len(wanted) :] == wanted


def is_own_address(email: str, supplier: Organisation) -> bool:
    """Whether the address is at one of the supplier's own domains, or one of its people's."""
    domain, name = domain_of(email), plain_name(email)
    if any(is_under(domain, own) for own in supplier.email_domains.values_list("domain", flat=True)):
        return True
    members = supplier.memberships.filter(ended_at=None)
    addresses = members.values_list("user__email", "user__emailaddress__email")
    return any((plain_name(own), domain_of(own)) == (name, domain) for pair in addresses for own in pair if own)


def plain_name(email: str) -> str:
    """What stands before the @, without the tag that many mail services let people add (name+tag)."""
    return email.rpartition("@")[0].lower().partition("+")[0]


def find_question(signed: str) -> RefereeRequest | None:
    """The question whose link this is; None where it was taken back, or was never asked."""
    token = unsign_token(signed)
    if token is None:
        return None
    questions = RefereeRequest.objects.select_related("case_study__profile__organisation", "asked_by")
    return questions.filter(token_hash=hash_token(token)).first()


def capabilities_asked(question: RefereeRequest) -> QuerySet[Capability]:
    return Capability.objects.filter(code__in=question.asked_about.get("capabilities", [])).order_by("name")


def open_questions(study: CaseStudy, now: datetime) -> QuerySet[RefereeRequest]:
    return study.referee_requests.filter(answer="", expires_at__gt=now)


def confirmations(study: CaseStudy) -> list[RefereeRequest]:
    """Those that stand: of what the case study says today, the earliest first."""
    stands = substance(study)
    asked = study.referee_requests.filter(answer=RefereeAnswer.CONFIRMED).order_by("answered_at", "pk")
    return [question for question in asked if question.asked_about == stands]

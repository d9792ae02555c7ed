"""What bears the demo suppliers' claims out, told through the actions at the times it happened."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from portal.demo.people import owner_of
from portal.organisations.actions import add_domain
from portal.organisations.domains import domain_of
from portal.organisations.models import EmailDomain, Organisation
from techmap.actions import record_evidence, record_prices, record_rating
from techmap.actions.case_studies import save_case_study, start_case_study
from techmap.actions.referees import answer_question, ask_referee
from techmap.models import Capability

Entry = dict[str, Any]


class Proof:
    """The evidence, ratings, prices and case studies of one supplier of `evidence.toml`."""

    def __init__(self, entry: Entry, organisations: dict[str, Organisation], now: datetime) -> None:
        self.entry, self.organisations, self.now = entry, organisations, now
        self.supplier = organisations[entry["name"]]
        self.by = owner_of(self.supplier)

    def tell(self) -> None:
        for number, piece in enumerate(self.entry.get("evidence", []), start=1):
            self.record(piece, number)
        for rating in self.entry.get("ratings", []):
            record_rating(
                supplier=self.supplier,
                source=f"demo-assessment-{self.supplier.pk}",
                what=rating["what"],
                grade=rating["grade"],
                dated=self.day(rating),
                rated_by=rating["by"],
            )
        for number, price in enumerate(self.entry.get("prices", []), start=1):
            record_prices(
                supplier=self.supplier,
                source=f"demo-return-{self.supplier.pk}-{number}",
                dated=self.day(price),
                prices={(price["what"], price["unit"]): Decimal(str(price["amount"]))},
            )
        for study in self.entry.get("case_studies", []):
            self.study(study)

    def day(self, entry: Entry) -> date:
        return timezone.localdate(self.now) - timedelta(days=entry["age"])

    def record(self, piece: Entry, number: int) -> None:
        record_evidence(
            supplier=self.supplier,
            kind=piece["kind"],
            source=f"demo-{self.supplier.pk}-{number}",
            title=piece["title"],
            dated=self.day(piece),
            capabilities=Capability.objects.filter(code__in=piece["for"]),
            guessed=piece.get("guessed", False),
            value=Decimal(piece["value"]) if "value" in piece else None,
            buyer=self.organisations[piece["buyer"]],
            region=piece.get("region", ""),
        )

    def study(self, entry: Entry) -> None:
        """Written step by step, and put to a referee, who may have answered."""
        today = timezone.localdate(self.now)
        study = start_case_study(
            organisation=self.supplier,
            title=entry["title"],
            customer=entry["customer"],
            finished_on=self.day(entry),
            submission_key=uuid4(),
            by=self.by,
            today=today,
        )
        capabilities = list(Capability.objects.filter(code__in=entry["for"]))
        fields = {"summary": entry["summary"], "capabilities": capabilities}
        study = save_case_study(study=study, version=study.version, fields=fields, by=self.by, today=today)
        self.let_confirm(entry)
        asked = ask_referee(study=study, email=entry["referee"], submission_key=uuid4(), by=self.by, now=self.now)
        if "answer" in entry:
            answer_question(
                question=asked,
                answer=entry["answer"],
                name=entry.get("by", ""),
                role=entry.get("role", ""),
                comment=entry.get("comment", ""),
                now=self.now,
            )

    def let_confirm(self, entry: Entry) -> None:
        """The customer's domain is its own, so that its people can be referees."""
        body, domain = self.organisations[entry["customer"]], domain_of(entry["referee"])
        if not EmailDomain.objects.filter(domain=domain).exists():
            add_domain(organisation=body, domain=domain, is_trusted=False, by=owner_of(body))

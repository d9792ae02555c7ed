"""What an OCDS release says of the contract itself: its award, its baseline, its amendments and its end."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects

from reporting.choices import ContractState
from reporting.models import Amendment, Contract
from reporting.publication.mapping import moment, money
from reporting.publication.parties import parties_of, reference
from reporting.queries.publication import Redacted
from reporting.standards import RETURN

Object = dict[str, Any]
STATUS = {ContractState.ACTIVE: "active", ContractState.ENDED: "terminated"}
METRICS = "https://raw.githubusercontent.com/open-contracting-extensions/ocds_metrics_extension/master/extension.json"


def ocid_of(contract: Contract) -> str:
    """The notice's own where it has one, else one of ours."""
    return contract.ocid or f"{settings.OCID_PREFIX}-{contract.reference}"


def id_of(contract: Contract) -> str:
    """The contract's number; contracts of one process may share it, so the later ones have their reference too."""
    if not contract.ocid:
        return contract.number
    alike = Contract.objects.filter(ocid=contract.ocid, number=contract.number, pk__lt=contract.pk)
    return f"{contract.number}-{contract.reference}" if alike.exists() else contract.number


class Teller:
    """Makes the bodies of one contract's releases: what they share is read once."""

    def __init__(self, contract: Contract, redacted: Redacted) -> None:
        prefetch_related_objects([contract], "buyer__identifiers", "supplier__identifiers")
        self.contract = contract
        self.redacted = redacted
        self.ocid = ocid_of(contract)
        self.id = id_of(contract)
        self.shared: Object = {
            "ocid": self.ocid,
            "initiationType": "tender",
            "language": "en",
            "parties": parties_of(contract),
            "buyer": reference(contract.buyer),
        }

    @property
    def shows_value(self) -> bool:
        return not self.redacted.hides(RETURN, "current_value")

    def body(self, **contract: Any) -> Object:
        """A release without id, date and tag, that says this of the contract."""
        said = {name: value for name, value in contract.items() if value not in (None, [], {})}
        return self.shared | {"contracts": [{"id": self.id, "awardID": self.id} | said]}

    def first(self) -> Object:
        """Award and contract as they were agreed: the baseline."""
        contract = self.contract
        period = {"startDate": moment(contract.baseline_start), "endDate": moment(contract.baseline_end)}
        words = {"title": contract.title, "description": contract.description}
        value = money(contract.baseline_value) if self.shows_value else None
        award = {
            **words,
            "status": "active",
            "value": value,
            "suppliers": [reference(contract.supplier)],
            "items": self._items(),
            "contractPeriod": period,
        }
        said = {name: held for name, held in award.items() if held not in (None, "", [])}
        body = self.body(
            title=contract.title,
            description=contract.description or None,
            status="active",
            period=period,
            value=value,
            milestones=self._milestones(),
            relatedProcesses=self._framework(),
            agreedMetrics=self._metrics(),
        )
        return body | {"awards": [{"id": self.id} | said]}

    def amended(self, amendment: Amendment) -> Object:
        """The contract as the amendment leaves it."""
        hides = self.redacted.hides
        said: Object = {"id": f"amendment-{amendment.number}"}
        if not hides("change", "dated"):
            said["date"] = moment(amendment.dated)
        if not hides("change", "reason"):
            said["rationale"] = amendment.reason
        return self.body(
            period={"startDate": moment(self.contract.baseline_start), "endDate": moment(amendment.end_after)},
            value=money(amendment.value_after) if self.shows_value else None,
            amendments=[] if hides("change") else [said],
        )

    def noticed(self) -> Object:
        """The contract as the newest notice of it has it."""
        contract = self.contract
        return self.body(
            title=contract.title,
            period={"startDate": moment(contract.baseline_start), "endDate": moment(contract.current_end)},
            value=money(contract.current_value) if self.shows_value else None,
        )

    def stands(self) -> Object:
        """Whether it has ended, or goes on after that."""
        return self.body(status=STATUS[ContractState(self.contract.state)])

    def _items(self) -> list[Object]:
        codes = [{"scheme": "CPV", "id": code} for code in self.contract.cpv_codes]
        if not codes:
            return []
        item: Object = {"id": "1", "description": self.contract.title, "classification": codes[0]}
        return [item | ({"additionalClassifications": codes[1:]} if codes[1:] else {})]

    def _milestones(self) -> list[Object]:
        """As the baseline has them; how they stand is said with each return."""
        hides = self.redacted.hides
        if hides("milestone"):
            return []
        return [
            {
                "id": milestone.number,
                **({} if hides("milestone", "title") else {"title": milestone.title}),
                **({} if hides("milestone", "type") else {"type": milestone.type}),
                **({} if hides("milestone", "baseline_due") else {"dueDate": moment(milestone.due)}),
            }
            for milestone in self.contract.baseline_milestones.all()
        ]

    def _metrics(self) -> list[Object]:
        hides = self.redacted.hides
        if hides("kpi"):
            return []
        return [
            {"id": kpi.number, **({} if hides("kpi", "title") else {"title": kpi.title})}
            for kpi in self.contract.baseline_kpis.all()
        ]

    def _framework(self) -> list[Object]:
        name = ", ".join(part for part in (self.contract.framework, self.contract.lot) if part)
        return [{"id": "framework", "relationship": ["framework"], "title": name}] if name else []

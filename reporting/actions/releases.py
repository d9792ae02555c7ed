"""OCDS releases of published contracts: each thing that happens is told once, and never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from reporting.choices import ContractState
from reporting.models import Contract, Publication, PublishedRelease, Return
from reporting.publication.contracts import Teller
from reporting.publication.progress import progress
from reporting.queries.public import ACCEPTED_ONCE, newest_decision, public_returns
from reporting.queries.publication import redacted

A_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Event:
    """One thing that a release tells."""

    name: str
    tags: list[str]
    body: Callable[[], dict[str, Any]]
    filed: Return | None = None


@transaction.atomic
def tell_releases(*, contract: Contract, now: datetime) -> list[PublishedRelease]:
    """Publish a release for everything of a published contract that was not told yet: none where all was.

    Each decision on what is held back tells all anew. Releases are in the order of their dates, and no date is
    used twice by one contract.
    """
    contract = Contract.objects.locked(contract.pk)
    if not contract.is_published:
        return []
    decision = newest_decision(contract)
    told = dict(contract.releases.filter(publication=decision).values_list("event", "dated"))
    teller = Teller(contract, redacted(contract))
    last = contract.releases.order_by("-dated").first()
    count, dated = contract.releases.count(), last.dated if last else None
    made = []
    for event in _events(contract, teller, told, is_new=last is None):
        if event.name in told:
            continue
        dated = now if dated is None else max(now, dated + A_MOMENT)
        count += 1
        made.append(_publish(contract, decision, event, count, dated, teller))
    return made


def _publish(
    contract: Contract, decision: Publication | None, event: Event, count: int, dated: datetime, teller: Teller
) -> PublishedRelease:
    own = "" if contract.reference in teller.ocid else f"-{contract.reference}"
    head: dict[str, Any] = {
        "id": f"{teller.ocid}{own}-{count}",
        "date": dated.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "tag": event.tags,
    }
    data = head | event.body()
    return PublishedRelease.objects.create(
        contract=contract,
        publication=decision,
        filed=event.filed,
        ocid=teller.ocid,
        event=event.name,
        release_id=head["id"],
        tag=",".join(event.tags),
        dated=dated,
        sha256=digest(data),
        data=data,
    )


def digest(data: dict[str, Any]) -> str:
    """Of the release as canonical JSON: sorted keys, no spaces, UTF-8."""
    return hashlib.sha256(
        json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def _events(contract: Contract, teller: Teller, told: Collection[str], *, is_new: bool) -> Iterator[Event]:
    """In the order in which they are told."""
    yield Event("contract", ["award", "contract"] if is_new else ["awardUpdate", "contractUpdate"], teller.first)
    for amendment in contract.amendments.order_by("number"):
        yield Event(f"amendment-{amendment.number}", ["contractAmendment"], partial(teller.amended, amendment))
    if contract.is_imported and contract.released_at and (_is_moved(contract) or not is_new):
        yield Event(f"notice-{contract.released_at:%Y%m%dT%H%M%S}", ["contractUpdate"], teller.noticed)
    yield from _progress(contract, teller)
    ends, reopened = (sum(1 for name in told if name.startswith(f"{what}-")) for what in ("ended", "reopened"))
    if contract.state == ContractState.ENDED and ends == reopened:
        yield Event(f"ended-{ends + 1}", ["contractTermination"], teller.stands)
    elif contract.state == ContractState.ACTIVE and ends > reopened:
        yield Event(f"reopened-{ends}", ["contractUpdate"], teller.stands)


def _is_moved(contract: Contract) -> bool:
    """Whether a later notice than the first has moved its value or end."""
    before = contract.baseline_value, contract.baseline_end
    return before != (contract.current_value, contract.current_end)


def _progress(contract: Contract, teller: Teller) -> Iterator[Event]:
    """An accepted return each; a correction is a further release under its own name."""
    known = public_returns(contract)
    first = not contract.releases.filter(filed__isnull=False).exists()
    for number, filed in enumerate(known):
        filed.contract = contract
        is_latest = number == len(known) - 1
        tags = ["implementation" if first and number == 0 else "implementationUpdate"]
        yield Event(f"return-{filed.pk}", tags, partial(_body_of, teller, filed, is_latest), filed)


def _body_of(teller: Teller, filed: Return, is_latest: bool) -> dict[str, Any]:
    return progress(teller, filed, is_latest=is_latest, before=_told_before(filed))


def _told_before(filed: Return) -> Return | None:
    """The accepted return of the same period that this one corrects."""
    if filed.revision == 1:
        return None
    earlier = Return.objects.filter(ACCEPTED_ONCE, contract=filed.contract_id, period_start=filed.period_start)
    before = earlier.filter(revision__lt=filed.revision).order_by("-revision").first()
    if before:
        before.contract = filed.contract
    return before

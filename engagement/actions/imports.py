"""Requests that other portals published, kept here as they were published. Nobody of ours may change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.dateparse import parse_datetime

from engagement.choices import RequestState, Stage
from engagement.models import EngagementRequest, RequestCapability
from portal.audit.actions import record
from portal.audit.models import Event
from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap.models import Capability

IMPORTED = "engagement.request.imported"
UPDATED = "engagement.request.import_updated"


class Saved(StrEnum):
    """What became of the notice."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OLDER = "older"


@dataclass(frozen=True)
class ImportedNotice:
    """An early-engagement notice as published. Money in pounds; times are instants; "" and None are not known."""

    ocid: str
    release_id: str
    released_at: datetime
    source_url: str
    authority: Organisation
    title: str
    problem: str
    process: str
    published_at: datetime
    closes_at: datetime
    region: str = ""
    value_low: Decimal | None = None
    value_high: Decimal | None = None
    contract_start: date | None = None
    contract_end: date | None = None
    capabilities: tuple[Capability, ...] = ()

    def fields(self) -> dict[str, Any]:
        """The request's fields that a newer release replaces."""
        return {
            "authority": self.authority,
            "source_release_id": self.release_id,
            "source_url": self.source_url,
            "title": self.title,
            "problem": self.problem,
            "process": self.process,
            "published_at": self.published_at,
            "closes_at": self.closes_at,
            "region": self.region,
            "value_low": self.value_low,
            "value_high": self.value_high,
            "contract_start": self.contract_start,
            "contract_end": self.contract_end,
        }


@transaction.atomic
def save_imported_request(*, notice: ImportedNotice, now: datetime) -> tuple[EngagementRequest, Saved]:
    """Keep the notice as a public request, open or closed by the clock. Nobody is told of it.

    Of two releases of one ocid the one with the later date counts, whichever comes first. Its
    capabilities are guesses. Raises `Refused` where the ocid is that of a request written here.
    """
    request = EngagementRequest.objects.select_for_update().filter(ocid=notice.ocid).first()
    if request is None:
        return _create(notice, now), Saved.CREATED
    if not request.is_imported:
        raise Refused("A request written on this portal has this ocid. A notice from elsewhere cannot change it.")
    if request.state not in (RequestState.PUBLISHED, RequestState.CLOSED):
        raise Refused("This request was withdrawn here, or its outcome is published. A notice cannot reopen it.")
    if request.source_release_id == notice.release_id:
        return request, Saved.UNCHANGED
    if notice.released_at <= _released_at(request):
        return request, Saved.OLDER
    return _update(request, notice, now), Saved.UPDATED


def _create(notice: ImportedNotice, now: datetime) -> EngagementRequest:
    request = EngagementRequest(ocid=notice.ocid, is_imported=True, stage=Stage.PRE_PROCUREMENT, **notice.fields())
    _set_state(request, now)
    request.save()
    _set_capabilities(request, notice)
    record(IMPORTED, target=request, by=None, new=_source(notice))
    return request


def _update(request: EngagementRequest, notice: ImportedNotice, now: datetime) -> EngagementRequest:
    changed = {name: value for name, value in notice.fields().items() if getattr(request, name) != value}
    old = {name: _plain(getattr(request, name)) for name in changed}
    for name, value in changed.items():
        setattr(request, name, value)
    _set_state(request, now)
    request.bump_version().save(update_fields=[*changed, "state", "closed_at", "version"])
    _set_capabilities(request, notice)
    new = {name: _plain(value) for name, value in changed.items()}
    record(UPDATED, target=request, by=None, old=old, new=new | _source(notice))
    return request


def _set_state(request: EngagementRequest, now: datetime) -> None:
    request.state = RequestState.PUBLISHED
    request.state = request.state_at(now)
    request.closed_at = request.closes_at if request.state == RequestState.CLOSED else None


def _set_capabilities(request: EngagementRequest, notice: ImportedNotice) -> None:
    wanted = {capability.pk for capability in notice.capabilities}
    guessed = request.request_capabilities.filter(is_guessed=True)
    guessed.exclude(capability__in=wanted).delete()
    known = set(request.request_capabilities.values_list("capability_id", flat=True))
    RequestCapability.objects.bulk_create(
        RequestCapability(request=request, capability=capability, is_guessed=True)
        for capability in notice.capabilities
        if capability.pk not in known
    )


def _source(notice: ImportedNotice) -> dict[str, Any]:
    return {"release": notice.release_id, "released_at": notice.released_at, "source_url": notice.source_url}


def _released_at(request: EngagementRequest) -> datetime:
    """The date of the release that the request was last read from, which its audit record keeps."""
    last = (
        Event.objects.filter(
            target_type=ContentType.objects.get_for_model(request), target_id=request.pk, name__in=[IMPORTED, UPDATED]
        )
        .order_by("-id")
        .first()
    )
    moment = parse_datetime(last.new["released_at"]) if last else request.published_at
    if moment is None:
        raise Refused("It is not known from which release this request was read, so no other can replace it.")
    return moment


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Organisation) else value

"""What a token reaches: what its maker sees, and of that only what is its organisation's own. Anything else is 404."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from portal.problems import Problem
from portal.tokens.models import ApiToken
from portal.tokens.requests import TokenRequest
from reporting.choices import ContractState
from reporting.models import Contract, Return
from reporting.permissions import can_file_return

ENTITY_TAG = re.compile(r'"(\d{1,9})"')
NOT_YOURS = "Only the supplier files returns, and this return is {supplier}'s."


def contracts_of(token: ApiToken) -> QuerySet[Contract]:
    """Those that the organisation is the buyer or the supplier of; a supplier's once they are active."""
    mine = Q(buyer=token.organisation) | Q(supplier=token.organisation) & ~Q(state=ContractState.DRAFT)
    seen = Contract.objects.visible_to(token.made_by).filter(mine)
    return seen.select_related("buyer", "supplier", "scheme")


def returns_of(token: ApiToken) -> QuerySet[Return]:
    """Those that the organisation files; and those filed to it."""
    mine = Q(supplier=token.organisation) | Q(contract__buyer=token.organisation, submitted_at__isnull=False)
    seen = Return.objects.visible_to(token.made_by).filter(mine)
    return seen.select_related("contract__buyer", "contract__supplier", "supplier", "replaces", "replaced_by")


def visible_return(request: TokenRequest, public_id: UUID) -> Return:
    for filed in returns_of(request.auth).filter(public_id=public_id):
        return filed
    raise Http404("Your organisation has no return with this id.")


def own_return(request: TokenRequest, public_id: UUID) -> Return:
    """A return that the organisation files itself; its buyer, who sees it, gets 403."""
    filed = visible_return(request, public_id)
    refuse_others(request, filed)
    return filed


def refuse_others(request: TokenRequest, filed: Return) -> None:
    is_own = filed.supplier_id == request.auth.organisation_id
    if not (is_own and can_file_return(request.user, filed.contract)):
        raise Problem("not-allowed", NOT_YOURS.format(supplier=filed.supplier))


def supplied(token: ApiToken, number: str) -> list[Contract]:
    """The contracts with this number that the organisation reports on: of two buyers there may be one each."""
    return list(contracts_of(token).filter(supplier=token.organisation, number=number).order_by("pk")[:2])


def latest_for(contract: Contract, start: date) -> Return | None:
    """What the period's return is now: the one being written, else the one filed last."""
    found = contract.returns.filter(period_start=start).select_related("supplier").order_by("-revision").first()
    if found:
        found.contract = contract
    return found


# --- The version that a change is made to ----------------------------------------------------------


def entity_tag(filed: Return) -> str:
    return f'"{filed.version}"'


def version_from(request: TokenRequest, filed: Return) -> int:
    """Of `If-Match`: 428 where it is missing, 412 where it is not what the return has now."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise Problem("no-version", "Send If-Match with the ETag of the return as you read it.")
    if given == "*":
        return filed.version
    tags = {int(tag) for tag in ENTITY_TAG.findall(given)}
    if filed.version not in tags:
        raise changed(filed)
    return filed.version


def changed(filed: Return) -> Problem:
    return Problem(
        "changed",
        f"Somebody else has changed {filed} since you read it.",
        headers={"ETag": entity_tag(filed)},
    )

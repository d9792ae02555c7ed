"""Who may do what with a request, a question, a response and an outcome.

Each answers for today's memberships alone. Rules about state and time belong to the actions.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from engagement.models import EngagementRequest, Question, Response
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_write_for, has_role
from portal.refusals import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.files.models import StoredFile

    Person = User | AnonymousUser


def can_draft_for(user: Person, organisation: Organisation) -> bool:
    """Writers of a public body may draft, verified or not."""
    return organisation.is_public_body and can_write_for(user, organisation)


def can_view_work(user: Person, request: EngagementRequest) -> bool:
    """Members of the authority see its drafts, waiting questions and, after closing, responses."""
    return has_role(user, request.authority)


def can_edit_request(user: Person, request: EngagementRequest) -> bool:
    """Writers of the authority. Nobody here wrote an imported notice, so nobody changes it."""
    return not request.is_imported and can_write_for(user, request.authority)


def can_take_part(user: Person, supplier: Organisation) -> bool:
    """Writers of a supplier may ask and respond; whether it is verified is for the action to say."""
    return supplier.is_supplier and can_write_for(user, supplier)


def check_not_both_sides(user: User, request: EngagementRequest) -> None:
    """Refuse who belongs to the authority: nobody answers a request whose responses they will read."""
    if has_role(user, request.authority):
        raise Refused("You are a member of the authority that asks, so a colleague must take part for your supplier")


def can_decide_question(user: Person, question: Question) -> bool:
    return can_edit_request(user, question.request)


def can_read_response(user: Person, response: Response, now: datetime) -> bool:
    """The supplier's own members always; the authority's once the request is closed by the clock."""
    if has_role(user, response.supplier):
        return True
    return Response.objects.readable_by_authority(user, now).filter(pk=response.pk).exists()


def can_read_file(user: Person, stored_file: StoredFile, now: datetime) -> bool:
    """A file is read by those who may read a response that it is attached to."""
    return any(
        can_read_response(user, response, now)
        for response in Response.objects.filter(files=stored_file).select_related("supplier")
    )

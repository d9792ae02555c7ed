"""Every change of an organisation and of who belongs to it."""

from portal.organisations.actions.details import Details, edit_organisation
from portal.organisations.actions.domains import add_domain, remove_domain, set_domain_trust
from portal.organisations.actions.invitations import (
    accept_invitation,
    invite_member,
    resend_invitation,
    revoke_invitation,
)
from portal.organisations.actions.joining import approve_join_request, ask_to_join, decline_join_request
from portal.organisations.actions.members import change_role, end_membership
from portal.organisations.actions.registration import register_organisation
from portal.organisations.actions.verification import (
    ask_again,
    refuse_organisation,
    suspend_organisation,
    verify_organisation,
)

__all__ = [
    "Details",
    "accept_invitation",
    "add_domain",
    "approve_join_request",
    "ask_again",
    "ask_to_join",
    "change_role",
    "decline_join_request",
    "edit_organisation",
    "end_membership",
    "invite_member",
    "refuse_organisation",
    "register_organisation",
    "remove_domain",
    "resend_invitation",
    "revoke_invitation",
    "set_domain_trust",
    "suspend_organisation",
    "verify_organisation",
]

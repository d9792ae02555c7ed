"""Who may do what in a den, by today's memberships and seats. Rules of state and time belong to the actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from innovation_den.models import Den, Panellist
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation, can_write_for

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

    Person = User | AnonymousUser


def can_host(user: Person, organisation: Organisation) -> bool:
    """Writers of a public body may set up a den for it."""
    return organisation.is_public_body and can_write_for(user, organisation)


def can_organise(user: Person, den: Den) -> bool:
    """Writers of the host run the den."""
    return can_write_for(user, den.host)


def can_view_work(user: Person, den: Den) -> bool:
    """Members of the host, and staff, see how it is run; what they may see of each pitch is another matter."""
    return can_view_organisation(user, den.host)


def can_take_part(user: Person, firm: Organisation) -> bool:
    """Writers of a supplier may pitch; whether it is verified and eligible is for the action to say."""
    return firm.is_supplier and can_write_for(user, firm)


def seat_of(user: Person, den: Den) -> Panellist | None:
    """The seat that the user holds today on the den's panels."""
    return Panellist.objects.of_user(user).filter(den=den).first()


def can_chair(user: Person, den: Den) -> bool:
    """A chair among the panellists sees who has scored, and after the day what was scored."""
    return Panellist.objects.of_user(user).filter(den=den, is_chair=True).exists()

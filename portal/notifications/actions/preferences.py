"""How a person wants to hear of things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import transaction

from portal.audit.actions import record
from portal.notifications.choices import CHOOSABLE, Frequency, Kind
from portal.notifications.models import Preference
from portal.notifications.queries import frequencies_of
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def set_preferences(*, wanted: Mapping[str, str], by: User, note: str = "") -> None:
    """Set how `by` wants each kind named in `wanted`; the others stay. Mail about the account can't be set."""
    reasons = [Reason("This kind of e-mail cannot be changed.", kind) for kind in wanted if kind not in CHOOSABLE]
    if reasons:
        raise Refused(reasons)
    get_user_model().objects.select_for_update().get(pk=by.pk)
    before = frequencies_of(by)
    changed = {
        Kind(kind): Frequency(frequency) for kind, frequency in wanted.items() if before[Kind(kind)] != frequency
    }
    for kind, frequency in changed.items():
        Preference.objects.update_or_create(user=by, kind=kind, defaults={"frequency": frequency})
    if changed:
        record(
            "notifications.preferences.changed",
            target=by,
            by=by,
            old={kind.value: before[kind].value for kind in changed},
            new={kind.value: frequency.value for kind, frequency in changed.items()},
            note=note,
        )


def unsubscribe(*, user: User, kind: Kind) -> None:
    """Stop e-mail of this kind; of the daily e-mail, every kind that comes with it.

    The signed link in the e-mail is the right to do so; nobody need be signed in.
    """
    if kind == Kind.DIGEST:
        daily = [choice for choice, frequency in frequencies_of(user).items() if frequency == Frequency.DAILY]
    else:
        daily = [kind]
    set_preferences(
        wanted={choice.value: Frequency.OFF.value for choice in daily}, by=user, note="By the link in an e-mail."
    )

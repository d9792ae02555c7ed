"""Which profiles are due for the yearly review."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from portal.organisations.choices import Status
from portal.organisations.models import Membership
from techmap.choices import ClaimOrigin
from techmap.models import Merge, SupplierProfile
from techmap.models.profiles import REVIEW_EVERY

FIRST, LAST = timedelta(days=-30), timedelta(days=30)
# The last reminder may come late, after the portal stood still, but not for ever.
GRACE = timedelta(days=30)


def profiles_to_remind(now: datetime) -> QuerySet[SupplierProfile]:
    """Those whose review is due within 30 days, or was due within the last 60; `stood` is when its year began.

    The year runs from the last review, or else from the supplier's first own claim. Guesses alone begin none.
    """
    own = Min("claims__claimed_at", filter=Q(claims__origin=ClaimOrigin.SUPPLIER))
    kept = Membership.objects.filter(organisation=OuterRef("organisation"), ended_at=None)
    merged = Merge.objects.filter(folded=OuterRef("organisation"), undone_at=None)
    return (
        SupplierProfile.objects.annotate(stood=Coalesce("reviewed_at", own))
        .filter(
            Exists(kept),
            ~Exists(merged),
            organisation__status__in=[Status.PENDING, Status.VERIFIED],
            stood__lte=now - REVIEW_EVERY - FIRST + timedelta(days=1),
            stood__gt=now - REVIEW_EVERY - LAST - GRACE,
        )
        .select_related("organisation")
        .order_by("pk")
    )

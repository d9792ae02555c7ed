"""Staff read nothing here of a pitch in which they have a part: by a conflict, open or confirmed, or through a firm."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from innovation_den.models import Pitch
from portal.organisations.admin import ReadOnlyAdmin


class OfAPitch(ReadOnlyAdmin):
    """Rows that belong to a pitch in which the reader has no part."""

    to_pitch = "pitch"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = Pitch.objects.without_part_of(request.user)
        return super().get_queryset(request).filter(**{f"{self.to_pitch}__in": seen.values("pk")})


class OfAllPitches(ReadOnlyAdmin):
    """Rows that tell of each pitch of a den at once: none of a den in which a conflict hides one from the reader."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = Pitch.objects.without_conflicts_of(request.user)
        hidden = Pitch.objects.exclude(pk__in=seen.values("pk"))
        return super().get_queryset(request).exclude(den__in=hidden.values("den"))

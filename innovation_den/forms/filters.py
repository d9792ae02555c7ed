"""How the list of dens and a den's list of pitches are narrowed."""

from __future__ import annotations

import django_filters
from django.db.models import Q
from django.utils import timezone

from innovation_den.choices import DenState, PitchState
from innovation_den.models import Den, Pitch
from innovation_den.models.dens import DenQuerySet
from innovation_den.models.pitches import PitchQuerySet
from portal.govuk.kept import KeptChoices
from portal.organisations.choices import Size
from portal.organisations.models import Organisation
from portal.records import Region
from techmap.filters import capability_choices
from techmap.models import Capability

STATES = [
    ("open", "Open for pitches"),
    ("later", "Opens later"),
    ("under_way", "Closed, not decided"),
    ("decided", "Decided"),
    ("called_off", "Called off"),
]
UNDER_WAY = (DenState.SCREENING, DenState.SCHEDULING, DenState.ON_THE_DAY, DenState.DECIDING)
SENT = [(state.value, state.label) for state in PitchState if state != PitchState.DRAFT]


def host_choices() -> list[tuple[int, str]]:
    """Those that have published a den."""
    published = Den.objects.public().values("host_id")
    return list(Organisation.objects.filter(pk__in=published).values_list("pk", "name"))


HOSTS = KeptChoices("den_hosts", host_choices)
CAPABILITIES = KeptChoices("capabilities", capability_choices)


class DenFilter(django_filters.FilterSet):
    """State goes by the clock, so a call that closed a second ago is listed as closed."""

    q = django_filters.CharFilter(label="Words", method="with_words")
    state = django_filters.ChoiceFilter(label="State", choices=STATES, method="in_state", empty_label="All")
    capability = django_filters.ChoiceFilter(
        label="Capability", choices=CAPABILITIES, method="with_capability", empty_label="All"
    )
    host = django_filters.ChoiceFilter(label="Host", choices=HOSTS, empty_label="All")

    class Meta:
        model = Den
        fields: list[str] = []

    def with_words(self, dens: DenQuerySet, _name: str, words: str) -> DenQuerySet:
        """Each of the words, wherever it stands."""
        for word in words.split()[:10]:
            dens = dens.filter(Q(title__icontains=word) | Q(challenge__icontains=word) | Q(host__name__icontains=word))
        return dens

    def in_state(self, dens: DenQuerySet, _name: str, state: str) -> DenQuerySet:
        now = timezone.now()
        by_clock = {
            "open": Q(state=DenState.OPEN, closes_at__gt=now) & (Q(opens_at=None) | Q(opens_at__lte=now)),
            "later": Q(state=DenState.OPEN, opens_at__gt=now),
            "under_way": Q(state__in=UNDER_WAY) | Q(state=DenState.OPEN, closes_at__lte=now),
            "decided": Q(state=DenState.DECIDED) | Q(state=DenState.ARCHIVED, called_off_reason=""),
            "called_off": Q(state=DenState.ARCHIVED) & ~Q(called_off_reason=""),
        }
        return dens.filter(by_clock[state])

    def with_capability(self, dens: DenQuerySet, _name: str, code: str) -> DenQuerySet:
        """A parent stands for all that it holds."""
        concerned = Capability.objects.filter(Q(code=code) | Q(parent__code=code))
        return dens.filter(pk__in=Den.objects.filter(capabilities__in=concerned).order_by().values("pk"))


class PitchFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Title or firm", method="with_words")
    state = django_filters.ChoiceFilter(label="State", choices=SENT, empty_label="All")
    size = django_filters.ChoiceFilter(
        label="Size of firm", field_name="firm__size", choices=Size.choices, empty_label="All"
    )
    region = django_filters.ChoiceFilter(
        label="Region", field_name="firm__region", choices=Region.choices, empty_label="All"
    )

    class Meta:
        model = Pitch
        fields: list[str] = []

    def with_words(self, pitches: PitchQuerySet, _name: str, words: str) -> PitchQuerySet:
        for word in words.split()[:10]:
            pitches = pitches.filter(Q(title__icontains=word) | Q(firm__name__icontains=word))
        return pitches

"""How a den and its programme look as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from innovation_den.choices import DenState, SlotState
from innovation_den.models import Den, Slot
from innovation_den.queries.programme import firms_in
from portal.notifications.links import absolute


class DenSerializer(serializers.Serializer[Any]):
    """One call for ideas."""

    reference = serializers.CharField(help_text="Names the den in its address.")
    title = serializers.CharField()
    host = serializers.CharField(source="host.name", help_text="The public body that holds it.")
    state = serializers.ChoiceField(DenState.choices, help_text="How far it is.")
    challenge = serializers.CharField()
    capabilities = serializers.SerializerMethodField(help_text="Codes of the capabilities that it is about.")
    opens_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    url = serializers.SerializerMethodField(help_text="Its page.")

    def get_capabilities(self, den: Den) -> list[str]:
        return [capability.code for capability in den.capabilities.all()]

    def get_url(self, den: Den) -> str:
        return absolute(den.get_absolute_url())


class DenPageSerializer(serializers.Serializer[Any]):
    """One page of dens, the newest call first."""

    total = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = DenSerializer(many=True)


class SlotSerializer(serializers.Serializer[Any]):
    """One pitch with its time and room."""

    reference = serializers.CharField(source="pitch.reference", help_text="Names the pitch for as long as it is there.")
    title = serializers.CharField(source="pitch.title")
    summary = serializers.CharField(source="pitch.summary")
    firms = serializers.SerializerMethodField(help_text="The firm that leads first.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    room = serializers.CharField(source="room.name")
    place = serializers.CharField(source="room.place", help_text="The room's address.")
    is_recorded = serializers.BooleanField(source="session.is_recorded")
    state = serializers.ChoiceField(SlotState.choices, help_text="How far it is on the day.")

    def get_firms(self, slot: Slot) -> list[str]:
        return [str(firm) for firm in firms_in(slot.pitch)]


class ProgrammeSerializer(serializers.Serializer[Any]):
    """The programme as it stands; changes on the day show at once."""

    den = serializers.CharField(help_text="The reference of its den.")
    release = serializers.IntegerField(help_text="The number of the last release.")
    released_at = serializers.DateTimeField()
    slots = SlotSerializer(many=True)

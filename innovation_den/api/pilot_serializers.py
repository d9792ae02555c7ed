"""How a published pilot looks as JSON: what its public page says, and no more."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from innovation_den.choices import Better, PilotExit, PilotOutcome, PilotState
from innovation_den.models import Pilot, PilotAmendment, StopRule
from innovation_den.queries.pilots import Point
from portal.notifications.links import absolute


def _number(**fields: Any) -> serializers.DecimalField:
    """Of the measure: without the noughts that its column adds."""
    return serializers.DecimalField(max_digits=14, decimal_places=4, normalize_output=True, **fields)


def _pounds(words: str) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=12, decimal_places=2, help_text=words)


class PilotSerializer(serializers.Serializer[Any]):
    """A test of a new idea, and what it showed."""

    reference = serializers.CharField(help_text="Names the pilot in its address.")
    title = serializers.CharField()
    sponsor = serializers.CharField(source="sponsor.name", help_text="The public body that tested.")
    firm = serializers.CharField(source="firm.name", help_text="The firm that tested with it.")
    capabilities = serializers.SerializerMethodField(help_text="Codes of the capabilities that it concerns.")
    outcome = serializers.ChoiceField(PilotOutcome.choices, help_text="What the test showed.")
    exit = serializers.ChoiceField(PilotExit.choices, help_text="What comes next.")
    hypothesis = serializers.CharField(help_text="What was to be found out.")
    measure = serializers.CharField(help_text="What was measured.")
    unit = serializers.CharField(allow_blank=True)
    better = serializers.ChoiceField(Better.choices, help_text="Which way the measure should go.")
    baseline = _number(allow_null=True, help_text="What the measure was at the start.")
    threshold = _number(help_text="What would prove it.")
    latest = serializers.SerializerMethodField(help_text="The last value of the measure.")
    budget_cap = _pounds("The most that might be spent, in pounds without VAT.")
    spent = _pounds("What was spent, in pounds without VAT.")
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    learnt = serializers.CharField(help_text="What was learnt.")
    advice = serializers.CharField(allow_blank=True, help_text="Advice to the next who tries.")
    firm_words = serializers.CharField(allow_blank=True, help_text="What the firm adds.")
    published_at = serializers.DateTimeField()
    url = serializers.SerializerMethodField(help_text="Its page.")

    def get_capabilities(self, pilot: Pilot) -> list[str]:
        return [capability.code for capability in pilot.capabilities.all()]

    @extend_schema_field(_number(allow_null=True))
    def get_latest(self, pilot: Pilot) -> str | None:
        value = self.context["latest"].get(pilot.pk)
        return None if value is None else _number().to_representation(value)

    def get_url(self, pilot: Pilot) -> str:
        return absolute(pilot.get_absolute_url())


class PilotPageSerializer(serializers.Serializer[Any]):
    """One page of the library of learning, the newest first."""

    total = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = PilotSerializer(many=True)


class MeasuredSerializer(serializers.Serializer[Any]):
    """The measure on a day."""

    dated = serializers.DateField()
    value = _number()
    is_reached = serializers.SerializerMethodField(help_text="Whether the value proves it.")

    def get_is_reached(self, point: Point) -> bool:
        pilot: Pilot = self.context["pilot"]
        return pilot.reaches(point.value)


class PilotStopRuleSerializer(serializers.Serializer[Any]):
    """When the test was to stop early."""

    says = serializers.SerializerMethodField()
    met_at = serializers.DateTimeField(allow_null=True)

    def get_says(self, rule: StopRule) -> str:
        return rule.in_words(self.context["pilot"])


class PilotChangeSerializer(serializers.Serializer[Any]):
    """One term, as it was and as it became."""

    term = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class PilotAmendmentSerializer(serializers.Serializer[Any]):
    """A change of the terms after the start, signed by both sides."""

    number = serializers.IntegerField()
    applied_at = serializers.DateTimeField()
    reason = serializers.CharField()
    changes = serializers.SerializerMethodField()

    @extend_schema_field(PilotChangeSerializer(many=True))
    def get_changes(self, amendment: PilotAmendment) -> list[dict[str, str]]:
        return [{"term": term, "old": old, "new": new} for term, old, new in amendment.public_rows()]


class PilotDetailSerializer(PilotSerializer):
    """One published pilot with its terms and figures."""

    starts_on = serializers.DateField(allow_null=True, help_text="The first day, as agreed.")
    ends_on = serializers.DateField(allow_null=True, help_text="The last day, as agreed.")
    ended_early = serializers.SerializerMethodField(help_text="Whether it ended before its last day.")
    ethics_notes = serializers.CharField(allow_blank=True, help_text="Who could be harmed, and how that was prevented.")
    stop_rules = serializers.SerializerMethodField(help_text="When it was to stop early.")
    amendments = serializers.SerializerMethodField(help_text="Changes of the terms that are public.")
    measured = serializers.SerializerMethodField(help_text="The last value of the measure on each day, in order.")
    follows = serializers.SerializerMethodField(help_text="The reference of the published pilot that it follows.")
    engagement = serializers.SerializerMethodField(help_text="The page on which the idea goes on.")

    def get_ended_early(self, pilot: Pilot) -> bool:
        return bool(pilot.end_reason)

    @extend_schema_field(PilotStopRuleSerializer(many=True))
    def get_stop_rules(self, pilot: Pilot) -> Any:
        return PilotStopRuleSerializer(pilot.stop_rules.all(), many=True, context={"pilot": pilot}).data

    @extend_schema_field(PilotAmendmentSerializer(many=True))
    def get_amendments(self, pilot: Pilot) -> Any:
        public = [one for one in pilot.amendments.exclude(applied_at=None) if one.public_rows()]
        return PilotAmendmentSerializer(public, many=True).data

    @extend_schema_field(MeasuredSerializer(many=True))
    def get_measured(self, pilot: Pilot) -> Any:
        return MeasuredSerializer(self.context["points"], many=True, context={"pilot": pilot}).data

    def get_follows(self, pilot: Pilot) -> str | None:
        before = pilot.follows
        return before.reference if before and before.state == PilotState.PUBLISHED else None

    def get_engagement(self, pilot: Pilot) -> str | None:
        request = self.context["engagement"]
        return absolute(request.get_absolute_url()) if request else None

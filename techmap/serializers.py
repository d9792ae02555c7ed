"""How the techmap's facts look as JSON. The fields are those of `techmap.queries.published`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from portal.organisations.choices import Size
from portal.records import Region
from techmap.choices import AccreditationKind, EvidenceKind, Level, Sector, Support
from techmap.models import Capability


class ClaimSerializer(serializers.Serializer[Any]):
    """One capability that a supplier claims, or that a notice suggests."""

    capability = serializers.CharField(help_text="Its code.")
    name = serializers.CharField()
    group = serializers.CharField(help_text="The code of its group.")
    group_name = serializers.CharField()
    is_guessed = serializers.BooleanField(help_text="Read from a notice; the supplier has not confirmed it.")
    level = serializers.ChoiceField(Level.choices, allow_blank=True, help_text="In the supplier's own words.")
    since = serializers.IntegerField(allow_null=True, help_text="Since which year.")
    support = serializers.ChoiceField(Support.choices, help_text="How far evidence bears it out today.")
    unconfirmed_since = serializers.DateField(
        allow_null=True, help_text="Since when the supplier has not stood by it, where that is over a year."
    )


class AccreditationSerializer(serializers.Serializer[Any]):
    """A certificate that the supplier says it holds."""

    kind = serializers.ChoiceField(AccreditationKind.choices)
    name = serializers.CharField()
    number = serializers.CharField()
    issued_by = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True, help_text="Its last day.")
    is_expired = serializers.BooleanField()


class PlaceSerializer(serializers.Serializer[Any]):
    """A place on a framework agreement."""

    framework = serializers.CharField(help_text="Its code.")
    name = serializers.CharField()
    reference = serializers.CharField()
    lots = serializers.ListField(child=serializers.CharField())


class EvidenceSerializer(serializers.Serializer[Any]):
    """A dated fact from outside the supplier."""

    kind = serializers.ChoiceField(EvidenceKind.choices)
    source = serializers.CharField(help_text="What it can be looked up by: an OCID.")  # type: ignore[assignment]
    title = serializers.CharField()
    dated = serializers.DateField()
    capability = serializers.CharField(allow_null=True, help_text="The code of what it bears out.")
    is_guessed = serializers.BooleanField(help_text="Whether the capability was read from codes and words.")
    value = serializers.DecimalField(
        16, 2, allow_null=True, help_text="Of the whole contract, in pounds, excluding VAT."
    )
    buyer = serializers.CharField(help_text="The public body.")
    region = serializers.ChoiceField(Region.choices, allow_blank=True, help_text="Where it was delivered.")
    url = serializers.CharField(help_text="Where it was published.")


class SupplierBaseSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Never changes.")
    name = serializers.CharField()
    url = serializers.URLField(help_text="Its page.")
    is_verified = serializers.BooleanField(
        help_text="Whether its people were verified. Of others only published facts are given."
    )
    size = serializers.ChoiceField(Size.choices, allow_blank=True, help_text="The SME test; empty where unknown.")
    is_sme = serializers.BooleanField()
    office_region = serializers.ChoiceField(Region.choices, allow_blank=True)
    is_vcse = serializers.BooleanField(allow_null=True, help_text="Null where it has not said.")
    regions = serializers.ListField(child=serializers.ChoiceField(Region.choices), help_text="Where it delivers.")
    sectors = serializers.ListField(child=serializers.ChoiceField(Sector.choices))
    summary = serializers.CharField()
    description = serializers.CharField()
    technologies = serializers.ListField(child=serializers.CharField())
    website = serializers.CharField()
    links = serializers.ListField(child=serializers.CharField())
    reviewed_on = serializers.DateField(allow_null=True, help_text="When it last stood by all of it.")
    claims = ClaimSerializer(many=True)
    accreditations = AccreditationSerializer(many=True)
    frameworks = PlaceSerializer(many=True)
    evidence_count = serializers.IntegerField()
    latest_evidence = serializers.DateField(allow_null=True)


class SupplierSerializer(SupplierBaseSerializer):
    """One supplier as its public page shows it."""

    evidence = EvidenceSerializer(many=True, help_text="Newest first.")


class FoundSupplierSerializer(SupplierBaseSerializer):
    """A supplier that a search found."""

    why = serializers.SerializerMethodField(help_text="Why it matched, in words.")

    def get_why(self, supplier: Any) -> list[str]:
        return list(self.context["why"].get(supplier.id, []))


class OptionSerializer(serializers.Serializer[Any]):
    """One value of a filter."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField(help_text="How many suppliers it would leave.")
    is_chosen = serializers.BooleanField()
    parent = serializers.CharField(help_text="What it is a part of.")  # type: ignore[assignment]


class FacetSerializer(serializers.Serializer[Any]):
    """A filter, under the name of its parameter."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    options = OptionSerializer(many=True)


class SupplierPageSerializer(serializers.Serializer[Any]):
    """One page of a search."""

    total = serializers.IntegerField(help_text="How many suppliers match.")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    data_version = serializers.IntegerField(help_text="Grows with every change of what is searched.")
    did_you_mean = serializers.CharField(allow_null=True, help_text="Other words, where yours may be misspelt.")
    facets = FacetSerializer(many=True)
    results = FoundSupplierSerializer(many=True)


class CapabilitySerializer(serializers.ModelSerializer[Capability]):
    """One kind of technology, or a group of them."""

    group = serializers.SlugRelatedField[Capability](
        source="parent", slug_field="code", read_only=True, allow_null=True, help_text="Null for a group itself."
    )

    class Meta:
        model = Capability
        fields = ["code", "name", "description", "group", "aliases", "cpv_prefixes"]

"""How contracts and returns look as JSON."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.problems import ErrorSerializer
from reporting.choices import ContractState, ReturnState, Rhythm
from reporting.models import Contract, Return

DRAFT_TABLES = {"$ref": "#/components/schemas/DraftTables"}
RETURN_TABLES = {"$ref": "#/components/schemas/ReturnTables"}
MOST_CHECKED = 50
MOST_NIL = 200
MOST_ANSWERS = 1_000


def address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


# --- Answers ---------------------------------------------------------------------------------------


class PartySerializer(serializers.Serializer[Any]):
    """A public body or a supplier."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class ContractBriefSerializer(serializers.Serializer[Any]):
    """Which contract a return is of."""

    reference = serializers.CharField(help_text="What it stands under in addresses.")
    number = serializers.CharField(help_text="As the two parties call it: `contract_id` in a return.")
    title = serializers.CharField()
    buyer = PartySerializer()
    supplier = PartySerializer()


class ContractSerializer(ContractBriefSerializer):
    """One contract, as both of its sides see it. Money is in pounds without VAT."""

    url = serializers.SerializerMethodField(help_text="Its page.")
    description = serializers.CharField()
    scheme = serializers.CharField(source="scheme.name", default=None, allow_null=True)
    ocid = serializers.CharField(allow_blank=True)
    cpv_codes = serializers.ListField(child=serializers.CharField())
    framework = serializers.CharField(allow_blank=True)
    lot = serializers.CharField(allow_blank=True)
    baseline_value = serializers.DecimalField(16, 2, allow_null=True, help_text="Frozen when it became active.")
    baseline_start = serializers.DateField()
    baseline_end = serializers.DateField()
    current_value = serializers.DecimalField(16, 2, allow_null=True, help_text="After every amendment.")
    current_end = serializers.DateField()
    rhythm = serializers.ChoiceField(Rhythm.choices)
    reports_from = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(ContractState.choices)
    is_published = serializers.BooleanField()

    @extend_schema_field(serializers.URLField)
    def get_url(self, contract: Contract) -> str:
        return address(contract.get_absolute_url())


class MilestoneSerializer(serializers.Serializer[Any]):
    """A milestone as the contract first set it."""

    number = serializers.CharField()
    title = serializers.CharField()
    type = serializers.CharField()
    due = serializers.DateField()


class KpiSerializer(serializers.Serializer[Any]):
    """An indicator as the contract first set it."""

    number = serializers.CharField()
    title = serializers.CharField()
    measured_in = serializers.CharField()
    target = serializers.DecimalField(18, 4)
    direction = serializers.CharField()


class AmendmentSerializer(serializers.Serializer[Any]):
    """An agreed change of the contract."""

    number = serializers.IntegerField()
    dated = serializers.DateField()
    reason = serializers.CharField()
    value_change = serializers.DecimalField(16, 2)
    value_after = serializers.DecimalField(16, 2, allow_null=True)
    end_before = serializers.DateField()
    end_after = serializers.DateField()


class ContractDetailSerializer(ContractSerializer):
    """One contract with its baseline and amendments."""

    milestones = MilestoneSerializer(many=True, source="baseline_milestones.all")
    kpis = KpiSerializer(many=True, source="baseline_kpis.all")
    amendments = AmendmentSerializer(many=True, source="amendments.all")
    tables = serializers.SerializerMethodField(help_text="JSON Schema of a return of this contract today.")

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_tables(self, contract: Contract) -> dict[str, Any]:
        return dict(self.context["schema"])


class ReturnSerializer(serializers.Serializer[Any]):
    """One return: of which contract and period, and how far it is."""

    id = serializers.UUIDField(source="public_id")
    url = serializers.SerializerMethodField(help_text="Its page.")
    contract = ContractBriefSerializer()
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    due_at = serializers.DateTimeField()
    state = serializers.ChoiceField(ReturnState.choices)
    version = serializers.IntegerField(help_text="Grows with each change; the `ETag` is made of it.")
    standard = serializers.CharField(help_text="The version of the standard that it is pinned to.")
    is_nil = serializers.BooleanField()
    revision = serializers.IntegerField(help_text="Above 1 for a correction.")
    replaces = serializers.UUIDField(source="replaces.public_id", default=None, allow_null=True)
    reason = serializers.CharField(allow_blank=True, help_text="Why it was corrected.")
    submitted_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField(allow_blank=True, help_text="What the buyer asks to be corrected.")
    quality_score = serializers.IntegerField(allow_null=True)

    @extend_schema_field(serializers.URLField)
    def get_url(self, filed: Return) -> str:
        return address(filed.get_absolute_url())


class AnswerSerializer(serializers.Serializer[Any]):
    """Why something odd is so: the answer to a question of the checks."""

    check = serializers.CharField(max_length=60, help_text="As the question names it.")
    table = serializers.CharField(max_length=40)
    row = serializers.IntegerField(min_value=1, max_value=1_000_000, help_text="From 1.")
    text = serializers.CharField(max_length=1000)


class ReturnDetailSerializer(ReturnSerializer):
    """One return with all that it says. Its version is the `ETag`."""

    lines = serializers.SerializerMethodField(help_text="How many rows each table has.")
    tables = serializers.SerializerMethodField(
        help_text="As the standard's JSON Schema has them; null where there are more than 20,000 rows."
    )
    answers = serializers.SerializerMethodField(help_text="Answers to questions.")
    errors = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="What must be mended before it can be submitted."
    )
    questions = serializers.SerializerMethodField(help_text="What is odd and not answered yet.")

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_lines(self, filed: Return) -> Any:
        return self.context["lines"]

    @extend_schema_field({"oneOf": [DRAFT_TABLES, {"type": "null"}]})
    def get_tables(self, filed: Return) -> Any:
        return self.context["tables"]

    @extend_schema_field(AnswerSerializer(many=True))
    def get_answers(self, filed: Return) -> Any:
        return self.context["answers"]

    @extend_schema_field(ErrorSerializer(many=True))
    def get_errors(self, filed: Return) -> Any:
        return self.context["errors"]

    @extend_schema_field(ErrorSerializer(many=True))
    def get_questions(self, filed: Return) -> Any:
        return self.context["questions"]


class _PageSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField(help_text="How many there are in all.")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ReturnPageSerializer(_PageSerializer):
    """One page of returns."""

    results = ReturnSerializer(many=True)


class RowPageSerializer(_PageSerializer):
    """One page of the rows of a table."""

    results = serializers.ListField(child=serializers.DictField(), help_text="Rows as the JSON Schema has them.")


class ContractPageSerializer(_PageSerializer):
    """One page of contracts."""

    results = ContractSerializer(many=True)


class CheckedSerializer(serializers.Serializer[Any]):
    """What the checks say of one return. Nothing of it is kept."""

    id = serializers.UUIDField(allow_null=True, help_text="The return that it would be filed as.")
    is_ready = serializers.BooleanField(help_text="Whether it could be filed as it is.")
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]
    questions = ErrorSerializer(many=True)


class CheckedListSerializer(serializers.Serializer[Any]):
    """In the order in which they were sent."""

    returns = CheckedSerializer(many=True)


class ReturnListSerializer(serializers.Serializer[Any]):
    returns = ReturnSerializer(many=True)


class StandardSerializer(serializers.Serializer[Any]):
    """One published version of the standard."""

    version = serializers.CharField()
    title = serializers.CharField()
    published = serializers.DateField()
    is_latest = serializers.BooleanField()
    sha256 = serializers.CharField(help_text="Of its definition, which never changes.")
    url = serializers.URLField(help_text="Its page.")
    schema = serializers.URLField(help_text="Its JSON Schema.")


# --- What is sent ----------------------------------------------------------------------------------


class _TablesField(serializers.DictField):
    """The tables as they were sent; the standard reads them later."""


@extend_schema_field(DRAFT_TABLES)
class DraftTablesField(_TablesField):
    pass


@extend_schema_field(RETURN_TABLES)
class ReturnTablesField(_TablesField):
    pass


class Strict(serializers.Serializer[Any]):
    """Refuses names that it does not know: what is mistyped would be lost unseen."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            raise serializers.ValidationError({name[:60]: ["There is no such field."] for name in unknown})
        return value


def _answers() -> serializers.BaseSerializer[Any]:
    return serializers.ListSerializer(
        child=AnswerSerializer(),
        required=False,
        default=list,
        max_length=MOST_ANSWERS,
        help_text="Answers to questions, up to 1,000.",
    )


class DraftSerializer(Strict):
    """A return as it should be kept: what is not in it is taken out."""

    tables = DraftTablesField()
    answers = _answers()


class FilingSerializer(Strict):
    """A whole return. `contract_id` and `period_start` in its table `return` say which one it is."""

    tables = ReturnTablesField()
    answers = _answers()


class CheckSerializer(Strict):
    """Several returns, up to 50."""

    returns = serializers.ListField(child=FilingSerializer(), min_length=1, max_length=MOST_CHECKED)


class NilSerializer(Strict):
    """Which returns are nil: all of them are filed, or none."""

    returns = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_NIL)


class CorrectionSerializer(Strict):
    reason = serializers.CharField(max_length=1000, help_text="Why it must be corrected; the buyer reads it.")


class SubmitSerializer(Strict):
    answers = _answers()

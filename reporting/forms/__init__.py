"""The shape of what people type in; the actions and the standard hold the rules."""

from reporting.forms.contracts import ActivateForm, AmendForm, ContractForm, KpiForm, MilestoneForm
from reporting.forms.returns import AnswerForm, CorrectionForm, LineForm, ReasonForm, VersionForm, table_form

__all__ = [
    "ActivateForm",
    "AmendForm",
    "AnswerForm",
    "ContractForm",
    "CorrectionForm",
    "KpiForm",
    "LineForm",
    "MilestoneForm",
    "ReasonForm",
    "VersionForm",
    "table_form",
]

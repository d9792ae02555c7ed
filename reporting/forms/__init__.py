"""The shape of what people type in; the actions and the standard hold the rules."""

from reporting.forms.contracts import ActivateForm, AmendForm, ContractForm, KpiForm, MilestoneForm
from reporting.forms.returns import CorrectionForm, LineForm, ReasonForm, table_form

__all__ = [
    "ActivateForm",
    "AmendForm",
    "ContractForm",
    "CorrectionForm",
    "KpiForm",
    "LineForm",
    "MilestoneForm",
    "ReasonForm",
    "table_form",
]

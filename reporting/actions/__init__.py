"""Every write of reporting, one file a noun."""

from reporting.actions.contracts import (
    ContractDetails,
    activate_contract,
    add_kpi,
    add_milestone,
    amend_contract,
    create_contract,
    end_contract,
    remove_from_baseline,
    reopen_contract,
    save_contract,
)
from reporting.actions.decisions import accept_return, send_back_return, start_correction
from reporting.actions.returns import (
    answer_question,
    answer_questions,
    file_nil_returns,
    raise_due_returns,
    raise_returns,
    save_return,
    submit_return,
)

__all__ = [
    "ContractDetails",
    "accept_return",
    "activate_contract",
    "add_kpi",
    "add_milestone",
    "amend_contract",
    "answer_question",
    "answer_questions",
    "create_contract",
    "end_contract",
    "file_nil_returns",
    "raise_due_returns",
    "raise_returns",
    "remove_from_baseline",
    "reopen_contract",
    "save_contract",
    "save_return",
    "send_back_return",
    "start_correction",
    "submit_return",
]

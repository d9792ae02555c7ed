"""Schemes, their contracts, and the returns that are filed for them."""

from reporting.models.contracts import (
    Amendment,
    BaselineKpi,
    BaselineMilestone,
    Contract,
    ContractParty,
    ContractQuerySet,
)
from reporting.models.returns import Answer, Return, ReturnLine, ReturnQuerySet
from reporting.models.schemes import Scheme, SchemeYear

__all__ = [
    "Amendment",
    "Answer",
    "BaselineKpi",
    "BaselineMilestone",
    "Contract",
    "ContractParty",
    "ContractQuerySet",
    "Return",
    "ReturnLine",
    "ReturnQuerySet",
    "Scheme",
    "SchemeYear",
]

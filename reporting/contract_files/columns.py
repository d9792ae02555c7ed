"""The columns of each file, as the template, the page and the reader have them. Cells are read as in a return."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from reporting import standards
from reporting.choices import Rhythm
from reporting.standards import CodeList, Field

MOST_ROWS = 5_000
_NUMBER = Field("contract_number", "Contract number", "As you and the supplier call it.", "text", required=True,
                longest=60)  # fmt: skip
_SUPPLIER = Field("supplier", "Supplier", "Its company number, or the whole of its name.", "text", required=True,
                  longest=200)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One kind of file."""

    name: str
    title: str
    things: str  # what the rows are, in the plural
    columns: tuple[Field, ...]

    def codes(self, item: Field) -> CodeList | None:
        return _lists().get(item.codes)

    def heading(self) -> str:
        """The template: the names of the columns, and nothing else."""
        text = io.StringIO()
        csv.writer(text).writerow([item.name for item in self.columns])
        return "\ufeff" + text.getvalue()


def _lists() -> Mapping[str, CodeList]:
    rhythm = CodeList("rhythm", "Reporting period", "", tuple((value, str(label)) for value, label in Rhythm.choices))
    return {**standards.latest().codes, "rhythm": rhythm}


CONTRACTS = Kind(
    "contracts",
    "Register contracts from a file",
    "contracts",
    (
        _NUMBER,
        Field("title", "Title", "What the contract is for.", "text", required=True, longest=200),
        _SUPPLIER,
        Field("value", "Value", "In pounds, without VAT.", "money", least="0"),
        Field("start", "Start date", "For example 31/03/2027.", "date", required=True),
        Field("end", "End date", "As the contract first set it.", "date", required=True),
        Field("reporting_period", "Reporting period", "Monthly or quarterly; empty is monthly.", "code",
              codes="rhythm"),
        Field("scheme", "Scheme", "The name or the code of one of your schemes.", "text", longest=200),
        Field("framework", "Framework", "Its name, code or reference.", "text", longest=120),
        Field("lot", "Lot", "Of the framework.", "text", longest=120),
        Field("description", "Description", "What is bought, in a few sentences.", "text", longest=5000, long=True),
        Field("ocid", "OCID", "From its published notice.", "text", longest=120),
        Field("cpv_codes", "CPV codes", "8 figures each, with spaces between them.", "text", longest=200),
        Field("capabilities", "Capabilities bought", "Names as in the techmap, with semicolons between them.", "text",
              longest=1000),
    ),
)  # fmt: skip
MILESTONES = Kind(
    "milestones",
    "Add milestones from a file",
    "milestones",
    (
        _NUMBER,
        _SUPPLIER,
        Field("milestone_number", "Milestone number", "For example M1.", "text", required=True, longest=40),
        Field("title", "Title", "What is done when it is met.", "text", required=True, longest=200),
        Field("type", "Type", "What kind of milestone it is.", "code", codes="milestone_type", required=True),
        Field("due", "Due date", "For example 31/03/2027.", "date", required=True),
    ),
)
INDICATORS = Kind(
    "indicators",
    "Add indicators from a file",
    "indicators",
    (
        _NUMBER,
        _SUPPLIER,
        Field("indicator_number", "Indicator number", "For example K1.", "text", required=True, longest=40),
        Field("title", "Title", "What is measured.", "text", required=True, longest=200),
        Field("measured_in", "Measured in", "For example %, hours or number.", "text", required=True, longest=30),
        Field("target", "Target", "A number.", "number", decimals=4, required=True),
        Field("direction", "Which way is better", "Higher or lower.", "code", codes="direction", required=True),
    ),
)
KINDS = {kind.name: kind for kind in (CONTRACTS, MILESTONES, INDICATORS)}

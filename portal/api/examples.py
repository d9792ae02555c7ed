"""Examples for programs, as they stand on the documentation page and in docs/api.md; the tests run each of them.

`$PORTAL` is the portal's address, `$TOKEN` a token and `$RETURN` the id of a return.
"""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    title: str
    words: str
    command: str


# What `return.json` holds in the examples.
FILING = {
    "tables": {
        "return": {
            "contract_id": "AVC-2026-017",
            "period_start": "2026-07-01",
            "period_end": "2026-07-31",
            "nil_return": False,
            "actual_spend": "9000.00",
            "spend_to_date": "9000.00",
            "forecast_at_completion": "118000.00",
        },
        "spend": [
            {
                "description": "Senior developer",
                "cost_stage": "build",
                "unit": "day",
                "unit_price": "600.00",
                "quantity": 15,
                "amount": "9000.00",
            }
        ],
    }
}
FILING_TEXT = json.dumps(FILING, indent=2)
_AS = '-H "Authorization: Bearer $TOKEN"'
_JSON = '-H "Content-Type: application/json"'
_RETURNS = "$PORTAL/api/v1/reporting/returns/"
EXAMPLES = (
    Example(
        "See what is due",
        "The id of each return stands in its address below.",
        f'curl {_AS} "{_RETURNS}?to_do=true"',
    ),
    Example(
        "Check a return without keeping it",
        "The answer names every error by its cell. The file return.json is shown below.",
        f'curl {_AS} {_JSON} -d @return.json "{_RETURNS}check/"',
    ),
    Example(
        "File a return",
        "Draw a new key for each return. Where the connection breaks, send the same command again: it files once.",
        f'curl {_AS} {_JSON} -H "Idempotency-Key: avc-017-july-2026" -d @return.json "{_RETURNS}file/"',
    ),
    Example(
        "Keep a draft that people go on with",
        "If-Match holds the ETag that the return was read with, so that nobody writes over a colleague.",
        f'curl -X PUT {_AS} {_JSON} -H \'If-Match: "1"\' -d @return.json "{_RETURNS}$RETURN/"',
    ),
    Example(
        "Submit a draft",
        "",
        f'curl -X POST {_AS} -H \'If-Match: "2"\' "{_RETURNS}$RETURN/submit/"',
    ),
    Example(
        "File a nil return",
        "Nothing was delivered or charged. Up to 200 returns at once, all of them or none.",
        f'curl {_AS} {_JSON} -d "{{\\"returns\\": [\\"$RETURN\\"]}}" "{_RETURNS}nil/"',
    ),
    Example(
        "Start a correction",
        "Then change the draft that it answers with, and submit that.",
        f'curl {_AS} {_JSON} -d \'{{"reason": "A day was left out"}}\' "{_RETURNS}$RETURN/correct/"',
    ),
)

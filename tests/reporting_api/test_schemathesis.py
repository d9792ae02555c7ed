"""The whole API against its own description, by schemathesis: whatever is sent is answered as the description says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.throttling import AnonRateThrottle
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from portal.api.documentation import description_of_api
from portal.tokens.authentication import FailureThrottle, TokenThrottle
from portal.wsgi import application
from reporting.actions import file_nil_returns
from tests.innovation_den.pilot_makers import make_published
from tests.innovation_den.schedule_makers import make_released
from tests.reporting.makers import NOW
from tests.reporting_api.conftest import whole

OPERATIONS = [
    (method.upper(), path) for path, methods in description_of_api()["paths"].items() for method in sorted(methods)
]
ALWAYS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
# What these are sent wrongly is always refused. Lists pass over parameters and filters that they don't know, and the
# reader of cells takes more than the JSON Schema says; both as documented.
# Submitting answers 412 to an odd `If-Match`, which the check does not count as refused.
STRICT = ("/returns/nil/", "/correct/")
# Nothing can be wrong with what these are sent: they take no parameter, or any text.
NEVER_WRONG = (
    "/capabilities/", "/standard/", "/standard/{version}/", "/dens/{reference}/", "/dens/{reference}/programme/",
    "/pilots/{reference}/",
)  # fmt: skip
CASES = [
    (method, path, mode)
    for method, path in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode == GenerationMode.POSITIVE or not path.endswith(NEVER_WRONG)
]
EXAMPLES = 8


@pytest.fixture
def api(ours: dict[str, Any]) -> Iterator[Any]:
    """As Django's own test client does (which undoes it each time): the test's connection outlives each request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch, due: Any, ann: Any, program: Any) -> Iterator[dict[str, Any]]:
    """A token of an organisation with returns in every state, a den, a pilot, and no limits on how often it asks."""
    for limit in (AnonRateThrottle, TokenThrottle, FailureThrottle):
        monkeypatch.setattr(limit, "rate", "1000000/min", raising=False)
    cache.clear()
    program.keep(f"/returns/{due[2].public_id}/", whole(due[2], actual_spend="1.00"), match=1)
    program.keep(f"/returns/{due[3].public_id}/", whole(due[3]), match=1)
    file_nil_returns(returns=[due[0]], by=ann, now=NOW)
    return {
        "public_id": [str(one.public_id) for one in due],
        "reference": [due[0].contract.reference, make_released(1).reference, make_published().pilot.reference],
        "table": ["spend", "kpi", "return"],
        "version": ["1"],
        "authorization": program.defaults["HTTP_AUTHORIZATION"],
    }


def cases(operation: Any, ours: dict[str, Any], mode: GenerationMode) -> st.SearchStrategy[Any]:
    """What schemathesis makes of the description; the names in addresses are mostly those of things that are there."""

    @st.composite
    def build(draw: st.DrawFn) -> Any:
        case = draw(operation.as_strategy(generation_mode=mode))
        for name in case.path_parameters or {}:
            if name in ours and draw(st.integers(0, 3)):
                case.path_parameters[name] = draw(st.sampled_from(ours[name]))
        if case.headers is not None and "If-Match" in case.headers and draw(st.booleans()):
            case.headers["If-Match"] = "*"
        if case.headers is not None and "Idempotency-Key" in case.headers:
            del case.headers["Idempotency-Key"]  # two examples may draw the same; test_idempotency.py has it
        return case

    return build()


@pytest.mark.parametrize(("method", "path", "mode"), CASES, ids=[f"{one} {two} {how.value}" for one, two, how in CASES])
def test_answer_is_as_described(api: Any, ours: dict[str, Any], method: str, path: str, mode: GenerationMode) -> None:
    operation = api[path][method]
    is_open = operation.definition.raw.get("security") == [{}] or "security" not in operation.definition.raw
    headers = {} if is_open else {"Authorization": ours["authorization"]}
    wanted = list(ALWAYS)
    if mode == GenerationMode.NEGATIVE and path.endswith(STRICT):
        wanted.append(checks.negative_data_rejection)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation, ours, mode))
    def run(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=wanted)

    run()

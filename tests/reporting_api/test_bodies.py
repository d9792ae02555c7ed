"""Bodies that no program should send: each is refused in words, none is an error of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reporting_api.conftest import whole
from tests.tokens.makers import BASE

ODD: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"return,spend\n1,2",
    "cut short": b'{"returns": [',
    "two values": b"{} {}",
    "NUL": b'{"reason": "a\x00b"}',
    "escaped NUL": b'{"reason": "a\\u0000b"}',
    "half a pair": b'{"reason": "a\\ud800b"}',
    "half a pair in a name": b'{"\\udfff": 1}',
    "not UTF-8": b'{"reason": "\xff"}',
    "UTF-16": '{"reason": "x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"reason": "x"}',
    "NaN": b'{"reason": NaN}',
    "Infinity": b'{"reason": -Infinity}',
    "name twice": b'{"reason": "x", "reason": "y"}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "deeper than a return": b'{"reason": ' + b"[" * 21 + b"]" * 21 + b"}",
    "number of 5,000 digits": b'{"reason": ' + b"9" * 5_000 + b"}",
    "long fraction": b'{"reason": 0.' + b"9" * 200 + b"}",
}
LISTED = ("/returns/check/", "/returns/file/", "/returns/nil/")


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_odd_body_is_refused_in_words(program, due, body) -> None:
    paths = [f"/returns/{due[0].public_id}/{step}/" for step in ("submit", "correct")]
    for path in (*LISTED, *(paths if body else ())):  # submitting needs no words
        answer = program.send(path, body, match="*")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), path
        assert answer.json()["errors"][0]["says"]


def test_number_of_any_size_is_refused_at_its_cell(program, due) -> None:
    for number in ("1e400", "-1e400", "1e-400", "9" * 400, "1E+99", "0." + "1" * 60):
        text = json.dumps(whole(due[0], actual_spend="NUMBER")).replace('"NUMBER"', number)
        answer = program.send("/returns/file/", text)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/tables/return/actual_spend")


def test_pennies_are_read_as_they_were_written(program, due) -> None:
    """0.1 + 0.2 as binary fractions is no 0.30."""
    text = json.dumps(whole(due[0], actual_spend="NUMBER")).replace('"NUMBER"', "9000.10")
    answer = program.send(f"/returns/{due[0].public_id}/", text, method="put", match=1)
    assert answer.json()["tables"]["return"]["actual_spend"] == "9000.10"


def test_one_byte_over_the_limit_is_too_large(program, due, settings) -> None:
    body = json.dumps(whole(due[0])).encode()
    settings.API_BODY_LIMIT_BYTES = len(body) + 10
    at, over = (program.send("/returns/check/", body + b" " * more) for more in (10, 11))
    assert (at.status_code, over.status_code) == (200, 413)
    assert f"{len(body) + 10:,} bytes" in over.json()["detail"]


def test_name_twice_among_many_is_found_in_one_pass(program) -> None:
    """Each doubled name was looked for once more from the start: minutes for a body of a few megabytes."""
    body = "{" + ",".join(f'"a{number}":0' for number in range(200_000)) + ',"a199999":1}'
    answer = program.send("/returns/check/", body.encode())
    assert (answer.status_code, "'a199999' stands twice" in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize("field", ["x", "amount"])
def test_errors_of_one_answer_are_so_many_at_most(program, due, monkeypatch, field) -> None:
    """Fields that the standard does not have, and cells that cannot be read."""
    monkeypatch.setattr("reporting.api.cells.MOST_ERRORS", 5)
    monkeypatch.setattr("reporting.api.writing.MOST_ERRORS", 5)
    body = whole(due[0])
    body["tables"]["spend"] = [{field: "ten"} for _ in range(100)]
    checked = program.send("/returns/check/", {"returns": [body, body]}).json()["returns"]
    assert [len(one["errors"]) + len(one["questions"]) for one in checked] == [5, 0]
    for path in ("/returns/file/", f"/returns/{due[0].public_id}/"):
        answer = program.send(path, body, **({} if "file" in path else {"method": "put", "match": "*"}))
        assert (answer.status_code, len(answer.json()["errors"])) == (422, 5)


def test_body_above_djangos_own_limit_is_read(program, due) -> None:
    """2.5 MB is where a form would be refused."""
    body = whole(due[0])
    body["tables"]["spend"] = body["tables"]["spend"] * 25_000
    answer = program.send("/returns/file/", body)
    assert (answer.status_code, answer.json()["errors"][0]["check"]) == (422, "lines-sum-up")


@pytest.mark.parametrize("sent_as", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_other_than_json_is_refused(program, due, sent_as) -> None:
    client: Client = program
    answer = client.generic("POST", f"{BASE}/returns/file/", b"x=1", content_type=sent_as)
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_refused(program, method) -> None:
    answer = program.generic(method.upper(), f"{BASE}/returns/file/")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


CELLS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
ANYTHING = st.recursive(
    CELLS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
NAMES = st.sampled_from(["return", "spend", "milestone", "kpi", "amount", "nil_return", "quantity", "x", "", "/", "~"])
LIKE_TABLES = st.dictionaries(NAMES, st.dictionaries(NAMES, ANYTHING) | st.lists(st.dictionaries(NAMES, ANYTHING)))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(tables=ANYTHING | LIKE_TABLES, answers=ANYTHING)
def test_no_body_is_an_error_of_ours(program, due, tables: Any, answers: Any) -> None:
    body = {"tables": tables, "answers": answers} if answers is not None else {"tables": tables}
    own = f"/returns/{due[0].public_id}/"
    seen = {
        program.send("/returns/file/", body).status_code,
        program.send("/returns/check/", {"returns": [body]}).status_code,
        program.send(own, body, method="put", match="*").status_code,
        program.send(f"{own}submit/", body, match="*").status_code,
        program.send("/returns/nil/", {"returns": tables}).status_code,
    }
    assert seen <= {200, 400, 422}

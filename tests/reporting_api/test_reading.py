"""What a token reads, and what of others is not there for it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from reporting.actions import file_nil_returns
from reporting.models import Return
from reporting.standards import latest
from reporting.standards.schema import schema_of
from tests.factories import make_member, make_public_body, make_supplier
from tests.reporting.makers import NOW, make_contract, make_returns
from tests.reporting_api.conftest import whole
from tests.tokens.makers import BASE, Program, make_api_token


def periods(found: dict) -> list[str]:
    return [one["period_start"] for one in found["results"]]


def test_supplier_lists_what_is_due_and_filed(program, ann, due) -> None:
    file_nil_returns(returns=[due[0]], by=ann, now=NOW)
    found = program.read("/returns/")
    assert (found["total"], periods(found)) == (4, ["2026-10-01", "2026-09-01", "2026-08-01", "2026-07-01"])
    assert periods(program.read("/returns/?to_do=true")) == ["2026-10-01", "2026-09-01", "2026-08-01"]
    assert periods(program.read("/returns/?to_do=false")) == ["2026-07-01"]
    assert periods(program.read("/returns/?state=submitted")) == ["2026-07-01"]
    assert periods(program.read("/returns/?period=2026-08-01")) == ["2026-08-01"]
    assert periods(program.read(f"/returns/?contract={due[0].contract.reference}&per_page=1")) == ["2026-10-01"]
    assert program.read("/returns/?contract=nobodys")["total"] == 0


def test_list_is_read_page_by_page(program, due) -> None:
    first = program.read("/returns/?per_page=3")
    second = program.get(first["next"]).json()
    assert (first["pages"], periods(second), second["next"]) == (2, ["2026-07-01"], None)
    assert program.get(second["previous"]).json()["results"] == first["results"]


def test_buyer_sees_what_was_filed_to_it(buyers, ann, due) -> None:
    assert buyers.read("/returns/")["total"] == 0
    file_nil_returns(returns=[due[0]], by=ann, now=NOW)
    assert periods(buyers.read("/returns/")) == ["2026-07-01"]
    assert buyers.get(f"{BASE}/returns/{due[1].public_id}/").status_code == 404


@pytest.mark.parametrize("path", ["/returns/{id}/", "/contracts/{reference}/"], ids=["return", "contract"])
def test_what_is_others_is_not_there(stranger, due, path) -> None:
    """With the same words as what never was."""
    there = path.format(id=due[0].public_id, reference=due[0].contract.reference)
    never = path.format(id="00000000-0000-4000-8000-000000000000", reference="cnobodys")
    answers = [stranger.get(BASE + one) for one in (there, never)]
    assert [one.status_code for one in answers] == [404, 404]
    assert {**answers[0].json(), "instance": ""} == {**answers[1].json(), "instance": ""}
    assert stranger.read("/returns/")["total"] == stranger.read("/contracts/")["total"] == 0


def test_token_reaches_its_own_organisation_alone(ann, supplier, alice, buyer) -> None:
    """Its maker belongs to two, and is staff besides."""
    other = make_supplier("Second Systems Ltd")
    other.memberships.create(user=ann, role="owner")
    ann.__class__.objects.filter(pk=ann.pk).update(is_staff=True)
    for one in (supplier, other):
        make_returns(make_contract(buyer, one, alice, number=f"N-{one.pk}"))
    third = make_supplier("Third Ltd")
    theirs = make_returns(make_contract(buyer, third, alice, number="N-3"))
    file_nil_returns(returns=[theirs[0]], by=make_member(third), now=NOW)
    program = Program(make_api_token(other, ann)[1])
    assert {one["contract"]["supplier"]["name"] for one in program.read("/returns/?per_page=100")["results"]} == {
        "Second Systems Ltd"
    }
    assert [one["supplier"]["name"] for one in program.read("/contracts/")["results"]] == ["Second Systems Ltd"]


def test_one_return_is_as_the_standard_has_it(program, due) -> None:
    kept = program.keep(f"/returns/{due[0].public_id}/", whole(due[0]), match=1)
    shown = program.get(f"{BASE}/returns/{due[0].public_id}/")
    assert shown.json() == kept.json()
    assert (shown["ETag"], shown["Cache-Control"]) == ('"2"', "no-store")
    assert list(Draft202012Validator(schema_of(latest())).iter_errors(shown.json()["tables"])) == []
    assert shown.json()["tables"]["spend"][0]["amount"] == "9000.00"


def test_contract_is_shown_with_its_baseline_and_schema(program, contract) -> None:
    found = program.read(f"/contracts/{contract.reference}/")
    assert (found["number"], found["baseline_value"], found["current_value"]) == (
        contract.number,
        "120000.00",
        "120000.00",
    )
    assert [one["number"] for one in found["milestones"]] == ["M1"]
    Draft202012Validator.check_schema(found["tables"])
    assert found["tables"]["required"] == ["return"]


def test_contracts_are_narrowed(program, buyers, contract) -> None:
    for query, ours, theirs in (
        ("?role=supplier", 1, 0),
        ("?role=buyer", 0, 1),
        ("?state=ended", 0, 0),
        (f"?number={contract.number}", 1, 1),
        ("?number=other", 0, 0),
    ):
        assert (program.read(f"/contracts/{query}")["total"], buyers.read(f"/contracts/{query}")["total"]) == (
            ours,
            theirs,
        ), query


def test_draft_contract_is_its_buyers_alone(program, buyers, buyer, supplier, alice) -> None:
    draft = make_contract(buyer, supplier, alice, is_active=False)
    codes = [one.get(f"{BASE}/contracts/{draft.reference}/").status_code for one in (program, buyers)]
    assert codes == [404, 200]


def test_published_contracts_of_others_are_not_listed(stranger, contract) -> None:
    contract.__class__.objects.update(is_published=True)
    assert stranger.read("/contracts/")["total"] == 0


def test_standard_is_open_to_all() -> None:
    [one] = Client().get(f"{BASE}/standard/").json()
    assert (one["version"], one["is_latest"], len(one["sha256"])) == ("1", True, 64)
    answer = Client().get(f"{BASE}/standard/1/")
    assert answer.json() == schema_of(latest())
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert Client().get(f"{BASE}/standard/9/").status_code == 404


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?page=0", "page"),
        ("?per_page=101", "per_page"),
        ("?state=lost", "state"),
        ("?period=soon", "period"),
        ("?to_do=perhaps", "to_do"),
        ("?contract=%00", "contract"),
    ],
)
def test_parameter_that_is_wrong_is_named(program, query, parameter) -> None:
    answer = program.get(f"{BASE}/returns/{query}")
    assert (answer.status_code, {one["parameter"] for one in answer.json()["errors"]}) == (400, {parameter})


def test_lists_cost_the_same_for_one_and_three(program, ann, alice, buyer, supplier) -> None:
    costs = []
    program.read("/returns/")  # the first use is written down, and the limit's own row
    for numbers in (["N-1"], ["N-2", "N-3"]):
        for number in numbers:
            file_nil_returns(
                returns=make_returns(make_contract(buyer, supplier, alice, number=number))[:1], by=ann, now=NOW
            )
        for path in ("/returns/?per_page=100", "/contracts/"):
            with CaptureQueriesContext(connection) as queries:
                program.read(path)
            costs.append(len(queries))
    assert costs[:2] == costs[2:]
    assert Return.objects.count() == 12


def test_buyer_of_one_and_many_bodies(stranger) -> None:
    """A body that buys nothing sees nothing, and no error."""
    body = make_public_body("Birch Vale Council")
    assert Program(make_api_token(body, make_member(body))[1]).read("/contracts/")["results"] == []

"""Keeping, checking, filing and correcting by a program: the same actions, words and cells as on the pages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.audit.models import Event
from reporting.choices import ReturnState
from reporting.models import Return
from tests.factories import make_public_body
from tests.reporting.makers import make_contract, make_returns
from tests.reporting_api.conftest import whole
from tests.tokens.makers import BASE, Program


def kind(answer) -> str:
    return answer.json()["type"].rpartition("#problem-")[2]


def cells(answer) -> list[tuple[str, str]]:
    return [(one["pointer"], one.get("check", "")) for one in answer.json()["errors"]]


def state_of(filed: Return) -> str:
    filed.refresh_from_db()
    return filed.state


# --- Keeping ---------------------------------------------------------------------------------------


def test_draft_is_kept_whatever_the_checks_say(program, due) -> None:
    path = f"/returns/{due[0].public_id}/"
    answer = program.keep(path, whole(due[0], actual_spend="1.00"), match=1)
    assert (answer.status_code, answer["ETag"], answer.json()["state"]) == (200, '"2"', "has_errors")
    wrong = answer.json()["errors"][0]
    assert (wrong["pointer"], wrong["row"], wrong["value"]) == ("/tables/return/actual_spend", 1, "£1.00")
    assert {"says", "mend", "table", "field", "severity"} <= set(wrong)
    assert state_of(due[0]) == ReturnState.HAS_ERRORS


def test_put_takes_out_what_is_not_sent(program, due) -> None:
    path = f"/returns/{due[0].public_id}/"
    program.keep(path, whole(due[0]), match=1)
    answer = program.keep(path, {"tables": {"return": {"actual_spend": 5}}}, match=2)
    assert answer.json()["tables"]["spend"] == []
    assert answer.json()["tables"]["return"] == {
        "contract_id": due[0].contract.number,
        "period_start": "2026-07-01",
        "period_end": "2026-07-31",
        "actual_spend": "5.00",
    }


@pytest.mark.parametrize(
    ("match", "status", "problem"),
    [(None, 428, "no-version"), (7, 412, "changed"), ("W/2", 412, "changed"), ('"x"', 412, "changed")],
)
def test_change_names_the_version_that_it_changes(program, due, match, status, problem) -> None:
    answer = program.keep(f"/returns/{due[0].public_id}/", whole(due[0]), match=match)
    assert (answer.status_code, kind(answer), state_of(due[0])) == (status, problem, ReturnState.DUE)


def test_second_to_keep_is_told_and_loses_nothing(program, due) -> None:
    path = f"/returns/{due[0].public_id}/"
    first = program.keep(path, whole(due[0]), match=1)
    second = program.keep(path, whole(due[0], actual_spend="7.00"), match=1)
    assert (first.status_code, second.status_code, second["ETag"]) == (200, 412, '"2"')
    assert program.read(path)["tables"]["return"]["actual_spend"] == "9000.00"


@pytest.mark.parametrize(
    ("tables", "pointer"),
    [
        ({"return": {"actual_spend": "many"}}, "/tables/return/actual_spend"),
        ({"return": {"actual_spend": [1]}}, "/tables/return/actual_spend"),
        ({"return": {"actual_spent": "1"}}, "/tables/return/actual_spent"),
        ({"return": {"contract_id": "AVC-other"}}, "/tables/return/contract_id"),
        ({"return": {"period_start": "2026-08-01"}}, "/tables/return/period_start"),
        ({"return": []}, "/tables/return"),
        ({"return": {}, "spends": []}, "/tables/spends"),
        ({"return": {}, "spend": {}}, "/tables/spend"),
        ({"return": {}, "spend": [{}, 3]}, "/tables/spend/1"),
        ({"return": {}, "spend": [{}, {"amount": "1.001"}]}, "/tables/spend/1/amount"),
        ({"return": {}, "a/b~c": []}, "/tables/a~1b~0c"),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_cell(program, due, tables, pointer) -> None:
    answer = program.keep(f"/returns/{due[0].public_id}/", {"tables": tables}, match=1)
    assert (answer.status_code, kind(answer)) == (422, "has-errors")
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert state_of(due[0]) == ReturnState.DUE


# --- Submitting ------------------------------------------------------------------------------------


def test_draft_is_submitted(program, due, ann) -> None:
    path = f"/returns/{due[0].public_id}/"
    program.keep(path, whole(due[0]), match=1)
    answer = program.send(f"{path}submit/", match=2)
    assert (answer.status_code, answer.json()["state"], state_of(due[0])) == (200, "submitted", ReturnState.SUBMITTED)
    event = Event.objects.get(name="reporting.return.submitted")
    assert (event.actor, event.note.startswith("By API token tp_")) == (ann, True)
    assert due[0].submitted_by == ann


def test_draft_with_errors_is_refused_with_every_cell(program, due) -> None:
    path = f"/returns/{due[0].public_id}/"
    kept = program.keep(path, whole(due[0], actual_spend="1.00", forecast_at_completion=None), match=1)
    answer = program.send(f"{path}submit/", match=2)
    assert (answer.status_code, kind(answer), state_of(due[0])) == (422, "has-errors", ReturnState.HAS_ERRORS)
    assert answer.json()["errors"] == kept.json()["errors"] + kept.json()["questions"]


def test_return_that_nobody_began_is_refused_with_what_is_missing(program, due) -> None:
    answer = program.send(f"/returns/{due[0].public_id}/submit/", match=1)
    assert (answer.status_code, kind(answer)) == (422, "has-errors")
    assert "/tables/return/actual_spend" in [one["pointer"] for one in answer.json()["errors"]]


def test_question_is_answered_with_the_submission(program, due) -> None:
    """More was spent than the contract is worth: odd, not wrong."""
    path = f"/returns/{due[0].public_id}/"
    kept = program.keep(path, whole(due[0], spend_to_date="130000.00"), match=1).json()
    [question] = kept["questions"]
    refused = program.send(f"{path}submit/", match=2)
    assert [one["severity"] for one in refused.json()["errors"]] == ["question"]
    answer = {"check": question["check"], "table": question["table"], "row": question["row"], "text": "An option."}
    filed = program.send(f"{path}submit/", {"answers": [answer]}, match=2)
    assert (filed.status_code, filed.json()["answers"], filed.json()["state"]) == (200, [answer], "submitted")


def test_answer_of_before_does_not_cover_a_new_figure(program, due) -> None:
    path = f"/returns/{due[0].public_id}/"
    [question] = program.keep(path, whole(due[0], spend_to_date="130000.00"), match=1).json()["questions"]
    answer = {"check": question["check"], "table": question["table"], "row": question["row"], "text": "An option."}
    body = whole(due[0], spend_to_date="130000.00") | {"answers": [answer]}
    assert program.keep(path, body, match=2).json()["questions"] == []
    kept = program.keep(path, whole(due[0], spend_to_date="9900000.00"), match=3).json()
    assert [one["value"] for one in kept["questions"]] == ["£9,900,000.00"]
    refused = program.send(f"{path}submit/", match=4)
    assert [one["severity"] for one in refused.json()["errors"]] == ["question"]


def test_answer_to_what_is_not_asked_is_refused(program, due) -> None:
    path, stray = f"/returns/{due[0].public_id}/", {"check": "no-such", "table": "return", "row": 1, "text": "So."}
    body = whole(due[0]) | {"answers": [stray]}
    checked = program.send("/returns/check/", body).json()["returns"][0]["errors"]
    refused = [
        program.keep(path, body, match=1),
        program.send("/returns/file/", body),
        program.send(f"{path}submit/", {"answers": [stray]}, match=1),
    ]
    assert [one.status_code for one in refused] == [422] * 3
    for errors in (checked, *(one.json()["errors"] for one in refused)):
        [error] = [one for one in errors if one["pointer"] == "/answers/0"]
        assert error["says"] == "The checks do not ask 'no-such' at this row"
    assert not due[0].answers.exists()


def test_more_answers_than_a_thousand_are_refused(program, due) -> None:
    stray = {"check": "no-such", "table": "return", "row": 1, "text": "So."}
    answer = program.keep(f"/returns/{due[0].public_id}/", whole(due[0]) | {"answers": [stray] * 1_001}, match=1)
    assert (answer.status_code, kind(answer)) == (400, "not-valid")


def test_filed_return_is_changed_by_nobody(program, due) -> None:
    program.send("/returns/file/", whole(due[0]))
    path = f"/returns/{due[0].public_id}/"
    version = program.read(path)["version"]
    for answer in (program.keep(path, whole(due[0]), match=version), program.send(f"{path}submit/", match=version)):
        assert (answer.status_code, kind(answer)) == (409, "conflict")


# --- Filing in one step ----------------------------------------------------------------------------


def test_return_is_filed_in_one_step(program, due) -> None:
    answer = program.send("/returns/file/", whole(due[0]))
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (
        200,
        str(due[0].public_id),
        "submitted",
    )
    due[0].refresh_from_db()
    assert (due[0].actual_spend, due[0].build_spend) == (Decimal("9000.00"), Decimal("9000.00"))


def test_what_has_errors_is_not_kept_either(program, due) -> None:
    answer = program.send("/returns/file/", whole(due[0], actual_spend="1.00"))
    assert (answer.status_code, kind(answer)) == (422, "has-errors")
    assert cells(answer)[0][0] == "/tables/return/actual_spend"
    assert (state_of(due[0]), due[0].data, due[0].lines.count()) == (ReturnState.DUE, {}, 0)


def test_filing_twice_is_a_conflict(program, due) -> None:
    codes = [program.send("/returns/file/", whole(due[0])).status_code for _ in range(2)]
    assert codes == [200, 409]


def test_draft_of_a_colleague_is_filed_over_by_its_version_alone(program, due) -> None:
    program.keep(f"/returns/{due[0].public_id}/", whole(due[0], actual_spend="1.00"), match=1)
    refused = program.send("/returns/file/", whole(due[0]))
    assert (refused.status_code, "begun" in refused.json()["detail"]) == (409, True)
    assert program.send("/returns/file/", whole(due[0]), match=1).status_code == 412
    assert program.send("/returns/file/", whole(due[0]), match=2).json()["state"] == "submitted"


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"contract_id": "nobody's"}, "contract_id"),
        ({"contract_id": None}, "contract_id"),
        ({"contract_id": ["x"]}, "contract_id"),
        ({"period_start": "2031-01-01"}, "period_start"),
        ({"period_start": "someday"}, "period_start"),
        ({"period_start": ""}, "period_start"),
    ],
)
def test_keys_that_lead_nowhere_are_named(program, due, cells, field) -> None:
    answer = program.send("/returns/file/", whole(due[0], **cells))
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/tables/return/{field}"]


def test_number_of_two_contracts_is_not_guessed(program, due, supplier, alice) -> None:
    other = make_public_body("Birch Vale Council")
    other.memberships.create(user=alice, role="owner")
    make_returns(make_contract(other, supplier, alice))
    answer = program.send("/returns/file/", whole(due[0]))
    assert (answer.status_code, "different buyers" in answer.json()["errors"][0]["says"]) == (422, True)


def test_others_file_nothing_for_the_supplier(stranger, buyers, due) -> None:
    for one in (stranger, buyers):
        answer = one.send("/returns/file/", whole(due[0]))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "contract_id")
    assert state_of(due[0]) == ReturnState.DUE


def test_buyer_who_sees_a_return_may_not_write_it(program, buyers, due) -> None:
    program.send("/returns/file/", whole(due[0]))
    path = f"/returns/{due[0].public_id}/"
    for answer in (
        buyers.keep(path, whole(due[0]), match="*"),
        buyers.send(f"{path}submit/", match="*"),
        buyers.send(f"{path}correct/", {"reason": "x"}),
        buyers.send("/returns/nil/", {"returns": [str(due[0].public_id)]}),
    ):
        assert (answer.status_code, kind(answer)) == (403, "not-allowed")


# --- Checking --------------------------------------------------------------------------------------


def test_dry_run_finds_everything_and_keeps_nothing(program, due) -> None:
    before = Event.objects.count()
    bad = whole(due[1], actual_spend="many")
    bad["tables"]["spend"].append({"amount": "x", "odd": 1})
    mixed = whole(due[1], actual_spend="many", spend_to_date="130000.00")
    body = {"returns": [whole(due[0]), bad, mixed, whole(due[0], contract_id="?")]}
    answer = program.send("/returns/check/", body)
    good, second, third, fourth = answer.json()["returns"]
    assert (good["id"], good["is_ready"], good["errors"], good["questions"]) == (str(due[0].public_id), True, [], [])
    assert [one["pointer"] for one in second["errors"]] == ["/returns/1/tables/spend/1/odd"]
    assert third["errors"][0]["pointer"] == "/returns/2/tables/return/actual_spend"
    assert [one["check"] for one in third["errors"]].count("missing") == 0
    assert third["questions"][0]["pointer"] == "/returns/2/tables/return/spend_to_date"
    assert fourth["errors"][0]["pointer"] == "/returns/3/tables/return/contract_id"
    assert (Event.objects.count(), state_of(due[0]), due[0].version) == (before, ReturnState.DUE, 1)


def test_dry_run_says_that_it_is_filed_already(program, due) -> None:
    program.send("/returns/file/", whole(due[0]))
    [found] = program.send("/returns/check/", {"returns": [whole(due[0])]}).json()["returns"]
    assert (found["is_ready"], "was filed already" in found["errors"][0]["says"]) == (False, True)


def test_dry_run_takes_fifty(program, due) -> None:
    for number, status in ((50, 200), (51, 400), (0, 400)):
        answer = program.send("/returns/check/", {"returns": [whole(due[0])] * number})
        assert answer.status_code == status
    assert answer.json()["errors"][0]["pointer"] == "/returns"


# --- Nil returns -----------------------------------------------------------------------------------


def test_nil_returns_are_filed_together(program, due) -> None:
    wanted = [str(one.public_id) for one in (due[2], due[0])]
    answer = program.send("/returns/nil/", {"returns": wanted})
    assert [(one["id"], one["state"], one["is_nil"]) for one in answer.json()["returns"]] == [
        (wanted[0], "submitted", True),
        (wanted[1], "submitted", True),
    ]


def test_nil_returns_are_filed_all_or_none(program, due) -> None:
    program.keep(f"/returns/{due[1].public_id}/", whole(due[1]), match=1)
    never = "00000000-0000-4000-8000-000000000000"
    for other, status, at in ((str(due[1].public_id), 409, 1), (never, 422, 1)):
        answer = program.send("/returns/nil/", {"returns": [str(due[0].public_id), other]})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, f"/returns/{at}")
    assert state_of(due[0]) == ReturnState.DUE


def test_nil_return_of_others_is_not_there(stranger, due) -> None:
    answer = stranger.send("/returns/nil/", {"returns": [str(due[0].public_id)]})
    assert (answer.status_code, state_of(due[0])) == (422, ReturnState.DUE)


# --- Correcting ------------------------------------------------------------------------------------


def test_correction_replaces_what_was_filed(program, due) -> None:
    program.send("/returns/file/", whole(due[0]))
    begun = program.send(f"/returns/{due[0].public_id}/correct/", {"reason": "A day was left out"})
    path = begun["Location"].partition(BASE)[2]
    assert (begun.status_code, begun.json()["replaces"], begun.json()["revision"]) == (201, str(due[0].public_id), 2)
    assert begun.json()["tables"]["spend"][0]["amount"] == "9000.00"
    again = program.send(f"/returns/{due[0].public_id}/correct/", {"reason": "Once more"})
    assert (again.status_code, again.json()["id"]) == (200, begun.json()["id"])
    body = whole(due[0], actual_spend="9600.00", spend_to_date="9600.00")
    body["tables"]["spend"][0] |= {"quantity": 16, "amount": "9600.00"}
    version = program.keep(path, body, match=1).json()["version"]
    assert program.send(f"{path}submit/", match=version).json()["state"] == "submitted"
    assert state_of(due[0]) == ReturnState.SUPERSEDED


def test_what_is_not_filed_cannot_be_corrected(program, due) -> None:
    answer = program.send(f"/returns/{due[0].public_id}/correct/", {"reason": "x"})
    assert (answer.status_code, kind(answer)) == (409, "conflict")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 1001}, {"reason": "x", "why": "y"}, [], 3, None])
def test_correction_needs_its_reason(program, due, body) -> None:
    program.send("/returns/file/", whole(due[0]))
    answer = program.send(f"/returns/{due[0].public_id}/correct/", body if body is not None else "null")
    assert (answer.status_code, kind(answer)) == (400, "not-valid")


def test_suspended_supplier_is_refused_at_once(program, due, supplier) -> None:
    supplier.__class__.objects.filter(pk=supplier.pk).update(status="suspended", status_reason="Dissolved")
    assert program.send("/returns/file/", whole(due[0])).status_code == 401


def test_supplier_that_waits_keeps_drafts_and_files_nothing(program, due, supplier) -> None:
    supplier.__class__.objects.filter(pk=supplier.pk).update(status="pending")
    path = f"/returns/{due[0].public_id}/"
    assert program.keep(path, whole(due[0]), match=1).status_code == 200
    answer = program.send(f"{path}submit/", match=2)
    assert (answer.status_code, kind(answer), "verified" in answer.json()["detail"]) == (422, "refused", True)


def test_program_needs_no_page(program: Program) -> None:
    assert program.cookies == {}

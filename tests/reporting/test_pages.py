"""Pages of contracts and returns: who sees what, and what cannot be read is said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse

from portal.organisations.choices import Status
from portal.refusals import Refused
from reporting.actions import amend_contract, end_contract
from reporting.admin.returns import ReturnAdmin, ReturnLineAdmin
from reporting.models import Return, ReturnLine
from reporting.standards import workbooks
from techmap.forms import SupplierField
from tests.factories import make_supplier, make_user
from tests.reporting.makers import make_contract
from tests.reporting.test_returns import file, save, spend


def url(name, *args) -> str:
    return reverse(f"reporting:{name}", args=args)


@pytest.mark.parametrize("name", ["contract-edit", "milestone-add", "kpi-add", "contract-activate"])
def test_active_contract_shows_no_form_of_a_draft(client, contract, alice, name) -> None:
    client.force_login(alice)
    answer = client.get(url(name, contract.reference))
    assert answer.status_code == 422
    assert '<form method="post" novalidate' not in answer.content.decode()


def day_parts(name: str, *parts: int) -> dict[str, int]:
    return {f"{name}_{part}": number for part, number in zip(("day", "month", "year"), parts, strict=True)}


def test_second_amendment_is_told_of_the_first_and_undoes_nothing(client, contract, alice) -> None:
    """Both forms show the end as it was. One prolongs the contract; the other changes its value alone."""
    client.force_login(alice)
    path = url("contract-amend", contract.reference)
    forms = [client.get(path).context["form"] for _ in range(2)]
    given = [
        {"version": form["version"].value(), "submission_key": form["submission_key"].value(), "reason": "Agreed"}
        | day_parts("dated", 1, 11, 2026)
        for form in forms
    ]
    longer = {"value_change": "0"} | day_parts("end_after", 31, 12, 2027)
    dearer = {"value_change": "100"} | day_parts("end_after", 30, 6, 2027)
    assert client.post(path, given[0] | longer).status_code == 302
    assert client.post(path, given[0] | longer).status_code == 302  # sent twice, recorded once
    answer = client.post(path, given[1] | dearer)
    assert (answer.status_code, "Somebody else has changed the contract" in answer.content.decode()) == (409, True)
    contract.refresh_from_db()
    assert (contract.current_end, contract.current_value) == (date(2027, 12, 31), Decimal("120000.00"))
    assert contract.amendments.count() == 1


def test_amendment_beyond_what_is_kept_is_refused(contract, alice) -> None:
    with pytest.raises(Refused, match="£100 trillion or more"):
        amend_contract(
            contract=contract, version=contract.version, dated=contract.baseline_start, reason="More",
            value_change=Decimal("99999999999999.00"), end_after=contract.current_end, submission_key=uuid4(), by=alice,
        )  # fmt: skip


def test_ended_contract_shows_no_amendment(client, contract, alice) -> None:
    end_contract(contract=contract, by=alice)
    client.force_login(alice)
    assert client.get(url("contract-amend", contract.reference)).status_code == 422


def test_waiting_buyer_is_told_on_the_draft(client, buyer, supplier, alice) -> None:
    draft = make_contract(buyer, supplier, alice, is_active=False)
    buyer.status = Status.PENDING
    buyer.save()
    client.force_login(alice)
    page = client.get(draft.get_absolute_url()).content.decode()
    assert "It cannot be made active yet" in page
    assert client.get(url("contract-activate", draft.reference)).status_code == 422


def test_supplier_is_found_only_where_it_is_public(supplier) -> None:
    assert SupplierField().clean(supplier.name) == supplier
    hidden = make_supplier("Hidden Ltd", status=Status.SUSPENDED)
    with pytest.raises(Exception, match="No supplier is called"):
        SupplierField().clean(hidden.name)


def test_staff_see_no_unfiled_return_of_a_contract(client, contract, due, bob) -> None:
    file(due[0], bob)
    client.force_login(make_user(is_staff=True, mfa=True))
    page = client.get(contract.get_absolute_url()).context["page"]
    assert [one.pk for one in page] == [due[0].pk]


def test_nil_is_offered_only_for_what_nobody_has_begun(client, due, bob) -> None:
    save(due[0], bob)
    client.force_login(bob)
    page = client.get(url("return-list")).content.decode()
    assert (f"nil-{due[0].pk}" in page, f"nil-{due[1].pk}" in page) == (False, True)
    assert client.get(url("return-nil"), {"return": due[0].public_id}).status_code == 422


@pytest.mark.parametrize(
    "said",
    [
        {"check": "spend-within-value", "table": "return", "row": "²", "text": "So"},
        {"check": "spend-within-value", "table": "return", "row": "1", "text": "a\0b"},
        {"check": "spend-within-value", "table": "return", "row": "9" * 30, "text": "So"},
        {"check": "spend-within-value", "table": "return", "row": "1", "text": " "},
    ],
)
def test_answer_that_cannot_be_read_is_refused(client, due, bob, said) -> None:
    client.force_login(bob)
    assert client.post(url("question-answer", due[0].public_id), said).status_code == 422


def test_answer_is_kept(client, due, bob) -> None:
    client.force_login(bob)
    save(due[0], bob, spend_to_date="130000")
    said = {"check": "spend-within-value", "table": "return", "row": "1", "text": "So"}
    assert client.post(url("question-answer", due[0].public_id), said).status_code == 302
    assert list(due[0].answers.values_list("check_id", "table", "row", "text")) == [
        ("spend-within-value", "return", 1, "So")
    ]


def test_version_that_is_no_number_is_a_conflict(client, due, bob) -> None:
    save(due[0], bob)
    client.force_login(bob)
    assert client.post(url("return-submit", due[0].public_id), {"version": "²"}).status_code == 409


def test_number_of_a_milestone_that_cannot_be_read_takes_nothing_out(client, buyer, supplier, alice) -> None:
    draft = make_contract(buyer, supplier, alice, is_active=False)
    client.force_login(alice)
    assert client.post(url("baseline-remove", draft.reference), {"milestone": "M1\0"}).status_code == 302
    assert draft.baseline_milestones.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "write"), [("workbook", "write_workbook"), ("csv", "write_csv_templates")])
def test_file_of_a_version_is_made_once(client, monkeypatch, name, write) -> None:
    first = b"".join(client.get(url(f"standard-{name}", "1")).streaming_content)
    monkeypatch.delattr(workbooks, write)
    assert b"".join(client.get(url(f"standard-{name}", "1")).streaming_content) == first


def test_admin_shows_submitted_returns_without_what_they_say(due, bob) -> None:
    save(due[1], bob, lines=[spend()])
    first = due[0]
    save(first, bob, lines=[spend()])
    first.refresh_from_db()
    file(first, bob)
    save(Return.objects.get(pk=due[1].pk), bob, lines=[spend()], spend_to_date="18000")
    http = RequestFactory().get("/")
    http.user = AnonymousUser()
    returns, lines = ReturnAdmin(Return, admin.site), ReturnLineAdmin(ReturnLine, admin.site)
    assert [one.pk for one in returns.get_queryset(http)] == [first.pk]
    assert {one.filed_id for one in lines.get_queryset(http)} <= {first.pk}
    assert "data" not in returns.get_fields(http) + lines.get_fields(http)


def test_admin_pages_show_the_parts(client, contract, due, alice, bob) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True, mfa=True))
    file(due[0], bob)
    page = client.get(reverse("admin:reporting_contract_change", args=[contract.pk]), follow=True).content.decode()
    assert "Live" in page
    said = client.get(reverse("admin:reporting_return_change", args=[due[0].pk]), follow=True)
    assert said.status_code == 200
    assert "forecast_at_completion&quot;" not in said.content.decode()
    assert client.get(reverse("admin:reporting_returnline_changelist")).status_code == 200

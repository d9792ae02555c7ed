"""The pages of publication: choosing, previewing, deciding, and what everybody reads."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from portal.accounts.models import User
from reporting.models import Contract, Publication, Return
from tests.reporting.makers import make_contract, spend
from tests.reporting.publication_makers import accept, correct, file_return, hold, publish, take_back

pytestmark = pytest.mark.django_db
HOSTILE = "\"'><script>window.hit=1</script>"


@pytest.fixture
def accepted(due: list[Return], alice: User, bob: User) -> list[Return]:
    first = accept(file_return(due[0], bob), alice)
    return [first, accept(file_return(due[1], bob, to_date="18000"), alice)]


def page_of(client: Client, address: str, status: int = 200) -> BeautifulSoup:
    response = client.get(address)
    assert response.status_code == status
    return BeautifulSoup(response.content, "html.parser")


def words(page: BeautifulSoup) -> str:
    return " ".join(page.main.get_text(" ").split()) if page.main else ""


def address(contract: Contract, part: str = "") -> str:
    return f"/reporting/contracts/{contract.reference}/{part}"


def form(contract: Contract, **given: Any) -> dict[str, Any]:
    contract.refresh_from_db()
    return {"version": contract.version, "submission_key": str(uuid4()), **given}


def test_choose_preview_and_publish(client: Client, contract: Contract, accepted: list[Return], alice: User) -> None:
    client.force_login(alice)
    page = page_of(client, address(contract))
    assert page.find("a", href=address(contract, "publish/"))
    page = page_of(client, address(contract, "publish/"))
    assert page.find("select", attrs={"name": "ground_kpi"})
    given = form(contract, ground_kpi="commercial", words_kpi="Under negotiation")
    preview = BeautifulSoup(client.post(address(contract, "publish/"), given).content, "html.parser")
    assert "It is not published yet" in words(preview)
    assert "Held back: Commercially sensitive" in words(preview)
    assert Publication.objects.count() == 0
    kept = {one["name"]: one["value"] for one in preview.select("form input[type=hidden]")}
    response = client.post(address(contract, "publish/"), {**kept, "decide": "1"})
    assert response.status_code == 302
    contract.refresh_from_db()
    assert contract.is_published is True
    client.logout()
    assert "Under negotiation" in words(page_of(client, address(contract)))


def test_what_is_wrong_is_said_at_its_field(client: Client, contract: Contract, alice: User) -> None:
    client.force_login(alice)
    given = form(contract, ground_spend__unit_price="commercial", words_spend__unit_price="Secret")
    page = BeautifulSoup(client.post(address(contract, "publish/"), given).content, "html.parser")
    assert page.title
    assert page.title.text.strip().startswith("Error: ")
    summary = page.select_one(".govuk-error-summary")
    assert summary
    assert "can be worked out from" in summary.text
    assert page.select_one("details[open] .govuk-error-message")


def test_change_goes_back_with_what_was_chosen(client: Client, contract: Contract, alice: User) -> None:
    client.force_login(alice)
    given = form(contract, ground_kpi="crime", words_kpi="Because", change="1")
    page = BeautifulSoup(client.post(address(contract, "publish/"), given).content, "html.parser")
    assert page.select_one("select[name=ground_kpi] option[selected]")["value"] == "crime"  # type: ignore[index]


def test_colleague_was_faster(client: Client, contract: Contract, alice: User) -> None:
    given = form(contract, decide="1")
    publish(contract, alice)
    client.force_login(alice)
    assert client.post(address(contract, "publish/"), given).status_code == 409


def test_draft_is_refused_before_the_form(client: Client, contract: Contract, alice: User) -> None:
    draft = make_contract(contract.buyer, contract.supplier, alice, is_active=False, number="D-1")
    client.force_login(alice)
    assert client.get(address(draft, "publish/")).status_code == 422


def test_take_back(client: Client, contract: Contract, alice: User) -> None:
    publish(contract, alice)
    client.force_login(alice)
    empty = client.post(address(contract, "take-back/"), {"version": contract.version, "reason": ""})
    assert b"There is a problem" in empty.content
    given = {"version": contract.version, "reason": "It named a person"}
    assert client.post(address(contract, "take-back/"), given).status_code == 302
    assert "It was taken back on" in words(page_of(client, address(contract)))
    client.logout()
    assert "It named a person" in words(page_of(client, address(contract), 410))


# --- For everybody -------------------------------------------------------------------------------------


def test_public_contract(client: Client, contract: Contract, accepted: list[Return], alice: User) -> None:
    publish(contract, alice)
    page = page_of(client, address(contract))
    for expected in ("July 2026", "August 2026", "£9,000", "Live", "Calls answered", "96.5"):
        assert expected in words(page)
    assert page.find("img", src=address(contract, "spend.svg"))
    assert client.get(address(contract, "spend.svg"))["Content-Type"] == "image/svg+xml"


def test_public_return(client: Client, contract: Contract, accepted: list[Return], alice: User) -> None:
    publish(contract, alice, hold("spend"))
    page = page_of(client, address(contract, "2026-07/"))
    assert "Held back: Commercially sensitive" in words(page)
    assert "Senior developer" not in words(page)
    assert "Robin Marsh" not in words(page)
    assert "may be the name of one person" in words(page)
    assert "Alder Works Ltd" in words(page)
    assert client.get(address(contract, "2026-07/spend/")).status_code == 404
    assert client.get(address(contract, "2026-13/")).status_code == 404


def test_held_back_sums_leave_no_column_and_no_chart(
    client: Client, contract: Contract, accepted: list[Return], alice: User
) -> None:
    held = [hold("return", "actual_spend"), hold("return", "spend_to_date"), hold("spend"),
            hold("return", "current_value")]  # fmt: skip
    publish(contract, alice, *held)
    page = page_of(client, address(contract))
    assert "£9,000" not in words(page)
    assert "£120,000" not in words(page)
    assert "£118,000" in words(page)
    assert client.get(address(contract, "spend.svg")).status_code == 404
    assert "£120,000" not in words(page_of(client, "/reporting/"))
    client.force_login(alice)
    assert "£120,000" in words(page_of(client, "/reporting/"))


def test_long_table_in_pages(client: Client, contract: Contract, due: list[Return], alice: User, bob: User) -> None:
    lines = [spend(description=f"Role {n}", unit_price="1", quantity="1", amount="1") for n in range(130)]
    accept(file_return(due[0], bob, spend=lines, to_date="130", subcontractor=[]), alice)
    publish(contract, alice)
    page = page_of(client, address(contract, "2026-07/"))
    assert page.find("a", href=address(contract, "2026-07/spend/"))
    assert "Role 129" not in words(page)
    assert "Role 129" in words(page_of(client, address(contract, "2026-07/spend/?page=2")))


def test_correction_replaces_what_is_shown(
    client: Client, contract: Contract, accepted: list[Return], alice: User, bob: User
) -> None:
    publish(contract, alice)
    correct(accepted[1], bob, alice, spend=[spend(unit_price="700", amount="10500")], to_date="19500")
    page = page_of(client, address(contract))
    assert "£10,500" in words(page)
    assert "Corrected" in words(page)
    assert "A wrong price" not in words(page_of(client, address(contract, "2026-08/")))


def test_same_queries_for_many_returns(
    client: Client, contract: Contract, due: list[Return], alice: User, bob: User, django_assert_max_num_queries: Any
) -> None:
    publish(contract, alice)
    accept(file_return(due[0], bob), alice)
    page_of(client, address(contract))
    with django_assert_max_num_queries(20) as first:
        page_of(client, address(contract))
    for number, filed in enumerate(due[1:3], start=2):
        accept(file_return(filed, bob, to_date=str(9000 * number)), alice)
    with django_assert_max_num_queries(len(first)):
        page_of(client, address(contract))


def test_nothing_runs(client: Client, contract: Contract, due: list[Return], alice: User, bob: User) -> None:
    Contract.objects.update(title=HOSTILE, description=HOSTILE, framework=HOSTILE[:60], lot=HOSTILE[:60])
    accept(file_return(due[0], bob, spend=[spend(description=HOSTILE)]), alice)
    publish(contract, alice, hold("kpi", reason=HOSTILE))
    for part in ("", "2026-07/", "2026-07/spend/"):
        assert b"<script>window" not in client.get(address(contract, part)).content
    assert b"<script>window" not in client.get("/reporting/feed/").content
    take_back(contract, alice, HOSTILE)
    assert b"<script>window" not in client.get(address(contract)).content


def test_parties_see_theirs_and_the_public_view(
    client: Client, contract: Contract, accepted: list[Return], alice: User, bob: User
) -> None:
    publish(contract, alice, hold("kpi"))
    client.force_login(bob)
    page = page_of(client, address(contract))
    assert page.find("a", href=address(contract, "public/"))
    assert not page.find("a", href=address(contract, "publish/"))
    assert "Held back" in words(page_of(client, address(contract, "public/")))

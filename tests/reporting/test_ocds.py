"""OCDS releases and records of published contracts: complete, in order, never changed, and valid."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.organisations.models import Identifier, Organisation
from portal.refusals import Refused
from reporting.actions import amend_contract, end_contract, reopen_contract
from reporting.actions.releases import digest, tell_releases
from reporting.models import Contract, Publication, PublishedRelease, Return
from reporting.publication.merging import compiled
from reporting.queries.releases import releases_of
from tests.reporting.assessing import number_of_queries
from tests.reporting.makers import END, NOW, spend
from tests.reporting.publication_makers import TABLES, accept, correct, file_return, hold, publish, take_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def numbered(buyer: Organisation, supplier: Organisation) -> None:
    Identifier.objects.create(organisation=buyer, scheme="GB-PPON", value="PABC-1234-DEFG")
    Identifier.objects.create(organisation=supplier, scheme="GB-COH", value="01234567")
    Identifier.objects.create(organisation=supplier, scheme="GB-CFS", value="289406")
    Organisation.objects.update(street_address="1 Mill Lane", locality="Ashford", postal_code="AS1 1AA")


@pytest.fixture
def accepted(numbered: None, due: list[Return], alice: User, bob: User) -> Return:
    return accept(file_return(due[0], bob), alice)


def told(contract: Contract) -> list[dict[str, Any]]:
    return list(releases_of(contract).values_list("data", flat=True))


def tags(contract: Contract) -> list[str]:
    return [",".join(release["tag"]) for release in told(contract)]


def amend(contract: Contract, alice: User, change: str = "5000") -> None:
    contract.refresh_from_db()
    amend_contract(
        contract=contract, version=contract.version,
        dated=NOW.date(), reason="More users", value_change=Decimal(change), end_after=END,
        submission_key=uuid4(), by=alice,
    )  # fmt: skip


def test_whole_life_in_order(contract: Contract, due: list[Return], alice: User, bob: User) -> None:
    accept(file_return(due[0], bob), alice)
    amend(contract, alice)
    publish(contract, alice)
    accept(file_return(due[1], bob, to_date="18000"), alice)
    end_contract(contract=contract, by=alice)
    assert tags(contract) == [
        "award,contract", "contractAmendment", "implementation", "implementationUpdate", "contractTermination",
    ]  # fmt: skip
    dates = [release["date"] for release in told(contract)]
    assert dates == sorted(set(dates))
    assert len({release["ocid"] for release in told(contract)}) == 1


def test_first_release_says_award_contract_and_parties(contract: Contract, numbered: None, alice: User) -> None:
    publish(contract, alice)
    [release] = told(contract)
    [award], [agreed] = release["awards"], release["contracts"]
    assert release["ocid"] == f"ocds-tp0000-{contract.reference}"
    assert (agreed["id"], agreed["awardID"], award["id"]) == ("AVC-2026-017",) * 3
    assert award["value"] == agreed["value"] == {"amount": 120000, "currency": "GBP"}
    assert [party["id"] for party in release["parties"]] == ["GB-PPON-PABC-1234-DEFG", "GB-COH-01234567"]
    supplier = release["parties"][1]
    assert supplier["additionalIdentifiers"] == [{"scheme": "GB-CFS", "id": "289406"}]
    assert supplier["address"]["streetAddress"] == "1 Mill Lane"


def test_imported_contract_keeps_its_ocid(contract: Contract, alice: User) -> None:
    Contract.objects.update(ocid="ocds-b5fd17-abc")
    publish(contract, alice)
    assert [release["ocid"] for release in told(contract)] == ["ocds-b5fd17-abc"]


def test_return_is_told(contract: Contract, accepted: Return, alice: User) -> None:
    publish(contract, alice)
    [said] = told(contract)[-1]["contracts"]
    [paid] = said["implementation"]["transactions"]
    assert (paid["id"], paid["value"]) == ("2026-07", {"amount": 9000, "currency": "GBP"})
    assert paid["payer"]["id"] == "GB-PPON-PABC-1234-DEFG"
    [milestone] = said["implementation"]["milestones"]
    assert milestone == {
        "id": "M1", "type": "delivery", "title": "Live", "dueDate": "2026-10-31T00:00:00Z", "status": "scheduled",
    }  # fmt: skip
    [item] = said["items"]
    assert item == {
        "id": "2026-07-1",
        "description": "Senior developer",
        "quantity": 15,
        "unit": {"value": {"amount": 600, "currency": "GBP"}},
    }
    [metric] = said["implementation"]["metrics"]
    assert metric["observations"][0]["measure"] == 96.5


def test_subcontractors_and_queries_are_not_told(contract: Contract, accepted: Return, alice: User) -> None:
    publish(contract, alice)
    text = json.dumps(told(contract))
    assert "Robin Marsh" not in text
    assert "Alder Works" not in text


def test_sole_trader_has_no_address(contract: Contract, buyer: Organisation, alice: User) -> None:
    Organisation.objects.update(street_address="1 Mill Lane", locality="Ashford", postal_code="AS1 1AA")
    publish(contract, alice)
    own, other = told(contract)[0]["parties"]
    assert ("address" in own, "address" in other) == (True, False)


@pytest.mark.parametrize(
    ("held", "word"),
    [
        ([hold("spend")], "Senior developer"),
        ([hold("kpi")], "Calls answered"),
        ([hold("milestone")], '"Live"'),
        ([hold("return", "actual_spend"), hold("return", "spend_to_date"), hold("spend", "amount"),
          hold("spend", "unit_price")], "9000"),
        ([hold("return", "current_value")], "120000"),
    ],
)  # fmt: skip
def test_nothing_held_back_is_told(contract: Contract, accepted: Return, alice: User, held: Any, word: str) -> None:
    publish(contract, alice)
    assert word in json.dumps(told(contract))
    publish(contract, alice, *held, now=NOW + timedelta(days=1))
    assert word not in json.dumps(told(contract))


def test_holding_less_back_keeps_earlier_releases(contract: Contract, accepted: Return, alice: User) -> None:
    publish(contract, alice, hold("kpi"))
    before = [release["id"] for release in told(contract)]
    publish(contract, alice, now=NOW + timedelta(days=1))
    after = told(contract)
    assert [release["id"] for release in after][: len(before)] == before
    assert [release["tag"] for release in after[2:]] == [["awardUpdate", "contractUpdate"], ["implementationUpdate"]]


def test_taken_back_offers_nothing_and_begins_anew(contract: Contract, accepted: Return, alice: User) -> None:
    publish(contract, alice)
    first = {release["id"] for release in told(contract)}
    take_back(contract, alice, now=NOW + timedelta(hours=1))
    assert told(contract) == []
    publish(contract, alice, now=NOW + timedelta(hours=2))
    assert first.isdisjoint(release["id"] for release in told(contract))


def test_releases_are_stored_with_their_hash(contract: Contract, accepted: Return, alice: User) -> None:
    publish(contract, alice)
    assert [row.sha256 for row in PublishedRelease.objects.all()] == [
        digest(row.data) for row in PublishedRelease.objects.all()
    ]


def test_reopened_contract_is_active_and_may_end_again(contract: Contract, alice: User) -> None:
    publish(contract, alice)
    statuses = []
    for act in (end_contract, reopen_contract, end_contract, reopen_contract):
        act(contract=contract, by=alice)
        statuses.append(compiled(told(contract))["contracts"][0]["status"])
    assert statuses == ["terminated", "active", "terminated", "active"]
    assert tags(contract)[1:] == ["contractTermination", "contractUpdate"] * 2
    assert [one.words for one in releases_of(contract)][1:3] == ["contract ended", "contract reopened"]


def test_day_of_an_amendment_is_held_back(client: Client, contract: Contract, alice: User) -> None:
    amend(contract, alice)
    publish(contract, alice)
    [amended] = told(contract)[1]["contracts"][0]["amendments"]
    assert amended["date"] == "2026-11-22T00:00:00Z"
    address = f"/reporting/contracts/{contract.reference}/public/"
    assert "22 November 2026" in client.get(address).content.decode()
    publish(contract, alice, hold("change", "dated"), now=NOW + timedelta(days=1))
    [amended] = told(contract)[1]["contracts"][0]["amendments"]
    assert amended == {"id": "amendment-1", "rationale": "More users"}
    page = client.get(address).content.decode()
    assert ("22 November 2026" in page, "More users" in page) == (False, True)


@pytest.mark.parametrize(
    ("table", "field"), [("milestone", "milestone_id"), ("kpi", "kpi_id"), ("change", "change_id")]
)
def test_numbers_by_which_rows_are_merged_cannot_be_held_back(
    contract: Contract, alice: User, table: str, field: str
) -> None:
    with pytest.raises(Refused, match="Choose tables and fields"):
        publish(contract, alice, hold(table, field))


def test_a_further_return_asks_for_its_lines_alone(
    contract: Contract, due: list[Return], alice: User, bob: User
) -> None:
    """And for its release to be kept; what all releases share is read once."""

    def asked() -> int:
        Publication.objects.create(contract=contract, is_published=True, by=alice, at=NOW + timedelta(days=1))
        return number_of_queries(lambda: tell_releases(contract=contract, now=NOW))

    publish(contract, alice)
    accept(file_return(due[0], bob), alice)
    for_one = asked()
    for filed, to_date in zip(due[1:3], ("18000", "27000"), strict=True):
        accept(file_return(filed, bob, to_date=to_date), alice)
    assert asked() - for_one == 2 * 2


# --- Corrections ---------------------------------------------------------------------------------------


def test_correction_is_a_further_release(contract: Contract, accepted: Return, alice: User, bob: User) -> None:
    publish(contract, alice)
    correct(accepted, bob, alice, spend=[spend(unit_price="500", amount="7500")], to_date="7500")
    assert tags(contract) == ["award,contract", "implementation", "implementationUpdate"]


def test_correction_under_way_changes_nothing(contract: Contract, accepted: Return, alice: User, bob: User) -> None:
    from reporting.actions import start_correction

    publish(contract, alice)
    accepted.refresh_from_db()
    correction = start_correction(filed=accepted, reason="A wrong price", by=bob, now=NOW)
    file_return(correction, bob)
    assert tags(contract) == ["award,contract", "implementation"]
    publish(contract, alice, now=NOW + timedelta(days=1))
    assert len(told(contract)) == 4  # both told again: what was accepted still counts


def test_what_a_correction_drops_is_gone_when_merged(
    contract: Contract, due: list[Return], alice: User, bob: User
) -> None:
    lines = [spend(unit_price="300", amount="4500"), spend(description="Tester", unit_price="300", amount="4500")]
    filed = accept(file_return(due[0], bob, spend=lines), alice)
    publish(contract, alice)
    correct(filed, bob, alice, spend=[spend()], kpi=[])
    [merged] = compiled(told(contract))["contracts"]
    assert [item for item in merged["items"] if "description" in item] == [
        {"id": "2026-07-1", "description": "Senior developer", "quantity": 15,
         "unit": {"value": {"amount": 600, "currency": "GBP"}}}
    ]  # fmt: skip
    assert "Tester" not in json.dumps(merged)
    assert "96.5" not in json.dumps(merged)


def test_correction_of_an_old_period_turns_no_milestone_back(
    contract: Contract, due: list[Return], alice: User, bob: User
) -> None:
    first = accept(file_return(due[0], bob), alice)
    met = [{**TABLES["milestone"][0], "status": "met", "met_on": "2026-08-20"}]
    accept(file_return(due[1], bob, to_date="18000", milestone=met), alice)
    publish(contract, alice)
    correct(first, bob, alice)
    [merged] = compiled(told(contract))["contracts"]
    assert [one["status"] for one in merged["implementation"]["milestones"]] == ["met"]


# --- As it is asked for --------------------------------------------------------------------------------


def test_packages(client: Client, contract: Contract, accepted: Return, alice: User) -> None:
    address = f"/reporting/contracts/{contract.reference}"
    assert client.get(f"{address}/ocds.json").status_code == 404
    publish(contract, alice)
    response = client.get(f"{address}/ocds.json")
    package = response.json()
    assert (package["version"], len(package["releases"])) == ("1.1", 2)
    assert response["Access-Control-Allow-Origin"] == "*"
    [record] = client.get(f"{address}/record.json").json()["records"]
    assert record["compiledRelease"]["tag"] == ["compiled"]
    assert record["releases"] == package["releases"]


def test_package_is_not_sent_twice(client: Client, contract: Contract, accepted: Return, alice: User) -> None:
    publish(contract, alice)
    address = f"/reporting/contracts/{contract.reference}/ocds.json"
    first = client.get(address)
    assert client.get(address, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    assert client.get(address, HTTP_IF_MODIFIED_SINCE=first["Last-Modified"]).status_code == 304
    amend(contract, alice)
    assert client.get(address, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200

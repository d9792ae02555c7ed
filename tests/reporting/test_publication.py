"""Publishing a contract: who decides, what is held back and why, and what follows in the techmap."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, transaction

from portal.accounts.models import User
from portal.notifications.models import Message
from portal.organisations.choices import Role, Status
from portal.organisations.models import Organisation
from portal.refusals import Refused, StaleWrite
from reporting.actions.publication import publish_contract, take_back_contract
from reporting.models import Contract, Publication, PublishedRelease, Redaction, Return
from reporting.queries.publication import redacted, redactions_of
from techmap.models import Evidence, Price
from tests.factories import make_member
from tests.reporting.makers import NOW, make_contract
from tests.reporting.publication_makers import accept, correct, file_return, hold, publish, take_back

pytestmark = pytest.mark.django_db


def reasons(caught: Any) -> list[str]:
    return [reason.message for reason in caught.value.reasons]


def test_publish(contract: Contract, alice: User, bob: User) -> None:
    publish(contract, alice)
    assert contract.is_published is True
    assert [redacted(contract).hides(table) for table in ("spend", "kpi")] == [False, False]
    message = Message.objects.latest("pk")
    assert message.subject == f"A contract with {contract.buyer} is now public: {contract}"


def test_supplier_outsider_and_viewer_cannot_publish(contract: Contract, bob: User, charlie: User) -> None:
    viewer = make_member(contract.buyer, role=Role.VIEWER, name="Vera Lund")
    for person in (bob, charlie, viewer):
        with pytest.raises(PermissionDenied):
            publish(contract, person)
        with pytest.raises(PermissionDenied):
            take_back(contract, person)


def test_draft_is_not_published(buyer: Organisation, supplier: Organisation, alice: User) -> None:
    draft = make_contract(buyer, supplier, alice, is_active=False)
    with pytest.raises(Refused) as caught:
        publish(draft, alice)
    assert reasons(caught) == ["This contract is a draft. Make it active first"]


def test_unverified_body_does_not_publish(contract: Contract, alice: User) -> None:
    Organisation.objects.filter(pk=contract.buyer_id).update(status=Status.PENDING)
    with pytest.raises(Refused, match="waiting to be verified"):
        publish(contract, alice)


def test_suspended_body_takes_back(contract: Contract, alice: User) -> None:
    publish(contract, alice)
    Organisation.objects.filter(pk=contract.buyer_id).update(status=Status.SUSPENDED, status_reason="Under review")
    take_back(contract, alice)
    assert contract.is_published is False


def test_same_form_twice_decides_once(contract: Contract, alice: User) -> None:
    facts: dict[str, Any] = {
        "contract": contract, "held_back": [], "version": contract.version, "submission_key": uuid4(),
        "by": alice, "now": NOW,
    }  # fmt: skip
    first = publish_contract(**facts)
    assert publish_contract(**facts) == first
    assert Publication.objects.count() == 1


def test_colleague_was_faster(contract: Contract, alice: User) -> None:
    opened_with = contract.version
    publish(contract, alice)
    with pytest.raises(StaleWrite):
        publish_contract(
            contract=contract, held_back=[], version=opened_with, submission_key=uuid4(), by=alice, now=NOW
        )
    with pytest.raises(StaleWrite):
        take_back_contract(contract=contract, reason="x", version=opened_with, by=alice, now=NOW)


# --- What is held back ---------------------------------------------------------------------------------


def test_held_back_with_ground_and_reason(contract: Contract, alice: User) -> None:
    publish(contract, alice, hold("subcontractor"), hold("kpi", "actual", "confidence", "Given in confidence"))
    found = redacted(contract)
    assert [found.hides("subcontractor", "name"), found.hides("subcontractor")] == [True, True]
    assert [found.hides("kpi"), found.hides("kpi", "actual"), found.hides("kpi", "target")] == [False, True, False]
    assert found.reason("kpi", "actual") == (
        "Given in confidence (Freedom of Information Act 2000, s.41). Given in confidence"
    )
    assert [found.hides_figure("sme_paid"), found.hides_figure("actual_spend")] == [True, False]


def test_newest_decision_counts(contract: Contract, alice: User) -> None:
    publish(contract, alice, hold("kpi"))
    publish(contract, alice, now=NOW + timedelta(days=1))
    assert redacted(contract).hides("kpi") is False


def test_not_published_hides_all(contract: Contract) -> None:
    found = redacted(contract)
    assert [found.hides("kpi"), found.hides("return", "actual_spend")] == [True, True]


def test_imported_without_decision_hides_nothing(contract: Contract) -> None:
    contract.is_published = contract.is_imported = True
    assert redacted(contract).hides("spend", "unit_price") is False


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (hold("kpi", ground=""), "Choose the ground on which “Key performance indicators” is held back"),
        (hold("kpi", reason="  "), "Say in a sentence why “Key performance indicators” is held back"),
        (hold("kpi", reason="x" * 501), "Use 500 characters or fewer"),
        (hold("salary"), "Choose tables and fields of the standard"),
        (hold("return", "period_start"), "Choose tables and fields of the standard"),
    ],
)
def test_held_back_wrongly(contract: Contract, alice: User, held: Any, words: str) -> None:
    with pytest.raises(Refused) as caught:
        publish(contract, alice, held)
    assert reasons(caught) == [words]


@pytest.mark.parametrize(
    ("held", "given_away_by"),
    [
        ([hold("spend", "unit_price")], "“Spend lines: Amount” and “Spend lines: Quantity”"),
        ([hold("return", "actual_spend"), hold("spend")], "“Return: Spend to date”"),
        ([hold("return", "actual_spend"), hold("return", "spend_to_date")], "“Spend lines: Amount”"),
        ([hold("change", "value_change")], "“Return: Contract value now”"),
    ],
)
def test_what_can_be_worked_out_is_refused(contract: Contract, alice: User, held: Any, given_away_by: str) -> None:
    with pytest.raises(Refused) as caught:
        publish(contract, alice, *held)
    assert [given_away_by in words for words in reasons(caught)] == [True]


def test_two_factors_held_back_are_safe(contract: Contract, alice: User) -> None:
    publish(contract, alice, hold("spend", "unit_price"), hold("spend", "quantity"))
    assert Redaction.objects.count() == 2


def test_redactions_of_many_in_two_queries(
    contract: Contract, buyer: Organisation, supplier: Organisation, alice: User, django_assert_num_queries: Any
) -> None:
    contracts = [contract, *(make_contract(buyer, supplier, alice, number=f"N{n}") for n in range(2))]
    for one in contracts:
        publish(one, alice, hold("kpi"))
    for known in (contracts[:1], contracts):
        with django_assert_num_queries(2):
            assert len(redactions_of(known)) == len(known)


# --- The database holds it -----------------------------------------------------------------------------


def test_database_holds_decisions(contract: Contract, alice: User) -> None:
    decision = publish(contract, alice, hold("kpi"))
    with pytest.raises(IntegrityError, match="publication_taken_back_for_a_reason"), transaction.atomic():
        Publication.objects.create(contract=contract, is_published=False, by=alice, at=NOW)
    with pytest.raises(IntegrityError, match="redaction_once"), transaction.atomic():
        Redaction.objects.create(publication=decision, table="kpi", ground="crime", reason="x")
    with pytest.raises(IntegrityError, match="redaction_ground_known"), transaction.atomic():
        Redaction.objects.create(publication=decision, table="spend", ground="whim", reason="x")
    with pytest.raises(IntegrityError, match="redaction_for_a_reason"), transaction.atomic():
        Redaction.objects.create(publication=decision, table="spend", ground="crime", reason="")


def test_database_holds_releases_for_good(contract: Contract, alice: User) -> None:
    publish(contract, alice)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        PublishedRelease.objects.update(tag="tender")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        PublishedRelease.objects.all()._raw_delete("default")
    again = PublishedRelease.objects.get()
    again.pk, again.release_id = None, "another"
    with pytest.raises(IntegrityError, match="release_tells_once"), transaction.atomic():
        again.save()


# --- What follows in the techmap -----------------------------------------------------------------------


@pytest.fixture
def accepted(due: list[Return], alice: User, bob: User) -> Return:
    return accept(file_return(due[0], bob), alice)


def test_evidence_is_named_once_public(contract: Contract, accepted: Return, alice: User) -> None:
    assert [row.title for row in Evidence.objects.all()] == ["A contract reported to its buyer"]
    publish(contract, alice)
    [row] = Evidence.objects.all()
    assert (row.title, row.buyer, row.source) == (contract.title, contract.buyer, f"return:{contract.reference}")
    take_back(contract, alice)
    [row] = Evidence.objects.all()
    assert (row.title, row.buyer) == ("A contract reported to its buyer", None)


def test_prices_follow_publication(contract: Contract, accepted: Return, alice: User) -> None:
    assert Price.objects.count() == 0
    publish(contract, alice)
    assert [(price.what, int(price.amount)) for price in Price.objects.all()] == [("Senior developer", 600)]
    publish(contract, alice, hold("spend"))
    assert Price.objects.count() == 0
    publish(contract, alice)
    assert Price.objects.count() == 1
    take_back(contract, alice)
    assert Price.objects.count() == 0


def test_prices_held_back_are_not_told_later(contract: Contract, due: list[Return], alice: User, bob: User) -> None:
    publish(contract, alice, hold("spend", "unit_price"), hold("spend", "quantity"))
    correct(accept(file_return(due[0], bob), alice), bob, alice)
    assert Price.objects.count() == 0


def test_take_back_needs_a_reason_and_a_publication(contract: Contract, alice: User) -> None:
    with pytest.raises(Refused, match="is not published"):
        take_back(contract, alice)
    publish(contract, alice)
    with pytest.raises(Refused, match="Enter the reason"):
        take_back(contract, alice, reason=" ")

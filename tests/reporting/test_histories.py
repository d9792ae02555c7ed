"""What each party reads in the histories of reporting: nothing of what the other had not shown it yet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.organisations.models import Organisation
from reporting.actions import activate_contract, create_contract, end_contract, save_contract
from reporting.actions.assessments import remove_assessment, share_assessment, take_back_assessment
from reporting.actions.uploads import keep_upload, submit_kept
from reporting.models import Contract, Return
from tests.factories import make_supplier
from tests.reporting.assessing import LATER, make_draft, make_shared, written
from tests.reporting.files import begin, read, rows_of, xlsx
from tests.reporting.makers import NOW, details
from tests.reporting.publication_makers import file_return

pytestmark = pytest.mark.django_db


def history(target: models.Model, user: User) -> str:
    client = Client()
    client.force_login(user)
    path = reverse("audit:history", args=[target._meta.app_label, target._meta.model_name, target.pk])
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_supplier_reads_nothing_of_the_contracts_draft(
    buyer: Organisation, supplier: Organisation, alice: User, bob: User
) -> None:
    rival = details(make_supplier("Rival Systems Ltd"), baseline_value=Decimal("987654.00"))
    contract = create_contract(buyer=buyer, details=rival, submission_key=uuid4(), by=alice, now=NOW)
    save_contract(contract=contract, version=contract.version, details=details(supplier), by=alice)
    contract.refresh_from_db()
    activate_contract(contract=contract, reports_from=contract.baseline_start, by=alice, now=NOW)
    end_contract(contract=contract, by=alice)
    own, others = history(contract, alice), history(contract, bob)
    assert ("Rival Systems" in own, "987654" in own) == (True, True)
    assert ("Rival Systems" in others, "987654" in others) == (False, False)
    assert ("Contract activated" in others, "Contract ended" in others) == (True, True)


def test_supplier_does_not_read_that_a_draft_of_an_assessment_was_removed(
    contract: Contract, alice: User, bob: User
) -> None:
    draft = make_draft(contract, alice, period=(date(2026, 7, 1), date(2026, 10, 31)))
    remove_assessment(assessment=draft, version=draft.version, by=alice)
    assert ["ssessment" in history(contract, user) for user in (alice, bob)] == [True, False]


def test_history_of_an_imported_contract_is_whole_for_both(contract: Contract, alice: User, bob: User) -> None:
    contract.is_imported = True
    contract.save()
    assert history(contract, bob).count("app-history__item") == history(contract, alice).count("app-history__item") > 1


def test_buyer_reads_of_a_return_from_its_submission_on(
    contract: Contract, due: list[Return], supplier: Organisation, alice: User, bob: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr("reporting.uploads.pulse.EVERY", float("inf"))
    upload = read(begin(supplier, bob, xlsx(rows_of(due[0])), "margins with another buyer.xlsx"))
    upload.refresh_from_db()
    keep_upload(upload=upload, version=upload.version, by=bob, now=NOW)
    upload.refresh_from_db()
    assert submit_kept(upload=upload, by=bob, now=NOW) == 1
    assert ["margins with" in history(due[0], user) for user in (bob, alice)] == [True, False]
    assert ["Return submitted" in history(due[0], user) for user in (bob, alice)] == [True, True]


def test_buyer_reads_nothing_of_how_a_return_was_drafted(
    contract: Contract, due: list[Return], alice: User, bob: User
) -> None:
    file_return(due[0], bob)
    items = [history(due[0], user).count("app-history__item") for user in (bob, alice)]
    assert (items[0] > 1, items[1]) == (True, 1)


def test_supplier_reads_of_an_assessment_from_its_sharing_on(contract: Contract, alice: User, bob: User) -> None:
    shared = make_shared(contract, alice)
    again = take_back_assessment(assessment=shared, version=shared.version, by=alice, now=LATER)
    again = written(again, alice, summary="Better than we thought.")
    share_assessment(assessment=again, version=again.version, by=alice, now=LATER)
    items = [history(shared, user).count("app-history__item") for user in (alice, bob)]
    assert items == [6, 3]

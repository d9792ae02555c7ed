"""Two that meet over the same rows, each on a connection of its own: one waits for the other, and both end well.

Everybody locks suppliers, then contracts, then returns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections, transaction

from portal.organisations.models import Organisation
from reporting.actions import start_correction, submit_return
from reporting.actions.assessments import finish_assessment
from reporting.actions.reminders import remind_supplier, tell_buyer_of_late
from reporting.actions.uploads import keep_upload
from reporting.models import Contract, Reminder, Return
from techmap.models import Evidence, Price, Rating
from tests.reporting.assessing import LATER, make_shared, replied
from tests.reporting.files import begin, joined, read, rows_of, xlsx
from tests.reporting.makers import NOW, make_returns
from tests.reporting.publication_makers import accept, file_return, publish, take_back

pytestmark = pytest.mark.django_db(transaction=True)
A_WHILE = 0.4  # seconds in which the other comes to its first lock
Act = Callable[[], object]


def cross(first: Callable[[Act], object], second: Act) -> list[BaseException]:
    """Run both. `first` gets what it calls when it holds its first lock: then the second begins."""
    held, failures = Event(), []

    def pause() -> None:
        if not held.is_set():
            held.set()
            time.sleep(A_WHILE)

    def run(act: Act) -> None:
        try:
            act()
        except BaseException as failure:
            failures.append(failure)
        finally:
            held.set()
            connections.close_all()

    def wait_and_run() -> None:
        held.wait(10)
        run(second)

    threads = [Thread(target=run, args=[partial(first, pause)]), Thread(target=wait_and_run)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return failures


def merge_locks(supplier: Organisation, pause: Act) -> None:
    """What a merge locks, in its order: suppliers, what the techmap says of them, then their contracts."""
    with transaction.atomic():
        Organisation.objects.locked(supplier.pk)
        for model in (Evidence, Rating, Price):
            list(model.objects.filter(supplier=supplier).select_for_update().order_by("pk"))
        pause()
        list(Contract.objects.filter(supplier=supplier).select_for_update(no_key=True).order_by("pk"))


@pytest.fixture
def accepted(contract, alice, bob) -> Return:
    """The first return of a published contract, accepted."""
    publish(contract, alice)
    filed = file_return(make_returns(contract)[0], bob)
    accept(filed, alice)
    filed.refresh_from_db()
    return filed


def test_acceptance_and_merge(contract, supplier, alice, bob) -> None:
    publish(contract, alice)
    filed = file_return(make_returns(contract)[0], bob)
    assert cross(partial(merge_locks, supplier), partial(accept, filed, alice)) == []


@pytest.mark.parametrize("decide", [publish, take_back])
def test_publication_and_merge(accepted, contract, supplier, alice, decide: Any) -> None:
    assert cross(partial(merge_locks, supplier), partial(decide, contract, alice)) == []


def test_final_assessment_and_merge(accepted, contract, supplier, alice, bob) -> None:
    shared = replied(make_shared(contract, alice), bob)
    finish = partial(finish_assessment, assessment=shared, version=shared.version, by=alice, now=LATER)
    assert cross(partial(merge_locks, supplier), finish) == []


def test_correction_and_merge(accepted, supplier, bob) -> None:
    correction = start_correction(filed=accepted, reason="A credit came late", by=bob, now=NOW)
    submit = partial(submit_return, filed=correction, version=correction.version, by=bob, now=NOW)
    assert cross(partial(merge_locks, supplier), submit) == []


def keep(upload: Any, by: Any, monkeypatch: Any, pause: Act) -> None:
    """Keep a file, with a pause when its first return is locked."""
    from reporting.actions import uploads

    copy = uploads.copy_found_rows

    def slow(*args: Any) -> None:
        pause()
        copy(*args)

    monkeypatch.setattr(uploads, "copy_found_rows", slow)
    keep_upload(upload=upload, version=upload.version, by=by, now=NOW)


@pytest.mark.parametrize("told", ["supplier", "buyer"])
def test_kept_file_and_reminders(contract, supplier, buyer, bob, monkeypatch, told: str) -> None:
    """The file has the newest return first, and the reminder the oldest."""
    monkeypatch.setattr("reporting.uploads.pulse.EVERY", float("inf"))
    due = make_returns(contract)
    upload = begin(supplier, bob, xlsx(joined(rows_of(due[1], spend_to_date="9000"), rows_of(due[0]))))
    upload = read(upload)
    Reminder.objects.all().delete()
    remind = {
        "supplier": partial(remind_supplier, supplier_id=supplier.pk, now=NOW),
        "buyer": partial(tell_buyer_of_late, buyer_id=buyer.pk, now=NOW),
    }[told]
    assert cross(partial(keep, upload, bob, monkeypatch), remind) == []

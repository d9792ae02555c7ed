"""Two imports of one file at the same time make what one would make."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection

from portal.ocds.importing import Outcome, Result
from portal.organisations.models import Organisation
from tests.ocds.makers import import_all, make_notice, make_party

RELEASES = [
    make_notice(number, parties=[make_party("1", f"Council {number % 3}")], buyer={"id": "1"}) for number in range(12)
]


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_each_thing_once():
    start, results = Barrier(2), list[list[Result]]()

    def work() -> None:
        try:
            start.wait()
            results.append(import_all(*RELEASES))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    outcomes = [result.outcome for result in results[0] + results[1]]
    assert Organisation.objects.count() == 3
    assert sorted(outcomes) == [Outcome.IMPORTED] * 12 + [Outcome.UNCHANGED] * 12

"""Two at the same moment, each on a database connection of their own."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db.models import Count

from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap.actions.case_studies import save_case_study
from techmap.models import CaseStudy, Evidence, RefereeRequest
from tests.factories import make_member, make_supplier
from tests.organisations.makers import NOW
from tests.organisations.test_races import at_once
from tests.techmap.makers import make_capability, make_case_study
from tests.techmap.test_referees import answer, ask

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(3)


def make() -> tuple[CaseStudy, Organisation]:
    supplier = make_supplier()
    return make_case_study(supplier, [make_capability()]), supplier


@pytest.mark.parametrize("_round", ROUNDS)
def test_link_pressed_four_times_at_once_answers_once(_round: int) -> None:
    study, supplier = make()
    question = ask(study, make_member(supplier))
    copies = [RefereeRequest.objects.select_related("case_study__profile").get() for _ in range(4)]

    results = at_once([partial(answer, copy, role=f"Role {number}") for number, copy in enumerate(copies)])

    assert sum(isinstance(result, Refused) for result in results) == 3
    assert Evidence.objects.count() == 1
    question.refresh_from_db()
    assert question.referee_role in [result.referee_role for result in results if isinstance(result, RefereeRequest)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_one_referee_asked_four_times_at_once_gets_one_question(_round: int) -> None:
    study, supplier = make()
    by = make_member(supplier)

    results = at_once([partial(ask, study, by)] * 4)

    assert sum(isinstance(result, Refused) for result in results) == 3
    assert RefereeRequest.objects.count() == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_limit_holds_where_eight_are_asked_at_once(_round: int) -> None:
    study, supplier = make()
    by = make_member(supplier)

    at_once([partial(ask, study, by, f"referee{number}@wexbridge.gov.uk") for number in range(8)])

    assert RefereeRequest.objects.count() == 5


@pytest.mark.parametrize("_round", ROUNDS)
def test_confirmation_and_edit_at_once_leave_evidence_for_what_stands_or_none(_round: int) -> None:
    study, supplier = make()
    by = make_member(supplier)
    question = ask(study, by)
    edit = partial(
        save_case_study,
        study=study, version=1, fields={"title": "Another"}, by=by, today=NOW.date() + timedelta(days=1),
    )  # fmt: skip

    at_once([partial(answer, question), edit])

    assert CaseStudy.objects.get().title == "Another"
    assert list(Evidence.objects.order_by().values("title").annotate(Count("pk"))) == []

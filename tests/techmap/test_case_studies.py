"""Case studies: steps that save, who reads them, and what an edit does to a confirmation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from portal.audit.models import Event
from portal.organisations.choices import Status
from portal.refusals import Refused, StaleWrite
from techmap.actions.case_studies import remove_case_study, save_case_study, start_case_study
from techmap.models import CaseStudy, Evidence
from tests.factories import make_member, make_supplier
from tests.organisations.makers import NOW, client_of
from tests.techmap.makers import make_capability, make_case_study
from tests.techmap.test_referees import confirm

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
ABOUT: dict[str, Any] = {
    "title": "Moved the planning archive",
    "customer": "Ashford Vale Council",
    "finished_on": date(2026, 3, 31),
}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def start(larkspur, alice, **fields: Any) -> CaseStudy:
    return start_case_study(
        organisation=larkspur, by=alice, today=TODAY, **{**ABOUT, "submission_key": uuid4(), **fields}
    )


def path(name: str, study: CaseStudy, *more: str) -> str:
    return reverse(f"techmap:{name}", args=[study.profile.organisation_id, study.pk, *more])


def messages_of(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str | None]]:
    return [(reason.message, reason.field) for reason in refused.value.reasons]


# --- Actions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("See https://bad.example", "must not hold a web address or the signs < and >"),
        ("Go to WWW.bad.example now", "must not hold a web address or the signs < and >"),
        ("<b>Urgent</b>", "must not hold a web address or the signs < and >"),
        ("Bell\x07", "must not hold line breaks or characters that cannot be seen"),
        ("Turned \u202eround", "must not hold line breaks or characters that cannot be seen"),
    ],
)
@pytest.mark.parametrize("field", ["title", "customer"])
def test_what_a_mail_will_quote_holds_no_link(larkspur, alice, field, text, why) -> None:
    with pytest.raises(Refused) as refused:
        start(larkspur, alice, **{field: text})
    assert messages_of(refused) == [(f"The {field} {why}", field)]
    study = start(larkspur, alice)
    with pytest.raises(Refused) as refused:
        save_case_study(study=study, version=study.version, fields={field: text}, by=alice, today=TODAY)
    assert messages_of(refused) == [(f"The {field} {why}", field)]


def test_what_a_mail_will_quote_is_on_one_line(larkspur, alice) -> None:
    study = start(larkspur, alice, title=" Moved\r\n\r\nthe  archive ", customer="Ashford\u2028Vale")
    assert (study.title, study.customer) == ("Moved the archive", "Ashford Vale")
    saved = save_case_study(study=study, version=study.version, fields={"title": "New\n\nwords"}, by=alice, today=TODAY)
    assert saved.title == "New words"


def test_case_study_is_begun_once(larkspur, alice) -> None:
    key = uuid4()
    first = start(larkspur, alice, submission_key=key)
    again = start(larkspur, alice, submission_key=key)

    assert (first, first.summary, CaseStudy.objects.count()) == (again, "", 1)
    [event] = Event.objects.about(first.profile)
    assert (event.name, event.actor) == ("techmap.case_study.started", alice)


def test_another_suppliers_form_makes_nothing(larkspur, alice) -> None:
    other = make_supplier("Charnwood Digital Ltd")
    key = start(other, make_member(other)).submission_key

    with pytest.raises(Refused, match="used before"):
        start(larkspur, alice, submission_key=key)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"title": " "}, ("Enter a title", "title")),
        ({"customer": ""}, ("Enter who the work was for", "customer")),
        ({"title": "x" * 151}, ("The title must be 150 characters or fewer", "title")),
        (
            {"finished_on": TODAY + timedelta(days=1)},
            ("The day must be today or earlier. Where the work goes on, enter today", "finished_on"),
        ),
        ({"finished_on": date(1999, 12, 31)}, ("The day must be in 2000 or later", "finished_on")),
    ],
)
def test_case_study_refuses_what_cannot_be(larkspur, alice, wrong, reason) -> None:
    with pytest.raises(Refused) as refused:
        start(larkspur, alice, **wrong)

    assert messages_of(refused) == [reason]


def test_work_that_goes_on_is_dated_today(larkspur, alice) -> None:
    assert start(larkspur, alice, finished_on=TODAY).finished_on == TODAY


def test_there_are_so_many_case_studies_and_no_more(larkspur, alice, settings, monkeypatch) -> None:
    monkeypatch.setattr("techmap.actions.case_studies.MOST_STUDIES", 2)
    start(larkspur, alice)
    start(larkspur, alice)

    with pytest.raises(Refused, match="You have 2 case studies"):
        start(larkspur, alice)


def test_step_saves_what_it_holds_and_says_so(larkspur, alice, hosting) -> None:
    study = start(larkspur, alice)
    study = save_case_study(study=study, version=1, fields={"summary": "We moved it."}, by=alice, today=TODAY)
    study = save_case_study(study=study, version=2, fields={"capabilities": [hosting]}, by=alice, today=TODAY)

    assert (study.summary, list(study.capabilities.all()), study.version) == ("We moved it.", [hosting], 3)
    event = Event.objects.about(study.profile)[0]
    assert (event.name, event.new["capabilities"], event.old["capabilities"]) == (
        "techmap.case_study.saved", [hosting.code], [],
    )  # fmt: skip


def test_saving_the_same_changes_nothing_whatever_the_version(larkspur, alice, hosting) -> None:
    study = make_case_study(larkspur, [hosting])
    save_case_study(study=study, version=0, fields={"capabilities": [hosting]}, by=alice, today=TODAY)

    assert (CaseStudy.objects.get().version, Event.objects.about(study.profile).count()) == (1, 0)


def test_second_to_save_is_told(larkspur, alice) -> None:
    study = start(larkspur, alice)
    save_case_study(study=study, version=1, fields={"summary": "Mine"}, by=alice, today=TODAY)

    with pytest.raises(StaleWrite):
        save_case_study(study=study, version=1, fields={"summary": "Yours"}, by=alice, today=TODAY)
    assert CaseStudy.objects.get().summary == "Mine"


def test_capabilities_of_a_case_study(larkspur, alice, hosting, cloud) -> None:
    study = start(larkspur, alice)
    nine = [make_capability(f"Capability {number}", parent=cloud) for number in range(9)]
    for wrong, words in [
        ([], "Select what the work shows"),
        (nine, "Select 8 capabilities or fewer"),
        ([cloud], "Select capabilities from the list"),
    ]:
        study.capabilities.set([hosting])
        with pytest.raises(Refused, match=words):
            save_case_study(study=study, version=1, fields={"capabilities": wrong}, by=alice, today=TODAY)


def test_retired_capability_of_a_case_study_stays(larkspur, alice, hosting, backup) -> None:
    study = make_case_study(larkspur, [hosting])
    hosting.is_retired = True
    hosting.save()

    save_case_study(study=study, version=1, fields={"capabilities": [backup]}, by=alice, today=TODAY)

    assert {*study.capabilities.all()} == {hosting, backup}


@pytest.mark.parametrize("person", ["bob", "charlie"])
def test_case_studies_are_the_writers_alone(request, person, larkspur, hosting) -> None:
    by, study = request.getfixturevalue(person), make_case_study(larkspur, [hosting])
    with pytest.raises(PermissionDenied):
        start(larkspur, by)
    with pytest.raises(PermissionDenied):
        save_case_study(study=study, version=1, fields={"summary": "No"}, by=by, today=TODAY)
    with pytest.raises(PermissionDenied):
        remove_case_study(study=study, by=by)


# --- What an edit does to a confirmation -----------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Moved all archives"},
        {"customer": "Birch Vale Council"},
        {"summary": "We moved 120 years of drawings."},
        {"finished_on": date(2026, 4, 1)},
        {"capabilities": "other"},
    ],
)
def test_edit_in_substance_drops_the_confirmation_and_its_evidence(larkspur, alice, hosting, backup, change) -> None:
    study = make_case_study(larkspur, [hosting])
    confirm(study, alice)
    assert Evidence.objects.filter(kind="case_study", capability=hosting).count() == 1
    before = {name: getattr(study, name) for name in change if name != "capabilities"} or {"capabilities": [hosting]}

    fields = {"capabilities": [backup]} if "capabilities" in change else change
    save_case_study(study=study, version=1, fields=fields, by=alice, today=TODAY)

    assert not Evidence.objects.exists()
    event = Event.objects.about(larkspur)[0]
    assert (event.name, event.actor) == ("techmap.evidence.withdrawn", alice)
    assert event.note == "The supplier changed the case study after it was confirmed."
    page = client_of(alice).get(study.get_absolute_url()).content.decode()
    assert "Not confirmed" in page
    assert "You changed the case study since" in page
    # What the referee did confirm stands again where the case study says it again.
    save_case_study(study=study, version=2, fields=before, by=alice, today=TODAY)
    assert Evidence.objects.get().capability == hosting


def test_warning_stands_before_the_edit_of_a_confirmed_case_study_alone(larkspur, alice, hosting) -> None:
    study = make_case_study(larkspur, [hosting])
    url, client = path("case-study-step", study, "summary"), client_of(alice)
    assert "This case study is confirmed" not in client.get(url).content.decode()

    confirm(study, alice)

    assert "This case study is confirmed. If you change it" in client.get(url).content.decode()


def test_removed_case_study_takes_its_evidence_along(larkspur, alice, hosting) -> None:
    study = make_case_study(larkspur, [hosting])
    confirm(study, alice)

    remove_case_study(study=study, by=alice)
    remove_case_study(study=study, by=alice)

    assert (CaseStudy.objects.count(), Evidence.objects.count()) == (0, 0)
    assert Event.objects.about(larkspur)[0].note == "The supplier removed the case study."
    assert [event.name for event in Event.objects.about(study.profile)].count("techmap.case_study.removed") == 1


# --- Pages -------------------------------------------------------------------------------------------


def test_steps_follow_one_another(larkspur, alice, hosting) -> None:
    client, create = client_of(alice), reverse("techmap:case-study-create", args=[larkspur.pk])
    form = client.get(create).context["form"]
    about = {
        "title": "Moved the archive", "customer": "Ashford Vale", "finished_on_day": "31",
        "finished_on_month": "3", "finished_on_year": "2026", "submission_key": form["submission_key"].value(),
    }  # fmt: skip

    response = client.post(create, about)
    study = CaseStudy.objects.get()
    assert response.headers["Location"] == path("case-study-step", study, "summary")
    assert client.post(create, about).headers["Location"] == path("case-study-step", study, "summary")

    response = client.post(path("case-study-step", study, "summary"), {"summary": "We moved it.", "version": "1"})
    assert response.headers["Location"] == path("case-study-step", study, "capabilities")

    chosen = {"capabilities": [hosting.pk], "version": "2"}
    response = client.post(path("case-study-step", study, "capabilities"), chosen)
    assert response.headers["Location"] == study.get_absolute_url()
    assert "Ask a referee to confirm it" in client.get(study.get_absolute_url()).content.decode()


def test_step_says_what_is_wrong_on_its_field(larkspur, alice) -> None:
    study = start(larkspur, alice)
    response = client_of(alice).post(path("case-study-step", study, "summary"), {"summary": "", "version": "1"})

    assert response.context["form"].errors == {"summary": ["Say what you did and what came of it"]}
    assert "Error: What you did" in response.content.decode()


def test_second_to_save_sees_both_versions(larkspur, alice) -> None:
    study = start(larkspur, alice)
    save_case_study(study=study, version=1, fields={"summary": "What stands"}, by=alice, today=TODAY)

    url = path("case-study-step", study, "summary")
    response = client_of(alice).post(url, {"summary": "What I wrote", "version": "1"})

    assert response.status_code == 409
    assert "What stands" in response.content.decode()
    assert "What I wrote" in response.content.decode()


def test_unknown_step_and_another_suppliers_case_study_are_not_there(larkspur, alice) -> None:
    study, client = start(larkspur, alice), client_of(alice)
    other = make_supplier("Charnwood Digital Ltd")
    assert client.get(path("case-study-step", study, "money")).status_code == 404
    assert client.get(reverse("techmap:case-study-detail", args=[other.pk, study.pk])).status_code == 404


def test_case_study_is_public_when_it_is_complete(larkspur, alice, hosting) -> None:
    draft, done = start(larkspur, alice, title="Half written"), make_case_study(larkspur, [hosting])
    guest, own = client_of(None), client_of(alice)
    everything = reverse("techmap:case-study-list", args=[larkspur.pk])

    assert guest.get(draft.get_absolute_url()).status_code == 404
    assert own.get(draft.get_absolute_url()).status_code == 200
    assert guest.get(done.get_absolute_url()).status_code == 200
    assert "Half written" not in guest.get(everything).content.decode()
    assert "Half written" in own.get(everything).content.decode()


@pytest.mark.parametrize("imported", [True, False])
def test_words_of_an_unverified_supplier_are_its_own_peoples_alone(alice, hosting, imported) -> None:
    firm = make_supplier("Merlin Data Ltd", status=Status.PENDING, is_imported=imported)
    Evidence.objects.create(supplier=firm, kind="award", source="1", title="An award", dated=TODAY)
    own, study = make_member(firm), make_case_study(firm, [hosting])

    for url in (study.get_absolute_url(), reverse("techmap:case-study-list", args=[firm.pk])):
        assert client_of(None).get(url).status_code == 404
        assert client_of(alice).get(url).status_code == 404
        assert client_of(own).get(url).status_code == 200


def test_list_asks_as_often_for_three_as_for_one(larkspur, alice, hosting, django_assert_num_queries) -> None:
    url, client = reverse("techmap:case-study-list", args=[larkspur.pk]), client_of(None)
    confirm(make_case_study(larkspur, [hosting]), alice)

    with django_assert_num_queries(8):
        client.get(url)
    for number in range(2):
        confirm(make_case_study(larkspur, [hosting], title=f"Work {number}"), alice)
    with django_assert_num_queries(8):
        assert client.get(url).content.decode().count("Head of digital at") == 3


def test_remove_page_asks_first(larkspur, alice, hosting) -> None:
    study, client = make_case_study(larkspur, [hosting]), client_of(alice)
    url = path("case-study-remove", study)
    assert "Remove this case study?" in client.get(url).content.decode()
    assert CaseStudy.objects.count() == 1

    assert client.post(url).headers["Location"] == reverse("techmap:case-study-list", args=[larkspur.pk])
    assert CaseStudy.objects.count() == 0

"""Asking for a combination on the page: who may, what is read, what is shown and kept."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.organisations.choices import Role, Size, Status
from portal.organisations.models import Organisation
from techmap import answers
from techmap.combination import propose
from techmap.models import Capability, Evidence, Shortlist
from techmap.queries.combination import Asked, market_for
from techmap.search import index
from tests.factories import make_member, make_public_body, make_supplier
from tests.techmap.makers import make_claim, make_profile

TODAY = date(2026, 3, 5)
FIND, SAVE = "/techmap/combination/", "/techmap/combination/save/"


def make_firm(name: str, *claims: Capability, regions: tuple[str, ...] = ("TLL",), **fields: Any) -> Organisation:
    firm = make_supplier(name, **fields)
    make_profile(firm, regions_served=list(regions))
    for capability in claims:
        make_claim(firm, capability)
    return firm


def make_award(firm: Organisation, capability: Capability, *, dated: date | None = None, **fields: Any) -> Evidence:
    fields = {"kind": "award", "source": f"ocds-{Evidence.objects.count()}", "title": "Hosting for schools", **fields}
    return Evidence.objects.create(
        supplier=firm, capability=capability, dated=dated or timezone.localdate() - timedelta(days=30), **fields
    )


def index_all() -> None:
    index.refresh(Organisation.objects.values_list("pk", flat=True))


@pytest.fixture
def firms(db: None, hosting: Capability, backup: Capability) -> dict[str, Organisation]:
    found = {
        "alder": make_firm("Alder Ltd", hosting),
        "birch": make_firm("Birch plc", backup, size=Size.LARGE),
        "cedar": make_firm("Cedar Ltd", hosting, backup, regions=("TLM",)),
    }
    make_award(found["alder"], hosting)
    index_all()
    return found


@pytest.fixture
def ann(db: None) -> User:
    return make_member(make_public_body(), role=Role.EDITOR, name="Ann Castle")


@pytest.fixture
def browser(client: Client, ann: User) -> Client:
    cache.clear()
    client.force_login(ann)
    return client


def address(path: str = FIND, **asked: Any) -> str:
    return f"{path}?{urlencode(asked, doseq=True)}"


BOTH = {"must": ["cloud-hosting", "backup-and-recovery"]}


def proposed(asked: Asked) -> list[set[int]]:
    return [set(item.firms) for item in propose(asked.question, market_for(asked, TODAY)).combinations]


# --- Who is a candidate ----------------------------------------------------------------------------


def test_candidates_deliver_in_the_region(firms) -> None:
    both = ("backup-and-recovery", "cloud-hosting")
    pk = {name: firm.pk for name, firm in firms.items()}

    assert proposed(Asked(both, regions=("TLL",))) == [{pk["alder"], pk["birch"]}]
    assert proposed(Asked(both, regions=("TLM",))) == [{pk["cedar"]}]
    assert proposed(Asked(both, regions=("TLL", "TLM"))) == [set(pk.values())]
    assert proposed(Asked(both))[0] == {pk["cedar"]}


def test_what_unverified_suppliers_claim_counts_for_nothing(firms, hosting) -> None:
    make_firm("Dale Ltd", hosting, status=Status.PENDING)
    index_all()

    assert len(market_for(Asked(("cloud-hosting",)), TODAY).ids) == 2


@pytest.mark.parametrize(
    ("fields", "level", "steps"),
    [
        ({}, 2, 2),
        ({"kind": "spend"}, 1, 1),
        ({"kind": "engagement"}, 1, 0),
        ({"is_guessed": True}, 1, 1),
        ({"dated": date(2010, 1, 1)}, 0, 0),
    ],
)
def test_level_and_strength_are_those_of_today(hosting, fields, level, steps) -> None:
    make_award(make_firm("Alder Ltd", hosting), hosting, **{"dated": TODAY, **fields})
    index_all()

    market = market_for(Asked(("cloud-hosting",)), TODAY)

    assert (market.levels.tolist(), market.steps.tolist()) == ([[level]], [[steps]])


def test_turns_are_the_order_of_the_search(firms, hosting) -> None:
    from techmap import search

    for number in range(5):
        make_firm(f"Elm {number} Ltd", hosting)
    index_all()
    market = market_for(Asked(("cloud-hosting",)), TODAY)

    by_turn = [pk for _, pk in sorted(zip(market.turns.tolist(), market.ids.tolist(), strict=True))]

    assert by_turn == search.matching(search.SearchQuery(capability=("cloud-hosting",)), today=TODAY)


@pytest.mark.parametrize("more", [0, 8])
def test_candidates_take_three_queries_however_many(firms, hosting, more) -> None:
    for number in range(more):
        make_award(make_firm(f"Elm {number} Ltd", hosting), hosting)
    index_all()

    with CaptureQueriesContext(connection) as queries:
        market_for(Asked(("cloud-hosting",), regions=("TLL",)), TODAY)

    assert len(queries) == 3


# --- The page --------------------------------------------------------------------------------------


def test_bare_page_is_for_everybody(client: Client, firms) -> None:
    page = client.get(FIND).content.decode()

    assert "What must be covered?" in page
    assert "sign in" in page


def test_answer_is_for_those_signed_in(client: Client, firms) -> None:
    response = client.get(address(**BOTH))

    assert response.status_code == 302
    assert response["Location"].startswith(f"{reverse('account_login')}?next=/techmap/combination/%3Fmust")


def test_answer_says_who_covers_what_and_why(browser: Client, firms) -> None:
    page = browser.get(address(**BOTH, region="TLL")).content.decode()

    assert "1 combination, the best first" in page
    assert "Proven: of all possible combinations none is better." in page
    assert "Claimed by the supplier. Award notice of" in page
    assert "Hosting for schools. Strength of evidence: 1 of 6. Nobody else could cover it." in page
    assert "a person decides" in page


def test_need_that_nobody_covers_is_named(browser: Client, firms) -> None:
    page = browser.get(address(must="cloud-hosting", region="TLN")).content.decode()

    assert "No combination fits" in page
    assert "Nobody covers Cloud hosting in Northern Ireland with the evidence asked for." in page


def test_limit_in_the_way_is_named_with_what_would_do(browser: Client, firms) -> None:
    page = browser.get(address(**BOTH, region="TLL", sme_share=100)).content.decode()

    assert "It becomes possible with a least share of small and medium firms of 50%, all else as it is." in page


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"nice": "cloud-hosting"}, "Choose at least one capability that must be covered"),
        ({"must": "nonsense"}, "nonsense is not one of the available choices"),
        ({"must": "cloud-hosting", "most_firms": "99"}, "99 is not one of the available choices"),
    ],
)
def test_bad_question_is_shown_again_with_its_fault(browser: Client, firms, asked, error) -> None:
    response = browser.get(address(**asked))

    assert response.status_code == 200
    assert error in response.content.decode()


def test_too_many_places_are_refused(browser: Client, cloud) -> None:
    codes = [f"thing-{number}" for number in range(4)]
    for code in codes:
        Capability.objects.create(code=code, name=code, parent=cloud)
    regions = ["TLC", "TLD", "TLE", "TLF", "TLG", "TLH", "TLI", "TLJ", "TLK", "TLL", "TLM"]

    page = browser.get(address(must=codes, region=regions)).content.decode()

    assert "4 capabilities in 11 regions are 44 places to fill. Choose fewer, so that there are 40 or fewer" in page


def test_page_takes_the_same_queries_for_three_firms_and_for_ten(browser: Client, firms, hosting) -> None:
    browser.get(address(must="cloud-hosting"))
    cache.clear()
    with CaptureQueriesContext(connection) as few:
        browser.get(address(must="cloud-hosting"))
    for number in range(7):
        make_award(make_firm(f"Elm {number} Ltd", hosting), hosting)
    index_all()
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        browser.get(address(must="cloud-hosting"))

    assert len(few) == len(many)


# --- Rations ---------------------------------------------------------------------------------------


def test_same_question_is_worked_out_once_until_something_changes(browser: Client, firms, monkeypatch) -> None:
    worked_out = []
    monkeypatch.setattr(answers, "propose", lambda *args, **rest: worked_out.append(1) or propose(*args, **rest))
    browser.get(address(must=["cloud-hosting", "backup-and-recovery"]))
    browser.get(address(must=["backup-and-recovery", "cloud-hosting"]))
    before = len(worked_out)
    # Within one transaction, as tests are, the data version stands still.
    monkeypatch.setattr(answers.search, "data_version", lambda: 10**9)
    browser.get(address(must=["cloud-hosting", "backup-and-recovery"]))

    assert (before, len(worked_out)) == (1, 2)


def test_second_question_at_once_waits(browser: Client, firms) -> None:
    cache.set(answers.SOLVING, 1, 5)

    response = browser.get(address(**BOTH))

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Another combination is being worked out just now." in response.content.decode()


def test_questions_are_limited_for_each_person(browser: Client, firms, monkeypatch) -> None:
    monkeypatch.setattr(answers, "MOST_IN_AN_HOUR", 1)
    first, again, new = (browser.get(address(**asked)) for asked in (BOTH, BOTH, {"must": "cloud-hosting"}))

    assert [first.status_code, again.status_code, new.status_code] == [200, 200, 503]
    assert cache.get(answers.SOLVING) is None


def test_limit_is_of_the_last_hour_and_says_when_it_ends(browser: Client, firms, monkeypatch) -> None:
    monkeypatch.setattr(answers, "MOST_IN_AN_HOUR", 2)
    asked = [{"must": code} for code in ("cloud-hosting", "backup-and-recovery")]
    # The key of the session is older than the day, so time only goes on.
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        assert browser.get(address(**asked[0])).status_code == 200
        clock.shift(600)  # longer than the cache keeps what is counted up
        assert browser.get(address(**asked[1])).status_code == 200
        clock.shift(600)
        refused = browser.get(address(**BOTH))
        assert (refused.status_code, refused["Retry-After"]) == (503, "2400")
        clock.shift(2400)
        assert browser.get(address(**BOTH)).status_code == 200


def test_busy_question_is_not_counted(browser: Client, firms, monkeypatch) -> None:
    monkeypatch.setattr(answers, "MOST_IN_AN_HOUR", 1)
    cache.set(answers.SOLVING, "another", 5)
    assert browser.get(address(**BOTH))["Retry-After"] == "5"
    cache.delete(answers.SOLVING)
    assert browser.get(address(**BOTH)).status_code == 200


def test_lock_that_ran_out_is_left_to_whoever_has_it(browser: Client, firms, monkeypatch) -> None:
    def slowly(*args: Any, **rest: Any) -> Any:
        cache.set(answers.SOLVING, "another", 5)
        return propose(*args, **rest)

    monkeypatch.setattr(answers, "propose", slowly)
    assert browser.get(address(**BOTH)).status_code == 200
    assert cache.get(answers.SOLVING) == "another"


# --- Saving ----------------------------------------------------------------------------------------


def saving(browser: Client, **asked: Any) -> tuple[str, dict[str, Any]]:
    """The address of the first combination's form, and what its hidden fields hold."""
    where = address(SAVE, **asked, choice=1)
    form = browser.get(where).context["form"]
    return where, {name: str(form[name].value()) for name in ("title", "firms", "submission_key")}


def test_chosen_combination_is_kept_with_its_reasoning(browser: Client, firms) -> None:
    where, fields = saving(browser, **BOTH, region="TLL")

    response = browser.post(where, fields)

    kept = Shortlist.objects.get()
    assert response["Location"] == kept.get_absolute_url()
    assert [entry.supplier.name for entry in kept.entries.all()] == ["Birch plc", "Alder Ltd"]
    assert {entry.why_found for entry in kept.entries.all()} == {"Covers Backup and recovery", "Covers Cloud hosting"}
    assert kept.reasoning["answer"]["proof"] == "Proven: of all possible combinations none is better."
    assert kept.reasoning["question"]["must be covered"] == ["Backup and recovery", "Cloud hosting"]
    json.dumps(kept.reasoning, allow_nan=False)
    assert browser.get(kept.get_absolute_url()).status_code == 200


def test_saved_twice_makes_one(browser: Client, firms) -> None:
    where, fields = saving(browser, **BOTH)

    assert browser.post(where, fields)["Location"] == browser.post(where, fields)["Location"]
    assert Shortlist.objects.count() == 1


def test_other_firms_than_the_person_saw_are_not_kept(browser: Client, firms) -> None:
    where, fields = saving(browser, **BOTH)

    response = browser.post(where, fields | {"firms": "1-2"})

    assert response.status_code == 422
    assert "The techmap has changed since you saw this combination" in response.content.decode()
    assert not Shortlist.objects.exists()


@pytest.mark.parametrize("choice", ["9", "x", ""])
def test_choice_that_is_not_there_is_refused(browser: Client, firms, choice) -> None:
    assert browser.get(address(SAVE, **BOTH, choice=choice)).status_code == 422


def test_save_without_a_question_leads_to_the_form(browser: Client, firms) -> None:
    assert browser.get(SAVE)["Location"] == FIND


def test_save_is_for_those_who_write_for_a_public_body(client: Client, firms) -> None:
    client.force_login(make_member(firms["alder"], role=Role.EDITOR))

    assert client.get(address(SAVE, **BOTH, choice=1)).status_code == 403
    assert "Save to a shortlist" not in client.get(address(**BOTH)).content.decode()

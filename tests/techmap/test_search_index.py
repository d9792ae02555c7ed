"""The search's rows follow what is known of each supplier: at once, in the same transaction, and by night."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from portal.organisations.choices import Status
from portal.organisations.listeners import organisation_changed
from portal.organisations.models import Organisation
from techmap import search
from techmap.models import (
    Accreditation,
    CaseStudy,
    Evidence,
    OtherName,
    SearchGone,
    SearchRow,
    SearchWord,
    SupplierProfile,
)
from techmap.search import SearchQuery, dictionary, index
from techmap.tasks import rebuild_search
from tests.factories import make_public_body, make_supplier
from tests.techmap.makers import make_case_study, make_claim, make_profile

TODAY = date(2026, 3, 5)
TWICE = 2


def found(words: str = "", **facets: tuple[str, ...]) -> list[str]:
    pks = search.matching(SearchQuery(words=words, **facets), today=TODAY)
    return [Organisation.objects.get(pk=pk).name for pk in pks]


def add_evidence(supplier, **fields) -> Evidence:
    given = {"kind": "award", "source": "ocds-1", "title": "Hosting of a register", "dated": timezone.localdate()}
    return Evidence.objects.create(supplier=supplier, **given | fields)


@pytest.mark.parametrize("words", ["larkspur", "beeches", "servers", "hosting", "iaas", "python", "bespoke", "bridges",
                                   "register", "Coldmere", "clouds"])  # fmt: skip
def test_every_field_is_searched(larkspur, hosting, words) -> None:
    make_profile(larkspur, summary="Servers", description="Bespoke work", technologies=["Python"])
    make_claim(larkspur, hosting)
    OtherName.objects.create(supplier=larkspur, name="The Beeches", folded="beeches")
    make_case_study(larkspur, [hosting], title="Bridges")
    add_evidence(larkspur, buyer_name="Coldmere Council")
    make_supplier("Other Ltd")
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    assert found(words) == [larkspur.name]


@pytest.mark.parametrize(("summary", "has_capability"), [("", True), ("Unreleased", False)])
def test_unfinished_case_study_is_not_searched(larkspur, hosting, summary, has_capability) -> None:
    chosen = [hosting] if has_capability else []
    make_case_study(larkspur, chosen, title="Viaducts", customer="Unreleased", summary=summary)
    index.refresh([larkspur.pk])
    assert (found("viaducts"), found("unreleased")) == ([], [])
    CaseStudy.objects.update(summary="Built")
    CaseStudy.objects.get().capabilities.add(hosting)
    index.refresh([larkspur.pk])
    assert found("viaducts") == [larkspur.name]


def test_names_match_by_stop_words_too(db) -> None:
    supplier = make_supplier("Up And About")
    make_supplier("Other Ltd")
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    assert (found("and"), found("cafe up")) == ([supplier.name], [])


def test_phrases_never_reach_from_one_field_into_the_next(db) -> None:
    supplier = make_supplier("Alder Cloud")
    make_profile(supplier, summary="Hosting birch", description="cedar")
    index.refresh([supplier.pk])
    assert [found(words) for words in ('"cloud hosting"', '"birch cedar"', '"cloud alder"')] == [[], [], []]
    assert found('"hosting birch"') == ["Alder Cloud"]


def test_accents_and_glue_do_not_matter(db) -> None:
    supplier = make_supplier("Café Sólo")
    make_profile(supplier, summary="Wales/Scotland, ISO-27001")
    index.refresh([supplier.pk])
    assert [found(words) for words in ("cafe solo", "scotland", "27001", "iso-27001")] == [["Café Sólo"]] * 4


@pytest.mark.parametrize(("words", "is_found"), [("Tidewater", True), ("register", True), ("hosting", True),
                                                 ("secret", False), ("backup", False)])  # fmt: skip
def test_of_an_unverified_supplier_published_facts_alone(hosting, backup, words, is_found) -> None:
    supplier = make_supplier("Tidewater Ltd", status=Status.PENDING, is_imported=True, region="TLM")
    make_profile(supplier, summary="secret", sectors=["local"], is_vcse=True, regions_served=["TLL"])
    make_claim(supplier, backup)
    make_claim(supplier, hosting, guessed=True)
    add_evidence(supplier, capability=None)
    index.refresh([supplier.pk])
    assert found(words) == (["Tidewater Ltd"] if is_found else [])
    assert found(region=("TLM",)) == ["Tidewater Ltd"]
    assert (found(region=("TLL",)), found(sector=("local",)), found(vcse=("yes",))) == ([], [], [])


def test_who_is_not_listed_has_no_row(db) -> None:
    waiting = make_supplier("Waiting Ltd", status=Status.PENDING)
    index.refresh([waiting.pk, make_public_body().pk])
    assert SearchRow.objects.count() == 0


def test_suspension_takes_the_row_in_the_same_transaction(larkspur) -> None:
    index.refresh([larkspur.pk])
    before = search.data_version()
    with transaction.atomic():
        Organisation.objects.filter(pk=larkspur.pk).update(status=Status.SUSPENDED, status_reason="Dissolved")
        organisation_changed(Organisation.objects.get(pk=larkspur.pk))
    assert (found(), SearchGone.objects.get().supplier) == ([], larkspur.pk)
    assert search.data_version() >= before > 0


def test_a_row_that_is_right_is_left_alone(larkspur) -> None:
    index.refresh([larkspur.pk])
    SearchRow.objects.update(changed=1)
    index.refresh([larkspur.pk])
    assert SearchRow.objects.get().changed == 1
    make_profile(larkspur, summary="Something new")
    index.refresh([larkspur.pk])
    assert SearchRow.objects.get().changed > 1


def test_a_row_of_another_life_of_the_database_is_written_anew(larkspur) -> None:
    index.refresh([larkspur.pk])
    SearchRow.objects.update(changed=10**15)
    index.rebuild()
    assert SearchRow.objects.get().changed < 10**15


def test_gathered_rebuilds_each_once_at_the_end(larkspur, monkeypatch) -> None:
    written: list[list[int]] = []
    monkeypatch.setattr(index, "_write", lambda suppliers, today: written.append(list(suppliers)) or {})
    with index.gathered():
        index.refresh([larkspur.pk])
        with index.gathered():
            index.refresh([larkspur.pk, 7])
        assert written == []
    assert written == [sorted([larkspur.pk, 7])]


@pytest.mark.parametrize("number", [1, 3])
def test_refresh_takes_as_many_queries_for_any_number(db, hosting, django_assert_num_queries, number) -> None:
    for n in range(number):
        make_claim(make_supplier(f"Firm {n}"), hosting)
    pks = list(Organisation.objects.values_list("pk", flat=True))
    with django_assert_num_queries(14):  # 2 of a savepoint, lock, 9 that read, write, forget
        index.refresh(pks)


# --- Time --------------------------------------------------------------------------------------------


def test_night_notices_what_time_alone_changed(larkspur, hosting) -> None:
    make_claim(larkspur, hosting)
    add_evidence(larkspur, capability=hosting)
    profile = SupplierProfile.objects.get()
    Accreditation.objects.create(profile=profile, kind="iso-9001", expires_on=timezone.localdate())
    index.refresh([larkspur.pk])
    both = {"evidence": ("verified",), "accreditation": ("iso-9001",)}
    assert found(**both) == [larkspur.name]
    index.rebuild(today=timezone.localdate() + timedelta(days=10_000))
    assert (found(), found(evidence=("supported",)), found(accreditation=("iso-9001",))) == ([larkspur.name], [], [])


def test_night_finds_who_was_missed_and_counts_words(larkspur) -> None:
    make_profile(larkspur, summary="Registers and more registers")
    make_profile(make_supplier("Alder Ltd"), summary="Registers")
    SearchWord.objects.create(word="forgotten", suppliers=3)
    rebuild_search()
    assert (len(found()), SearchWord.objects.get(word="registers").suppliers) == (TWICE, TWICE)
    assert not SearchWord.objects.filter(word="forgotten").exists()


def test_rebuild_command_says_how_many(larkspur) -> None:
    out = StringIO()
    call_command("rebuild_search", stdout=out)
    assert out.getvalue() == "1 supplier can be found.\n"
    assert found("larkspur") == [larkspur.name]


def test_new_words_come_with_the_commit(larkspur, django_capture_on_commit_callbacks) -> None:
    make_profile(larkspur, summary="Quaggas")
    with django_capture_on_commit_callbacks(execute=True):
        index.refresh([larkspur.pk])
    dictionary.add(["quaggas"])
    assert SearchWord.objects.get(word="quaggas").suppliers == 1


# --- Two at once -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_at_once_neither_lock_up_nor_lose() -> None:
    """The first changes a profile and waits; the second, of another fact of the same suppliers, comes meanwhile."""
    one, two = make_supplier("Alder Ltd"), make_supplier("Birch Ltd")
    for supplier in (one, two):
        make_profile(supplier, summary="Old")
    first_holds, faults = threading.Event(), []

    def second() -> None:
        try:
            first_holds.wait(10)
            with transaction.atomic():
                OtherName.objects.create(supplier=one, name="Quagga", folded="quagga")
                index.refresh([two.pk, one.pk])
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        SupplierProfile.objects.filter(organisation__in=[one, two]).update(summary="Zebras")
        index.refresh([one.pk, two.pk])
        first_holds.set()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert faults == []
    assert (sorted(found("zebras")), found("zebras quagga")) == (["Alder Ltd", "Birch Ltd"], ["Alder Ltd"])

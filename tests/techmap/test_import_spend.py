"""Published spend comes in line by line: each is evidence, or is listed with its number and the reason."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from portal.audit.models import Event
from portal.bulk import spend
from portal.organisations.choices import Scheme, Size, Status
from portal.organisations.models import Identifier, Organisation
from portal.refusals import Refused
from techmap.actions.merges import merge_suppliers
from techmap.actions.spend import SpendLine, record_spend
from techmap.choices import ClaimOrigin, EvidenceKind
from techmap.models import Capability, CapabilityClaim, Evidence, NameMatch, OtherName, SearchRow
from techmap.queries import capability_tree, count_for, people_to_tell, public_suppliers
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.organisations.makers import NOW

pytestmark = pytest.mark.django_db
HEADING = (
    "ID,Framework,LotDescription,SupplierName,CustomerName,ReturnMonth,ProjectNameAndDescription,EvidencedSpend,Sector,"
    "SMEorLarge"
)


def line(number: int = 1, **cells: str) -> str:
    given = {
        "id": str(number),
        "framework": "G-Cloud",
        "lot": "3",
        "supplier": "MEMSET LTD",
        "customer": "Home Office",
        "month": "2013-04-01",
        "project": "Dedicated server",
        "sum": "1200.50",
        "sector": "Central Government",
        "size": "SME",
    } | cells
    return ",".join(f'"{cell}"' for cell in given.values())


def write(path: Path, *lines: str, heading: str = HEADING) -> Path:
    path.write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def bring(tmp_path):
    """Import these lines, and give what was said."""

    def bring(*lines: str, heading: str = HEADING, **options: Any) -> str:
        out = io.StringIO()
        path = write(tmp_path / "spend.csv", *lines, heading=heading)
        call_command("import_spend", str(path), stdout=out, stderr=out, **options)
        return out.getvalue()

    return bring


def counted(out: str, number: int, words: str) -> bool:
    return f"{number:>10,}  {words}" in out


# --- What a line becomes -----------------------------------------------------------------------------


def test_a_line_is_evidence_of_an_imported_supplier(bring) -> None:
    out = bring(line(7))

    assert counted(out, 1, "imported")
    supplier, piece = Organisation.objects.get(), Evidence.objects.get()
    assert (supplier.name, supplier.is_imported, supplier.status) == ("MEMSET LTD", True, Status.PENDING)
    assert (supplier.size, supplier.country_name) == (Size.MEDIUM, "")
    assert (piece.supplier, piece.kind, piece.source) == (supplier, EvidenceKind.SPEND, "gcloud-spend:7")
    assert (piece.title, piece.dated, piece.value) == ("Dedicated server", date(2013, 4, 1), Decimal("1200.50"))
    assert (piece.buyer, piece.buyer_name, piece.capability, piece.is_guessed) == (None, "Home Office", None, False)


def test_a_large_supplier_and_a_line_without_words(bring) -> None:
    bring(line(size="Large", project=""))

    assert Organisation.objects.get().size == Size.LARGE
    assert Evidence.objects.get().title == "G-Cloud, lot 3"


def test_a_customer_is_a_public_body_by_its_whole_name_alone(bring) -> None:
    office, _ = make_public_body("The Home Office"), make_public_body("Cabinet Office, North")

    bring(line(1), line(2, customer="Cabinet Office"))

    found = Evidence.objects.order_by("source").values_list("buyer", "buyer_name")
    assert [*found] == [(office.pk, "Home Office"), (None, "Cabinet Office")]


def test_two_public_bodies_of_one_name_are_nobody(bring) -> None:
    make_public_body("Home Office")
    make_public_body("HOME OFFICE")

    bring(line(1))

    assert Evidence.objects.get().buyer is None


def test_a_second_run_changes_nothing(bring) -> None:
    bring(line(1), line(2))
    before = (Evidence.objects.count(), Event.objects.count(), Organisation.objects.count())

    out = bring(line(1), line(2))

    assert counted(out, 2, "unchanged")
    assert (Evidence.objects.count(), Event.objects.count(), Organisation.objects.count()) == before


def test_a_later_list_that_says_otherwise_is_listed(bring) -> None:
    bring(line(1))

    out = bring(line(1, sum="900"))

    assert "Line 2. Not what was imported before: it was £1200.50 on 2013-04-01, the file now says £900.00" in out
    assert Evidence.objects.get().value == Decimal("1200.50")


def test_two_lists_with_the_same_numbers_are_told_apart_by_their_source(bring) -> None:
    bring(line(1))
    bring(line(1), source="dos-spend")

    assert sorted(Evidence.objects.values_list("source", flat=True)) == ["dos-spend:1", "gcloud-spend:1"]
    with pytest.raises(CommandError, match="--source takes small letters"):
        bring(line(1), source="No Good")


def test_another_layout_with_the_same_columns_is_read(bring) -> None:
    heading = "Transaction Number,Supplier,Buyer,Payment Date,Amount"
    out = bring('T9,"Memset Ltd",Home Office,15/04/2013,"£1,200.50"', heading=heading)

    assert counted(out, 1, "imported")
    piece = Evidence.objects.get()
    assert (piece.source, piece.dated, piece.title) == ("gcloud-spend:T9", date(2013, 4, 15), "Published spend")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"sum": "0"}, "A sum of nought: nothing was paid, so it shows no work"),
        ({"sum": "0.004"}, "A sum of nought"),
        ({"sum": "-9900"}, "A repayment: -9900 takes back what another line has; it shows no work"),
        ({"sum": "n/a"}, "A sum that is no sum: 'n/a' is not written as 1250 or 1,250.50"),
        ({"sum": "1e9"}, "A sum that is no sum"),
        ({"supplier": " "}, "No supplier: 9 does not say who was paid"),
        ({"id": ""}, "No number of its own"),
        ({"month": "31/02/2013"}, "A date that is no date: '31/02/2013' is not written as 2013-04-01"),
        ({"month": "2099-01-01"}, "A date that cannot be: 2099-01-01 lies before 2000-01-01 or has not come yet"),
        ({"month": "1913-04-01"}, "A date that cannot be"),
    ],
)
def test_a_line_that_shows_no_work_is_listed(bring, cells, reason) -> None:
    out = bring(line(1), line(9, **cells), line(3))

    assert f"Line 3 not imported. {reason}" in out
    assert counted(out, 1, "not imported")
    assert Evidence.objects.count() == 2


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({"customer": ""}, "No customer: 1 does not say who paid"),
        ({"sum": "10.005"}, "A sum in parts of a penny: 10.005 was rounded to 10.01"),
        ({"size": "Tiny"}, "A size that is not known: 'Tiny' is none of sme, large, micro, small, medium"),
        ({"supplier": "X" * 210}, "A name that is too long: the supplier is cut to 200 characters"),
    ],
)
def test_a_line_with_a_fault_beside_is_imported_and_listed(bring, cells, note) -> None:
    out = bring(line(1, **cells))

    assert f"Line 2. {note}" in out
    assert Evidence.objects.count() == 1


def test_an_id_that_stands_twice_is_listed(bring) -> None:
    out = bring(line(1), line(1, sum="5"))

    assert "Line 3 not imported. An ID that stands twice: 1 stood in an earlier line of this run" in out
    assert Evidence.objects.get().value == Decimal("1200.50")


def test_a_file_without_the_columns_says_which(bring) -> None:
    with pytest.raises(CommandError):
        bring("1,2", heading="A,B")


# --- Who the supplier is -----------------------------------------------------------------------------


def test_spellings_of_one_name_are_one_supplier(bring) -> None:
    out = bring(line(1), line(2, supplier="Memset Limited"), line(3, supplier="memset ltd."), line(4))

    supplier = Organisation.objects.get()
    assert supplier.evidence.count() == 4
    assert sorted(supplier.other_names.values_list("name", flat=True)) == ["Memset Limited", "memset ltd."]
    assert "Line 3. Another spelling of one name: “Memset Limited” is MEMSET LTD" in out
    assert out.count("Another spelling of one name: “") == 2


def test_a_verified_supplier_is_found_by_name_and_other_name(bring) -> None:
    memset = make_supplier("Memset Limited")
    OtherName.objects.create(supplier=memset, name="Memset Hosting plc", folded="memset hosting plc")

    bring(line(1), line(2, supplier="MEMSET HOSTING PLC"))

    assert memset.evidence.count() == 2
    assert Organisation.objects.count() == 1


def test_one_that_registered_and_is_not_verified_is_never_found(bring) -> None:
    claimed = make_supplier("Memset Ltd", status=Status.PENDING)

    bring(line(1))

    assert claimed.evidence.count() == 0
    assert Organisation.objects.count() == 2


def test_a_name_that_two_have_makes_a_third_for_staff_to_judge(bring) -> None:
    for number in ("1", "2"):
        twin = make_supplier("Memset Ltd", is_imported=True, status=Status.PENDING)
        Identifier.objects.create(organisation=twin, scheme=Scheme.CFS, value=number)

    out = bring(line(1))
    bring(line(1), line(2))

    assert "A name that several suppliers have: MEMSET LTD: a further one was made, for staff to judge" in out
    assert Organisation.objects.count() == 3
    assert Evidence.objects.values("supplier").distinct().count() == 1
    assert NameMatch.objects.filter(score=100).count() == 2


def test_names_alike_wait_for_staff(bring) -> None:
    out = bring(line(1), line(2, supplier="Memset plc"), line(3, supplier="Skyscape Cloud Services Ltd"))

    assert counted(out, 1, "pair of names alike, for staff to judge")
    match = NameMatch.objects.get()
    assert {match.first.name, match.second.name} == {"MEMSET LTD", "Memset plc"}
    assert Organisation.objects.count() == 3


def test_a_merged_name_leads_to_the_kept_supplier(bring) -> None:
    bring(line(1), line(2, supplier="Memset plc"))
    kept, folded = Organisation.objects.get(name="MEMSET LTD"), Organisation.objects.get(name="Memset plc")
    merge_suppliers(kept=kept, folded=folded, by=make_user(is_staff=True), now=NOW)

    bring(line(1), line(2, supplier="Memset plc"), line(3, supplier="Memset plc"))

    assert (kept.evidence.count(), folded.evidence.count()) == (3, 0)


# --- Guesses, and what the public sees ---------------------------------------------------------------


@pytest.fixture
def crm(db) -> Capability:
    parent = Capability.objects.create(code="business", name="Business systems")
    return Capability.objects.create(
        code="crm", name="Customer relationship management", aliases=["CRM"], parent=parent, description="It."
    )


def test_words_give_a_guess_but_one_line_gives_no_claim(bring, crm) -> None:
    bring(line(1, project="Dynamics CRM licences"))

    piece = Evidence.objects.get()
    assert (piece.capability, piece.is_guessed) == (crm, True)
    assert not CapabilityClaim.objects.exists()


@pytest.mark.parametrize(
    "agreeing",
    [
        [{"customer": "Home Office"}, {"customer": "Cabinet Office"}],
        [{"month": "2013-04-01"}, {"month": "2013-05-01"}, {"month": "2013-06-01"}],
    ],
    ids=["two customers", "three months"],
)
def test_lines_that_agree_give_a_guessed_claim(bring, crm, agreeing) -> None:
    lines = [line(place, project="Dynamics CRM licences", **cells) for place, cells in enumerate(agreeing, 1)]

    bring(*lines[:-1])
    before = CapabilityClaim.objects.count()
    bring(*lines)

    assert before == 0
    claim = CapabilityClaim.objects.get()
    assert (claim.capability, claim.origin, claim.profile.organisation.name) == (crm, ClaimOrigin.GUESSED, "MEMSET LTD")


def test_the_public_sees_the_supplier_and_nobody_is_told(bring, crm) -> None:
    lines = [line(place, project="Dynamics CRM licences", customer=f"Council {place}") for place in range(1, 4)]

    bring(*lines)

    supplier = Organisation.objects.get()
    assert [*public_suppliers()] == [supplier]
    page = Client().get(reverse("techmap:supplier-detail", args=[supplier.pk]))
    assert (page.status_code, b"MEMSET LTD" in page.content) == (200, True)
    assert SearchRow.objects.get().supplier == supplier
    assert [*people_to_tell([crm])] == []
    assert (count_for(crm, NOW).suppliers, count_for(crm, NOW).guessed) == (0, 1)
    counted = capability_tree(Capability.objects.in_use(), NOW)[0].children[0]
    assert (counted.suppliers, counted.guessed) == (0, 1)


def test_one_event_for_each_supplier(bring) -> None:
    bring(*(line(place) for place in range(1, 6)), line(6, supplier="Gartner"))

    events = Event.objects.filter(name="techmap.evidence.recorded").order_by("pk")
    assert [(event.new["lines"], event.new["value"]) for event in events] == [(5, "6002.50"), (1, "1200.50")]


# --- The action, and batches -------------------------------------------------------------------------


def spend_line(supplier: Organisation, **fields: Any) -> SpendLine:
    given = {"source": "x:1", "title": "Hosting", "dated": date(2013, 4, 1), "value": Decimal(5)} | fields
    return SpendLine(supplier=supplier.pk, supplier_name=supplier.name, **given)


def test_record_spend_says_a_line_once(larkspur) -> None:
    first = record_spend(lines=[spend_line(larkspur)])
    again = record_spend(lines=[spend_line(larkspur)])

    assert (first.evidence, again.evidence) == (1, 0)


def test_record_spend_refuses_what_record_evidence_refuses(larkspur) -> None:
    with pytest.raises(Refused, match="is not a supplier"):
        record_spend(lines=[spend_line(make_public_body())])
    with pytest.raises(Refused, match="must be a sum above nought"):
        record_spend(lines=[spend_line(larkspur, value=Decimal(0))])


def test_a_batch_is_kept_whole_or_not_at_all(bring, monkeypatch) -> None:
    monkeypatch.setattr(spend, "ROWS_AT_ONCE", 2)
    record, calls = spend.record_spend, []

    def fail_later(**arguments: Any) -> Any:
        calls.append(1)
        recorded = record(**arguments)
        if len(calls) > 1:
            raise RuntimeError("The disk is full")
        return recorded

    monkeypatch.setattr(spend, "record_spend", fail_later)
    lines = [line(place, supplier=f"Firm {place} Ltd") for place in range(1, 5)]

    with pytest.raises(RuntimeError):
        bring(*lines)
    kept = (Evidence.objects.count(), Organisation.objects.count())
    monkeypatch.setattr(spend, "record_spend", record)
    bring(*lines)

    assert kept == (2, 2)
    assert (Evidence.objects.count(), Organisation.objects.count()) == (4, 4)


def test_a_claim_that_the_supplier_removed_is_not_guessed_again(bring, crm) -> None:
    memset = make_supplier("Memset Ltd")
    make_member(memset)
    lines = [line(place, project="Dynamics CRM licences", customer=f"Council {place}") for place in range(1, 3)]
    bring(*lines)
    profile = memset.supplier_profile
    profile.claims.all().delete()
    profile.removed_claims.create(capability=crm)

    bring(*lines, line(3, project="Dynamics CRM licences", customer="Council 3"))

    assert not CapabilityClaim.objects.exists()

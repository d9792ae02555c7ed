"""Parties become organisations: by number first, never by name alone, and nothing of ours is changed."""

from __future__ import annotations

import pytest

from portal.audit.models import Event
from portal.ocds.importing import Outcome
from portal.organisations.choices import Kind, Size, Status
from portal.organisations.models import Identifier, Organisation
from portal.records import Region
from tests.factories import make_member, make_public_body, make_supplier
from tests.ocds.makers import BUYER, details, import_all, make_party, make_release, make_supplier_party, reasons

pytestmark = pytest.mark.django_db


def of_parties(*parties, number: int = 1) -> dict:
    return make_release(number, parties=list(parties), buyer=None)


def numbers(organisation: Organisation) -> list[str]:
    return [str(identifier) for identifier in organisation.identifiers.all()]


def test_buyer_becomes_a_pending_public_body():
    party = make_party(
        identifier={"scheme": "GB-LAE", "id": "AVC", "legalName": "Ashford Vale Council"},
        address={
            "streetAddress": "1 High Street",
            "locality": "Ashford Vale",
            "postalCode": "av1 2bc",
            "countryName": "England",
            "region": "UKK14",
        },
        details={"url": "https://ashfordvale.example", "scale": "large"},
    )

    (result,) = import_all(of_parties(party))

    organisation = Organisation.objects.get()
    assert result.outcome is Outcome.IMPORTED
    assert (organisation.kind, organisation.status, organisation.is_imported) == (
        Kind.PUBLIC_BODY,
        Status.PENDING,
        True,
    )
    assert (organisation.postal_code, organisation.country_name) == ("AV1 2BC", "United Kingdom")
    assert (organisation.region, organisation.size) == (Region.SOUTH_WEST, "")
    assert organisation.website == "https://ashfordvale.example"
    assert numbers(organisation) == ["GB-LAE AVC", "GB-PPON PABC-1234-DEFG"]
    event = Event.objects.get()
    assert (event.name, event.actor, event.target) == ("organisations.organisation.imported", None, organisation)


def test_supplier_of_sme_scale_counts_as_sme():
    import_all(of_parties(make_supplier_party()))

    organisation = Organisation.objects.get()
    assert (organisation.kind, organisation.size, organisation.is_sme) == (Kind.SUPPLIER, Size.MEDIUM, True)
    assert organisation.country_name == ""


@pytest.mark.parametrize("parties", [[["buyer", "supplier"]], [["supplier"], ["buyer"]]], ids=["one entry", "two"])
def test_party_that_buys_and_supplies_is_a_public_body(parties):
    import_all(of_parties(*[make_party() | {"roles": roles} for roles in parties]))

    assert Organisation.objects.get().kind == Kind.PUBLIC_BODY


def test_review_body_is_passed_over():
    (result,) = import_all(of_parties(make_party(), make_party("org-2", "High Court", "reviewBody")))

    assert [organisation.name for organisation in Organisation.objects.all()] == ["Ashford Vale Council"]
    assert result.problems == ()


@pytest.mark.parametrize(
    ("party_id", "identifier", "expected"),
    [
        ("GB-CFS-171860", {"legalName": "X"}, ["GB-CFS 171860"]),
        ("GB-COH-1234567", None, ["GB-COH 01234567"]),
        (
            "GB-SRS-sid4gov.example/AbC",
            {"scheme": "GB-SRS", "id": "sid4gov.example/AbC"},
            ["GB-SRS sid4gov.example/AbC"],
        ),
        ("2", {"scheme": "gb-coh", "id": 7590785}, ["GB-COH 07590785"]),
        ("org-11", None, []),
        ("11", {"id": "12345678"}, []),
        (11, None, []),
    ],
)
def test_numbers_come_from_identifier_and_prefix(party_id, identifier, expected):
    import_all(of_parties(make_supplier_party(party_id, identifier=identifier)))

    assert numbers(Organisation.objects.get()) == expected


def test_further_numbers_are_kept():
    further = [{"scheme": "GB-CHC", "id": "1234567"}, {"scheme": "GB-CFS", "id": "55"}]

    import_all(of_parties(make_supplier_party(additionalIdentifiers=further)))

    assert numbers(Organisation.objects.get()) == ["GB-CFS 55", "GB-CHC 1234567", "GB-COH 01234567"]


@pytest.mark.parametrize(
    ("identifier", "reason"),
    [
        ({"scheme": "GB-COH", "id": "458577871"}, "Not a number of its list"),
        ({"scheme": "XX-ABC", "id": "1"}, "A number of an unknown list"),
        ({"scheme": 7, "id": "1"}, "Wrong type"),
    ],
)
def test_unsound_number_is_listed_and_the_party_imported(identifier, reason):
    (result,) = import_all(of_parties(make_supplier_party("2", identifier=identifier)))

    assert reasons(result) == [reason]
    assert numbers(Organisation.objects.get()) == []


def test_same_number_is_one_organisation_whatever_its_name():
    import_all(of_parties(make_supplier_party(name="LARKSPUR SYSTEMS LIMITED")))

    (result,) = import_all(of_parties(make_supplier_party(name="Larkspur (t/a Lark)"), number=2))

    assert result.outcome is Outcome.UNCHANGED
    assert Organisation.objects.get().name == "LARKSPUR SYSTEMS LIMITED"


def test_same_name_and_postcode_with_other_numbers_stay_apart():
    import_all(of_parties(make_party("GB-CFS-1")), of_parties(make_party("GB-CFS-2"), number=2))

    assert Organisation.objects.filter(name="Ashford Vale Council").count() == 2


@pytest.mark.parametrize(
    ("change", "organisations"),
    [
        ({"name": "  ASHFORD  vale Council "}, 1),
        ({"address": {"postalCode": "AV12BC", "streetAddress": "Elsewhere"}}, 1),
        ({"address": {"postalCode": "ZZ9 9ZZ"}}, 2),
        ({"name": "Ashford Vale Borough Council"}, 2),
        ({"roles": ["supplier"]}, 2),
    ],
)
@pytest.mark.parametrize("in_one_run", [True, False])
def test_party_without_number_is_matched_by_name_postcode_and_kind(change, organisations, in_one_run):
    first, second = of_parties(make_party("1")), of_parties(make_party("2") | change, number=2)

    if in_one_run:
        import_all(first, second)
    else:
        import_all(first)
        import_all(second)

    assert Organisation.objects.count() == organisations


def test_party_without_number_or_postcode_is_matched_by_street():
    parties = [
        make_supplier_party("1", address={"streetAddress": street}) for street in ("2 Low Rd", "2  low rd", "3 Low Rd")
    ]

    import_all(*(of_parties(party, number=number) for number, party in enumerate(parties)))

    assert Organisation.objects.count() == 2


def test_party_without_number_among_several_alike_is_a_new_one_and_found_again():
    alike = [of_parties(make_party(f"GB-CFS-{number}"), number=number) for number in (1, 2)]
    bare = of_parties(make_party("1"), number=3)

    import_all(*alike, bare)
    (result,) = import_all(bare)

    assert Organisation.objects.count() == 3
    assert result.outcome is Outcome.UNCHANGED


def test_party_without_number_is_the_only_one_like_it_that_has_some():
    import_all(of_parties(make_party()), of_parties(make_party("1"), number=2))

    assert Organisation.objects.count() == 1


def test_unverified_registration_is_not_matched_by_name():
    address = {"postal_code": "AV1 2BC", "street_address": "1 High Street"}
    make_public_body("Ashford Vale Council", status=Status.PENDING, **address)

    import_all(of_parties(make_party("1")))

    assert Organisation.objects.count() == 2


def test_organisation_of_the_portal_is_matched_and_left_alone():
    ours = make_supplier("Larkspur", size="", website="")
    Identifier.objects.create(organisation=ours, scheme="GB-COH", value="01234567")
    further = [{"scheme": "GB-CFS", "id": "55"}]

    (result,) = import_all(of_parties(make_supplier_party(additionalIdentifiers=further)))

    ours.refresh_from_db()
    assert result.outcome is Outcome.UNCHANGED
    assert (ours.name, ours.size, ours.version, numbers(ours)) == ("Larkspur", "", 1, ["GB-COH 01234567"])


def test_imported_organisation_gains_what_it_lacked():
    import_all(of_parties(make_supplier_party(address={}, details={})))
    further = [{"scheme": "GB-CFS", "id": "55"}]
    fuller = make_supplier_party(additionalIdentifiers=further, details={"scale": "large", "url": "https://l.example"})

    (result,) = import_all(of_parties(fuller, number=2))
    (again,) = import_all(of_parties(fuller, number=2))

    organisation = Organisation.objects.get()
    assert (result.outcome, again.outcome) == (Outcome.UPDATED, Outcome.UNCHANGED)
    assert (organisation.size, organisation.postal_code, organisation.version) == (Size.LARGE, "AV1 2BC", 2)
    assert numbers(organisation) == ["GB-CFS 55", "GB-COH 01234567"]
    assert Event.objects.first().name == "organisations.organisation.import_completed"


def test_imported_organisation_keeps_what_it_has():
    import_all(of_parties(make_supplier_party()))
    other = make_supplier_party(address={"locality": "Elsewhere"}, details={"scale": "large"})

    import_all(of_parties(other, number=2))

    organisation = Organisation.objects.get()
    assert (organisation.locality, organisation.size, organisation.version) == ("Ashford Vale", Size.MEDIUM, 1)


def test_imported_organisation_with_members_is_left_alone():
    import_all(of_parties(make_supplier_party(details={})))
    make_member(Organisation.objects.get())

    (result,) = import_all(of_parties(make_supplier_party(), number=2))

    assert result.outcome is Outcome.UNCHANGED
    assert Organisation.objects.get().size == ""


def test_numbers_of_two_organisations_are_listed_and_nothing_is_merged():
    import_all(
        of_parties(make_supplier_party("GB-COH-01234567")), of_parties(make_supplier_party("GB-CFS-55"), number=2)
    )
    both = make_supplier_party("GB-CFS-55", identifier={"scheme": "GB-COH", "id": "01234567"})

    (result,) = import_all(of_parties(both, number=3))

    assert reasons(result) == ["Numbers of two organisations"]
    assert sorted(str(number) for number in Identifier.objects.all()) == ["GB-CFS 55", "GB-COH 01234567"]
    assert Organisation.objects.count() == 2


def test_damaged_party_is_left_out_and_the_others_imported():
    damaged = make_party("1", "Damaged Council") | {"    roles": ["buyer"], "contactP    oint": {}}
    damaged.pop("roles")

    (result,) = import_all(of_parties(damaged, make_supplier_party()))

    assert [organisation.name for organisation in Organisation.objects.all()] == ["Larkspur Systems Ltd"]
    assert result.outcome is Outcome.IMPORTED
    assert details(result) == (
        "parties/0 (Damaged Council) is damaged: '    roles', 'contactP    oint'. It was left out"
    )


@pytest.mark.parametrize("missing", ["name", "id"])
def test_party_without_name_or_id_is_listed(missing):
    (result,) = import_all(of_parties(make_party() | {missing: None}))

    assert result.outcome is Outcome.NOT_IMPORTED
    assert details(result) == f"parties/0 has no {missing}"


def test_two_names_with_one_id_are_listed():
    (result,) = import_all(of_parties(make_party("1"), make_party("1", "Another Council")))

    assert details(result) == "parties/1: '1' is Ashford Vale Council and Another Council"


def test_long_texts_are_cut_and_listed():
    party = make_party(name="Council " * 40, address={"streetAddress": "x" * 300, "postalCode": "AV1 2BC CORNER HOUSE"})

    (result,) = import_all(of_parties(party))

    organisation = Organisation.objects.get()
    assert 190 < len(organisation.name) <= len(organisation.street_address) == 200
    assert len(organisation.postal_code) <= 12
    assert reasons(result) == ["A name that is too long", *["An address that is too long"] * 2]


def test_buyer_alone_in_release_is_known_by_its_reference():
    import_all(make_release())

    assert numbers(Organisation.objects.get()) == [BUYER.replace("GB-PPON-", "GB-PPON ")]

"""The REST API: the page's own answers as JSON, for everybody, described truly, and never more than is public."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator
from rest_framework.throttling import AnonRateThrottle

from portal.organisations.choices import Status
from portal.organisations.models import Organisation
from techmap import api
from techmap.actions import record_evidence
from techmap.actions.bulk import DATA
from techmap.models import Capability, Contact
from techmap.queries.published import published
from techmap.search import index
from tests.factories import make_supplier, make_user
from tests.techmap.makers import make_capability, make_claim, make_parent, make_profile

pytestmark = pytest.mark.django_db
SUPPLIERS = "/api/v1/suppliers/"


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def hosting(db: None) -> Capability:
    return make_capability("Cloud hosting", parent=make_parent("Cloud and hosting", code="cloud"))


def listed(name: str, *capabilities: Capability, **fields: Any) -> Organisation:
    supplier = make_supplier(name, **fields)
    profile = make_profile(supplier)
    Contact.objects.create(profile=profile, role="sales", name="Secret Person", email="secret@x.example")
    for capability in capabilities:
        make_claim(supplier, capability)
        record_evidence(
            supplier=supplier, kind="award", source=f"ocds-{supplier.pk}", title="Hosting", dated=date.today(),
            guessed=False, capabilities=[capability], value=Decimal("1200.5"), buyer_name="Ashford Vale Council",
        )  # fmt: skip
    index.refresh([supplier.pk])
    return supplier


def names(client: Client, query: str = "") -> list[str]:
    return [item["name"] for item in client.get(SUPPLIERS + query).json()["results"]]


# --- Answers ----------------------------------------------------------------------------------------


def test_search_takes_the_pages_filters(client: Client, hosting: Capability) -> None:
    listed("Larkspur Systems Ltd", hosting)
    listed("Charnwood Digital Ltd", size="large")
    assert sorted(names(client)) == ["Charnwood Digital Ltd", "Larkspur Systems Ltd"]
    assert names(client, "?capability=cloud") == ["Larkspur Systems Ltd"]
    assert names(client, "?size=large&size=medium") == ["Charnwood Digital Ltd"]
    assert names(client, "?q=charnwood") == ["Charnwood Digital Ltd"]
    assert names(client, "?evidence=verified&region=TLM") == []


def test_answer_tells_total_facets_and_pages(client: Client, hosting: Capability) -> None:
    for number in range(3):
        listed(f"Supplier {number}", hosting)
    first = client.get(f"{SUPPLIERS}?per_page=2&region=TLD").json()
    assert (first["total"], first["page"], first["pages"], len(first["results"])) == (3, 1, 2, 2)
    facets = {facet["name"]: {item["value"]: item for item in facet["options"]} for facet in first["facets"]}
    assert (facets["region"]["TLD"]["count"], facets["region"]["TLD"]["is_chosen"]) == (3, True)
    assert facets["capability"]["cloud-hosting"]["parent"] == "cloud"
    second = client.get(first["next"]).json()
    assert (second["page"], len(second["results"]), second["next"]) == (2, 1, None)
    assert client.get(second["previous"]).json()["results"] == first["results"]


def test_one_supplier_is_what_the_bulk_file_says(client: Client, hosting: Capability) -> None:
    supplier = listed("Larkspur Systems Ltd", hosting)
    found = client.get(f"{SUPPLIERS}{supplier.pk}/").json()
    schema = json.loads((DATA / "supplier.schema.json").read_text())
    assert set(found) == set(schema["properties"])
    assert list(Draft202012Validator(schema).iter_errors(found)) == []
    assert found["claims"][0]["support"] == "verified"
    assert (found["evidence"][0]["value"], found["evidence"][0]["buyer"]) == ("1200.50", "Ashford Vale Council")


def test_evidence_is_the_newest_and_cut_before_it_is_read(client: Client, hosting: Capability, monkeypatch) -> None:
    supplier, other = listed("Larkspur Systems Ltd", hosting), listed("Other Ltd", hosting)
    for number in (1, 2, 3):
        record_evidence(
            supplier=supplier, kind="award", source=f"old-{number}", title=f"Award {number}",
            dated=date(2020, 1, number), guessed=False, capabilities=[],
        )  # fmt: skip
    monkeypatch.setattr(api, "MOST_EVIDENCE", 2)
    with CaptureQueriesContext(connection) as asked:
        found = client.get(f"{SUPPLIERS}{supplier.pk}/").json()
    [read] = [one["sql"] for one in asked if "ROW_NUMBER" in one["sql"]]
    with connection.cursor() as cursor:
        assert len(cursor.execute(read).fetchall()) == 2
    assert [(item["title"], item["dated"]) for item in found["evidence"]][1:] == [("Award 3", "2020-01-03")]
    assert (len(found["evidence"]), found["evidence_count"]) == (2, 4)
    both = published([supplier.pk, other.pk], date.today(), with_evidence=True, most_evidence=3)
    assert [len(one.evidence) for one in both] == [3, 1]


def test_contacts_are_never_told(client: Client, hosting: Capability) -> None:
    supplier = listed("Larkspur Systems Ltd", hosting)
    client.force_login(make_user(is_staff=True))
    for path in (SUPPLIERS, f"{SUPPLIERS}{supplier.pk}/", "/api/v1/capabilities/"):
        assert "ecret" not in client.get(path).content.decode()


@pytest.mark.parametrize("status", [Status.PENDING, Status.REFUSED, Status.SUSPENDED])
def test_supplier_that_is_not_public_is_not_there(client: Client, hosting: Capability, status: str) -> None:
    supplier = listed("Hidden Ltd", hosting, status=status)
    hidden, unknown = client.get(f"{SUPPLIERS}{supplier.pk}/"), client.get(f"{SUPPLIERS}{10**8}/")
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert {**hidden.json(), "instance": ""} == {**unknown.json(), "instance": ""}
    assert names(client) == []


def test_capabilities_are_listed_with_their_groups(client: Client, hosting: Capability) -> None:
    make_capability("Old thing", parent=hosting.parent, is_retired=True)
    found = [(item["code"], item["group"]) for item in client.get("/api/v1/capabilities/").json()]
    assert found == [("cloud", None), ("cloud-hosting", "cloud")]


def test_list_costs_the_same_for_one_and_three(client: Client, hosting: Capability) -> None:
    costs = []
    for more in (["Alder Ltd"], ["Birch Ltd", "Cedar Ltd"]):
        for name in more:
            listed(name, hosting)
        client.get(SUPPLIERS)
        with CaptureQueriesContext(connection) as queries:
            client.get(SUPPLIERS)
            costs.append(len(queries))
    assert costs[0] == costs[1]


# --- Manners ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        (f"{SUPPLIERS}?page=0", 400, "Some parameters are not right."),
        (f"{SUPPLIERS}?per_page=101", 400, "Some parameters are not right."),
        (f"{SUPPLIERS}999999/", 404, "No supplier that is public has this number."),
        ("/api/v1/nothing/", 404, "There is nothing at this address. The documentation is at /api/."),
        ("/api/v1/suppliers", 404, "There is nothing at this address. The documentation is at /api/."),
    ],
)
def test_problem_is_told_as_rfc_9457_has_it(client: Client, path: str, status: int, detail: str) -> None:
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    problem = response.json()
    assert (problem["status"], problem["detail"], problem["instance"]) == (status, detail, path)
    kind = {400: "not-valid", 404: "not-found"}[status]
    assert (problem["type"].rpartition("/api/")[2], bool(problem["title"])) == (f"#problem-{kind}", True)


def test_parameter_that_is_wrong_is_named(client: Client) -> None:
    errors = client.get(f"{SUPPLIERS}?page=x&per_page=0").json()["errors"]
    assert ({one["parameter"] for one in errors}, all(one["says"] for one in errors)) == ({"page", "per_page"}, True)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_api_only_reads(client: Client, method: str) -> None:
    response = getattr(client, method)(SUPPLIERS)
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")


@pytest.mark.parametrize("place", ["suppliers/", "suppliers/1/", "capabilities/", "schema/", "x/"])
def test_scripts_of_any_website_may_read(client: Client, place: str) -> None:
    response = client.get(f"/api/v1/{place}", headers={"origin": "https://elsewhere.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert not response.has_header("Access-Control-Allow-Credentials")
    assert response.cookies == {}


def test_other_pages_are_for_no_other_script(client: Client) -> None:
    assert not client.get("/techmap/", headers={"origin": "https://x.example"}).has_header(
        "Access-Control-Allow-Origin"
    )


def test_who_asks_too_often_must_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "2/min"})
    codes = [client.get("/api/v1/capabilities/").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = client.get(SUPPLIERS)
    assert refused["Content-Type"] == "application/problem+json"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert Client(REMOTE_ADDR="10.9.8.7").get(SUPPLIERS).status_code == 200


def test_forged_address_does_not_help(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "1/min"})
    codes = [client.get(SUPPLIERS, headers={"x-forwarded-for": f"1.2.3.{n}"}).status_code for n in range(2)]
    assert codes == [200, 429]


# --- Description ------------------------------------------------------------------------------------


def test_description_is_valid_and_whole(tmp_path: Any) -> None:
    """Any warning fails: something would be described wrongly or not at all."""
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yml"))


def test_answers_keep_to_the_description(client: Client, hosting: Capability) -> None:
    supplier = listed("Larkspur Systems Ltd", hosting)
    schema = client.get("/api/v1/schema/?format=json").json()
    for path, name in ((SUPPLIERS, "SupplierPage"), (f"{SUPPLIERS}{supplier.pk}/", "Supplier")):
        check = Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": schema["components"]})
        assert [error.message for error in check.iter_errors(client.get(path).json())] == []


def test_documentation_names_every_operation_and_field(client: Client) -> None:
    schema = client.get("/api/v1/schema/?format=json").json()
    page = BeautifulSoup(client.get("/api/").content, "html.parser")
    words = page.get_text(" ")
    for path in schema["paths"]:
        assert path in words
    for name, component in schema["components"]["schemas"].items():
        for field in component.get("properties", {}):
            assert field in words, f"{name}.{field}"
    targets = {link["href"][1:] for link in page.select("main a[href^='#']")}
    assert {target for target in targets if not page.find(id=target)} == set()

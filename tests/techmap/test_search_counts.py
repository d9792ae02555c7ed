"""Both ways of answering against a third, in plain Python: totals, counts of every facet, and the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import md5
from itertools import zip_longest
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from portal.organisations.choices import SME_SIZES
from portal.organisations.models import Organisation
from techmap.choices import EvidenceKind
from techmap.models import (
    Accreditation,
    CapabilityClaim,
    Evidence,
    Framework,
    FrameworkPlace,
    SearchGone,
    SupplierProfile,
)
from techmap.search import SearchQuery, bitmaps, index, statement
from techmap.search.facets import facets_of
from techmap.search.plan import order_key, plan_of
from techmap.search.query import FACETS
from techmap.search.vocabulary import vocabulary
from tests.factories import make_supplier
from tests.techmap.makers import make_capability, make_parent

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 3, 5)
WORDS = ["alder", "birch", "cedar", "rowan"]
CODES = ["trees", "shrubs", "herbs"]
PARENT = {"trees": "tall", "shrubs": "low", "herbs": "low"}
REGIONS, SECTORS, SIZES = ["TLL", "TLM"], ["local", "health"], ["micro", "large"]
SUPPORT = {"verified": EvidenceKind.AWARD, "supported": EvidenceKind.SPEND}


@dataclass(frozen=True)
class Firm:
    name: str
    summary: str
    description: str
    proof: str
    claims: dict[str, str]  # support by code
    regions: list[str]
    sectors: list[str]
    size: str
    is_vcse: bool
    framework: bool
    certificate: str  # none, held or expired


@st.composite
def firms(draw: Any) -> Firm:
    text = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
    return Firm(
        name="Firm " + draw(text),
        summary=draw(text),
        description=draw(text),
        proof=draw(text),
        claims=draw(st.dictionaries(st.sampled_from(CODES), st.sampled_from(["", "supported", "verified"]))),
        regions=draw(st.lists(st.sampled_from(REGIONS), unique=True)),
        sectors=draw(st.lists(st.sampled_from(SECTORS), unique=True)),
        size=draw(st.sampled_from(["", *SIZES])),
        is_vcse=draw(st.booleans()),
        framework=draw(st.booleans()),
        certificate=draw(st.sampled_from(["none", "held", "expired"])),
    )


@st.composite
def queries(draw: Any) -> SearchQuery:
    """Words joined in every way that the box knows, and some values of some facets."""
    word = st.sampled_from(WORDS)
    term = st.one_of(word, word.map("-{}".format), st.tuples(word, word).map('"{0[0]} {0[1]}"'.format), st.just("or"))
    some = {
        "capability": [*CODES, "low", "nonsense"], "region": REGIONS, "sector": SECTORS, "size": ["sme", *SIZES],
        "vcse": ["yes"], "framework": ["wood"], "accreditation": ["iso-9001"], "evidence": ["supported", "verified"],
    }  # fmt: skip
    chosen = {
        facet: tuple(sorted(draw(st.lists(st.sampled_from(values), max_size=2, unique=True))))
        if draw(st.integers(0, 2)) == 0
        else ()
        for facet, values in some.items()
    }
    return SearchQuery(words=" ".join(draw(st.lists(term, max_size=3))), **chosen)


# --- In plain Python ---------------------------------------------------------------------------------


def fields(firm: Firm) -> list[list[str]]:
    """Words of the texts of each field, the weightiest first. Names of capabilities are none of these words."""
    return [firm.name.split()[1:], firm.summary.split(), firm.description.split(), firm.proof.split()]


def has_term(term: str, texts: list[list[str]]) -> bool:
    words = term.strip('"').split()
    return any(text[n : n + len(words)] == words for text in texts for n in range(len(text)))


def alternatives(words: str) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for term in words.replace('" ', '"|').replace(' "', '|"').split("|"):
        for part in [term] if term.startswith(('"', '-"')) else term.split():
            if part == "or":
                found.append([])
            else:
                found[-1].append(part)
    return [terms for terms in found if terms]


def level(firm: Firm, words: str) -> int | None:
    """0 where the name has all words of some alternative, and so on; None where no alternative holds."""
    texts = fields(firm)
    for reach in range(4):
        for terms in alternatives(words):
            wanted = [has_term(term, texts[: reach + 1]) for term in terms if not term.startswith("-")]
            barred = [has_term(term[1:], texts) for term in terms if term.startswith("-")]
            if all(wanted) and not any(barred):
                return reach
    return None


def support_is(firm: Firm, code: str, least: str) -> bool:
    own = [firm.claims[c] for c in firm.claims if code in (c, PARENT[c])]
    return any(least == "" or support == "verified" or support == least for support in own)


def values(firm: Firm) -> dict[str, set[str]]:
    supports = set(firm.claims.values())
    return {
        "region": set(firm.regions),
        "sector": set(firm.sectors),
        "size": ({firm.size} | ({"sme"} if firm.size in SME_SIZES else set())) - {""},
        "vcse": {"yes"} if firm.is_vcse else set(),
        "framework": {"wood"} if firm.framework else set(),
        "accreditation": {"iso-9001"} if firm.certificate == "held" else set(),
        "evidence": ({"supported"} if supports - {""} else set()) | supports & {"verified"},
    }


def holds(firm: Firm, query: SearchQuery) -> bool:
    if query.words and level(firm, query.words) is None:
        return False
    own = values(firm)
    plain = [facet for facet in FACETS if getattr(query, facet) and facet not in {"capability", "evidence"}]
    if not all(own[facet] & set(getattr(query, facet)) for facet in plain):
        return False
    least = "" if not query.evidence else "supported" if "supported" in query.evidence else "verified"
    if query.capability:
        return any(support_is(firm, code, least) for code in query.capability)
    return not query.evidence or bool(own["evidence"] & set(query.evidence))


def naive_counts(made: dict[int, Firm], query: SearchQuery) -> dict[tuple[str, str], int]:
    """Each value chosen instead of the facet's own choice."""
    counts = {}
    options = {"capability": [*CODES, "tall", "low"], "region": REGIONS, "sector": SECTORS, "size": ["sme", *SIZES],
               "vcse": ["yes"], "framework": ["wood"], "accreditation": ["iso-9001"],
               "evidence": ["supported", "verified"]}  # fmt: skip
    for facet, choices in options.items():
        for value in choices:
            instead = query.without(facet).adding(facet, value)
            counts[facet, value] = sum(holds(firm, instead) for firm in made.values())
    return counts


def naive_order(made: dict[int, Firm], query: SearchQuery) -> list[int]:
    band = {0: 0, 1: 2, 2: 3, 3: 4}
    found = [pk for pk, firm in made.items() if holds(firm, query)]

    def key(pk: int) -> tuple[int, str]:
        step = band[level(made[pk], query.words) or 0] if query.words else 0
        return step, md5(f"{order_key(TODAY)}{pk}".encode()).hexdigest()

    return sorted(found, key=key)


# --- In the database ---------------------------------------------------------------------------------


@pytest.fixture
def taxonomy(transactional_db: None) -> dict[str, Any]:
    tall, low = make_parent("Upper storey", code="tall"), make_parent("Lower storey", code="low")
    made = {code: make_capability(f"Growing {code}", parent=tall if PARENT[code] == "tall" else low, code=code)
            for code in CODES}  # fmt: skip
    made["wood"] = Framework.objects.create(code="wood", name="Woodland 3")
    return made


def plant(firm: Firm, taxonomy: dict[str, Any], supplier: Organisation | None = None) -> int:
    """Make the supplier what the firm is, anew where it is there already."""
    supplier = supplier or make_supplier(firm.name, region="", size=firm.size)
    SupplierProfile.objects.filter(organisation=supplier).delete()
    Evidence.objects.filter(supplier=supplier).delete()
    Organisation.objects.filter(pk=supplier.pk).update(name=firm.name, size=firm.size)
    profile = SupplierProfile.objects.create(
        organisation=supplier, summary=firm.summary, description=firm.description, regions_served=firm.regions,
        sectors=firm.sectors, is_vcse=firm.is_vcse,
    )  # fmt: skip
    for code, support in firm.claims.items():
        CapabilityClaim.objects.create(profile=profile, capability=taxonomy[code])
        if support:
            add_evidence(supplier, SUPPORT[support], "Notice", taxonomy[code])
    add_evidence(supplier, EvidenceKind.ENGAGEMENT, firm.proof or "Notice", None)
    if firm.framework:
        FrameworkPlace.objects.create(profile=profile, framework=taxonomy["wood"])
    if firm.certificate != "none":
        expires = TODAY if firm.certificate == "held" else TODAY - timedelta(days=1)
        Accreditation.objects.create(profile=profile, kind="iso-9001", expires_on=expires)
    return supplier.pk


def add_evidence(supplier: Organisation, kind: str, title: str, capability: Any) -> None:
    Evidence.objects.create(
        supplier=supplier, kind=kind, title=title, source=f"{kind}-{capability}", dated=TODAY, capability=capability
    )


def uproot() -> None:
    """Leave no supplier. Each example commits what it makes, because bitmaps take in what is committed alone."""
    for model in (SupplierProfile, Evidence, SearchGone, Organisation):
        model.objects.all().delete()


def check(made: dict[int, Firm], query: SearchQuery, *ways: Any) -> None:
    known = vocabulary()
    plan = plan_of(query, known)
    expected, order = naive_counts(made, query), naive_order(made, query)
    for way in ways:
        answer = way(plan, day=TODAY, limit=5)
        assert (answer.total, answer.ids) == (len(order), order[:5])
        assert answer.wider[""] == answer.total
        shown = {(facet.name, option.value): option.count for facet in facets_of(query, answer.counts, known)
                 for option in facet.options}  # fmt: skip
        assert {key: shown[key] for key in expected} == expected
        assert way(plan, day=TODAY, offset=2, limit=None, counting=False).ids == order[2:]
        for facet in FACETS:
            if getattr(query, facet):
                assert answer.wider[facet] == sum(holds(firm, query.without(facet)) for firm in made.values())


OAK = Firm("Firm alder", "birch", "cedar", "rowan", {"trees": "verified", "shrubs": ""}, ["TLL"], [], "micro", True,
           True, "held")  # fmt: skip


# Without shrinking: each example fills and empties a database.
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=st.lists(firms(), max_size=8), later=st.lists(firms(), max_size=3), asked=st.lists(queries(), max_size=6))
@example([OAK], [], [SearchQuery(words="alder", capability=("low", "trees"), evidence=("supported", "verified"))])
@example([OAK, OAK], [OAK], [SearchQuery(words="-alder or cedar", size=("sme",), vcse=("yes",))])
def test_both_ways_agree_with_a_naive_count(taxonomy, world, later, asked) -> None:
    uproot()
    with transaction.atomic():
        made = {plant(firm, taxonomy): firm for firm in world}
        index._write(sorted(made), TODAY)
    kept = bitmaps.Bitmaps()
    for query in asked:
        check(made, query, statement.answer, kept.answer)
    with transaction.atomic():
        change(made, later, taxonomy)
    for query in asked:
        check(made, query, statement.answer, kept.answer)


def change(made: dict[int, Firm], later: list[Firm], taxonomy: dict[str, Any]) -> None:
    """The first suppliers become others, new ones come, and the last goes."""
    for pk, firm in zip_longest(list(made), later):
        if firm:
            made[plant(firm, taxonomy, Organisation.objects.filter(pk=pk).first())] = firm
    gone = max(made, default=None)
    Organisation.objects.filter(pk=gone).update(status="suspended", status_reason="Dissolved")
    index._write(sorted(made), TODAY)
    made.pop(gone, None)

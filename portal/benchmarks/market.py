"""A market of suppliers for benchmarks, with all that the search reads; the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Model
from django.utils import timezone

from portal.benchmarks.data import SEED, tidy
from portal.organisations.choices import Kind, Size, Status
from portal.organisations.models import Organisation
from portal.records import Region
from techmap.actions import load_taxonomy
from techmap.choices import AccreditationKind, ClaimOrigin, EvidenceKind, Sector
from techmap.models import Accreditation, Capability, CapabilityClaim, Evidence, SupplierProfile
from techmap.search import index
from techmap.search.words import plain_words
from techmap.taxonomy import FILE, read_taxonomy

RARE_WORDS = 30_000
SYLLABLES = ("ba", "cor", "del", "fen", "gra", "hol", "ister", "jun", "kel", "lan", "mor", "nix", "ora", "pel", "quin",
             "ras", "sol", "tam", "ul", "ver", "wick", "yar", "zen")  # fmt: skip
ENDINGS = ("Ltd", "Limited", "LLP", "plc", "CIC")
CHUNK = 5_000


class Market:
    """Suppliers made so far. Words are drawn as language has them: a few stand everywhere, most hardly anywhere."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)  # noqa: S311 -- the same rows each time is what it is for
        self.today = timezone.localdate()
        load_taxonomy(entries=read_taxonomy(FILE))
        self.capabilities = list(Capability.objects.offered().order_by("code"))
        said = " ".join(f"{item.name} {item.description} {' '.join(item.aliases)}" for item in self.capabilities)
        common = sorted(plain_words(said))
        self.random.shuffle(common)
        self.words = common + [self._invented(4) for _ in range(RARE_WORDS)]
        self.shares = list(accumulate(1 / (rank + 12) for rank in range(len(self.words))))
        self.size = 0

    def grow(self, size: int) -> None:
        """Have `size` suppliers, all of them in the search."""
        while self.size < size:
            number = min(CHUNK, size - self.size)
            with transaction.atomic():
                self._add(number)
            self.size += number
        tidy()
        index.rebuild()
        tidy()

    def _add(self, number: int) -> None:
        now = timezone.now()
        first = (Organisation.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        pks = range(first, first + number)
        _copy(
            Organisation(
                pk=pk, kind=Kind.SUPPLIER, name=self._name(pk), status=Status.VERIFIED, verified_at=now, created_at=now,
                size=self.random.choice(Size.values), region=self.random.choice(Region.values),
            ) for pk in pks
        )  # fmt: skip
        _copy(
            SupplierProfile(
                pk=pk, organisation_id=pk, summary=self.text(15), description=self.text(70),
                technologies=self.random.sample(self.words[:300], 3), sectors=self._some(Sector.values, 4),
                regions_served=self._some(Region.values, 4), is_vcse=self.random.random() < 0.1, updated_at=now,
            ) for pk in pks
        )  # fmt: skip
        claims = [(pk, item) for pk in pks for item in self._some(self.capabilities, 8)]
        _copy(CapabilityClaim(profile_id=pk, capability=item, claimed_at=now, level="",
                              origin=self.random.choice(ClaimOrigin.values)) for pk, item in claims)  # fmt: skip
        _copy(
            Evidence(
                supplier_id=pk, capability=item, kind=self.random.choice(EvidenceKind.values), source=f"n-{n}",
                title=self.text(7), dated=self._ago(1500), buyer_name=f"{self._invented(2).title()} Council",
                recorded_at=now, region="",
            ) for n, (pk, item) in enumerate(claims) if self.random.random() < 0.6
        )  # fmt: skip
        _copy(
            Accreditation(profile_id=pk, kind=kind, expires_on=self._ago(790) + timedelta(days=700))
            for pk in pks
            for kind in self._some(AccreditationKind.values, 3)
        )

    # --- Words and choices -------------------------------------------------------------------------

    def text(self, words: int) -> str:
        return " ".join(self.random.choices(self.words, cum_weights=self.shares, k=words)).capitalize() + "."

    def _name(self, pk: int) -> str:
        return f"{self._invented(2).title()} {self.text(1)[:-1]} {self.random.choice(ENDINGS)} {pk}"

    def _invented(self, most: int) -> str:
        return "".join(self.random.choices(SYLLABLES, k=self.random.randint(2, most)))

    def _some(self, choices: Sequence[Any], most: int) -> list[Any]:
        return self.random.sample(choices, self.random.randint(1, most))

    def _ago(self, days: int) -> date:
        return self.today - timedelta(days=self.random.randrange(days))


def _copy(rows: Iterable[Model]) -> None:
    """Write rows by COPY, as the fields prepare them; those without a number draw it from the table's sequence."""
    rows = list(rows)
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if rows[0].pk or not field.primary_key]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    with connection.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields])


def drawn(market: Market, number: int) -> Iterator[str]:
    """Addresses of searches: one to three words that some supplier has, and up to two filters."""
    suppliers = list(SupplierProfile.objects.order_by("pk").values_list("summary", "description")[:1000])
    draw = random.Random(SEED)  # noqa: S311
    for _ in range(number):
        own = sorted(plain_words(" ".join(draw.choice(suppliers))))
        parts = ["q=" + "+".join(draw.sample(own, min(len(own), draw.randint(1, 3))))]
        filters = [
            f"capability={draw.choice(market.capabilities).code}",
            *(f"region={code}" for code in draw.sample(Region.values, draw.randint(1, 2))),
        ]
        parts += draw.sample([*filters, "size=sme", "evidence=supported", f"sector={draw.choice(Sector.values)}"],
                             draw.randint(0, 2))  # fmt: skip
        yield "&".join(parts)

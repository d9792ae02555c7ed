"""What bears claims out, and the rule by which it counts, for everybody to read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.govuk.pages import paginate
from techmap.choices import EvidenceKind
from techmap.forms.evidence import EvidenceFilterForm
from techmap.queries.evidence import evidence_of, pieces
from techmap.support import GUESSED, STOOD_BEHIND, WEIGHTS
from techmap.views.access import supplier_or_404

# What each kind is, for those who read of it for the first time.
# Nothing writes `EvidenceKind.ENGAGEMENT`: who took part in early engagement is not public.
MEANINGS: dict[str, str] = {
    EvidenceKind.RETURN: "A return on a running contract, which the public body that pays for it accepted.",
    EvidenceKind.PILOT: "A pilot that a public body ran with the supplier to its end.",
    EvidenceKind.CASE_STUDY: "A case study of the supplier, which somebody at the public body has confirmed.",
    EvidenceKind.AWARD: "A published notice by which a public body awarded the supplier a contract.",
    EvidenceKind.SPEND: "A payment to the supplier in a file of spending that a public body published.",
}
YEARS = (0, 1, 2, 3, 4, 6, 8)
YEAR = 365.25  # days


@require_safe
def evidence_rules(http: HttpRequest) -> HttpResponse:
    """The rule of `techmap.support`, in numbers worked out from the settings."""
    half_life = settings.EVIDENCE_HALF_LIFE_DAYS
    context = {
        "kinds": [
            {
                "label": EvidenceKind(kind).label,
                "meaning": MEANINGS[kind],
                "full": f"{full:g}",
                "stands": kind in STOOD_BEHIND,
            }
            for kind, full in WEIGHTS.items()
            if kind in MEANINGS
        ],
        "half_life": f"{half_life:g}",
        "half_life_years": f"{half_life / YEAR:.1f}".removesuffix(".0"),
        "verified_from": f"{settings.EVIDENCE_VERIFIED_FROM:g}",
        "supported_from": f"{settings.EVIDENCE_SUPPORTED_FROM:g}",
        "guessed": f"{GUESSED:g}",
        "columns": _columns(),
        "rows": [_fall(years, half_life) for years in YEARS],
    }
    return render(http, "techmap/evidence/rules.html", context)


def _columns() -> list[tuple[str, float]]:
    """The different weights that evidence begins with, and what has each."""
    return [
        ("Return, pilot, case study or award", 1.0),
        ("The same, but the capability is guessed", GUESSED),
        ("Published spend", WEIGHTS[EvidenceKind.SPEND]),
    ]


def _fall(years: int, half_life: float) -> dict[str, Any]:
    share = 0.5 ** (years * YEAR / half_life)
    return {"years": years, "weights": [full * share for _, full in _columns()]}


@require_safe
def evidence_list(http: HttpRequest, pk: int) -> HttpResponse:
    """All evidence of one supplier, the latest first."""
    supplier = supplier_or_404(http, pk)
    form = EvidenceFilterForm(http.GET, supplier=supplier)
    page = paginate(http, evidence_of(supplier, **form.chosen()))
    context = {
        "supplier": supplier,
        "form": form,
        "page": page,
        "pieces": pieces(page.object_list, timezone.localdate()),
    }
    return render(http, "techmap/evidence/list.html", context)

"""The facets of a search, their values and how they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from portal.organisations.choices import Size
from portal.records import Region
from techmap.choices import AccreditationKind, Sector, Support
from techmap.search.query import FACETS, SME, SearchQuery
from techmap.search.vocabulary import Vocabulary

LABELS = {
    "capability": "Capability",
    "region": "Delivers in",
    "sector": "Sector",
    "size": "Size",
    "vcse": "Social enterprise",
    "framework": "Framework",
    "accreditation": "Accreditation",
    "evidence": "Evidence",
}
LISTED: dict[str, dict[str, str]] = {
    "region": dict(Region.choices),
    "sector": dict(Sector.choices),
    "size": {SME: "Small and medium: all under 250 staff", **dict(Size.choices)},
    "vcse": {"yes": "Voluntary, community or social enterprise"},
    "accreditation": dict(AccreditationKind.choices),
    "evidence": {
        Support.SUPPORTED.value: "Supported by evidence, or verified",
        Support.VERIFIED.value: Support.VERIFIED.label,
    },
}


@dataclass(frozen=True)
class Option:
    """One value of a facet, with how many suppliers it would leave."""

    value: str
    label: str
    count: int
    is_chosen: bool
    parent: str = ""  # the value that it is a part of

    @property
    def is_shown(self) -> bool:
        return self.is_chosen or self.count > 0


@dataclass(frozen=True)
class Panel:
    """A parent capability with what it holds."""

    whole: Option
    parts: list[Option]

    @property
    def shown(self) -> list[Option]:
        """All of it, which the page calls any of it, then each part."""
        whole = replace(self.whole, label=f"Any: {self.whole.label}")
        return [option for option in (whole, *self.parts) if option.is_shown]

    @property
    def chosen(self) -> int:
        return sum(option.is_chosen for option in (self.whole, *self.parts))

    @property
    def is_shown(self) -> bool:
        return self.whole.is_shown or self.chosen > 0


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    options: list[Option] = field(default_factory=list)

    @property
    def shown(self) -> list[Option]:
        return [option for option in self.options if option.is_shown]

    @property
    def chosen(self) -> int:
        return sum(option.is_chosen for option in self.options)

    @property
    def panels(self) -> list[Panel]:
        """Two levels, for the facet that has them."""
        panels: dict[str, Panel] = {}
        for option in self.options:
            if option.parent:
                panels[option.parent].parts.append(option)
            else:
                panels[option.value] = Panel(option, [])
        return [panel for panel in panels.values() if panel.is_shown]


def values_of(facet: str, known: Vocabulary) -> Iterator[str]:
    """Every value that the facet may have."""
    if facet == "capability":
        yield from (item.code for item in known.capabilities)
    elif facet == "framework":
        yield from (item.code for item in known.frameworks)
    else:
        yield from LISTED[facet]


def label_of(facet: str, value: str, known: Vocabulary) -> str:
    """How a value is called; a code that nobody knows, by itself."""
    item = known.by_code.get((facet, value))
    return item.name if item else LISTED.get(facet, {}).get(value, value)


def facets_of(query: SearchQuery, counts: Mapping[tuple[str, str], int], known: Vocabulary) -> list[Facet]:
    return [
        Facet(facet, LABELS[facet], [_option(query, facet, value, counts, known) for value in values_of(facet, known)])
        for facet in FACETS
    ]


def _option(
    query: SearchQuery, facet: str, value: str, counts: Mapping[tuple[str, str], int], known: Vocabulary
) -> Option:
    item = known.by_code.get((facet, value))
    return Option(
        value=value,
        label=label_of(facet, value, known),
        count=counts.get((facet, value), 0),
        is_chosen=value in getattr(query, facet),
        parent=item.parent if item else "",
    )

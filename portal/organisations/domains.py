"""E-mail domains: which may stand for an organisation."""

from __future__ import annotations

import re
from pathlib import Path

from portal.refusals import Reason, Refused

_DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")

_LIST = Path(__file__).parent / "data" / "shared_domains.txt"
SHARED_DOMAINS = frozenset(
    line.strip() for line in _LIST.read_text().splitlines() if line.strip() and not line.startswith("#")
)


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].lower()


def normalise_domain(value: str) -> str:
    """The domain in lower case, without a leading @. Raises `Refused` for one that is no organisation's own."""
    text = value.strip().lower().removeprefix("@").rstrip(".")
    if not _DOMAIN.fullmatch(text):
        raise Refused([Reason("Enter an e-mail domain, like ashfordvale.gov.uk", "domain")])
    if text in SHARED_DOMAINS:
        message = f"{text} is shared by people of many organisations. Enter a domain that only yours uses"
        raise Refused([Reason(message, "domain")])
    return text

"""OCDS 1.1 packages: releases of one contract, and its record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from reporting.publication.contracts import METRICS
from reporting.publication.merging import compiled

Object = dict[str, Any]
LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
VERSION = "1.1"


def package(uri: str, published: str, **held: Any) -> Object:
    """What stands around releases and records: who publishes them, when, and under which licence."""
    return {
        "uri": uri,
        "version": VERSION,
        "extensions": [METRICS],
        "publishedDate": published,
        "publisher": {"name": settings.SERVICE_NAME, "uri": settings.SITE_URL},
        "license": LICENCE,
        "publicationPolicy": f"{settings.SITE_URL}{reverse('reporting:open-data')}",
        **held,
    }


def release_package(uri: str, releases: Sequence[Object]) -> Object:
    return package(uri, releases[-1]["date"], releases=list(releases))


def record_of(releases: Iterable[Object]) -> Object:
    """All releases of one process, the oldest first, and what they come to."""
    known = sorted(releases, key=lambda release: release["date"])
    return {"ocid": known[0]["ocid"], "releases": known, "compiledRelease": compiled(known)}


def record_package(uri: str, releases: Sequence[Object]) -> Object:
    record = record_of(releases)
    return package(uri, record["compiledRelease"]["date"], records=[record])

"""How the REST API answers: in JSON alone, so often a minute; and how it describes itself."""

from __future__ import annotations

from typing import Any

VERSION = "1.0.0"
DESCRIPTION = """\
What the techmap shows to the public, as JSON: suppliers, what they claim, and what bears it out; innovation dens with
their programmes, and what their pilots taught. It needs no account and no key, and scripts of any website may call it
(CORS). It is available under the Open Government Licence v3.0. Whoever needs all suppliers takes the nightly files of
open data rather than page after page.

And reporting, for an organisation's own programs: list the returns that are due, check them, file them and
correct them. That needs a token, which an owner of the organisation makes.

Errors come as `application/problem+json` (RFC 9457): `type`, `title`, `status` and `detail`. Who asks too
often gets 429 with `Retry-After`, in seconds. Within a version fields may be added; none is taken away or
changes its meaning.
"""


def rest_framework(*, rate: str, token_rate: str, export_rate: str, proxies: int) -> dict[str, Any]:
    """Settings of Django REST framework. No cookie counts; a view that is not for everybody asks for a token."""
    return {
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["portal.tokens.bodies.JsonBody"],
        "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
        "DEFAULT_THROTTLE_RATES": {
            "anon": rate,
            "exports": export_rate,
            "tokens": token_rate,
            "token_failures": rate,
        },
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
        "DEFAULT_METADATA_CLASS": None,
        "EXCEPTION_HANDLER": "portal.api.problems.problem_response",
        "UNAUTHENTICATED_USER": None,
        "UNAUTHENTICATED_TOKEN": None,
        "NUM_PROXIES": proxies,
    }


def spectacular(*, service_name: str, site_url: str) -> dict[str, Any]:
    """Settings of the description of the API (OpenAPI 3.1)."""
    return {
        "TITLE": f"{service_name} API",
        "DESCRIPTION": DESCRIPTION,
        "VERSION": VERSION,
        "OAS_VERSION": "3.1.0",
        "SERVERS": [{"url": site_url}],
        "LICENSE": {
            "name": "Open Government Licence v3.0",
            "url": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        },
        "SERVE_INCLUDE_SCHEMA": False,
        "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
        "COMPONENT_NO_READ_ONLY_REQUIRED": False,
        "ENUM_NAME_OVERRIDES": {
            "Region": "portal.records.Region",
            "Size": "portal.organisations.choices.Size",
            "Support": "techmap.choices.Support",
            "Level": "techmap.choices.Level",
            "Sector": "techmap.choices.Sector",
            "AccreditationKind": "techmap.choices.AccreditationKind",
            "EvidenceKind": "techmap.choices.EvidenceKind",
            "ContractState": "reporting.choices.ContractState",
            "ReturnState": "reporting.choices.ReturnState",
            "Rhythm": "reporting.choices.Rhythm",
        },
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "portal.api.description.with_tables",
        ],
    }

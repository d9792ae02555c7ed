"""Structured logs: one JSON line an event, with the request's id and no personal data.

What goes in: the time, the level, the logger, the event, the request's id, the user's id, the
method and path. What never does: addresses of people or machines, user agents, query strings,
request bodies, and the keys that some paths carry (password resets, invitations).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import structlog

PERSONAL_KEYS = frozenset({"ip", "user_agent", "email", "user_email", "username", "remote_addr", "args", "kwargs"})
EMAIL = re.compile(r"[\w.!#$&'*+/=?^`{|}~-]{1,64}+(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+")
QUERY = re.compile(r"(?<=[\w/])\?[^\s\"'<>=]{1,100}=[^\s\"'<>]*")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
KEY_CHARACTERS = re.compile(r"[A-Z0-9:]")
LONGEST_TEXT = 50_000  # characters of one value
LONG = 20  # characters from which a part of a path with a digit or capital letter is taken for a key


def drop_personal_keys(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Remove the keys that name a person or a device before any handler sees the event."""
    return {key: value for key, value in event.items() if key not in PERSONAL_KEYS}


def redact_text(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Take addresses and query strings out of the text. Runs last, on the rendered exception too."""
    return {key: redact(value) for key, value in event.items()}


def redact(value: Any) -> Any:
    """The value with e-mail addresses and query strings taken out; what is not plain data goes in as text."""
    if isinstance(value, Mapping):
        return {str(key): redact(item) for key, item in value.items() if key not in PERSONAL_KEYS}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)[:LONGEST_TEXT]
    if "@" in text or "%40" in text:
        text = EMAIL.sub("[email]", text)
    return QUERY.sub("", text) if "?" in text else text


def hide_keys(path: str) -> str:
    """The path without the secrets that it may carry: a reset key in a log would open the account."""
    return "/".join("[key]" if _looks_like_key(part) else part for part in path.split("/"))


def _looks_like_key(part: str) -> bool:
    return len(part) >= LONG and bool(KEY_CHARACTERS.search(part)) and not UUID.fullmatch(part)


def scrub_sentry_event(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """Sentry's `before_send`: no query string, body, cookie, header, local variable or person but the user's id."""
    request = event.get("request") or {}
    event["request"] = {"method": request.get("method"), "url": hide_keys(str(request.get("url", "")).split("?")[0])}
    event["user"] = {"id": event["user"]["id"]} if (event.get("user") or {}).get("id") else {}
    event.pop("server_name", None)
    event.pop("extra", None)
    event.pop("breadcrumbs", None)
    for exception in (event.get("exception") or {}).get("values", []):
        exception["value"] = redact(exception.get("value"))
        for frame in (exception.get("stacktrace") or {}).get("frames", []):
            frame.pop("vars", None)
    for key in ("message", "logentry", "transaction"):
        if key in event:
            event[key] = redact(event[key])
    return event


# What Sentry's client is started with: nothing of a request, a query or a variable is collected.
SENTRY_OPTIONS: dict[str, Any] = {
    "before_send": scrub_sentry_event,
    "max_request_body_size": "never",
    # Takes the place of send_default_pii=False, which sentry-sdk 2.75 calls outdated.
    "data_collection": {
        "user_info": False,
        "cookies": {"mode": "off"},
        "http_headers": {"request": {"mode": "off"}},
        "http_bodies": [],
        "url_query_params": {"mode": "off"},
        "database_query_data": False,
        "queues": False,
        "stack_frame_variables": False,
    },
}

SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    drop_personal_keys,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def logging_config(*, json: bool, level: str) -> dict[str, Any]:
    """Django's `LOGGING`: JSON lines for machines, plain text for people at a terminal."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED_PROCESSORS,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    redact_text,
                    *_renderers(json=json),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # Each request is told once already, with its code and exception, by the request log.
            "django.request": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
            # Each task likewise.
            "celery.app.trace": {"level": "CRITICAL"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }


def _renderers(*, json: bool) -> list[Any]:
    if json:
        return [_in_order, structlog.processors.JSONRenderer(ensure_ascii=False)]
    # The plain formatter: rich ones print local variables.
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]


def _in_order(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Time, level and event first, so that a line reads from the left."""
    first = [key for key in ("timestamp", "level", "event", "request_id") if key in event]
    return {key: event[key] for key in (*first, *event)}

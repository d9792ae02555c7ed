"""Structured logs: one JSON line an event, with the request's id and no personal data."""

from __future__ import annotations

from typing import Any

import structlog

PERSONAL_KEYS = ("ip", "user_agent", "email", "user_email", "username")


def drop_personal_data(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Remove every key that names a person or a device; the user's id stays."""
    for key in PERSONAL_KEYS:
        event.pop(key, None)
    return event


SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    drop_personal_data,
]


def logging_config(*, json: bool, level: str) -> dict[str, Any]:
    """Django's `LOGGING`: JSON lines for machines, aligned text for people at a terminal."""
    structlog.configure(
        processors=[*SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
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
                    renderer,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
    }

"""Turns event names and field values into plain words. Each room registers the names of its own events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst

from portal.govuk.formats import when

NOTHING = "Nothing"
_sentences: dict[str, str] = {}


def register_words(sentences: Mapping[str, str]) -> None:
    """Name events in plain words, in a room's `AppConfig.ready()`: `{"files.file.stored": "File uploaded"}`."""
    _sentences.update(sentences)


def sentence(name: str) -> str:
    """What happened. Without registered words: "engagement.request.question_answered" is "Question answered"."""
    if name in _sentences:
        return _sentences[name]
    *_, noun, verb = ["", *name.split(".")]
    words = verb.replace("_", " ")
    return capfirst(words if " " in words else f"{noun.replace('_', ' ')} {words}".strip())


def label(model: type[models.Model], key: str) -> str:
    """The field's own name where the key is a field, else the key in words."""
    try:
        field = model._meta.get_field(key.removesuffix("_id"))
    except FieldDoesNotExist:
        return capfirst(key.replace("_", " "))
    return capfirst(str(getattr(field, "verbose_name", key.replace("_", " "))))


def value_text(model: type[models.Model], key: str, value: Any) -> str:
    """One value as a person would say it; a choice by its label, a time in London's."""
    if value in (None, "", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Mapping):
        return "; ".join(f"{capfirst(str(k))}: {value_text(model, '', v)}" for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(value_text(model, key, item) for item in value)
    return _choice_label(model, key, value) or _time_text(value) or str(value)


def _choice_label(model: type[models.Model], key: str, value: Any) -> str:
    try:
        field = model._meta.get_field(key)
    except FieldDoesNotExist:
        return ""
    return str(dict(getattr(field, "flatchoices", ())).get(value, ""))


def _time_text(value: Any) -> str:
    if isinstance(value, int | float | Decimal):
        return f"{value:,}"
    if isinstance(value, str) and "T" in value[:11]:
        value = _parsed(value)
    return when(value) if isinstance(value, datetime) else ""


def _parsed(value: str) -> datetime | date | None:
    try:
        return parse_datetime(value)
    except ValueError:
        return None

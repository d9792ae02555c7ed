"""The record's compiled release: releases of one ocid merged by the rules of OCDS 1.1.

Newer values replace older ones; null takes a value away; objects of a list are matched by their id, where each has
one; other lists are replaced whole. `additionalIdentifiers` and `additionalClassifications` are replaced whole too, as
the release schema says (`wholeListMerge`). The schema itself is not needed: it is known which of its lists are used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

LEFT_OUT = frozenset({"id", "date", "tag"})  # `omitWhenMerged`
WHOLE_LISTS = frozenset({"additionalIdentifiers", "additionalClassifications"})


def compiled(releases: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Merge releases of one ocid, the oldest first. There must be one at least."""
    merged: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for last in releases:
        _merge(merged, {key: value for key, value in last.items() if key not in LEFT_OUT})
    head = {"ocid": last["ocid"], "id": f"{last['ocid']}-{last['date']}", "date": last["date"], "tag": ["compiled"]}
    return head | merged


def _merge(into: dict[str, Any], new: dict[str, Any]) -> None:
    for key, value in new.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        elif isinstance(value, list) and key not in WHOLE_LISTS and _has_ids(value):
            _merge_list(into.setdefault(key, []), value)
        elif value or not isinstance(value, list):
            into[key] = value
        else:
            into.pop(key, None)


def _has_ids(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, dict) and "id" in item for item in items)


def _merge_list(into: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    held = {item["id"]: item for item in into}
    for item in new:
        if item["id"] not in held:
            held[item["id"]] = {}
            into.append(held[item["id"]])
        _merge(held[item["id"]], item)

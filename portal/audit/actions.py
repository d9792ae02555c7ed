"""Write to the audit record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from portal.audit.models import Event
from portal.audit.permissions import shows_history

if TYPE_CHECKING:
    from portal.accounts.models import User

_means: ContextVar[str] = ContextVar("means", default="")


@contextmanager
def by_means_of(means: str) -> Iterator[None]:
    """What is recorded meanwhile says in its note what the person acted with, for example an API token."""
    before = _means.set(means)
    try:
        yield
    finally:
        _means.reset(before)


def record(
    name: str,
    *,
    target: models.Model,
    by: User | None,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    note: str = "",
) -> Event:
    """Append one named event about `target`, in the caller's transaction.

    What is only a row on the page of something else is recorded about that: a membership about its
    organisation, a question about its request. Raises TypeError where the model doesn't say who sees its history.
    `by` is None where the portal itself acted. `old` and `new` hold only the fields that changed,
    and never a secret or the text of an answer marked as confidential.
    """
    if not shows_history(target._meta.model):
        raise TypeError(
            f"{target._meta.object_name} must say who sees its history: give it `history_visible_to(user)`."
        )
    return Event.objects.create(
        name=name,
        actor=by,
        target_type=ContentType.objects.get_for_model(target),
        target_id=target.pk,
        target_label=str(target)[:300],
        old=old or {},
        new=new or {},
        note="\n".join(filter(None, [note, _means.get()])),
    )

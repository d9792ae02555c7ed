"""What a process keeps in its own memory, so that a page need not make it again.

Two kinds, and no third: pieces of HTML that are found by all that they are drawn from, so that they
can't be out of date; and what is the same for everybody, at most a minute old. Nothing that depends
on who asks is kept, and no action decides by what is kept. Templates keep by `{% cache %}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.forms import BoundField
from django.utils.choices import BaseChoiceIterator
from django.utils.safestring import SafeString

OLDEST = 60  # seconds; docs/performance.md says so


def kept() -> BaseCache:
    """The memory of this process; the settings bound its size."""
    return caches["template_fragments"]


class KeptChoices(BaseChoiceIterator):
    """Choices that everybody is offered, read from the database at most once a minute by each process."""

    def __init__(self, name: str, read: Callable[[], Iterable[Any]]) -> None:
        self.name, self.read = name, read

    def __iter__(self) -> Iterator[Any]:
        found: Any = kept().get_or_set(f"choices:{self.name}", lambda: list(self.read()), OLDEST)
        yield from found


def drawn(field: BoundField) -> SafeString:
    """The field's HTML, drawn once for each state. A long select takes longer than the rest of its page."""
    key = sha256(repr(_state(field)).encode()).hexdigest()
    html: Any = kept().get_or_set(f"field:{key}", field.as_field_group, OLDEST)
    return SafeString(html)


def _state(field: BoundField) -> tuple[Any, ...]:
    """All that the templates of a field read. What a person typed is part of it."""
    own, widget = field.field, field.field.widget
    return (
        *(type(part).__qualname__ for part in (own, widget)),
        *(field.html_name, field.auto_id, str(field.label), str(field.help_text), field.value(), list(field.errors)),
        *(own.required, own.disabled, getattr(own, "max_length", None), list(getattr(own, "choices", ()))),
        *(sorted(widget.attrs.items()), getattr(field.form, "mark_optional", False)),
    )

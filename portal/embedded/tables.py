"""`migrate`, in an eighth of the time, for databases that are made on the spot: the demo's, a benchmark's, the tests'.

Django keeps every model as each migration leaves it, and after each operation makes all those anew that refer to
each other, which here are nearly all. What only adds to one model leaves the others as they are. Anything else,
and whatever comes after the migrations, gets all of them made anew, by Django's own `clear_delayed_apps_cache`.
`tests/trust/test_migrations.py` holds that the tables are the same to the last column, trigger and constraint.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from itertools import groupby
from typing import Any
from unittest.mock import patch

from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger

ADDING = (CreateModel, AddField, AddIndex, AddConstraint, AddTrigger)
apply_all = Migration.apply


def _itself_alone(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
    """The models to be made anew after an operation that adds to this one."""
    state.is_delayed = True  # so the others are made anew before anything looks at them
    return {(app_label, model_name)}


def _apply(migration: Migration, state: ProjectState, *args: Any, **options: Any) -> ProjectState:
    """Apply it in parts: operations that add, and others."""
    for adds, operations in groupby(migration.operations, lambda operation: isinstance(operation, ADDING)):
        part = copy(migration)
        part.operations = list(operations)  # type: ignore[misc]  # the copy alone
        if adds:
            with patch.object(ProjectState, "_find_reload_model", _itself_alone):
                state = apply_all(part, state, *args, **options)
        else:
            state.clear_delayed_apps_cache()
            state = apply_all(part, state, *args, **options)
    return state


@contextmanager
def quick_migrations() -> Iterator[None]:
    """While this lasts, migrations that are applied here are applied quickly."""
    with patch.object(Migration, "apply", _apply):
        yield

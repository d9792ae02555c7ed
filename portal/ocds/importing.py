"""Bring releases into the portal, one transaction each, and say what became of every one."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connection, reset_queries, transaction

from portal.ocds.problems import NotImported, Problem
from portal.ocds.reader import Entry
from portal.ocds.release import Release, identity_of, read_head

if TYPE_CHECKING:
    from portal.organisations.models import Organisation

logger = logging.getLogger(__name__)
ORGANISATIONS_KEPT = 5_000  # in memory; the others are looked up again
IMPORT_LOCK = 0x0CD5  # names the lock by which two imports take turns, release by release


class Outcome(StrEnum):
    IMPORTED = "imported"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NOT_IMPORTED = "not imported"


class Verb(StrEnum):
    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True)
class Change:
    """One object that an importer wrote."""

    noun: str
    verb: Verb


@dataclass(frozen=True)
class Result:
    """What became of one release."""

    number: int
    ocid: str
    release_id: str
    outcome: Outcome
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass
class Run:
    """What lasts from one release to the next: the time, and the organisations met lately."""

    now: datetime
    _kept: OrderedDict[tuple[str, ...], Organisation] = field(default_factory=OrderedDict)
    _new: dict[tuple[str, ...], Organisation] = field(default_factory=dict)

    def known(self, key: tuple[str, ...]) -> Organisation | None:
        return self._new.get(key) or self._kept.get(key)

    def remember(self, key: tuple[str, ...], organisation: Organisation) -> None:
        self._new[key] = organisation

    def settle(self, *, keep: bool) -> None:
        """Keep what the release taught where its transaction was kept; forget the oldest past the limit."""
        if keep:
            self._kept.update(self._new)
            while len(self._kept) > ORGANISATIONS_KEPT:
                self._kept.popitem(last=False)
        self._new.clear()


Importer = Callable[[Release, Run], list[Change]]


def import_releases(entries: Iterable[Entry], *, importers: Sequence[Importer], now: datetime) -> Iterator[Result]:
    """Import each entry in turn. Raises only where the file or the database is gone."""
    run = Run(now)
    for entry in entries:
        result = _import_entry(entry, importers, run)
        run.settle(keep=result.outcome != Outcome.NOT_IMPORTED)
        reset_queries()  # with DEBUG Django keeps every statement, which a large file would turn into gigabytes
        yield result


def _import_entry(entry: Entry, importers: Sequence[Importer], run: Run) -> Result:
    ocid, release_id = identity_of(entry.value)
    try:
        if entry.problem:
            raise NotImported(entry.problem.reason, entry.problem.detail)
        release = read_head(entry.number, entry.value)
        with transaction.atomic():
            _take_turn()
            changes = [change for importer in importers for change in importer(release, run)]
            if not changes and release.problems and not release.organisations:
                return Result(entry.number, ocid, release_id, Outcome.NOT_IMPORTED, (), tuple(release.problems))
    except NotImported as refused:
        return Result(entry.number, ocid, release_id, Outcome.NOT_IMPORTED, (), (refused.problem,))
    except (OperationalError, InterfaceError):
        raise  # the database is gone: nothing that follows could be kept either
    except (DatabaseError, ArithmeticError, LookupError, TypeError, ValueError) as fault:
        logger.exception("OCDS release could not be imported", extra={"ocid": ocid, "release_id": release_id})
        problem = Problem("Unexpected fault", f"{type(fault).__name__}; the log says more")
        return Result(entry.number, ocid, release_id, Outcome.NOT_IMPORTED, (), (problem,))
    return Result(entry.number, ocid, release_id, _outcome(changes), tuple(changes), tuple(release.problems))


def _take_turn() -> None:
    """Wait for another import to finish its release, so that both find the same organisations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])


def _outcome(changes: list[Change]) -> Outcome:
    verbs = {change.verb for change in changes}
    if Verb.CREATED in verbs:
        return Outcome.IMPORTED
    return Outcome.UPDATED if Verb.UPDATED in verbs else Outcome.UNCHANGED

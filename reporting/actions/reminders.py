"""Remind suppliers of returns before, on and after the day they are due, and tell those above of late ones.

A person gets one message a day from a supplier, whatever number of returns it is about. What was told stands in
`Reminder`, written with the message, so that a run that dies or is started twice tells nobody twice. A day on which
the clock did not run is made up for by the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.urls import reverse
from django.utils import timezone

from portal.govuk.formats import day as day_words
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.choices import Role
from portal.organisations.models import Organisation
from portal.organisations.permissions import WRITERS, why_not_active
from portal.organisations.queries import people_of
from portal.working_days import shift_working_days
from reporting.choices import ReminderTo
from reporting.models import Contract, Reminder, Return

MOST_LISTED = 20  # returns named in one message


def reminders_due(now: datetime) -> Iterator[int]:
    """The suppliers with a return that may have to be told of, by their numbers."""
    last = max(settings.RETURN_REMIND_WORKING_DAYS, default=0)
    told = Reminder.objects.filter(filed=OuterRef("pk"))
    done = Exists(told.filter(to=ReminderTo.SUPPLIER, stage=last)) & Exists(told.filter(to=ReminderTo.OWNERS))
    # A return is due at an hour; its reminders go by days.
    soon = _moved(now, -min(0, *settings.RETURN_REMIND_WORKING_DAYS)) + timedelta(days=1)
    waiting = Return.objects.unfiled().filter(due_at__lte=soon).exclude(done)
    yield from waiting.order_by("supplier").values_list("supplier", flat=True).distinct().iterator()


@transaction.atomic
def remind_supplier(*, supplier_id: int, now: datetime) -> int:
    """Tell one supplier of its returns; nothing of one that is filed, nor where it may not file. Returns how many."""
    supplier = Organisation.objects.locked(supplier_id)
    today = timezone.localdate(now)
    told_today = Reminder.objects.filter(filed__supplier=supplier, day=today).exclude(to=ReminderTo.BUYER)
    if why_not_active(supplier) or told_today.exists():
        return 0
    waiting = [_Waiting(one, now) for one in _unfiled(Return.objects.filter(supplier=supplier))]
    staged = [one for one in waiting if one.stage is not None]
    late = [one for one in waiting if one.is_for_the_owners]
    _write([Reminder(filed=one.filed, to=ReminderTo.SUPPLIER, stage=one.stage or 0, day=today) for one in staged])
    _write([Reminder(filed=one.filed, to=ReminderTo.OWNERS, stage=_escalation(), day=today) for one in late])
    people, owners = people_of(supplier, *WRITERS), people_of(supplier, Role.OWNER)
    if late:
        # The owners hear of everything in the one message.
        everything = late + [one for one in staged if one not in late]
        _tell_owners(supplier, late, everything, today)
        people = people.exclude(pk__in=owners.values("pk"))
    if staged:
        _tell_writers(supplier, staged, people, today)
    return len({one.filed.pk for one in (*staged, *late)})


def buyers_to_tell() -> Iterator[int]:
    """The buyers whose suppliers' owners were told of a late return that they do not know of."""
    told = Reminder.objects.filter(filed=OuterRef("pk"))
    late = Return.objects.unfiled().filter(Exists(told.filter(to=ReminderTo.OWNERS)))
    late = late.exclude(Exists(told.filter(to=ReminderTo.BUYER)))
    yield from late.order_by("contract__buyer").values_list("contract__buyer", flat=True).distinct().iterator()


@transaction.atomic
def tell_buyer_of_late(*, buyer_id: int, now: datetime) -> int:
    """Tell the buyer's writers once of each return that is late by more than a week of working days."""
    buyer = Organisation.objects.locked(buyer_id)
    today = timezone.localdate(now)
    returns = _unfiled(Return.objects.filter(contract__buyer=buyer))
    told = {one.pk: {it.to for it in one.reminders.all()} for one in returns}
    late = [one for one in returns if ReminderTo.OWNERS in told[one.pk] and ReminderTo.BUYER not in told[one.pk]]
    if not late:
        return 0
    _write([Reminder(filed=one, to=ReminderTo.BUYER, stage=_escalation(), day=today) for one in late])
    one = late[0]
    tell(
        kind=Kind.REPORT,
        subject=f"{_count(len(late))} of your suppliers {'is' if len(late) == 1 else 'are'} late",
        body=f"Nothing was submitted for more than {settings.RETURN_ESCALATE_WORKING_DAYS} working days after "
        "the day it was due. The owners of each supplier have been told.\n\n"
        + _listed(f"{it.supplier}: {it}, due on {day_words(it.due_at)}" for it in late),
        recipients=people_of(buyer, *WRITERS),
        path=one.contract.get_absolute_url() if len(late) == 1 else reverse("reporting:return-late"),
        link_text="See the contract" if len(late) == 1 else "See what is late",
        reason=f"You write for {buyer}.",
        dedupe_key=f"returns-late:buyer:{buyer.pk}:{today}",
    )
    return len(late)


# --- Which are due to be told of ----------------------------------------------------------------------


def _unfiled(returns: QuerySet[Return]) -> list[Return]:
    """Locked after their contracts as everywhere, so that none is filed while it is told of; the oldest first."""
    unfiled = returns.unfiled()  # type: ignore[attr-defined]
    contracts = list(Contract.objects.locked_all(unfiled.values_list("contract", flat=True)))
    told = Prefetch("reminders", Reminder.objects.order_by("day", "pk"))
    rows = unfiled.filter(contract__in=contracts).select_related("contract", "supplier").prefetch_related(told)
    locked = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    return sorted(locked, key=lambda one: (one.due_at, one.pk))


@dataclass
class _Waiting:
    """A return that nobody has filed, and what is to be told of it now."""

    filed: Return
    now: datetime

    @property
    def told(self) -> list[Reminder]:
        return list(self.filed.reminders.all())

    @property
    def stage(self) -> int | None:
        """The latest stage that is reached; None where it was told of already, or none is reached."""
        today = timezone.localdate(self.now)
        reached = [
            stage
            for stage in sorted(settings.RETURN_REMIND_WORKING_DAYS)
            if timezone.localdate(_moved(self.filed.due_at, stage)) <= today
        ]
        told = {one.stage for one in self.told if one.to == ReminderTo.SUPPLIER}
        return reached[-1] if reached and max(told, default=-1000) < reached[-1] else None

    @property
    def is_late(self) -> bool:
        return self.filed.due_at < self.now

    @property
    def is_for_the_owners(self) -> bool:
        """Late for long, and reminded of long enough ago: a return that was raised late gets its time too."""
        if any(one.to == ReminderTo.OWNERS for one in self.told) or not self.told:
            return False
        today, after = timezone.localdate(self.now), settings.RETURN_ESCALATE_WORKING_DAYS
        begun = (timezone.localdate(self.filed.due_at), self.told[0].day)
        return all(_days_later(since, after) < today for since in begun)

    @property
    def words(self) -> str:
        what = f"{self.filed}" + (" (a correction)" if self.filed.replaces_id else "")
        return f"{what}: {'late since' if self.is_late else 'due on'} {day_words(self.filed.due_at)}"


@lru_cache(maxsize=4096)
def _moved(moment: datetime, days: int) -> datetime:
    """Many returns are due at one moment."""
    return shift_working_days(moment, days) if days else moment


def _days_later(since: date, days: int) -> date:
    noon = timezone.make_aware(datetime(since.year, since.month, since.day, 12))
    return timezone.localdate(_moved(noon, days))


def _escalation() -> int:
    return settings.RETURN_ESCALATE_WORKING_DAYS


def _write(reminders: list[Reminder]) -> None:
    Reminder.objects.bulk_create(reminders)


# --- In which words -----------------------------------------------------------------------------------


def _tell_writers(supplier: Organisation, items: list[_Waiting], people: QuerySet, today: date) -> None:
    late = sum(one.is_late for one in items)
    if len(items) == 1:
        subject = ("Late return: " if late else "Return due: ") + str(items[0].filed)
    elif late:
        subject = f"{len(items)} returns to file, {late} of them late"
    else:
        subject = f"{len(items)} returns to file"
    tell(
        kind=Kind.DEADLINE,
        subject=subject,
        body=_listed(one.words for one in items)
        + "\n\nWhere nothing was delivered or charged, a nil return takes two clicks.",
        recipients=people,
        reason=f"You write for {supplier}.",
        dedupe_key=f"returns-due:{supplier.pk}:{today}",
        **_link(items),
    )


def _tell_owners(supplier: Organisation, late: list[_Waiting], everything: list[_Waiting], today: date) -> None:
    tell(
        kind=Kind.DEADLINE,
        subject=f"{_count(len(late))} of {supplier} {'is' if len(late) == 1 else 'are'} late",
        body=f"Nothing was submitted for more than {settings.RETURN_ESCALATE_WORKING_DAYS} working days after "
        "the day it was due. The buyer is told too.\n\n" + _listed(one.words for one in everything),
        recipients=people_of(supplier, Role.OWNER),
        reason=f"You are an owner of {supplier}.",
        dedupe_key=f"returns-late:supplier:{supplier.pk}:{today}",
        **_link(everything),
    )


def _link(items: list[_Waiting]) -> dict[str, str]:
    if len(items) == 1:
        return {"path": items[0].filed.get_absolute_url(), "link_text": "Open the return"}
    return {"path": reverse("reporting:return-list"), "link_text": "See your returns"}


def _count(number: int) -> str:
    return "1 return" if number == 1 else f"{number} returns"


def _listed(lines: Iterable[str]) -> str:
    every = list(lines)
    more = len(every) - MOST_LISTED
    return "\n".join([*every[:MOST_LISTED], *([f"and {more} more"] if more > 0 else [])])

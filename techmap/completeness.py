"""How far a supplier's profile has come: the sections as a list of tasks, each with its state in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from portal.govuk.formats import day
from portal.organisations.models import Organisation
from techmap.choices import ClaimOrigin
from techmap.models import SupplierProfile

DONE, OPTIONAL = "Completed", "Optional"


@dataclass(frozen=True)
class Task:
    """One section. `is_done` is None for those that nobody has to fill."""

    title: str
    url: str
    status: str
    colour: str = ""
    hint: str = ""
    is_done: bool | None = None


@dataclass(frozen=True)
class Counts:
    """What the profile holds, counted; five queries, however much it is."""

    own: int = 0
    deep: int = 0
    guessed: int = 0
    accreditations: int = 0
    expired: int = 0
    places: int = 0
    case_studies: int = 0
    contacts: int = 0


def counts_of(profile: SupplierProfile | None, now: datetime) -> Counts:
    if profile is None:
        return Counts()
    own = Q(origin=ClaimOrigin.SUPPLIER)
    past = Q(expires_on__lt=timezone.localdate(now))
    claims = profile.claims.aggregate(
        own=Count("pk", filter=own & Q(capability__is_retired=False)),
        deep=Count("pk", filter=own & Q(capability__is_retired=False, since__isnull=False) & ~Q(level="")),
        guessed=Count("pk", filter=~own),
    )
    held = profile.accreditations.aggregate(accreditations=Count("pk"), expired=Count("pk", filter=past))
    return Counts(
        **claims,
        **held,
        places=profile.framework_places.count(),
        case_studies=profile.case_studies.count(),
        contacts=profile.contacts.count(),
    )


def tasks_of(supplier: Organisation, profile: SupplierProfile | None, now: datetime) -> list[Task]:
    """The profile's sections in the order of their pages."""
    return list(_tasks(supplier, profile, counts_of(profile, now), now))


def progress(tasks: list[Task]) -> tuple[int, int]:
    """How many of the sections that matter to every buyer are complete, and of how many."""
    needed = [task for task in tasks if task.is_done is not None]
    return sum(bool(task.is_done) for task in needed), len(needed)


def _tasks(supplier: Organisation, profile: SupplierProfile | None, held: Counts, now: datetime) -> Iterator[Task]:
    def section(slug: str) -> str:
        return reverse("techmap:profile-section", args=[supplier.pk, slug])

    def page(name: str) -> str:
        return reverse(f"techmap:{name}", args=[supplier.pk])

    said = profile or SupplierProfile(organisation=supplier)
    guesses = f"{counted(held.guessed, 'suggestion')} from published notices to look at" if held.guessed else ""
    yield _needed("About", section("about"), bool(said.summary), said.summary and "")
    yield _needed("Capabilities", section("capabilities"), held.own > 0, counted(held.own, "capability"), guesses)
    yield _levels(section("levels"), held)
    yield _both("Where and for whom", section("delivery"), said.regions_served, said.sectors)
    yield _both("Size and kind", section("kind"), supplier.size, said.is_vcse is not None)
    expired = f"{held.expired} expired" if held.expired else ""
    yield _optional("Accreditations", page("accreditation-list"), held.accreditations, "accreditation", expired)
    yield _optional("Frameworks and lots", page("framework-place-list"), held.places, "framework")
    yield _optional("Case studies", page("case-study-list"), held.case_studies, "case study")
    yield _needed("Contacts", page("contact-list"), held.contacts > 0, counted(held.contacts, "contact"))
    yield _review(page("profile-review"), said, now)


def counted(number: int, noun: str) -> str:
    """1 capability, 2 capabilities."""
    if number != 1:
        noun = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun}"


def _needed(title: str, url: str, is_done: bool, words: str = "", hint: str = "") -> Task:
    if is_done:
        return Task(title, url, words or DONE, hint=hint, is_done=True)
    return Task(title, url, "To do", "blue", hint=hint, is_done=False)


def _both(title: str, url: str, one: object, other: object) -> Task:
    if bool(one) != bool(other):
        return Task(title, url, "In progress", "light-blue", is_done=False)
    return _needed(title, url, bool(one))


def _levels(url: str, held: Counts) -> Task:
    title = "Level and year of each capability"
    if not held.own:
        return Task(title, "", "Choose capabilities first", is_done=False)
    if held.deep == held.own:
        return Task(title, url, DONE, is_done=True)
    return Task(title, url, f"{held.deep} of {held.own} said", "light-blue" if held.deep else "blue", is_done=False)


def _optional(title: str, url: str, number: int, noun: str, hint: str = "") -> Task:
    return Task(title, url, counted(number, noun) if number else OPTIONAL, "" if number else "grey", hint=hint)


def _review(url: str, profile: SupplierProfile, now: datetime) -> Task:
    title, hint = "Review", "Once a year you say that all of it is still true."
    if not profile.summary:
        return Task(title, "", "Fill in About first", hint=hint, is_done=False)
    if profile.review_due_at is None:
        return Task(title, url, "To do", "blue", hint=hint, is_done=False)
    if profile.is_stale(now):
        hint = f"It was due on {day(profile.review_due_at)}. {hint}"
        return Task(title, url, "Overdue", "red", hint=hint, is_done=False)
    return Task(title, url, f"Due by {day(profile.review_due_at)}", hint=hint, is_done=True)

"""Lists of organisations that a room above holds, such as the company register, fill in what is known.

The room registers its look-up in `AppConfig.ready()`. Nothing that a person typed is ever replaced: blank
fields are filled, and where the list says something else the form says what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.forms import Form
from django.utils.html import format_html

from portal.organisations.choices import Scheme
from portal.organisations.identifiers import field_of, normalise_identifier
from portal.refusals import Refused

BUTTON = "find"  # the name of the button that asks to look a number up
FILLED = ("name", "street_address", "locality", "postal_code")


@dataclass(frozen=True)
class Found:
    """What a list says of a number. `warning` is what a person should know before going on."""

    name: str
    street_address: str = ""
    locality: str = ""
    postal_code: str = ""
    warning: str = ""


@dataclass(frozen=True)
class Lookup:
    """One list: whose numbers it knows, what it is called, how to ask it, and whether it holds anything yet."""

    scheme: Scheme
    source: str
    find: Callable[[str], Found | None]
    is_ready: Callable[[], bool]


@dataclass(frozen=True)
class Answer:
    """What came of looking a number up."""

    source: str
    number: str
    found: Found | None = None
    filled: list[str] = field(default_factory=list)  # labels of fields
    differing: list[str] = field(default_factory=list)
    fault: str = ""


_lookups: dict[Scheme, Lookup] = {}


def register_lookup(lookup: Lookup) -> Lookup:
    """Called in `AppConfig.ready()` of the room that holds the list. A later one takes the place of an earlier."""
    _lookups[lookup.scheme] = lookup
    return lookup


def lookup_for(scheme: Scheme) -> Lookup | None:
    """The list to ask about numbers of the scheme; None where there is none, or it is empty."""
    lookup = _lookups.get(scheme)
    return lookup if lookup and lookup.is_ready() else None


def refill(form: Form, sent: Mapping[str, str]) -> None:
    """Show the unbound form with what was typed, faults and all, without complaining of any yet."""
    form.initial.update({name: sent[name] for name in form.fields if name in sent})


def fill_in(form: Form, lookup: Lookup, number: str) -> Answer:
    """Put what is known of the number into the blank fields of the unbound form, and say what was done."""
    if not number.strip():
        return Answer(lookup.source, "", fault=f"Enter the {lookup.scheme.label} first.")
    try:
        number = normalise_identifier(lookup.scheme, number)
    except Refused as refused:
        return Answer(lookup.source, number.strip()[:40], fault=refused.reasons[0].message + ".")
    found = lookup.find(number)
    if found is None:
        fault = "No company in our copy of the register has it. Check it, or go on and fill in the form yourself."
        return Answer(lookup.source, number, fault=fault)
    answer = Answer(lookup.source, number, found)
    if field_of(lookup.scheme) in form.fields:
        form.initial[field_of(lookup.scheme)] = number
    for name in FILLED:
        _fill(form, name, getattr(found, name), answer)
    return answer


def _fill(form: Form, name: str, value: str, answer: Answer) -> None:
    if not value or name not in form.fields:
        return
    typed, label = str(form.initial.get(name) or ""), str(form.fields[name].label)
    if not typed.strip():
        form.initial[name] = value
        answer.filled.append(label)
    elif _plain(typed) != _plain(value):
        # Help texts are shown as HTML, and the register's words are not ours.
        field = form.fields[name]
        known = format_html("{} has: {}", answer.source, value)
        field.help_text = format_html("{} {}", field.help_text, known) if field.help_text else known
        answer.differing.append(label)


def _plain(text: str) -> str:
    """Case, spaces, full stops and commas make no difference."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())

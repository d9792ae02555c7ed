"""Words as the search compares them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Between two texts of one field: a stop word, which keeps a place, so that no phrase reaches from one to the next.
GAP = " the "
# What the parser of PostgreSQL would take for paths, and a hyphen that it would take for a minus sign.
_JOINERS = re.compile(r"[/\\|_]|(?<=\w)-(?=\d)")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
SHORTEST, LONGEST = 3, 30  # letters of a word that can be misspelt


def folded(text: str) -> str:
    """Without accents and without signs that would glue words together. Documents and searches alike."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return _JOINERS.sub(" ", plain.replace("\x00", "").replace("’", "'"))


def name_key(name: str) -> str:
    """A name as completion compares it."""
    return " ".join(folded(name).lower().split())[:200]


def plain_words(text: str) -> set[str]:
    """The words of a text in lower case, unstemmed: what somebody may have meant to type."""
    found = _WORD.findall(folded(text).lower())
    return {word.removesuffix("'s") for word in found if SHORTEST <= len(word) <= LONGEST}


# --- What somebody typed -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One word, or one phrase between quotation marks; with a minus before it, one that must not be there."""

    text: str
    is_absent: bool = False


_TYPED = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')


def parsed(words: str) -> list[list[Term]]:
    """What was typed as alternatives, each of which is terms that must all hold. Any text is sound.

    As in `websearch_to_tsquery`: words are joined by and, `or` parts the whole on either side of it,
    quotation marks make a phrase and a minus says not.
    """
    alternatives: list[list[Term]] = [[]]
    for minus, phrase, word in _TYPED.findall(folded(words)):
        if word.lower() == "or" and not minus:
            alternatives.append([])
        elif text := (phrase or word).strip():
            alternatives[-1].append(Term(text.lower(), bool(minus)))
    return [terms for terms in alternatives if terms]

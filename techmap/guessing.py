"""Guess what a published notice buys, from its CPV codes and its words.

It would rather say nothing than say something wrong: a guess is shown to the public as one, and a
supplier may be told of a request because of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from techmap.models import Capability

MOST = 5
# Text is read only in notices of these CPV divisions and groups: technology, whole.
TECHNOLOGY = ("302", "32", "48", "50312", "5032", "5033", "642", "72")
# Here the title alone is read: the descriptions speak of technology that is not what is bought.
BESIDE_TECHNOLOGY = ("30", "33", "35", "50", "51", "64", "71", "73", "79", "80", "98351")
MENTIONS_OUTSIDE_TITLE = 2  # one mention in a description is often of something that the buyer has already

_WORD = re.compile(r"[A-Za-z0-9]+")
_SENTENCE_END = re.compile(r"[.!?;\n]+")
_DEVELOPMENT = "72212"  # 72212xyz is the development of the software package 48xyz


def words_of(text: str) -> tuple[str, ...]:
    """Words by which two names are the same: lower case, singular, without punctuation; `&` is `and`."""
    return tuple(_singular(word.lower()) for word in _WORD.findall(text.replace("&", " and ")))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def is_acronym(name: str) -> bool:
    """Whether a name, such as AI or IT, may be matched in capitals alone."""
    return name.isupper() and len(_WORD.findall(name)) == 1


@dataclass
class Index:
    """The taxonomy, arranged for look-ups. Built once for each state of the taxonomy."""

    capabilities: dict[int, Capability] = field(default_factory=dict)
    prefixes: dict[str, int] = field(default_factory=dict)
    phrases: dict[tuple[str, ...], int] = field(default_factory=dict)
    acronyms: dict[str, int] = field(default_factory=dict)
    longest: int = 1

    def guess(self, cpv_codes: Iterable[str], text: str) -> list[Capability]:
        """By CPV code, the longest prefix first, then by words, the strongest first; at most five."""
        codes = [code[:8] for code in cpv_codes]
        found = self.by_code(codes)
        readable = self._readable(codes, text)
        found += [pk for pk in self.by_words(*readable) if pk not in found] if readable else []
        return [self.capabilities[pk] for pk in found[:MOST]]

    def by_code(self, codes: Iterable[str]) -> list[int]:
        strongest: dict[int, int] = {}
        for code in codes:
            prefix = self._longest_prefix(code)
            if prefix:
                pk = self.prefixes[prefix]
                strongest[pk] = max(len(prefix), strongest.get(pk, 0))
        return sorted(strongest, key=lambda pk: -strongest[pk])

    def _longest_prefix(self, code: str) -> str:
        bought = f"48{code[5:8]}" if code.startswith(_DEVELOPMENT) else code
        own = next((code[:size] for size in range(8, 5, -1) if code[:size] in self.prefixes), "")
        return own or next((bought[:size] for size in range(8, 1, -1) if bought[:size] in self.prefixes), "")

    def _readable(self, codes: list[str], text: str) -> tuple[str, str] | None:
        """The title and the rest, as far as the codes let them be read. The title is the first line."""
        title, _, rest = text.strip().partition("\n")
        if not codes or any(code.startswith(TECHNOLOGY) for code in codes):
            return title, rest
        return (title, "") if any(code.startswith(BESIDE_TECHNOLOGY) for code in codes) else None

    def by_words(self, title: str, rest: str) -> list[int]:
        in_title, in_rest = Counter(self._matches(title)), Counter(self._matches(rest))
        kept = {
            pk: (pk in in_title, in_title[pk] + in_rest[pk])
            for pk in in_title | in_rest
            if pk in in_title or in_rest[pk] >= MENTIONS_OUTSIDE_TITLE
        }
        return sorted(kept, key=lambda pk: kept[pk], reverse=True)

    def _matches(self, text: str) -> Iterator[int]:
        for sentence in _SENTENCE_END.split(text):
            yield from self._acronyms_in(sentence)
            words = words_of(sentence)
            start = 0
            while start < len(words):
                pk, size = self._phrase_at(words, start)
                if pk:
                    yield pk
                start += size

    def _phrase_at(self, words: tuple[str, ...], start: int) -> tuple[int, int]:
        """The longest name that begins at this word, and how many words it takes."""
        for size in range(min(self.longest, len(words) - start), 0, -1):
            pk = self.phrases.get(words[start : start + size])
            if pk:
                return pk, size
        return 0, 1

    def _acronyms_in(self, sentence: str) -> Iterator[int]:
        """Acronyms stand out only among small letters: in a heading all in capitals IT may be `it`."""
        letters = [letter for letter in sentence if letter.isalpha()]
        if sum(letter.islower() for letter in letters) * 2 < len(letters):
            return
        yield from (self.acronyms[word] for word in _WORD.findall(sentence) if word in self.acronyms)


def build_index(capabilities: Iterable[Capability]) -> Index:
    """Arrange the second-level capabilities that are in use."""
    index = Index()
    for capability in capabilities:
        index.capabilities[capability.pk] = capability
        index.prefixes |= dict.fromkeys(capability.cpv_prefixes, capability.pk)
        for name in [capability.name, *capability.aliases]:
            if is_acronym(name):
                index.acronyms[name] = capability.pk
            else:
                index.phrases[words_of(name)] = capability.pk
    index.longest = max((len(words) for words in index.phrases), default=1)
    return index

"""When two spellings are one legal name, and how alike two names are.

Folding is careful: it takes away only what the law itself disregards between two company names (the
Company, Limited Liability Partnership and Business Names Regulations 2015, schedule 3) or what is
merely a way of writing: case, accents, punctuation, `&`, `THE`, and the long forms of LTD, PLC and the
like. It keeps the kind of company and every other word, so that two legal names never fold to one.
Names that are only alike are for a person to judge: see `likeness`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

LONGEST = 200  # characters of a folded name: what the database holds

# Signs that the law reads as words.
SIGNS = {"&": "and", "+": "plus", "@": "at", "£": "pound", "$": "dollar", "€": "euro", "%": "percent", "#": "hash"}
# Letters that Unicode does not take apart, and apostrophes, which are no gap between words.
LETTERS = {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i"} | dict.fromkeys("'’‘`\u00b4\u02bc", "")
_TABLE = str.maketrans({sign: f" {word} " for sign, word in SIGNS.items()} | LETTERS)

# How the name of a company ends, by kind. A kind is never folded into another.
DESIGNATIONS = {
    "ltd": ("ltd", "limited"),
    "plc": ("plc", "p l c", "public limited company"),
    "llp": ("llp", "l l p", "limited liability partnership"),
    "lp": ("lp", "limited partnership"),
    "cic": ("cic", "c i c", "community interest company"),
    "cio": ("cio", "c i o", "charitable incorporated organisation"),
    "cyf": ("cyf", "cyfyngedig"),
    "inc": ("inc", "incorporated"),
    "corp": ("corp", "corporation"),
}
_ENDINGS = sorted(
    ((tuple(words.split()), kind) for kind, forms in DESIGNATIONS.items() for words in forms),
    key=lambda ending: -len(ending[0]),
)
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_TRADING = re.compile(r"(?<!\w)t\s?/\s?as?(?!\w)")
_ACCENTS = re.compile("[\u0300-\u036f]")
_SPLIT = "\0"  # stands for T/A among the words


@dataclass(frozen=True)
class Names:
    """A spelling, taken apart. `trading` is empty where the spelling names no trading name."""

    legal: str
    trading: str = ""


def fold_name(name: str) -> str:
    """What all spellings of one legal name share; a trading name after T/A is set aside. Folding twice folds once."""
    return split_name(name).legal


def split_name(name: str) -> Names:
    """The legal name and the trading name, both folded. `Trading as` splits only after LTD, PLC and the like."""
    words = _words(name)
    at, size = _trading_at(words)
    legal = [word for word in words[:at] if word != _SPLIT]
    trading = [word for word in words[at + size :] if word != _SPLIT]
    return Names(_within_limit(" ".join(_folded(legal))) or name.strip().casefold()[:LONGEST], " ".join(trading))


def _words(name: str) -> list[str]:
    text = _plain(name)
    text = _INITIALS.sub(lambda match: match[0].replace(".", "") + " ", text)
    text = _TRADING.sub(f" {_SPLIT} ", text.replace(_SPLIT, " ")).translate(_TABLE)
    words = "".join(sign if sign == _SPLIT or _is_of_word(sign) else " " for sign in text).split(" ")
    return _joined([word for word in words if word])


def _plain(name: str) -> str:
    """Small letters without accents. Case and form change each other, so both are done until nothing changes."""
    before = ""
    while name != before:
        before, name = name, unicodedata.normalize("NFKD", name).casefold()
        name = _ACCENTS.sub("", name)
    return name


def _is_of_word(sign: str) -> bool:
    """Letters, digits, and the vowel marks of other scripts."""
    return sign.isalnum() or unicodedata.category(sign).startswith("M")


def _joined(words: Sequence[str]) -> list[str]:
    """`U K` is `UK`. Other single letters stay apart: they may be two names."""
    joined: list[str] = []
    for word in words:
        if word == "k" and joined and joined[-1] == "u":
            joined[-1] = "uk"
        else:
            joined.append(word)
    return joined


def _trading_at(words: Sequence[str]) -> tuple[int, int]:
    """Where the trading name begins, and how many words say so; the end where there is none."""
    for place, word in enumerate(words):
        if word == _SPLIT and any(before != _SPLIT for before in words[:place]):
            return place, 1
        if word == "trading" and words[place + 1 : place + 2] == ["as"] and _ending(words[:place])[1]:
            return place, 2
    return len(words), 0


def _ending(words: Sequence[str]) -> tuple[int, str]:
    """How many words come before the kind of company, and the kind; a name is never all kind."""
    for ending, kind in _ENDINGS:
        before = len(words) - len(ending)
        if before > 0 and tuple(words[before:]) == ending:
            return before, kind
    return len(words), ""


def _folded(words: list[str]) -> list[str]:
    words = _without_the(words)
    before, kind = _ending(words)
    return [*_without_the(words[:before]), kind] if kind else words


def _without_the(words: list[str]) -> list[str]:
    """Without THE before or after the name; THE THE is a name, and so is THE alone."""
    if len(words) > 1 and words[0] == "the" != words[1]:
        words = words[1:]
    if len(words) > 1 and words[-1] == "the" != words[-2]:
        words = words[:-1]
    return words


def _within_limit(folded: str) -> str:
    """A name that grew too long keeps its beginning, and a hash of all of it, so that no two become one."""
    if len(folded) <= LONGEST:
        return folded
    return f"{folded[: LONGEST - 33].rstrip()} {hashlib.sha256(folded.encode()).hexdigest()[:32]}"


# --- Likeness ----------------------------------------------------------------------------------------

ALIKE = 85.0  # from here on a person is asked
_BEGINS = 90.0
# Words that tell little about which firm it is, and words of the trade, which tell half.
WEAK = frozenset({"uk", "and", "of", "group", "holdings", "company", "co", "international", *DESIGNATIONS})
TRADE = frozenset(
    {"business", "communications", "computing", "consultancy", "consultants", "consulting", "data", "digital"}
    | {"information", "management", "media", "networks", "partners", "partnership", "recruitment", "security"}
    | {"services", "software", "solutions", "systems", "technologies", "technology", "telecom", "web"}
)


def telling_words(folded: str) -> list[str]:
    """The words that tell which firm it is; all of them where none does."""
    words = folded.split()
    return [word for word in words if word not in WEAK] or words


def likeness(first: str, second: str) -> float:
    """How alike two folded names are, from 0 to 100: the mean of all telling words and those not of the trade.

    Words count in any order, with gaps between them or none. Where one name begins with the whole of
    the other it is at least 90, whatever follows: `Gartner` and `Gartner UK Research` may be one firm.
    """
    one, two = telling_words(first), telling_words(second)
    if _begins(one, two) or _begins(two, one):
        return max(_BEGINS, _alike(one, two))
    if TRADE.isdisjoint(one) or TRADE.isdisjoint(two):
        return _alike(one, two)
    return (_alike(one, two) + _alike(_not_of_trade(one), _not_of_trade(two))) / 2


def _alike(one: Sequence[str], two: Sequence[str]) -> float:
    sorted_words = fuzz.ratio(" ".join(sorted(one)), " ".join(sorted(two)))
    return float(max(sorted_words, fuzz.ratio("".join(one), "".join(two))))


def _not_of_trade(words: list[str]) -> list[str]:
    return [word for word in words if word not in TRADE] or words


def _begins(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether the long name begins with the short one, where that is more than an abbreviation or a trade."""
    telling = "".join(_not_of_trade(list(short)))
    return len(telling) >= 4 and not TRADE.issuperset(short) and list(long[: len(short)]) == list(short)

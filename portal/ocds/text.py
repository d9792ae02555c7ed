"""Text as publishers send it, made fit to store and to show."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_RUN = re.compile(r"(?:rn){2,}")
_WORD_BEFORE = re.compile(r"[^\W\d_]+$")
_WORD_IN_RN = re.compile(
    r"adjourn|adorn|bairn|barn|cairn|cavern|cistern|concern|corn|darn|discern|earn|eastern|extern|fern|forlorn|"
    r"govern|haearn|intern|lantern|learn|lectern|malvern|modern|mourn|northern|pattern|return|sadwrn|scorn|severn|"
    r"shorn|sojourn|southern|stern|sworn|tavern|tern|torn|turn|urn|warn|western|worn|wyvern|yarn|yearn|"
    r".*(?:burn|born|bourn|horn)"  # Blackburn, Holborn, Melbourn, Thorn
)
_BEFORE_CAPITAL = re.compile(r"[^\W\d_]*[a-z]rn(?=[A-Z])")
# A single "rn" is a line end for certain where no word of English or Welsh can run through it:
_SINGLE = re.compile(
    r"(?<=[.:;,!?)\]”’\"'…])[ \t]*rn(?=\s|$|[A-Z0-9(•*“‘\"–—-])"  # after a sentence or a clause, not ".rnib.org"
    r"|(?<=\s)rn(?=\s|$|[A-Z]|https?://)"  # on its own, or before a capital
    r"|(?<=[bcdfghjklmnpqstvxz])rn(?=\s|$|[A-Z(•–—])"  # no word ends in a consonant and "rn"
    r"|(?<=[A-Z]{2})rn(?=\s|$|[A-Z(])"  # after an abbreviation or a postcode
    r"|(?<=[0-9])rn(?=[A-Z])"
)


def clean(text: str) -> str:
    """The text without what PostgreSQL cannot hold: NUL, other control characters, halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _UNSTORABLE.sub("", text)).strip()


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def printable(text: str) -> str:
    """The beginning of a text, spaces kept, with a question mark for all that a terminal cannot show."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:40])


def fold(text: str) -> str:
    """What two ways of writing one name have in common: neither case nor spaces count."""
    return one_line(text).casefold()


def mend_line_ends(text: str) -> str:
    r"""Put back line ends that a publisher's fault turned into the letters "rn" (a lost backslash in "\r\n").

    Only where it is sure: "Vale.rnrnAdditional" and "Services.rnThe purpose" are mended; "modern" and
    "born" keep theirs, and so does "carern we", which may be either. A text with real line ends has
    not met the fault and is left alone.
    """
    if "rn" not in text or "\n" in text:
        return text
    text = _SINGLE.sub("\n", _RUN.sub(_mend_run, text))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", text)).strip()


def mend_address(text: str) -> str:
    """An address on one line. Here a capital after "rn" begins a line too: "DrivernExeter", not "SevernTrent"."""
    text = _BEFORE_CAPITAL.sub(_mend_word, mend_line_ends(text)) if "\n" not in text else text
    return re.sub(r"\s*(?:[,\n]\s*)+", ", ", text).strip(" ,")


def _mend_word(match: re.Match[str]) -> str:
    word = match[0]
    return word if _WORD_IN_RN.fullmatch(word.casefold()) else word[:-2] + "\n"


def _mend_run(match: re.Match[str]) -> str:
    """Twice or more in a row is a line end, save that the first may end a word: "modernrnrnThe"."""
    before = _WORD_BEFORE.search(match.string[max(0, match.start() - 30) : match.start()])
    word = f"{before[0] if before else ''}rn".casefold()
    ends = len(match[0]) // 2
    if _WORD_IN_RN.fullmatch(word):
        return "rn" + "\n" * min(ends - 1, 2)
    return "\n" * min(ends, 2)


def cut(text: str, length: int) -> str:
    """The text, or as many whole words of it as fit with an ellipsis."""
    if len(text) <= length:
        return text
    kept = text[: length - 1].rsplit(" ", 1)[0] or text[: length - 1]
    return kept.rstrip(" ,;:-") + "…"

"""The name of an uploaded file: kept to be shown, and never used as a path."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 120  # characters
FALLBACK = "file"
# Control, format (bidirectional overrides, zero width), surrogate, private, unassigned, line and paragraph marks.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_name(raw: str) -> str:
    """The name as it is shown and offered on download: no path, nothing unseen, 120 characters at most."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", raw))[-1]
    name = "".join(char for char in name if unicodedata.category(char) not in UNSEEN)
    name = re.sub(r'[<>:"|?*]', "_", name)
    name = re.sub(r"\s+", " ", name).lstrip().rstrip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return name[:MAX_LENGTH] or FALLBACK
    extension = extension[:10]
    return f"{stem[: MAX_LENGTH - len(extension) - 1].strip(' .') or FALLBACK}.{extension}"


def extension_of(name: str) -> str:
    """What stands after the last dot, in lower case; empty where there is no dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""

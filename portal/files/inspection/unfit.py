"""What is wrong with a file, in words that finish a sentence begun with its name."""

from __future__ import annotations

ACCEPTED = "{accepted}"  # in `mend`: the words for what the place takes where the file was chosen


class Unfit(Exception):
    """`what` says what is wrong ("contains macros"), `mend` what the person can do about it."""

    def __init__(self, what: str, mend: str) -> None:
        self.what = what
        self.mend = mend
        super().__init__(f"{what}. {mend}")

"""Where the addresses of styles and scripts come from."""

from __future__ import annotations

import pytest

from portal.govuk.staticfiles import HashedStaticFiles


def test_names_stay_plain_before_files_are_collected() -> None:
    assert HashedStaticFiles().stored_name("build/threepoint.css") == "build/threepoint.css"


def test_collected_names_carry_their_hash_and_a_missing_one_is_an_error() -> None:
    storage = HashedStaticFiles()
    storage.hashed_files = {"build/threepoint.css": "build/threepoint.75af5c0981bb.css"}

    assert storage.stored_name("build/threepoint.css") == "build/threepoint.75af5c0981bb.css"
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        storage.stored_name("build/gone.css")

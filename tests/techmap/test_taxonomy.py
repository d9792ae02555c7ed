"""The taxonomy's own file, and what is said of a file that is wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from techmap.guessing import words_of
from techmap.taxonomy import CPV_PREFIX, TaxonomyError, read_taxonomy

GOOD = """
[[parent]]
code = "cloud"
name = "Cloud"
description = "Where systems run."

[[parent.capability]]
code = "hosting"
name = "Cloud hosting"
description = "Computers on demand."
aliases = ["IaaS"]
cpv_prefixes = ["72415"]
"""


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "capabilities.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problems(path: Path) -> list[str]:
    with pytest.raises(TaxonomyError) as error:
        read_taxonomy(path)
    return error.value.problems


def test_taxonomy_file_has_two_levels_of_the_promised_size() -> None:
    entries = read_taxonomy()
    parents = [entry for entry in entries if entry.parent is None]
    children = [entry for entry in entries if entry.parent]
    assert 12 <= len(parents) <= 20
    assert 100 <= len(children) <= 150
    assert {entry.parent for entry in children} == {entry.code for entry in parents}


def test_taxonomy_file_names_everything_once() -> None:
    entries = read_taxonomy()
    assert [code for code, count in Counter(entry.code for entry in entries).items() if count > 1] == []
    named = Counter(words_of(name) for entry in entries for name in entry.names)
    assert [words for words, count in named.items() if count > 1] == []


def test_taxonomy_file_entries_are_well_formed() -> None:
    for entry in read_taxonomy():
        assert entry.description.endswith("."), entry.code
        assert len(entry.description) <= 160, entry.code
        assert all(CPV_PREFIX.fullmatch(prefix) for prefix in entry.cpv_prefixes), entry.code
        assert 3 <= len(entry.aliases) <= 8, entry.code


def test_taxonomy_reads_parents_before_their_children(written) -> None:
    parent, child = read_taxonomy(written(GOOD))
    assert (parent.code, parent.parent, parent.position) == ("cloud", None, 1)
    assert (child.code, child.parent, child.aliases, child.place) == ("hosting", "cloud", ("IaaS",), "line 7")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "Cloud hosting"', "", 'line 7 (hosting): name is missing. Write name = "..." on a line of its own.'),
        ("demand.", "demand", "line 7 (hosting): the description must end with a full stop."),
        ('"hosting"', '"Hosting!"', "line 7 (Hosting!): the code must be small letters, digits and single hyphens, "
         "at most 60. Change it to that form."),
        ('"72415"', '"72415-1"', "line 7 (hosting): the CPV prefix “72415-1” must be 2 to 8 digits, "
         "without the check digit after the hyphen."),
        ('["IaaS"]', '"IaaS"', 'line 7 (hosting): aliases must be a list of words in quotes, '
         'for example ["one", "two"].'),
        ('["IaaS"]', '["cloud"]', "line 7 (hosting): the name or alias “cloud” belongs to cloud already. "
         "Take it out of one."),
        ('"hosting"', '"cloud"', "line 7 (cloud): the code is taken by line 2. Give one of them another code."),
        ("aliases", "alias", "line 7 (hosting): nothing is called alias. "
         "Use aliases, code, cpv_prefixes, description, name."),
    ],
)  # fmt: skip
def test_taxonomy_says_where_an_entry_is_wrong_and_how_to_mend_it(written, old, new, message) -> None:
    assert problems(written(GOOD.replace(old, new, 1))) == [message]


def test_taxonomy_lists_every_fault_at_once(written) -> None:
    faults = problems(written(GOOD.replace("run.", "run").replace("demand.", "demand")))
    assert [fault.split(":")[0] for fault in faults] == ["line 2 (cloud)", "line 7 (hosting)"]


def test_taxonomy_too_long_description(written) -> None:
    [fault] = problems(written(GOOD.replace("Computers on demand", "x" * 170)))
    assert fault == "line 7 (hosting): the description has 171 characters. Shorten it to 160."


def test_taxonomy_broken_toml_names_the_line(written) -> None:
    [fault] = problems(written(GOOD.replace('code = "cloud"', 'code = "cloud')))
    assert fault.startswith("capabilities.toml is not valid TOML: ")
    assert "(at line 3, column 14)" in fault


def test_taxonomy_wrong_encoding(tmp_path) -> None:
    path = tmp_path / "capabilities.toml"
    path.write_bytes(b"# caf\xe9\n")
    assert problems(path) == ["capabilities.toml is not UTF-8 text (byte 5). Save it again as UTF-8."]


@pytest.mark.parametrize("text", ["", "x = 1", "parent = 1"])
def test_taxonomy_without_tables(written, text) -> None:
    assert problems(written(text)) == [
        "The file must hold [[parent]] tables, each with [[parent.capability]] tables in it."
    ]


def test_taxonomy_absent_file(tmp_path) -> None:
    path = tmp_path / "none.toml"
    assert problems(path) == [f"{path} can't be read: No such file or directory."]

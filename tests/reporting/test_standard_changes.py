"""What one version of the standard says otherwise than another, on real files."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from reporting import standards
from reporting.standards import definition
from reporting.standards.differences import differences

CHANGES = reverse("reporting:standard-changes")
# What version 2 of the test says otherwise than version 1: the line as it was, and as it is.
EDITS = [
    ('version = "1"', 'version = "2"'),
    ('label = "Users served"', 'label = "People served"'),
    ('["alpha", "Alpha"],', ""),
    ('["beta", "Beta"],', '["beta", "Public beta"],\n    ["pause", "Pause"],'),
    ('name = "satisfaction"\nlabel = "User satisfaction"', 'name = "content_users"\nlabel = "Content users"'),
    ('help = "In pounds: service credits, damages and the like."\ntype = "money"\nunit = "GBP"',
     'help = "In pounds: service credits, damages and the like."\ntype = "count"'),
    ("severity = \"question\"\nsays = \"More was", "severity = \"error\"\nsays = \"More was"),
    ('id = "kpi-number-once"', 'id = "indicator-number-once"'),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    text = (standards.FOLDER / "v1" / "standard.toml").read_text()
    later = text
    for was, now in EDITS:
        assert later.count(was) == 1, was
        later = later.replace(was, now)
    for version, content in (("v1", text), ("v2", later)):
        (tmp_path / version).mkdir()
        (tmp_path / version / "standard.toml").write_text(content)
    monkeypatch.setattr(definition, "FOLDER", tmp_path)
    return tmp_path


def test_differences_between_two_versions(folder: Path) -> None:
    found = [
        (one.group, one.what, one.how, [(it.name, it.was, it.now) for it in one.properties])
        for one in differences(standards.load("1"), standards.load("2"))
    ]
    assert found == [
        ("Return", "People served (users_served)", "Changed", [("Label", "Users served", "People served")]),
        ("Return", "Content users (content_users)", "Added", []),
        ("Return", "User satisfaction (satisfaction)", "Gone", []),
        (
            "Performance failures",
            "Value of the remedy (value)",
            "Changed",
            [("Type", "money", "count"), ("Unit", "GBP", "")],
        ),
        ("Codes: Phase", "Public beta (beta)", "Changed", [("Label", "Beta", "Public beta")]),
        ("Codes: Phase", "Pause (pause)", "Added", []),
        ("Codes: Phase", "Alpha (alpha)", "Gone", []),
        ("Checks", "subcontracts-within-spend", "Changed", [("Kind", "question", "error")]),
        ("Checks", "indicator-number-once", "Added", []),
        ("Checks", "kpi-number-once", "Gone", []),
    ]


def test_version_differs_in_nothing_from_itself() -> None:
    assert differences(standards.latest(), standards.latest()) == []


@pytest.mark.django_db
def test_page_shows_the_last_two_versions_or_those_asked_for(client, folder: Path) -> None:
    shown = client.get(CHANGES).content.decode()
    assert "What changed from version 1 to version 2" in shown
    assert "Users served → People served" in shown
    back = client.get(CHANGES, {"from": "2", "to": "1"}).content.decode()
    assert "People served → Users served" in back


@pytest.mark.django_db
def test_page_of_the_standard_leads_there_where_there_is_more_than_one_version(client, folder: Path) -> None:
    page = client.get(reverse("reporting:standard")).content.decode()
    assert f"{CHANGES}?to=2" in page
    assert reverse("reporting:standard-detail", args=["1"]) in page


@pytest.mark.django_db
def test_one_version_alone_is_said_so(client) -> None:
    assert "There is one version so far." in client.get(CHANGES).content.decode()
    assert "See what changed" not in client.get(reverse("reporting:standard")).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("get", [{"from": "7"}, {"to": "x"}, {"from": "../v1"}, {"to": "1\0"}])
def test_unknown_version_is_not_there(client, get) -> None:
    assert client.get(CHANGES, get).status_code == 404

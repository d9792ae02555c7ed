"""The examples of the documentation, each run by curl against a real server."""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.api.examples import EXAMPLES, FILING, FILING_TEXT
from portal.problems import KINDS
from reporting.models import Return
from tests.factories import make_member, make_public_body, make_supplier
from tests.reporting.makers import make_contract, make_returns
from tests.tokens.makers import make_api_token

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {example.title: example.command for example in EXAMPLES}


@pytest.fixture
def shell(live_server: Any, tmp_path: Path) -> Any:
    """Runs an example as it stands, for a return; gives what curl printed."""
    buyer, supplier = make_public_body(), make_supplier()
    make_returns(make_contract(buyer, supplier, make_member(buyer)))
    cache.clear()
    _, secret = make_api_token(supplier, make_member(supplier))
    (tmp_path / "return.json").write_text(FILING_TEXT)

    def run(title: str, filed: Return) -> Any:
        place = {"PORTAL": live_server.url, "TOKEN": secret, "RETURN": str(filed.public_id)}
        done = subprocess.run(
            ["/bin/sh", "-c", COMMANDS[title].replace("curl ", "curl -sS ", 1)],
            cwd=tmp_path, env={"PATH": os.environ["PATH"], **place}, capture_output=True, timeout=60, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    return run


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.django_db(transaction=True)
def test_every_example_does_what_it_says(shell: Any) -> None:
    first, second, third, *_ = Return.objects.order_by("period_start")
    assert shell("See what is due", first)["total"] == 4
    assert [one["is_ready"] for one in shell("Check a return without keeping it", first)["returns"]] == [True]
    assert shell("Keep a draft that people go on with", first)["state"] == "ready"
    assert shell("Submit a draft", first)["state"] == "submitted"
    assert shell("File a return", first)["status"] == 409  # it was filed just now
    assert shell("File a nil return", third)["returns"][0]["state"] == "submitted"
    assert shell("Start a correction", third)["replaces"] == str(third.public_id)
    assert second.state == "due"


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.django_db(transaction=True)
def test_example_of_filing_files(shell: Any) -> None:
    first = Return.objects.order_by("period_start")[0]
    assert [shell("File a return", first)["state"] for _ in range(2)] == ["submitted", "submitted"]
    assert Return.objects.filter(state="submitted").count() == 1


def test_documents_show_every_example() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    assert [title for title, command in COMMANDS.items() if command not in text] == []


@pytest.mark.django_db
def test_page_shows_every_example_and_explains_every_problem(client: Client) -> None:

    page = html.unescape(client.get("/api/").content.decode())
    assert [title for title, command in COMMANDS.items() if command not in page] == []
    assert json.dumps(FILING, indent=2) in page
    for kind in KINDS.values():
        assert f'id="{kind.anchor}"' in page
        assert kind.type.endswith(f"/api/#{kind.anchor}")
        assert kind.mend in page


def test_no_problem_is_without_a_kind() -> None:
    """What the views raise is what the page explains."""
    sources = [*(ROOT / "portal" / "tokens").glob("*.py"), *(ROOT / "reporting" / "api").glob("*.py")]
    named = {
        part.split('"')[1]
        for path in sources
        for part in path.read_text().split("Problem(")[1:]
        if part.strip().startswith('"')
    }
    assert named
    assert named <= set(KINDS)

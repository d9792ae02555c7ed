"""From a search to a decision record that anybody can check; with scripts and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from portal.accounts.models import User
from portal.organisations.choices import Role
from tests.factories import make_member, make_public_body
from tests.techmap.shortlist_makers import make_firm

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(visitor: Any, user: User) -> Any:
    """Give the visitor a session; signing in has its own journeys."""
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": visitor.site}
    visitor.context.add_cookies([cookie])
    return visitor


@pytest.fixture
def ann(transactional_db: None) -> User:
    for name in ("Alder Data Ltd", "Birchwood Networks plc", "Charnwood Digital Ltd"):
        make_firm(name, regions_served=["TLL"] if name < "C" else ["TLM"])
    council = make_public_body()
    make_member(council, role=Role.EDITOR, name="Ben Lund")
    return make_member(council, role=Role.EDITOR, name="Ann Castle")


def download(visitor: Any, name: str, folder: Path) -> Path:
    with visitor.page.expect_download() as started:
        visitor.page.get_by_role("button", name=name, exact=True).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (True, 375), (True, 320), (False, 1280)])
def test_shortlist_journey(visit: Any, ann: User, tmp_path: Path, javascript: bool, width: int) -> None:
    mine = sign_in(visit(f"Shortlist-{width}-{javascript}", javascript=javascript, width=width), ann)
    mine.go("/techmap/?q=hosting").follow("Save these suppliers as a shortlist")
    mine.sees("Suppliers with “hosting”", "3 match today")
    mine.fill("Title", "").press("Save the shortlist").sees("Enter a title")
    mine.fill("Title", "Hosting for the archive").fill("Purpose", "Two years of hosting, by call-off.")
    mine.press("Save the shortlist").sees("The search is saved as a shortlist", "considered", "Alder Data Ltd")

    mine.go("/techmap/shortlists/?mine=on").sees("1 shortlist", "3 of 3 suppliers left in")
    make_firm("Dunmore Hosting Ltd", regions_served=["TLM"])
    mine.follow("Hosting for the archive").sees("1 more supplier matches").follow("See what has changed")
    mine.press("Add those ticked").sees("1 supplier added", "Dunmore Hosting Ltd")

    # Narrow: many at once, one by one, and one back again.
    narrow(mine)

    # A note, the outcome, the lock.
    mine.page.get_by_role("link", name="Write a note on Alder Data Ltd").click()
    mine.check().fill("Your note", "Rang them on Tuesday.").press("Save the note").sees("Rang them on Tuesday.")
    mine.follow("Check and lock").sees(
        "To do", "Choose the outcome", "You can lock the list once nothing is left to do"
    )
    mine.page.get_by_role("link", name="Outcome", exact=True).click()
    mine.check().press("Save and check").sees("Choose the outcome", "Give the reason for the outcome")
    mine.choose("Direct award under a framework").fill("Reason", "The only one that delivers in Wales and is left.")
    mine.press("Save and check").does_not_see("To do").press("Lock for good")
    mine.sees("The shortlist is locked", "Nothing in this list changes any more").does_not_see("Leave out those ticked")
    mine.follow("Read or print the record").sees("Decision record of Ashford Vale Council", "Rang them on Tuesday.")
    mine.follow("Shortlist")

    check_files(visit, mine, tmp_path, javascript, width)


def narrow(mine: Any) -> None:
    mine.page.get_by_label("Leave out all those without", exact=True).select_option(label="Wales")
    mine.press("Look at them").sees("Leave out 2 suppliers", "Charnwood Digital Ltd")
    mine.press("Leave out").sees("2 suppliers left out", "Does not say that it delivers in Wales.")
    for name in ("Alder Data Ltd", "Birchwood Networks plc"):
        mine.choose(f"Leave out {name}")
    mine.press("Leave out those ticked").sees("Leave out 2 suppliers")
    mine.press("Leave out").sees("Say why they are left out")
    mine.fill("Why are they left out?", "Costs more.").press("Leave out").sees("2 suppliers left out")
    mine.page.get_by_role("link", name="Bring back Alder Data Ltd").click()
    mine.check().sees("Costs more.").press("Bring back").sees("Brought back")


def check_files(visit: Any, mine: Any, folder: Path, javascript: bool, width: int) -> None:
    """Signed out, on the public page: the record is known, and a copy with one changed word is not."""
    guest = visit(f"Check-{width}-{javascript}", javascript=javascript, width=width)
    for name in ("The record itself (JSON)", "Table (CSV)", "Workbook (XLSX)"):
        path = download(mine, f"Download: {name}", folder)
        guest.go("/techmap/records/").page.get_by_label("Or the file").set_input_files(path)
        guest.press("Check").sees("a decision record of Ashford Vale Council, locked at", name)
        guest.does_not_see("Alder", "archive", "Costs more")
    record = folder / "decision-record-Hosting-for-the-archive.json"
    assert json.loads(record.read_text())["outcome"]["code"] == "award"
    record.write_text(record.read_text().replace("Costs more", "Costs less"))
    guest.go("/techmap/records/").page.get_by_label("Or the file").set_input_files(record)
    guest.press("Check").sees("We know of no record with this hash")
    guest.fill("SHA-256", "no hash").press("Check").sees("There is a problem", "SHA-256 must be 64 characters")


def test_two_editors_see_both_versions(visit: Any, ann: User) -> None:
    ben = User.objects.get(name="Ben Lund")
    mine = sign_in(visit("Conflict-Ann"), ann)
    mine.go("/techmap/shortlists/new/?q=hosting").fill("Title", "Hosting").press("Save the shortlist")
    theirs = sign_in(visit("Conflict-Ben"), ben).go(mine.page.url)
    for visitor in (mine, theirs):
        visitor.choose("Leave out Alder Data Ltd").press("Leave out those ticked")
    mine.fill("Why are they left out?", "Ann’s reason.").press("Leave out")
    theirs.fill("Why are they left out?", "Ben’s reason.").press("Leave out")
    theirs.sees(
        "Somebody else has decided on this", "Left out by Ann Castle: Ann’s reason.", "Leave out: Ben’s reason."
    )
    theirs.follow("Open the saved version").sees("Leave out 1 supplier", "Alder Data Ltd")

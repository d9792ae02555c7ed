"""Files with returns in a real browser: every state of the pages, and the journey from a mixed file to submitted."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event
from typing import Any

import openpyxl
import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Error

from portal.accounts.models import User
from portal.celery import app
from portal.organisations.choices import Role
from portal.sheets import XLSX
from reporting.choices import FoundState, UploadState
from reporting.models import Contract, Return
from reporting.uploads.pulse import Pulse
from tests.factories import make_member, make_public_body, make_supplier
from tests.reporting.found_makers import make_found, make_mixed, make_upload
from tests.reporting.makers import NOW, make_contract, make_returns, spend
from tests.reporting.test_returns import file, save

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(visitor: Any, user: User) -> Any:
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": visitor.site}
    visitor.context.add_cookies([cookie])
    return visitor


@pytest.fixture
def contract(transactional_db: None) -> Contract:
    buyer, supplier = make_public_body(), make_supplier()
    alice = make_member(buyer, role=Role.EDITOR, name="Alice Okafor")
    return make_contract(buyer, supplier, alice)


@pytest.fixture
def bob(contract: Contract) -> User:
    return make_member(contract.supplier, role=Role.EDITOR, name="Bob Larkin")


@pytest.mark.parametrize("width", [1280, 375, 320])
def test_every_state_of_an_upload_is_accessible(visit: Any, contract: Contract, bob: User, width: int) -> None:
    supplier = contract.supplier
    mine = sign_in(visit(f"uploads-{width}", width=width), bob)
    mine.go("/reporting/uploads/").sees("No file here yet")
    mine.go("/reporting/uploads/new/").sees("Excel template").press("Upload and check").sees("There is a problem")
    for state in UploadState:
        upload = make_upload(supplier, bob, state, name=f"returns-{state}.xlsx")
        mine.go(upload.get_absolute_url()).sees(upload.name)
    unknown = make_upload(supplier, bob, UploadState.READING, rows_expected=None)
    mine.go(unknown.get_absolute_url()).sees("48 rows read")
    mixed = make_mixed(supplier, bob, name="a-name-that-goes-on-and-on-without-any-place-to-break-it.csv")
    mine.go(mixed.get_absolute_url()).sees("4 errors to mend", "1 question to answer", "Keep the good ones as drafts")
    mine.follow("The amount is not the price times the quantity").sees("H3", "£9,100.00", "2 found, all of one kind")
    mine.follow("Show all").sees("5 found")
    mine.go(reverse("reporting:upload-again", args=[mixed.public_id])).sees("You have uploaded this file before")
    kept = make_upload(supplier, bob, UploadState.KEPT, kept_at=NOW)
    due = make_returns(contract)
    save(due[0], bob, lines=[spend()])
    make_found(kept, contract.number, FoundState.KEPT, filed=due[0])
    mine.go(kept.get_absolute_url()).sees("Submit those that are ready")
    mine.go("/reporting/uploads/").sees("returns-reading.xlsx", "Being read")


@pytest.mark.parametrize("width", [1280, 375, 320])
def test_pages_of_returns_are_accessible(visit: Any, contract: Contract, bob: User, width: int) -> None:
    first, second, third, _ = make_returns(contract)
    lines = [spend(description=f"Developer {number}", amount="0.60", quantity="0.001") for number in range(15)]
    save(first, bob, lines=lines, actual_spend="9", spend_to_date="9")
    file(second, bob)
    mine = sign_in(visit(f"returns-{width}", width=width), bob)
    mine.go("/reporting/returns/").sees("To do (3, ", "late")
    mine.go("/reporting/returns/?show=filed").sees("Filed (1)", "Submitted")
    mine.go("/reporting/returns/nil/?all=on").sees("A nil return is filed for")
    mine.go(second.get_absolute_url()).sees("Download")
    mine.go(third.get_absolute_url()).sees("Nil return")
    mine.go(Return.objects.get(pk=first.pk).get_absolute_url()).sees("All 15 rows").follow("All 15 rows of Spend lines")
    mine.sees("Developer 14")


# --- From a file to submitted returns ----------------------------------------------------------------


@pytest.fixture
def waiting_worker(transactional_db: None) -> Iterator[Callable[[], None]]:
    """A real Celery worker, started when it is wished, so that the page is seen before, while and after."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Reading pauses at its 5,000th row until this is set: however fast the machine, the page can show the middle."""
    seen, beat = Event(), Pulse.beat

    def pause(pulse: Pulse, rows: int, expected: int | None) -> None:
        if rows >= 5_000 and not seen.is_set():
            pulse._said_at = 0
            beat(pulse, rows, expected)
            seen.wait(15)
        beat(pulse, rows, expected)

    monkeypatch.setattr(Pulse, "beat", pause)
    return seen


def spend_rows(contract: Contract, number: int) -> str:
    keys = f"{contract.number},2026-07-01"
    return "".join(f"{keys},Developer {one},build,day,0.60,10,6.00\n" for one in range(number))


def zipped(contract: Contract, other: Contract, *, rows: int, quantity: str) -> bytes:
    """A zip of CSV files: the first contract's many lines, and one line of the other with this quantity."""
    heading = "contract_id,period_start,description,cost_stage,unit,unit_price,quantity,amount\n"
    lines = heading + spend_rows(contract, rows) + f"{other.number},2026-07-01,Tester,run,day,600,{quantity},600\n"
    head = "contract_id,period_start,period_end,nil_return,actual_spend,spend_to_date,forecast_at_completion\n"
    for one, spent in ((contract, rows * 6), (other, 600)):
        head += f"{one.number},2026-07-01,2026-07-31,no,{spent},{spent},118000\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("return.csv", head)
        archive.writestr("spend.csv", lines)
    return file.getvalue()


def choose(visitor: Any, content: bytes, name: str, media_type: str) -> Any:
    visitor.go("/reporting/uploads/new/")
    visitor.page.get_by_label("File with returns").set_input_files(
        {"name": name, "mimeType": media_type, "buffer": content}
    )
    return visitor.press("Upload and check")


@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (True, 320), (False, 1280)])
def test_file_journey(
    visit: Any, contract: Contract, bob: User, waiting_worker: Any, seen: Event, tmp_path: Path, javascript: bool,
    width: int,
) -> None:  # fmt: skip
    alice = User.objects.get(name="Alice Okafor")
    other = make_contract(contract.buyer, contract.supplier, alice, number="AVC-2026-018", title="Hosting for housing")
    for one in (contract, other):
        make_returns(one)
    mine = sign_in(visit(f"upload-journey-{width}-{javascript}", javascript=javascript, width=width), bob)
    content = zipped(contract, other, rows=15_000, quantity="one")
    choose(mine, content, "july.zip", "application/zip").sees("Waiting to be read", "Refresh")
    waiting_worker()
    widths = watch(mine, seen, javascript=javascript)
    mine.check().sees("1 error to mend", "Enter a number, for example 1234.50")
    assert any(width not in ("None", "0") for width in widths), widths

    with mine.page.expect_download() as started:
        mine.page.get_by_text("Download the marked workbook").click()
    path = tmp_path / started.value.suggested_filename
    started.value.save_as(path)
    book = openpyxl.load_workbook(path)
    cell = next(cell for row in book["spend.csv"].iter_rows(min_row=15_000) for cell in row if cell.comment)
    assert (cell.coordinate, cell.value) == ("G15002", "one")
    cell.value = 1
    book.save(path)

    choose(mine, path.read_bytes(), "july-mended.xlsx", XLSX)
    watch(mine, seen, javascript=javascript)
    mine.check().sees("No errors were found", "good")
    mine.press("Keep all of them as drafts").sees("2 returns are kept as drafts.")
    mine.press("Submit those that are ready").sees("2 returns are submitted.")
    assert Return.objects.filter(state="submitted").count() == 2
    choose(mine, content, "july.zip", "application/zip").sees("You have uploaded this file before")


def watch(visitor: Any, seen: Event, *, javascript: bool) -> set[str]:
    """Wait until the file is read: the page comes anew by itself, or by its button. Gives what the bar showed.

    Says that the middle of the reading was `seen` once the bar has shown it.
    """
    shown: set[str] = set()
    until = time.monotonic() + 60
    while visitor.page.locator("progress").count():
        assert time.monotonic() < until, visitor.text()
        with suppress(Error):  # the page may come anew at this very moment
            shown.add(str(visitor.page.evaluate("document.querySelector('progress')?.getAttribute('value')")))
        if shown - {"None", "0"}:
            seen.set()
        if javascript:
            visitor.page.wait_for_timeout(200)
        else:
            visitor.follow("Refresh")
    return shown

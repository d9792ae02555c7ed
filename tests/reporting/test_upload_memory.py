"""A return of any length is read, kept and submitted in the same memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from reporting.choices import ReturnState
from reporting.models import Upload
from tests.reporting.files import begin, rows_of, zip_of
from tests.reporting.makers import spend

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FEW, MANY = 3_000, 30_000
CHILD = """
import django, json, sys; django.setup()
from pathlib import Path
from django.utils import timezone
from portal.accounts.models import User
from reporting.actions.ingest import read_upload
from reporting.actions.uploads import keep_upload, submit_kept
from reporting.models import Upload

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

pk, by, now = int(sys.argv[1]), User.objects.get(pk=int(sys.argv[2])), timezone.now()
peaks = {"start": peak()}
read_upload(upload_id=pk, now=now)
peaks["read"] = peak()
upload = Upload.objects.get(pk=pk)
kept = keep_upload(upload=upload, version=upload.version, by=by, now=now)
peaks["kept"] = peak()
filed = submit_kept(upload=upload, by=by, now=now)
peaks["submitted"] = peak()
print(json.dumps(peaks | {"done": [kept, filed]}))
"""


def measure(upload: Upload, by) -> dict:
    """Read, keep and submit in a process of its own; megabytes at the peak after each."""
    database = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{database}",
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(upload.pk), str(by.pk)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_memory_is_the_same_for_ten_times_the_rows(due, supplier, bob) -> None:
    peaks = []
    for filed, size in zip(due, (FEW, MANY), strict=False):
        lines = [spend(description=f"Line {number}") for number in range(size)]
        before = 0 if filed == due[0] else 9000 * FEW
        sums = {"actual_spend": str(9000 * size), "spend_to_date": str(before + 9000 * size)}
        tables = rows_of(filed, lines=lines, current_value="999999999", **sums)
        upload = begin(supplier, bob, zip_of(tables), f"{size}.zip")
        peaks.append(measure(upload, bob))
        filed.refresh_from_db()
        assert (peaks[-1]["done"], filed.state, filed.lines.count()) == ([1, 1], ReturnState.SUBMITTED, size)
    few, many = peaks
    assert many["submitted"] < 300
    assert many["submitted"] - many["start"] < (few["submitted"] - few["start"]) + 25

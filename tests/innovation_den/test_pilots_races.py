"""Money of a pilot under many hands at once: its cap holds, and everybody hears plainly why not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from innovation_den.models import Pilot, SpendEntry
from tests.innovation_den.pilot_makers import make_running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
EACH = 10
BY_ACTION = """
from uuid import uuid4
from datetime import datetime, timedelta, UTC
from decimal import Decimal
from innovation_den.actions.pilot_log import add_spending
from innovation_den.models import Pilot
from portal.accounts.models import User
from portal.refusals import Refused
pilot, by = Pilot.objects.get(), User.objects.get(name="Bob Larkin")
for _ in range({each}):
    try:
        add_spending(pilot=pilot, dated=datetime(2027, 1, 18).date(), amount=Decimal(1000), what="Sensors", by=by,
                     now=datetime(2027, 1, 20, tzinfo=UTC), submission_key=uuid4())
        said.append("spent")
    except Refused as refused:
        said.append(str(refused))
"""
ROUND_IT = """
from datetime import datetime, UTC
from django.db import IntegrityError
from innovation_den.models import Pilot, SpendEntry
from portal.accounts.models import User
pilot, by = Pilot.objects.get(), User.objects.get(name="Bob Larkin")
for _ in range({each}):
    try:
        SpendEntry.objects.create(pilot=pilot, dated=datetime(2027, 1, 18).date(), amount=1000, what="Round it", by=by,
                                  at=datetime(2027, 1, 20, tzinfo=UTC))
        said.append("spent")
    except IntegrityError as refused:
        said.append("cap" if "never_over_its_cap" in str(refused) else str(refused))
"""
AROUND = "import django, json, sys; django.setup(); said = []; print('ready', flush=True); sys.stdin.readline()"


def run_at_once(codes: list[str]) -> list[list[str]]:
    """Each code in a process of its own, all let go together; what each of them said."""
    url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings", "DATABASE_URL": url}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", f"{AROUND}\n{code.replace('{each}', str(EACH))}\nprint(json.dumps(said))"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for code in codes
    ]
    for run in runs:
        assert run.stdout
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        assert run.stdin
        run.stdin.write("\n")
        run.stdin.flush()
    outputs = [run.communicate(timeout=120)[0] for run in runs]
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def test_many_who_spend_at_once_reach_the_cap_and_no_further_whichever_way_they_go() -> None:
    make_running(budget_cap=7_500)

    by_action, by_action_too, round_it, round_it_too = run_at_once([BY_ACTION, BY_ACTION, ROUND_IT, ROUND_IT])

    friendly = "This would pass the cap of £7,500: £500 is left. Enter that or less, or propose an amendment of the cap"
    said = [*by_action, *by_action_too, *round_it, *round_it_too]
    assert (len(said), said.count("spent")) == (4 * EACH, 7)
    assert set(by_action + by_action_too) <= {"spent", friendly}
    assert set(round_it + round_it_too) <= {"spent", "cap"}
    assert (Pilot.objects.get().spent, SpendEntry.objects.count()) == (7_000, 7)

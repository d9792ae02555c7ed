"""Where tasks go. The pgmq client by itself would take DATABASE_URL for the broker's address."""

from __future__ import annotations

import os

import psycopg
import pytest

from portal.celery import app


@pytest.mark.skipif(not os.environ["CELERY_BROKER_URL"].startswith("pgmq"), reason="the broker is not PostgreSQL")
def test_a_task_waits_in_the_brokers_own_database() -> None:
    broker_url = os.environ["CELERY_BROKER_URL"].replace("pgmq://", "postgres://")
    app.send_task("tests.nothing", queue="test_address")
    with psycopg.connect(broker_url) as connection:
        assert connection.execute("SELECT count(*) FROM pgmq.q_test_address").fetchone() == (1,)
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT to_regnamespace('pgmq')").fetchone() == (None,)

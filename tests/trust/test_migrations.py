"""Trust row 28: every migration goes forward, back and forward again, and leaves the same schema.

Beside it `tests/test_models.py` holds that none is missing, and `make lint` refuses one that the release before it
could not run beside (`portal/embedded/migrations.py`). There is no earlier release yet: with the second one, the
data of the first is kept here as a dump that this test migrates.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
NAME = f"round_trip_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
OURS = [
    "accounts",
    "audit",
    "files",
    "notifications",
    "organisations",
    "techmap",
    "engagement",
    "reporting",
    "innovation_den",
]
BACK = """
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
OURS = {ours!r}
for app in OURS:
    if MigrationRecorder(connection).migration_qs.filter(app=app).exists():
        call_command("migrate", app, "zero", verbosity=0)
"""
# What PostgreSQL itself says that it holds, as text that tells any difference.
SCHEMA = {
    "columns": """
        SELECT c.relname, c.relkind, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attidentity, a.attgenerated, a.attcollation::regcollation::text, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable, condeferred, convalidated
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid), obj_description(oid)
        FROM pg_trigger WHERE NOT tgisinternal""",
    "functions": """
        SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid) FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    "extensions": "SELECT extname FROM pg_extension",
}


@pytest.fixture
def database_url() -> Iterator[str]:
    """An empty database of the test's own on the tests' server."""
    server = os.environ["DATABASE_URL"]
    name = sql.Identifier(NAME)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield urlsplit(server)._replace(path=f"/{NAME}").geturl()
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def manage(database_url: str, *args: str) -> None:
    env = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    done = subprocess.run([sys.executable, "manage.py", *args], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def schema(database_url: str) -> dict[str, list[str]]:
    with psycopg.connect(database_url) as connection:
        return {what: sorted(map(str, connection.execute(query))) for what, query in SCHEMA.items()}  # type: ignore[arg-type]


def of_ours(database_url: str) -> list[str]:
    """Tables and triggers of our rooms. Going back, pgtrigger leaves its functions, which nothing calls any more."""
    query = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname ~ %(ours)s
        UNION ALL SELECT tgname FROM pg_trigger WHERE tgname ~ '^pgtrigger_'"""
    with psycopg.connect(database_url) as connection:
        return [name for (name,) in connection.execute(query, {"ours": f"^({'|'.join(OURS)})_"})]


@pytest.mark.slow
def test_every_migration_goes_back_and_forward_to_the_same_schema(database_url: str) -> None:
    manage(database_url, "migrate", "--verbosity", "0")
    first = schema(database_url)
    assert [what for what, rows in first.items() if not rows] == []
    assert len(of_ours(database_url)) > 30

    manage(database_url, "shell", "--no-imports", "-c", BACK.format(ours=OURS[::-1]))
    assert of_ours(database_url) == []

    # The quicker way forward, by which the demo's and the tests' tables are made, must not differ in anything.
    manage(database_url, "make_tables", "--verbosity", "0")
    assert schema(database_url) == first


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("columns", "ALTER TABLE things ALTER word DROP NOT NULL"),
        ("columns", "ALTER TABLE things ALTER word SET DEFAULT 'x'"),
        ("constraints", "ALTER TABLE things DROP CONSTRAINT short"),
        ("indexes", "DROP INDEX words"),
        ("triggers", "ALTER TABLE things DISABLE TRIGGER still"),
        ("functions", "CREATE OR REPLACE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"),
        ("extensions", "DROP EXTENSION plpgsql CASCADE"),
    ],
)
def test_schema_tells_a_difference(database_url: str, what: str, change: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("""
            CREATE TABLE things (word text NOT NULL CONSTRAINT short CHECK (length(word) < 9));
            CREATE INDEX words ON things (word);
            CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
            CREATE TRIGGER still BEFORE DELETE ON things FOR EACH ROW EXECUTE FUNCTION stay()""")
    before = schema(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(change)  # type: ignore[call-overload]
    after = schema(database_url)
    assert before[what] != after[what]

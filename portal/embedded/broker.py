"""A Celery broker inside PostgreSQL: pgmq's own SQL, in a database of its own, with no extension."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg
from pgmq.install import get_embedded_install_sql
from psycopg import sql

BROKER = "broker"


def prepare(server_url: str, name: str = BROKER) -> str:
    """Make the broker's database on this server if need be; answer with its `CELERY_BROKER_URL`."""
    database_url = urlsplit(server_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(database_url) as connection:
        if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'pgmq'").fetchone():
            connection.execute(get_embedded_install_sql())  # type: ignore[arg-type]  # the package's own script
    return "pgmq" + database_url[database_url.index("://") :]


def drop(server_url: str, name: str) -> None:
    """Remove the broker's database with every task in it."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

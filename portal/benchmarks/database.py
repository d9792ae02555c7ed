"""A database for one benchmark alone, so that it neither sees nor leaves any rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
from django.db import connection
from psycopg import sql

MOST_BYTES = 63  # of a name in PostgreSQL


@contextmanager
def scratch_database(purpose: str) -> Iterator[str]:
    """Django works in a copy of its database until the end; gives the copy's address.

    The copy holds whatever rows there were: give an empty database. Raises
    `psycopg.errors.ObjectInUse` where somebody else is connected to it.
    """
    own = connection.settings_dict["NAME"]
    copy = f"{own[: MOST_BYTES - len(purpose) - 1]}_{purpose}"
    connection.close()
    _drop(copy)
    _run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(own)))
    connection.settings_dict["NAME"] = copy
    try:
        yield _address(copy)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
        _drop(copy)


def _drop(name: str) -> None:
    _run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(statement: sql.Composed) -> None:
    """From a database that is neither the copy nor what it is made from."""
    own = connection.settings_dict["NAME"]
    with psycopg.connect(_address("template1" if own == "postgres" else "postgres"), autocommit=True) as server:
        server.execute(statement)


def _address(name: str) -> str:
    server = {key: quote(str(connection.settings_dict[key]), safe="") for key in ("USER", "PASSWORD", "HOST", "PORT")}
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/".format(**server) + quote(name, safe="")

"""Who may do what at one address: a row of the authorisation matrix.

A row names an address, the objects in it, and for each method who gets in. Everyone else gets what the
row says: by default a page that is not there (404), as for an address that never was; `readers` get 403
because they see the thing and may not do this with it. Anonymous visitors are sent to sign in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.trust.world import ROLES, World

IN, LOGIN, FORBIDDEN, MISSING, NO_METHOD, NO_TOKEN = "in", "login", "403", "404", "405", "401"

SIGNED_IN = tuple(role for role in ROLES if role != "anonymous")
AUTHORITY_WRITERS = ("authority_owner", "authority_editor")
AUTHORITY = (*AUTHORITY_WRITERS, "authority_viewer")
SUPPLIER_WRITERS = ("supplier_owner", "supplier_editor")
SUPPLIER = (*SUPPLIER_WRITERS, "supplier_viewer")


@dataclass(frozen=True)
class Row:
    """`get` and `post` name who gets in; None says that the method is not for this address."""

    things: tuple[str, ...] = ()
    get: tuple[str, ...] | None = SIGNED_IN
    post: tuple[str, ...] | None = None
    readers: tuple[str, ...] = ()
    otherwise: str = MISSING
    anonymous: str = LOGIN

    def expected(self, method: str) -> dict[str, str]:
        allowed = self.get if method == "get" else self.post
        return {role: self.outcome(role, allowed) for role in ROLES}

    def outcome(self, role: str, allowed: tuple[str, ...] | None) -> str:
        if allowed is None:
            return NO_METHOD
        if role == "anonymous" and role not in allowed:
            return self.anonymous
        if role in allowed:
            return IN
        return FORBIDDEN if role in self.readers else self.otherwise


def public(*things: str) -> Row:
    """Anyone may read it."""
    return Row(things, get=ROLES)


def address_part(world: World, thing: str) -> Any:
    """How a thing stands in an address: its reference, its public id, its code or its number."""
    if thing.startswith("="):
        return thing[1:]
    found = world.things[thing]
    if isinstance(found, str):
        return found
    for name in ("reference", "public_id", "code"):
        if hasattr(found, name) and thing != "notice":
            return getattr(found, name)
    return found.pk


ALL_SUPPLIER_WRITERS = (*SUPPLIER_WRITERS, "other_supplier")
ALL_AUTHORITY_WRITERS = (*AUTHORITY_WRITERS, "other_authority")


def only(row: Row, *, get: bool = True, things: tuple[str, ...] | None = None) -> Row:
    """The row for a button without a page of its own (`get=False`), or for other objects."""
    return Row(
        things or row.things, get=row.get if get else None, post=row.post, readers=row.readers, anonymous=row.anonymous
    )

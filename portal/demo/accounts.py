"""The demo's people: one account for each role. They exist in the demo alone."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "three points on a map"  # noqa: S105 - the demo's, printed at its start
# Authenticator apps take this secret; `make demo-code` prints the code of the moment.
TOTP_SECRET = "THREEPOINTDEMOTHREEPOINTDEMO2345"  # noqa: S105


@dataclass(frozen=True)
class Account:
    """One person who can sign in to the demo."""

    role: str
    name: str
    email: str
    organisation: str = ""
    membership: str = ""
    is_staff: bool = False

    @property
    def needs_code(self) -> bool:
        """Staff and owners sign in with a second step."""
        return self.is_staff or self.membership == "owner"


ACCOUNTS = [
    Account("Civil servant", "Amina Castle", "amina@wexbridge.example", "Wexbridge City Council", "editor"),
    Account("Supplier", "Tom Larkin", "tom@larkspur.example", "Larkspur Systems Ltd", "editor"),
    Account("Panellist", "Priya Holt", "priya@grandquay.example", "Grand Quay Technology plc", "viewer"),
    Account("Owner of an authority", "Grace Moor", "grace@tarnside.example", "Tarnside County Council", "owner"),
    Account("Admin", "Sam Reeve", "admin@threepoint.example", is_staff=True),
]

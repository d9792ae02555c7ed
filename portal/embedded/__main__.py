"""`python -m portal.embedded COMMAND ARGUMENT...`: what the Makefile calls."""

from __future__ import annotations

import sys
from importlib import import_module

COMMANDS = {
    "assets": ("assets", "build"),
    "demo": ("demo", "main"),
    "code": ("demo", "code"),
    "reset": ("demo", "reset"),
    "test": ("checks", "test"),
    "real": ("checks", "real"),
    "lint": ("checks", "lint"),
    "audit": ("checks", "audit"),
    "bench": ("checks", "bench"),
    "locks": ("locks", "main"),
}


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        raise SystemExit(f"Usage: python -m portal.embedded {'|'.join(COMMANDS)}")
    module, function = COMMANDS[sys.argv[1]]
    getattr(import_module(f"portal.embedded.{module}"), function)(*sys.argv[2:])


if __name__ == "__main__":
    main()

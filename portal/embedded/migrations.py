"""Refuse a migration that the release before it could not run beside. `make lint` calls this.

The linter is used without being an installed app, so that it is no part of what is deployed.
"""

from __future__ import annotations

import sys

import django


def main(apps: list[str]) -> None:
    django.setup()
    from django_migration_linter import MigrationLinter

    linter = MigrationLinter(include_apps=apps, no_cache=True, quiet=["ok", "ignore"])
    linter.lint_all_migrations()
    linter.print_summary()
    sys.exit(1 if linter.has_errors else 0)


if __name__ == "__main__":
    main(sys.argv[1:])

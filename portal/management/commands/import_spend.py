"""Import published spend: `manage.py import_spend FILE... [--source gcloud-spend] [--report list.csv]`."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from portal.bulk.command import BulkCommand
from portal.bulk.report import Batch
from portal.bulk.rows import Row
from portal.bulk.spend import COLUMNS, Run, import_spend

_SOURCE = re.compile(r"[a-z0-9-]{1,60}")


class Command(BulkCommand):
    help = (
        "Imports published lines of spend (who paid whom, when, how much, for what) as dated evidence of suppliers. "
        "Names that are only alike wait for staff. Importing a file twice changes nothing. "
        "Exit code 0: every file was read to its end, whatever it held. 1: one was not."
    )
    columns = COLUMNS

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--source",
            default="gcloud-spend",
            metavar="NAME",
            help="what the IDs of these files belong to, so that those of two lists differ (default: %(default)s)",
        )

    def batches(self, rows: Iterable[Row], *, now: datetime, options: Mapping[str, Any]) -> Iterator[Batch]:
        if not _SOURCE.fullmatch(options["source"]):
            raise CommandError("--source takes small letters, digits and hyphens, for example gcloud-spend.")
        return import_spend(rows, Run(options["source"], now))

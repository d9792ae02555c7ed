"""`manage.py bench [NAME ...]`: run the benchmarks and print their tables."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.benchmarks.frame import Benchmark, all_benchmarks, missed, results, table


class Command(BaseCommand):
    help = "Measure the portal against yardsticks taken in the same run. Use a database of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="All of them where none is named.")
        parser.add_argument("--size", type=int, help="How much work, in place of the benchmark's own size.")
        parser.add_argument("--json", action="store_true", help="Print JSON in place of tables.")
        parser.add_argument("--check", action="store_true", help="Fail where a goal is missed, and say which.")

    def handle(self, *args: Any, **options: Any) -> None:
        known = all_benchmarks()
        unknown = [name for name in options["names"] if name not in known]
        if unknown:
            raise CommandError(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(known)}.")
        if options["size"] is not None and options["size"] < 1:
            raise CommandError("--size must be 1 or more.")
        report = {}
        for name in options["names"] or known:
            size = options["size"] or known[name].size
            report[name] = self.run_one(known[name], size, quiet=options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2))
        losses = [f"{name}: {loss}" for name, lines in report.items() for loss in missed(lines)]
        if options["check"] and losses:
            raise CommandError("Goals missed: " + "; ".join(losses))

    def run_one(self, benchmark: Benchmark, size: int, *, quiet: bool) -> list[dict[str, Any]]:
        if not quiet:
            self.stdout.write(f"{benchmark.name}: {benchmark.about} (size {size:,})")
        lines = results(benchmark.run(size))
        if not quiet:
            self.stdout.write(table(lines) + "\n")
        return lines

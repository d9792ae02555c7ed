"""The house rules that a machine can hold: which room may import which, and where things may stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("engagement", "reporting", "innovation_den")
# Each room may import the rooms that stand before it, in its own row or above. Rooms in one row don't meet.
LAYERS: list[tuple[str, ...]] = [
    (
        *("portal.addresses", "portal.charts", "portal.http", "portal.logging"),
        *("portal.open_files", "portal.problems", "portal.read_only", "portal.refusals"),
        *("portal.sheets", "portal.working_days"),
    ),
    ("portal.records",),
    ("portal.govuk",),
    ("portal.audit",),
    ("portal.notifications",),
    ("portal.files",),
    ("portal.accounts",),
    ("portal.organisations",),
    ("portal.tokens",),
    ("techmap",),
    APPS,
]
# The project's own top: these know every room.
TOP = (
    "portal.api",
    "portal.apps",
    "portal.asgi",
    "portal.benchmarks",
    "portal.broker",
    "portal.bulk",
    "portal.celery",
    "portal.demo",
    "portal.embedded",
    "portal.health",
    "portal.home",
    "portal.management",
    "portal.ocds",
    "portal.request_log",
    "portal.schedule",
    "portal.settings",
    "portal.tasks",
    "portal.urls",
    "portal.wsgi",
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
FILE_NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "services", "misc", "common", "signals"}


def sources() -> list[Path]:
    folders = [ROOT / "portal", ROOT / "techmap", *(ROOT / app for app in APPS)]
    return [path for folder in folders for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts]


def room_of(module: str) -> str | None:
    """The room that a dotted module belongs to; None where it is not ours, or is the project's top."""
    parts = module.split(".")
    for size in (2, 1):
        name = ".".join(parts[:size])
        if name in LEVEL:
            return name
    return None


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Every module that the file imports when it runs; imports for type checkers alone don't bind rooms."""
    for node in walk_at_run_time(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def walk_at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Like `ast.walk`, without the bodies of `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        yield node
        yield from walk_at_run_time(node)


def is_allowed(importer: str, imported: str) -> bool:
    return importer == imported or LEVEL[imported] < LEVEL[importer]


def forbidden_imports(path: Path) -> list[str]:
    importer = room_of(module_of(path))
    if importer is None:
        return []
    imported = {module: room_of(module) for module in imports_of(ast.parse(path.read_text()))}
    faults = [m for m, room in imported.items() if room and not is_allowed(importer, room)]
    faults += [m for m in imported if any(m == top or m.startswith(top + ".") for top in TOP)]
    return faults


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    assert forbidden_imports(path) == []


def test_every_source_is_in_a_room_or_at_the_top() -> None:
    homeless = [
        module
        for module in map(module_of, sources())
        if room_of(module) is None and not module.startswith(TOP) and module != "portal.__init__"
    ]
    assert homeless == []


def test_wrong_direction_is_seen(tmp_path: Path) -> None:
    assert is_allowed("engagement", "techmap") is True
    assert is_allowed("techmap", "engagement") is False
    assert is_allowed("engagement", "reporting") is False
    assert is_allowed("portal.notifications", "portal.files") is False


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [path for path in sources() if path.stem in FILE_NAMES_THAT_SAY_NOTHING] == []


def test_no_file_is_over_400_lines() -> None:
    long = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in sources()}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_no_template_holds_script_or_style_of_its_own() -> None:
    faults = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text().lower()
        inline_script = "<script>" in text or " onclick=" in text or " onload=" in text
        # E-mail programs read no style sheets, so their HTML carries its own.
        inline_style = ("<style" in text or " style=" in text) and "email" not in path.parts
        if inline_script or inline_style:
            faults.append(str(path.relative_to(ROOT)))
    assert faults == []

"""The house: no circle of imports, few floors, and one door for each third party.

Who may import whom stands in ``pyproject.toml`` (import-linter); here is what it cannot say.
"""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "fw_gear_viewer_check"

MOST_FLOORS_OF_ROOMS = 9
MOST_FLOORS_IN_A_ROOM = 7
MOST_FLOORS_OF_MODULES = 16
LONGEST_FILE = 450
MOST_NAMES = 10

DOORS = {
    "numpy": {
        *("model.geometry", "dicom.decoder", "dicom.pixels"),
        *("reports.pictures", "reports.thumbnail"),
    },
    "pandas": {"reports.csv_table", "reports.library"},
    "pydicom": {
        *("dicom.pydicom_fallback", "dicom.decoder", "dicom.pixels", "reports.thumbnail"),
    },
    "click": {"cli"},
    "distributed": {"survey.workers"},
    "aiohttp": {"survey.remote"},
    "fsspec": {"survey.remote"},
    "jinja2": {"reports.html"},
    "markupsafe": {"reports.html", "survey.page"},
    "PIL": {"reports.thumbnail"},
    "jsonschema": {"checker.options", "gear.job", "gear.toolkit"},
    "flywheel": {"gear.sdk"},
    "flywheel_gear_toolkit": {"gear.toolkit"},
    "httpx2": {"gear.sdk"},
    "tqdm": {"system.progress"},
}
"""The modules that may import a third party; every other third party has no door at all."""

LAZY = {
    # A worker of a survey reads at once, and pays for pydicom while it waits for its first input.
    "pydicom": {"dicom.pydicom_fallback"},
    "numpy": {"model.geometry", "dicom.decoder", "dicom.pixels", "reports.pictures"},
}
"""Of these, the modules that import it when they are imported themselves: the others do it when
they need it, because it is slow."""


def module_name(path):
    parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(p): p for p in sorted((ROOT / PACKAGE).rglob("*.py"))}


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imports(name, *, deferred=True):
    """Return the full names that a module imports, those for types included."""
    found: set[str] = set()

    def visit(node):
        if not deferred and (
            isinstance(node, ast.FunctionDef | ast.Lambda) or is_type_checking(node)
        ):
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(parsed(MODULES[name]))
    return found


def own_imports(name):
    """Return the modules of the package that a module imports."""
    own = {i.removeprefix(f"{PACKAGE}.") for i in imports(name) if i.startswith(f"{PACKAGE}.")}
    found = {i if i in MODULES else i.rpartition(".")[0] for i in own}
    return found - {"", name}


def third_parties(name, **how):
    tops = {i.partition(".")[0] for i in imports(name, **how)}
    return tops - set(sys.stdlib_module_names) - {PACKAGE, "__future__"}


def room_of(name):
    return name.partition(".")[0]


ROOMS = {room_of(name) for name in MODULES} - {"", "__main__"}


def floors(graph):
    """Return the length of the longest chain of imports; raises where there is a circle."""
    floor: dict[str, int] = {}
    for name in graphlib.TopologicalSorter(graph).static_order():
        floor[name] = 1 + max((floor[other] for other in graph[name]), default=0)
    return max(floor.values())


def test_there_is_no_circle_and_there_are_few_floors():
    graph = {name: own_imports(name) for name in MODULES if name and name != "__main__"}
    rooms: dict[str, set[str]] = {room: set() for room in ROOMS}
    for name, others in graph.items():
        rooms[room_of(name)] |= {room_of(other) for other in others} - {room_of(name)}
    assert floors(rooms) <= MOST_FLOORS_OF_ROOMS
    assert floors(graph) <= MOST_FLOORS_OF_MODULES
    inside = {
        room: floors(
            {n: {o for o in graph[n] if room_of(o) == room} for n in graph if room_of(n) == room}
        )
        for room in ROOMS
    }
    assert max(inside.values()) <= MOST_FLOORS_IN_A_ROOM, inside


def test_the_top_level_of_the_package_shows_few_names():
    assert len(ROOMS) <= MOST_NAMES, sorted(ROOMS)


def test_the_package_itself_imports_almost_nothing_when_it_is_imported():
    """So that one module can be used (and tested) without paying for the others."""
    names = {n for n in imports("", deferred=False) if n.startswith(PACKAGE)}
    assert {n.rpartition(".")[0] for n in names} == {f"{PACKAGE}.model.version"}


def test_each_third_party_has_its_door_and_every_door_is_used():
    used = defaultdict(set)
    for name in MODULES:
        for third_party in third_parties(name):
            used[third_party].add(name)
    assert used == DOORS


def test_slow_third_parties_are_imported_when_they_are_needed():
    at_once = {(t, name) for name in MODULES for t in third_parties(name, deferred=False)}
    allowed = {(t, name) for t, names in LAZY.items() for name in names}
    assert {(t, name) for t, name in at_once if t in LAZY} <= allowed


@pytest.mark.process
@pytest.mark.parametrize("statement", [f"import {PACKAGE}.cli", f"from {PACKAGE} import check"])
def test_command_line_and_library_load_no_flywheel_package(statement):
    code = (
        f"{statement}; import sys; "
        "print([m for m in sys.modules if m.startswith(('flywheel', 'fw_')) "
        f"and not m.startswith('{PACKAGE}')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_files_stay_small():
    lines = {n: len(p.read_text(encoding="utf-8").splitlines()) for n, p in MODULES.items()}
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}

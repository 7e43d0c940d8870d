"""The house: no circle of imports, few floors, and one door for each third party.

Who may import whom stands in ``pyproject.toml`` (import-linter); here is what it cannot say.
"""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "fw_gear_viewer_check"

MOST_FLOORS = 16
LONGEST_FILE = 400

DOORS = {
    "numpy": {"model.geometry", "dicom.pixels", "reports.pictures", "reports.thumbnail"},
    "pandas": {"reports.csv_table", "reports.library"},
    "pydicom": {
        *("dicom.attributes", "dicom.pydicom_fallback", "dicom.pixels"),
        *("model.sop_classes", "reports.thumbnail"),
    },
    "click": {"cli"},
    "distributed": {"survey.workers"},
    "aiohttp": {"survey.remote"},
    "fsspec": {"survey.remote"},
    "jinja2": {"reports.html"},
    "markupsafe": {"reports.html"},
    "PIL": {"dicom.pixels", "reports.thumbnail"},
    "jsonschema": {"checker.options"},
    "tqdm": {"system.progress"},
}
"""The modules that may import a third party; every other third party has no door at all."""

LAZY = {
    # A worker of a survey reads at once, and pays for pydicom while it waits for its first input.
    "pydicom": {"dicom.pydicom_fallback"},
    "numpy": {"model.geometry", "dicom.pixels", "reports.pictures"},
    "pandas": {"reports.csv_table"},
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


def is_deferred(node):
    return isinstance(node, ast.FunctionDef | ast.Lambda) or is_type_checking(node)


def imports(name, *, deferred=True):
    """Return the full names that a module imports, those for types included."""
    found = set()

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


GRAPH = {name: own_imports(name) for name in MODULES if name and name != "__main__"}


def test_there_is_no_circle_and_there_are_few_floors():
    floor = {}
    for name in graphlib.TopologicalSorter(GRAPH).static_order():
        floor[name] = 1 + max((floor[other] for other in GRAPH.get(name, ())), default=0)
    assert max(floor.values()) <= MOST_FLOORS, max(floor, key=floor.get)


def test_the_package_itself_imports_almost_nothing_when_it_is_imported():
    """So that one module can be used (and tested) without paying for the others."""
    names = {n for n in imports("", deferred=False) if n.startswith(PACKAGE)}
    assert {n.rpartition(".")[0] for n in names} == {f"{PACKAGE}.model.version"}


@pytest.mark.parametrize("name", MODULES)
def test_each_third_party_has_its_door(name):
    for third_party in third_parties(name) - {"flywheel", "flywheel_gear_toolkit"}:
        assert name in DOORS.get(third_party, ()), f"{name} imports {third_party}"


@pytest.mark.parametrize("name", MODULES)
def test_slow_third_parties_are_imported_when_they_are_needed(name):
    for third_party in third_parties(name, deferred=False) & set(LAZY):
        assert name in LAZY[third_party], f"{name} imports {third_party} at once"


def test_every_door_is_used():
    used = {t: {m for m in MODULES if t in third_parties(m)} for t in DOORS}
    assert used == DOORS


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


@pytest.mark.parametrize("name", MODULES)
def test_files_stay_small(name):
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE

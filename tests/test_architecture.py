"""Floors and doors: who may import whom, and who may import what comes from elsewhere."""

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

FLOORS = (
    # Stands alone; knows at most the types of what is above.
    (
        "alignment attributes budget files geometry other_files platform_calls progress remedies "
        "sop_classes sop_names stopping tracebacks"
    ),
    # What a series is, and what is asked of other files.
    "model peers pixels volume",
    # From bytes to a series.
    "values zips",
    "wanted",
    "header",
    "odd_encodings",
    "reader",
    # What the viewer makes of a series; knows nothing of the page.
    "viewer_model platform_files",
    "predictions",
    # What the page asks: vocabulary, verbs, the page itself.
    "core",
    "predicates scopes parser config_json",
    (
        "page.archive page.limits page.v2 page.v3_measure page.v3_mpr page.v3_mpr_multi_frame "
        "page.v3_open page.v3_overlay page.v3_suv platform_images"
    ),
    (
        "page.v3_mpr_viewer page.v3_open_viewer page.v3_overlay_viewer page.v3_suv_viewer "
        "platform_lookup"
    ),
    "page",
    # The findings, told in several ways; then whoever puts it all together.
    "reports",
    "checker",
    "survey",
    "cli",
    "__main__",
)
"""Lowest first. A module imports from floors below its own, never from its own or above."""

PACKAGES_OF_ONE_FLOOR = ("reports", "survey", "viewer_model")
"""Their modules import each other (without a circle)."""

UPWARD = {
    ("core", "reports.table"): "Report.to_dataframe, imported when it is called",
    ("survey.inputs", "survey.remote"): "imported for an input that is on no disk only",
}

DOORS = {
    "numpy": {"geometry", "pixels", "reports.pictures", "reports.thumbnail"},
    "pandas": {"reports.table", "core"},  # core: the type of Report.to_dataframe only
    "pydicom": {
        "wanted",
        "odd_encodings",
        "sop_names",
        "pixels",
        "reports.thumbnail",
    },
    "click": {"cli"},
    "distributed": {"survey.pool"},
    "aiohttp": {"survey.remote"},
    "fsspec": {"survey.remote"},
    "jinja2": {"reports.html"},
    "markupsafe": {"reports.html"},
    "matplotlib": {"reports.drawing"},
    "PIL": {"pixels", "reports.thumbnail"},
}
"""The modules that may import a third party; every other third party has no door at all."""

LAZY = {
    # A worker of a survey reads at once, and pays for pydicom while it waits for its first input.
    "pydicom": {"odd_encodings", "pixels", "reports.thumbnail", "survey.work"},
    "numpy": {"geometry", "pixels", "reports.pictures", "reports.thumbnail"},
    "pandas": {"reports.table"},
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


def imports(name, *, with_types=False, deferred=True):
    """Return the full names that a module imports."""
    found = set()

    def visit(node):
        if not with_types and is_type_checking(node):
            return
        if not deferred and isinstance(node, ast.FunctionDef | ast.Lambda):
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
    """Return the modules of the package that a module needs to run."""
    own = {i.removeprefix(f"{PACKAGE}.") for i in imports(name) if i.startswith(f"{PACKAGE}.")}
    found = {i if i in MODULES else i.rpartition(".")[0] for i in own}
    return found - {"", name}


def third_parties(name, **how):
    tops = {i.partition(".")[0] for i in imports(name, **how)}
    return tops - set(sys.stdlib_module_names) - {PACKAGE, "__future__"}


def place(name):
    """Return the name by which the table of floors knows a module, and its floor."""
    for n, floor in enumerate(FLOORS):
        for place_name in (name, name.partition(".")[0]):
            if place_name in floor.split() and (
                place_name == name or place_name in PACKAGES_OF_ONE_FLOOR
            ):
                return place_name, n
    message = f"{name} has no floor: give it one in FLOORS"
    raise AssertionError(message)


@pytest.mark.parametrize("name", [m for m in MODULES if m])
def test_a_module_imports_from_lower_floors_only(name):
    own_place, floor = place(name)
    for other in own_imports(name):
        if (name, other) in UPWARD:
            continue
        other_place, other_floor = place(other)
        same_package = own_place == other_place and own_place in PACKAGES_OF_ONE_FLOOR
        assert other_floor < floor or same_package, f"{name} imports {other}"


def test_the_package_itself_imports_nothing_when_it_is_imported():
    """So that one module can be used (and tested) without paying for the others."""
    names = imports("", deferred=False)
    assert all(n.partition(".")[0] in sys.stdlib_module_names for n in names), names


def test_there_is_no_circle():
    graph = {name: own_imports(name) for name in MODULES if name}
    for pair in UPWARD:
        graph[pair[0]].discard(pair[1])
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(graph)


@pytest.mark.parametrize("pair", UPWARD)
def test_exceptions_are_needed(pair):
    name, other = pair
    assert other in own_imports(name)


@pytest.mark.parametrize("name", MODULES)
def test_each_third_party_has_its_door(name):
    for third_party in third_parties(name, with_types=True):
        assert name in DOORS.get(third_party, ()), f"{name} imports {third_party}"


@pytest.mark.parametrize("name", MODULES)
def test_slow_third_parties_are_imported_when_they_are_needed(name):
    for third_party in third_parties(name, deferred=False) & set(LAZY):
        assert name in LAZY[third_party], f"{name} imports {third_party} at once"


def test_every_door_is_used():
    used = {t: {m for m in MODULES if t in third_parties(m, with_types=True)} for t in DOORS}
    assert used == DOORS


def test_only_the_gear_imports_flywheel_packages():
    scripts = [ROOT / "run.py", *MODULES.values()]
    importers = {
        path.name
        for path in scripts
        for node in ast.walk(parsed(path))
        for top in _tops(node)
        if top.startswith("flywheel")
    }
    assert importers == {"run.py"}


def _tops(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


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
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= LARGEST.get(name, 320)


LARGEST = {
    "header": 400,  # one walk over the bytes: parted, it would be harder to follow
    "model": 380,  # the nouns of the domain, each a few lines
    "viewer_model.display_sets": 330,  # follows one function of the viewer
}

#!/usr/bin/env python3
"""Judge the mutants that mutmut cannot: those of the factories; ``make mutation`` calls it.

A factory (a function that returns a Check) runs when the package is imported. mutmut switches a
mutant on in a process that has imported the package already, so each mutant of a factory seems to
survive. Here each gets a process of its own. The outcomes are written where mutmut keeps its own:
"mutmut results" and "mutmut show" know them then.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_viewer_check import requirements
from fw_gear_viewer_check.requirements import checks

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
MUTANTS = ROOT / "mutants"
TESTS = sorted((ROOT / "tests" / "page").glob("test_*.py"))
PASSED, FAILED, INTERRUPTED = 0, 1, 2
"""What pytest ends with. Interrupted: the package could not be imported, which kills as well."""
SECONDS = 300


def factories() -> Iterator[tuple[str, str]]:
    """Return module and name of each function that makes a check."""
    names = (found.name for found in pkgutil.iter_modules(requirements.__path__))
    modules = [f"{requirements.__name__}.{name}" for name in names]
    for module in (checks.__name__, *modules):
        for name, made in inspect.getmembers(importlib.import_module(module), inspect.isfunction):
            if made.__module__ == module and made.__annotations__.get("return") == "Check":
                yield module, name


def tests_for(factory: str) -> list[str]:
    """Return the tests of all pages, those of the pages that use the factory most first."""

    def uses(test: Path) -> int:
        module = Path(requirements.__path__[0]) / test.name.removeprefix("test_")
        return module.read_text(encoding="utf-8").count(f"{factory}(") if module.exists() else 0

    return [str(test.relative_to(ROOT)) for test in sorted(TESTS, key=uses, reverse=True)]


def outcome(mutant: str, tests: list[str]) -> int:
    """Run the tests with a mutant switched on from the start; "" is none of them."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, *tests],
        cwd=MUTANTS,
        env={**os.environ, "MUTANT_UNDER_TEST": mutant},
        stdout=subprocess.DEVNULL,
        check=False,
        timeout=SECONDS,
    )
    if ended.returncode not in {PASSED, FAILED, INTERRUPTED}:
        sys.exit(f"{mutant}: pytest ended with {ended.returncode}")
    return FAILED if ended.returncode else PASSED


def main() -> int:
    """Judge the mutants that mutmut left alive, and tell the survivors."""
    # "fail" lets every function of a mutated module raise: it shows that the switch works.
    if outcome("", tests_for("")) != PASSED or outcome("fail", tests_for("")) != FAILED:
        sys.exit("the tests do not pass, or mutants cannot be switched on")
    survivors, judged = [], 0
    for module, name in factories():
        meta = MUTANTS / f"{module.replace('.', '/')}.py.meta"
        known = json.loads(meta.read_text(encoding="utf-8"))
        outcomes = known["exit_code_by_key"]
        own = [mutant for mutant in outcomes if mutant.startswith(f"{module}.x_{name}__mutmut_")]
        judged += len(own)
        for mutant in own:
            if outcomes[mutant] != FAILED:
                outcomes[mutant] = outcome(mutant, tests_for(name))
        meta.write_text(json.dumps(known, indent=4), encoding="utf-8")
        survivors += [mutant for mutant in own if outcomes[mutant] != FAILED]
    print(f"{len(survivors)} of {judged} mutants of factories survive")
    return 0


if __name__ == "__main__":
    sys.exit(main())

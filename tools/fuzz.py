#!/usr/bin/env python3
"""Fuzz all targets in turn for FUZZ_SECONDS together (default 600); ``make fuzz`` calls it.

The corpus stays in .fuzz/, so that the next run goes on where this one ends. Ends with an error
when a promise was broken: the input that did it lies in .fuzz/found/, and becomes a test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".fuzz"
SHARES = {
    "header": 2,
    "headers": 2,
    "pydicom": 2,
    "zip": 2,
    "members": 3,
    "file": 1,
    "edits": 3,
    "config": 1,
    "journal": 1,
    "platform": 1,
    "results": 1,
    "list": 1,
}
"""Targets, and how many parts of the time each gets."""
REACHED = re.compile(r"cov: (\d+)")
"""Branches of the program that the inputs of a target reach, as libFuzzer counts them."""
DONE = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main() -> int:
    """Run each target, and say what came of it."""
    seconds = int(os.environ.get("FUZZ_SECONDS", "600"))
    broken = 0
    for target, share in SHARES.items():
        own = max(1, seconds * share // sum(SHARES.values()))
        ended = subprocess.run(
            [sys.executable, "-m", "fuzz", target, str(FOLDER), f"-max_total_time={own}"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        executions = DONE.search(ended.stderr)
        count = f"{int(executions[1]):,} executions" if executions else "no executions counted"
        reached = ["0", *REACHED.findall(ended.stderr)][-1]
        print(f"{target}: {count} in {own} s, {reached} branches, exit code {ended.returncode}")
        if ended.returncode:
            broken += 1
            print("\n".join(ended.stderr.splitlines()[-30:]), file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

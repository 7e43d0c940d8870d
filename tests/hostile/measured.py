"""A check in a process of its own: what it found, how long it took, how much memory it had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
MEMORY_MIB = 1024
"""What no input may exceed."""

PROGRAM = """
import json, re, sys, time
from pathlib import Path
started = time.process_time()
from fuzz.promises import kept
from fuzz.targets import write_reports
from fw_gear_viewer_check import check
def peak_mib():
    # Not ru_maxrss, which holds what the process that started this one had.
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) / 1024

with kept(b""):
    report = check(sys.argv[1])
    write_reports(report, Path(sys.argv[1]))
archive = report.series[0].series.archive
print(json.dumps({
    "seconds": time.process_time() - started,
    "memory": peak_mib(),
    "overall": report.overall.value,
    "series": len(report.series),
    "instances": sum(len(s.series.instances) for s in report.series),
    "problem": archive.problem,
    "problems": sorted({m.problem for m in archive.members}),
    "evidence": {r.requirement.id: r.finding.evidence for r in report.series[0].results},
}))
"""


def check(path, seconds):
    """Check and write all reports, within so many seconds of CPU and :data:`MEMORY_MIB`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV_")}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    # Shown with "pytest -rP": the figures of docs/reliability.md.
    print(f"{found['seconds']:.1f} s CPU, {found['memory']:.0f} MiB")  # noqa: T201
    assert found["memory"] < MEMORY_MIB
    assert found["seconds"] < seconds
    return found

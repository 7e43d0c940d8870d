"""The public wheels of dicom-splitter and dicom-fixer, each in an environment of its own.

Together they do not resolve: one needs fw-gear 0.3.7 or newer, the other pins 0.1.3.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".repair-cache"
LOCKS = {"dicom-splitter": "dicom_splitter.txt", "dicom-fixer": "dicom_fixer.txt"}


@dataclass(frozen=True)
class Job:
    """One run of a gear: the file, a folder for its outputs that is not there, the options."""

    gear: str
    path: Path
    output: Path
    config: dict[str, object]


def python_of(gear):
    """Return the Python of the gear's environment, made anew when its lock has changed."""
    lock, root = HERE / LOCKS[gear], CACHE / gear
    python, made_of = root / "bin" / "python", root / "made-of.txt"
    if not made_of.is_file() or made_of.read_text() != lock.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", root], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
        subprocess.run(install, check=True)
        made_of.write_text(lock.read_text())
    return python


def run(jobs):
    """Run the jobs, those of a gear in one start of it; return how each ended ("" for well)."""
    endings = {}
    for gear in LOCKS:
        mine = [job for job in jobs if job.gear == gear]
        if mine:
            endings |= zip(map(id, mine), _run(gear, mine), strict=True)
    return [endings[id(job)] for job in jobs]


def _run(gear, jobs):
    told = [
        {"input": str(job.path), "output": str(job.output), "config": job.config} for job in jobs
    ]
    return json.loads(output_of([python_of(gear), HERE / "drive.py", gear], json.dumps(told)))


def output_of(command, given=""):
    """Return what a command prints; raise with what it complains about."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


if __name__ == "__main__":
    for each in LOCKS:
        python_of(each)

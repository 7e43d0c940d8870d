"""Times ours and its peers, in turn in one run, and writes benchmarks/RESULTS.md.

Every measurement is a whole process; those that work on one input also tell the CPU seconds of the
work without imports. Peers that are not installed are left out with a line: PEERS names the Python
of an environment that has them (``pip install fw-gear-dicom-qc dicomsdl fw-file-rs``).
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from benchmarks import inputs

HERE = Path(__file__).parent
ROUNDS = int(os.environ.get("ROUNDS", "5"))
OURS = sys.executable
PEERS = os.environ.get("PEERS", sys.executable)
IMPORTS = "import pydicom, numpy, pandas"
NOT_READY = (0, 1)
"""Exit codes of a check: the made images lack what V2 asks for."""
GEAR_IMPORTS = f"import flywheel_gear_toolkit, {IMPORTS.removeprefix('import ')}"


@dataclass
class Case:
    """A command, and what is known of its runs."""

    group: str
    name: str
    command: list[str]
    unit: int = 0
    """Instances (or frames) that it works on; 0 for a whole process."""
    folder: Path | None = None
    rounds: int = ROUNDS
    fine: tuple[int, ...] = (0,)
    """Exit codes of a run that did its work."""
    work: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    failure: str = ""

    def run(self) -> None:
        """Run once, and add what it took."""
        environment = dict(os.environ)
        if self.unit:
            # After numpy's import the threads of its BLAS spin, and would count as work.
            environment["OPENBLAS_NUM_THREADS"] = "1"
        start = time.perf_counter()
        process = subprocess.Popen(
            self.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=environment,
        )
        printed = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in self.fine or (self.unit and not printed):
            self.failure = f"exit code {process.returncode}"
            return
        self.wall.append(time.perf_counter() - start)
        self.cpu.append(usage.ru_utime + usage.ru_stime)
        self.memory.append(usage.ru_maxrss / 1024)
        if self.unit:
            self.work.append(float(printed.split()[-1]))


def cases(made: dict[str, Path], scratch: Path) -> list[Case]:
    """Return what is measured; the first of each group is what the others are compared with."""
    found = []
    for name, count in (("ct1000", 1000), ("ct5000", 5000)):
        path = str(made[name])
        rounds = ROUNDS if count == 1000 else max(ROUNDS - 2, 1)
        group = f"{count:,} CT images in a zip, CPU without imports"
        for task, label, python, slow in (
            ("pydicom_head", "pydicom, 16 KB heads (reference)", OURS, False),
            ("viewer_check", "**viewer-check, judged**", OURS, False),
            ("inflate_only", "heads inflated, nothing parsed", OURS, False),
            ("pydicom_streamed", "pydicom, streamed", OURS, False),
            ("dicomsdl", "dicomsdl (C++), heads read and nothing judged", PEERS, False),
            ("fw_file_rs", "fw-file-rs (Rust), heads read and nothing judged", PEERS, False),
            ("dicom_qc", "dicom-qc without dicom-validator", PEERS, True),
        ):
            if slow and count > 1000:
                continue
            command = [python, str(HERE / "tasks.py"), task, path]
            found.append(Case(group, label, command, count, rounds=1 if slow else rounds))
    path = str(made["enhanced"])
    group = f"enhanced MR of {inputs.FRAMES:,} frames, CPU without imports"
    for task, label in (
        ("pydicom_frames", "pydicom, every frame's position (reference)"),
        ("viewer_check", "**viewer-check, judged**"),
    ):
        found.append(Case(group, label, [OURS, str(HERE / "tasks.py"), task, path], inputs.FRAMES))
    group = "200 CT images, whole process of the command line"
    ct200 = str(made["ct200"])
    check = [OURS, "-m", "fw_gear_viewer_check", "check", ct200]
    found += [
        Case(group, f"python -c '{IMPORTS}' (reference)", [OURS, "-c", IMPORTS]),
        Case(group, "**viewer-check check**", check, fine=NOT_READY),
        Case(group, "viewer-check explain", [OURS, "-m", "fw_gear_viewer_check", "explain", "MPR"]),
    ]
    gear = gear_folder(made["ct200"], scratch / "gear")
    group = "200 CT images, whole gear run"
    found += [
        Case(group, f"python -c '{GEAR_IMPORTS}' (reference)", [OURS, "-c", GEAR_IMPORTS]),
        Case(group, "**run.py**", [OURS, str(HERE.parent / "run.py")], folder=gear),
    ]
    group = "200 CT images, whole process"
    qc = [PEERS, str(HERE / "tasks.py"), "dicom_qc", ct200]
    found += [
        Case(group, "**viewer-check check** (reference)", check, fine=NOT_READY),
        Case(group, "dicom-qc without dicom-validator", qc, rounds=1),
    ]
    if shutil.which("dciodvfy"):
        loop = f"mkdir x && cd x && unzip -q {ct200} && for f in *; do dciodvfy $f; done; true"
        found.append(
            Case(group, "unzip, dciodvfy of each", ["sh", "-c", loop], rounds=1, folder=scratch)
        )
    else:
        print("dciodvfy is not installed: left out")
    return found


def gear_folder(dicom: Path, folder: Path) -> Path:
    """Make a folder as the platform lays it out, with the input linked into it."""
    (folder / "input" / "dicom").mkdir(parents=True)
    (folder / "output").mkdir()
    (folder / "input" / "dicom" / dicom.name).hardlink_to(dicom)
    config = {"config": {}, "inputs": {"dicom": {"base": "file", "location": {"name": dicom.name}}}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def measure(found: list[Case]) -> None:
    """Run the cases in turn, so that what else the machine does hits all of them alike."""
    for turn in range(ROUNDS):
        for case in found:
            if turn < case.rounds and not case.failure:
                case.run()
        print(f"round {turn + 1} of {ROUNDS}", flush=True)


def table(found: list[Case]) -> str:
    """Return the results as Markdown."""
    lines = [
        "# Results",
        "",
        "<!-- Written by `make bench`. -->",
        "",
        f"Medians of up to {ROUNDS} whole processes each, run in turn. "
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("pydicom", "numpy", "pandas"))
        + ". Ratios are to the first row of each table; only ratios of one run mean something. "
        "No peak of memory is seen below that of the process that measures, about 50 MB.",
    ]
    for group in dict.fromkeys(case.group for case in found):
        lines += ["", f"## {group}", "", *_HEAD]
        reference: float | None = None
        for case in (c for c in found if c.group == group):
            if case.failure:
                print(f"{case.name}: left out ({case.failure})")
                continue
            figure = statistics.median(case.work or case.cpu)
            reference = reference or figure
            lines.append(_row(case, figure, reference))
    return "\n".join(lines) + "\n"


_HEAD = (
    "| | CPU | per image | ratio | whole process: CPU | wall | peak memory |",
    "|---|---:|---:|---:|---:|---:|---:|",
)


def _row(case: Case, figure: float, reference: float) -> str:
    each = f"{figure / case.unit * 1e6:,.0f} µs" if case.unit else ""
    median = statistics.median
    return (
        f"| {case.name} | {figure:.2f} s | {each} | {figure / reference:.2f} | "
        f"{median(case.cpu):.2f} s | {median(case.wall):.2f} s | {median(case.memory):,.0f} MB |"
    )


def main() -> None:
    """Make the inputs, measure, write."""
    # Made by another process: no peak of memory is seen below that of this one.
    subprocess.run([OURS, "-m", "benchmarks.inputs"], cwd=HERE.parent, check=True)
    made = inputs.make(HERE / "data")
    # Beside the inputs: they are linked into it.
    with tempfile.TemporaryDirectory(dir=HERE / "data") as scratch:
        found = cases(made, Path(scratch))
        measure(found)
    written = table(found)
    (HERE / "RESULTS.md").write_text(written, encoding="utf-8")
    print(written)


if __name__ == "__main__":
    main()

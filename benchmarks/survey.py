"""A survey of many small zips: time with 1 and 2 jobs, cost per series, equal bytes, memory.

    python -m benchmarks.survey FOLDER [--count 2000] [--repeats 3] [--dask]

FOLDER/zips is filled with zips of 20 small CT images, made once and kept: every seventh has a
fault. What the surveys write is removed at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.inputs import ct_images

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGES = 20
OUTPUTS = ("series.csv", "findings.csv.gz", "survey.html", "left_out.csv")


def make(folder: Path, count: int) -> Path:
    """Write the zips that are missing; return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    images = list(ct_images(IMAGES, side=64))
    series = _series_uid(images[0][1])
    for number in range(count):
        path = folder / f"{number:05}.dicom.zip"
        if not path.exists():
            # Number 13 of each hundred holds the same series as the one before it.
            uid = _uid(number - 1 if number % 100 == 13 else number, len(series))
            _write(path, [(n, content.replace(series, uid)) for n, content in images], number)
    return folder


def _series_uid(content: bytes) -> bytes:
    """Return the value of (0020,000E)."""
    at = content.index(b"\x20\x00\x0e\x00UI")
    length = int.from_bytes(content[at + 6 : at + 8], "little")
    return content[at + 8 : at + 8 + length]


def _uid(number: int, length: int) -> bytes:
    digits = str(int(hashlib.sha256(str(number).encode()).hexdigest(), 16))
    return (b"2.25.1" + digits.encode())[:length]


def _write(path: Path, images: list[tuple[str, bytes]], number: int) -> None:
    fault = number % 49
    if fault == 7:
        images = images[:5] + images[9:]
    elif fault == 14:
        images = [*images, ("notes.txt", b"not DICOM")]
    elif fault == 21:
        images = [(n, c[:-1000] if n == images[3][0] else c) for n, c in images]
    elif fault == 28:
        images = images[:1]
    temporary = path.with_suffix(".part")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in images:
            archive.writestr(name, content)
    if fault == 35:
        temporary.write_bytes(temporary.read_bytes()[:-300])
    temporary.rename(path)


def run(root: str, out: Path, *options: str) -> tuple[float, float, int]:
    """Survey; return wall and CPU seconds, and the peak memory of the largest process in MiB."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "fw_gear_viewer_check", "survey", root, "--out", str(out)]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.DEVNULL, start_new_session=True
    )
    # The workers are children of the fork server: no wait() ever tells what they used.
    used: dict[int, float] = {}
    peak = 0
    while process.poll() is None:
        for pid, cpu, resident in of_session(process.pid):
            used[pid] = cpu
            peak = max(peak, resident)
        time.sleep(0.02)
    if process.returncode:
        sys.exit(f"the survey ended with exit code {process.returncode}")
    return time.perf_counter() - began, sum(used.values()), peak >> 20


def of_session(session: int) -> Iterator[tuple[int, float, int]]:
    """Yield the processes of a session: id, CPU seconds, resident bytes."""
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                pid = int(entry.parent.name)
                yield pid, (int(fields[11]) + int(fields[12])) / ticks, int(fields[21]) * page


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--dask", action="store_true", help="with a scheduler and 2 workers, too")
    given = parser.parse_args()
    folder = make(given.folder / "zips", given.count)
    with tempfile.TemporaryDirectory(prefix="outputs-", dir=given.folder) as scratch:
        _measure(given, folder, Path(scratch))


def _measure(given: argparse.Namespace, folder: Path, scratch: Path) -> None:
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    print("\n300 zips, seconds:")
    few = f"{folder}/00[012]*.zip"
    _compare(few, scratch / "out", given.repeats)
    print("\nCost per series, 2 jobs:")
    for count in sorted({min(most, given.count) for most in (100, 1000, given.count)}):
        root = _some(folder, scratch, count)
        wall, cpu, peak = run(root, scratch / "out-2", "--jobs", "2")
        each = f"{1000 * wall / count:.2f} ms wall, {1000 * cpu / count:.2f} ms CPU"
        print(f"  {count:6,} inputs: {each} each, {wall:.1f} s, largest process {peak} MiB")
    print("\nEqual bytes:")
    outs = {"2 jobs": scratch / "out-2"}
    outs["1 job"] = scratch / "out-1"
    run(str(folder), outs["1 job"], "--jobs", "1")
    run(str(folder), outs["2 jobs"], "--jobs", "2")
    if given.dask:
        outs["dask"] = scratch / "out-dask"
        with ExitStack() as cluster:
            address = start_dask(cluster)
            wall, _, _ = run(str(folder), outs["dask"], "--dask", address)
            print(f"  dask, 2 workers: {wall:.1f} s")
    for name in OUTPUTS:
        found = {
            hashlib.sha256((out / name).read_bytes()).hexdigest()[:12] for out in outs.values()
        }
        print(f"  {name}: {'equal' if len(found) == 1 else 'DIFFERENT'} for {', '.join(outs)}")


def _compare(root: str, out: Path, repeats: int) -> None:
    """Run with 1 and 2 jobs by turns, so that both meet the same neighbours on the machine."""
    walls: dict[str, list[float]] = {"1": [], "2": []}
    for _ in range(repeats):
        for jobs, found in walls.items():
            wall, cpu, _ = run(root, out, "--jobs", jobs)
            found.append(wall)
            print(f"  {jobs} jobs: {wall:.2f} wall, {cpu:.2f} CPU")
    one, two = (statistics.median(found) for found in walls.values())
    best = min(walls["1"]) / min(walls["2"])
    print(f"  2 jobs are {one / two:.2f}x as fast (medians), {best:.2f}x (best runs)")


def _some(folder: Path, beside: Path, count: int) -> str:
    """Return a list of the first zips."""
    path = beside / f"first-{count}.txt"
    names = sorted(folder.glob("*.zip"))[:count]
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    return f"@{path}"


def start_dask(cluster: ExitStack, workers: int = 2) -> str:
    """Start a scheduler and workers, processes of their own; return the scheduler's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = ["worker", address, "--nworkers", "1", "--nthreads", "1", "--no-dashboard"]
    for command in (scheduler, *[worker] * workers):
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        cluster.callback(process.wait)
        cluster.callback(process.terminate)
    return address


if __name__ == "__main__":
    main()

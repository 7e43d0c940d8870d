"""A survey of many small files that is killed again and again, against one that is left alone.

    python -m benchmarks.soak [--files 100000] [--zips 2000] [--kills 20] [--workers 5] [--seed 1]

Everything lies in a scratch folder, some 4 KB a file, that is removed at the end. The table says
whether each run wrote the same bytes, and what it left behind in the temporary folder and in its
own; the program ends with an error where a run did not, or left anything.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.survey import OUTPUTS, of_session, start_dask
from fw_gear_viewer_check.system.files import PART
from fw_gear_viewer_check.system.scratch import PREFIX
from tests import make, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IMAGES = 10
"""In each series of loose files."""
ZIPPED = 3
"""In each zip."""
UID = "1.2.3.9{:07}"
"""Of the same length for every number: it is replaced in bytes that were written once."""
DASK = {"dask-scratch-space"}
"""What dask has in the temporary folder, and looks after."""
LOOK_SECONDS = 0.005
MEMORY_SECONDS = 0.5


def make_archive(folder: Path, files: int, zips: int) -> None:
    """Write series of loose files in folders, and zips; some share a series, some are damaged."""
    uneven = [0, 3, 4, *range(9, 9 + 3 * (IMAGES - 3), 3)]
    kinds = [
        list(pack.members(images).values())
        for images in (
            make.ct(IMAGES, SeriesInstanceUID=UID.format(0)),
            make.mr(z=uneven, SeriesInstanceUID=UID.format(0)),
            make.pt(IMAGES, SeriesInstanceUID=UID.format(0)),
        )
    ]
    for number in range(files // IMAGES):
        for place, one in enumerate(_of_series(kinds[number % 3], number)):
            # Of every tenth series the files lie in two folders.
            half = f"half{place % 2}" if number % 10 == 9 else "images"
            parent = folder / "loose" / f"{number % 100:02}" / f"{number:05}" / half
            parent.mkdir(parents=True, exist_ok=True)
            is_cut = (number, place) == (number // 50 * 50, 4)
            name = f"{place:02}{'' if number % 7 else '.dcm'}"
            (parent / name).write_bytes(one[:300] if is_cut else one)
    (folder / "zips").mkdir(parents=True)
    images = make.ct(ZIPPED, SeriesInstanceUID=UID.format(0))
    segmentation = make.seg(images, SeriesInstanceUID="1.2.3.8")
    zipped = list(pack.members(images).values())
    segmented = list(pack.members(segmentation).values())
    for number in range(zips):
        own = 1_000_000 + number
        kind = number % 20
        # The series of a loose one or of the zip before; the images of the zip before.
        series = {7: number, 9: own - 1, 13: own - 1}.get(kind, own)
        content = _of_series(segmented if kind == 13 else zipped, series)
        raw = pack.zip_bytes({f"{place}.dcm": one for place, one in enumerate(content)})
        (folder / "zips" / f"{number:05}.zip").write_bytes(raw[:-100] if kind == 17 else raw)


def _of_series(contents: list[bytes], number: int) -> list[bytes]:
    before, after = UID.format(0).encode(), UID.format(number).encode()
    return [content.replace(before, after) for content in contents]


@dataclass
class Survey:
    """One survey, however often it had to be started."""

    name: str
    scratch: Path
    starts: int = 0
    seconds: float = 0
    peak: int = 0
    """Bytes of the largest process."""
    kills: list[str] = field(default_factory=list)

    @property
    def out(self) -> Path:
        """Where it writes to."""
        return self.scratch / self.name.replace(" ", "-")

    @property
    def journal_bytes(self) -> int:
        """How far it has come."""
        path = self.out / "journal" / "survey.jsonl"
        return path.stat().st_size if path.exists() else 0

    @property
    def is_writing(self) -> bool:
        """True while it writes its tables."""
        return any(self.out.glob(f"{PART}*"))

    @contextmanager
    def running(self, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start it in a process group of its own, which is killed in any case."""
        command = [sys.executable, "-m", "fw_gear_viewer_check", "survey"]
        # A path that the workers of dask see, too.
        command += [str(self.scratch / "archive"), "--resume", "--out", str(self.out)]
        process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        began = time.monotonic()
        self.starts += 1
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            self.seconds += time.monotonic() - began

    def wait(self, process: subprocess.Popen[bytes], until: Callable[[], bool]) -> bool:
        """Wait until something is so, True, or until the survey ends, False."""
        looked = 0.0
        while process.poll() is None:
            if until():
                return True
            if time.monotonic() - looked > MEMORY_SECONDS:
                looked = time.monotonic()
                self.peak = max([self.peak, *(rss for *_, rss in of_session(process.pid))])
            time.sleep(LOOK_SECONDS)
        if process.returncode:
            sys.exit(f"{self.name}: the survey ended with exit code {process.returncode}")
        return False

    def finish(self, *options: str) -> None:
        """Go on to the end."""
        with self.running(*options) as process:
            self.wait(process, lambda: False)

    def judged(self) -> int:
        """Return how many inputs were judged, each as often as it was."""
        with (self.out / "journal" / "survey.jsonl").open(encoding="utf-8") as lines:
            return sum("key" in json.loads(line) for line in lines)

    def differing(self, other: Survey) -> list[str]:
        """Return the outputs that are not the same bytes."""
        pairs = [(name, self.out / name, other.out / name) for name in OUTPUTS]
        return [name for name, one, two in pairs if one.read_bytes() != two.read_bytes()]

    def left_behind(self, other: Survey) -> list[str]:
        """Return what lies in the temporary folder, and what only one of the two folders holds."""
        places = (self.scratch / "tmp").iterdir(), Path("/dev/shm").glob(f"sem.{PREFIX}*")  # noqa: S108
        temporary = [path.name for place in places for path in place if path.name not in DASK]
        here, there = ({p.relative_to(s.out) for p in s.out.rglob("*")} for s in (self, other))
        return [*temporary, *map(str, here ^ there)]


@dataclass
class Moments:
    """When the survey that was left alone did what."""

    first_line: float = 0
    writing: float = 0
    end: float = 0
    journal_bytes: int = 0


def run_alone(survey: Survey, *options: str) -> Moments:
    """Survey without a disturbance."""
    began, moments = time.monotonic(), Moments()
    with survey.running(*options) as process:
        survey.wait(process, lambda: survey.journal_bytes > 0)
        moments.first_line = time.monotonic() - began
        survey.wait(process, lambda: survey.is_writing)
        moments.writing = time.monotonic() - began
        survey.wait(process, lambda: False)
    moments.end = time.monotonic() - began
    moments.journal_bytes = survey.journal_bytes
    return moments


def run_killed(
    survey: Survey, alone: Moments, count: int, chance: random.Random, *options: str
) -> None:
    """Kill all processes of the survey at random moments, and go on each time.

    Most lie anywhere in the work, told by the size of the journal; one in seven before the first
    line of it, and one in seven while the tables are written.
    """
    few = count // 7
    for _ in range(few):
        _kill_after(survey, chance.uniform(0, alone.first_line), *options)
    for share in sorted(chance.random() for _ in range(count - 2 * few)):
        with survey.running(*options) as process:
            wanted = share * alone.journal_bytes
            if survey.wait(process, lambda wanted=wanted: survey.journal_bytes >= wanted):  # type: ignore[misc]
                survey.kills.append(f"{share:.0%}")
    while len(survey.kills) < count:  # it may be done before it is killed
        _kill_after(
            survey, chance.uniform(0, alone.end - alone.writing), *options, while_writing=True
        )
    survey.finish(*options)


def _kill_after(survey: Survey, seconds: float, *options: str, while_writing: bool = False) -> None:
    with survey.running(*options) as process:
        if while_writing and not survey.wait(process, lambda: survey.is_writing):
            return
        due = time.monotonic() + seconds
        if survey.wait(process, lambda: time.monotonic() >= due):
            survey.kills.append(f"{'writing' if while_writing else 'start'} {seconds:.2f} s")


def run_on_dask(survey: Survey, alone: Moments, count: int, chance: random.Random) -> None:
    """Survey with two workers, one of which is killed at random moments; nannies start others."""
    import distributed  # noqa: PLC0415 - an extra

    with ExitStack() as ended:
        address = start_dask(ended)
        client = ended.enter_context(distributed.Client(address))
        process = ended.enter_context(survey.running("--dask", address))
        for share in sorted(chance.random() for _ in range(count)):
            wanted = share * alone.journal_bytes
            if not survey.wait(process, lambda wanted=wanted: survey.journal_bytes >= wanted):  # type: ignore[misc]
                break
            workers = client.run(os.getpid, on_error="ignore").values()
            os.kill(chance.choice(sorted(workers)), signal.SIGKILL)
            survey.kills.append(f"{share:.0%}")
        survey.wait(process, lambda: False)


def main() -> None:
    """Soak, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--zips", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=5, help="workers of dask to kill")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - moments, no secrets
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        scratch = Path(folder)
        make_archive(scratch / "archive", given.files, given.zips)
        # What a survey puts aside goes here; short, as the path of a socket has to be.
        (scratch / "tmp").mkdir()
        os.environ["TMPDIR"] = str(scratch / "tmp")
        alone, killed, dask = (Survey(n, scratch) for n in ("left alone", "killed", "on dask"))
        moments = run_alone(alone, "--jobs", given.jobs)
        left = alone.left_behind(alone)
        print(f"{given.files:,} files and {given.zips:,} zips, {given.jobs} jobs")
        print("| | started | killed | seconds | judged | largest process | same bytes | left |")
        print("|---|---:|---:|---:|---:|---:|---|---|")
        is_good = _tell(alone, [], left)
        run_killed(killed, moments, given.kills, chance, "--jobs", given.jobs)
        is_good &= _tell(killed, killed.differing(alone), killed.left_behind(alone))
        if given.workers:
            run_on_dask(dask, moments, given.workers, chance)
            is_good &= _tell(dask, dask.differing(alone), dask.left_behind(alone))
        print(f"\nkilled at {', '.join(killed.kills)}; workers of dask at {', '.join(dask.kills)}")
        sys.exit(0 if is_good else 1)


def _tell(survey: Survey, differing: list[str], left: list[str]) -> bool:
    cells = [
        survey.name,
        f"{survey.starts} times",
        f"{len(survey.kills)} times",
        f"{survey.seconds:.0f}",
        f"{survey.judged():,}",
        f"{survey.peak >> 20} MiB",
        f"not {', '.join(differing)}" if differing else "yes",
        ", ".join(left[:20]) or "nothing",
    ]
    print(f"| {' | '.join(cells)} |", flush=True)
    return not differing and not left


if __name__ == "__main__":
    main()

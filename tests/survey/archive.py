"""An archive to survey: a zip a series, and some of what else is met in archives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests import make, pack

OUTPUTS = ("series.csv", "findings.csv.gz", "survey.html", "left_out.csv")


def many(folder, count, images=3):
    """Write so many zips of CT series, each a series of its own."""
    root = Path(folder) / "many"
    root.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        series = make.ct(images, SeriesInstanceUID=f"1.2.3.{number + 1}")
        pack.zip_file(root, series, f"{number:03}.dicom.zip")
    return root


def mixed(folder):
    """Write an archive of good, broken, doubled and loose series, and of strangers."""
    root = Path(folder) / "archive"
    root.mkdir(parents=True)
    good = make.ct(4, SeriesInstanceUID="1.2.3.1")
    pack.zip_file(root, good, "good.dicom.zip")
    pack.zip_file(root, good, "copy.dicom.zip")
    pack.zip_file(root, make.ct(4, z=[0, 3, 4.5, 9], SeriesInstanceUID="1.2.3.2"), "uneven.zip")
    images = make.ct(3, SeriesInstanceUID="1.2.3.3")
    pack.zip_file(root, images, "images.zip")
    pack.zip_file(root, make.seg(images, SeriesInstanceUID="1.2.3.4"), "segmentation.zip")
    lost = make.ct(3, SeriesInstanceUID="1.2.3.99")
    pack.zip_file(root, make.seg(lost, SeriesInstanceUID="1.2.3.5"), "lonely_segmentation.zip")
    (root / "broken.zip").write_bytes(b"PK\3\4 and nothing else")
    (root / "empty.zip").write_bytes(b"")
    loose = make.mr(4, SeriesInstanceUID="1.2.3.6")
    pack.folder_of(root / "loose", loose[:2], "first")
    pack.folder_of(
        root / "loose", {f"x{n}": pack.to_bytes(d) for n, d in enumerate(loose[2:])}, "second"
    )
    pack.folder_of(root / "loose", make.mr(2, SeriesInstanceUID="1.2.3.7"), "third")
    pack.file_of(root, make.dx(1, SeriesInstanceUID="1.2.3.8")[0], "radiograph.dcm")
    (root / "damaged.dcm").write_bytes(b"not DICOM at all")
    (root / "notes.txt").write_text("not DICOM")
    (root / ".DS_Store").write_bytes(b"x")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("x")
    return root


def command(*arguments):
    return [sys.executable, "-m", "fw_gear_viewer_check", "survey", *map(str, arguments)]


def survey(*arguments, **more):
    """Run the command as users do."""
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, timeout=120, **more
    )


def surveyed(*arguments):
    done = survey(*arguments)
    assert done.returncode == 0, done.stderr
    return done


def outputs(folder):
    return {name: (Path(folder) / name).read_bytes() for name in OUTPUTS}


def descendants(pid):
    """Return the processes that a process has started, and those that they started."""
    children = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, waiting = [], [pid]
    while waiting:
        own = children.get(waiting.pop(), [])
        found += own
        waiting += own
    return found

"""What the demo wrote to its folder, and nobody has edited since: ``make clean`` removes that.

    python -m examples.demo_folder

It needs no package, since there may be no environment any more.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

GEAR = Path(__file__).parent.parent / "demo"
RECORD = ".made-by-demo"
"""A line for each file that was written: its SHA-256, and its path in the folder."""
WRITTEN = (
    "config.json",
    "input/dicom/ball.dicom.zip",
    "output/.metadata.json",
    "output/*_viewer_check.csv",
    "output/*_viewer_check.html",
)


def record(folder: Path, names: Iterable[str]) -> None:
    """Remember files as they are now."""
    lines = [_line(folder, name) for name in names if (folder / name).is_file()]
    with (folder / RECORD).open("ab") as file:
        file.write(b"".join(lines))


def not_made(folder: Path, names: Iterable[str]) -> list[str]:
    """Return what is there under these names and is not as it was remembered."""
    path = folder / RECORD
    known = set(path.read_bytes().splitlines(keepends=True)) if path.is_file() else set[bytes]()
    there = [name for name in names if (folder / name).is_symlink() or (folder / name).exists()]
    return [name for name in there if _line(folder, name) not in known]


def clean(folder: Path) -> None:
    """Remove what the demo wrote; all else stays."""
    found = [path.relative_to(folder).as_posix() for one in WRITTEN for path in folder.glob(one)]
    for name in set(found) - set(not_made(folder, found)):
        (folder / name).unlink()
    (folder / RECORD).unlink(missing_ok=True)


def _line(folder: Path, name: str) -> bytes:
    """Return the line of a file; an empty one for what the demo does not write, such as links."""
    path = folder / name
    if path.is_symlink() or not path.is_file():
        return b""
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ".encode() + bytes(Path(name)) + b"\n"


if __name__ == "__main__":
    try:
        clean(GEAR)
    except OSError as problem:
        sys.exit(f"demo: {problem.filename}: {problem.strerror}")

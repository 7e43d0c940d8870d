"""The journal of a survey: a line for each thing found, on the disk before the next one.

Lines are only ever appended, so that whatever ends the survey (a power cut, kill -9, a full disk)
costs at most the line that was being written. A journal is written by one process at a time. Each
line begins with a checksum of the rest: one that is damaged is left out, its input judged again.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import IO, Any

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.system.files import opened_regular
from fw_gear_viewer_check.system.scratch import NO_LOCKS

log = logging.getLogger(__name__)

MAX_LINE = 16 * 1024 * 1024
"""Bytes of a line; that of a thousand series has a few million."""
_ROOM = 100
"""Bytes that a checksum and a line break take of it, at the most."""
MAX_BRACKETS = 100_000
"""Objects and lists of a line; each may take a hundred times its text in memory."""
SYNC_SECONDS = 5.0
"""A line reaches the system at once, and the disk within this time: only a power cut costs more."""


class Journal(AbstractContextManager["Journal"]):
    """An append-only file of JSON lines; use it as a context."""

    def __init__(self, path: Path) -> None:
        """Open or begin it; raises :class:`UsageError` while another process writes to it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path) and not is_journal(path):
            message = f"{path} was not written by a survey: choose another folder"
            raise UsageError(message)
        self.path = path
        self._file: IO[bytes] = path.open("ab", buffering=0)
        try:
            _lock(self._file, path)
        except UsageError:
            self._file.close()
            raise
        self._end = self._cut_torn_line()
        self._synced = time.monotonic()

    def append(self, line: str) -> tuple[int, int]:
        """Write an object of JSON as a line; return where it begins and how many bytes it has."""
        rest = line.encode()[1:] + b"\n"
        raw = _beginning(rest) + rest
        start = self._end
        written = self._file.write(raw)
        while written < len(raw):  # a raw file may take less than it is given
            written += self._file.write(raw[written:])
        self._end += len(raw)
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()
        return start, len(raw)

    def clear(self) -> None:
        """Forget all lines."""
        os.truncate(self.path, 0)
        self._end = 0

    def sync(self) -> None:
        """Have all lines on the disk."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def _cut_torn_line(self) -> int:
        """Drop what follows the last line break, a line that was not finished; return the size."""
        with self.path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            at = end
            while at > 0:
                start = max(at - 65536, 0)
                file.seek(start)
                found = file.read(at - start).rfind(b"\n")
                if found >= 0:
                    at = start + found + 1
                    break
                at = start
        if at < end:
            log.info("the last line of the journal is incomplete: it is written again")
            os.truncate(self.path, at)
        return at

    def __exit__(self, *_: object) -> None:
        """Have all lines on the disk, and let other processes write."""
        self.sync()
        self._file.close()


def fits(line: str) -> bool:
    """Return True for what can be read again once it is a line."""
    return len(line) + _ROOM <= MAX_LINE


def lines(path: Path) -> Iterator[tuple[int, int, dict[str, Any] | None]]:
    """Yield where each whole line begins, its length, and the document in it; None for no such."""
    start = 0
    with opened_regular(path) as file:
        while raw := file.readline(MAX_LINE):
            document = None
            if raw.startswith(_beginning(raw[_BEGINNING:])):
                with suppress(ValueError, RecursionError):
                    document = _document(raw)
            if document is not None or raw.endswith(b"\n") or len(raw) == MAX_LINE:
                yield start, len(raw), document
            start += len(raw)


def _document(raw: bytes) -> dict[str, Any]:
    if raw.count(b"{") + raw.count(b"[") > MAX_BRACKETS:
        raise ValueError
    document: dict[str, Any] = json.loads(raw)
    del document["crc"]
    return document


def is_journal(path: Path) -> bool:
    """Return True for a journal, also one that is empty or holds half a line; a link is none."""
    if path.is_symlink() or not path.is_file():  # what it leads to is not ours; a pipe has no end
        return False
    mark = _beginning(b"")[:8]
    with path.open("rb") as file:
        part = file.read(65536)
        if mark.startswith(part):
            return True
        while part and mark not in part:
            part = file.read(65536)
    return bool(part)


def _beginning(rest: bytes) -> bytes:
    return b'{"crc":"%08x",' % zlib.crc32(rest)


_BEGINNING = len(_beginning(b""))


def line_at(path: Path, start: int, length: int) -> dict[str, Any]:
    """Return the document of one line; raises :class:`UsageError` where it is no more."""
    with path.open("rb") as file:
        file.seek(start)
        raw = file.read(length)
    if not raw.startswith(_beginning(raw[_BEGINNING:])):
        message = f"{path} was changed by another process: does another survey write there?"
        raise UsageError(message)
    return _document(raw)


def _lock(file: IO[bytes], path: Path) -> None:
    """Keep other surveys out; the system lets go of the lock when the process ends."""
    if sys.platform == "win32":
        return
    import fcntl  # noqa: PLC0415 - not everywhere

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = f"another survey is writing to {path.parent.parent}"
        raise UsageError(message) from error
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        message = f"{path.parent.parent} is on a file system without locks: choose another --out"
        raise UsageError(message) from error

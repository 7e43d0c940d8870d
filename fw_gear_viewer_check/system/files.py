"""Reading files that do not keep the reader waiting; writing outputs whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TextIO

from fw_gear_viewer_check.system import scratch, stopping


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as it is; a reader sees the old file or the new one, whole.

    Raises :class:`OSError` when the folder cannot be written to, and leaves nothing behind.
    """
    write_texts({path: text})


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write UTF-8 texts, all or none: the files appear together, at the end, and in this order."""
    with stopping.deferred(), ExitStack() as complete:
        # What is opened last appears first.
        for path, text in reversed(list(texts.items())):
            file = complete.enter_context(replaced(path))
            file.write(text.encode())
            file.flush()  # a disk that is full tells it before anything appears


def write_outputs(outputs: Iterable[tuple[Path, str]]) -> None:
    """Write UTF-8 texts to what a user names: "-" is stdout, and a link is followed.

    Regular files are replaced whole, all or none; a device and a pipe are written through. Raises
    :class:`OSError`.
    """
    regular: dict[Path, str] = {}
    for path, text in outputs:
        stream = _stream_of(path)
        if stream is not None:
            with suppress(BrokenPipeError):  # who reads no further has read enough
                stream.write(text)
                stream.flush()
        elif path.exists() and not path.is_file():
            with suppress(BrokenPipeError), path.open("ab") as file:
                file.write(text.encode())
        else:
            regular[place := place_of(path)] = text
            if place.exists() and not os.access(place, os.W_OK):  # told before anything appears
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    write_texts(regular)


def place_of(path: Path) -> Path:
    """Return where a path leads; links that lead in circles lead nowhere else."""
    return Path(os.path.realpath(path))


def _stream_of(path: Path) -> TextIO | None:
    """Return the stream that a path stands for, as "-" and /dev/fd/1 do.

    A shell may have led it into a file, and opened anew that would be written from its beginning.
    """
    if str(path) == "-":
        return sys.stdout
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # there is no such file, or no file under the stream
            if os.path.samestat(path.stat(), os.fstat(stream.fileno())):
                return stream
    return None


@contextmanager
def appearing_together(folder: Path) -> Iterator[Path]:
    """Yield a new folder; its files move to ``folder`` when the context is left without an error.

    Until then a signal or an error leaves nothing behind; what a killed run has left is removed.
    """
    folder.mkdir(exist_ok=True)
    for left in folder.glob(f"{PART}*"):
        with suppress(OSError):  # a file, or removed meanwhile
            free = scratch.lock(left)
            if free is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(free)
    made, lock = scratch.locked_folder(folder, PART)
    try:
        yield made
        files = sorted(made.iterdir())
        refuse_folders(folder / file.name for file in files)
        stopping.ignore_signals()
        for file in files:
            file.chmod(_mode_at(folder / file.name))
            file.replace(folder / file.name)
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def refuse_folders(paths: Iterable[Path]) -> None:
    """Raise :class:`OSError` where a folder lies in the place of a file that is to be written."""
    for path in paths:
        if path.is_dir():
            raise IsADirectoryError(0, f"{path.name} is a folder")


def opened_regular(path: str | Path) -> IO[bytes]:
    """Open a regular file for reading: a pipe, which may have taken its place, would never end.

    Raises :class:`OSError` for anything else.
    """
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - the caller's to close
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        if hasattr(os, "O_NONBLOCK"):  # what lies on a tape would not be waited for
            os.set_blocking(file.fileno(), True)
        return file
    file.close()
    raise OSError(errno.EINVAL, "not a regular file", str(path))


def read_whole(path: Path, most: int) -> bytes:
    """Return the bytes of a regular file; raises :class:`OSError` for more than ``most``."""
    with opened_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"longer than {most >> 10:,} KiB", str(path))
    return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


PART = ".viewer-check-part-"
"""Begins the name of a file that is not complete."""


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of ``path`` when the context is left without an error."""
    with _errors_of(path):
        descriptor, temporary = tempfile.mkstemp(prefix=PART, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        os.chmod(temporary, _mode_at(path))  # noqa: PTH101 - mkstemp's 0600 hides it from others
        with _errors_of(path):
            os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108
        raise


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """Let errors name the file that was asked for, not the temporary one."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _mode_at(path: Path) -> int:
    """Return the permissions of a file that is replaced: a private one stays private.

    A new file gets what the umask leaves; there is no way to ask for it but to set it.
    """
    with suppress(FileNotFoundError):
        there = path.lstat().st_mode
        if stat.S_ISREG(there):
            return there & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

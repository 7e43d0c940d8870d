"""Reading files that do not keep the reader waiting; writing outputs whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as it is; a reader sees the old file or the new one, whole.

    Raises :class:`OSError` when the folder cannot be written to, and leaves nothing behind.
    """
    with replaced(path) as file:
        file.write(text.encode())


def write_output(path: Path, text: str) -> None:
    """Write UTF-8 text to what a user names: "-" is stdout, and a link is followed.

    A regular file is replaced whole; a device and a pipe are written through. Raises
    :class:`OSError`.
    """
    # A shell may have led these into a file, and opened anew it is written from its beginning.
    streams = {"-": sys.stdout, "/dev/stdout": sys.stdout, "/dev/stderr": sys.stderr}
    if str(path) in streams:
        streams[str(path)].write(text)
        streams[str(path)].flush()
        return
    if path.exists() and not path.is_file():
        with path.open("ab") as file:
            file.write(text.encode())
    else:
        write_text(path.resolve(), text)


def opened_regular(path: str | Path) -> IO[bytes]:
    """Open a regular file for reading: a pipe, which may have taken its place, would never end.

    Raises :class:`OSError` for anything else.
    """
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - the caller's to close
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
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
        os.chmod(temporary, 0o666 & ~_umask())  # noqa: PTH101 - mkstemp's 0600 hides it from others
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


def _umask() -> int:
    """Return the umask; there is no way to ask for it but to set it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

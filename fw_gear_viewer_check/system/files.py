"""Writing outputs whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as it is; a reader sees the old file or the new one, whole.

    Raises :class:`OSError` when the folder cannot be written to, and leaves nothing behind.
    """
    with replaced(path) as file:
        file.write(text.encode())


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of ``path`` when the context is left without an error."""
    with _errors_of(path):
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
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

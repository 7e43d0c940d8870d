"""What a process needs of the system for as long as it runs, under names that tell whose it is.

Who is ended by kill -9 cannot clean up: the next process removes what the dead have left.
"""

from __future__ import annotations

import atexit
import errno
import multiprocessing
import os
import re
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = ".viewer-check-"
NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP})
"""What the lock on a file fails with where a file system has none, such as some on a network."""
SEMAPHORES = Path("/dev/shm")  # noqa: S108 - where Linux has them


def for_processes() -> None:
    """Have :mod:`multiprocessing` keep its sockets and semaphores where the next run finds them."""
    if sys.platform == "win32":  # it has neither
        return
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # As mkdtemp names it, and with no sign of a pattern.
        if re.fullmatch(r"[a-z0-9_]{8}", path.name.removeprefix(PREFIX)):
            with suppress(OSError):
                _remove_dead(path)
    folder, _ = locked_folder(Path(tempfile.gettempdir()), PREFIX)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # There is no public way to set them, and the names that Python chooses tell nobody's process.
    config = multiprocessing.current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001
    config["tempdir"] = str(folder)
    if SEMAPHORES.is_dir():
        config["semprefix"] = f"/{folder.name}"


def locked_folder(parent: Path, prefix: str) -> tuple[Path, int | None]:
    """Return a new folder, and what holds the lock on it: as long as the process, or until closed.

    None where nobody can lock it, and take it for a dead one's.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            descriptor = lock(folder)
            if descriptor is not None and folder.exists():
                return folder, descriptor  # and not taken for a dead one's before it was locked
        except FileNotFoundError:
            continue  # it was
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            return folder, None


def lock(folder: Path) -> int | None:
    """Return the descriptor that holds the lock; None while another process holds it.

    Everybody may write to the temporary folder: links, pipes and what others own is not ours.
    """
    import fcntl  # noqa: PLC0415 - not everywhere

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
    except BlockingIOError:
        pass
    os.close(descriptor)
    return None


def _remove_dead(folder: Path) -> None:
    descriptor = lock(folder)
    if descriptor is None:
        return
    try:
        for name in os.listdir(descriptor):  # noqa: PTH208 - not a path
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if stat.S_ISSOCK(status.st_mode):
                os.unlink(name, dir_fd=descriptor)
        for semaphore in SEMAPHORES.glob(f"sem.{folder.name}-*"):
            semaphore.unlink()
        folder.rmdir()
    finally:
        os.close(descriptor)

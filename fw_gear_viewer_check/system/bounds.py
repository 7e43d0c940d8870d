"""The most memory and time that a process of ours takes, whatever its input does.

Readers have limits of their own, which say what is wrong with the input. These here are for what
nobody has thought of: the machine and the other inputs of a survey do not pay for it.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TypeVar

Done = TypeVar("Done")

MAX_MEMORY = 1 << 30
"""Bytes beyond those that a process has when it begins."""
TOO_MUCH = "it takes more memory than it may"
"""What is said of an input, or of a list, beyond it."""
SECONDS = 300
SECONDS_FOR_MIB = 6
"""Processor time for an input, and for each MiB of it: no honest one takes a tenth of it."""
MAX_TIMED = 16 << 30
"""Bytes of an input beyond which it gets no more time: whatever it says that its size is, less is
read of it (:mod:`..model.limits`)."""
TOO_LONG = (
    f"it takes more processor time than {SECONDS // 60} min and {SECONDS_FOR_MIB} s for each MiB"
)
"""What is said of an input beyond it."""


class TooLongError(Exception):
    """The work took more processor time than it may."""


class _OverError(BaseException):
    """The time is over; no handler of errors takes it for one."""


def limit_memory(most: int = MAX_MEMORY) -> None:
    """Let :class:`MemoryError` be raised beyond a bound, in this process and those it starts.

    Only Linux tells, and bounds, what a process takes.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - Windows has none

        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        taken = re.search(r"^VmData:\s+(\d+) kB$", status, re.MULTILINE)
        if taken:
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (int(taken[1]) * 1024 + most, hard))


@contextmanager
def limited_time(size: int) -> Iterator[None]:
    """Raise :class:`TooLongError` where the work on an input of ``size`` bytes does not end.

    The main thread only can be told; in others, and on Windows, there is no bound.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not (is_main and hasattr(signal, "setitimer")):
        yield
        return
    before = signal.signal(signal.SIGPROF, _raise)
    # Again each second: Python drops what is raised while it clears up an object.
    signal.setitimer(signal.ITIMER_PROF, SECONDS + _seconds_for(size), 1)
    try:
        yield
    except _OverError as error:
        raise TooLongError(TOO_LONG) from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def give_time(size: int) -> None:
    """Give the work that is limited now the time for so many bytes more: those of a folder."""
    if hasattr(signal, "setitimer") and signal.getsignal(signal.SIGPROF) is _raise:
        left, step = signal.getitimer(signal.ITIMER_PROF)
        signal.setitimer(signal.ITIMER_PROF, left + _seconds_for(size), step)


def _seconds_for(size: int) -> float:
    return SECONDS_FOR_MIB * min(size, MAX_TIMED) / 2**20


def within(seconds: float, work: Callable[[], Done]) -> Done:
    """Do what waits for others in another thread; raises ``TimeoutError`` where it takes too long.

    Timeouts of network libraries count from one piece of an answer to the next, and looking up a
    name has none at all: only leaving the work behind is sure to end in time. The thread is a
    daemon, so that it does not keep the process, and what it still receives is limited.
    """
    outcome: Future[Done] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except Exception as error:  # noqa: BLE001 - the waiting thread says what it was
            outcome.set_exception(error)

    threading.Thread(target=run, name="waits for others", daemon=True).start()
    return outcome.result(seconds)


def size_of(path: Path) -> int:
    """Return the size of a file in bytes; 0 for a folder: what lists it says :func:`give_time`."""
    return path.stat().st_size if path.is_file() else 0


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise _OverError

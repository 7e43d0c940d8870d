"""Being stopped from outside (SIGTERM of the platform, Ctrl-C) without leaving half of anything."""

from __future__ import annotations

import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
INTERRUPTED = 128 + signal.SIGINT
"""Exit code of a command that was interrupted, as shells have it: 1 would say that data fail."""


class StoppedError(KeyboardInterrupt):
    """The program was told to stop; like its base, no handler of errors takes it for one."""

    def __init__(self, number: int) -> None:
        """Take the number of the signal."""
        super().__init__()
        self.exit_code = 128 + number


def clean_up_when_stopped() -> None:
    """Let a signal end the program as an exception does: what was begun is removed on the way."""
    for kind in _SIGNALS:
        signal.signal(kind, _stop)


def _stop(number: int, _frame: object) -> NoReturn:
    # A second signal must not interrupt the cleaning up.
    for kind in _SIGNALS:
        signal.signal(kind, signal.SIG_IGN)
    raise StoppedError(number)


@contextmanager
def unstoppable() -> Iterator[None]:
    """Ignore signals for the moment in which outputs appear: all of them do, or none."""
    before = [signal.signal(kind, signal.SIG_IGN) for kind in _SIGNALS]
    try:
        yield
    finally:
        for kind, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(kind, handler)


@contextmanager
def temporary_folder(within: Path) -> Iterator[Path]:
    """Make a folder that is gone in the end.

    A signal must not come between its making and the knowledge of it, nor into its removal.
    """
    made: tempfile.TemporaryDirectory[str] | None = None
    try:
        with unstoppable():
            made = tempfile.TemporaryDirectory(dir=within, prefix=".viewer-check-")
        yield Path(made.name)
    finally:
        with unstoppable():
            if made is not None:
                made.cleanup()

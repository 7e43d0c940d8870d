"""Being stopped from outside (SIGTERM of the platform, Ctrl-C) without leaving half of anything."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
INTERRUPTED = 128 + signal.SIGINT
"""Exit code of a command that was interrupted, as shells have it: 1 would say that data fail."""


LONGEST_END = 60
"""Seconds that cleaning up may take: then the system ends the program, as kill -9 does."""


class StoppedError(KeyboardInterrupt):
    """The program was told to stop; like its base, no handler of errors takes it for one."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def clean_up_when_stopped() -> None:
    """Let a signal end the program as an exception does: what was begun is removed on the way."""
    for kind in _SIGNALS:
        signal.signal(kind, _stop)


@contextmanager
def deferred() -> Iterator[None]:
    """Let a signal end the program when this context is left.

    An exception within what waits for other threads could leave a lock of theirs taken for ever.
    """
    _deferred.depth += 1
    try:
        yield
    finally:
        _deferred.depth -= 1
        if _deferred.number and not _deferred.depth:
            _stop(_deferred.number, None)


@dataclass(slots=True)
class _Deferred:
    """How many such contexts there are in each other, and the signal that came; 0 for none."""

    depth: int = 0
    number: int = 0


_deferred = _Deferred()


def _stop(number: int, _frame: object) -> None:
    if _deferred.depth:
        _deferred.number = number
        return
    _deferred.number = 0
    # A second signal must not interrupt the cleaning up.
    _let_pass()
    if hasattr(signal, "alarm"):
        signal.alarm(LONGEST_END)
    raise StoppedError(number)


def ignore_signals() -> None:
    """Ignore signals from now on: outputs appear, all of them or none, and the program ends."""
    _let_pass()
    for kind in _SIGNALS:  # also while Python ends, when it would forget a handler of its own
        signal.signal(kind, signal.SIG_IGN)


def _let_pass() -> None:
    """Do nothing at a signal: of one that has just come, Python would say that it is ignored."""
    for kind in _SIGNALS:
        signal.signal(kind, lambda *_: None)

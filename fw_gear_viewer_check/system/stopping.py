"""Being stopped from outside (SIGTERM of the platform, Ctrl-C) without leaving half of anything."""

from __future__ import annotations

import signal
from typing import NoReturn

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


def _stop(number: int, _frame: object) -> NoReturn:
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

"""How far a long task has come, on stderr; a short one shows nothing."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from fw_gear_viewer_check.system.environment import forget_tqdm

forget_tqdm()
from tqdm import tqdm  # noqa: E402 - after that

QUIET_SECONDS = 2.0
"""A task that ends within this time shows no bar."""
LOG_SECONDS = 30.0
"""A log gets a line this often, the first after this time."""

_FORMAT = "{desc}: {n_fmt} of {total_fmt} ({percentage:.0f} %), {rate_fmt}, {remaining} left"
_FORMAT_WITHOUT_TOTAL = "{desc}: {n_fmt}, {rate_fmt}"

# No thread that looks after the bars, and no lock that processes share.
tqdm.monitor_interval = 0
tqdm.set_lock(threading.RLock())


class Progress(tqdm):  # type: ignore[type-arg]  # nothing is iterated over
    """Counts files: a bar on a terminal, a line now and then in a log. Use it as a context."""

    def __init__(self, what: str, total: int | None = None, stream: TextIO | None = None) -> None:
        stream = stream or sys.stderr
        on_terminal = stream.isatty()
        log_format = _FORMAT if total is not None else _FORMAT_WITHOUT_TOTAL
        super().__init__(
            desc=what,
            total=total,
            file=stream,
            unit=" files",
            leave=False,
            dynamic_ncols=on_terminal,
            delay=QUIET_SECONDS if on_terminal else LOG_SECONDS,
            mininterval=0.2 if on_terminal else LOG_SECONDS,
            miniters=1,
            bar_format=None if on_terminal else log_format,
        )

    def reached(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` are done."""
        self.total = total
        self.update(done - self.n)

    def close(self) -> None:
        """Clear the bar; lines of a log stay."""
        if self.disable:
            return  # closed before; the garbage collector closes again, when the stream is gone
        if not self.fp.isatty():
            self.delay = math.inf  # as if nothing had been shown
        super().close()

    @staticmethod
    def status_printer(file: Any) -> Callable[[str], None]:  # noqa: ANN401 - as tqdm has it
        """Return what renews the bar on a terminal, and writes a new line into a log."""
        if file.isatty():
            printer: Callable[[str], None] = tqdm.status_printer(file)
            return printer

        def write_line(line: str) -> None:
            if line:
                with suppress(OSError):  # a log that is full fails no check
                    file.write(f"{line}\n")
                    file.flush()

        return write_line

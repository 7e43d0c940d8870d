"""How far a long check has come, on stderr; a short one says nothing."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from types import TracebackType

QUIET_SECONDS = 2.0
"""A check that is done within this time shows no progress."""
STEP_SECONDS = 0.5
"""On a terminal the line is renewed this often; a log gets one line every tenth."""


class StatusLine:
    """A line that is renewed on a terminal, and written again and again into a log.

    Use it as a context, so that the terminal's line is cleared at the end.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to stderr unless told otherwise."""
        self._stream = stream or sys.stderr
        self.is_terminal = self._stream.isatty()
        self._is_open = False

    def show(self, line: str) -> None:
        """Show a line in place of the one before."""
        self._stream.write(f"{_CLEAR}{line}" if self.is_terminal else f"{line}\n")
        self._stream.flush()
        self._is_open = self.is_terminal

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Clear the line."""
        if self._is_open:
            self._stream.write(_CLEAR)
            self._stream.flush()


_CLEAR = "\r\x1b[2K"


class Progress(StatusLine):
    """Counts the members that are read."""

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        """Take the name of the input, without its folder."""
        super().__init__(stream)
        self._name = name
        self._next = time.monotonic() + QUIET_SECONDS
        self._told_tenths = 0

    def update(self, done: int, total: int) -> None:
        """Tell that so many members of ``total`` are read."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + STEP_SECONDS
        tenths = 10 * done // total
        if self.is_terminal or tenths > self._told_tenths:
            self._told_tenths = tenths
            self.show(f"{self._name}: {done:,} of {total:,} files read ({100 * done // total} %)")

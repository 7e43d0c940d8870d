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


class Progress:
    """Counts members; use it as a context, so that the line is ended."""

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        """Take the name of the input, without its folder."""
        self._name = name
        self._stream = stream or sys.stderr
        self._next = time.monotonic() + QUIET_SECONDS
        self._told_tenths = 0
        self._is_open = False

    def update(self, done: int, total: int) -> None:
        """Tell that so many members of ``total`` are read."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + STEP_SECONDS
        line = f"{self._name}: {done:,} of {total:,} files read ({100 * done // total} %)"
        if self._stream.isatty():
            self._stream.write(f"\r\x1b[2K{line}")
            self._is_open = True
        elif 10 * done // total > self._told_tenths:
            self._told_tenths = 10 * done // total
            self._stream.write(f"{line}\n")
        self._stream.flush()

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
            self._stream.write("\r\x1b[2K")
            self._stream.flush()

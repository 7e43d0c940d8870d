"""How far a survey has come, how fast it is and how long it will take, on stderr."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from fw_gear_viewer_check.system.progress import StatusLine

if TYPE_CHECKING:
    from typing import TextIO

TERMINAL_SECONDS = 0.5
"""On a terminal the line is renewed this often."""
LOG_SECONDS = 30.0
"""A log gets a line this often, and the first after this time: a short survey says nothing."""
RATE_SECONDS = 60.0
"""The rate is that of the last minute: an archive is not the same everywhere."""


class Pace(StatusLine):
    """Counts inputs, and tells how fast they come and how long the others will take."""

    def __init__(self, what: str, total: int | None, stream: TextIO | None = None) -> None:
        """Take what is counted, and how many there are where that is known."""
        super().__init__(stream)
        self._what, self._total = what, total
        self._every = TERMINAL_SECONDS if self.is_terminal else LOG_SECONDS
        self._done = 0
        self._next = time.monotonic() + self._every
        self._samples: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def step(self, count: int = 1) -> None:
        """Tell that so many more are done."""
        self._done += count
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._every
        self._samples.append((now, self._done))
        while len(self._samples) > 2 and now - self._samples[1][0] > RATE_SECONDS:
            self._samples.popleft()
        self.show(self.line(now))

    def line(self, now: float) -> str:
        """Return the line: "inputs judged: 1,200 of 20,000 (6 %), 85 a second, 4 min left"."""
        began, before = self._samples[0]
        rate = (self._done - before) / max(now - began, 1e-6)
        parts = [f"{self._what}: {self._done:,}"]
        if self._total is not None:
            parts[0] += f" of {self._total:,} ({100 * self._done // max(self._total, 1)} %)"
        parts.append(f"{rate:,.0f} a second" if rate >= 10 else f"{60 * rate:,.0f} a minute")
        if self._total is not None and rate > 0:
            parts.append(f"{duration((self._total - self._done) / rate)} left")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return "40 s", "4 min" or "3 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"

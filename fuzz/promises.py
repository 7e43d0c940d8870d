"""What no input may bring about, and how it is noticed.

Besides exceptions: an error that is logged (a crash that was caught is a crash all the same), more
output than anybody reads, and a value of the file in the log or on stderr.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_OUTPUT = 64 * 1024
"""Characters of log and stderr that one input may cause."""
_WORD = re.compile(rb"[\w^.-]{8,}")
"""Words of a message that are quotations where the input holds them, too."""
_NUMBER = re.compile(rb"[\d.-]*")
"""UIDs and numbers may be shown."""


class BrokenPromiseError(AssertionError):
    """Something happened that no input may bring about."""


class Listener(logging.Handler):
    """Turns a logged error into an exception, and keeps what else is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = io.StringIO()

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record."""
        if record.levelno >= logging.ERROR:
            cause = record.exc_info[1] if record.exc_info else None
            raise BrokenPromiseError(record.getMessage()) from cause
        self.heard.write(f"{record.getMessage()}\n")


@contextmanager
def kept(data: bytes, known: bytes = b"") -> Iterator[None]:
    """Hold what is done with an input to these promises; what is ``known`` may be quoted."""
    listener = Listener()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [listener]
    root.setLevel(logging.INFO)
    try:
        with redirect_stderr(listener.heard), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    _hold("\n".join([listener.heard.getvalue(), *(str(w.message) for w in warned)]), data, known)


def _hold(output: str, data: bytes, known: bytes) -> None:
    """Raise :class:`BrokenPromiseError` for output that is too long, or quotes the input."""
    if len(output) > MAX_OUTPUT:
        message = f"{len(output):,} characters of log and stderr"
        raise BrokenPromiseError(message)
    for word in set(_WORD.findall(output.encode(errors="replace"))):
        if word in data and word not in known and not _NUMBER.fullmatch(word):
            message = f"a message quotes the input: {word!r}"
            raise BrokenPromiseError(message)

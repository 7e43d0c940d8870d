"""pydicom without its voice: what it warns of and logs quotes values, which may identify a patient.

A file of 16 KB can make it say the same thing a million times, too.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_TURN = threading.RLock()
"""Warnings and levels are the whole process's: the first thread to leave would unmute the others,
and a dask worker has as many threads as cores."""


@contextmanager
def muted() -> Iterator[None]:
    """Let pydicom, and what it decodes with, neither warn nor log; errors are raised as always."""
    logger = logging.getLogger("pydicom")
    with _TURN:
        before = logger.level
        logger.setLevel(logging.CRITICAL + 1)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        finally:
            logger.setLevel(before)

"""Streams of a process of ours: who writes to them, and what happens when they take no more."""

from __future__ import annotations

import atexit
import logging
import os
import sys

OURS = ("fw_gear_viewer_check", "viewer-check gear", "report.")
"""The loggers whose lines people read."""


def log_ours_only(*handlers: logging.Handler) -> None:
    """Let handlers pass nothing of libraries: they quote values of files, and passwords."""
    logging.captureWarnings(True)
    for handler in handlers:
        handler.addFilter(lambda record: record.name.startswith(OURS))


def may_be_full() -> None:
    """Let what stdout and stderr cannot take be lost, without a traceback or another exit code."""
    logging.raiseExceptions = False
    atexit.register(_forget_what_is_left)


def _forget_what_is_left() -> None:
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            # Python would try again when it ends, and end with 120.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except ValueError:
            pass  # it is closed

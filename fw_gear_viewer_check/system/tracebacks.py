"""Where an error came from, as a log may say it."""

from __future__ import annotations

import traceback


def traced(error: Exception) -> str:
    """Return the traceback without the error's own text: it may quote values of a patient."""
    places = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\nTraceback (most recent call last):\n{places}"

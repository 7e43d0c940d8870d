"""Where an error came from, as a log may say it."""

from __future__ import annotations

import traceback
from pathlib import Path


def traced(error: Exception) -> str:
    """Return the traceback without the error's own text: it may quote values of a patient."""
    places = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\nTraceback (most recent call last):\n{places}"


def stopped_by(error: Exception) -> str:
    """Return what ended the program, for one line, where nothing has foreseen it."""
    if isinstance(error, MemoryError):
        return "out of memory"
    *_, place = traceback.extract_tb(error.__traceback__)
    where = f"{Path(place.filename).name}, line {place.lineno}"
    return f"the check stopped ({type(error).__name__}, {where}): please report it"

"""Paths with wildcards: ``*``, ``?`` and ``[...]`` in a name, ``**`` for any number of folders.

The names are those of strangers. A name is matched by fnmatch, whose expressions never go back, and
a path by the parts that may have been used up so far: the time grows with the length alone.
"""

from __future__ import annotations

import fnmatch
import glob
import re
from collections.abc import Iterable, Sequence

MAX_PART = 512
"""Longest name with wildcards: what is matched has 255 bytes, and a ``[`` costs all that follow."""
TOO_LONG = f"a name with wildcards has more than {MAX_PART} characters"


class Pattern:
    """The parts of a path, some with wildcards."""

    def __init__(self, parts: Sequence[str]) -> None:
        self._parts = [None if part == "**" else _matcher(part) for part in parts]

    def leads_to(self, names: Iterable[str]) -> bool:
        """Return whether a folder matches, or what lies in it may match."""
        return bool(self._used(names))

    def matches(self, names: Iterable[str]) -> bool:
        """Return whether a file, or a folder that it lies in, matches."""
        return len(self._parts) in self._used(names)

    def _used(self, names: Iterable[str]) -> set[int]:
        """Return how many parts the names may have used up, in each way that there is."""
        used = self._with_folders_left_out({0})
        for name in names:
            after = {len(self._parts)} & used
            for count in used - after:
                part = self._parts[count]
                if part is None:
                    after.add(count)
                elif part.match(name):
                    after.add(count + 1)
            used = self._with_folders_left_out(after)
        return used

    def _with_folders_left_out(self, used: set[int]) -> set[int]:
        """Add what is used up where ``**`` stands for no folder."""
        for count in range(len(self._parts)):
            if count in used and self._parts[count] is None:
                used.add(count + 1)
        return used


def has_too_long_a_part(parts: Iterable[str]) -> bool:
    """Return whether a name with wildcards is longer than is matched."""
    return any(len(part) > MAX_PART and glob.has_magic(part) for part in parts)


def _matcher(part: str) -> re.Pattern[str]:
    if not glob.has_magic(part):
        return re.compile(rf"{re.escape(part)}\Z")
    # A name is never empty; between two slashes is none.
    return re.compile(f"(?!\\Z){fnmatch.translate(part)}")

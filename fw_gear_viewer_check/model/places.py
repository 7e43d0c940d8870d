"""Positions that are found again by one that is nearly the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from typing import TypeAlias

Position: TypeAlias = tuple[float, ...]

SAME_PLACE_MM = 1e-3
"""Largest difference of a coordinate between a frame of a segmentation and its image."""


MOST_IN_A_CELL = 10
"""Positions that are kept of those within one tolerance of each other.

Images do not lie so close, and each frame of a segmentation would be compared with all of them.
"""


class Places:
    """Positions in cells as wide as the tolerance: one is looked for in its cell and around it."""

    def __init__(self, positions: Iterable[Position]) -> None:
        self._cells: dict[Position, set[Position]] = defaultdict(set)
        for position in positions:
            known = self._cells[_cell(position)]
            if len(known) < MOST_IN_A_CELL:
                known.add(position)

    def __len__(self) -> int:
        """Return how many are kept."""
        return sum(map(len, self._cells.values()))

    def __contains__(self, position: Position) -> bool:
        """Return True where one of them is nearly the same."""
        x, y, z = position
        around = product(*((n, n - 1, n + 1) for n in _cell(position)))
        return any(
            abs(x - a) <= SAME_PLACE_MM
            and abs(y - b) <= SAME_PLACE_MM
            and abs(z - c) <= SAME_PLACE_MM
            for cell in around
            for a, b, c in self._cells.get(cell, ())
        )


def _cell(position: Position) -> Position:
    return tuple(value // SAME_PLACE_MM for value in position)

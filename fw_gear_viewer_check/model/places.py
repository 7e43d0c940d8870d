"""Positions that are found again by one that is nearly the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from typing import TypeAlias

Position: TypeAlias = tuple[float, ...]

SAME_PLACE_MM = 1e-3
"""Largest difference of a coordinate between a frame of a segmentation and its image."""


class Places:
    """Positions in cells as wide as the tolerance: one is looked for in its cell and around it."""

    def __init__(self, positions: Iterable[Position]) -> None:
        self._cells: dict[Position, set[Position]] = defaultdict(set)
        for position in positions:
            self._cells[_cell(position)].add(position)

    def __contains__(self, position: Position) -> bool:
        """Return True where one of them is nearly the same."""
        around = product(*((n, n - 1, n + 1) for n in _cell(position)))
        return any(
            all(abs(a - b) <= SAME_PLACE_MM for a, b in zip(position, known, strict=True))
            for cell in around
            for known in self._cells.get(cell, ())
        )


def _cell(position: Position) -> Position:
    return tuple(value // SAME_PLACE_MM for value in position)

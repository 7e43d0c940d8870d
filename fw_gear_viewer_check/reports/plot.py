"""Figures as what a template draws: rectangles, paths and labels, in units of the page.

Rule of this file: shapes have a kind and no colour. The page's style sheet colours the kinds, so
that a figure follows the page into dark mode and onto paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WIDTH = 480
"""Units; the page scales a figure, so this decides how large the letters are on a phone."""
LEFT, RIGHT = 52.0, 470.0
COLUMNS = 240
"""Columns into which crowded marks are gathered: two units each are as narrow as can be seen."""

SHAPES = {
    "even": "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0z",
    "odd": "m0-5l5 5l-5 5l-5-5z",
    "missing": "m0-5l5 9h-10z",
    "same": "m-4-4l8 8m0-8l-8 8",
}
"""A mark of each kind, as a path that begins in its middle."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place; ``anchor`` is that of SVG."""

    kind: str
    x: float
    y: float
    anchor: str
    text: str


@dataclass(slots=True)
class Plot:
    """A figure: what is drawn, in order."""

    height: int
    rectangles: list[tuple[str, float, float, float, float]] = field(default_factory=list)
    """Kind, x, y, width and height."""
    paths: list[tuple[str, str]] = field(default_factory=list)
    """Kind, and the data of an SVG path."""
    labels: list[Label] = field(default_factory=list)

    def path(self, kind: str, pieces: Iterable[str]) -> None:
        """Add a path of the pieces, unless there are none."""
        data = "".join(pieces)
        if data:
            self.paths.append((kind, data))


@dataclass(frozen=True, slots=True)
class Axes:
    """A part of a plot with scales: values along x and y to units of the page."""

    plot: Plot
    top: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Return where a value lies from left to right."""
        low, high = self.x_range
        return round(LEFT + (RIGHT - LEFT) * (value - low) / ((high - low) or 1.0), 1)

    def y(self, value: float) -> float:
        """Return where a value lies from top to bottom."""
        low, high = self.y_range
        return round(self.bottom - (self.bottom - self.top) * (value - low) / (high - low), 1)

    def scales(self, x_label: str, y_label: str, *, whole_x: bool = False) -> None:
        """Draw both axes, with round numbers and what they are of."""
        add, plot = self.plot.labels.append, self.plot
        pieces = [f"M{LEFT} {self.top}V{self.bottom}H{RIGHT}"]
        for value in ticks(*self.x_range, 8, whole=whole_x):
            pieces.append(f"M{self.x(value)} {self.bottom}v4")
            add(Label("tick", self.x(value), self.bottom + 17, "middle", _number(value)))
        for value in ticks(*self.y_range, 5):
            pieces.append(f"M{LEFT} {self.y(value)}h-4")
            add(Label("tick", LEFT - 7, self.y(value) + 4, "end", _number(value)))
        plot.path("axis", pieces)
        add(Label("name", (LEFT + RIGHT) / 2, self.bottom + 35, "middle", x_label))
        add(Label("name", 2, self.top - 8, "start", y_label))

    def level(self, value: float, tolerance: float = 0.0) -> None:
        """Draw a level as a dashed line, with a band of ``tolerance`` around it."""
        if tolerance:
            top, low = self.y(value + tolerance), self.y(max(value - tolerance, self.y_range[0]))
            band = ("band", LEFT, top, RIGHT - LEFT, round(low - top, 1))
            self.plot.rectangles.append(band)
        self.plot.path("level", [f"M{LEFT} {self.y(value)}H{RIGHT}"])

    def marks(self, kind: str, x: Sequence[float], y: Sequence[float]) -> None:
        """Draw a mark of a kind at each place."""
        places = zip(*thinned(x, y), strict=True)
        self.plot.path(kind, (f"M{self.x(a)} {self.y(b)}{SHAPES[kind]}" for a, b in places))

    def strokes(self, kind: str, x: Sequence[float], low: float, high: float) -> None:
        """Draw an upright line at each place."""
        places, _ = thinned(x, [0.0] * len(x))
        self.plot.path(kind, (f"M{self.x(a)} {self.y(low)}V{self.y(high)}" for a in places))

    def bars(self, kind: str, x: Sequence[float], heights: Sequence[int], width: float) -> None:
        """Draw bars of a width in values of x, divided into cells where cells can be seen."""
        step = len(x) // COLUMNS + 1
        chosen = list(zip(x, heights, strict=True))[::step]
        wide = round(max(self.x(width) - self.x(0.0), 1.0), 1)
        for middle, height in chosen:
            left = round(self.x(middle) - wide / 2, 1)
            box = (kind, left, self.y(height), wide, round(self.y(0) - self.y(height), 1))
            self.plot.rectangles.append(box)
        if len(chosen) * max(heights, default=0) <= 3 * COLUMNS:
            lines = (
                f"M{round(self.x(middle) - wide / 2, 1)} {self.y(level)}h{wide}"
                for middle, height in chosen
                for level in range(1, height)
            )
            self.plot.path("cell", lines)


def thinned(x: Sequence[float], y: Sequence[float]) -> tuple[list[float], list[float]]:
    """Keep the lowest and the highest mark of each column, where marks are too many to be seen."""
    if len(x) <= 2 * COLUMNS:
        return list(x), list(y)
    first, extent = min(x), (max(x) - min(x)) or 1.0
    kept: dict[int, tuple[int, int]] = {}
    for n, place in enumerate(x):
        column = int((place - first) / extent * COLUMNS)
        low, high = kept.get(column, (n, n))
        kept[column] = (n if y[n] < y[low] else low, n if y[n] > y[high] else high)
    chosen = sorted({n for pair in kept.values() for n in pair})
    return [x[n] for n in chosen], [y[n] for n in chosen]


def ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """Return up to ``most`` round numbers (1, 2 or 5 times a power of ten) of a range."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    step = max(step, 1.0) if whole else step
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _number(value: float) -> str:
    return f"{value:.10g}".replace("-", "\N{MINUS SIGN}")

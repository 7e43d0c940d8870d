"""Figures as SVG for an HTML page: the only module that draws.

Rule of this file: the page decides about colours and fonts, so that a figure follows it into dark
mode and onto paper. Figures are drawn in the stand-in colours below, and CSS variables are put in
their place.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fw_gear_viewer_check.reports import svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, BAND, ODD, MISSING, SAME = (f"#00000{n}" for n in range(1, 7))
_VARIABLES = {
    INK: "var(--plot-ink)",
    MUTED: "var(--plot-muted)",
    BAND: "var(--plot-band)",
    ODD: "var(--plot-odd)",
    MISSING: "var(--plot-missing)",
    SAME: "var(--plot-same)",
}
WIDTH = 480
"""User units; the page scales it, so this decides how large the letters are on a phone."""
COLUMNS = 240
"""Columns of two units into which crowded marks are gathered."""
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "viewer-check",
    "font.family": ["DejaVu Sans"],
    "font.size": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.formatter.useoffset": False,
    "path.simplify": False,
    **dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), MUTED),
    **dict.fromkeys(("axes.labelcolor", "text.color"), INK),
}


@dataclass(frozen=True, slots=True)
class Marks:
    """Points of one kind: places along the scan axis and heights, both in the unit of the axes."""

    x: Sequence[float]
    y: Sequence[float]
    shape: str
    """A marker of matplotlib."""
    colour: str
    size: float = 7


@dataclass(frozen=True, slots=True)
class Line:
    """A level, with a band of ``tolerance`` around it."""

    y: float
    tolerance: float = 0.0


def stack(
    places: Sequence[float], missing: Sequence[float], gaps: Sequence[Marks], line: Line, top: float
) -> str:
    """Draw the places of images, and below them the gaps between them around their average."""
    with _sheet(250) as figure:
        above = _axes(figure, 0.80, 0.15)
        above.set_yticks([])
        above.spines["left"].set_visible(False)
        above.spines["bottom"].set_visible(False)
        above.tick_params(bottom=False, labelbottom=False)
        above.set_ylim(0, 1)
        _strokes(above, places, INK, (0.08, 0.8))
        _strokes(above, missing, MISSING, (0.2, 1.0), (0, (2, 1.5)))
        below = _axes(figure, 0.19, 0.57, above)
        below.set_ylim(0, top)
        below.set_xlabel("position along the scan axis (mm)")
        below.set_ylabel("gap (mm)")
        _level(below, line)
        for marks in gaps:
            _mark(below, marks)
        return _svg(figure)


def levels(marks: Sequence[Marks], line: Line, x_label: str, y_label: str, top: float) -> str:
    """Draw marks, one for each whole number, against a level."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - slow import, for reports only

    with _sheet(200) as figure:
        axes = _axes(figure, 0.24, 0.70)
        axes.xaxis.set_major_locator(MaxNLocator(9, integer=True))
        axes.set_ylim(-0.04 * top, top)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        _level(axes, line)
        for one in marks:
            _mark(axes, one)
        return _svg(figure)


def columns(
    places: Sequence[float], heights: Sequence[int], is_odd: Sequence[bool], usual: int
) -> str:
    """Draw how many images lie at each place, as a column of cells each."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - slow import, for reports only

    with _sheet(220) as figure:
        axes = _axes(figure, 0.22, 0.72)
        axes.set_xlabel("position along the scan axis (mm)")
        axes.set_ylabel("images at a place")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_ylim(0, max(*heights, 1) * 1.08)
        extent = places[-1] - places[0] or 1.0
        width = 0.72 * extent / max(len(places) - 1, 1)
        axes.set_xlim(places[0] - width, places[-1] + width)
        for colour, odd in ((BAND, False), (ODD, True)):
            chosen = [(p, h) for p, h, o in zip(places, heights, is_odd, strict=True) if o is odd]
            _cells(axes, chosen[:: len(chosen) // COLUMNS + 1], width, colour)
        axes.axhline(usual, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        return _svg(figure)


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


def _strokes(
    axes: Axes,
    places: Sequence[float],
    colour: str,
    ends: tuple[float, float],
    dashes: str | tuple[float, tuple[float, ...]] = "-",
) -> None:
    """Draw an upright stroke at each place, all of them as one path."""
    low, high = ends
    x, _ = thinned(places, [0.0] * len(places))
    gap = float("nan")
    axes.plot(
        [value for place in x for value in (place, place, gap)],
        [value for _ in x for value in (low, high, gap)],
        color=colour,
        linewidth=1.4,
        solid_capstyle="butt",
        linestyle=dashes,
    )


def _level(axes: Axes, line: Line) -> None:
    if line.tolerance:
        axes.axhspan(
            line.y - line.tolerance, line.y + line.tolerance, facecolor=BAND, edgecolor="none"
        )
    axes.axhline(line.y, color=INK, linewidth=1, linestyle=(0, (4, 3)))


def _mark(axes: Axes, marks: Marks) -> None:
    x, y = thinned(marks.x, marks.y)
    axes.plot(
        x,
        y,
        linestyle="none",
        marker=marks.shape,
        markersize=marks.size,
        markerfacecolor=marks.colour,
        markeredgecolor=marks.colour,
        markeredgewidth=1.6 if marks.shape in "x+" else 0.0,
        clip_on=False,
        zorder=3,
    )


def _cells(axes: Axes, columns: Sequence[tuple[float, int]], width: float, colour: str) -> None:
    x, heights = [c[0] for c in columns], [c[1] for c in columns]
    gap = float("nan")
    corners = [(p - width / 2, p + width / 2, h) for p, h in zip(x, heights, strict=True)]
    axes.fill(
        *(
            part
            for low, high, top in corners
            for part in ([low, low, high, high], [0, top, top, 0])
        ),
        facecolor=colour,
        edgecolor="none",
    )
    if len(columns) * max(heights, default=0) > 3 * COLUMNS:
        return  # lines between cells would be closer than the eye can tell
    axes.plot(
        [v for low, high, top in corners for _ in range(1, top) for v in (low, high, gap)],
        [v for *_, top in corners for level in range(1, top) for v in (level, level, gap)],
        color=MUTED,
        linewidth=0.8,
    )


@contextmanager
def folder_for_matplotlib(beside: Path) -> Iterator[None]:
    """Lend matplotlib a folder, which it needs to be imported, where the home is not writable.

    The gear's file system is read-only but for its output. Elsewhere nothing is lent: the list of
    fonts that matplotlib keeps at home takes seconds to make where there are many.
    """
    if "matplotlib" in sys.modules or os.environ.get("MPLCONFIGDIR") or _is_home_writable():
        yield
        return
    with tempfile.TemporaryDirectory(prefix=".matplotlib.", dir=beside) as folder:
        os.environ["MPLCONFIGDIR"] = folder
        try:
            yield
        finally:
            del os.environ["MPLCONFIGDIR"]


def _is_home_writable() -> bool:
    try:
        home = Path.home()
    except RuntimeError:  # a user without a home
        return False
    return home.is_dir() and os.access(home, os.W_OK)


@contextmanager
def _sheet(height: float) -> Iterator[Figure]:
    """Make a figure of the page's width; the settings it is drawn by hold inside the block."""
    import matplotlib as mpl  # noqa: PLC0415 - slow import, for reports only
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(_SETTINGS):
        yield Figure(figsize=(WIDTH / 72, height / 72), dpi=72)


def _axes(figure: Figure, bottom: float, height: float, above: Axes | None = None) -> Axes:
    """Add axes at a height of the figure (0 to 1), with the scale of those above."""
    return figure.add_axes((0.125, bottom, 0.855, height), facecolor="none", sharex=above)


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(
        out,
        format="svg",
        transparent=True,
        metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),
    )
    return svg.for_page(out.getvalue(), _VARIABLES)

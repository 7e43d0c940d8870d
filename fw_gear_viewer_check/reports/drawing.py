"""Figures as SVG for an HTML page: the only module that draws.

Rule of this file: the page decides about colours and fonts, so that a figure follows it into dark
mode and onto paper. Figures are drawn in the stand-in colours below, and :func:`_for_page` puts
CSS variables in their place, drops what only a lone SVG file needs, and makes ids unique.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

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
_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"

_SETTINGS: dict[str, Any] = {
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
    with _Sheet(250) as sheet:
        above = sheet.axes(0.80, 0.15)
        above.set_yticks([])
        above.spines["left"].set_visible(False)
        above.spines["bottom"].set_visible(False)
        above.tick_params(bottom=False, labelbottom=False)
        above.set_ylim(0, 1)
        _strokes(above, places, INK, 0.08, 0.8)
        _strokes(above, missing, MISSING, 0.2, 1.0, linestyle=(0, (2, 1.5)))
        below = sheet.axes(0.19, 0.57, sharex=above)
        below.set_ylim(0, top)
        below.set_xlabel("position along the scan axis (mm)")
        below.set_ylabel("gap (mm)")
        _level(below, line)
        for marks in gaps:
            _mark(below, marks)
        return sheet.svg()


def levels(marks: Sequence[Marks], line: Line, x_label: str, y_label: str, top: float) -> str:
    """Draw marks against a level."""
    with _Sheet(200) as sheet:
        axes = sheet.axes(0.24, 0.70)
        axes.set_ylim(-0.04 * top, top)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        _level(axes, line)
        for one in marks:
            _mark(axes, one)
        return sheet.svg()


def columns(
    places: Sequence[float], heights: Sequence[int], is_odd: Sequence[bool], usual: int
) -> str:
    """Draw how many images lie at each place, as a column of cells each."""
    with _Sheet(220) as sheet:
        axes = sheet.axes(0.22, 0.72)
        axes.set_xlabel("position along the scan axis (mm)")
        axes.set_ylabel("images at a place")
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.set_ylim(0, max(*heights, 1) * 1.08)
        extent = places[-1] - places[0] or 1.0
        width = 0.72 * extent / max(len(places) - 1, 1)
        axes.set_xlim(places[0] - width, places[-1] + width)
        for colour, odd in ((BAND, False), (ODD, True)):
            chosen = [(p, h) for p, h, o in zip(places, heights, is_odd, strict=True) if o is odd]
            _cells(axes, chosen[:: len(chosen) // COLUMNS + 1], width, colour)
        axes.axhline(usual, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        return sheet.svg()


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
    axes: Axes, places: Sequence[float], colour: str, low: float, high: float, **style: Any
) -> None:
    """Draw an upright stroke at each place, all of them as one path."""
    x, _ = thinned(places, [0.0] * len(places))
    gap = float("nan")
    axes.plot(
        [value for place in x for value in (place, place, gap)],
        [value for _ in x for value in (low, high, gap)],
        color=colour,
        linewidth=1.4,
        solid_capstyle="butt",
        **style,
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


class _Sheet:
    """A figure of the page's width, with the settings it is drawn by."""

    def __init__(self, height: float) -> None:
        import matplotlib as mpl  # noqa: PLC0415 - slow import, for reports only
        from matplotlib.figure import Figure  # noqa: PLC0415

        self._settings = mpl.rc_context(_SETTINGS)
        self._settings.__enter__()
        self._figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)

    def __enter__(self) -> _Sheet:
        return self

    def __exit__(self, *error: object) -> None:
        self._settings.__exit__(None, None, None)

    def axes(self, bottom: float, height: float, **more: Any) -> Axes:
        return self._figure.add_axes((0.125, bottom, 0.855, height), facecolor="none", **more)

    def svg(self) -> str:
        out = io.StringIO()
        self._figure.savefig(
            out,
            format="svg",
            transparent=True,
            metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),
        )
        return _for_page(out.getvalue())


def _for_page(drawn: str) -> str:
    """Return the drawing as an element that can stand in an HTML page, without ids of its own."""
    # matplotlib's own output of a moment ago: nobody else had a hand in it.
    root = ElementTree.fromstring(drawn)  # noqa: S314
    ids = _ids_in_use(root)
    for element in root.iter():
        element.text = element.text if element.tag == f"{{{_SVG}}}text" else None
        element.tail = None
        name = element.attrib.pop("id", "")
        if name in ids:
            element.set("id", ids[name])
        _shorten(element, ids)
    _drop_empty(root)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.set("aria-hidden", "true")
    ElementTree.register_namespace("", _SVG)
    text = ElementTree.tostring(root, encoding="unicode")
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    return text


def _ids_in_use(root: ElementTree.Element) -> dict[str, str]:
    """Return a short new id, with the place holder of :func:`with_ids`, for each one referred to."""
    used: dict[str, str] = {}
    for element in root.iter():
        for value in element.attrib.values():
            for name in re.findall(r"^#(\w+)$|url\(#(\w+)\)", value):
                used.setdefault(name[0] or name[1], f"{PLACE_HOLDER}{len(used)}")
    return used


PLACE_HOLDER = "PICTURE-"


def with_ids(svg: str, prefix: str) -> str:
    """Return the drawing with ids that begin with ``prefix``, which is the page's to choose."""
    return svg.replace(PLACE_HOLDER, prefix)


def _shorten(element: ElementTree.Element, ids: dict[str, str]) -> None:
    for key, value in list(element.attrib.items()):
        short = re.sub(r"\s+", " ", value).strip()
        short = re.sub(r"(\.\d\d)\d+", r"\1", short) if key in {"d", "x", "y"} else short
        for old, new in ids.items():
            short = short.replace(f"#{old}", f"#{new}")
        del element.attrib[key]
        element.set("href" if key == _HREF else key, short)
    element.attrib.pop("transform", None) if "rotate(-0" in element.get("transform", "") else None
    if len({child.get("style") for child in element}) == 1 and element[0].tag.endswith("}use"):
        element.set("style", re.sub(r"\s+", " ", element[0].get("style", "")))
        for child in element:
            child.attrib.pop("style", None)


def _drop_empty(parent: ElementTree.Element) -> None:
    """Drop groups without content, paths that are not to be seen, and the style sheet."""
    for child in list(parent):
        _drop_empty(child)
        tag = child.tag.rpartition("}")[2]
        is_empty = tag in {"g", "defs"} and not len(child)
        is_unseen = tag == "path" and child.get("style") == "fill: none"
        if is_empty or is_unseen or tag in {"style", "metadata"}:
            parent.remove(child)

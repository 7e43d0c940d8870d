"""Figures of how the images of a series lie in space, and the same in words.

Every figure has the same content as text: a sentence for those who do not see it, and a legend
that gives each mark a shape and a word, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fw_gear_viewer_check.model.geometry import Spacing
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import Stack, stack_of
from fw_gear_viewer_check.model.text import LARGEST, counted
from fw_gear_viewer_check.reports.plot import LEFT, RIGHT, Axes, Label, Plot
from fw_gear_viewer_check.requirements import scopes
from fw_gear_viewer_check.requirements.four_d import separated_by

_HIGHEST = 4.0
"""Averages above which a gap is drawn at the top: one huge gap must not flatten all others."""
_MOST_IN_GAP = 20
"""Missing images drawn in one gap."""
_MOST_NUMBERS = 3
"""Marks of a figure with their value beside them."""
_POSITION = "position along the scan axis (mm)"


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a legend: ``kind`` is the CSS class of a mark."""

    kind: str
    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure and its words."""

    title: str
    plot: Plot
    alt: str
    legend: tuple[Key, ...]


def pictures_of(series: Series) -> tuple[Picture, ...]:
    """Return the figures of how the images lie in space; none where nothing can be compared."""
    images = scopes.VOLUMES.narrow(series)
    if images is None:
        return ()
    stack = stack_of(images)
    if len(stack.distances_along_normal) < 3 or not _may_be_shown(stack):
        return ()
    tilted = _tilted(stack, series.tolerances.orientation)
    if tilted is not None:
        return (tilted,)
    return tuple(_of_parallel(images, stack))


def _may_be_shown(stack: Stack) -> bool:
    """Return False where the numbers along an axis may be dates."""
    orientations = dict.fromkeys(frame.orientation for frame in stack.frames)
    cosines = (cosine for orientation in orientations for cosine in orientation or ())
    numbers = (0.0, *stack.distances_along_normal, *cosines)
    return max(numbers) - min(numbers) < LARGEST


def _of_parallel(images: Series, stack: Stack) -> Iterator[Picture]:
    if stack.is_four_d and len(stack.frames_by_position) > 1:
        yield _four_d(stack, *separated_by(images))
    spacing = stack.spacing(images.tolerances.spacing_mm)
    if spacing is None or spacing.distances[-1] == spacing.distances[0]:
        return
    # Of an even stack there is nothing to see.
    if not spacing.is_even or spacing.missing_count:
        yield _spacing(stack, spacing)


def _spacing(stack: Stack, spacing: Spacing) -> Picture:
    """Draw positions, and below them the gaps between neighbours."""
    gaps, average = spacing.gaps, spacing.average
    holes = [k for k, n in enumerate(spacing.missing) if n]
    same = [k for k in spacing.irregular if gaps[k] <= spacing.same_position]
    odd = sorted(set(spacing.irregular) - set(same))
    even = sorted(set(range(len(gaps))) - set(spacing.irregular) - set(holes))
    top = max(_HIGHEST * average, average + 2 * spacing.tolerance)
    top = min(top, 1.25 * max(*gaps, average + spacing.tolerance))
    noun = "position" if stack.is_four_d else "image"
    missing = _missing_positions(spacing)
    dashes = "" if len(missing) < spacing.missing_count else ", one dashed line each"
    legend = [Key("image", "|", f"one line per {noun} ({len(spacing.distances):,})")]
    count = counted(spacing.missing_count, "image")
    for ks, kind, sign, what in (
        (even, "even", "●", f"{counted(len(even), 'gap')} near the average"),
        (holes, "missing", "▲", f"{counted(len(holes), 'gap')} with images missing"),
        (odd, "odd", "◆", f"{counted(len(odd), 'gap')} of another size"),
        (same, "same", "✕", f"{counted(len(same), 'pair')} at one position"),
    ):
        if ks:
            detail = f" ({count}{dashes})" if ks is holes else ""
            legend.append(Key(kind, sign, f"{what}{detail}"))
    legend.append(
        Key("band", "▬", f"allowed: {average:.2f} mm ± {spacing.tolerance:g} mm (average)")
    )
    cut = sum(gap > top for gap in gaps)
    if cut:
        legend.append(Key("cut", "↑", f"{counted(cut, 'gap')} beyond the plot"))
    words = "; ".join(key.text for key in legend)
    return Picture(
        f"Gaps between the {noun}s: {min(gaps):.2f} to {max(gaps):.2f} mm",
        _drawn(spacing, missing, {"even": even, "missing": holes, "odd": odd, "same": same}, top),
        f"{words}. The gaps range from {min(gaps):.2f} to {max(gaps):.2f} mm.",
        tuple(legend),
    )


def _drawn(spacing: Spacing, missing: list[float], kinds: dict[str, list[int]], top: float) -> Plot:
    plot = Plot(height=250)
    extent = (spacing.distances[0], spacing.distances[-1])
    above = Axes(plot, 8, 44, extent, (0.0, 1.0))
    above.strokes("image", spacing.distances, 0.0, 0.8)
    above.strokes("missing-image", missing, 0.2, 1.0)
    below = Axes(plot, 78, 205, extent, (0.0, top))
    below.scales(_POSITION, "gap (mm)")
    below.level(spacing.average, spacing.tolerance)
    middles = [(a + b) / 2 for a, b in pairwise(spacing.distances)]
    drawn = [min(gap, top) for gap in spacing.gaps]
    for kind, ks in kinds.items():
        below.marks(kind, [middles[k] for k in ks], [drawn[k] for k in ks])
    furthest = sorted(
        (*kinds["odd"], *kinds["missing"]), key=lambda k: -abs(spacing.gaps[k] - spacing.average)
    )
    numbers: dict[str, int] = {}
    for k in furthest:  # of equal gaps, one is enough
        numbers.setdefault(f"{spacing.gaps[k]:.2f}", k)
    for number, k in list(numbers.items())[:_MOST_NUMBERS]:
        plot.labels.append(_beside(below.x(middles[k]), below.y(drawn[k]), number))
    return plot


def _beside(x: float, y: float, text: str) -> Label:
    """Return a number beside a mark, on the side where there is room."""
    right = x < (LEFT + RIGHT) / 2
    return Label(
        "number", round(x + (8 if right else -8), 1), y + 4, "start" if right else "end", text
    )


def _missing_positions(spacing: Spacing) -> list[float]:
    """Return where the missing images would lie, evenly between their neighbours."""
    steps = [min(count, _MOST_IN_GAP) + 1 for count in spacing.missing]
    return [
        spacing.distances[k] + spacing.gaps[k] * n / step
        for k, step in enumerate(steps)
        for n in range(1, step)
    ]


def _tilted(stack: Stack, tolerance: float) -> Picture | None:
    """Draw how far each image is tilted against the first, where one is too far."""
    order = sorted(
        range(len(stack.distances_along_normal)), key=stack.distances_along_normal.__getitem__
    )
    frames = [stack.frames[n] for n in order if stack.frames[n].orientation is not None]
    cosines = np.asarray([f.orientation for f in frames], dtype=float)
    if not len(cosines):
        return None
    largest = np.abs(cosines - cosines[0]).max(axis=1)
    is_odd = largest >= tolerance
    if not is_odd.any():
        return None
    plot = Plot(height=200)
    top = 1.15 * float(max(largest.max(), tolerance))
    axes = Axes(plot, 28, 155, (1.0, float(len(frames))), (-0.04 * top, top))
    axes.scales(
        "image, in order of position", "largest difference of a direction cosine", whole_x=True
    )
    axes.level(tolerance)
    numbers = np.arange(1, len(frames) + 1)
    for kind, chosen in (("even", ~is_odd), ("odd", is_odd)):
        axes.marks(kind, numbers[chosen].tolist(), largest[chosen].tolist())
    odd = int(is_odd.sum())
    legend = (
        Key("even", "●", f"{counted(len(frames) - odd, 'image')} parallel to the first"),
        Key("odd", "◆", f"{counted(odd, 'image')} tilted against the first"),
        Key("level", "┅", f"limit: {tolerance:g}"),
    )
    words = "; ".join(key.text for key in legend)
    alt = f"{words}. The largest difference is {largest.max():.3f}."
    title = f"Orientation: {counted(odd, 'image')} tilted, by up to {_angle(cosines):.0f}°"
    return Picture(title, plot, alt, legend)


def _angle(cosines: np.ndarray) -> float:
    """Return the largest angle, in degrees, between the plane of an image and that of the first."""
    normals = np.cross(cosines[:, :3], cosines[:, 3:])
    lengths = np.linalg.norm(normals, axis=1)
    inner = np.abs(np.einsum("ij,j->i", normals, normals[0]))
    inner /= np.maximum(lengths * lengths[0], 1e-12)
    return float(np.degrees(np.arccos(np.clip(inner, 0.0, 1.0))).max())


def _four_d(stack: Stack, split: str, volumes: int) -> Picture:
    """Draw how many images lie at each position."""
    positions = [stack.distances_along_normal[group[0]] for group in stack.frames_by_position]
    heights = [len(group) for group in stack.frames_by_position]
    usual = stack.images_per_position
    is_odd = [height != usual for height in heights]
    extent = positions[-1] - positions[0] or 1.0
    width = 0.72 * extent / max(len(positions) - 1, 1)
    plot = Plot(height=220)
    ends = (positions[0] - width, positions[-1] + width)
    axes = Axes(plot, 28, 175, ends, (0.0, max(*heights, 1) * 1.08))
    axes.scales(_POSITION, "images at a position")
    for kind, odd in (("bar", False), ("odd-bar", True)):
        chosen = [k for k, is_so in enumerate(is_odd) if is_so is odd]
        axes.bars(kind, [positions[k] for k in chosen], [heights[k] for k in chosen], width)
    axes.level(usual)
    cause = f"they differ in {split}" if split else "no single attribute separates them"
    legend = [Key("band", "■", f"{counted(usual, 'image')} at a position; {cause}")]
    if any(is_odd):
        count = counted(sum(is_odd), "position")
        legend.append(Key("odd", "■", f"{count} with another number of images"))
    words = ". ".join(key.text for key in legend)
    alt = f"{counted(len(positions), 'position')} along the scan axis. {words}."
    where = "most positions" if any(is_odd) else "each position"
    title = f"4D: {counted(usual, 'image')} at {where}, {counted(volumes, 'volume')} in one series"
    return Picture(title, plot, alt, tuple(legend))

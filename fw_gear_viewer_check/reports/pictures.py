"""Which pictures of a series tell something, and what they tell in words.

Every picture has the same content as text: a sentence for those who do not see it, and a legend
that gives each mark a shape and a word, never a colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fw_gear_viewer_check.model import geometry
from fw_gear_viewer_check.model.stack import stack_of
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.reports import drawing
from fw_gear_viewer_check.reports.drawing import INK, MISSING, ODD, SAME, Line, Marks
from fw_gear_viewer_check.requirements import scopes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_viewer_check.model.geometry import Spacing
    from fw_gear_viewer_check.model.series import Series
    from fw_gear_viewer_check.model.stack import Stack

_HIGHEST = 4.0
"""Averages above which a gap is drawn at the top: one huge gap must not flatten all others."""
_MOST_IN_GAP = 20
"""Missing images drawn in one gap."""


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
    svg: str
    alt: str
    legend: tuple[Key, ...]


def pictures_of(series: Series) -> tuple[Picture, ...]:
    """Return the pictures of how the images lie in space; none where nothing can be compared."""
    images = scopes.VOLUMES.narrow(series)
    if images is None:
        return ()
    volume = stack_of(images)
    if len(volume.distances_along_normal) < 3:
        return ()
    tilted = _tilted(volume, series.tolerances.orientation)
    if tilted is not None:
        return (tilted,)
    return tuple(_of_parallel(volume, series.tolerances.spacing_mm))


def _of_parallel(volume: Stack, tolerance: float) -> Iterator[Picture]:
    if volume.is_four_d and len(volume.frames_by_position) > 1:
        yield _four_d(volume)
    spacing = volume.spacing(tolerance)
    if spacing is None or spacing.distances[-1] == spacing.distances[0]:
        return
    # Of an even stack there is nothing to see, and what draws it takes longer to load than to judge
    # the series.
    if not spacing.is_even or spacing.missing_count:
        yield _stack(volume, spacing)


def _stack(volume: Stack, spacing: Spacing) -> Picture:
    """Draw positions and gaps."""
    middles = [(a + b) / 2 for a, b in pairwise(spacing.distances)]
    top = max(_HIGHEST * spacing.average, spacing.average + 2 * spacing.tolerance)
    top = min(top, 1.25 * max(*spacing.gaps, spacing.average + spacing.tolerance))
    drawn = [min(gap, top) for gap in spacing.gaps]
    odd, holes = set(spacing.irregular), {k for k, n in enumerate(spacing.missing) if n}
    same = {k for k in odd if spacing.gaps[k] <= geometry.SAME_POSITION_MM}
    odd -= same
    even = set(range(len(spacing.gaps))) - odd - holes - same

    def marks(chosen: set[int], shape: str, colour: str, size: float = 8) -> Marks:
        ks = sorted(chosen)
        return Marks([middles[k] for k in ks], [drawn[k] for k in ks], shape, colour, size)

    missing = _missing_places(spacing)
    strokes = "a dashed stroke each" if len(missing) == spacing.missing_count else "dashed strokes"
    svg = drawing.stack(
        spacing.distances,
        missing,
        [
            marks(even, "o", INK, 4),
            marks(holes, "^", MISSING),
            marks(odd, "D", ODD, 6),
            marks(same, "x", SAME),
        ],
        Line(spacing.average, spacing.tolerance),
        top,
    )
    noun = "place" if volume.is_four_d else "image"
    counts = (
        Key("image", "|", f"{counted(len(spacing.distances), noun)}, a stroke each"),
        Key("even", "●", f"{counted(len(even), 'gap')} as expected"),
        Key(
            "missing",
            "▲",
            f"{counted(len(holes), 'gap')} with images missing "
            f"({counted(spacing.missing_count, 'image')}, {strokes})",
        ),
        Key("odd", "◆", f"{counted(len(odd), 'gap')} of another size"),
        Key("same", "✕", f"{counted(len(same), 'pair')} at one place"),
    )
    present = (True, bool(even), bool(holes), bool(odd), bool(same))
    legend = [key for key, there in zip(counts, present, strict=True) if there]
    legend.append(Key("band", "▬", f"allowed: {spacing.average:.2f} mm ± {spacing.tolerance:g} mm"))
    cut = sum(gap > top for gap in spacing.gaps)
    if cut:
        legend.append(Key("cut", "↑", f"{counted(cut, 'gap')} larger than the picture"))
    told = "; ".join(key.text for key in legend)
    return Picture(
        f"Where the {noun}s lie, and the gaps between them",
        svg,
        f"{told}. The gaps range from {min(spacing.gaps):.2f} to {max(spacing.gaps):.2f} mm.",
        tuple(legend),
    )


def _missing_places(spacing: Spacing) -> list[float]:
    """Return where the missing images would lie, evenly between their neighbours."""
    steps = [min(count, _MOST_IN_GAP) + 1 for count in spacing.missing]
    return [
        spacing.distances[k] + spacing.gaps[k] * n / step
        for k, step in enumerate(steps)
        for n in range(1, step)
    ]


def _tilted(volume: Stack, tolerance: float) -> Picture | None:
    """Draw how far each image is tilted against the first, where one is too far."""
    order = sorted(
        range(len(volume.distances_along_normal)), key=volume.distances_along_normal.__getitem__
    )
    frames = [volume.frames[n] for n in order if volume.frames[n].orientation is not None]
    cosines = np.asarray([f.orientation for f in frames], dtype=float)
    if not len(cosines):
        return None
    largest = np.abs(cosines - cosines[0]).max(axis=1)
    is_odd = largest >= tolerance
    if not is_odd.any():
        return None
    numbers = np.arange(1, len(frames) + 1)
    svg = drawing.levels(
        [
            Marks(numbers[~is_odd].tolist(), largest[~is_odd].tolist(), "o", INK, 5),
            Marks(numbers[is_odd].tolist(), largest[is_odd].tolist(), "D", ODD, 7),
        ],
        Line(tolerance),
        "image, in order of position",
        "largest difference",
        1.15 * float(max(largest.max(), tolerance)),
    )
    odd = int(is_odd.sum())
    legend = (
        Key("even", "●", f"{counted(len(frames) - odd, 'image')} parallel to the first"),
        Key("odd", "◆", f"{counted(odd, 'image')} tilted against the first"),
        Key("limit", "┅", f"limit: a direction cosine differs by {tolerance:g}"),
    )
    told = "; ".join(key.text for key in legend)
    alt = f"{told}. The largest difference is {largest.max():.3f}."
    return Picture("How the images are tilted against the first one", svg, alt, legend)


def _four_d(volume: Stack) -> Picture:
    """Draw how many images lie at each place."""
    places = [volume.distances_along_normal[place[0]] for place in volume.frames_by_position]
    heights = [len(place) for place in volume.frames_by_position]
    usual = volume.images_per_position
    is_odd = [height != usual for height in heights]
    svg = drawing.columns(places, heights, is_odd, usual)
    split = volume.splits_by
    cause = (
        f"{split} tells them apart: split by it into {counted(usual, 'volume')}"
        if split
        else "no attribute was found that tells them apart"
    )
    legend = [Key("band", "■", f"{counted(usual, 'image')} at a place; {cause}")]
    if any(is_odd):
        count = counted(sum(is_odd), "place")
        legend.append(Key("odd", "■", f"{count} with another number of images"))
    told = ". ".join(key.text for key in legend)
    alt = f"{counted(len(places), 'place')} along the scan axis. {told}."
    where = "most places" if any(is_odd) else "each place"
    title = f"{counted(usual, 'image')} at {where}: {counted(usual, 'volume')} in one series"
    return Picture(title, svg, alt, tuple(legend))

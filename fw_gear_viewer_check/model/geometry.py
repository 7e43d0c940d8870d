"""Positions and orientations of images: numbers in, numbers out. All lengths in mm.

PS3.3 C.7.6.2 (Image Plane module): ImageOrientationPatient holds the direction cosines of a row and
of a column, ImagePositionPatient the centre of the first pixel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_POSITION_MM = 0.01
"""Two positions nearer than this are one, but see :func:`same_position_mm`."""
FINEST_STEP_MM = 1e-4
"""A smaller distance between two heights is rounding."""
LEAST_SHIFT_MM = 0.1
"""An image that is less than this off the line of the others is on it: positions are rounded."""
FEWEST_FOR_PAIRS = 4
"""Steps of which there are three pairs: one image that is shifted is in two of fewer."""
LEAST_EXTENT_MM = 0.001
"""A volume thinner than this along its normal cannot be built."""
MOST_ROUNDED = 0.1
"""How far directions, and the scan axis that they span, may be from a length of 1."""
ROUNDING_MM = 1e-6
"""Decimal positions are not exact in binary: a gap this little beyond a tolerance is within it."""
LEAST_REGULAR_SHARE = 2 / 3
"""With fewer regular gaps than this, gaps of several averages are no longer "missing images"."""

MOST_ORIENTATIONS = 1000
"""Most orientations that are counted: thousands of images may each have their own."""
MOST_MISSING = 100_000
"""Most images counted as missing in one gap: a damaged position must not overflow."""


def normal(orientation: Sequence[float]) -> tuple[float, float, float]:
    """Return the scan axis: row direction x column direction, not normalised."""
    ax, ay, az, bx, by, bz = orientation
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


def is_plane(orientation: Sequence[float]) -> bool:
    """Return True when row and column are directions (of length 1) at right angles, if rounded."""
    row, column = math.hypot(*orientation[:3]), math.hypot(*orientation[3:])
    lengths = (row, column, math.hypot(*normal(orientation)))
    return all(abs(length - 1) < MOST_ROUNDED for length in lengths)


def distances(
    positions: Sequence[Sequence[float]], orientation: Sequence[float]
) -> NDArray[np.float64]:
    """Return the distance of each position along the scan axis, shape (n,)."""
    axis = normal(orientation)
    length = math.hypot(*axis)
    # "@" would wake the threads of BLAS, which spin for longer than the whole check of a series.
    found: NDArray[np.float64] = np.einsum("ij,j->i", np.asarray(positions, dtype=float), axis)
    return found / length if length else found


def unlike_first(
    orientations: Sequence[Sequence[float]] | NDArray[np.float64], tolerance: float
) -> NDArray[np.bool_]:
    """Return which orientations differ from the first one in some cosine, shape (n,).

    A difference equal to the tolerance is too large.
    """
    cosines = np.asarray(orientations, dtype=float)
    is_unlike: NDArray[np.bool_] = np.any(np.abs(cosines - cosines[0]) >= tolerance, axis=1)
    return is_unlike


def count_unlike(orientations: Sequence[Sequence[float]], tolerance: float) -> int:
    """Count the orientations, those alike (within the tolerance of an earlier one) as one.

    Counting ends at :data:`MOST_ORIENTATIONS`.
    """
    cosines = np.asarray(orientations, dtype=float)
    count = 0
    while len(cosines) and count < MOST_ORIENTATIONS:
        cosines = cosines[unlike_first(cosines, tolerance)]
        count += 1
    return count


def same_position_mm(gaps: NDArray[np.float64]) -> float:
    """Return how near two positions are one, given the gaps from height to height of the images.

    It is half a step where slices are finer than 0.02 mm (micro-CT, tomography of the eye).
    """
    extent, steps = float(gaps.sum()), np.count_nonzero(gaps > FINEST_STEP_MM)
    if extent <= SAME_POSITION_MM or not steps:
        return SAME_POSITION_MM
    return min(SAME_POSITION_MM, extent / int(steps) / 2)


def share_one_position(positions: Sequence[Sequence[float]]) -> bool:
    """Return True when all positions are within :data:`SAME_POSITION_MM` of the first."""
    points = np.asarray(positions, dtype=float)
    return bool(np.all(np.linalg.norm(points - points[0], axis=1) <= SAME_POSITION_MM))


def grouped_by_position(
    positions: Sequence[Sequence[float]], distances_along_normal: Sequence[float]
) -> list[tuple[int, ...]]:
    """Group the indices of points that have one position, in order along the scan axis.

    The first point of a group stands for its position.
    """
    heights = distances_along_normal
    order = sorted(range(len(heights)), key=heights.__getitem__)
    near = same_position_mm(np.diff(np.sort(np.asarray(heights, dtype=float))))
    groups: list[tuple[int, ...]] = []
    start = 0
    for end in range(1, len(order) + 1):
        if end < len(order) and heights[order[end]] - heights[order[end - 1]] <= near:
            continue
        level = order[start:end]
        groups += [(level[0],)] if len(level) == 1 else _grouped_in_level(positions, level, near)
        start = end
    return groups


def _grouped_in_level(
    positions: Sequence[Sequence[float]], level: Sequence[int], near: float
) -> list[tuple[int, ...]]:
    """Group points at one height.

    Space is divided into cubes that measure ``near`` mm, and each point is compared with those
    in the cubes around it: thousands of images side by side (tiles, a damaged series) make millions
    of pairs.
    """
    groups: list[list[int]] = []
    in_cube: dict[tuple[float, ...], list[list[int]]] = {}
    for n in level:
        x, y, z = cube = tuple(_cube(coordinate, near) for coordinate in positions[n])
        around = (group for i, j, k in _AROUND for group in in_cube.get((x + i, y + j, z + k), ()))
        for group in around:
            if math.dist(positions[group[0]], positions[n]) <= near:
                group.append(n)
                break
        else:
            groups.append([n])
            in_cube.setdefault(cube, []).append(groups[-1])
    return [tuple(group) for group in groups]


_AROUND = tuple(product((0, -1, 1), repeat=3))
_FAR = 1e14
"""Beyond so many cubes, the next is lost in rounding: only equal coordinates are one position."""


def _cube(coordinate: float, size: float) -> float:
    return math.floor(coordinate / size) if abs(coordinate) < _FAR * size else coordinate


@dataclass(frozen=True, slots=True)
class Spacing:
    """How evenly images follow each other along the scan axis.

    ``order`` sorts the images by distance; gap ``k`` lies between ``order[k]`` and ``order[k+1]``.
    ``average`` is the extent over the number of steps, missing images counted as steps.
    """

    order: tuple[int, ...]
    distances: tuple[float, ...]
    """Distance of each image along the scan axis, in that order."""
    gaps: tuple[float, ...]
    average: float
    tolerance: float
    missing: tuple[int, ...]
    """Images missing in each gap."""
    irregular: tuple[int, ...]
    """Gaps that are neither the average nor a multiple of it, and those in ``sideways``."""
    sideways: tuple[int, ...]
    """Gaps of the right length that go further off the line of the images than along the axis."""
    has_too_many_holes: bool
    """Too few gaps are regular to call the others holes, or the step is so small that every gap is
    a multiple of it within the tolerance, and more images would be missing than there are."""
    same_position: float
    """Up to this distance, two images are at one position."""

    @property
    def is_even(self) -> bool:
        """True when every gap is the average one, or several of it."""
        return not self.irregular and not self.has_too_many_holes

    @property
    def extent(self) -> float:
        """Length of the stack, or of a longer gap: images may lie side by side."""
        return max(self.distances[-1] - self.distances[0], *self.gaps)

    @property
    def missing_count(self) -> int:
        """Number of missing positions."""
        return sum(self.missing)


def spacing(
    distances_along_normal: Sequence[float],
    positions: Sequence[Sequence[float]],
    tolerance: float,
) -> Spacing:
    """Judge the gaps between two or more images, given their distances along the scan axis.

    A gap is the distance between two positions (mm, shape (n, 3)) where images are shifted
    sideways against the line that the others are on; a constant shift (gantry tilt) is on it.
    Missing images are counted against the median gap first, so that a hole does not spoil the
    average by which the other gaps are judged; with nothing missing it is the plain average.
    """
    values = np.asarray(distances_along_normal, dtype=float)
    order = np.argsort(values, kind="stable")
    gaps = np.diff(values[order])
    near = same_position_mm(gaps)
    is_apart, is_shifted = gaps > near, np.zeros(len(gaps), dtype=bool)
    steps = np.diff(np.asarray(positions, dtype=float)[order], axis=0)
    sideways = off_line(steps, gaps)
    if np.any(sideways > near):
        gaps = np.where(is_apart, np.linalg.norm(steps, axis=1), gaps)
        is_shifted = sideways > tolerance + ROUNDING_MM
    median = float(_median(gaps[is_apart])) if np.any(is_apart) else 0.0
    steps_missing = np.where(is_shifted, 0, _missing(gaps, median, tolerance, near))
    average = float(gaps.sum()) / (len(gaps) + int(steps_missing.sum()))
    missing = np.where(is_shifted, 0, _missing(gaps, average, tolerance, near))
    is_regular = np.abs(gaps - average) <= tolerance + ROUNDING_MM
    # A small average lies within its own tolerance of 0: two images at one position never pass.
    is_regular &= is_apart
    missing[is_regular] = 0
    is_sideways = is_regular & is_shifted & (sideways > np.diff(values[order]))
    is_regular &= ~is_sideways
    irregular = np.flatnonzero(~is_regular & (missing == 0))
    return Spacing(
        order=tuple(order.tolist()),
        distances=tuple(values[order].tolist()),
        gaps=tuple(gaps.tolist()),
        average=average,
        tolerance=tolerance,
        missing=tuple(missing.tolist()),
        irregular=tuple(irregular.tolist()),
        sideways=tuple(np.flatnonzero(is_sideways).tolist()),
        has_too_many_holes=bool(
            is_regular.mean() < LEAST_REGULAR_SHARE
            or (average < 2 * tolerance and missing.sum() > len(gaps))
        ),
        same_position=near,
    )


def off_line(steps: NDArray[np.float64], gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each step, mm, shape (n, 3), is off the straight line from first to last.

    ``gaps`` is how far each goes along the scan axis. The line is the median of the steps, so that
    an image shifted sideways does not turn it; where there are enough, of two steps at a time, so
    that images which go from side to side do not, whether their number is odd or even.
    """
    is_apart = gaps > same_position_mm(gaps)
    if not np.any(is_apart):
        return np.zeros(len(gaps))
    along, lengths = steps[is_apart], gaps[is_apart, None]
    if len(lengths) >= FEWEST_FOR_PAIRS:
        along, lengths = along[:-1] + along[1:], lengths[:-1] + lengths[1:]
    slope = _median(along / lengths)
    off: NDArray[np.float64] = np.linalg.norm(steps - gaps[:, None] * slope, axis=1)
    return np.where(is_apart, off, 0.0)


def _median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median along the first axis, shape (...), of values of shape (n, ...), n > 0.

    numpy's own imports masked arrays, which takes as long as checking a hundred images.
    """
    ordered, half = np.sort(values, axis=0), len(values) // 2
    middle: NDArray[np.float64] = (ordered[half] + ordered[~half]) / 2
    return middle


def shear(
    positions: Sequence[Sequence[float]], orientation: Sequence[float]
) -> tuple[float | None, float]:
    """Return the angle between the line of the images and the scan axis, in degrees.

    And how far an image is off this line at most, in mm; the angle is None where they are on none.
    """
    heights = distances(positions, orientation)
    order = np.argsort(heights, kind="stable")
    points = np.asarray(positions, dtype=float)[order]
    aside = float(np.max(off_line(np.diff(points, axis=0), np.diff(heights[order])), initial=0.0))
    length = math.dist(points[-1], points[0])
    if aside > LEAST_SHIFT_MM or not length:
        return None, aside
    extent = float(heights[order[-1]] - heights[order[0]])
    return math.degrees(math.acos(min(1.0, extent / length))), aside


def _missing(
    gaps: NDArray[np.float64], step: float, tolerance: float, near: float
) -> NDArray[np.int64]:
    """Return how many images are missing in each gap, when it is a multiple of ``step``."""
    if step <= near:
        return np.zeros(len(gaps), dtype=np.int64)
    multiples = np.minimum(np.floor(gaps / step + 0.5), MOST_MISSING)
    error = np.abs(gaps - multiples * step) / np.maximum(multiples, 1)
    is_hole = (multiples >= 2) & (error <= tolerance + ROUNDING_MM)
    return np.where(is_hole, multiples - 1, 0).astype(np.int64)

"""docs/ohif.md sections 1 and 2: whether the viewer offers multi-planar reconstruction (MPR).

What the page asks for is judged in requirements/v3_mpr.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import cmp_to_key, partial
from itertools import pairwise
from operator import sub

from fw_gear_viewer_check.model.data_set import items_in
from fw_gear_viewer_check.model.sop_classes import RECONSTRUCTED_NM
from fw_gear_viewer_check.model.text import number
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode, ViewerError
from fw_gear_viewer_check.ohif.javascript import ABSENT, Js, Missing, Vector
from fw_gear_viewer_check.ohif.metadata import Image, pixel_spacing

SPACING_TOLERANCE = 0.2
"""Largest deviation of a gap, as a part of the average gap (exclusive)."""

ORIENTATION_TOLERANCE = 0.01
"""Largest difference of a direction cosine (exclusive)."""

MAX_3D_TEXTURE = 2048
"""Largest texture of the graphics processor that is assumed.

It differs between computers: WebGL2 promises 256, most have 2048 to 16384.
"""


_POSITION = "ImagePositionPatient"
_ORIENTATION = "ImageOrientationPatient"


class UnplacedImageError(Exception):
    """The viewer takes the position of an image for granted that has none."""


class Gap(Enum):
    """What the viewer makes of the distance between two neighbours."""

    REGULAR = "regular"
    MISSING = "missing"
    IRREGULAR = "irregular"


def no_volume(images: Sequence[Image], *, multi_frame: bool) -> Failure | None:
    """Return why no MPR is offered of the images of one volume, in the viewer's order of tests."""
    rows, columns = (js.to_number(images[0].get(k)) for k in ("Rows", "Columns"))
    if any(isinstance(size, (int, float)) and size > MAX_3D_TEXTURE for size in (rows, columns)):
        reason = f"Rows or Columns is above {MAX_3D_TEXTURE:,}, too large for some graphics cards"
        return _failure(FailureCode.TOO_LARGE, reason, images[:1])
    if multi_frame:
        return _no_multi_frame_volume(by_position(images)[0])
    if len(images) == 1:
        return _failure(FailureCode.SINGLE_IMAGE, "only one image", images)
    unplaced = unplaced_failure(FailureCode.NO_POSITION, images)
    return unplaced if unplaced.instances else _no_single_frame_volume(by_position(images))


def unplaced_failure(code: FailureCode, images: Sequence[Image]) -> Failure:
    """Return a failure of the images that have no position."""
    unplaced = [image for image in images if not js.truthy(image.get(_POSITION))]
    reason = f"{_POSITION} is missing in {len(unplaced):,} of {len(images):,} images"
    return _failure(code, reason, unplaced)


def black_volume(volumes: Sequence[Sequence[Image]]) -> Failure | None:
    """Return why a 4D series stays black: of one the viewer makes its volumes as it opens."""
    if not any(js.truthy(pixel_spacing(image)) for image in volumes[0]):
        without = [i for images in volumes for i in images if not js.truthy(pixel_spacing(i))]
        reason = "a 4D series opens as volumes, and PixelSpacing is missing"
        return _failure(FailureCode.FOUR_D_BLACK, reason, without)
    flat = next((images for images in volumes if _is_flat(images)), None)
    if flat is not None:
        reason = "a 4D series opens as volumes, and all images of one are in one plane"
        return _failure(FailureCode.FOUR_D_BLACK, reason, flat)
    return None


def _is_flat(images: Sequence[Image]) -> bool:
    """Return whether images have no distance from each other along their normal."""
    orientation, position = images[0].get(_ORIENTATION), images[0].get(_POSITION)
    if len(images) == 1 or not js.truthy(orientation) or not js.truthy(position):
        return False
    normal, origin = js.cross(orientation), js.components(position, 3)
    return not any(_distance_along(normal, origin, image) for image in images)


def _failure(code: FailureCode, reason: str, images: Iterable[Image], **values: object) -> Failure:
    """Return a failure of the instances that hold the images."""
    names = dict.fromkeys(image.origin.name for image in images)
    return Failure(code, reason, tuple(names), values)


def by_position(images: Sequence[Image]) -> Sequence[Image]:
    """Sort along the normal of the middle image; leave as it is what has no geometry there."""
    if len(images) <= 1:
        return images
    middle = images[len(images) // 2]
    reference, orientation = middle.get(_POSITION), middle.get(_ORIENTATION)
    if not js.truthy(reference) or not js.truthy(orientation):
        return images
    normal, origin = js.cross(orientation), js.components(reference, 3)
    # In place of ascending positions the viewer sorts by descending distance to the reference.
    distances = [_distance_along(normal, origin, image) for image in images]
    indices = range(len(images))
    if any(map(math.isnan, distances)):
        # NaN compares as equal to everything, so the order is the sorting algorithm's; it is the
        # same in both languages.
        order = sorted(indices, key=cmp_to_key(partial(_farther_first, distances)))
    else:
        order = sorted(indices, key=distances.__getitem__, reverse=True)
    return [images[i] for i in order]


def _distance_along(normal: Vector, origin: Vector, image: Image) -> float:
    """Return how far the reference lies beyond the image, along the normal."""
    position = image.get(_POSITION)
    if position is ABSENT or position is None:
        raise UnplacedImageError
    away = js.single(*map(sub, origin, js.components(position, 3)))
    return away[0] * normal[0] + away[1] * normal[1] + away[2] * normal[2]


def _farther_first(distances: Sequence[float], one: int, other: int) -> int:
    difference = distances[other] - distances[one]
    return -1 if difference < 0 else int(difference > 0)


# Section 2: multi-frame. Only presence counts, in the first item of the per-frame groups.


def has_pixel_measures(image: Image) -> bool:
    """Tell whether pixel spacing and slice thickness are known."""
    return (
        _in_first_frame(image, "PixelMeasuresSequence")
        or _in_shared(image, "PixelMeasuresSequence")
        or (js.truthy(image.get("PixelSpacing")) and js.truthy(image.get("SliceThickness")))
    )


def has_orientation(image: Image) -> bool:
    """Tell whether there is an orientation, wherever the viewer looks for one."""
    return (
        _in_shared(image, "PlaneOrientationSequence")
        or _in_first_frame(image, "PlaneOrientationSequence")
        or _at_top_or_detector(image, "ImageOrientationPatient")
    )


def has_position(image: Image) -> bool:
    """Tell whether there is a position, wherever the viewer looks for one."""
    return (
        _in_first_frame(image, "PlanePositionSequence")
        or _in_first_frame(image, "CTPositionSequence")
        or _at_top_or_detector(image, "ImagePositionPatient")
    )


def _no_multi_frame_volume(image: Image) -> Failure | None:
    if not has_pixel_measures(image):
        reason = "the first frame has no PixelMeasuresSequence, and the image has no SliceThickness"
        return _failure(FailureCode.NO_PIXEL_MEASURES, reason, [image])
    if not has_orientation(image):
        reason = "the first frame has no orientation"
        return _failure(FailureCode.NO_ORIENTATION, reason, [image])
    if not has_position(image):
        reason = "the first frame has no position"
        return _failure(FailureCode.NO_POSITION, reason, [image])
    modality = image.get("Modality")
    if modality is ABSENT or modality is None:
        reason = "Modality is missing in a multi-frame image"
        raise ViewerError(FailureCode.NO_MODALITY, reason, [image.origin.name])
    if "NM" not in str(modality):
        return None
    image_type = image.get("ImageType")
    third = image_type[2:3] if isinstance(image_type, tuple) else ()
    if third and third[0] in RECONSTRUCTED_NM:
        return None
    reason = f"the third value of ImageType is neither {' nor '.join(RECONSTRUCTED_NM)}"
    return _failure(FailureCode.NOT_RECONSTRUCTED_NM, reason, [image])


def _in_shared(image: Image, sequence: str) -> bool:
    """Look into the item of the shared groups; where there are several, into none."""
    items = items_in(image.get("SharedFunctionalGroupsSequence"))
    return len(items) == 1 and js.truthy(image.read(items[0], sequence))


def _in_first_frame(image: Image, sequence: str) -> bool:
    return _in_first_item(image, "PerFrameFunctionalGroupsSequence", sequence)


def _at_top_or_detector(image: Image, keyword: str) -> bool:
    at_top = js.truthy(image.get(keyword))
    return at_top or _in_first_item(image, "DetectorInformationSequence", keyword)


def _in_first_item(image: Image, sequence: str, keyword: str) -> bool:
    items = items_in(image.get(sequence))
    return bool(items) and js.truthy(image.read(items[0], keyword))


# Section 1: single-frame.


def _no_single_frame_volume(images: Sequence[Image]) -> Failure | None:
    """Compare each image with the first in position order, then the gaps."""
    sizes = [_size(image) for image in images]
    numbers = [js.to_number(value) for value in sizes[0]]
    fits = {size: all(map(js.strictly_equal, size, numbers)) for size in dict.fromkeys(sizes)}
    others = [image for image, size in zip(images[1:], sizes[1:], strict=True) if not fits[size]]
    if others:
        if len(fits) == 1:  # a blank value is not even equal to itself
            reason = "Rows, Columns or SamplesPerPixel has no value"
            return _failure(FailureCode.SIZE_MISSING, reason, images)
        reason = f"Rows, Columns or SamplesPerPixel differ in {len(others):,} of {len(images):,}"
        return _failure(FailureCode.SIZES_DIFFER, f"{reason} images", others)
    alike = same_orientations(images)
    others = [image for image, is_alike in zip(images[1:], alike[1:], strict=True) if not is_alike]
    if others:
        reason = f"the orientation differs in {len(others):,} of {len(images):,} images"
        return _failure(FailureCode.ORIENTATIONS_DIFFER, reason, others)
    return _irregular(images) if len(images) > _PAIR else None


def _irregular(images: Sequence[Image]) -> Failure | None:
    """Return which gaps the viewer takes for irregular; None where it takes none."""
    positions = positions_of(images)
    found = list(gaps(positions))
    culprits = [n for n, gap in enumerate(found) if gap is Gap.IRREGULAR]
    if not culprits:
        return None
    average = average_gap(positions)
    widths = [distance(positions[n], positions[n + 1]) for n in culprits]
    known = [width for width in widths if math.isfinite(width)]
    if not known:
        reason = f"{_POSITION} is not three numbers in every image"
        return _failure(FailureCode.NO_POSITION, reason, images)
    worst = max(known, key=lambda width: abs(width - average))
    tolerance = SPACING_TOLERANCE * average
    reason = f"{len(culprits):,} of {len(found):,} gaps are irregular"
    if not any(isinstance(part, str) for image in images for part in _position_parts(image)):
        extent = average * len(found)
        gap, usual, more = (number(n, ".2f", worst, extent) for n in (worst, average, tolerance))
        reason = f"{reason}: {gap} mm, where {usual} mm ± {more} mm is allowed"
    return _failure(
        FailureCode.IRREGULAR_SPACING,
        reason,
        [images[n + 1] for n in culprits],
        irregular=len(culprits),
        gaps=len(found),
        average_mm=average,
        worst_mm=worst,
        tolerance_mm=tolerance,
    )


def _position_parts(image: Image) -> tuple[object, ...]:
    """Return the parts of a position; the viewer reads texts as numbers, but they may be none."""
    position = image.get(_POSITION)
    return position if isinstance(position, tuple) else ()


def _size(image: Image) -> tuple[Js, Js, Js]:
    return image.get("Rows"), image.get("Columns"), image.get("SamplesPerPixel")


_PAIR = 2
"""Two images make a volume whatever their distance."""


def same_orientations(images: Sequence[Image]) -> list[bool]:
    """Tell which images have the orientation of the first one."""
    found = [image.get(_ORIENTATION) for image in images]
    first = js.vector(found[0], 6)
    known = {value: same_orientation(js.vector(value, 6), first) for value in dict.fromkeys(found)}
    return [known[value] for value in found]


def same_orientation(one: Vector | Missing, other: Vector | Missing) -> bool:
    """Compare six direction cosines; a missing one differs from everything."""
    if one is ABSENT or other is ABSENT:
        return False
    return all(abs(a - b) < ORIENTATION_TOLERANCE for a, b in zip(one, other, strict=True))


def positions_of(images: Sequence[Image]) -> list[Vector | Missing]:
    """Return the position of each image."""
    return [js.vector(image.get(_POSITION), 3) for image in images]


def average_gap(positions: Sequence[Vector | Missing]) -> float:
    """Return the distance of the outermost images over the number of gaps."""
    return distance(positions[0], positions[-1]) / (len(positions) - 1)


def gaps(positions: Sequence[Vector | Missing]) -> Iterator[Gap]:
    """Judge each gap between neighbours, measured in space and not along the normal."""
    average = average_gap(positions)
    for previous, position in pairwise(positions):
        yield _judged(distance(position, previous), average)


def _judged(gap: float, average: float) -> Gap:
    """Compare a gap with the average, and with its multiples (docs/ohif.md section 1, step 6)."""
    tolerance = average * SPACING_TOLERANCE
    if abs(gap - average) < tolerance:
        return Gap.REGULAR
    parts = js.rounded(js.quotient(gap, average))
    if js.quotient(abs(gap - parts * average), parts) < tolerance:
        return Gap.MISSING
    return Gap.IRREGULAR


def distance(one: Vector | Missing, other: Vector | Missing) -> float:
    """Return the distance in space; NaN when a position is blank or incomplete."""
    if one is ABSENT or other is ABSENT:
        raise UnplacedImageError
    return math.sqrt((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2)

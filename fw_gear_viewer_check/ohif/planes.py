"""docs/ohif.md section 5: the plane on which the viewer draws an image.

Values that are missing are no harm: the viewer takes others in their place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import Damaged
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode
from fw_gear_viewer_check.ohif.javascript import Js, Source
from fw_gear_viewer_check.ohif.metadata import ViewerInstance, pixel_spacing


def without_plane(instances: Iterable[ViewerInstance]) -> Iterator[Failure]:
    """Yield the images whose values give no plane: nothing is drawn, without a message."""
    for one in instances:
        if one.origin.sop_class_uid in sop_classes.STACK and one.origin.pixel_data is not None:
            reason = _damage(one) or next(filter(None, map(_problem, _planes(one))), "")
            if reason:
                yield Failure(FailureCode.NO_PLANE, reason, (one.origin.name,))


def _damage(instance: ViewerInstance) -> str:
    """Say what is damaged: a server sends no number of it, where files leave it out."""
    if instance.source is not Source.SERVER:
        return ""
    keywords = ["PixelSpacing", "ImageOrientationPatient"]
    if (
        "PixelSpacing" not in instance.origin.data
        and instance.get("SOPClassUID") in sop_classes.PROJECTION
    ):
        keywords[0] = "ImagerPixelSpacing"
    damaged = [k for k in keywords if isinstance(instance.origin.data.get(k), Damaged)]
    return f"{damaged[0]} is damaged" if damaged else ""


_Plane: TypeAlias = tuple[Js, Js, Js]
"""Pixel spacing, orientation, position."""


def _planes(instance: ViewerInstance) -> Iterator[_Plane]:
    """Yield the planes of the images of an instance, without those that differ by position only."""
    last: tuple[Js, Js, int] | None = None
    for image in instance.images:
        spacing, orientation = pixel_spacing(image), image.get("ImageOrientationPatient")
        position = image.get("ImagePositionPatient")
        this = (spacing, orientation, len(position) if isinstance(position, tuple) else 0)
        if this != last:
            yield spacing, orientation, position
        last = this


def _problem(plane: _Plane) -> str:
    spacing, orientation, position = plane
    if isinstance(spacing, tuple) and not all(map(_is_distance, spacing[:2])):
        return "pixel spacing is 0, no number, or 100 m and more"
    if isinstance(orientation, tuple) and not _has_normal(orientation):
        return "ImageOrientationPatient is no pair of directions"
    if isinstance(position, tuple) and len(position) != _COORDINATES:
        return f"ImagePositionPatient has {len(position)} values"
    return ""


def _is_distance(value: object) -> bool:
    number = js.number(value)
    return 0 < abs(number) < _FARTHEST


def _has_normal(orientation: Js) -> bool:
    """Return whether rows and columns differ in direction; what is no number is 0 there."""
    normal, cosines = js.cross(orientation), js.components(orientation, 6)
    lengths = (math.hypot(*cosines[:3]), math.hypot(*cosines[3:]))
    if max(lengths) <= _SHORTEST:
        return False
    return any(normal) and all(map(math.isfinite, normal))


_COORDINATES = 3
_SHORTEST = 0.01
"""Length of both directions at which nothing is drawn; from 0.03 on, images are."""
_FARTHEST = 100_000.0
"""Distance of pixels (mm) at which nothing is drawn: the graphics card does not reach that far."""

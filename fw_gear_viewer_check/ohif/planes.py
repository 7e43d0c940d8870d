"""docs/ohif.md section 5: the plane on which the viewer draws an image.

Values that are missing are no harm: the viewer takes others in their place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from fw_gear_viewer_check.dicom.values import INFINITE
from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import Damaged, DataSet
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
    data = instance.origin.data
    if data.get("SpacingBetweenSlices") == INFINITE and data.first_item(_DETECTOR):
        return "SpacingBetweenSlices is infinite"
    for place in _places(instance):
        for keyword in keywords:
            if isinstance(place.get(keyword), Damaged):
                return f"{keyword} is damaged"
    return ""


def _places(instance: ViewerInstance) -> Iterator[DataSet]:
    """Yield what the values of a plane may be in."""
    origin = instance.origin
    yield origin.data
    if instance.is_joined:
        yield origin.data.first_item(_DETECTOR)
        for groups in (origin.shared_groups, *origin.frame_groups):
            yield groups.first_item("PixelMeasuresSequence")
            yield groups.first_item("PlaneOrientationSequence")


_DETECTOR = "DetectorInformationSequence"


_Plane: TypeAlias = tuple[Js, Js, str]
"""Pixel spacing, orientation, what is wrong with the position."""


def _planes(instance: ViewerInstance) -> Iterator[_Plane]:
    """Yield the planes of the images of an instance, without those that differ by position only."""
    last: tuple[Js, Js, str] | None = None
    for image in instance.images:
        spacing, orientation = pixel_spacing(image), image.get("ImageOrientationPatient")
        position = image.get("ImagePositionPatient")
        this = (spacing, orientation, _lack_of_position(position))
        if this != last:
            yield this
        last = this


def _problem(plane: _Plane) -> str:
    spacing, orientation, lack = plane
    if isinstance(spacing, tuple):
        distances = [abs(js.number(value)) for value in spacing[:2]]
        if not all(0 < distance < _FARTHEST for distance in distances):
            return "pixel spacing is 0, no number, or 100 m and more"
        if max(distances) >= _THINNEST * min(distances):
            return "pixel spacing differs by a factor of thousands"
    if isinstance(orientation, tuple) and not _has_normal(orientation):
        return "ImageOrientationPatient is no pair of directions"
    return lack


def _lack_of_position(position: Js) -> str:
    if not isinstance(position, tuple):
        return ""
    if len(position) != _COORDINATES:
        return f"ImagePositionPatient has {len(position)} values"
    is_place = all(math.isfinite(js.number(value)) for value in position)
    return "" if is_place else "ImagePositionPatient does not have three numbers"


def _has_normal(orientation: Js) -> bool:
    """Return whether rows and columns differ in direction; what is no number is 0 there."""
    normal, cosines = js.cross(orientation), js.components(orientation, 6)
    lengths = (math.hypot(*cosines[:3]), math.hypot(*cosines[3:]))
    if max(lengths) <= _SHORTEST or min(lengths) <= _ONE_SHORT:
        return False
    return any(normal) and all(map(math.isfinite, normal))


_COORDINATES = 3
_SHORTEST = 0.025
"""Length of both directions at which nothing is drawn; from 0.03 on, images are."""
_ONE_SHORT = 0.001
"""Length of one direction at which nothing is drawn; with 0.01 it is."""
_THINNEST = 10_000.0
"""How many times longer than wide a pixel is of which nothing is drawn; with 1,000 it is."""
_FARTHEST = 100_000.0
"""Distance of pixels (mm) at which nothing is drawn: the graphics card does not reach that far."""

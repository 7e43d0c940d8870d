"""Instances as the viewer keeps them, and frames as its metadata provider tells them.

docs/ohif.md sections 0 and 2. The provider is asked for each image before a volume is considered.
That changes the instance (its orientation may be taken from the detector) and joins the functional
groups, one level deep, the frame's own over the shared ones over the top level.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import TypeAlias

from fw_gear_viewer_check.model.data_set import DataSet, items_in
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import MAX_FRAMES
from fw_gear_viewer_check.model.sop_classes import IMPLICIT_VR, PROJECTION
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.failures import FailureCode, ViewerError
from fw_gear_viewer_check.ohif.javascript import ABSENT, Js, Source, Vector


def reads_private(image: Image, keyword: str) -> bool:
    """Return whether a private attribute is read: in implicit VR its VR has to be known."""
    if image.origin.transfer_syntax_uid != IMPLICIT_VR:
        return True
    return image.source is Source.SERVER and keyword in KNOWN_TO_SERVERS


KNOWN_TO_SERVERS = {"(2001,1003)", "(7053,1000)", "(7053,1009)"}
"""Private attributes whose VR a server (Orthanc 1.10.1) was seen to know; not so (0019,100C)."""


class ViewerInstance:
    """One instance in the viewer's memory: a single-frame one is an image itself."""

    def __init__(self, origin: Instance, source: Source) -> None:
        self.origin = origin
        self.source = source
        self._data = origin.data
        count = js.number(self.read(self._data, "NumberOfFrames"))
        self.declared_frames = int(count) if math.isfinite(count) and count else None
        self.frames = max(self.declared_frames or 1, 1)
        self.is_multi_frame = count > 1
        # Asking for the instance leaves it alone when NumberOfFrames < 2; blank is 0, absent NaN.
        self.is_rewritten = not count < 2
        self.is_joined = self.is_rewritten and self._has_frames_to_join()
        self._is_plain = not self.is_multi_frame and not self.is_joined

    def read(self, item: DataSet, keyword: str) -> Js:
        """Return an attribute of an item of a sequence."""
        return js.read(item, keyword, self.source)

    def _has(self, keyword: str) -> bool:
        return js.truthy(self.read(self._data, keyword))

    def _has_frames_to_join(self) -> bool:
        """Whether functional groups, or the detector's geometry, make images of their own."""
        groups = ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence")
        geometry = ("ImagePositionPatient", "ImageOrientationPatient")
        return (
            self.is_multi_frame
            or all(map(self._has, groups))
            or (self._has_detector and not all(map(self._has, geometry)))
        )

    def get(self, keyword: str) -> Js:
        """Return a top-level attribute, as the instance stands after it was asked for."""
        if self._is_plain and keyword[0] != "(" and keyword != "ImageType":
            return js.read(self._data, keyword, self.source)
        if keyword == "ImageType":
            value = self.read(self._data, keyword)
            return (value,) if self.is_rewritten and isinstance(value, str) and value else value
        if keyword == "ImageOrientationPatient" and self._is_turned_by_detector():
            return self.read(self._detector, keyword)
        if keyword in _TAKEN_FROM_SHARED and self.is_multi_frame and keyword not in self._data:
            return self.shared.get(keyword, ABSENT)
        if keyword[0] == "(" and not reads_private(self, keyword):
            return ABSENT
        return self.read(self._data, keyword)

    def _is_turned_by_detector(self) -> bool:
        return self.is_joined and not self._has("ImageOrientationPatient") and self._has_detector

    @cached_property
    def _has_detector(self) -> bool:
        return self._has(_DETECTOR)

    @cached_property
    def _detector(self) -> DataSet:
        items = items_in(self.read(self._data, _DETECTOR))
        if not items:
            reason = f"{_DETECTOR} has no item"
            raise ViewerError(FailureCode.DETECTOR_WITHOUT_ITEM, reason, [self.origin.name])
        return items[0]

    @cached_property
    def shared(self) -> Mapping[str, Js]:
        """What the shared functional groups hold."""
        items = items_in(self.read(self._data, "SharedFunctionalGroupsSequence"))
        return _joined(self, items[0]) if items else {}

    @cached_property
    def frame_groups(self) -> tuple[DataSet, ...]:
        """The items of the per-frame functional groups."""
        return items_in(self.read(self._data, "PerFrameFunctionalGroupsSequence"))

    @cached_property
    def images(self) -> tuple[Image, ...]:
        """One image per frame; the instance itself when it is single-frame."""
        if not self.is_joined:
            return (self,)
        count = min(self.frames, MAX_FRAMES)
        return tuple(StoredFrame(self, number) for number in range(1, count + 1))

    def frame_position(self, number: int, own: Js) -> Js:
        """Return a frame's position: the instance's, the detector's, the frame's, else its number.

        The instance's comes first, also where the frames have their own (docs/ohif.md section 2).
        """
        position = self.get("ImagePositionPatient")
        if not js.truthy(position) and self._has_detector:
            position = self._detector_position(number, position)
        if position is ABSENT or position is None:
            position = own
        return (0, 0, number) if position is ABSENT or position is None else position

    def _detector_position(self, number: int, position: Js) -> Js:
        orientation = self.get("ImageOrientationPatient")
        step = js.number(self.read(self._data, "SpacingBetweenSlices"))
        if "SpacingBetweenSlices" not in self._data or not js.truthy(step):
            return position
        if not isinstance(orientation, tuple):
            return position
        start = self.read(self._detector, "ImagePositionPatient")
        if not isinstance(start, tuple):
            reason = f"{_DETECTOR} has an orientation and no position"
            raise ViewerError(FailureCode.DETECTOR_WITHOUT_POSITION, reason, [self.origin.name])
        normal, origin = js.cross(orientation), js.components(start, 3)
        shift = step * (number - 1)
        return js.single(*(o + n * shift for o, n in zip(origin, normal, strict=True)))


_DETECTOR = "DetectorInformationSequence"
_TAKEN_FROM_SHARED = {"ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"}
"""Looked up in the shared groups when a multi-frame instance has none."""


class StoredFrame:
    """A frame: its own functional groups, then the shared ones, then the instance."""

    def __init__(self, instance: ViewerInstance, number: int) -> None:
        self._instance = instance
        self.origin, self.source, self.read = instance.origin, instance.source, instance.read
        groups = instance.frame_groups
        self._own = _joined(instance, groups[number - 1]) if number <= len(groups) else {}
        inherited = self._inherited("ImagePositionPatient")
        self._position = instance.frame_position(number, inherited)

    def _inherited(self, keyword: str) -> Js:
        if keyword in self._own:
            return self._own[keyword]
        if keyword in self._instance.shared:
            return self._instance.shared[keyword]
        return self._instance.get(keyword)

    def get(self, keyword: str) -> Js:
        """Return the attribute of this frame."""
        return self._position if keyword == "ImagePositionPatient" else self._inherited(keyword)


Image: TypeAlias = ViewerInstance | StoredFrame
"""What the viewer calls an instance: a single-frame one, or a frame of a multi-frame one."""


def _joined(instance: ViewerInstance, groups: DataSet) -> dict[str, Js]:
    """Return the attributes of the first item of each group.

    An item with a SOPInstanceUID speaks of another image and is left out.
    """
    joined: dict[str, Js] = {}
    for sequence in groups:
        items = items_in(instance.read(groups, sequence))
        if items and not js.truthy(instance.read(items[0], "SOPInstanceUID")):
            joined |= {keyword: instance.read(items[0], keyword) for keyword in items[0]}
    return joined


def plane_position(image: Image) -> Vector:
    """Return the position by which 4D series are split; (0, 0, 0) where there is none.

    Raises where the viewer fails to take the image plane apart.
    """
    spacing = pixel_spacing(image)
    if not isinstance(spacing, tuple) and js.truthy(spacing):
        reason = "the pixel spacing has a single value"
        raise ViewerError(FailureCode.SPACING_SINGLE_VALUE, reason, [image.origin.name])
    orientation = image.get("ImageOrientationPatient")
    if not isinstance(orientation, tuple) and js.truthy(orientation):
        reason = "ImageOrientationPatient has a single value"
        raise ViewerError(FailureCode.ORIENTATION_SINGLE_VALUE, reason, [image.origin.name])
    position = image.get("ImagePositionPatient")
    if isinstance(position, tuple):
        return tuple(map(js.number, position))
    return (js.number(position),) if js.truthy(position) else (0.0, 0.0, 0.0)


def pixel_spacing(image: Image) -> Js:
    """Return what the viewer takes for the distance of the pixels: that on the detector last."""
    spacing = image.get("PixelSpacing")
    if js.truthy(spacing) or image.get("SOPClassUID") not in PROJECTION:
        return spacing
    return image.get("ImagerPixelSpacing")

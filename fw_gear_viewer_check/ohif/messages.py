"""docs/ohif.md section 4: the messages that the viewer attaches to a display set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import pairwise
from operator import add

from fw_gear_viewer_check.model.sop_classes import VOLUME_MODALITIES
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif import volume
from fw_gear_viewer_check.ohif.javascript import ABSENT, Missing, Vector
from fw_gear_viewer_check.ohif.metadata import Image, ViewerInstance


class Message(IntEnum):
    """The viewer's codes."""

    NO_POSITION_INFORMATION = 2
    NOT_RECONSTRUCTABLE = 3
    MULTIFRAME_NO_PIXEL_MEASUREMENTS = 4
    MULTIFRAME_NO_ORIENTATION = 5
    MULTIFRAME_NO_POSITION_INFORMATION = 6
    MISSING_FRAMES = 7
    IRREGULAR_SPACING = 8
    INCONSISTENT_DIMENSIONS = 9
    INCONSISTENT_COMPONENTS = 10
    INCONSISTENT_ORIENTATIONS = 11
    INCONSISTENT_POSITION_INFORMATION = 12
    UNSUPPORTED_SOP_CLASS_UID = 14
    MISSING_SOP_CLASS_UID = 15


def messages(images: Sequence[ViewerInstance], *, reconstructable: bool) -> tuple[int, ...]:
    """Return the codes for one stack or one multi-frame instance, in the viewer's order.

    A series that is split into volumes (4D) gets none: the caller sees to that.
    """
    first = images[0]
    image_type = first.get("ImageType")
    # In one text the word may stand anywhere, among several values it must be one of them.
    if isinstance(image_type, (str, tuple)) and "LOCALIZER" in image_type:
        return ()
    if first.get("Modality") not in VOLUME_MODALITIES:
        return ()
    codes = list(_of_multi_frame(first) if first.is_multi_frame else _of_single_frames(images))
    if not reconstructable:
        codes.append(Message.NOT_RECONSTRUCTABLE)
    return tuple(map(int, codes))


def _of_multi_frame(image: ViewerInstance) -> Iterator[Message]:
    if not volume.has_pixel_measures(image):
        yield Message.MULTIFRAME_NO_PIXEL_MEASUREMENTS
    if not volume.has_orientation(image):
        yield Message.MULTIFRAME_NO_ORIENTATION
    if not volume.has_position(image):
        yield Message.MULTIFRAME_NO_POSITION_INFORMATION


def _of_single_frames(images: Sequence[ViewerInstance]) -> Iterator[Message]:
    if not all(js.truthy(image.get("ImagePositionPatient")) for image in images):
        yield Message.NO_POSITION_INFORMATION
    in_order = volume.by_position(images)
    if len(in_order) <= _PAIR:
        return
    if not _same_size(in_order):
        yield Message.INCONSISTENT_DIMENSIONS
    components = js.to_number(in_order[0].get("SamplesPerPixel"))
    if not all(js.strictly_equal(i.get("SamplesPerPixel"), components) for i in in_order[1:]):
        yield Message.INCONSISTENT_COMPONENTS
    if not all(volume.same_orientations(in_order)[1:]):
        yield Message.INCONSISTENT_ORIENTATIONS
    positions = volume.positions_of(in_order)
    if _is_shifted(in_order, positions):
        yield Message.INCONSISTENT_POSITION_INFORMATION
    if _has_ends(in_order):
        yield from _of_gaps(positions)


_PAIR = 2
"""Two images are not compared."""


def _same_size(images: Sequence[Image]) -> bool:
    """Compare Rows and Columns as numbers: a blank one is 0 here."""
    sizes = dict.fromkeys((image.get("Rows"), image.get("Columns")) for image in images)
    numbers = [tuple(map(js.to_number, size)) for size in sizes]
    return all(all(map(js.strictly_equal, numbers[0], size)) for size in numbers)


def _has_ends(images: Sequence[Image]) -> bool:
    return all(js.truthy(i.get("ImagePositionPatient")) for i in (images[0], images[-1]))


def _is_shifted(images: Sequence[Image], positions: Sequence[Vector | Missing]) -> bool:
    """Tell whether an image is farther than an average gap from where it is expected.

    Expected is one average gap along the normal from the previous one. Unlike the verdict this
    looks at every image, so one without any position ends the viewer's work.
    """
    orientation = images[0].get("ImageOrientationPatient")
    if not js.truthy(orientation) or not _has_ends(images):
        return True
    normal = js.cross(orientation)
    average = volume.average_gap(positions)
    shift = [n * average for n in normal]
    for previous, actual in pairwise(positions):
        expected = js.single(*map(add, previous, shift)) if previous is not ABSENT else ABSENT
        if volume.distance(actual, expected) > average:
            return True
    return False


def _of_gaps(positions: Sequence[Vector | Missing]) -> Iterator[Message]:
    """Yield each kind of gap once, in the order in which they occur."""
    for kind in dict.fromkeys(volume.gaps(positions)):
        if kind is volume.Gap.MISSING:
            yield Message.MISSING_FRAMES
        elif kind is volume.Gap.IRREGULAR:
            yield Message.IRREGULAR_SPACING

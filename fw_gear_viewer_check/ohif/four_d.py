"""docs/ohif.md section 3: which images the viewer takes apart into volumes of a 4D series."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.javascript import ABSENT, Js, Vector
from fw_gear_viewer_check.ohif.metadata import Image, ViewerInstance, plane_position


class Split(NamedTuple):
    """The volumes that the images make, and the attribute that separates them."""

    attribute: str
    volumes: tuple[tuple[Image, ...], ...]

    @property
    def is_four_d(self) -> bool:
        """True for more than one volume."""
        return len(self.volumes) > 1


def split(instances: Sequence[ViewerInstance], images: Sequence[Image]) -> Split | None:
    """Try the three ways in the viewer's order; the first that applies decides, even for one."""
    return _by_time_slot(instances[0], images) or _by_heart_phase(images) or _by_position(images)


def _by_time_slot(first: ViewerInstance, images: Sequence[Image]) -> Split | None:
    """Multi-frame nuclear medicine: TimeSlotVector has a value for each frame."""
    slots, slices = first.get("TimeSlotVector"), first.get("SliceVector")
    if not first.is_multi_frame or not isinstance(slots, tuple) or len(slots) != len(images):
        return None
    if js.truthy(slices) and (not isinstance(slices, tuple) or len(slices) != len(images)):
        return None
    places = slices if isinstance(slices, tuple) else tuple(range(len(images)))
    volumes: dict[float, list[tuple[float, int]]] = {}
    for index, (slot, place) in enumerate(zip(slots, places, strict=True)):
        volumes.setdefault(js.number(slot), []).append((js.number(place), index))
    return Split(
        "TimeSlotVector",
        tuple(tuple(images[i] for _, i in sorted(volumes[slot])) for slot in sorted(volumes)),
    )


def _by_heart_phase(images: Sequence[Image]) -> Split | None:
    """Cardiac MR: every image has a stack, a place in it, and a trigger time other than 0."""
    if _finite(images[0], "CardiacNumberOfImages") is None:
        return None
    places: dict[tuple[float, str, float], list[tuple[float, int]]] = {}
    for index, image in enumerate(images):
        stack = image.get("StackID")
        place, time = _finite(image, "InStackPositionNumber"), _finite(image, "TriggerTime")
        if not js.truthy(stack) or place is None or time is None:
            return None
        key = (js.number(stack), str(stack), place)
        places.setdefault(key, []).append((time, index))
    phases = {len(at_place) for at_place in places.values()}
    if len(phases) != 1:
        return None
    in_order = [sorted(places[key]) for key in sorted(places)]
    return Split(
        "TriggerTime",
        tuple(
            tuple(images[at_place[phase][1]] for at_place in in_order)
            for phase in range(phases.pop())
        ),
    )


def _by_position(images: Sequence[Image]) -> Split | None:
    """Images share positions, equally many at each, and one attribute separates them."""
    places: dict[Vector, list[Image]] = {}
    for image in images:
        places.setdefault(plane_position(image), []).append(image)
    counts = {len(at_place) for at_place in places.values()}
    if len(counts) != 1 or counts == {1}:
        return None
    for attribute in _ATTRIBUTES:
        volumes = _volumes_by(attribute, places.values())
        if volumes is not None:
            return Split(attribute, volumes)
    return None


def _volumes_by(
    attribute: str, places: Iterable[Sequence[Image]]
) -> tuple[tuple[Image, ...], ...] | None:
    """Return the volumes if each place has the same values, each of them once."""
    by_value: list[dict[float, Image]] = []
    for at_place in places:
        images = {_value(image, attribute): image for image in at_place}
        if len(images) < len(at_place) or (by_value and images.keys() != by_value[0].keys()):
            return None
        by_value.append(images)
    return tuple(tuple(images[value] for images in by_value) for value in sorted(by_value[0]))


def _finite(image: Image, keyword: str) -> float | None:
    """Return the number; 0 counts as none, as it does in the viewer's look-up."""
    value = _tag(image, keyword)
    return value if math.isfinite(value) and value else None


def _tag(image: Image, keyword: str) -> float:
    value = image.get(keyword)
    return js.parse_float(value) if js.truthy(value) else math.nan


def _value(image: Image, attribute: str) -> float:
    """Return the number that separates volumes: 0 where there is none."""
    value = _ge_b_value(image) if attribute == _OF_GE else _tag(image, attribute)
    return value if js.truthy(value) else 0.0


def _ge_b_value(image: Image) -> float:
    """Return the first of several values, without the 10^9 that GE adds to it."""
    value = image.get(_OF_GE)
    first: Js = value[:1] if isinstance(value, (tuple, str)) else ABSENT
    number = js.parse_float(first)
    return math.fmod(number, 100_000) if math.isfinite(number) else math.nan


_OF_GE = "(0043,1039)"
_ATTRIBUTES = (
    "TemporalPositionIdentifier",
    "DiffusionBValue",
    "TriggerTime",
    "EchoTime",
    # The fifth is "EchoNumber", which is no keyword of DICOM: it never splits anything.
    "(2001,1003)",
    "(0019,100C)",
    _OF_GE,
    "FrameReferenceTime",
)
"""Attributes tried in turn: keyword, or tag of a private one."""

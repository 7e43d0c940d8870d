"""Whether a segmentation lies on the pixels of its images: matrix, plane, space (SEG-296)."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from fw_gear_viewer_check.model import geometry
from fw_gear_viewer_check.model.instance import Frame, Instance
from fw_gear_viewer_check.model.lookup import ReferenceImages, Shape, shape
from fw_gear_viewer_check.model.places import Places, Position
from fw_gear_viewer_check.model.text import counted, number

Positions: TypeAlias = Mapping[str, tuple[Position | None, ...]]

_SOURCES = "SourceImageSequence"
SAME_SLICE_MM = 0.25
"""Largest distance along the scan axis of a frame and the image that it is drawn on."""
SAME_CORNER_MM = 1.0
"""The same of their first pixels, of which some count the middle and some the corner."""
SAME_SPACING = 0.01
"""Largest part by which their PixelSpacing differs."""
SAME_DIRECTION = 1e-3
"""Largest difference of a direction cosine between a segmentation and its images."""


def difference(segmentation: Instance, series: ReferenceImages, images: Collection[Shape]) -> str:
    """Say how a segmentation differs from the first image that it does not fit; "" for none.

    The viewer finds the image of a frame by the name that the frame gives, or by its position.
    """
    own = shape(segmentation)
    frames = list(segmentation.frames())
    sources = [_source_of(frame) for frame in frames]
    unnamed = [
        frame
        for frame, source in zip(frames, sources, strict=True)
        if source.uid not in series.sop_instance_uids
    ]
    told = (_difference(own, image, is_placed=bool(unnamed)) for image in images)
    return (
        next(filter(None, told), "")
        or _lost(unnamed, len(frames), series.places)
        or _beyond(sources, series.positions)
        or _displaced(own, images, zip(frames, sources, strict=True), series.positions)
    )


def _difference(own: Shape, image: Shape, *, is_placed: bool) -> str:
    sizes = ("Rows", own.rows, image.rows), ("Columns", own.columns, image.columns)
    for keyword, mine, theirs in sizes:
        if mine is not None and theirs is not None and mine != theirs:
            size, other = number(mine, "g"), number(theirs, "g")
            return f"{keyword} is {size}, but {other} in the reference images"
    if (
        own.orientation is not None
        and image.orientation is not None
        and not any(_alike(own.orientation, turned) for turned in _in_plane(image.orientation))
    ):
        return "its plane is not that of the reference images"
    spacings = zip(sorted(own.spacing or ()), sorted(image.spacing or ()), strict=False)
    if any(abs(mine - theirs) > SAME_SPACING * theirs for mine, theirs in spacings):
        return "its PixelSpacing is not that of the reference images"
    spaces = {own.frame_of_reference_uid, image.frame_of_reference_uid} - {""}
    if len(spaces) == 2 and is_placed:
        return (
            "its FrameOfReferenceUID is not that of the reference images, and not every frame "
            "names its image (SourceImageSequence)"
        )
    return ""


class _Source(NamedTuple):
    """The image that a frame names, "" for none, and which of its frames: the first if none."""

    uid: str
    number: int = 1

    def position(self, positions: Positions) -> Position | None:
        """Return where it lies; None where that is not known. Of one frame no number is asked."""
        frames = positions.get(self.uid, ())
        return frames[self.number - 1] if len(frames) > 1 else next(iter(frames), None)

    def is_beyond(self, positions: Positions) -> bool:
        """Return True where the image is known not to have the frame."""
        count = len(positions.get(self.uid, ()))
        return count > 1 and not 1 <= self.number <= count


def _source_of(frame: Frame) -> _Source:
    """Return the image that a frame names.

    Where it has no DerivationImageSequence, it takes its part of what the segmentation lists.
    """
    own = frame.groups.items_of("DerivationImageSequence")
    listed = frame.instance.data.items_of(_SOURCES)[frame.number - 1 : frame.number]
    sources = own[0].items_of(_SOURCES) if own else listed
    if not sources:
        return _Source("")
    number = sources[0].number("ReferencedFrameNumber")
    return _Source(
        sources[0].text("ReferencedSOPInstanceUID"), 1 if number is None else int(number)
    )


def _lost(unnamed: Iterable[Frame], count: int, places: Places | None) -> str:
    """Say how many frames lie on no image; without a position, that is known of any images."""
    positions = [
        frame.groups.first_item("PlanePositionSequence").numbers("ImagePositionPatient")
        for frame in unnamed
    ]
    lost = sum(one is None or (places is not None and one not in places) for one in positions)
    if not lost:
        return ""
    return f"{lost:,} of {counted(count, 'frame')} neither name a reference image nor lie on one"


def _beyond(sources: Collection[_Source], positions: Positions) -> str:
    """Say how many frames name one that their image does not have: they are drawn nowhere."""
    count = sum(source.is_beyond(positions) for source in sources)
    if not count:
        return ""
    return f"{count:,} of {counted(len(sources), 'frame')} name a frame that their image lacks"


def _displaced(
    own: Shape,
    images: Collection[Shape],
    frames: Iterable[tuple[Frame, _Source]],
    positions: Positions,
) -> str:
    """Say how many frames are drawn on an image that lies elsewhere: on another slice, or aside.

    What is turned in its plane has its first pixel in another corner.
    """
    places = ((frame.position, source.position(positions)) for frame, source in frames)
    pairs = [(mine, theirs) for mine, theirs in places if mine is not None and theirs is not None]
    if own.orientation is None or not pairs:
        return ""
    mine, theirs = (geometry.distances(some, own.orientation) for some in zip(*pairs, strict=True))
    is_turned = not all(i.orientation and _alike(own.orientation, i.orientation) for i in images)
    displaced = sum(
        abs(a - b) > SAME_SLICE_MM or (not is_turned and math.dist(*pair) > SAME_CORNER_MM)
        for a, b, pair in zip(mine, theirs, pairs, strict=True)
    )
    if not displaced:
        return ""
    return (
        f"{displaced:,} of {counted(len(pairs), 'frame')} would be drawn at another position than "
        "their own"
    )


def _in_plane(cosines: tuple[float, ...]) -> list[tuple[float, ...]]:
    """Return the eight orientations that flips and quarter turns in the plane make."""
    row, column = cosines[:3], cosines[3:]
    return [
        tuple(sign_a * v for v in a) + tuple(sign_b * v for v in b)
        for a, b in ((row, column), (column, row))
        for sign_a in (1, -1)
        for sign_b in (1, -1)
    ]


def _alike(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= SAME_DIRECTION for a, b in zip(one, other, strict=True))

"""Whether a segmentation lies on the pixels of its images: matrix, plane, space (SEG-296)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial

from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.lookup import Shape, shape
from fw_gear_viewer_check.model.text import number

SAME_DIRECTION = 1e-3
"""Largest difference of a direction cosine between a segmentation and its images."""


def difference(segmentation: Instance, images: Iterable[Shape]) -> str:
    """Say how a segmentation differs from the first image that it does not fit; "" for none."""
    own = shape(segmentation)
    # A property of all frames: it is not asked for each image.
    names_sources = cache(partial(_names_sources, segmentation))
    return next((told for image in images if (told := _difference(own, image, names_sources))), "")


def _difference(own: Shape, image: Shape, names_sources: Callable[[], bool]) -> str:
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
    spaces = {own.frame_of_reference_uid, image.frame_of_reference_uid} - {""}
    if len(spaces) == 2 and not names_sources():
        return (
            "its FrameOfReferenceUID is not that of the reference images, and not every frame "
            "names its image (SourceImageSequence)"
        )
    return ""


def _names_sources(segmentation: Instance) -> bool:
    """Return True when each frame names its image: then the viewer needs no positions."""
    return all(
        source.text("ReferencedSOPInstanceUID")
        for frame in segmentation.frames()
        for source in [frame.group("DerivationImageSequence").first_item("SourceImageSequence")]
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

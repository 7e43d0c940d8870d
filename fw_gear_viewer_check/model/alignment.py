"""Whether a segmentation lies on the pixels of its images: matrix, plane, space (SEG-296)."""

from __future__ import annotations

from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.lookup import Shape, shape
from fw_gear_viewer_check.model.text import number

SAME_DIRECTION = 1e-3
"""Largest difference of a direction cosine between a segmentation and its images."""


def difference(segmentation: Instance, image: Shape) -> str:
    """Say how a segmentation differs from an image; "" when it lies on the image's pixels."""
    own = shape(segmentation)
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
    if len(spaces) == 2 and not _names_sources(segmentation):
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

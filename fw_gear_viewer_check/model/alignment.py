"""Whether a segmentation lies on the pixels of its images: matrix, plane, space (SEG-296)."""

from __future__ import annotations

from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.text import number

SAME_DIRECTION = 1e-3
"""Largest difference of a direction cosine between a segmentation and its images."""


def shape(image: Instance) -> tuple[object, ...]:
    """Return what a segmentation is compared with: size, orientation, frame of reference."""
    data = image.data
    size = data.number("Rows"), data.number("Columns")
    return *size, _orientation(image), data.text("FrameOfReferenceUID")


def difference(segmentation: Instance, image: Instance) -> str:
    """Say how a segmentation differs from an image; "" when it lies on the image's pixels."""
    for keyword in ("Rows", "Columns"):
        own, theirs = segmentation.data.number(keyword), image.data.number(keyword)
        if own is not None and theirs is not None and own != theirs:
            size, other = number(own, "g"), number(theirs, "g")
            return f"{keyword} is {size}, but {other} in the reference images"
    own_cosines, image_cosines = _orientation(segmentation), _orientation(image)
    if (
        own_cosines is not None
        and image_cosines is not None
        and not any(_alike(own_cosines, turned) for turned in _in_plane(image_cosines))
    ):
        return "its plane is not that of the reference images"
    spaces = {i.data.text("FrameOfReferenceUID") for i in (segmentation, image)} - {""}
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


def _orientation(instance: Instance) -> tuple[float, ...] | None:
    """Return the orientation as the viewer reads it: shared, else of the first frame."""
    shared = instance.shared_groups.first_item("PlaneOrientationSequence")
    return shared.numbers("ImageOrientationPatient") or next(instance.frames()).orientation


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

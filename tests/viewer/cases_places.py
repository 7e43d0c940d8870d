"""Single-frame series: missing slices, what lies aside or differs besides, and copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.viewer.case import GREY, Case, Pixels
from tests.viewer.cases_stacks import joined
from tests.viewer.make_series import (
    AXIAL,
    CT,
    GONE,
    MR,
    NM,
    STORAGE,
    changed,
    enhanced,
    even,
    spoil,
    stack,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.viewer.case import Attributes


def cases() -> Iterator[Case]:
    """Return the cases of MPR-195 to 198, MPR-205, MPR-206, MPR-401, V3-196 and V3-293."""
    yield from _holes()
    yield from _shifts()
    yield from _copies()
    yield from _planes()


def _case(name: str, instances: Sequence[Attributes], **options: Any) -> Case:
    return Case(f"places: {name}", tuple(instances), **options)


def _holes() -> Iterator[Case]:
    """Missing slices (MPR-198, MPR-206): what is regular hangs on how much they add to the mean."""
    for count in (3, 4, 5, 6, 7):
        gaps = [1.0] * (count - 1)
        yield _case(f"{count} gaps, the last double", stack(joined(gaps, [2])))
        yield _case(f"{count} gaps, the first double", stack(joined([2], gaps)))
    yield _case("gaps of 1, 2, 2", stack([0, 1, 3, 5]))
    for step in (1, 0.5, 5):
        for missing in range(1, 6):
            kept = [n for n in range(20) if not 9 <= n < 9 + missing]
            heights = [step * n for n in kept]
            yield _case(f"20 slices of {step} mm, {missing} neighbours missing", stack(heights))
    for missing in (2, 3, 4):
        kept = [n for n in range(20) if n not in range(3, 3 + 3 * missing, 3)]
        yield _case(f"20 slices, {missing} missing apart from each other", stack(kept))
    for off in (0.05, 0.09, 0.099, 0.101, 0.11, 0.15):
        heights = [0.5 * n + off * (n == 5) for n in range(11)]
        yield _case(f"11 slices of 0.5 mm, one {off} mm off", stack(heights))
    for off in (0.15, 0.19, 0.21):
        heights = [n + off * (n == 5) for n in range(11)]
        yield _case(f"11 slices of 1 mm, one {off} mm off", stack(heights))
    for off in (0.19, 0.21, 0.99, 1.01):
        heights = [5 * n + off * (n == 5) for n in range(11)]
        yield _case(f"11 slices of 5 mm, one {off} mm off", stack(heights))


def _shifts() -> Iterator[Case]:
    """What lies beside the scan axis (MPR-195, MPR-205), and what differs (MPR-196, 197)."""
    for degrees, rise in ((0.4, 0.006981), (0.6, 0.010472), (15, 0.267949), (89, 57.28996)):
        tilted = [
            {**one, "ImagePositionPatient": [0, round(5 * n * rise, 6), 5 * n]}
            for n, one in enumerate(even(6))
        ]
        yield _case(f"gantry tilt of {degrees} degrees", tilted)
    holed = [
        {**one, "ImagePositionPatient": [0, round(n * 0.267949, 6), n]}
        for n, one in zip((0, 1, 2, 4, 5, 6, 7, 8), even(8), strict=True)
    ]
    yield _case("gantry tilt, one slice missing", holed)
    for aside in (1.4, 1.5, 3.2, 3.4):
        moved = spoil(even(6, CT, 5), 2, ImagePositionPatient=[aside, 0, 10])
        yield _case(f"5 mm slices, one moved aside by {aside} mm", moved)
    for height in (0.009, 0.011):
        yield _case(f"2 images, {height} mm apart", stack([0, height]))
        yield _case(
            f"2 images, {height} mm apart in the plane",
            spoil(stack([0, 0]), 1, ImagePositionPatient=[height, 0, 0]),
        )
    for step in (0.012, 0.009, 0.005, 0.001):
        heights = [round(step * n, 4) for n in range(20)]
        yield _case(f"20 slices, {step} mm apart", stack(heights))
        yield _case(f"20 slices, {step} mm apart, one missing", stack(heights[:9] + heights[10:]))
    for place in (0, 3):
        yield _case(
            f"PixelSpacing differs in image {place + 1} of 4",
            spoil(even(4), place, PixelSpacing=[1.01, 1]),
        )
        for kind, value in (("absent", GONE), ("blank", None), ("another", "1.2.4")):
            framed = spoil(even(4, FrameOfReferenceUID="1.2.3"), place, FrameOfReferenceUID=value)
            yield _case(f"FrameOfReferenceUID {kind} in image {place + 1} of 4", framed)
    for third in ("TOMO", "STATIC", "WHOLE BODY", "RECON TOMO", "RECON GATED TOMO"):
        image_type = ["ORIGINAL", "PRIMARY", third, "EMISSION"]
        yield _case(f"single-frame NM, {third}", even(4, NM, ImageType=image_type))
    yield _case(
        "single-frame NM, ImageType of two values", even(4, NM, ImageType=["ORIGINAL", "PRIMARY"])
    )
    for fourth in ("MOSAIC", "ND"):
        image_type = ["ORIGINAL", "PRIMARY", "M", fourth]
        yield _case(f"{fourth}, all at one place", stack([7] * 4, MR, ImageType=image_type))
    slices = {"SOPClassUID": STORAGE + "13.1.3", "Modality": "MG"}
    yield _case("tomosynthesis of single frames", even(4, **slices))
    yield _case(
        "tomosynthesis of single frames, Modality OT", even(4, **{**slices, "Modality": "OT"})
    )


def _copies() -> Iterator[Case]:
    """One SOPInstanceUID twice (V3-196): the first is kept, whether they are copies or not."""
    images = [{**one, "InstanceNumber": n} for n, one in enumerate(even(6), 1)]
    named = {**images[2], "SOPInstanceUID": "1.2.5"}
    for name, changes in (
        ("a true copy", {}),
        ("another position", {"ImagePositionPatient": [0, 0, 6]}),
        ("another InstanceNumber", {"InstanceNumber": 7}),
        ("another length of pixel data", {"Columns": 3}),
        ("another class", {"SOPClassUID": MR["SOPClassUID"]}),
    ):
        other = {**named, **changes}
        kept = spoil(images, 2, SOPInstanceUID="1.2.5")
        yield _case(f"{name} under one SOPInstanceUID, at the end", [*kept, other], alone=True)
        yield _case(f"{name} under one SOPInstanceUID, in front", [other, *kept], alone=True)
    each = [{**one, "SOPInstanceUID": f"1.2.6.{n}"} for n, one in enumerate(images)]
    yield _case("every image a second time", each + each, alone=True)
    yield _case(
        "every image a second time, in turn", [i for one in each for i in (one, one)], alone=True
    )
    numbered = [{**one, "InstanceNumber": n} for n, one in enumerate(each + each, 1)]
    yield _case("every image a second time, numbered on", numbered, alone=True)
    yield _case("copies of one image only", [each[0]] * 3, alone=True)


def _planes() -> Iterator[Case]:
    """Whether an image is drawn hangs on the plane that its values give, where it has any."""
    pixel = {"Rows": 8, "Columns": 8}

    def drawn(name: str, *instances: Attributes, frames: int = 1) -> Case:
        pixels = Pixels((f"{GREY:02x}" * 64 * frames,), encapsulated=False)
        return _case(f"drawn with {name}", [changed(i, **pixel) for i in instances], pixels=pixels)

    for keyword, values in _OF_PLANES.items():
        for value in values:
            name = f"no {keyword}" if value is GONE else f"{keyword} {value}"
            yield drawn(name, *even(3, **{keyword: value}))
    dx = {"SOPClassUID": f"{STORAGE}1.1", "Modality": "DX", "SamplesPerPixel": 1}
    for on_detector in ([1, 1], [0, 0], [0, 1]):
        yield drawn(f"ImagerPixelSpacing {on_detector}", {**dx, "ImagerPixelSpacing": on_detector})
    both = {"ImagerPixelSpacing": [0, 0], "PixelSpacing": [1, 1]}
    yield drawn("ImagerPixelSpacing of zeros beside PixelSpacing", {**dx, **both})
    for spacing in ([1, 1], [0, 0], [1, 0], None):
        for cosines in (AXIAL, [0] * 6, None):
            shared = {
                "PixelMeasuresSequence": [{"PixelSpacing": spacing, "SliceThickness": 1}],
                "PlaneOrientationSequence": [{"ImageOrientationPatient": cosines}],
            }
            name = f"PixelSpacing {spacing}, ImageOrientationPatient {cosines} of all frames"
            made = enhanced(3, SharedFunctionalGroupsSequence=[shared])
            yield drawn(name, made, frames=3)


_OF_PLANES = {
    "PixelSpacing": (
        GONE,
        None,
        [0, 0],
        [1, 0],
        [0, 1],
        [1, None],
        [-1, -1],
        [1, 1, 1],
        [0.001, 1],
        [1, 0.0001],
        [1e-6, 1e-6],
    ),
    "ImageOrientationPatient": (
        *(GONE, None, [0] * 6, [1, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 0, 0, -1, 0, 0]),
        *([1, 0, 0], [1, 0, 0, 0, 1], [1, 0, 0, 0, 1, None], [1, 0, 0, 0, 1, 0, 0]),
        *([1, 0, 0, 0.5, 0.5, 0], [0.001, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0.01, 0]),
        *([0.02, 0, 0, 0, 0.02, 0], [0.05, 0, 0, 0, 0.05, 0]),
    ),
    "ImagePositionPatient": (GONE, None, [0, 0, 0], [0, 0], [0, 0, None], [0, 0, 0, 0]),
}

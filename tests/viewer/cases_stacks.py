"""Single-frame series: each rule at both sides of its boundary, alone and in pairs."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from tests.viewer.case import LEFT_OUT, Case
from tests.viewer.make_series import CT, GONE, MR, NM, PT, changed, even, spoil, stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.viewer.case import Attributes


def cases() -> Iterator[Case]:
    """Return the cases of docs/ohif.md sections 0, 1 and 4."""
    yield from _counts()
    yield from _orientation()
    yield from _spacing()
    yield from _positions()
    yield from _missing()
    yield from _sizes()
    yield from _order()
    yield from _kinds_of_image()
    yield from _pairs()


def _case(name: str, instances: list[Attributes], **options: Any) -> Case:
    return Case(f"stack: {name}", tuple(instances), **options)


def _counts() -> Iterator[Case]:
    for count in (1, 2, 3, 7):
        yield _case(f"{count} images", even(count))
    yield _case("2 images, one place", stack([0, 0]))
    yield _case("2 images, 500 mm apart", stack([0, 500]))
    yield _case("NumberOfFrames is 1", even(3, NumberOfFrames=1))
    yield _case("NumberOfFrames is blank", even(3, NumberOfFrames=None))
    yield _case("NumberOfFrames is 0", even(3, NumberOfFrames=0))
    for modality, base in (("MR", MR), ("PT", PT), ("NM", NM), ("OT", changed(CT, Modality="OT"))):
        yield _case(f"{modality}, 3 images", even(3, base))
        yield _case(f"{modality}, 1 image", even(1, base))
    yield _case("gap of zero in OT: no message", stack([0, 0, 1, 2], changed(CT, Modality="OT")))


def _orientation() -> Iterator[Case]:
    for index in range(6):
        for delta in (0.0099, 0.0101):
            tilted = list(CT["ImageOrientationPatient"])
            tilted[index] = round(tilted[index] + delta, 6)
            yield _case(
                f"cosine {index + 1} of the last image off by {delta}",
                spoil(even(4), 3, ImageOrientationPatient=tilted),
            )
    exact = [1.01, 0, 0, 0, 1, 0]
    yield _case("cosine off by 0.01", spoil(even(4), 3, ImageOrientationPatient=exact))
    # The first in position order is the measure: an odd first differs from all others.
    tilted = [1, 0.006, 0, 0, 1, 0]
    other = [1, -0.006, 0, 0, 1, 0]
    pair = spoil(
        spoil(even(5), 0, ImageOrientationPatient=tilted), 4, ImageOrientationPatient=other
    )
    yield _case("first and last each 0.006 off the middle", pair)
    oblique = [0.8, 0.6, 0, 0, 0, -1]
    yield _case("coronal oblique", even(4, ImageOrientationPatient=oblique))
    sheared = [{**one, "ImagePositionPatient": [0, n * 0.5, n]} for n, one in enumerate(even(4))]
    yield _case("gantry tilt", sheared)
    in_plane = [{**one, "ImagePositionPatient": [n, 0, 0]} for n, one in enumerate(even(4))]
    yield _case("moved within the plane only", in_plane)
    yield _case("orientation of zeros", even(4, ImageOrientationPatient=[0, 0, 0, 0, 0, 0]))
    for count, value in (("one", 1), ("five", [1, 0, 0, 0, 1]), ("seven", [1, 0, 0, 0, 1, 0, 0])):
        yield _case(f"orientation of {count} value(s)", even(4, ImageOrientationPatient=value))
    flipped = spoil(even(4), 2, ImageOrientationPatient=[-1, 0, 0, 0, -1, 0])
    yield _case("middle image turned", flipped)
    yield _case(
        "middle image upside down", spoil(even(4), 2, ImageOrientationPatient=[1, 0, 0, 0, -1, 0])
    )


def _spacing() -> Iterator[Case]:
    """x is a gap over the average gap; 41 images keep the average near 1."""
    for x in (0.5, 0.79, 0.81, 1.19, 1.21, 1.5, 1.59, 1.61, 2.0, 2.39, 2.41, 2.49, 2.51, 3.4, 10.5):
        yield _case(f"one gap of {x} averages among 12", stack(_one_gap(12, x)))
    yield _case("3 images at 0, 1, 3", stack([0, 1, 3]))
    yield _case("3 images at 0, 1, 2.3", stack([0, 1, 2.3]))
    yield _case("11 images with a double gap", stack([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]))
    yield _case("two double gaps", stack([0, 1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14]))
    yield _case(
        "missing frames, then irregular", stack(joined([1] * 6, [2.1], [1] * 6, [1.5], [1] * 4))
    )
    yield _case(
        "irregular, then missing frames", stack(joined([1] * 6, [1.5], [1] * 6, [2.1], [1] * 4))
    )
    yield _case("5 mm, 0.9 mm off", stack([0, 5.9, 10, 15, 20, 25]))
    yield _case("0.5 mm, 0.15 mm off", stack([0, 0.65, 1, 1.5, 2, 2.5]))
    yield _case("gaps of 0.8 and 1.2", stack([0, 0.8, 2, 2.8, 4, 4.8, 6]))
    yield _case("gaps of 0.81 and 1.19", stack([0, 0.81, 2, 2.81, 4, 4.81, 6]))
    yield _case("one place, 5 images", stack([7] * 5))
    yield _case("one place but for one", stack([7, 7, 7, 7, 8]))
    yield _case("a doubled image", stack([0, 1, 1, 2, 3]))
    yield _case("a doubled image, slightly off", stack([0, 1, 1.0001, 2, 3]))
    yield _case("every image doubled", stack([0, 0, 1, 1, 2, 2]))
    yield _case("tiny spacing", even(5, CT, 0.001))
    yield _case("huge spacing", even(5, CT, 900))


def _one_gap(count: int, x: float) -> list[float]:
    """Return heights with an average gap of 1 mm, one of them being ``x``."""
    other = (count - 1 - x) / (count - 2)
    gaps = [other] * (count - 1)
    gaps[4] = x
    return joined(gaps)


def joined(*gaps: list[float]) -> list[float]:
    """Return the heights of images with these gaps, from 0."""
    heights = [0.0]
    for gap in (g for part in gaps for g in part):
        heights.append(round(heights[-1] + gap, 9))
    return heights


def _positions() -> Iterator[Case]:
    far = [{**one, "ImagePositionPatient": [0, 0, 5000 + n]} for n, one in enumerate(even(5))]
    yield _case("far from the origin", far)
    fine = stack([round(100000 + n * 0.001, 6) for n in range(5)])
    yield _case("beyond single precision", fine)
    jump = spoil(even(5), 2, ImagePositionPatient=[0.9, 0, 2])
    yield _case("one image moved aside by 0.9", jump)
    yield _case("one image moved aside by 1.2", spoil(even(5), 2, ImagePositionPatient=[1.2, 0, 2]))
    yield _case("one image moved aside by 0.6", spoil(even(5), 2, ImagePositionPatient=[0.6, 0, 2]))
    yield _case("positions of two values", even(4, ImagePositionPatient=[0, 0]))
    yield _case("positions of one value", even(4, ImagePositionPatient=3))
    yield _case("positions with an empty value", even(4, ImagePositionPatient=[0, None, 1]))
    minus_zero = spoil(even(4), 0, ImagePositionPatient=[-0.0, 0, 0])
    yield _case("minus zero", minus_zero)


def _missing() -> Iterator[Case]:
    for modality, base in (("CT", CT), ("OT", changed(CT, Modality="OT"))):
        for count in (2, 3, 5):
            for kind, value in (("absent", GONE), ("blank", None)):
                for place in sorted({0, count // 2, count - 1}):
                    yield _case(
                        f"{modality}: position {kind} in image {place + 1} of {count}",
                        spoil(even(count, base), place, ImagePositionPatient=value),
                    )
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        for kind, value in (("absent", GONE), ("blank", None)):
            yield _case(f"{keyword} {kind} in all", even(3, **{keyword: value}))
    for kind, value in (("absent", GONE), ("blank", None)):
        for place in (0, 2, 4):
            yield _case(
                f"orientation {kind} in image {place + 1} of 5",
                spoil(even(5), place, ImageOrientationPatient=value),
            )
    both = spoil(even(5), 2, ImagePositionPatient=GONE, ImageOrientationPatient=GONE)
    yield _case("position and orientation absent in the middle", both)
    some = spoil(even(5), [0, 4], ImagePositionPatient=GONE)
    yield _case("position absent at both ends", some)
    no_orientation = even(5, ImageOrientationPatient=GONE)
    yield _case(
        "no orientation, one without position", spoil(no_orientation, 1, ImagePositionPatient=GONE)
    )
    yield _case(
        "no orientation, one with a blank position",
        spoil(no_orientation, 1, ImagePositionPatient=None),
    )
    yield _case(
        "no orientation, last without position", spoil(no_orientation, 4, ImagePositionPatient=GONE)
    )
    yield _case("PixelSpacing of one value", even(3, PixelSpacing=1))
    yield _case("PixelSpacing of one value in one image", spoil(even(3), 1, PixelSpacing=1))
    yield _case("PixelSpacing differs", spoil(even(4), 1, PixelSpacing=[2, 2]))
    yield _case("WindowWidth without WindowCenter", even(3, WindowWidth=100))
    yield _case(
        "FrameOfReferenceUID differs",
        spoil(even(3, FrameOfReferenceUID="1.2.3"), 1, FrameOfReferenceUID="1.2.4"),
    )


def _sizes() -> Iterator[Case]:
    for keyword in ("Rows", "Columns"):
        for count in (2, 3, 5):
            yield _case(
                f"{keyword} differs in one of {count}", spoil(even(count), 1, **{keyword: 3})
            )
    for count in (2, 4):
        colour = {
            "SamplesPerPixel": 3,
            "PhotometricInterpretation": "RGB",
            "PlanarConfiguration": 0,
        }
        yield _case(f"one of {count} in colour", spoil(even(count), 1, **colour))
        yield _case(f"{count} in colour", even(count, **colour))
        yield _case(
            f"SamplesPerPixel absent in one of {count}", spoil(even(count), 1, SamplesPerPixel=GONE)
        )
        yield _case(f"SamplesPerPixel absent in {count}", even(count, SamplesPerPixel=GONE))
        yield _case(f"SamplesPerPixel blank in {count}", even(count, SamplesPerPixel=None))
        yield _case(
            f"SamplesPerPixel blank in one of {count}", spoil(even(count), 1, SamplesPerPixel=None)
        )
    yield _case("2048 rows", even(3, Rows=2048))
    yield _case("2049 rows", even(3, Rows=2049))
    yield _case("2049 columns", even(3, Columns=2049))
    yield _case("2049 rows in the second image only", spoil(even(3), 1, Rows=2049))
    yield _case("Rows absent in the last of three", spoil(even(3), 2, Rows=GONE), alone=True)
    yield _case("Rows absent", even(3, Rows=GONE), alone=True)
    yield _case("Columns absent", even(3, Columns=GONE), alone=True)
    yield _case("Rows blank", even(3, Rows=None), alone=True)
    for keyword in ("Rows", "Columns"):
        yield _case(f"{keyword} is 0", even(3, **{keyword: 0}), alone=True)
        last = spoil(even(3), 2, **{keyword: 0})
        yield _case(f"{keyword} is 0 in the last of three", last, alone=True)


def _order() -> Iterator[Case]:
    shuffled = [4, 2, 0, 1, 3]
    images = even(5)
    yield _case(
        "files in another order", [{**images[i], "InstanceNumber": i + 1} for i in shuffled]
    )
    yield _case(
        "InstanceNumber against position",
        [{**one, "InstanceNumber": 5 - n} for n, one in enumerate(images)],
    )
    same = [{**one, "InstanceNumber": 1} for one in images]
    yield _case("InstanceNumber all the same", same)
    yield _case("InstanceNumber absent", [{**one, "InstanceNumber": LEFT_OUT} for one in images])
    # The middle image by number lends its normal: turned there, the order is by another axis.
    tilted = [0, 1, 0, 0, 0, 1]
    moved = [{**one, "ImagePositionPatient": [n, 0, 4 - n]} for n, one in enumerate(images)]
    yield _case(
        "all along another normal", [{**one, "ImageOrientationPatient": tilted} for one in moved]
    )
    yield _case(
        "scout first",
        [
            {
                **changed(images[0], ImagePositionPatient=[0, -200, 300]),
                "ImageOrientationPatient": [0, 1, 0, 0, 0, -1],
            },
            *even(6),
        ],
    )
    yield _case(
        "three orthogonal scouts",
        [
            {**images[0]},
            {**images[1], "ImageOrientationPatient": [0, 1, 0, 0, 0, -1]},
            {**images[2], "ImageOrientationPatient": [1, 0, 0, 0, 0, -1]},
        ],
    )
    for kind, uid in (("same", "1.2.3"), ("absent", LEFT_OUT), ("blank", None)):
        yield _case(
            f"SOPInstanceUID {kind} in all",
            [{**i, "SOPInstanceUID": uid} for i in images],
            alone=True,
        )
    twice = [
        *images[:3],
        {**images[2], "SOPInstanceUID": "1.2.5"},
        {**images[3], "SOPInstanceUID": "1.2.5"},
        images[4],
    ]
    yield _case("one SOPInstanceUID twice, at two places of one height", twice)
    hole = [
        {**one, "SOPInstanceUID": "1.2.9"} if n in {2, 3} else one for n, one in enumerate(even(6))
    ]
    yield _case("a duplicate leaves a hole", hole)


def _kinds_of_image() -> Iterator[Case]:
    gap = [0, 1, 2, 3, 3.5]
    for name, value in (
        ("among others", ["DERIVED", "LOCALIZER"]),
        ("alone", "LOCALIZER"),
        ("within a word", "MYLOCALIZERS"),
        ("within one of two words", ["DERIVED", "MYLOCALIZER"]),
        ("nowhere", GONE),
        ("blank", None),
    ):
        yield _case(f"LOCALIZER {name}", stack(gap, ImageType=value))
        yield _case(
            f"LOCALIZER {name}, NumberOfFrames 1", stack(gap, ImageType=value, NumberOfFrames=1)
        )
    yield _case(
        "LOCALIZER in the second only", spoil(stack(gap), 1, ImageType=["ORIGINAL", "LOCALIZER"])
    )
    for kind, value in (("absent", GONE), ("blank", None)):
        yield _case(f"Modality {kind}", stack(gap, Modality=value))
    yield _case("Modality differs in the second", spoil(stack(gap), 1, Modality="OT"))
    yield _case("Modality differs in the first", spoil(stack(gap), 0, Modality="OT"))


def _pairs() -> Iterator[Case]:
    """Two faults in one series of six: the first to be met decides, messages add up."""
    faults: dict[str, tuple[int, dict[str, Any]]] = {
        "Rows": (1, {"Rows": 3}),
        "SamplesPerPixel": (2, {"SamplesPerPixel": GONE}),
        "orientation": (3, {"ImageOrientationPatient": [1, 0.02, 0, 0, 1, 0]}),
        "no orientation": (5, {"ImageOrientationPatient": GONE}),
        "irregular gap": (4, {"ImagePositionPatient": [0, 0, 4.5]}),
        "doubled position": (4, {"ImagePositionPatient": [0, 0, 3]}),
        "missing frames": (5, {"ImagePositionPatient": [0, 0, 40]}),
        "aside": (2, {"ImagePositionPatient": [1.5, 0, 2]}),
        "blank position": (0, {"ImagePositionPatient": None}),
    }
    for (one, (i, first)), (two, (j, second)) in combinations(faults.items(), 2):
        yield _case(f"{one} and {two}", spoil(spoil(even(6), i, **first), j, **second))

"""4D series (docs/ohif.md section 3): each attribute that splits, and what only looks like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.viewer.case import IMPLICIT, Case
from tests.viewer.make_series import (
    CT,
    GONE,
    MR,
    NM,
    PT,
    STORAGE,
    changed,
    enhanced,
    even,
    plain_multi_frame,
    spoil,
    stack,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.viewer.case import Attributes

SPLITTING = (
    "TemporalPositionIdentifier",
    "DiffusionBValue",
    "TriggerTime",
    "EchoTime",
    "(2001,1003)",
    "(0019,100C)",
    "FrameReferenceTime",
)
NOT_SPLITTING = (
    "EchoNumbers",
    "TemporalPositionIndex",
    "AcquisitionNumber",
    "InversionTime",
    "FlipAngle",
    "AcquisitionTime",
    "ContentTime",
)


def cases() -> Iterator[Case]:
    """Return the cases of docs/ohif.md section 3."""
    yield from _splitting()
    yield from _groups()
    yield from _ge()
    yield from _cardiac()
    yield from _time_slots()
    yield from _enhanced()
    yield from _orders()
    yield from _sets_of_values()


def _case(name: str, instances: Sequence[Attributes], **options: Any) -> Case:
    return Case(f"4D: {name}", tuple(instances), **options)


def volumes(
    keyword: str, values: Sequence[Any], heights: Sequence[float] = (0, 1, 2), base: Attributes = MR
) -> list[Attributes]:
    """Return the images of a few volumes, volume by volume."""
    return [{**image, keyword: value} for value in values for image in stack(heights, base)]


def _splitting() -> Iterator[Case]:
    for keyword in SPLITTING:
        yield _case(f"{keyword}, 2 volumes", volumes(keyword, [100, 200]))
        yield _case(f"{keyword}, 3 volumes, from 0", volumes(keyword, [0, 5, 10]))
    for keyword in NOT_SPLITTING:
        values = ["100000", "110000"] if keyword.endswith("Time") and keyword[0] in "AC" else [1, 2]
        yield _case(f"{keyword} does not split", volumes(keyword, values))
    yield _case("nothing splits", volumes("EchoTime", [5, 5]))
    for keyword in ("(2001,1003)", "(0019,100C)"):
        yield _case(
            f"{keyword}, implicit VR", volumes(keyword, [100, 200]), transfer_syntax=IMPLICIT
        )
    yield _case("EchoTime, implicit VR", volumes("EchoTime", [100, 200]), transfer_syntax=IMPLICIT)
    for name, base in (("CT", CT), ("PT", PT), ("OT", changed(CT, Modality="OT"))):
        yield _case(f"TriggerTime in {name}", volumes("TriggerTime", [1, 2], base=base))
    yield _case("a single place", volumes("TriggerTime", [1, 2, 3, 4], heights=[0]))
    yield _case("two places", volumes("TriggerTime", [1, 2, 3, 4], heights=[0, 1]))
    no_position = changed(MR, ImagePositionPatient=GONE)
    bare = [
        changed({**no_position, "TriggerTime": n}, ImageOrientationPatient=GONE) for n in (1, 2, 3)
    ]
    yield _case("no position, TriggerTime", bare)
    yield _case(
        "ultrasound without position, TriggerTime",
        [changed(one, Modality="US", SOPClassUID=STORAGE + "6.1") for one in bare],
    )


def _groups() -> Iterator[Case]:
    """What makes a split fail."""
    good = volumes("TemporalPositionIdentifier", [1, 2, 3])
    yield _case("one file missing", good[:-1])
    yield _case("one file too many", [*good, {**good[-1], "TemporalPositionIdentifier": 4}])
    yield _case("two values swapped at one place", spoil(good, 0, TemporalPositionIdentifier=2))
    yield _case("another value at one place", spoil(good, 0, TemporalPositionIdentifier=9))
    yield _case("value absent in one", spoil(good, 0, TemporalPositionIdentifier=GONE))
    zero_based = volumes("TemporalPositionIdentifier", [0, 1, 2])
    yield _case("absent where others are 0", spoil(zero_based, 0, TemporalPositionIdentifier=GONE))
    yield _case("blank where others are 0", spoil(zero_based, 1, TemporalPositionIdentifier=None))
    yield _case("position off by 0.001 in one", spoil(good, 0, ImagePositionPatient=[0.001, 0, 0]))
    yield _case("minus zero counts as zero", spoil(good, 0, ImagePositionPatient=[-0.0, 0, 0]))
    yield _case(
        "position absent in one of each volume", spoil(good, [0, 3, 6], ImagePositionPatient=GONE)
    )
    yield _case("position blank in one", spoil(good, [4], ImagePositionPatient=None))
    diffusion = volumes("DiffusionBValue", [0, 1000, 1000, 1000])
    yield _case("b values with directions", diffusion)
    echoes = [{**i, "EchoTime": 5 + n // 3 % 2} for n, i in enumerate(diffusion)]
    yield _case("b values and echoes together, neither alone", echoes)
    later = [{**i, "TriggerTime": n // 3 + 1} for n, i in enumerate(diffusion)]
    yield _case("the second attribute fails, the third splits", later)
    first = [
        {**i, "EchoTime": n // 3 + 1, "TemporalPositionIdentifier": 4 - n // 3}
        for n, i in enumerate(diffusion)
    ]
    yield _case("the first attribute decides the order", first)
    yield _case("several values of EchoTime", volumes("EchoTime", [[1, 2], [3, 4]]))
    irregular = volumes("TemporalPositionIdentifier", [1, 2], heights=[0, 1, 2, 3.5])
    yield _case("irregular in every volume", irregular)
    odd = spoil(good, 4, Rows=3)
    yield _case("another size in the second volume", odd)
    yield _case("another size in the first volume", spoil(good, 1, Rows=3))
    yield _case(
        "another orientation in the second volume",
        spoil(good, 4, ImageOrientationPatient=[1, 0.1, 0, 0, 1, 0]),
    )
    yield _case("no orientation", [changed(i, ImageOrientationPatient=GONE) for i in good])
    yield _case("LOCALIZER", [{**i, "ImageType": ["DERIVED", "LOCALIZER"]} for i in good])
    yield _case("interleaved", [good[i] for i in (0, 3, 6, 1, 4, 7, 2, 5, 8)])


def _ge() -> Iterator[Case]:
    plain = [[1000000000, 8, 0, 0], [1000000800, 8, 0, 0]]
    yield _case("(0043,1039) with 10^9 added", volumes("(0043,1039)", plain))
    yield _case("(0043,1039) plain", volumes("(0043,1039)", [[0, 8], [800, 8]]))
    yield _case(
        "(0043,1039) equal but for the hundred thousands",
        volumes("(0043,1039)", [[100800, 1], [800, 2]]),
    )
    yield _case("(0043,1039) of one value", volumes("(0043,1039)", [100, 200]))


def _cardiac() -> Iterator[Case]:
    def images(times: Sequence[Any], **changes: Any) -> list[Attributes]:
        made = [
            {
                **image,
                "CardiacNumberOfImages": len(times),
                "StackID": "1",
                "InStackPositionNumber": place + 1,
                "TriggerTime": time,
            }
            for time in times
            for place, image in enumerate(stack([0, 1, 2], MR))
        ]
        return [changed(one, **changes) for one in made]

    yield _case("cardiac", images([10, 20]))
    yield _case("cardiac, first trigger 0", images([0, 20]))
    yield _case("cardiac, one phase", images([10]))
    yield _case("cardiac, no stack", images([10, 20], StackID=GONE))
    yield _case("cardiac, blank stack", images([10, 20], StackID=None))
    yield _case("cardiac, no place", images([10, 20], InStackPositionNumber=GONE))
    yield _case("cardiac, count of images absent", images([10, 20], CardiacNumberOfImages=GONE))
    yield _case("cardiac, count of images 0", images([10, 20], CardiacNumberOfImages=0))
    yield _case("cardiac, one image less", images([10, 20])[:-1])
    # Equal trigger times: heart phases are told apart by order where positions alone are not.
    yield _case("cardiac, the same trigger time twice", images([10, 10]))
    stacks = [
        {**image, "StackID": str(10 - n % 2), "InStackPositionNumber": 1}
        for n, image in enumerate(images([10, 20])[:4])
    ]
    yield _case("cardiac, two stacks", stacks)
    apart = [{**i, "ImagePositionPatient": [0, 0, n]} for n, i in enumerate(images([10, 20]))]
    yield _case("cardiac, all at places of their own", apart)


def _time_slots() -> Iterator[Case]:
    def frames(slots: list[int] | None, **changes: Any) -> Attributes:
        return plain_multi_frame(6, **({"TimeSlotVector": slots} if slots else {}), **changes)

    two = [1, 1, 1, 2, 2, 2]
    yield _case("time slots", [frames(two)])
    yield _case(
        "time slots, gated", [frames(two, ImageType=["ORIGINAL", "PRIMARY", "RECON GATED TOMO"])]
    )
    yield _case(
        "time slots, not reconstructed", [frames(two, ImageType=["ORIGINAL", "PRIMARY", "GATED"])]
    )
    yield _case("time slots and slices", [frames(two, SliceVector=[3, 2, 1, 1, 2, 3])])
    yield _case("time slots, too few slices", [frames(two, SliceVector=[1, 2, 3])])
    yield _case("time slots, too few", [frames([1, 1, 2])])
    yield _case("time slots, uneven", [frames([1, 1, 1, 1, 2, 2])])
    yield _case("one time slot", [frames([1] * 6)])
    yield _case(
        "time slots, no geometry",
        [frames(two, ImagePositionPatient=GONE, ImageOrientationPatient=GONE)],
    )
    yield _case("time slots, no position", [frames(two, ImagePositionPatient=GONE)])
    yield _case("time slots, no thickness", [frames(two, SliceThickness=GONE)])
    yield _case("time slots in MR", [frames(two, Modality="MR", SOPClassUID=STORAGE + "4")])
    single = [
        {**i, "TimeSlotVector": 1 + n // 3} for n, i in enumerate(volumes("Rows", [2, 2], base=NM))
    ]
    yield _case("time slots of single frames", single)
    yield _case(
        "other vectors",
        [frames(None, RRIntervalVector=two, PhaseVector=two, EnergyWindowVector=two)],
    )


def _enhanced() -> Iterator[Case]:
    def multi(
        group: Callable[[int], Attributes], count: int = 6, **changes: Any
    ) -> list[Attributes]:
        own = [
            {"PlanePositionSequence": [{"ImagePositionPatient": [0, 0, n % 3]}], **group(n // 3)}
            for n in range(count)
        ]
        return [enhanced(count, PerFrameFunctionalGroupsSequence=own, **changes)]

    yield _case(
        "enhanced, b values",
        multi(lambda v: {"MRDiffusionSequence": [{"DiffusionBValue": v * 500.0}]}),
    )
    yield _case(
        "enhanced, temporal index",
        multi(lambda v: {"FrameContentSequence": [{"TemporalPositionIndex": v + 1}]}),
    )
    yield _case(
        "enhanced, effective echo",
        multi(lambda v: {"MREchoSequence": [{"EffectiveEchoTime": v + 5.0}]}),
    )
    yield _case(
        "enhanced, cardiac delay",
        multi(
            lambda v: {
                "CardiacSynchronizationSequence": [{"NominalCardiacTriggerDelayTime": v * 50.0}]
            }
        ),
    )
    converted = "UnassignedPerFrameConvertedAttributesSequence"
    for keyword in ("TriggerTime", "EchoTime", "TemporalPositionIdentifier", "FrameReferenceTime"):

        def told(v: int, k: str = keyword) -> Attributes:
            return {converted: [{k: v + 1}]}

        yield _case(f"converted, {keyword}", multi(told))
    b_values = multi(lambda v: {"MRDiffusionSequence": [{"DiffusionBValue": v * 500.0}]})[0]
    yield _case("enhanced, b values, one frame less", [changed(b_values, NumberOfFrames=5)])
    yield _case(
        "enhanced, b values, root position", [{**b_values, "ImagePositionPatient": [0, 0, 7]}]
    )
    yield _case(
        "enhanced, b values, not measured", [changed(b_values, SharedFunctionalGroupsSequence=[{}])]
    )
    yield _case(
        "enhanced, b values, no position in the first",
        [
            {
                **b_values,
                "PerFrameFunctionalGroupsSequence": [
                    {k: v for k, v in g.items() if k != "PlanePositionSequence" or n}
                    for n, g in enumerate(b_values["PerFrameFunctionalGroupsSequence"])
                ],
            }
        ],
    )
    each_own = multi(lambda _: {}, 4)
    own_values = [{"MRDiffusionSequence": [{"DiffusionBValue": n * 500.0}]} for n in range(4)]
    yield _case(
        "enhanced, no positions at all, b values",
        [{**each_own[0], "PerFrameFunctionalGroupsSequence": own_values}],
    )
    yield _case(
        "root position, b value in each frame",
        [
            {
                **each_own[0],
                "PerFrameFunctionalGroupsSequence": own_values,
                "ImagePositionPatient": [0, 0, 1],
            }
        ],
    )
    yield _case(
        "single frames beside a 4D instance",
        [*even(3, SOPClassUID=STORAGE + "4.1", Modality="MR"), b_values],
    )


def _orders() -> Iterator[Case]:
    """Volumes that nothing tells apart but the order of their images (DWI by directions)."""
    heights = (0, 1, 2, 3)
    by_volume = [n for _ in range(3) for n in heights]
    by_slice = [n for n in heights for _ in range(3)]
    back_and_forth = [*heights, *reversed(heights), *heights]
    for name, order in (
        ("volume by volume", by_volume),
        ("slice by slice", by_slice),
        ("back and forth", back_and_forth),
        ("volume by volume, downwards", by_volume[::-1]),
    ):
        for kind, base in (("DWI", {**MR, "DiffusionBValue": 1000}), ("CT", CT)):
            yield _case(f"{kind} {name}, nothing splits", stack(order, base))
    shells = [{**i, "DiffusionBValue": 1000 * (n >= 4)} for n, i in enumerate(stack(by_volume, MR))]
    yield _case("DWI, b 0 once and b 1000 twice", shells)
    private = [{**i, "(0019,100C)": 500 * (n // 4)} for n, i in enumerate(stack(by_volume, MR))]
    yield _case(
        "DWI, private b values beside equal ones", [{**i, "DiffusionBValue": 500} for i in private]
    )


def _sets_of_values() -> Iterator[Case]:
    """MPR-102: an attribute splits only if its set of values is the same at every position."""
    for keyword, values in (
        ("ConvolutionKernel", ["B30f", "B70f"]),
        ("KVP", [80, 140]),
        ("NominalPercentageOfCardiacPhase", [30, 70]),
        ("ImageType", [["ORIGINAL", "PRIMARY", "M"], ["ORIGINAL", "PRIMARY", "P"]]),
        ("SeriesTime", ["100000", "100001"]),
    ):
        yield _case(f"{keyword} does not split", volumes(keyword, values, base=CT))
    for keyword in ("TriggerTime", "EchoTime", "FrameReferenceTime"):
        each_other = [{**i, keyword: 10 + n} for n, i in enumerate(volumes("Rows", [2, 2]))]
        yield _case(f"{keyword} differs from slice to slice", each_other)
        once = spoil(volumes(keyword, [10, 20]), 5, **{keyword: 20.5})
        yield _case(f"{keyword} off in one image", once)

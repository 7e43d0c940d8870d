"""Multi-frame instances (docs/ohif.md section 2): where each of the three facts may stand."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from tests.viewer.case import Case
from tests.viewer.make_series import (
    AXIAL,
    ENHANCED,
    GONE,
    NM,
    STORAGE,
    changed,
    enhanced,
    even,
    plain_multi_frame,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.viewer.case import Attributes

MEASURES = [{"PixelSpacing": [1, 1], "SliceThickness": 1}]
ORIENTATION = [{"ImageOrientationPatient": AXIAL}]
SHARED = "SharedFunctionalGroupsSequence"
PER_FRAME = "PerFrameFunctionalGroupsSequence"


def cases() -> Iterator[Case]:
    """Return the cases of docs/ohif.md section 2."""
    yield from _enhanced()
    yield from _top_level()
    yield from _presence()
    yield from _detector()
    yield from _nuclear_medicine()
    yield from _several()
    yield from _orientations()
    yield from _tomosynthesis()


def _case(name: str, *instances: Attributes, **options: Any) -> Case:
    return Case(f"frames: {name}", instances, **options)


def _positions(count: int) -> list[Attributes]:
    return [{"PlanePositionSequence": [{"ImagePositionPatient": [0, 0, n]}]} for n in range(count)]


def _enhanced() -> Iterator[Case]:
    yield _case("enhanced MR", enhanced())
    yield _case("enhanced MR of 2 frames", enhanced(2))
    yield _case("enhanced MR of 1 frame", enhanced(1))
    yield _case("enhanced MR of 1 frame, twice", enhanced(1), enhanced(1))
    yield _case("enhanced CT", enhanced(SOPClassUID=STORAGE + "2.1", Modality="CT"))
    yield _case("enhanced PET", enhanced(SOPClassUID=STORAGE + "130", Modality="PT"))
    yield _case("breast tomosynthesis", enhanced(SOPClassUID=STORAGE + "13.1.3", Modality="MG"))
    for name, heights in (
        ("irregular", [0, 1, 2, 9]),
        ("uneven", [0, 1, 2.5, 3.5, 5]),
        ("repeated", [0, 1, 0, 1]),
        ("all the same", [0, 0, 0]),
    ):
        groups = [{"PlanePositionSequence": [{"ImagePositionPatient": [0, 0, h]}]} for h in heights]
        yield _case(f"positions {name}", enhanced(len(heights), **{PER_FRAME: groups}))
    for where in (SHARED, PER_FRAME):
        for kind, value in (("absent", GONE), ("blank", None)):
            yield _case(f"{where} {kind}", enhanced(**{where: value}), alone=where == SHARED)
    yield _case("more frames than groups", enhanced(3, NumberOfFrames=5))
    yield _case("fewer frames than groups", enhanced(5, NumberOfFrames=2))
    for kind, value in (("absent", GONE), ("blank", None)):
        yield _case(f"Modality {kind}", enhanced(Modality=value), alone=True)
    yield _case("Modality is OT", enhanced(Modality="OT"))
    yield _case("2049 rows", enhanced(Rows=2049))
    yield _case(
        "LOCALIZER without geometry", enhanced(ImageType=["DERIVED", "LOCALIZER"], **{SHARED: GONE})
    )
    two_shared = [{"PixelMeasuresSequence": MEASURES, "PlaneOrientationSequence": ORIENTATION}]
    two_shared.append({"PixelMeasuresSequence": MEASURES})
    yield _case("two items of shared groups", enhanced(**{SHARED: two_shared}))
    with_sop = [{**ORIENTATION[0], "SOPInstanceUID": "1.2.3"}]
    yield _case(
        "a group that speaks of another image",
        enhanced(
            **{SHARED: [{"PixelMeasuresSequence": MEASURES, "PlaneOrientationSequence": with_sop}]}
        ),
    )


def _presence() -> Iterator[Case]:
    """Each fact in the shared groups, in the first frame's, in all but the first, nowhere."""
    places = ("shared", "each", "first", "not first", "nowhere")
    facts = {
        "PixelMeasuresSequence": MEASURES,
        "PlaneOrientationSequence": ORIENTATION,
        "PlanePositionSequence": [{"ImagePositionPatient": [0, 0, 1]}],
    }
    for (sequence, items), place in product(facts.items(), places):
        made = enhanced()
        shared = {k: v for k, v in made[SHARED][0].items() if k != sequence}
        own = [{k: v for k, v in group.items() if k != sequence} for group in made[PER_FRAME]]
        if place == "shared":
            shared[sequence] = items
        for n, group in enumerate(own):
            if place == "each" or (
                (place == "first") == (n == 0) and place in {"first", "not first"}
            ):
                group[sequence] = items
        yield _case(f"{sequence}: {place}", {**made, SHARED: [shared], PER_FRAME: own})
    for sequence in facts:
        made = enhanced()
        shared = {**made[SHARED][0], sequence: None}
        own = [{**group, sequence: None} for group in made[PER_FRAME]]
        yield _case(f"{sequence}: blank", {**made, SHARED: [shared], PER_FRAME: own})
    table = [{"CTPositionSequence": [{"TablePosition": n}]} for n in range(3)]
    yield _case("table positions only", enhanced(**{PER_FRAME: table}))
    nothing = {"NumberOfFrames": 3, **changed(ENHANCED)}
    yield _case("nothing at all", nothing)
    yield _case("nothing at all, OT", {**nothing, "Modality": "OT"})


def _top_level() -> Iterator[Case]:
    yield _case("geometry at top level", plain_multi_frame())
    for keyword in (
        "PixelSpacing",
        "SliceThickness",
        "ImageOrientationPatient",
        "ImagePositionPatient",
    ):
        for kind, value in (("absent", GONE), ("blank", None)):
            yield _case(
                f"top level without {keyword}: {kind}", plain_multi_frame(**{keyword: value})
            )
    yield _case("SliceThickness is 0", plain_multi_frame(SliceThickness=0))
    spacing = {"SliceThickness": GONE, "SpacingBetweenSlices": 1}
    yield _case("SpacingBetweenSlices in place of SliceThickness", plain_multi_frame(**spacing))
    yield _case(
        "top level and SharedFunctionalGroups",
        plain_multi_frame(
            **{
                SHARED: [{"PlanePositionSequence": [{"ImagePositionPatient": [0, 0, 4]}]}],
                "ImagePositionPatient": GONE,
            }
        ),
    )
    yield _case(
        "top level blank, position shared",
        plain_multi_frame(
            **{
                SHARED: [{"PlanePositionSequence": [{"ImagePositionPatient": [0, 0, 4]}]}],
                "ImagePositionPatient": None,
            }
        ),
    )
    yield _case(
        "thickness at top level, spacing in an odd shared group",
        plain_multi_frame(
            **{
                "PixelSpacing": GONE,
                SHARED: [
                    {"UnassignedSharedConvertedAttributesSequence": [{"PixelSpacing": [1, 1]}]}
                ],
            }
        ),
    )
    yield _case(
        "orientation in an odd shared group",
        plain_multi_frame(
            **{
                "ImageOrientationPatient": GONE,
                SHARED: [
                    {
                        "UnassignedSharedConvertedAttributesSequence": [
                            {"ImageOrientationPatient": AXIAL}
                        ]
                    }
                ],
            }
        ),
    )
    dose = {
        "SOPClassUID": STORAGE + "481.2",
        "Modality": "RTDOSE",
        "GridFrameOffsetVector": [0, 1, 2],
    }
    yield _case("RT dose", plain_multi_frame(**dose))
    yield _case("RT dose without thickness", plain_multi_frame(**dose, SliceThickness=GONE))
    yield _case("pixel spacing of one value", plain_multi_frame(PixelSpacing=1), alone=True)


def _detector() -> Iterator[Case]:
    """Detector geometry of nuclear medicine."""
    position = {"ImagePositionPatient": [0, 0, 9]}
    orientation = {"ImageOrientationPatient": AXIAL}
    bare = plain_multi_frame(ImagePositionPatient=GONE, ImageOrientationPatient=GONE)
    for name, item in (
        ("both", {**position, **orientation}),
        ("position", position),
        ("orientation", orientation),
        ("neither", {"StartAngle": 1}),
    ):
        for spacing in (None, 2):
            added = {"SpacingBetweenSlices": spacing} if spacing else {}
            yield _case(
                f"detector with {name}, SpacingBetweenSlices {spacing}",
                {**bare, "DetectorInformationSequence": [item], **added},
            )
    yield _case("detector without item", {**bare, "DetectorInformationSequence": None}, alone=True)
    yield _case(
        "detector of two items",
        {**bare, "DetectorInformationSequence": [{"StartAngle": 1}, {**position, **orientation}]},
    )
    full = plain_multi_frame(DetectorInformationSequence=[{"StartAngle": 1}])
    yield _case("detector beside top-level geometry", full)
    blank = plain_multi_frame(ImagePositionPatient=None, ImageOrientationPatient=None)
    yield _case(
        "detector, top level blank",
        {**blank, "DetectorInformationSequence": [{**position, **orientation}]},
    )
    # Single frames: asking takes the orientation over only when NumberOfFrames is absent.
    for count in (None, 1):
        number = {} if count is None else {"NumberOfFrames": count}
        slices = even(
            4, NM, ImageOrientationPatient=GONE, DetectorInformationSequence=[orientation]
        )
        yield _case(
            f"single frames with detector, NumberOfFrames {count}",
            *({**s, **number} for s in slices),
        )
        no_position = even(4, NM, ImagePositionPatient=GONE, DetectorInformationSequence=[position])
        yield _case(
            f"single frames without position, NumberOfFrames {count}",
            *({**s, **number} for s in no_position),
        )


def _nuclear_medicine() -> Iterator[Case]:
    for third in ("RECON TOMO", "RECON GATED TOMO", "TOMO", "STATIC", "RECON TOMO EMISSION"):
        image_type = ["ORIGINAL", "PRIMARY", third, "EMISSION"]
        yield _case(f"NM, {third}", plain_multi_frame(ImageType=image_type))
    yield _case(
        "NM, lower case", plain_multi_frame(ImageType=["ORIGINAL", "PRIMARY", "Recon Tomo"])
    )
    yield _case(
        "NM, RECON TOMO in second place", plain_multi_frame(ImageType=["ORIGINAL", "RECON TOMO"])
    )
    yield _case("NM, one word", plain_multi_frame(ImageType="RECON TOMO"))
    for kind, value in (("absent", GONE), ("blank", None)):
        yield _case(f"NM, ImageType {kind}", plain_multi_frame(ImageType=value))
    yield _case(
        "Modality PNM, not reconstructed",
        plain_multi_frame(Modality="PNM", ImageType=["A", "B", "C"]),
    )
    yield _case(
        "CT class, ImageType of NM", plain_multi_frame(SOPClassUID=STORAGE + "2", Modality="CT")
    )


def _several() -> Iterator[Case]:
    yield _case("two enhanced instances", enhanced(), enhanced(4))
    yield _case(
        "multi-frame among single frames",
        *even(3, SOPClassUID=STORAGE + "4.1", Modality="MR"),
        enhanced(),
    )
    yield _case(
        "single-frame enhanced with positions in groups",
        *({**enhanced(1, **{PER_FRAME: _positions(n + 1)[n:]})} for n in range(3)),
    )
    yield _case(
        "without NumberOfFrames",
        *(
            {**enhanced(1, NumberOfFrames=GONE, **{PER_FRAME: _positions(n + 1)[n:]})}
            for n in range(3)
        ),
    )
    ultrasound = {
        "SOPClassUID": STORAGE + "3.1",
        "Modality": "US",
        "Rows": 2,
        "Columns": 2,
        "SamplesPerPixel": 1,
    }
    yield _case("ultrasound cine", {**ultrasound, "NumberOfFrames": 6})
    angiography = {**ultrasound, "SOPClassUID": STORAGE + "12.1", "Modality": "XA"}
    yield _case(
        "angiography cine", {**angiography, "NumberOfFrames": 6, "ImagerPixelSpacing": [1, 1]}
    )
    # LIM-102: several multi-frame instances; copies of one are dropped first.
    for name, uids in (("copies", ("1.2.5", "1.2.5")), ("of their own", ("1.2.5", "1.2.6"))):
        pair = [enhanced(SOPInstanceUID=uid) for uid in uids]
        yield _case(f"two multi-frame instances, {name}", *pair, alone=True)
        dose = [plain_multi_frame(SOPInstanceUID=uid) for uid in uids]
        yield _case(f"two NM instances, {name}", *dose, alone=True)
    yield _case("three enhanced instances", enhanced(), enhanced(4), enhanced(2))
    yield _case("multi-frame and one of NumberOfFrames 1", enhanced(), enhanced(1))


def _in_orientations(*orientations: Sequence[float]) -> Attributes:
    groups = [
        {
            "PlanePositionSequence": [{"ImagePositionPatient": [0, 0, n]}],
            "PlaneOrientationSequence": [{"ImageOrientationPatient": orientation}],
        }
        for n, orientation in enumerate(orientations)
    ]
    shared = [{"PixelMeasuresSequence": MEASURES}]
    return enhanced(len(groups), **{PER_FRAME: groups, SHARED: shared})


def _orientations() -> Iterator[Case]:
    """Frames of several orientations (MPR-394), and their places (MPR-391, MPR-392)."""
    sagittal, coronal = [0, 1, 0, 0, 0, -1], [1, 0, 0, 0, 0, -1]
    stacks = [*[AXIAL] * 3, *[coronal] * 3, *[sagittal] * 3]
    yield _case("three stacks", _in_orientations(*stacks))
    yield _case("three scouts", _in_orientations(AXIAL, coronal, sagittal))
    for delta in (0.0099, 0.0101):
        tilted = [1, delta, 0, 0, 1, 0]
        yield _case(f"last frame off by {delta}", _in_orientations(AXIAL, AXIAL, AXIAL, tilted))
        yield _case(f"first frame off by {delta}", _in_orientations(tilted, AXIAL, AXIAL, AXIAL))
    for name, heights in (
        ("5 mm, one 0.19 off", [0, 5, 10.19, 15, 20]),
        ("5 mm, one 0.21 off", [0, 5, 10.21, 15, 20]),
        ("within 0.009", [0, 0.003, 0.006, 0.009]),
        ("within 0.011", [0, 0.004, 0.008, 0.011]),
        ("downwards", [3, 2, 1, 0]),
        ("without one", [0, 1, 3, 4, 5, 6]),
    ):
        groups = [{"PlanePositionSequence": [{"ImagePositionPatient": [0, 0, h]}]} for h in heights]
        yield _case(f"positions {name}", enhanced(len(heights), **{PER_FRAME: groups}))
    yield _case(
        "positions of their own and one at top level", enhanced(ImagePositionPatient=[0, 0, 5])
    )


def _tomosynthesis() -> Iterator[Case]:
    """Breast tomosynthesis and the like: multi-frame, though of a modality of single images."""
    for ending, modality in (
        ("13.1.3", "MG"),
        ("13.1.3", "OT"),
        ("13.1.1", "DX"),
        ("13.1.2", "XA"),
    ):
        made = {"SOPClassUID": STORAGE + ending, "Modality": modality}
        yield _case(f"class {ending}, {modality}", enhanced(5, **made))
        yield _case(
            f"class {ending}, {modality}, no geometry",
            enhanced(5, **made, **{SHARED: GONE, PER_FRAME: GONE}),
        )
    made = {"SOPClassUID": STORAGE + "13.1.3", "Modality": "MG"}
    yield _case("tomosynthesis of one frame", enhanced(1, **made))
    yield _case("two tomosyntheses", enhanced(5, **made), enhanced(5, **made))
    yield _case("tomosynthesis, geometry at top level", plain_multi_frame(**made))
    yield _case(
        "tomosynthesis and its projections",
        enhanced(5, **made),
        changed(ENHANCED, SOPClassUID=STORAGE + "1.2", Modality="MG"),
    )

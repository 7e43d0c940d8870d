"""SOP classes and their handlers (docs/ohif.md section 5), and references (section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fw_gear_viewer_check.model import sop_classes
from tests.viewer.case import GREY, LEFT_OUT, Case, Pixels
from tests.viewer.make_series import CT, GONE, MR, STORAGE, changed, enhanced, even, spoil

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.viewer.case import Attributes

BARE: Attributes = {"Rows": 2, "Columns": 2, "SamplesPerPixel": 1}
UNSUPPORTED = (
    *("6", "3", "5", "4.2", "66", "66.1", "66.5", "11.1", "88.59", "88.67", "88.50", "481.5"),
    *("104.2", "77.1.5.3", "9.4.1", "91.1", "6.3", "131", "77.1.6.1", "12.3"),
)
MODALITIES = {
    "1": "CR",
    "1.1": "DX",
    "1.1.1": "DX",
    "1.2": "MG",
    "1.2.1": "MG",
    "1.3": "IO",
    "2": "CT",
    "4": "MR",
    "20": "NM",
    "128": "PT",
    "481.2": "RTDOSE",
    "481.1": "RTIMAGE",
}


def cases() -> Iterator[Case]:
    """Return the cases of docs/ohif.md sections 5 and 6."""
    yield from _stacks()
    yield from _videos()
    yield from _documents()
    yield from _unsupported()
    yield from _mixed()
    yield from _one_each()
    yield from _identifiers()
    yield from _segmentations()
    yield from _structure_sets()
    yield from _content()
    yield from _measurements()
    yield from _hierarchy()
    yield from _ultrasound()


def _case(name: str, *instances: Attributes, **options: Any) -> Case:
    return Case(f"kind: {name}", instances, **options)


def _of(uid: str, modality: str = "OT", **changes: Any) -> Attributes:
    return changed({**BARE, "SOPClassUID": STORAGE + uid, "Modality": modality}, **changes)


def _stacks() -> Iterator[Case]:
    for uid in sorted(sop_classes.STACK - {STORAGE + "2"}):
        ending = uid.removeprefix(STORAGE)
        yield _case(f"class {ending}", _of(ending, MODALITIES.get(ending, "OT")))
    for ending in ("481.2", "82.1", "2", "7"):
        yield _case(f"class {ending} without Rows", _of(ending, Rows=GONE), alone=True)
    yield _case("class 481.2, one of two without Rows", _of("481.2"), _of("481.2", Rows=GONE))


def _videos() -> Iterator[Case]:
    for ending in ("7", "7.4"):
        for count in (1, 89, 90):
            yield _case(
                f"class {ending}, {count} frames",
                _of(ending, NumberOfFrames=count),
                alone=count == 90,
            )
    yield _case("class 7.2, 90 frames", _of("7.2", NumberOfFrames=90))
    yield _case("video photographic", _of("77.1.4.1", NumberOfFrames=2), alone=True)
    yield _case("video photographic, no frames told", _of("77.1.4.1"), alone=True)
    for ending in ("77.1.1.1", "77.1.2.1"):
        yield _case(f"class {ending}, 90 frames", _of(ending, NumberOfFrames=90))
    yield _case(
        "long and short secondary captures",
        _of("7", NumberOfFrames=90),
        _of("7"),
        _of("7"),
        alone=True,
    )
    available = {"AvailableTransferSyntaxUID": "1.2.840.10008.1.2.4.102"}
    yield _case(
        "said to be there as MPEG-4", _of("77.1.1.1", NumberOfFrames=2, **available), alone=True
    )
    yield _case(
        "said to be there as MPEG-2",
        _of("77.1.1.1", NumberOfFrames=2, AvailableTransferSyntaxUID="1.2.840.10008.1.2.4.100"),
    )


def _documents() -> Iterator[Case]:
    for ending in ("88.11", "88.22", "88.33", "88.34"):
        yield _case(f"report {ending}", _of(ending, "SR"), alone=True)
    yield _case("two reports", _of("88.33", "SR"), _of("88.33", "SR"), alone=True)
    yield _case("reports of two classes", _of("88.11", "SR"), _of("88.33", "SR"), alone=True)
    yield _case("reports, one of them 3D", _of("88.33", "SR"), _of("88.34", "SR"), alone=True)
    yield _case("PDF", _of("104.1", "DOC"), alone=True)
    yield _case("two PDFs", _of("104.1", "DOC"), _of("104.1", "DOC"), alone=True)
    yield _case("slide", _of("77.1.6", "SM"), alone=True)
    yield _case(
        "slide of two levels",
        _of("77.1.6", "SM", NumberOfFrames=4),
        _of("77.1.6", "SM"),
        alone=True,
    )
    for ending in ("9.1.1", "9.1.2", "9.2.1"):
        yield _case(f"waveform {ending}", _of(ending, "ECG"), alone=True)
    yield _case("parametric map without reference", _of("30", "OT"), alone=True)
    mapped = _of("30", "OT", NumberOfFrames=2, ReferencedSeriesSequence=_reference())
    yield _case("parametric map", mapped, alone=True)
    yield _case("two parametric maps", mapped, mapped, alone=True)


def _unsupported() -> Iterator[Case]:
    for ending in UNSUPPORTED:
        yield _case(f"class {ending}", _of(ending))
    yield _case("private class", changed(CT, SOPClassUID="1.2.3.4"))
    yield _case("no class, an image", *even(3, SOPClassUID=GONE))
    yield _case("blank class, an image", *even(3, SOPClassUID=None))
    yield _case("no class, no Rows", changed(CT, SOPClassUID=GONE, Rows=GONE), alone=True)
    yield _case("no class, multi-frame", enhanced(SOPClassUID=GONE))


def _mixed() -> Iterator[Case]:
    yield _case("CT and secondary capture", *even(4), _of("7"))
    yield _case("CT and raw data", *even(4), _of("66"))
    yield _case("CT and MR", *even(3), *even(4, MR))
    yield _case("CT, one without class", *even(3), changed(CT, SOPClassUID=GONE))
    yield _case("CT and a lost multi-frame", *even(3), enhanced(Modality=GONE), alone=True)
    yield _case("a lost multi-frame and CT", enhanced(Modality=GONE), *even(3), alone=True)
    yield _case("two unsupported classes", _of("66"), _of("66.1"))


def _one_each() -> Iterator[Case]:
    for modality, ending in (("CR", "1"), ("DX", "1.1"), ("MG", "1.2")):
        yield _case(f"three {modality}", *[_of(ending, modality)] * 3)
        yield _case(f"{modality} with geometry", *even(3, _of(ending, modality)))
    yield _case("IO is a stack", *[_of("1.3", "IO")] * 3)
    yield _case("CT class, Modality CR", *even(3, Modality="CR"))
    yield _case("CR class, Modality OT", *[_of("1")] * 2)
    yield _case("one of three is DX", *even(2), *even(1, Modality="DX"))
    yield _case("DX with imager spacing", _of("1.1", "DX", ImagerPixelSpacing=[1, 1]))
    yield _case(
        "DX with imager spacing of one value", _of("1.1", "DX", ImagerPixelSpacing=1), alone=True
    )
    yield _case("mammography, tomosynthesis of many frames", _of("13.1.3", "MG", NumberOfFrames=5))


def _identifiers() -> Iterator[Case]:
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
        for kind, value in (("left out", LEFT_OUT), ("blank", None)):
            yield _case(f"{keyword} {kind}", *even(3, **{keyword: value}), alone=True)
    some = [*even(3), *even(1, StudyInstanceUID=LEFT_OUT)]
    for uid in ("ANON-1", "1.2.03"):
        named = even(3, StudyInstanceUID=uid)
        yield _case(f"StudyInstanceUID {uid}", *named, alone=True)
    yield _case("StudyInstanceUID left out in one", *some, alone=True)


def _content() -> Iterator[Case]:
    """Items of a report, with a name and without (V3-198)."""
    named = {
        "ValueType": "TEXT",
        "ConceptNameCodeSequence": [
            {"CodeValue": "1", "CodingSchemeDesignator": "99T", "CodeMeaning": "a"}
        ],
    }
    nameless: Attributes = {"ValueType": "TEXT"}
    for name, items in (
        ("named", [named, named]),
        ("one without a name", [named, nameless]),
        ("the first without a name", [nameless, named]),
        ("one of a blank name", [named, {**nameless, "ConceptNameCodeSequence": None}]),
        ("one of an empty item as name", [named, {**nameless, "ConceptNameCodeSequence": [{}]}]),
        ("without a name further down", [{**named, "ContentSequence": [nameless]}]),
        ("no items", None),
    ):
        for ending in ("88.33", "88.34", "88.67"):
            if ending == "88.33" or name in {"named", "one without a name"}:
                report = _of(ending, "SR", ContentSequence=items)
                yield _case(f"report {ending}, {name}", report, alone=True)


def _measurements() -> Iterator[Case]:
    """Reports of measurements (TID 1500), which the viewer shows on their images only."""
    for ending, code in (
        ("88.11", "126000"),
        ("88.22", "126000"),
        ("88.33", "126000"),
        ("88.34", "126000"),
        ("88.33", "126001"),
        ("88.33", "18748-4"),
    ):
        title = {"CodeValue": code, "CodingSchemeDesignator": "DCM", "CodeMeaning": "a"}
        report = _of(ending, "SR", ConceptNameCodeSequence=[title], ContentSequence=None)
        yield _case(f"report {ending} titled {code}", report, alone=True)


def _hierarchy() -> Iterator[Case]:
    """One series in one study of one patient (V2-291, ZIP-194)."""
    other: Attributes = {"StudyInstanceUID": "1.2.7"}
    yield _case("a series in two studies", *even(3), *even(4, **other), alone=True)
    yield _case("one image of another study", *even(3), *even(1, **other), alone=True)
    same = [{**one, "SOPInstanceUID": f"1.2.8.{n}"} for n, one in enumerate(even(3))]
    yield _case(
        "the same images in two studies", *same, *({**i, **other} for i in same), alone=True
    )
    yield _case("multi-frame in two studies", enhanced(), enhanced(**other), alone=True)
    two = [*even(3, PatientID="a"), *even(3, PatientID="b", **other)]
    yield _case("two patients in two studies", *two, alone=True)
    for kind, patient in (("another", "b"), ("a blank", None), ("no", GONE)):
        images = spoil(even(3, PatientID="a"), 2, PatientID=patient)
        yield _case(f"an image of {kind} PatientID", *images, alone=True)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
        for ending in (".", ".03"):
            yield _case(
                f"{keyword} that ends with {ending}",
                *even(3, **{keyword: f"1.2.7{ending}"}),
                alone=True,
            )
    for ending in ("", "."):
        images = [{**one, "SOPInstanceUID": f"1.2.8.{n}{ending}"} for n, one in enumerate(even(3))]
        yield _case(f"SOPInstanceUID 1.2.8.n{ending}", *images, alone=True)
    studies = [*even(2), *even(2, **other), *even(2, StudyInstanceUID="1.2.9")]
    yield _case("a series in three studies", *studies, alone=True)


def _ultrasound() -> Iterator[Case]:
    """Calibrated regions (MEA-201, MEA-291)."""

    def region(delta: float = 0.1, units: int = 3, **changes: Any) -> Attributes:
        made = {
            "RegionSpatialFormat": 1,
            "RegionDataType": 1,
            "RegionFlags": 0,
            "RegionLocationMinX0": 0,
            "RegionLocationMinY0": 0,
            "RegionLocationMaxX1": 1,
            "RegionLocationMaxY1": 1,
            "PhysicalUnitsXDirection": units,
            "PhysicalUnitsYDirection": units,
            "PhysicalDeltaX": delta,
            "PhysicalDeltaY": delta,
        }
        return changed(made, **changes)

    def images(*of_each: list[Attributes] | None) -> list[Attributes]:
        key = "SequenceOfUltrasoundRegions"
        return [changed(_of("6.1", "US"), **({key: r} if r else {key: GONE})) for r in of_each]

    yield _case("ultrasound, one region", *images([region()], [region()]))
    yield _case("ultrasound, two regions of one scale", *images([region(), region()]))
    yield _case("ultrasound, two regions of two scales", *images([region(), region(0.2)]))
    yield _case("ultrasound, regions differ between images", *images([region()], [region(0.2)]))
    yield _case("ultrasound, regions in some images", *images([region()], None))
    yield _case("ultrasound, region in other units", *images([region(units=4)]))
    yield _case("ultrasound, no regions", *images(None, None))
    yield _case("ultrasound, region without delta", *images([region(PhysicalDeltaX=GONE)]))
    yield _case(
        "ultrasound in PALETTE COLOR", _of("6.1", "US", PhotometricInterpretation="PALETTE COLOR")
    )
    for colours, samples in (
        ("YBR_FULL", (GREY, 128, 128) * 256),
        ("YBR_FULL_422", (GREY, GREY, 128, 128) * 128),
    ):
        yield _case(
            f"ultrasound in {colours}",
            _of(
                "6.1",
                "US",
                PhotometricInterpretation=colours,
                Rows=16,
                Columns=16,
                SamplesPerPixel=3,
                PlanarConfiguration=0,
                BitsAllocated=8,
                BitsStored=8,
                HighBit=7,
            ),
            pixels=Pixels((bytes(samples).hex(),), encapsulated=False),
        )


def _reference(**changes: Any) -> list[Attributes]:
    item = {
        "SeriesInstanceUID": "1.2.3",
        "ReferencedInstanceSequence": [{"ReferencedSOPInstanceUID": "1.2.3.1"}],
    }
    return [changed(item, **changes)]


def _segmentations() -> Iterator[Case]:
    for ending in ("66.4", "66.7"):
        segmentation = _of(ending, "SEG", NumberOfFrames=2)
        yield _case(
            f"{ending} with reference",
            {**segmentation, "ReferencedSeriesSequence": _reference()},
            alone=True,
        )
        yield _case(f"{ending} without reference", segmentation, alone=True)
        for kind, value in (("absent", GONE), ("blank", None)):
            reference = _reference(ReferencedInstanceSequence=value)
            yield _case(
                f"{ending}, instances {kind}",
                {**segmentation, "ReferencedSeriesSequence": reference},
                alone=True,
            )
        yield _case(
            f"{ending}, reference blank",
            {**segmentation, "ReferencedSeriesSequence": None},
            alone=True,
        )
    segmentation = _of("66.4", "SEG", NumberOfFrames=2, ReferencedSeriesSequence=_reference())
    two = [*_reference(), *_reference(ReferencedInstanceSequence=GONE)]
    yield _case(
        "66.4, the second reference without instances",
        {**segmentation, "ReferencedSeriesSequence": two},
        alone=True,
    )
    yield _case("two segmentations", segmentation, segmentation, alone=True)
    yield _case(
        "the first of two has no reference",
        changed(segmentation, ReferencedSeriesSequence=GONE),
        segmentation,
        alone=True,
    )
    yield _case(
        "the last of two has no reference",
        segmentation,
        changed(segmentation, ReferencedSeriesSequence=GONE),
        alone=True,
    )


def _structure_sets() -> Iterator[Case]:
    def frame(**changes: Any) -> Attributes:
        series = changed(
            {
                "SeriesInstanceUID": "1.2.3",
                "ContourImageSequence": [{"ReferencedSOPInstanceUID": "1.2.3.1"}],
            },
            **changes,
        )
        return {
            "FrameOfReferenceUID": "1.2.4",
            "RTReferencedStudySequence": [{"RTReferencedSeriesSequence": [series]}],
        }

    def structure(*frames: Attributes, **changes: Any) -> Attributes:
        made = changed({"SOPClassUID": STORAGE + "481.3", "Modality": "RTSTRUCT"}, **changes)
        return {**made, "ReferencedFrameOfReferenceSequence": list(frames)} if frames else made

    yield _case("structure set", structure(frame()), alone=True)
    yield _case("structure set without reference", structure(), alone=True)
    yield _case(
        "structure set, reference blank",
        structure(ReferencedFrameOfReferenceSequence=None),
        alone=True,
    )
    yield _case("structure set, no study", structure({"FrameOfReferenceUID": "1.2.4"}), alone=True)
    yield _case("structure set, two frames of reference", structure(frame(), frame()), alone=True)
    yield _case(
        "structure set, no series",
        structure({"RTReferencedStudySequence": [{"ReferencedSOPClassUID": "1.2"}]}),
        alone=True,
    )
    for kind, value in (("absent", GONE), ("blank", None)):
        yield _case(
            f"structure set, images {kind}",
            structure(frame(ContourImageSequence=value)),
            alone=True,
        )
    yield _case(
        "structure set with ReferencedSeriesSequence",
        structure(ReferencedSeriesSequence=_reference()),
        alone=True,
    )
    yield _case(
        "structure set, its ReferencedSeriesSequence without instances",
        structure(ReferencedSeriesSequence=_reference(ReferencedInstanceSequence=GONE)),
        alone=True,
    )
    yield _case(
        "structure set, ReferencedSeriesSequence blank",
        structure(ReferencedSeriesSequence=None),
        alone=True,
    )
    structures = [{"ROINumber": 1, "ROIName": "a"}]
    for name, count, points in (
        ("right", 2, 2),
        ("5 too many", 7, 2),
        ("1 too few", 1, 2),
        ("none", 2, 0),
    ):
        data = [float(n) for n in range(3 * points)] or None
        contour = {"NumberOfContourPoints": count, "ContourGeometricType": "CLOSED_PLANAR"}
        region = {"ReferencedROINumber": 1, "ContourSequence": [{**contour, "ContourData": data}]}
        made = structure(frame(), StructureSetROISequence=structures, ROIContourSequence=[region])
        yield _case(f"structure set, count of points {name}", made, alone=True)

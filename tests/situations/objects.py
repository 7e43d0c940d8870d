"""Segmentations, radiotherapy, reports and other objects that are no scan."""

from __future__ import annotations

from tests import make
from tests.make import ABSENT, PER_FRAME, SHARED
from tests.situations.makers import (
    DOSE_REPORT,
    ECG,
    KEY_OBJECTS,
    PARAMETRIC_MAP,
    PDF,
    PRESENTATION,
    RTDOSE,
    RTIMAGE,
    RTPLAN,
    document,
    film,
    image_without_place,
)
from tests.situations.situation import Situation

IMAGES = make.ct(4)
REFERENCES = "ReferencedFrameOfReferenceSequence"
CHAIN = f"{REFERENCES}.RTReferencedStudySequence.RTReferencedSeriesSequence"

SEGMENTATIONS = (
    Situation(
        "segmentation with its images",
        lambda: make.seg(IMAGES),
        "PP-P--",
        reference=lambda: IMAGES,
    ),
    Situation("segmentation alone", lambda: make.seg(IMAGES), "PP-U--", "SEG-101:not-found-yet"),
    Situation(
        "segmentation and its images in one archive",
        lambda: [*make.seg(IMAGES), *IMAGES],
        "FPPPP-",
        "ZIP-102:several-series",
    ),
    Situation(
        "segmentation of images that lost one slice",
        lambda: make.seg(IMAGES),
        "PP-F--",
        "SEG-101:some-images-missing",
        reference=lambda: IMAGES[:3],
    ),
    Situation(
        "segmentation of images with new UIDs",
        lambda: make.seg(IMAGES),
        "PP-F--",
        "SEG-101:images-missing",
        reference=lambda: make.ct(4, SeriesInstanceUID="1.2.3.77"),
    ),
    Situation(
        "segmentation of images in a compression that is not decoded",
        lambda: make.seg(IMAGES),
        "PP-F--",
        "SEG-101:images-not-shown",
        reference=lambda: make.change(make.ct(4), TransferSyntaxUID=make.MPEG4),
    ),
    Situation(
        "segmentation of another size",
        lambda: make.seg(IMAGES, Rows=8),
        "PP-F--",
        "SEG-296:other-shape",
        reference=lambda: IMAGES,
    ),
    Situation(
        "segmentation, fractional, of empty and full pixels",
        lambda: make.fractional_seg(IMAGES, b"\0\xff" * 32),
        "PP-P--",
        "SEG-295:excluded-value",
        reference=lambda: IMAGES,
    ),
    Situation(
        "segmentation, fractional, with probabilities",
        lambda: make.fractional_seg(IMAGES, b"\0\x80\xff\xff" * 16),
        "PP-F--",
        "SEG-295:excluded-value SEG-298:seg-fractional",
        reference=lambda: IMAGES,
    ),
    Situation(
        "segmentation as labelmap",
        lambda: make.seg(
            IMAGES,
            SOPClassUID=make.LABELMAP,
            SegmentationType="LABELMAP",
            BitsAllocated=8,
            BitsStored=8,
        ),
        "PP-P--",
        reference=lambda: IMAGES,
    ),
    Situation(
        "segmentation without references",
        lambda: make.seg(IMAGES, ReferencedSeriesSequence=ABSENT),
        "PF-F--",
        "V3-198:no-reference SEG-101:no-reference SEG-202:absent",
        reference=lambda: IMAGES,
    ),
    Situation(
        "segmentation, reference images not listed",
        lambda: make.seg(IMAGES, **{"ReferencedSeriesSequence.ReferencedInstanceSequence": ABSENT}),
        "PF-F--",
        "V3-198:broken-reference SEG-101:no-reference SEG-291:broken-reference",
        reference=lambda: IMAGES,
    ),
    Situation(
        "segmentation, measures per frame only",
        lambda: make.seg(IMAGES, **{f"{SHARED}.PixelMeasuresSequence": ABSENT}),
        "PP-F--",
        "SEG-292:seg-no-shared-measures",
        reference=lambda: IMAGES,
    ),
    Situation(
        "segmentation without orientation",
        lambda: make.seg(IMAGES, **{f"{SHARED}.PlaneOrientationSequence": ABSENT}),
        "PP-F--",
        "SEG-293:seg-no-orientation",
        reference=lambda: IMAGES,
    ),
    Situation(
        "segmentation, frames do not name their segment",
        lambda: make.seg(IMAGES, **{f"{PER_FRAME}.SegmentIdentificationSequence": ABSENT}),
        "PP-F--",
        "SEG-294:seg-no-segments",
        reference=lambda: IMAGES,
    ),
    Situation(
        "segmentation without per-frame functional groups",
        lambda: make.seg(IMAGES, **{PER_FRAME: ABSENT}),
        "PP-F--",
        "SEG-204:absent",
        reference=lambda: IMAGES,
    ),
    Situation(
        "two segmentations in one series",
        lambda: make.change(
            [*make.seg(IMAGES), *make.seg(IMAGES)],
            SOPInstanceUID=make.each("1.2.3.5.1", "1.2.3.5.2"),
        ),
        "PF-F--",
        "LIM-102:several-multi-frame",
        reference=lambda: IMAGES,
    ),
)

RADIOTHERAPY = (
    Situation(
        "structure set with its images",
        lambda: make.rtstruct(IMAGES),
        "PP-P--",
        reference=lambda: IMAGES,
    ),
    Situation(
        "structure set alone",
        lambda: make.rtstruct(IMAGES),
        "PU-U--",
        "V3-198:no-reference-images SEG-101:not-found-yet",
    ),
    Situation(
        "structure set without contours",
        lambda: make.rtstruct(IMAGES, ROIContourSequence=ABSENT),
        "PP-F--",
        "SEG-302:absent",
        reference=lambda: IMAGES,
    ),
    Situation(
        "structure set, incomplete references",
        lambda: make.rtstruct(IMAGES, **{f"{CHAIN}.ContourImageSequence": ABSENT}),
        "PF-F--",
        "V3-198:broken-reference SEG-101:no-reference SEG-391:broken-reference",
        reference=lambda: IMAGES,
    ),
    Situation(
        "structure set, a contour without a structure",
        lambda: make.rtstruct(IMAGES, **{"ROIContourSequence.ReferencedROINumber": 7}),
        "PP-F--",
        "SEG-392:rt-unknown-structure",
        reference=lambda: IMAGES,
    ),
    Situation(
        "structure set without references",
        lambda: make.rtstruct(IMAGES, **{REFERENCES: ABSENT}),
        "PF-F--",
        "V3-198:no-reference SEG-101:no-reference SEG-304:absent",
        reference=lambda: IMAGES,
    ),
    Situation(
        "structure set, contours truncated",
        lambda: make.rtstruct(
            IMAGES, **{"ROIContourSequence.ContourSequence[0].ContourData": [0, 0, 0]}
        ),
        "PP-P--",
        reference=lambda: IMAGES,
    ),
    Situation(
        "dose",
        lambda: film(
            "RTDOSE",
            RTDOSE,
            30,
            PixelSpacing=[2, 2],
            ImagePositionPatient=[0, 0, 0],
            ImageOrientationPatient=make.AXIAL,
        ),
        "PPF-P-",
        "MPR-102:no-positions MPR-301:absent MPR-392:one-position-for-all",
    ),
    Situation("plan", lambda: document(RTPLAN, "RTPLAN"), "PF----", "LIM-101:no-handler"),
    Situation(
        "portal image",
        lambda: image_without_place("RTIMAGE", RTIMAGE),
        "PPF-F-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent MEA-101:absent",
    ),
)

MEASUREMENT_REPORT = {
    "CodeValue": "126000",
    "CodingSchemeDesignator": "DCM",
    "CodeMeaning": "Imaging Measurement Report",
}

DOCUMENTS = (
    Situation("structured report", make.sr, "PP----"),
    Situation(
        "report of measurements",
        lambda: make.sr(ConceptNameCodeSequence=[MEASUREMENT_REPORT]),
        "PU----",
        "V3-198:no-reference-images",
    ),
    Situation("dose report", lambda: document(DOSE_REPORT, "SR"), "PF----", "LIM-101:no-handler"),
    Situation("key objects", lambda: document(KEY_OBJECTS, "KO"), "PF----", "LIM-101:no-handler"),
    Situation(
        "presentation state", lambda: document(PRESENTATION, "PR"), "PF----", "LIM-101:no-handler"
    ),
    Situation("PDF", lambda: document(PDF, "DOC"), "PP----"),
    Situation("ECG", lambda: document(ECG, "ECG"), "PP----"),
    Situation(
        "PDF, its document removed",
        lambda: make.sr(SOPClassUID=PDF, Modality="DOC"),
        "PF----",
        "V3-292:absent",
    ),
    Situation(
        "raw data of an MR scanner",
        lambda: document(make.RAW_DATA, "MR"),
        "PF----",
        "LIM-101:no-handler",
    ),
    Situation(
        "private class of a vendor",
        lambda: make.mr(3, SOPClassUID="1.3.12.2.1107.5.9.1"),
        "PFF-F-",
        "LIM-101:private-or-unknown",
    ),
    Situation(
        "parametric map",
        lambda: make.enhanced_mr(5, SOPClassUID=PARAMETRIC_MAP),
        "PFF-F-",
        "V3-198:no-reference LIM-101:no-handler",
    ),
)

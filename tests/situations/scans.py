"""CT and MR series as scanners, PACS and people make them."""

from __future__ import annotations

from pydicom.encaps import encapsulate

from tests import make
from tests.make import ABSENT, AXIAL, BLANK, PER_FRAME, SHARED, each, raw
from tests.situations.makers import (
    CORONAL,
    JPEG_LOSSLESS,
    LEGACY_MR,
    SAGITTAL,
    SPECTROSCOPY,
    at,
    beside,
    by_volume,
    document,
    frames,
    image_without_place,
    oriented_frames,
    stacks,
    tilted,
    turned,
    volumes,
)
from tests.situations.situation import Situation

IMAGE_TYPES = {
    kind: ["ORIGINAL", "PRIMARY", "DIXON", kind] for kind in ("IN", "OUT", "WATER", "FAT")
}
LOCALIZER = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

CT = (
    Situation("CT, 60 axial slices", lambda: make.ct(60), "PPP-P-"),
    Situation(
        "CT, coronal reformat",
        lambda: make.ct(z=[[0, -2 * k, 0] for k in range(20)], ImageOrientationPatient=CORONAL),
        "PPP-P-",
    ),
    Situation("CT, two slices", lambda: make.ct(2), "PPP-P-"),
    Situation("CT, one slice", lambda: make.ct(1), "PPF-P-", "MPR-101:one-image"),
    Situation(
        "CT, scout alone",
        lambda: make.ct(1, ImageOrientationPatient=SAGITTAL, ImageType=LOCALIZER),
        "PPF-P-",
        "MPR-101:one-image",
    ),
    Situation(
        "CT, scout in the series",
        lambda: beside(
            make.ct(1, ImageOrientationPatient=SAGITTAL, ImageType=LOCALIZER, Rows=8), make.ct(20)
        ),
        "PPF-P-",
        "MPR-201:not-the-same MPR-203:tilted",
    ),
    Situation("CT, overlapping slices of 0.625 mm", lambda: make.ct(z=at(*[0.625] * 40)), "PPP-P-"),
    Situation(
        "CT head, gantry tilted by 17 degrees", lambda: tilted(17), "PPP-P-", "MPR-195:sheared"
    ),
    Situation(
        "CT head, 4 mm below and 7 mm above",
        lambda: make.ct(z=at(*[4] * 12, *[7] * 12)),
        "PPF-P-",
        "MPR-205:uneven-gaps",
    ),
    Situation(
        "CT, one of 40 slices missing",
        lambda: make.ct(z=at(*[5] * 20, 10, *[5] * 18)),
        "PPP-P-",
        "MPR-206:missing-images",
    ),
    Situation(
        "CT, 5 neighbouring slices of 25 missing",
        lambda: make.ct(z=at(*[3] * 9, 18, *[3] * 9)),
        "PPF-P-",
        "MPR-206:missing-images MPR-198:irregular-spacing",
    ),
    Situation(
        "CT, gaps of 1, 1 and 2 steps",
        lambda: make.ct(z=at(5, 5, 10)),
        "PPF-P-",
        "MPR-206:missing-images MPR-198:irregular-spacing",
    ),
    Situation(
        "CT, every second slice missing in one half",
        lambda: make.ct(z=at(*[5] * 6, *[10] * 6)),
        "PPF-P-",
        "MPR-205:uneven-gaps",
    ),
    Situation(
        "CT, 0.5 mm slices, one 0.15 mm off",
        lambda: make.ct(z=at(*[0.5] * 10, 0.65, 0.35, *[0.5] * 10)),
        "PPF-P-",
        "MPR-198:irregular-spacing",
    ),
    Situation(
        "CT, 5 mm slices, one 0.9 mm off",
        lambda: make.ct(z=at(*[5] * 8, 5.9, 4.1, *[5] * 8)),
        "PPF-P-",
        "MPR-205:uneven-gaps MPR-193:offered-against-page",
    ),
    Situation(
        "CT, one slice shifted sideways by 40 mm",
        lambda: make.ct(z=[[40 * (k == 6), 0, 5 * k] for k in range(14)]),
        "PPF-P-",
        "MPR-205:uneven-gaps MPR-193:offered-against-page",
    ),
    Situation(
        "CT, two kernels in one series",
        lambda: volumes(2, make.ct, ConvolutionKernel=by_volume("B30f", "B70f")),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "CT, dual energy, 80 and 140 kV",
        lambda: volumes(2, make.ct, KVP=by_volume(80, 140)),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "CT, cardiac phases 40 % and 70 %",
        lambda: volumes(2, make.ct, NominalPercentageOfCardiacPhase=by_volume(40, 70)),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "CT perfusion, an acquisition number for each volume",
        lambda: volumes(3, make.ct, AcquisitionNumber=by_volume(1, 2, 3)),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "CT perfusion, times that increase from slice to slice",
        lambda: volumes(3, make.ct, ContentTime=each(*(f"1011{n:02}" for n in range(15)))),
        "PPF-P-",
        "MPR-102:four-d",
    ),
    Situation(
        "CT, bolus tracking at one position",
        lambda: make.ct(z=[0] * 12),
        "PPF-P-",
        "MPR-102:one-place MPR-205:one-place MPR-191:one-place",
    ),
    Situation(
        "CT, prone and supine in one series",
        lambda: beside(make.ct(10), make.ct(z=[1.2 + 3 * k for k in range(10)])),
        "PPF-P-",
        "MPR-205:uneven-gaps",
    ),
    Situation(
        "CT, two scan ranges in one series",
        lambda: make.ct(z=[*at(*[3] * 9), *(200 + z for z in at(*[3] * 9))]),
        "PPF-P-",
        "MPR-206:missing-images MPR-198:irregular-spacing",
    ),
    Situation(
        "CT, uploaded twice into one archive",
        lambda: make.ct(
            z=[0, 0, 3, 3, 6, 6],
            SOPInstanceUID=each(*["1.1", "1.1", "1.2", "1.2", "1.3", "1.3"]),
            InstanceNumber=each(1, 1, 2, 2, 3, 3),
        ),
        "PPP-P-",
        "ZIP-192:repeated-uid V3-196:repeated-uid",
    ),
    Situation(
        "CT, one SOPInstanceUID for all slices",
        lambda: make.ct(6, SOPInstanceUID="1.2.3.99"),
        "PFF-F-",
        "ZIP-192:repeated-uid V3-196:different-images MPR-198:single-image",
    ),
    Situation(
        "CT, a matrix of another size in the series",
        lambda: make.ct(6, Rows=each(4, 4, 4, 4, 4, 8)),
        "PPF-P-",
        "MPR-201:not-the-same",
    ),
    Situation(
        "CT, another pixel spacing in the series",
        lambda: make.ct(6, PixelSpacing=each(*[[1, 1]] * 5, [0.5, 0.5])),
        "PPP-P-",
        "MPR-196:not-the-same",
    ),
    Situation(
        "CT, two frames of reference",
        lambda: make.ct(6, FrameOfReferenceUID=each(*["1.2.9"] * 3, *["1.2.8"] * 3)),
        "PPP-P-",
        "MPR-197:not-the-same",
    ),
    Situation(
        "CT, colour images beside grey ones",
        lambda: make.ct(
            6,
            SamplesPerPixel=each(1, 1, 1, 1, 1, 3),
            PhotometricInterpretation=each(*["MONOCHROME2"] * 5, "RGB"),
        ),
        "PPF-P-",
        "MPR-202:not-the-same",
    ),
    Situation(
        "CT, fused images in colour",
        lambda: make.ct(
            6,
            SamplesPerPixel=3,
            PhotometricInterpretation="RGB",
            BitsAllocated=8,
            BitsStored=8,
        ),
        "PPP-P-",
    ),
    Situation(
        "CT, a dose report as secondary capture in the series",
        lambda: beside(make.ct(6), image_without_place("CT", make.SC)),
        "PPF-F-",
        "V3-197:several-classes MPR-102:no-positions MPR-103:absent MPR-203:absent "
        "MPR-204:absent MPR-193:offered-against-page MEA-101:absent",
    ),
    Situation(
        "CT, a screenshot of the same class without position",
        lambda: make.ct(6, ImagePositionPatient=each(*([0, 0, 3 * k] for k in range(5)), ABSENT)),
        "PFF-F-",
        "V3-193:position-in-some V3-198:position-in-some MPR-102:no-positions MPR-204:absent",
    ),
    Situation(
        "CT, 2,560 x 2,560",
        lambda: make.ct(
            5, Rows=2560, Columns=2560, PixelData=bytes(8), TransferSyntaxUID=JPEG_LOSSLESS
        ),
        "PPP-P-",
        "MPR-194:too-wide",
    ),
    Situation(
        "CT, 4 GB in one object",
        lambda: make.enhanced_mr(
            512,
            Modality="CT",
            SOPClassUID=make.ENHANCED_CT,
            Rows=2048,
            Columns=2048,
            PixelData=encapsulate([b"\xff\xd8\xff\xc3\x00\x0b"] * 512),
            TransferSyntaxUID=JPEG_LOSSLESS,
        ),
        "PPP-P-",
        "MPR-194:too-large",
    ),
    Situation(
        "CT, image numbers removed",
        lambda: make.ct(6, InstanceNumber=ABSENT),
        "PFF-F-",
        "V3-111:absent",
    ),
    Situation(
        "CT, one image without pixel data",
        lambda: make.ct(6, PixelData=each(*[bytes(32)] * 5, ABSENT)),
        "PFF-F-",
        "V3-192:absent",
    ),
    Situation(
        "CT, Rows 0", lambda: make.ct(6, Rows=0), "PFF-F-", "V3-105:not-positive V3-195:longer"
    ),
    Situation(
        "CT, Modality removed", lambda: make.ct(6, Modality=ABSENT), "PFF-F-", "V3-108:absent"
    ),
    Situation(
        "CT, one slice with BitsAllocated 12",
        lambda: make.ct(6, BitsAllocated=each(*[16] * 5, 12)),
        "PFF-F-",
        "V3-194:other-bits",
    ),
    Situation(
        "enhanced CT",
        lambda: make.enhanced_mr(10, Modality="CT", SOPClassUID=make.ENHANCED_CT),
        "PPP-P-",
    ),
)

MR = (
    Situation("MR, T1 3D", lambda: make.mr(40), "PPP-P-"),
    Situation(
        "MR, sagittal spine",
        lambda: make.mr(z=[[4 * k, 0, 0] for k in range(12)], ImageOrientationPatient=SAGITTAL),
        "PPP-P-",
    ),
    Situation(
        "MR, oblique axial",
        lambda: make.mr(
            z=[[0, -1.8 * k, 2.4 * k] for k in range(12)],
            ImageOrientationPatient=[1, 0, 0, 0, 0.8, 0.6],
        ),
        "PPP-P-",
    ),
    Situation(
        "MR, localizer in three planes",
        lambda: stacks(AXIAL, SAGITTAL, CORONAL),
        "PPF-P-",
        "MPR-203:tilted",
    ),
    Situation(
        "MR, localizer in two planes, one image each",
        lambda: stacks(AXIAL, SAGITTAL, each_of=1),
        "PPF-P-",
        "MPR-203:tilted",
    ),
    Situation(
        "MR, discs in stacks of three angles",
        lambda: stacks(AXIAL, [1, 0, 0, 0, 0.9962, 0.0872], [1, 0, 0, 0, 0.9848, 0.1736]),
        "PPF-P-",
        "MPR-203:tilted",
    ),
    Situation("MR, radial MRCP", lambda: turned(12, 15), "PPF-P-", "MPR-203:tilted"),
    Situation("MR, rotating MIP", lambda: turned(18, 10), "PPF-P-", "MPR-203:tilted"),
    Situation(
        "MR, slices tilted by less than the tolerance",
        lambda: make.mr(5, ImageOrientationPatient=each(*[AXIAL] * 4, [1, 0.009, 0, 0, 1, 0])),
        "PPP-P-",
    ),
    Situation(
        "MR, two echoes",
        lambda: volumes(2, EchoTime=by_volume(10, 80)),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "MR, two echoes, one image missing",
        lambda: volumes(2, EchoTime=by_volume(10, 80))[:-1],
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "MR, Dixon, four images at each position",
        lambda: volumes(4, ImageType=by_volume(*IMAGE_TYPES.values())),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "MR, magnitude and phase",
        lambda: volumes(
            2, ImageType=by_volume(["ORIGINAL", "PRIMARY", "M"], ["ORIGINAL", "PRIMARY", "P"])
        ),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "MR, two inversions",
        lambda: volumes(2, InversionTime=by_volume(700, 2500)),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "MR, flip angle mapping",
        lambda: volumes(3, FlipAngle=by_volume(2, 5, 15)),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "MR, dynamic, an acquisition number for each phase",
        lambda: volumes(4, AcquisitionNumber=by_volume(1, 2, 3, 4)),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "MR, ASL, label and control by time",
        lambda: volumes(2, AcquisitionTime=by_volume("101112", "101118")),
        "PPF-P-",
        "MPR-102:four-d-by-attribute",
    ),
    Situation(
        "DWI, b 0 and 1000",
        lambda: volumes(2, DiffusionBValue=by_volume(0.0, 1000.0)),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "DWI, b values of Siemens",
        lambda: volumes(2, **{"(0019,100C)": by_volume(raw(b"0 ", "IS"), raw(b"1000", "IS"))}),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "DWI, b values of GE",
        lambda: volumes(
            2, **{"(0043,1039)": by_volume(raw(b"0\\8\\0 ", "IS"), raw(b"1000\\8\\0", "IS"))}
        ),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "DWI, b values of Philips",
        lambda: volumes(
            2, **{"(2001,1003)": by_volume(raw(b"\0\0\0\0", "FL"), raw(b"\0\0\x7a\x44", "FL"))}
        ),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "DTI, 6 directions of one b value",
        lambda: volumes(7, DiffusionBValue=by_volume(0.0, *[1000.0] * 6)),
        "PPF-P-",
        "MPR-102:four-d",
    ),
    Situation(
        "fMRI, 10 volumes by TemporalPositionIdentifier",
        lambda: volumes(10, TemporalPositionIdentifier=by_volume(*range(1, 11))),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "fMRI, no attribute separates the volumes", lambda: volumes(10), "PPF-P-", "MPR-102:four-d"
    ),
    Situation(
        "fMRI, Siemens mosaic",
        lambda: make.mr(z=[0] * 10, ImageType=["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]),
        "PPF-P-",
        "MPR-102:mosaic MPR-205:one-place MPR-191:one-place",
    ),
    Situation(
        "fMRI, Siemens mosaic, ImageType rewritten",
        lambda: make.mr(
            z=[0] * 10,
            **{
                "(0019,0010)": raw(b"SIEMENS MR HEADER ", "LO"),
                "(0019,100A)": raw(b"\x24\0", "US"),
            },
        ),
        "PPF-P-",
        "MPR-102:mosaic MPR-205:one-place MPR-191:one-place",
    ),
    Situation(
        "cardiac cine, short axis, all phases at each position",
        lambda: volumes(8, TriggerTime=by_volume(*range(0, 800, 100))),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "cardiac cine, one slice",
        lambda: make.mr(z=[0] * 20, TriggerTime=each(*range(0, 1000, 50))),
        "PPF-P-",
        "MPR-102:one-place MPR-205:one-place MPR-191:one-place",
    ),
    Situation(
        "perfusion, different trigger times in each slice",
        lambda: volumes(3, TriggerTime=each(*range(0, 1500, 100))),
        "PPF-P-",
        "MPR-102:four-d",
    ),
    Situation(
        "phase contrast, three directions without a tag",
        lambda: volumes(3, AcquisitionTime=ABSENT),
        "PPF-P-",
        "MPR-102:four-d",
    ),
    Situation(
        "MR, PixelSpacing removed",
        lambda: make.mr(6, PixelSpacing=ABSENT),
        "PPF-F-",
        "MPR-103:absent MPR-193:offered-against-page MEA-101:absent",
    ),
    Situation(
        "MR, two echoes, PixelSpacing removed",
        lambda: volumes(2, EchoTime=by_volume(10, 80), PixelSpacing=ABSENT),
        "PFF-F-",
        "V3-299:four-d-black MPR-102:four-d-by-attribute MPR-103:absent "
        "MPR-193:offered-against-page MEA-101:absent",
    ),
    Situation(
        "MR, positions removed",
        lambda: make.mr(6, ImagePositionPatient=ABSENT),
        "PPF-P-",
        "MPR-102:no-positions MPR-204:absent",
    ),
    Situation(
        "MR, one position removed",
        lambda: make.mr(6, ImagePositionPatient=each(*([0, 0, 3 * k] for k in range(5)), ABSENT)),
        "PFF-F-",
        "V3-193:position-in-some V3-198:position-in-some MPR-102:no-positions MPR-204:absent",
    ),
    Situation(
        "MR, orientations removed",
        lambda: make.mr(6, ImageOrientationPatient=ABSENT),
        "PPF-P-",
        "MPR-203:absent",
    ),
    Situation(
        "MR, orientations of zeros",
        lambda: make.mr(6, ImageOrientationPatient=[0] * 6),
        "PFF-F-",
        "V3-293:no-plane MPR-203:no-plane MPR-193:offered-against-page",
    ),
    Situation(
        "MR, WindowWidth without WindowCenter",
        lambda: make.mr(6, WindowCenter=ABSENT),
        "PPP-P-",
        "MPR-192:absent",
    ),
    Situation(
        "MR, positions with a comma",
        lambda: make.mr(6, ImagePositionPatient=raw(b"0\\0,5\\1", "DS")),
        "PFF-F-",
        "V3-198:position-damaged MPR-102:no-positions MPR-204:damaged",
    ),
    Situation(
        "MR spectroscopy", lambda: document(SPECTROSCOPY, "MR"), "PF----", "LIM-101:no-handler"
    ),
    Situation("enhanced MR, 3D", lambda: make.enhanced_mr(10), "PPP-P-"),
    Situation(
        "enhanced MR, uneven frames",
        lambda: make.enhanced_mr(z=[0, 3, 6, 10, 13, 16]),
        "PPP-P-",
        "MPR-391:uneven-gaps",
    ),
    Situation(
        "enhanced MR, frames of three stacks",
        lambda: oriented_frames(AXIAL, AXIAL, SAGITTAL, SAGITTAL, CORONAL, CORONAL),
        "PPF-P-",
        "MPR-394:tilted",
    ),
    Situation(
        "enhanced MR, 2 b values",
        lambda: frames([0.0] * 3 + [1000.0] * 3, "MRDiffusionSequence.DiffusionBValue"),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "enhanced MR, 4 time points",
        lambda: frames(
            [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3, "FrameContentSequence.TemporalPositionIndex"
        ),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "enhanced MR, 2 echoes",
        lambda: frames([10.0] * 3 + [80.0] * 3, "MREchoSequence.EffectiveEchoTime"),
        "PPF-P-",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "enhanced MR, one position for all frames",
        lambda: make.enhanced_mr(
            **{
                f"{PER_FRAME}.PlanePositionSequence": ABSENT,
                f"{SHARED}.PlanePositionSequence.ImagePositionPatient": [0, 0, 0],
            }
        ),
        "PPF-P-",
        "MPR-102:no-positions MPR-392:one-position-for-all",
    ),
    Situation(
        "enhanced MR, no positions",
        lambda: make.enhanced_mr(**{f"{PER_FRAME}.PlanePositionSequence": ABSENT}),
        "PPF-P-",
        "MPR-102:no-positions MPR-303:absent",
    ),
    Situation(
        "enhanced MR, pixel measures removed",
        lambda: make.enhanced_mr(**{f"{SHARED}.PixelMeasuresSequence": ABSENT}),
        "PPF-F-",
        "MPR-301:absent MEA-101:absent",
    ),
    Situation(
        "enhanced MR, two objects in one series",
        lambda: make.enhanced_mr(5, n=2),
        "PFF-F-",
        "MPR-102:four-d MPR-193:offered-against-page LIM-102:several-multi-frame",
    ),
    Situation(
        "enhanced MR, one object twice",
        lambda: make.enhanced_mr(5, n=2, SOPInstanceUID="1.2.3.9", InstanceNumber=1),
        "PPP-P-",
        "ZIP-192:repeated-uid V3-196:repeated-uid",
    ),
    Situation(
        "enhanced MR, Modality removed",
        lambda: make.enhanced_mr(Modality=BLANK),
        "PFF-F-",
        "V3-108:blank V3-198:no-modality",
    ),
    Situation(
        "enhanced MR, converted from single frames",
        lambda: make.enhanced_mr(10, SOPClassUID=LEGACY_MR),
        "PPP-P-",
    ),
)

"""Ultrasound, projections, captures, photographs and slides."""

from __future__ import annotations

from fw_gear_viewer_check.model.sop_classes import STORAGE
from tests import make
from tests.make import ABSENT, COLOUR_TABLES, PER_FRAME, each, region
from tests.situations.makers import (
    ENDOSCOPY,
    ENHANCED_US,
    INTRAORAL,
    MAMMOGRAPHY,
    OPT,
    PANORAMIC,
    PHOTO,
    RF,
    TOMOSYNTHESIS,
    XA,
    beside,
    film,
    image_without_place,
)
from tests.situations.situation import Situation

REGIONS = "SequenceOfUltrasoundRegions"
UPPER, LOWER = (0, 0, 3, 1), (0, 2, 3, 3)
SMALL_RGB = {
    "PhotometricInterpretation": "RGB",
    "SamplesPerPixel": 3,
    "BitsAllocated": 8,
    "BitsStored": 8,
    "PixelData": bytes(48),
}
MULTI_FRAME_SC = f"{STORAGE}7.4"
CINE = {**SMALL_RGB, "PixelData": bytes(120 * 48)}


def clips(n, **changes):
    images = [
        film("US", make.US_MULTI_FRAME, 10, **{REGIONS: [region(0.05)], **changes})
        for _ in range(n)
    ]
    return beside(*images)


ULTRASOUND = (
    Situation(
        "ultrasound, a still with a scale",
        lambda: make.us(1),
        "PPF-P-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent",
    ),
    Situation(
        "ultrasound, stills of an examination",
        lambda: make.us(6),
        "PPF-P-",
        "MPR-102:no-positions MPR-103:absent MPR-203:absent MPR-204:absent",
    ),
    Situation(
        "ultrasound, without a scale",
        lambda: make.us(2, **{REGIONS: ABSENT}),
        "PPF-F-",
        "MPR-102:no-positions MPR-103:absent MPR-203:absent MPR-204:absent MEA-201:absent",
    ),
    Situation(
        "ultrasound, without a scale, PixelSpacing instead",
        lambda: make.us(2, **{REGIONS: ABSENT}, PixelSpacing=[0.2, 0.2]),
        "PPF-F-",
        "MPR-102:no-positions MPR-203:absent MPR-204:absent MEA-201:other-spacing-only",
    ),
    Situation(
        "ultrasound, a Doppler curve beside the image",
        lambda: make.us(1, **{REGIONS: [region(0.05, place=UPPER), region(0.01, 4, LOWER)]}),
        "PPF-P-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent",
    ),
    Situation(
        "ultrasound, a Doppler curve alone",
        lambda: make.us(1, **{REGIONS: [region(0.01, units=4)]}),
        "PPF-F-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent MEA-201:not-in-cm",
    ),
    Situation(
        "ultrasound, a scale outside of the image that was cut out",
        lambda: make.us(1, **{REGIONS: [region(0.05, place=(400, 300, 799, 599))]}),
        "PPF-F-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent MEA-201:no-place",
    ),
    Situation(
        "ultrasound, two scales in one image",
        lambda: make.us(1, **{REGIONS: [region(0.05, place=UPPER), region(0.03, place=LOWER)]}),
        "PPF-P-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent MEA-291:scales-in-image",
    ),
    Situation(
        "ultrasound, another depth in each image",
        lambda: make.us(2, **{REGIONS: each([region(0.05)], [region(0.08)])}),
        "PPF-P-",
        "MPR-102:no-positions MPR-103:absent MPR-203:absent MPR-204:absent "
        "MEA-291:scales-of-images",
    ),
    Situation(
        "ultrasound, palette colours",
        lambda: make.us(1, PhotometricInterpretation="PALETTE COLOR", **COLOUR_TABLES),
        "PFF-F-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent LIM-104:excluded-value",
    ),
    Situation(
        "ultrasound, in colour",
        lambda: make.us(1, **SMALL_RGB),
        "PPF-P-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent",
    ),
    Situation(
        "ultrasound, a clip",
        lambda: clips(1),
        "PPF-P-",
        "MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent",
    ),
    Situation(
        "ultrasound, three clips in one series",
        lambda: clips(3),
        "PFF-F-",
        "MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent "
        "LIM-102:several-multi-frame",
    ),
    Situation(
        "ultrasound, a clip beside stills",
        lambda: beside(clips(1), make.us(2)),
        "PPF-P-",
        "V3-197:several-classes MPR-102:no-positions MPR-103:absent MPR-203:absent "
        "MPR-204:absent MPR-301:absent MPR-302:absent MPR-303:absent",
    ),
    Situation(
        "ultrasound, 3D volume",
        lambda: make.enhanced_mr(
            10, Modality="US", SOPClassUID=ENHANCED_US, **{REGIONS: [region(0.05)]}
        ),
        "PPP-P-",
    ),
    Situation(
        "intravascular ultrasound",
        lambda: clips(1, Modality="IVUS"),
        "PPF-P-",
        "MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent",
    ),
)

PROJECTIONS = (
    Situation("CR, chest", lambda: make.cr(1), "PP--P-"),
    Situation("CR, two views in one series", lambda: make.cr(2), "PP--P-"),
    Situation(
        "DX, spacing on the detector only",
        lambda: make.dx(2, PixelSpacing=ABSENT, ImagerPixelSpacing=[0.14, 0.14]),
        "PP--F-",
        "MEA-101:other-spacing-only",
    ),
    Situation(
        "DX, no spacing at all", lambda: make.dx(1, PixelSpacing=ABSENT), "PP--F-", "MEA-101:absent"
    ),
    Situation(
        "mammography, four views",
        lambda: make.dx(
            4,
            Modality="MG",
            SOPClassUID=MAMMOGRAPHY,
            PixelSpacing=ABSENT,
            ImagerPixelSpacing=[0.07, 0.07],
        ),
        "PP--F-",
        "MEA-101:other-spacing-only",
    ),
    Situation(
        "tomosynthesis",
        lambda: make.enhanced_mr(40, Modality="MG", SOPClassUID=TOMOSYNTHESIS),
        "PPP-P-",
    ),
    Situation(
        "tomosynthesis, positions of the frames removed",
        lambda: make.enhanced_mr(
            40,
            Modality="MG",
            SOPClassUID=TOMOSYNTHESIS,
            **{f"{PER_FRAME}.PlanePositionSequence": ABSENT},
        ),
        "PPF-P-",
        "MPR-102:no-positions MPR-303:absent",
    ),
    Situation(
        "tomosynthesis and views in one series",
        lambda: beside(
            make.enhanced_mr(10, Modality="MG", SOPClassUID=TOMOSYNTHESIS),
            make.dx(2, Modality="MG", SOPClassUID=MAMMOGRAPHY),
        ),
        "PPP-P-",
        "V3-197:several-classes",
    ),
    Situation(
        "angiography, one run",
        lambda: film("XA", XA, 30, ImagerPixelSpacing=[0.3, 0.3]),
        "PPF-F-",
        "MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent "
        "MEA-101:other-spacing-only",
    ),
    Situation(
        "angiography, four runs in one series",
        lambda: beside(*(film("XA", XA, 10) for _ in range(4))),
        "PFF-F-",
        "MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent MEA-101:absent "
        "LIM-102:several-multi-frame",
    ),
    Situation(
        "fluoroscopy",
        lambda: film("RF", RF, 20),
        "PPF-F-",
        "MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent MEA-101:absent",
    ),
    Situation(
        "fluoroscopy, single exposures",
        lambda: image_without_place("RF", RF, 5),
        "PPF-F-",
        "MPR-102:no-positions MPR-103:absent MPR-203:absent MPR-204:absent MEA-101:absent",
    ),
    Situation(
        "dental panorama", lambda: make.dx(1, Modality="PX", SOPClassUID=PANORAMIC), "PP--P-"
    ),
    Situation(
        "dental, intraoral", lambda: make.dx(3, Modality="IO", SOPClassUID=INTRAORAL), "PP--P-"
    ),
)

CAPTURES = (
    Situation(
        "secondary capture, screenshot in colour",
        lambda: image_without_place(
            "OT",
            make.SC,
            1,
            **SMALL_RGB,
        ),
        "PPF-F-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent MEA-101:absent",
    ),
    Situation(
        "secondary capture, scanned film",
        lambda: image_without_place("OT", make.SC, 1, NominalScannedPixelSpacing=[0.2, 0.2]),
        "PPF-F-",
        "MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent MEA-101:other-spacing-only",
    ),
    Situation(
        "secondary capture, a rendered volume turned",
        lambda: image_without_place("CT", make.SC, 36),
        "PPF-F-",
        "MPR-102:no-positions MPR-103:absent MPR-203:absent MPR-204:absent MEA-101:absent",
    ),
    Situation(
        "secondary capture, a rendered volume turned, in one object of 120 frames",
        lambda: image_without_place("CT", MULTI_FRAME_SC, 1, NumberOfFrames=120, **CINE),
        "PFF-F-",
        "V3-298:still-as-video MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent "
        "MEA-101:absent",
    ),
    Situation(
        "secondary capture with positions (resampled)",
        lambda: make.mr(10, SOPClassUID=make.SC, Modality="CT"),
        "PPP-P-",
    ),
    Situation(
        "photograph of the skin",
        lambda: image_without_place(
            "XC",
            PHOTO,
            2,
            **SMALL_RGB,
        ),
        "PPF-F-",
        "MPR-102:no-positions MPR-103:absent MPR-203:absent MPR-204:absent MEA-101:absent",
    ),
    Situation(
        "endoscopy, stills",
        lambda: image_without_place(
            "ES",
            ENDOSCOPY,
            4,
            **SMALL_RGB,
        ),
        "PPF-F-",
        "MPR-102:no-positions MPR-103:absent MPR-203:absent MPR-204:absent MEA-101:absent",
    ),
    Situation(
        "OCT of the retina", lambda: make.enhanced_mr(25, Modality="OPT", SOPClassUID=OPT), "PPP-P-"
    ),
    Situation(
        "OCT of the retina without positions",
        lambda: film("OPT", OPT, 25),
        "PPF-F-",
        "MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent MEA-101:absent",
    ),
    Situation(
        "whole-slide image, three levels",
        lambda: beside(*(film("SM", make.MICROSCOPY, n, **make.SLIDE) for n in (16, 4, 2))),
        "PFF---",
        "MPR-102:no-positions MPR-302:absent MPR-303:absent LIM-102:several-multi-frame",
    ),
)

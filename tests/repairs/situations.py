"""Series that fail, each for a cause of its own: what users have, in small.

A situation is a requirement and what it is tried on. The repair is not written here: it is the one
that viewer-check gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from fw_gear_viewer_check.requirements.splitting import KINDS_OF_IMAGE, STACKS
from tests import make, pack
from tests.make import ABSENT, BLANK, each, raw
from tests.repairs.scans import (
    BYTES,
    COLOUR,
    CORONAL,
    FACTORS,
    NOT_OF_NM,
    OF_PAGE,
    PALETTE,
    SLICES,
    THREE_PLANES,
    copied,
    ct,
    dose_report,
    drawn,
    film_in_a_scan,
    interleaved,
    localizer,
    members,
    part,
    planes,
    pt,
    stacks_over_each_other,
    volumes,
)


@dataclass(frozen=True)
class Situation:
    """A series that fails a requirement; ``contents`` as ``pack.zip_file`` takes them."""

    name: str
    requirement: str
    contents: object = field(repr=False)
    options: dict[str, object] = field(default_factory=dict)
    """Options of the check."""


@cache
def repairable():
    """Return situations that a gear repairs."""
    return [*_archives(), *_four_d(), *_stacks(), *_kinds(), *_limits(), *_uids(), *_pet()]


def _archives():
    other = "1.2.3.9"
    junk = {"README.txt": b"hello there", "sub/list.csv": b"a,b\n"}
    hidden = {"__MACOSX/._1.dcm": b"\0\5\x16\7" * 9, ".DS_Store": b"\0\0\0\1Bud1" * 9}
    two = [*ct(6), *ct(6, SeriesInstanceUID=other)]
    same_uids = [*ct(4), *ct(4, SeriesInstanceUID=other, SOPInstanceUID=each(*_uids_of(4)))]
    return [
        Situation("two series", "ZIP-102", two),
        Situation("one SOPInstanceUID in two series", "ZIP-192", same_uids),
        Situation("text files beside the images", "ZIP-103", {**pack.members(ct(5)), **junk}),
        Situation(
            "text files and an empty file", "ZIP-103", {**pack.members(ct(5)), **junk, "0.dcm": b""}
        ),
        Situation("files of macOS", "ZIP-104", {**pack.members(ct(5)), **hidden}),
        Situation(
            "Thumbs.db", "ZIP-104", {**pack.members(ct(5)), "Thumbs.db": b"\xd0\xcf\x11\xe0" * 99}
        ),
        Situation("copies of two images", "ZIP-192", copied(ct(6), 0, 3)),
        Situation("copies of two images", "V3-196", copied(ct(6), 0, 3)),
        Situation(
            "images and screenshots", "V3-197", [*ct(5), *part(make.ct(2, SOPClassUID=make.SC), 9)]
        ),
    ]


def _uids_of(count):
    return [d.SOPInstanceUID for d in make.ct(count)]


VALUES = {
    "FrameOfReferenceUID": ("1.2.3.71", "1.2.3.72"),
    "DiffusionBValue": (0, 500, 1000),
    "TemporalPositionIdentifier": (1, 2, 3),
    "TriggerTime": (0, 400),
    "EchoTime": (4.5, 9),
    "EchoNumbers": (1, 2),
    "FrameReferenceTime": (1000, 3000, 9000),
    "NominalPercentageOfCardiacPhase": (40, 70),
    "InversionTime": (100, 900),
    "FlipAngle": (5, 20),
    "TemporalPositionIndex": (1, 2),
    "ImageType": (["DERIVED", "PRIMARY", "W"], ["DERIVED", "PRIMARY", "F"]),
    "ConvolutionKernel": ("B31f", "B70f"),
    "KVP": (80, 140),
    "ReconstructionDiameter": (250, 350),
    "AcquisitionNumber": (1, 2),
    "AcquisitionTime": ("100000", "100130"),
    "ContentTime": ("100000", "100130"),
    "StackID": ("1", "2"),
}
"""Attributes that separate images, and the values of two groups or three."""
B_VALUES = {
    "(0019,100C)": {"(0019,0010)": "SIEMENS MR HEADER", "(0019,100C)": (b"0 ", b"1000")},
    "(2001,1003)": {
        "(2001,0010)": "Philips Imaging DD 001",
        "(2001,1003)": (b"\0\0\0\0", b"\0\0\x7aD"),
    },
    "(0043,1039)": {"(0043,0010)": "GEMS_PARM_01", "(0043,1039)": (b"0 ", b"1000")},
}


def _four_d():
    return [
        *(
            Situation(f"4D by {keyword}", "MPR-102", volumes(len(values), **{keyword: values}))
            for keyword, values in VALUES.items()
            if keyword != "StackID"
        ),
        *(
            Situation(f"4D by {tag}", "MPR-102", volumes(2, **_private(tag, elements)))
            for tag, elements in B_VALUES.items()
        ),
        Situation(
            "Dixon: four kinds of image",
            "MPR-102",
            volumes(4, ImageType=[["DERIVED", "PRIMARY", kind] for kind in "WFIO"]),
        ),
        Situation(
            "4D by two attributes together",
            "MPR-102",
            volumes(4, EchoTime=(4, 4, 9, 9), FlipAngle=(5, 20, 5, 20)),
        ),
        Situation("fMRI without an attribute, in order", "MPR-102", volumes(3)),
        Situation(
            "two kernels, one of which has fewer images",
            "MPR-102",
            volumes(2, make.ct, ConvolutionKernel=("B31f", "B70f"))[:-2],
        ),
        Situation(
            "fMRI without an attribute, from position to position",
            "MPR-102",
            interleaved(3, SLICES),
        ),
    ]


def _private(tag, elements):
    vr = {"(2001,1003)": "FL"}.get(tag, "IS")
    return {
        key: [raw(v, vr) for v in value] if isinstance(value, tuple) else [value, value]
        for key, value in elements.items()
    }


def _beside():
    return make.ct(z=[[100, 0, z] for z in (0, 3, 6, 9, 12)])


def _side_by_side(keyword):
    first, second = VALUES[keyword]
    return [*ct(5, **{keyword: first}), *part(make.change(_beside(), **{keyword: second}), 9)]


_FRAMES_OF_REFERENCE = [{"FrameOfReferenceUID": uid} for uid in VALUES["FrameOfReferenceUID"]]


def _one_above_the_other(first, second):
    return [*ct(5, **first), *part(make.ct(z=[15, 18, 21, 24, 27], **second), 9)]


def _screenshots(keyword):
    changes = COLOUR | BYTES if keyword == "SamplesPerPixel" else {keyword: VALUES[keyword][1]}
    without_position = make.ct(2, ImagePositionPatient=ABSENT, **changes)
    images = ct(6) if keyword == "SamplesPerPixel" else ct(6, **{keyword: VALUES[keyword][0]})
    return [*images, *part(without_position, 9)]


def _stacks():
    return [
        Situation("three planes", "MPR-203", planes(*THREE_PLANES)),
        Situation("a localizer in a CT", "MPR-203", [*localizer(), *ct(12)]),
        Situation("two matrix sizes", "MPR-201", [*ct(6), *part(make.ct(6, Rows=8, Columns=8), 9)]),
        Situation(
            "grey and colour images",
            "MPR-202",
            [*ct(5), *part(make.ct(2, z=[30, 33], **COLOUR, **BYTES), 9)],
        ),
        *(
            Situation(f"two stacks side by side, by {keyword}", "MPR-205", _side_by_side(keyword))
            for keyword in STACKS
        ),
        *(
            Situation(f"two scans that differ in {keyword}", id_, _one_above_the_other(*values))
            for id_, keyword, values in (
                ("MPR-196", "PixelSpacing", ({"PixelSpacing": [1, 1]}, {"PixelSpacing": [2, 2]})),
                ("MPR-197", "FrameOfReferenceUID", _FRAMES_OF_REFERENCE),
            )
        ),
        Situation(
            "FrameOfReferenceUID absent in one of two scans",
            "MPR-197",
            _one_above_the_other(_FRAMES_OF_REFERENCE[0], {"FrameOfReferenceUID": ABSENT}),
        ),
        *(
            Situation(
                f"three stacks over each other, by {keyword}",
                "MPR-198",
                stacks_over_each_other(keyword, values),
            )
            for keyword, values in (
                ("AcquisitionNumber", (1, 2, 3)),
                ("AcquisitionTime", ("100000", "100130", "100300")),
                ("ConvolutionKernel", ("B31f", "B50f", "B70f")),
            )
        ),
        Situation(
            "two stacks side by side",
            "MPR-205",
            [*ct(5), *part(_beside(), 9)],
        ),
        *(
            Situation(
                f"screenshots without position, by {keyword}", "V3-193", _screenshots(keyword)
            )
            for keyword in KINDS_OF_IMAGE
        ),
    ]


def _kinds():
    """Return what fails only because kinds of object are mixed."""
    page = dose_report(Rows=8, **COLOUR, **BYTES)
    captures = part(make.ct(6, SOPClassUID=make.SC), 9)
    between = part(make.ct(z=[7], SOPClassUID=make.SC), 9)
    raw_data = part(make.ct(1, SOPClassUID=f"{make.STORAGE}66", PixelData=ABSENT), 9)
    film = film_in_a_scan()
    spect = [*drawn(make.nm(8)), *part(make.nm(1, **OF_PAGE, **NOT_OF_NM), 9)]
    of_page = ("MPR-103", "MPR-197", "MPR-201", "MPR-202", "MPR-203", "MPR-204", "MEA-101")
    return [
        *(Situation("a dose report in a CT", id_, [*ct(6), *page]) for id_ in of_page),
        *(
            Situation("a captured film in a CT", id_, film)
            for id_ in ("MPR-301", "MPR-302", "MPR-303")
        ),
        Situation("a captured film at one position in a CT", "MPR-392", film_in_a_scan([0, 0, 0])),
        *(
            Situation("a screenshot in a SPECT", id_, spect)
            for id_ in ("MPR-401", "MPR-103", "MPR-203", "MPR-204", "MEA-101")
        ),
        Situation("captures at the positions of a CT", "MPR-102", [*ct(6), *captures]),
        Situation("a capture between the images of a CT", "MPR-205", [*ct(6), *between]),
        Situation("raw data in a CT", "LIM-101", [*ct(6), *raw_data]),
    ]


def _limits():
    films = make.us(3, SOPClassUID=make.US_MULTI_FRAME, Modality="US", NumberOfFrames=4, **BYTES)
    of_one_frame = [*make.seg(ct(1)), *make.seg(ct(1))]
    two_segmentations = [*make.seg(make.ct(3)), *make.seg(make.ct(3))]
    return [
        Situation("three ultrasound films", "LIM-102", drawn(films)),
        Situation("two enhanced MR objects", "LIM-102", drawn(make.enhanced_mr(5, n=2))),
        Situation("two segmentations", "LIM-102", part(two_segmentations, 9)),
        Situation("two segmentations of one frame", "LIM-102", part(of_one_frame, 9)),
        *(
            Situation(
                f"too many images, by {keyword}",
                "LIM-103",
                [*ct(8, **{keyword: values[0]}), *part(make.ct(8, **{keyword: values[1]}), 9)],
                {"max_instances": 10},
            )
            for keyword, values in VALUES.items()
            if keyword != "StackID"
        ),
        *(
            Situation(
                f"too many images, by {tag}",
                "LIM-103",
                volumes(2, make.ct, **_private(tag, elements)),
                {"max_instances": 10},
            )
            for tag, elements in B_VALUES.items()
        ),
        Situation(
            "palette colours in implicit VR",
            "LIM-104",
            members(drawn(make.us(2, **PALETTE, **BYTES)), make.IMPLICIT),
        ),
    ]


def told_by_zeros():
    uids = [f"1.2.3.{zero}{n}" for n in (1, 2, 3) for zero in ("", "0")]
    return ct(6, SeriesInstanceUID="1.2.03", SOPInstanceUID=each(*uids))


def rounded():
    """A stack whose cosines are rounded in some images, and another of another orientation."""
    stack = make.mr(12)
    make.change(stack[1::3], ImageOrientationPatient=[1, 0, 0, 0, 0.999999, 0.000001])
    other = make.mr(z=[[0, y, 0] for y in range(0, 18, 3)], ImageOrientationPatient=CORONAL)
    return [*drawn(stack), *part(other, 9)]


def _uids():
    missing = {
        "V3-102": "SeriesInstanceUID",
        "V3-103": "SOPInstanceUID",
        "V3-110": "SOPClassUID",
        "V3-101": "StudyInstanceUID",
        "V2-101": "SeriesInstanceUID",
        "V2-102": "StudyInstanceUID",
    }
    invalid = {
        "letters": "abc.def.ghi",
        "a leading zero": "1.2.840.03.4.5",
        "two dots": "1.2..3",
        "a dot at the end": "1.2.",
    }
    return [
        Situation(
            "a study UID that the viewer does not find", "V3-198", ct(5, StudyInstanceUID="ANON-1")
        ),
        *(
            Situation(f"{keyword} {how}", id_, ct(5, **{keyword: value}))
            for id_, keyword in missing.items()
            for how, value in (("absent", ABSENT), ("blank", BLANK))
        ),
        *(
            Situation(f"{keyword} with {what}", id_, ct(5, **{keyword: uid}))
            for id_, keyword in (("V2-101", "SeriesInstanceUID"), ("V2-102", "StudyInstanceUID"))
            for what, uid in invalid.items()
        ),
        Situation("SOPInstanceUIDs that only leading zeros tell apart", "V2-101", told_by_zeros()),
        Situation("SOPInstanceUID absent in one image", "V3-103", _without_one("SOPInstanceUID")),
        Situation("SOPClassUID absent in one image", "V3-110", _without_one("SOPClassUID")),
    ]


def _without_one(keyword):
    images = ct(5)
    make.change(images[2:3], **{keyword: ABSENT})
    return images


def _halves(first, second):
    return each(*[first] * 4, *[second] * 4)


def pet_with_page():
    """A PET with a screenshot, of which nothing but the pixels is of it."""
    of_pet = (
        "Units",
        "CorrectedImage",
        "DecayCorrection",
        "RadiopharmaceuticalInformationSequence",
    )
    return [*pt(5), *part(make.pt(1, **OF_PAGE, **dict.fromkeys(of_pet, ABSENT)), 9)]


def _pet():
    counts = pt(5, Units="CNTS", **FACTORS)
    return [
        Situation("PET counts in implicit VR", "SUV-297", members(counts, make.IMPLICIT)),
        *(
            Situation(f"two values of {keyword}", "SUV-291", pt(8, **{keyword: _halves(*values)}))
            for keyword, values in {
                "Units": ("BQML", "GML"),
                "SeriesDate": ("20200102", "20200103"),
                "DecayCorrection": ("START", "NONE"),
            }.items()
        ),
        Situation("two beds", "SUV-291", pt(8, SeriesTime=each(*["110000"] * 4, *["111000"] * 4))),
        Situation(
            "corrected and uncorrected images",
            "SUV-291",
            pt(8, CorrectedImage=each(*[["ATTN", "DECY"]] * 4, *[["DECY"]] * 4)),
        ),
        Situation(
            "corrected and uncorrected images",
            "SUV-207",
            pt(8, CorrectedImage=each(*[["ATTN", "DECY"]] * 4, *[["DECY"]] * 4)),
        ),
        Situation("images in two units", "SUV-101", pt(8, Units=_halves("BQML", "PROPCPS"))),
        *(
            Situation("a screenshot in a PET", id_, pet_with_page())
            for id_ in ("SUV-298", "MPR-204", "MEA-101")
        ),
        Situation(
            "PET and a screenshot",
            "SUV-298",
            [*pt(5), *part(make.pt(1, SOPClassUID=make.SC, Modality="CT", Units=ABSENT), 9)],
        ),
        Situation("PatientSex as a word", "SUV-295", pt(4, PatientSize=1.7, PatientSex="female")),
    ]

"""What was tried and does not repair: no repair may say it. Each was once said, or looks likely."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache

from fw_gear_viewer_check.requirements import repair_kinds, repairs
from tests import make, pack
from tests.make import ABSENT, BLANK, each, raw
from tests.repairs.scans import (
    BYTES,
    COLOUR,
    CORONAL,
    PALETTE,
    SAGITTAL,
    SLICES,
    THREE_PLANES,
    copied,
    ct,
    drawn,
    interleaved,
    members,
    part,
    planes,
    pt,
    volumes,
)
from tests.repairs.situations import rounded, told_by_zeros

SPLIT = dict(repairs.SPLIT_BY_SERIES.config)
FIX = dict(repairs.ADD_INSTANCE_UIDS.config)
MPEG_2 = "1.2.840.10008.1.2.4.100"


@dataclass(frozen=True)
class Tried:
    """A gear and its options on a series that fails a requirement, and what comes of it."""

    name: str
    requirement: str
    contents: object = field(repr=False)
    result: str
    """As :attr:`tests.repairs.trial.Outcome.result`."""
    gear: str
    config: dict[str, object]
    instead: str
    """Kind of the repair that is given."""


def split(name, requirement, contents, result, instead="none", **options):
    return Tried(
        name, requirement, contents, result, repair_kinds.SPLITTER, {**SPLIT, **options}, instead
    )


def fix(name, requirement, contents, result, instead="export", **options):
    named = {key.replace("_", "-"): value for key, value in options.items()}
    return Tried(name, requirement, contents, result, repair_kinds.FIXER, {**FIX, **named}, instead)


_UIDS = {"fix_uids": True, "strict_validation": True}
_WORSE = ("makes worse", "gear")


def _numbered(keyword, values, images):
    return make.change(images, **{keyword: each(*values)})


def _mosaics():
    image_type = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]
    return [
        image
        for n in (1, 2, 3)
        for image in part(make.mr(1, ImageType=image_type, AcquisitionNumber=n), n)
    ]


def _jpeg_xl(images):
    """Name a transfer syntax that pydicom does not know yet."""
    known = b"\x02\x00\x10\x00UI\x16\x00" + make.JPEG_2000_PART_2.encode()
    new = b"\x02\x00\x10\x00UI\x18\x001.2.840.10008.1.2.4.110\0"
    written = members(images, make.JPEG_2000_PART_2)
    return {name: content.replace(known, new) for name, content in written.items()}


def _jittered():
    """Return a volume of which each image is turned a little further."""
    return [
        image
        for n in range(6)
        for image in part(
            make.mr(1, z=[3 * n], ImageOrientationPatient=[1, 0.02 * n, 0, -0.02 * n, 1, 0]), n + 1
        )
    ]


@cache
def tried():
    """Return all trials."""
    return [*_by_splitter(), *_by_fixer()]


def _by_splitter():
    fmri = volumes(3)
    uneven = ct(z=[0, 4, 8, 12, 16, 23, 30, 37, 44])
    lost_position = ct(6)
    make.change(lost_position[3:4], ImagePositionPatient=ABSENT)
    b = {
        "(0019,0010)": ["SIEMENS MR HEADER"] * 2,
        "(0019,100C)": [raw(b"0 ", "IS"), raw(b"9 ", "IS")],
    }
    times = [f"1000{n:02}" for n in range(12)]
    one = {"a.txt": b"hello there"}
    inner = pack.zip_bytes(pack.members(ct(2, SeriesInstanceUID="1.2.3.77")))
    frames = make.enhanced_mr(z=[0, 3, 6, 0, 3, 6])
    index = [{"FrameContentSequence": [{"TemporalPositionIndex": n // 3}]} for n in range(6)]
    for item, more in zip(frames[0].PerFrameFunctionalGroupsSequence, index, strict=True):
        make.change([item], **more)
    reported, two_volumes = [*volumes(2), *make.sr()], {"group_by": "", "max_geometric_splits": 2}
    make.change(reported, SeriesInstanceUID="1.2.3.2")
    numbers, by_class = (
        [*ct(5), *part(make.ct(2, SOPClassUID=make.SC), 9)],
        {"group_by": "SOPClassUID"},
    )
    make.change(numbers, SeriesNumber=raw(b"1\\2 "))
    two = [*ct(2), *ct(2, SeriesInstanceUID="1.2.9", RescaleIntercept=raw(b"-1024,0"))]
    slides = drawn(
        make.us(3, Modality="SM", SOPClassUID=make.MICROSCOPY, NumberOfFrames=2, **BYTES)
    )
    backwards = [*volumes(1), *part(make.mr(z=list(SLICES)), 5)[::-1]]
    order = {"group_by": "", "max_geometric_splits": 3}
    another_time = each(*["110000"] * 4, "110001", *["110000"] * 4)
    units = each(*("GML" if n in {1, 2, 5, 9} else "BQML" for n in range(12)))
    return [
        split(
            "a stack with rounded cosines",
            "MPR-203",
            rounded(),
            "repaired",
            "export",
            group_by="ImageOrientationPatient",
        ),
        split(
            "one image of another SeriesTime",
            "SUV-291",
            pt(9, SeriesTime=another_time),
            "makes worse",
            "export",
            group_by="SeriesTime",
        ),
        split(
            "Units that alternate",
            "SUV-291",
            pt(12, Units=units),
            "makes worse",
            "export",
            group_by="Units",
        ),
        split(
            "group_by not emptied",
            "MPR-102",
            fmri,
            "writes nothing",
            "gear",
            max_geometric_splits=3,
        ),
        split(
            "max_geometric_splits below the volumes",
            "MPR-102",
            fmri,
            "writes nothing",
            "gear",
            **{**order, "max_geometric_splits": 2},
        ),
        split("volumes forth and back", "MPR-102", backwards, "writes nothing", **order),
        split(
            "volumes mixed by name", "MPR-102", fmri[::2] + fmri[1::2], "writes nothing", **order
        ),
        split(
            "few positions, interleaved",
            "MPR-102",
            interleaved(3, SLICES[:3]),
            "writes nothing",
            **order,
        ),
        split(
            "the tag in parentheses",
            "MPR-102",
            volumes(2, **b),
            "writes nothing",
            "gear",
            group_by="(0019,100C)",
        ),
        split(
            "AcquisitionTime of each slice",
            "MPR-102",
            _numbered("AcquisitionTime", times, volumes(2)),
            "single images",
            "gear",
            group_by="AcquisitionTime",
        ),
        split(
            "TriggerTime of each slice",
            "MPR-102",
            _numbered("TriggerTime", range(12), volumes(2)),
            "single images",
            "gear",
            group_by="TriggerTime",
        ),
        split(
            "frames by a nested attribute",
            "MPR-102",
            drawn(frames),
            "writes nothing",
            group_by="TemporalPositionIndex",
        ),
        split("frames by geometry", "MPR-102", drawn(frames), "writes nothing", **order),
        split(
            "mosaic by AcquisitionNumber",
            "MPR-102",
            _mosaics(),
            "still fails",
            group_by="AcquisitionNumber",
        ),
        split(
            "fMRI beside a report", "MPR-102", reported, "writes nothing", "manual", **two_volumes
        ),
        split("SeriesNumber of two values", "V3-197", numbers, "stops", "export", **by_class),
        split("two series with a decimal comma", "ZIP-102", two, "changes values", "export"),
        split("levels of a slide", "LIM-102", slides, "repaired", group_by="SOPInstanceUID"),
        split("two spacings by geometry", "MPR-205", uneven, "writes nothing", **order),
        split(
            "two spacings as localizers",
            "MPR-205",
            uneven,
            "writes nothing",
            extract_localizer=True,
        ),
        split(
            "three planes as localizers",
            "MPR-203",
            planes(*THREE_PLANES),
            "writes nothing",
            "gear",
            extract_localizer=True,
        ),
        split(
            "every image turned",
            "MPR-203",
            _jittered(),
            "single images",
            group_by="ImageOrientationPatient",
        ),
        split(
            "two scouts",
            "MPR-203",
            drawn(make.ct(2, ImageOrientationPatient=each(CORONAL, SAGITTAL))),
            "gains no MPR",
            group_by="ImageOrientationPatient",
        ),
        split(
            "ultrasound in grey and colour",
            "MPR-202",
            [*drawn(make.us(3, **BYTES)), *part(make.us(2, **COLOUR, **BYTES), 9)],
            "gains no MPR",
            group_by="SamplesPerPixel",
        ),
        split(
            "two echoes of an uneven scan",
            "MPR-102",
            volumes(2, z=(0, 4, 8, 12, 19, 26), EchoTime=(10, 20)),
            "gains no MPR",
            group_by="EchoTime",
        ),
        split(
            "one image of another frame of reference",
            "MPR-197",
            [*ct(5), *part(ct(1, z=[15], FrameOfReferenceUID="1.2.3.72"), 9)],
            "makes worse",
            "export",
            group_by="FrameOfReferenceUID",
        ),
        split(
            "one image of another pixel spacing",
            "MPR-196",
            [*ct(5), *part(ct(1, z=[15], PixelSpacing=[2, 2]), 9)],
            "makes worse",
            "export",
            group_by="PixelSpacing",
        ),
        split(
            "one lost position by geometry",
            "V3-193",
            lost_position,
            "writes nothing",
            "export",
            **order,
        ),
        split(
            "one lost position by AcquisitionNumber",
            "V3-193",
            _numbered("AcquisitionNumber", range(6), deepcopy(lost_position)),
            "single images",
            "export",
            group_by="AcquisitionNumber",
        ),
        split(
            "one lost position as localizer",
            "V3-193",
            lost_position,
            "writes nothing",
            "export",
            extract_localizer=True,
        ),
        split(
            "an empty file",
            "ZIP-103",
            {**pack.members(ct(5)), "0.dcm": b""},
            "writes nothing",
            "manual",
        ),
        split(
            "one image and a text",
            "ZIP-103",
            {**pack.members(ct(1)), **one},
            "writes nothing",
            "manual",
        ),
        split(
            "an archive inside",
            "ZIP-193",
            {**pack.members(ct(5)), "inner.zip": inner},
            "loses images",
            "manual",
        ),
    ]


def _by_fixer():
    one_uid = ct(5, SOPInstanceUID="1.2.3.4")
    compressed = {
        "JPEG 2000 part 2": members(ct(2), make.JPEG_2000_PART_2),
        "MPEG-2": members(ct(2), MPEG_2),
        "MPEG-4": members(ct(2), make.MPEG4),
        "JPEG XL": _jpeg_xl(ct(2)),
    }
    headless = {
        pack.name_of(n): pack.to_bytes(image, make.IMPLICIT, preamble=False)
        for n, image in enumerate(ct(3))
    }
    film = make.us(1, SOPClassUID=make.US_MULTI_FRAME, NumberOfFrames=3, **PALETTE, **BYTES)
    some = ct(5)
    make.change(some[2:3], StudyInstanceUID=ABSENT)
    unknown_set = ct(5, StudyInstanceUID="1.2.03", SpecificCharacterSet="ISO_IR 999")
    commas = ct(5, SOPInstanceUID=ABSENT, RescaleSlope=raw(b"1,5 "), PixelSpacing=raw(b"0,5\\0,5"))
    palette = {"standardize_transfer_syntax": True, "convert_palette": True}
    return [
        fix(
            "unique without SOPInstanceUID",
            "V3-103",
            ct(5, SOPInstanceUID=ABSENT),
            "loses images",
            "gear",
            unique=True,
        ),
        fix("a decimal comma", "V3-103", commas, "changes values"),
        fix("an unknown character set", "V2-102", unknown_set, "stops", **_UIDS),
        fix("unique of different images", "V3-196", one_uid, "loses images", unique=True),
        *(
            fix(
                f"decompress {name}",
                "V3-191",
                contents,
                "stops",
                standardize_transfer_syntax=True,
            )
            for name, contents in compressed.items()
        ),
        fix(
            "files without a header",
            "V3-199",
            headless,
            "writes nothing",
            "none",
            standardize_transfer_syntax=True,
        ),
        fix(
            "palette in explicit VR",
            "LIM-104",
            drawn(make.us(2, **PALETTE, **BYTES)),
            "writes nothing",
            **palette,
        ),
        fix(
            "palette of a film",
            "LIM-104",
            members(drawn(film), make.IMPLICIT),
            "repaired",
            **palette,
        ),
        fix("two dots with fix-uids", "V2-102", ct(5, StudyInstanceUID="1..2"), *_WORSE, **_UIDS),
        fix("UIDs that only zeros tell apart", "V2-101", told_by_zeros(), *_WORSE, **_UIDS),
        fix(
            "letters with fix-uids",
            "V2-101",
            ct(5, SeriesInstanceUID="abc.def"),
            "stops",
            "gear",
            fix_uids=True,
            strict_validation=True,
        ),
        fix(
            "letters without new-uids-needed",
            "V2-101",
            ct(5, SeriesInstanceUID="abc.def"),
            "writes nothing",
            "gear",
        ),
        fix("StudyInstanceUID in some", "V3-101", some, "stops", new_uids_needed=True),
        fix(
            "a missing StudyInstanceUID",
            "V3-101",
            ct(5, StudyInstanceUID=ABSENT),
            "writes nothing",
            "gear",
        ),
        *(
            fix(f"a missing {keyword}", id_, ct(5, **{keyword: BLANK}), "writes nothing")
            for keyword, id_ in (
                ("InstanceNumber", "V3-111"),
                ("PhotometricInterpretation", "V3-104"),
                ("PixelRepresentation", "V3-107"),
            )
        ),
        fix(
            "text files",
            "ZIP-103",
            {**pack.members(ct(5)), "a.txt": b"hello there"},
            "writes nothing",
            "gear",
        ),
        fix("copies without unique", "V3-196", copied(ct(5), 0), "writes nothing", "gear"),
        fix(
            "PatientSex of another kind",
            "SUV-295",
            pt(4, PatientSize=1.7, PatientSex="O"),
            "writes nothing",
            "manual",
        ),
        fix(
            "counts in explicit VR",
            "SUV-292",
            pt(4, Units="CNTS"),
            "writes nothing",
            standardize_transfer_syntax=True,
        ),
        fix("a missing Modality becomes OT", "V3-108", pt(4, Modality=ABSENT), "enters OT"),
        fix("an invalid Modality becomes OT", "V2-103", ct(4, Modality="ct"), "enters OT"),
    ]

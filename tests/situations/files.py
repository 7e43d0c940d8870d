"""What happens to files on the way: compression, de-identification, archives, copies."""

from __future__ import annotations

from tests import make, pack
from tests.make import ABSENT, BLANK, each
from tests.situations.makers import HTJ2K, JPEG_2000, JPEG_LOSSLESS, RLE, beside, film
from tests.situations.situation import Situation


def compressed(transfer_syntax, maker=make.ct, n=3, **changes):
    return {
        pack.name_of(k): pack.to_bytes(image, transfer_syntax)
        for k, image in enumerate(maker(n, **changes))
    }


def archive(images, **others):
    """Return members: images by their usual names, and others by name."""
    return {**{pack.name_of(k): pack.to_bytes(i) for k, i in enumerate(images)}, **others}


def cut(images, share):
    """Return members of which the last one is cut off."""
    members = archive(images)
    last = [*members][-1]
    members[last] = members[last][: int(len(members[last]) * share)]
    return members


SYNTAXES = (
    Situation("CT, implicit VR", lambda: make.ct(3, TransferSyntaxUID=make.IMPLICIT), "PPP-P-"),
    Situation("CT, deflated", lambda: compressed(make.DEFLATED), "PFF-F-", "V3-191:not-decoded"),
    Situation("CT, big endian", lambda: compressed(make.BIG_ENDIAN), "PPP-P-"),
    Situation("CT, JPEG lossless", lambda: compressed(JPEG_LOSSLESS), "PPP-P-"),
    Situation("CT, JPEG 2000", lambda: compressed(JPEG_2000), "PPP-P-"),
    Situation(
        "CT, JPEG 2000 part 2",
        lambda: compressed(make.JPEG_2000_PART_2),
        "PFF-F-",
        "V3-191:not-decoded",
    ),
    Situation("CT, HTJ2K", lambda: compressed(HTJ2K), "PPP-P-"),
    Situation("CT, RLE", lambda: compressed(RLE), "PPP-P-"),
    Situation(
        "ultrasound clip as MPEG-4",
        lambda: compressed(make.MPEG4, make.us, 1),
        "PFF-F-",
        "V3-191:not-decoded MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent",
    ),
    Situation(
        "secondary capture as MPEG-4",
        lambda: {"a.dcm": pack.to_bytes(film("OT", make.SC, 100)[0], make.MPEG4)},
        "PPF-F-",
        "MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent MEA-101:absent",
    ),
    Situation(
        "CT without preamble and transfer syntax",
        lambda: {
            pack.name_of(k): pack.to_bytes(i, preamble=False)
            for k, i in enumerate(make.ct(3, TransferSyntaxUID=make.IMPLICIT))
        },
        "PPP-P-",
        "V3-199:no-instance",
    ),
)

DE_IDENTIFIED = (
    Situation(
        "CT, dates, times and IDs removed",
        lambda: make.ct(5, StudyDate=ABSENT, StudyTime=ABSENT, StudyID=ABSENT, PatientID=ABSENT),
        "PPP-P-",
        "V2-107:absent V2-108:absent V2-109:absent V2-110:absent",
        shows_v2=True,
    ),
    Situation(
        "CT, dates, times and IDs blanked",
        lambda: make.ct(5, StudyDate=BLANK, StudyTime=BLANK, StudyID=BLANK, PatientID=BLANK),
        "PPP-P-",
        "V2-107:blank V2-108:blank V2-109:blank V2-110:blank",
        shows_v2=True,
    ),
    Situation(
        "CT from a scanner without a worklist",
        lambda: make.ct(5, ScheduledProcedureStepID=ABSENT, RequestedProcedureID=ABSENT),
        "PPP-P-",
        "V2-105:absent V2-106:absent",
        shows_v2=True,
    ),
    Situation(
        "CT, UIDs with letters",
        lambda: make.ct(5, StudyInstanceUID="STUDY-A", SeriesInstanceUID="SERIES-B"),
        "PFF-F-",
        "V2-101:not-valid V2-102:not-valid V3-198:study-not-found",
        shows_v2=True,
    ),
    Situation(
        "CT, SeriesInstanceUID removed",
        lambda: make.ct(5, SeriesInstanceUID=ABSENT),
        "PFF-F-",
        "V2-101:absent V3-102:absent V3-198:no-study-or-series",
        shows_v2=True,
    ),
    Situation(
        "CT, SOPInstanceUIDs removed",
        lambda: make.ct(5, SOPInstanceUID=ABSENT),
        "PFF-F-",
        "V3-103:absent MPR-198:single-image",
    ),
    Situation(
        "CT, SOPClassUID removed", lambda: make.ct(5, SOPClassUID=ABSENT), "PFF-F-", "V3-110:absent"
    ),
    Situation(
        "CT, StudyInstanceUID of two studies in one series",
        lambda: make.ct(5, StudyInstanceUID=each(*["1.2.3"] * 3, *["1.2.4"] * 2)),
        "PPP-P-",
        "ZIP-194:several-studies V2-291:several-studies",
        shows_v2=True,
    ),
    Situation(
        "CT, two patients in one series",
        lambda: make.ct(5, PatientID=each(*["a"] * 3, *["b"] * 2)),
        "FFF-F-",
        "ZIP-194:several-patients V2-291:several-patients V3-198:under-several-patients",
        shows_v2=True,
    ),
    Situation(
        "CT, all geometry removed",
        lambda: make.ct(
            5, ImagePositionPatient=ABSENT, ImageOrientationPatient=ABSENT, PixelSpacing=ABSENT
        ),
        "PPF-F-",
        "MPR-102:no-positions MPR-103:absent MPR-203:absent MPR-204:absent MEA-101:absent",
    ),
    Situation(
        "CT, PhotometricInterpretation removed",
        lambda: make.ct(5, PhotometricInterpretation=ABSENT),
        "PFF-F-",
        "V3-104:absent",
    ),
    Situation(
        "CT, PixelRepresentation removed",
        lambda: make.ct(5, PixelRepresentation=ABSENT),
        "PFF-F-",
        "V3-107:absent",
    ),
)

ARCHIVES = (
    Situation(
        "zip with Thumbs.db and __MACOSX",
        lambda: archive(make.ct(3), **{"Thumbs.db": b"x", "__MACOSX/._001.dcm": b"x"}),
        "FPP-P-",
        "ZIP-104:hidden-files",
    ),
    Situation(
        "zip with a README",
        lambda: archive(make.ct(3), **{"README.txt": b"read me"}),
        "FPP-P-",
        "ZIP-103:not-dicom",
    ),
    Situation(
        "zip with a DICOMDIR and a viewer for Windows",
        lambda: archive(make.ct(3), **{"AUTORUN.INF": b"[autorun]", "viewer.exe": b"MZ"}),
        "FPP-P-",
        "ZIP-103:not-dicom",
    ),
    Situation(
        "zip with an empty file",
        lambda: archive(make.ct(3), **{"004.dcm": b""}),
        "FPP-P-",
        "ZIP-103:empty ZIP-191:unreadable",
    ),
    Situation(
        "zip inside the zip",
        lambda: archive(make.ct(3), **{"more.zip": pack.zip_bytes({"a.txt": b"a"})}),
        "FPP-P-",
        "ZIP-103:archive ZIP-193:nested-archives",
    ),
    Situation(
        "the last image truncated",
        lambda: cut(make.ct(3, Rows=32, Columns=32, PixelData=bytes(2048)), 0.7),
        "FFF-F-",
        "ZIP-103:truncated ZIP-191:unreadable V3-192:cut-off",
    ),
    Situation(
        "the last image truncated in its header",
        lambda: cut(make.ct(3, Rows=32, Columns=32, PixelData=bytes(2048)), 0.1),
        "FPP-P-",
        "ZIP-103:unreadable ZIP-191:unreadable",
    ),
    Situation(
        "two series in one zip", lambda: make.ct(3) + make.mr(3), "FPP-P-", "ZIP-102:several-series"
    ),
    Situation(
        "series of a whole examination in one zip",
        lambda: make.ct(3) + make.mr(3) + make.us(1) + make.sr(),
        "FPF-P-",
        "ZIP-102:several-series MPR-101:one-image MPR-103:absent MPR-203:absent MPR-204:absent",
    ),
    Situation(
        "CT and MR with one SeriesInstanceUID",
        lambda: beside(make.ct(3), make.mr(3)),
        "PPF-P-",
        "V3-197:several-classes MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "NIfTI in a zip",
        lambda: {"brain.nii.gz": b"\x1f\x8b\x08\0\0\0\0\0"},
        "FF----",
        "ZIP-103:not-dicom V3-101:nothing-readable",
    ),
    Situation(
        "pictures in a zip",
        lambda: {"a.jpg": b"\xff\xd8\xff\xe0", "b.png": b"\x89PNG\r\n\x1a\n"},
        "FF----",
        "ZIP-103:not-dicom V3-101:nothing-readable",
    ),
    Situation(
        "empty zip",
        dict,
        "FF----",
        "ZIP-103:empty-archive V3-101:nothing-readable",
    ),
    Situation(
        "only hidden files",
        lambda: {".DS_Store": b"x", "__MACOSX/._a": b"x"},
        "FF----",
        "ZIP-103:empty-archive ZIP-104:hidden-files V3-101:nothing-readable",
    ),
)

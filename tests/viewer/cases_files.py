"""How files are encoded (docs/ohif.md sections 5 and 9): what they say of it, and what they hold.

Every image is a square of one value, so that a run can tell whether it is drawn as it should be.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from tests.viewer.case import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    GREY,
    IMPLICIT,
    LEFT_OUT,
    Case,
    Pixels,
)
from tests.viewer.make_series import CT, ENHANCED, STORAGE, enhanced, even, pet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.viewer.case import Attributes

SIZE = 8
_SQUARE = {"Rows": SIZE, "Columns": SIZE}

BASELINE, EXTENDED, LOSSLESS_57, LOSSLESS, JPEG_LS, JPEG_2000, JPEG_2000_PART_2, MPEG_4 = (
    f"1.2.840.10008.1.2.4.{ending}" for ending in (50, 51, 57, 70, 80, 90, 92, 102)
)
RLE = "1.2.840.10008.1.2.5"


def _segment(marker: int, content: str) -> str:
    return f"ff{marker:02x}{len(content) // 2 + 2:04x}{content}"


def _jpeg(frame: int, tables: str, ac_and_dc: str, scan: str, coded: str) -> str:
    """Return a JPEG of one grey component (ISO/IEC 10918-1 annex B)."""
    header = _segment(frame, f"08{SIZE:04x}{SIZE:04x}01011100")
    return f"ffd8{tables}{header}{ac_and_dc}{_segment(0xDA, scan)}{coded}ffd9"


def _codes(table: str, lengths: str, symbols: str) -> str:
    return _segment(0xC4, f"{table}{lengths:0<32}{symbols}")


LOSSY_STREAM = _jpeg(
    0xC0,
    _segment(0xDB, "00" + "01" * 64),
    _codes("00", "01", "08") + _codes("10", "01", "00"),
    "010100003f00",
    "0fbf",  # a DC of category 8 (code 0), -224 = 8 x (100 - 128); code 0: end of block
)
LOSSLESS_STREAM = _jpeg(
    0xC3,
    "",
    _codes("00", "0101", "0005"),
    "010100010000",
    "860000000000000003",  # 128 - 28 (code 10, five bits), and 63 times no difference (code 0)
)
JPEG_2000_STREAM = (
    "ff4fff510029000000000008000000080000000000000000000000080000000800000000000000000001070101"
    "ff52000c00000001000004040001ff5c00044040ff90000a00000000001d0001ff93c3e718115054af823d4800"
    "018484bfffd9"
)
RLE_STREAM = "0100000040000000".ljust(128, "0") + f"c1{GREY:02x}"
NATIVE = f"{GREY:02x}" * SIZE**2


def cases() -> Iterator[Case]:
    """Return the cases of V3-191, V3-192 and V3-199."""
    yield from _encodings()
    yield from _codings()
    yield from _fragments()
    yield from _vrs()


def _case(name: str, instances: Sequence[Attributes], **options: Any) -> Case:
    of_size = tuple({**one, **_SQUARE} for one in instances)
    return Case(f"file: {name}", of_size, alone=True, **options)


def _vrs() -> Iterator[Case]:
    """Values written in a VR of bytes: of UN, a server serves the texts."""
    native = Pixels((NATIVE,), encapsulated=False)
    sequence = "RadiopharmaceuticalInformationSequence"
    groups = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
    asked = (
        *(("CT", even(3), k) for k in ("PixelSpacing", "ImagePositionPatient", "Modality")),
        *(("PET", pet(), k) for k in ("Units", "CorrectedImage", "SeriesTime", sequence)),
        ("PET in GML", pet(Units="GML"), "Units"),
        ("PET with a size", pet(PatientSize=1.7, PatientSex="F"), "PatientSex"),
        *(("enhanced", [enhanced()], keyword) for keyword in groups),
    )
    for kind, instances, keyword in asked:
        yield _case(f"{kind}, {keyword} in VR UN", instances, vrs=((keyword, "UN"),))
    for keyword in ("Rows", "PhotometricInterpretation", "BitsAllocated", "NumberOfFrames"):
        images = even(3, NumberOfFrames=1, PhotometricInterpretation="MONOCHROME2")
        described = [{**one, "BitsAllocated": 8} for one in images]
        yield _case(f"{keyword} in VR UN", described, pixels=native, vrs=((keyword, "UN"),))
    for kind, instances, keyword in (
        ("PET", pet(), sequence),
        ("enhanced", [enhanced()], groups[0]),
    ):
        yield _case(f"{kind}, {keyword} in VR OB", instances, vrs=((keyword, "OB"),))


def _encodings() -> Iterator[Case]:
    """The data set is encoded as its transfer syntax says, or otherwise."""
    native = Pixels((NATIVE,), encapsulated=False)
    names = {
        IMPLICIT: "implicit",
        EXPLICIT: "explicit",
        BIG_ENDIAN: "big endian",
        DEFLATED: "deflated",
    }
    for (declared, says), (encoded, holds) in product(names.items(), names.items()):
        if encoded != DEFLATED:
            yield _case(
                f"declared {says}, encoded {holds}",
                even(3),
                transfer_syntax=declared,
                encoded_as=encoded,
                pixels=native,
            )
    yield _case("deflated", even(3), transfer_syntax=DEFLATED, pixels=native)
    for declared, name in ((BASELINE, "JPEG"), (LOSSLESS, "lossless JPEG"), (RLE, "RLE")):
        yield _case(
            f"declared {name}, encoded implicit, native",
            even(3),
            transfer_syntax=declared,
            encoded_as=IMPLICIT,
            pixels=native,
        )
        yield _case(
            f"declared {name}, encoded explicit, native",
            even(3),
            transfer_syntax=declared,
            pixels=native,
        )


def _codings() -> Iterator[Case]:
    """The first marker says what the transfer syntax says, or something else."""
    streams = {
        "JPEG": LOSSY_STREAM,
        "lossless JPEG": LOSSLESS_STREAM,
        "JPEG 2000": JPEG_2000_STREAM,
        "RLE": RLE_STREAM,
    }
    declared = {
        "baseline": BASELINE,
        "extended": EXTENDED,
        "lossless .57": LOSSLESS_57,
        "lossless .70": LOSSLESS,
        "JPEG-LS": JPEG_LS,
        "JPEG 2000": JPEG_2000,
        "JPEG 2000 part 2": JPEG_2000_PART_2,
        "RLE": RLE,
        "explicit": EXPLICIT,
    }
    for says, uid in declared.items():
        for holds, stream in streams.items():
            yield _case(
                f"says {says}, holds {holds}",
                even(2),
                transfer_syntax=uid,
                pixels=Pixels((stream,)),
            )
    for ending in ("77.1.1.1", "7.4"):
        video = {**ENHANCED, "SOPClassUID": STORAGE + ending, "Modality": "ES", "NumberOfFrames": 5}
        yield _case(
            f"class {ending} as MPEG-4",
            [video],
            transfer_syntax=MPEG_4,
            pixels=Pixels(("00000000",)),
        )


def _fragments() -> Iterator[Case]:
    """Frames in one fragment or in several, with a table of their offsets or without."""
    parts = (LOSSY_STREAM[:240], LOSSY_STREAM[240:])
    size = 2 * 8 + len(LOSSY_STREAM) // 2
    images = {"one frame": [dict(CT)], "two frames": [enhanced(2)]}
    for name, instances in images.items():
        count = instances[0].get("NumberOfFrames", 1)
        for kind, fragments, offsets in (
            ("one fragment each", (LOSSY_STREAM,) * count, tuple(range(0, count * size, size - 8))),
            ("two fragments each", parts * count, tuple(range(0, count * size, size))),
        ):
            for told, table in (("told", offsets[:count]), ("not told", ())):
                yield _case(
                    f"{name}, {kind}, offsets {told}",
                    instances,
                    transfer_syntax=BASELINE,
                    pixels=Pixels(fragments, offsets=table),
                )
    for name, fragments in (
        ("the second is of another coding", (LOSSY_STREAM, LOSSLESS_STREAM)),
        ("the second is missing", (LOSSY_STREAM,)),
        ("the second is no image", (LOSSY_STREAM, "00000000")),
        ("a third beyond them", (LOSSY_STREAM,) * 3),
    ):
        yield _case(
            f"two frames, {name}",
            images["two frames"],
            transfer_syntax=BASELINE,
            pixels=Pixels(fragments),
        )
    native = Pixels((NATIVE,), encapsulated=False)
    for name, changes in (
        ("no SOPInstanceUID", {"SOPInstanceUID": LEFT_OUT}),
        ("palette colours without tables", {"PhotometricInterpretation": "PALETTE COLOR"}),
        ("two character sets", {"SpecificCharacterSet": ["ISO 2022 IR 6", "ISO 2022 IR 87"]}),
        ("an unknown character set", {"SpecificCharacterSet": "ISO_IR 999"}),
        ("Latin 1", {"SpecificCharacterSet": "ISO_IR 100"}),
        ("UTF-8", {"SpecificCharacterSet": "ISO_IR 192"}),
        ("Chinese", {"SpecificCharacterSet": "GB18030"}),
        ("Japanese", {"SpecificCharacterSet": "ISO_IR 13"}),
        ("Japanese of one value", {"SpecificCharacterSet": "ISO 2022 IR 87"}),
        ("Russian", {"SpecificCharacterSet": "ISO_IR 144"}),
        ("a blank character set", {"SpecificCharacterSet": None}),
        ("a first blank character set", {"SpecificCharacterSet": ["", "ISO 2022 IR 87"]}),
    ):
        yield _case(name, even(3, **changes), pixels=native)

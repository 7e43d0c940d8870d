"""Seeds and words for the fuzzer, made by the generators of the tests: nobody's data."""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

from pydicom.datadict import dictionary_VR, tag_for_keyword

from fw_gear_viewer_check.dicom import attributes
from tests import make, pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom import Dataset

SEPARATOR = b"\n--member--\n"
"""Between members that become one zip."""
LONG_LENGTHS = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}


def series() -> dict[str, list[Dataset]]:
    """Return one small series of each kind, and some that are not as they should be."""
    images = make.ct(2)
    return {
        "ct": make.ct(3),
        "ct-4d": make.ct(z=[0, 0, 3, 3, 6, 6], AcquisitionNumber=make.each(1, 2, 1, 2, 1, 2)),
        "ct-uneven": make.ct(z=[0, 3, 4, 9]),
        "mr": make.mr(3, DiffusionBValue=800),
        "pt": make.pt(3),
        "cr": make.cr(),
        "us": make.us(),
        "nm": make.nm(),
        "enhanced": make.enhanced_mr(3),
        "seg": [*images, *make.seg(images)],
        "rtstruct": [*images, *make.rtstruct(images)],
        "sr": make.sr(),
        "damaged": make.ct(2, Rows=make.raw(b"abc"), PixelSpacing=make.raw(b"1\\x")),
        "blank": make.pt(2, Rows=make.BLANK, Units=make.BLANK, WindowWidth=make.ABSENT),
    }


def write(folder: Path) -> None:
    """Write the seeds of each target into a folder of its name."""
    for target in ("header", "headers", "pydicom", "zip", "members", "file", "edits"):
        (folder / target).mkdir(parents=True, exist_ok=True)
    encodings = {"explicit": make.EXPLICIT, "implicit": make.IMPLICIT, "big": make.BIG_ENDIAN}
    encodings |= {"deflated": make.DEFLATED, "jpeg": make.JPEG}
    for name, datasets in series().items():
        for code, uid in encodings.items():
            if code == "jpeg" and "PixelData" not in datasets[-1]:
                continue
            content = pack.to_bytes(datasets[-1], uid)
            for target in ("header", "pydicom", "file"):
                (folder / target / f"{name}-{code}").write_bytes(content)
        written = pack.members(datasets, make.EXPLICIT)
        for target in ("members", "headers"):
            (folder / target / name).write_bytes(SEPARATOR.join(written.values()))
        zipped = pack.zip_bytes({**written, "__MACOSX/._a": b"x", "notes.txt": b"text"})
        (folder / "zip" / name).write_bytes(zipped)
        deflated = pack.zip_bytes(written, zipfile.ZIP_DEFLATED)
        (folder / "zip" / f"{name}-deflated").write_bytes(deflated)
    for number in range(len(series())):
        (folder / "edits" / f"{number}").write_bytes(bytes([number]) + bytes(range(64)))
    bare = pack.to_bytes(make.ct(1)[0], preamble=False)
    (folder / "header" / "bare").write_bytes(bare)


def words() -> str:
    """Return what stands in headers and archives as a dictionary for libFuzzer."""
    elements = [*_elements(attributes.TREE)]
    marks = [b"\xfe\xff\x00\xe0\xff\xff\xff\xff", b"\xfe\xff\x0d\xe0\0\0\0\0", b"DICM"]
    marks += [b"\xfe\xff\xdd\xe0\0\0\0\0", b"\xff\xff\xff\xff", b"PK\3\4", b"PK\1\2", b"PK\5\6"]
    marks += [
        b"PK\6\6",
        b"PK\6\7",
        SEPARATOR,
        b"1e308",
        b"-1",
        b"NaN",
        b"0\\0\\0",
        b"1\\0\\0\\0\\1\\0",
    ]
    marks += [make.CT.encode(), make.PT.encode(), make.SEG.encode(), make.ENHANCED_MR.encode()]
    return "".join(f'"{_escaped(word)}"\n' for word in (*marks, *elements))


def _elements(tree: attributes.Tree) -> Iterator[bytes]:
    """Yield the beginning of each element that is read, explicit VR."""
    for keyword, items in tree.items():
        tag = tag_for_keyword(keyword)
        assert tag is not None  # noqa: S101 - the tests hold the tree against the dictionary
        vr = dictionary_VR(tag).split(" ")[0]
        start = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
        yield start + (b"\0\0\xff\xff\xff\xff" if vr in LONG_LENGTHS else b"\x04\0")
        if items:
            yield from _elements(items)


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)

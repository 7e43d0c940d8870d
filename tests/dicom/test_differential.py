"""The walk over the bytes against pydicom: the same attributes, or a named reason why not."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pydicom
import pytest

from fw_gear_viewer_check.dicom import pydicom_fallback
from fw_gear_viewer_check.dicom.header import (
    HeaderReader,
    NotDicomError,
    OddEncodingError,
)
from fw_gear_viewer_check.dicom.streams import UnreadableError
from fw_gear_viewer_check.model.instance import RLE_HEADER
from tests import make

DATA = Path(pydicom.__file__).parent / "data"
BUNDLED = [
    path
    for folder in ("test_files", "charset_files")
    for path in sorted((DATA / folder).rglob("*"))
    if path.is_file() and path.suffix not in {".py", ".txt", ".md", ".json", ".gz", ".dump"}
]
CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS", Path(__file__).parents[3] / "shared" / "corpus")
)
MOST_OF_A_ZIP = 2

BIG_ENDIAN = {
    *("ExplVR_BigEnd.dcm", "ExplVR_BigEndNoMeta.dcm", "MR_small_bigendian.dcm"),
    *("MR_small_expb.dcm", "SC_rgb_small_odd_big_endian.dcm", "liver_expb_1frame.dcm"),
    *("rtdose_expb.dcm", "rtdose_expb_1frame.dcm"),
}
"""Left to pydicom: there is nothing to compare."""

NOT_DICOM = {
    "no_meta.dcm": "a stray byte before its first element",
    "crayons.icc": "a colour profile",
    "README": "a text",
}

TRUNCATED = {"rtplan_truncated.dcm"}

DEFLATED = "image_dfl.dcm"
"""Never left to pydicom, which would inflate it as a whole: compared with pydicom by itself."""

READER = HeaderReader()


def ours(content):
    return READER.read(io.BytesIO(content), len(content))


def pydicoms(content):
    return pydicom_fallback.read(io.BytesIO(content), len(content))


def lengths(header):
    """Return what both readers say of the pixel data; only ours looks into the first frame."""
    pixels = header.pixel_data
    return pixels and (pixels.length, pixels.available)


MARKERS = {"50": {0xFFC0}, "51": {0xFFC0, 0xFFC1}, "57": {0xFFC3}, "70": {0xFFC3}}
MARKERS |= {"80": {0xFFF7}, "81": {0xFFF7}, "90": {0xFF4F}, "91": {0xFF4F}}


def test_the_first_frame_of_bundled_files_is_coded_as_their_transfer_syntax_says():
    compared = 0
    for path in BUNDLED:
        if path.name in BIG_ENDIAN | TRUNCATED | set(NOT_DICOM):
            continue
        header = ours(path.read_bytes())
        if header.pixel_data is None or header.pixel_data.length is not None:
            continue
        family, _, number = header.transfer_syntax_uid.rpartition(".")
        expected = MARKERS.get(number, {None}) if family.endswith(".1.2.4") else {RLE_HEADER}
        compared += 1
        assert header.pixel_data.frame_marker in expected, path.name
    assert compared > 30


@pytest.mark.long
@pytest.mark.parametrize("path", BUNDLED, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_bundled_files_give_what_pydicom_gives(path):
    content = path.read_bytes()
    if path.name in BIG_ENDIAN:
        with pytest.raises(OddEncodingError):
            ours(content)
        assert pydicoms(content).data
        return
    if path.name in NOT_DICOM:
        with pytest.raises(NotDicomError):
            ours(content)
        return
    if path.name in TRUNCATED:
        for read in (ours, pydicoms):
            with pytest.raises(UnreadableError, match="truncated"):
                read(content)
        return
    found = ours(content)
    if found.is_media_directory:
        assert path.name.startswith("DICOMDIR")
        return
    if path.name == DEFLATED:
        dataset = pydicom.dcmread(path)
        assert found.data.text("SOPInstanceUID") == dataset.SOPInstanceUID
        assert found.data.number("Rows") == dataset.Rows
        assert found.pixel_data.length == len(dataset.PixelData)
        with pytest.raises(UnreadableError, match="deflated"):
            pydicoms(content)
        return
    theirs = pydicoms(content)
    assert found.data == theirs.data
    assert found.transfer_syntax_uid == theirs.transfer_syntax_uid
    assert lengths(found) == lengths(theirs)
    assert found.encoding == theirs.encoding


def test_exceptions_are_there():
    assert {path.name for path in BUNDLED} >= BIG_ENDIAN | TRUNCATED | set(NOT_DICOM)


def test_most_bundled_files_are_compared():
    assert len(BUNDLED) > 130


def test_big_endian_files_give_what_their_little_endian_twins_give():
    folder = DATA / "test_files"
    little = ours((folder / "MR_small.dcm").read_bytes())
    big = pydicoms((folder / "MR_small_bigendian.dcm").read_bytes())
    assert big.data == little.data
    assert big.pixel_data.length == little.pixel_data.length


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(
    "path", sorted((CORPUS / "series").glob("*.zip")), ids=lambda p: p.name.partition(".dicom")[0]
)
def test_series_of_the_corpus_give_what_pydicom_gives(path):
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
        compared = 0
        for member in (*members[:1], *members[-MOST_OF_A_ZIP + 1 :]):
            content = archive.read(member)
            theirs = pydicoms(content)
            compared += 1
            if theirs.transfer_syntax_uid == make.BIG_ENDIAN:
                continue
            found = ours(content)
            assert found.data == theirs.data
            assert found.transfer_syntax_uid == theirs.transfer_syntax_uid
            assert found.encoding == theirs.encoding
            assert lengths(found) == lengths(theirs)
    assert compared

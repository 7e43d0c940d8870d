import io
import random
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_viewer_check.dicom import pydicom_fallback, streams
from fw_gear_viewer_check.dicom.elements import MAX_VALUE_BYTES
from fw_gear_viewer_check.dicom.header import (
    MAX_DEPTH,
    MAX_ITEMS,
    HeaderReader,
    NotDicomError,
    OddEncodingError,
)
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.dicom.streams import FIRST_READ, UnreadableError
from fw_gear_viewer_check.model.data_set import Damaged
from fw_gear_viewer_check.model.limits import Budget
from tests import keywords, make, pack
from tests.elements import (
    CLASS,
    ITEM_END,
    ITS_EXCEPTIONS,
    PIXELS,
    REFERENCED,
    ROWS,
    SEQUENCE_END,
    UNDEFINED,
    element,
    item,
    read,
)
from tests.hostile import raw_dicom as raw


def boundaries(dataset):
    """Return the offsets at which a top-level element of the written data set ends."""
    whole = pack.to_bytes(dataset, preamble=False)
    ends, at = {0}, 0
    for tag in sorted(dataset.keys()):
        only = keywords.only(dataset, tag)
        at += len(pack.to_bytes(only, preamble=False))
        ends.add(at)
    assert at == len(whole)
    return ends


@pytest.mark.parametrize(
    "dataset",
    [make.ct(1)[0], make.enhanced_mr(frames=2)[0], make.rtstruct(make.ct(1))[0]],
    ids=["ct", "enhanced_mr", "rtstruct"],
)
def test_a_header_that_is_cut_is_never_whole(dataset):
    """Wherever a file is cut before its pixels, it is truncated, or ends between two elements."""
    whole = pack.to_bytes(dataset)
    start = len(whole) - len(pack.to_bytes(dataset, preamble=False))
    ends = {start + end for end in boundaries(dataset)} - {start}
    pixels = whole.rindex(b"\xe0\x7f\x10\0OW") + 12 if "PixelData" in dataset else len(whole)
    for cut in range(140, pixels):
        try:
            found = read(whole[:cut])
        except UnreadableError:
            assert cut not in ends
        else:
            assert cut in ends, cut
            assert found.pixel_data is None


@pytest.mark.parametrize("uid", [make.BIG_ENDIAN, make.IMPLICIT])
def test_other_encodings_that_are_cut_are_never_whole(uid):
    dataset = make.ct(1)[0]
    whole = pack.to_bytes(dataset, uid)
    bare = pack.to_bytes(dataset, uid, preamble=False)
    start = len(whole) - len(bare)
    for cut in range(start + 1, len(whole) - 33, 3):
        found = None
        try:
            found = pydicom_fallback.read(io.BytesIO(whole[:cut]), cut)
        except (UnreadableError, NotDicomError):
            continue
        complete = pydicom_fallback.read(io.BytesIO(whole), len(whole)).data
        last = list(found.data.items())
        assert all(complete[k] == v for k, v in last), cut


def test_a_deflated_header_that_is_cut_is_never_whole():
    whole = pack.to_bytes(make.ct(1)[0], make.DEFLATED)
    start = whole.index(b"1.2.840.10008.1.2.1.99") + 22
    for cut in range(start, len(whole) - 40, 5):
        with pytest.raises(UnreadableError):
            read(whole[:cut])


def test_deflated_data_that_are_damaged_are_unreadable():
    whole = pack.to_bytes(make.ct(1)[0], make.DEFLATED)
    with pytest.raises(UnreadableError, match="cannot be inflated"):
        read(whole[:-60] + b"\xff" * 60)


def deflated(pixels, length=None):
    """Return a file with a deflated data set, and where its pixel data may begin in it."""
    meta = raw.meta(make.DEFLATED)
    head = raw.element(0x7FE00010, "OW", b"", len(pixels) if length is None else length)
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    start = meta + packer.compress(CLASS + ROWS + head) + packer.flush(zlib.Z_SYNC_FLUSH)
    return start + packer.compress(pixels) + packer.flush(), len(start)


@pytest.mark.parametrize("size", [0, 600, FIRST_READ, 50_000])
def test_deflated_pixel_data_that_are_cut_are_truncated(tmp_path, size):
    """They passed for whole: nobody asked the inflater for them."""
    pixels = random.Random(1).randbytes(size)  # noqa: S311 - pixels
    whole, start = deflated(pixels)
    assert read(whole).pixel_data.missing_bytes == 0
    for cut in {*range(start, len(whole), 997), *range(len(whole) - 12, len(whole))}:
        path = pack.zip_file(tmp_path, {"a.dcm": whole[:cut]})
        (member,) = read_input(path)[0].members
        assert member.problem == "truncated: its deflated data set has no end"


@pytest.mark.parametrize("size", [0, 600, 50_000])
def test_deflated_pixel_data_that_are_shorter_than_declared_are_truncated(size):
    pixels = random.Random(1).randbytes(size)  # noqa: S311 - pixels
    found = read(deflated(pixels, size + 100)[0]).pixel_data
    assert (found.missing_bytes, found.is_empty) == (100, size == 0)
    assert read(deflated(pixels + bytes(100), size)[0]).pixel_data.missing_bytes == 0


def test_deflated_pixel_data_that_are_damaged_are_unreadable():
    whole, start = deflated(random.Random(1).randbytes(50_000))  # noqa: S311 - pixels
    with pytest.raises(UnreadableError, match="cannot be inflated"):
        read(whole[: start + 20_000] + b"\xff" * 20_000 + whole[start + 40_000 :])


def test_deflated_pixel_data_are_inflated_within_a_limit(tmp_path):
    """In a remote store, where the whole file would have to be fetched, they are not."""
    path = pack.zip_file(tmp_path, {"a.dcm": deflated(bytes(3_000_000))[0][:-100]})
    problems = []
    for left in (Budget().stepped, 2_000_000, 0):
        archive, instances = read_input(path, budget=Budget(stepped=left))
        problems.append(archive.members[0].problem)
    assert problems == [
        "truncated: its deflated data set has no end",
        "not read: the pixel data that is unpacked of its input exceeds 0.00186 GiB",
        "",
    ]
    assert not instances[0].pixel_data.is_followed


def test_a_file_that_ends_after_its_meta_group_is_truncated():
    whole = pack.to_bytes(make.ct(1)[0])
    end = 144 + int.from_bytes(whole[140:144], "little")
    assert whole[end : end + 2] == b"\x08\x00"
    for cut in range(end, end + 8):
        with pytest.raises(UnreadableError):
            read(whole[:cut])


def test_an_item_that_does_not_fit_its_sequence_is_odd():
    value = item(element(0x20, 0xE, b"UI", b"1.5\0"))
    content = CLASS + element(*REFERENCED, b"SQ", value, struct.pack("<L", len(value) - 2)) + ROWS
    with pytest.raises(OddEncodingError):
        read(content)
    unwanted = item(b"abcd")
    short = struct.pack("<L", len(unwanted) - 2)
    with pytest.raises(OddEncodingError):
        read(CLASS + element(0x88, 0x200, b"SQ", unwanted, short) + ROWS)


@pytest.mark.long
def test_too_deep_and_too_many_are_unreadable():
    deep = b""
    for _ in range(MAX_DEPTH + 1):
        one = item(deep + ITEM_END, UNDEFINED) + SEQUENCE_END
        deep = element(0x8, 0x1140, b"SQ", one, UNDEFINED)
    with pytest.raises(UnreadableError, match="nested more than"):
        read(CLASS + deep)
    with pytest.raises(UnreadableError, match="items"):
        read(CLASS + element(*REFERENCED, b"SQ", item(b"") * (MAX_ITEMS + 1)))


def test_a_header_longer_than_all_real_ones_is_unreadable(monkeypatch):
    monkeypatch.setattr(streams, "MAX_HEADER_BYTES", FIRST_READ * 2)
    private = element(0x29, 0x1010, b"OB", bytes(FIRST_READ * 3))
    with pytest.raises(UnreadableError, match="longer than"):
        read(CLASS + private + PIXELS)


def test_a_value_longer_than_all_real_ones_is_damaged():
    found = read(CLASS + element(0x40, 0x9, b"UT", b"x" * (MAX_VALUE_BYTES + 2)) + PIXELS)
    assert isinstance(found.data["ScheduledProcedureStepID"], Damaged)


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_arbitrary_bytes_raise_only_its_exceptions(content):
    _reads_or_refuses(content)
    _reads_or_refuses(bytes(128) + b"DICM" + content)
    _reads_or_refuses(CLASS + content)
    _reads_or_refuses(CLASS + element(*REFERENCED, b"SQ", item(content)))


WHOLE = [pack.to_bytes(d, uid) for uid in (make.EXPLICIT, make.IMPLICIT, make.DEFLATED)
         for d in (make.ct(1)[0], make.enhanced_mr(frames=2)[0])]  # fmt: skip


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_damaged_bytes_raise_only_its_exceptions(whole, data):
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(130, len(content) - 1))] = data.draw(st.integers(0, 255))
    _reads_or_refuses(bytes(content[: data.draw(st.integers(132, len(content)))]))


def _reads_or_refuses(content):
    try:
        found = read(content)
    except OddEncodingError:
        try:
            pydicom_fallback.read(io.BytesIO(content), len(content))
        except (NotDicomError, UnreadableError):
            return
    except ITS_EXCEPTIONS:
        return
    else:
        assert all(isinstance(k, str) for k in found.data)


def test_a_deflated_data_set_of_empty_blocks_ends():
    """Each takes half a microsecond and makes no byte: 1 MB of them, zipped, took 22 seconds."""
    empty = bytes.fromhex("000000ffff")  # a stored block of no bytes
    content = pack.to_bytes(make.ct(1)[0], make.DEFLATED)
    start = 144 + struct.unpack_from("<L", content, 140)[0]  # behind the file meta information
    with pytest.raises(UnreadableError, match="longer than what it holds"):
        read(content[:start] + empty * 100_000)


def test_a_fault_of_the_reader_costs_no_other_file(tmp_path, monkeypatch, caplog):
    path = pack.zip_file(tmp_path, make.ct(3))
    reading = HeaderReader.read

    def faulty(reader, stream, size):
        if not caplog.records:
            raise AttributeError
        return reading(reader, stream, size)

    monkeypatch.setattr(HeaderReader, "read", faulty)
    archive, instances = read_input(path)
    assert len(instances) == 2
    assert archive.members[0].problem == "the reader stopped (AttributeError): please report it"
    assert "a file could not be read" in caplog.text

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import UID

from fw_gear_viewer_check import attributes, header, odd_encodings
from fw_gear_viewer_check.header import (
    FIRST_READ,
    MAX_DEPTH,
    MAX_ITEMS,
    HeaderReader,
    NotDicomError,
    OddEncodingError,
    UnreadableError,
)
from fw_gear_viewer_check.model import Damaged
from tests import keywords, make, pack

READER = HeaderReader()
ITS_EXCEPTIONS = (NotDicomError, UnreadableError, OddEncodingError)
UNDEFINED = b"\xff\xff\xff\xff"


def read(content, size=None):
    return READER.read(io.BytesIO(content), len(content) if size is None else size)


def element(group, number, vr, value, length=None):
    """Encode an explicit VR little endian element."""
    length = struct.pack("<L", len(value)) if length is None else length
    tag = struct.pack("<HH", group, number)
    if vr in {b"OB", b"OW", b"SQ", b"UN", b"UT"}:
        return tag + vr + b"\0\0" + length + value
    return tag + vr + length[:2] + value


def item(value, length=None):
    return (
        b"\xfe\xff\x00\xe0" + (struct.pack("<L", len(value)) if length is None else length) + value
    )


ITEM_END = b"\xfe\xff\x0d\xe0\0\0\0\0"
SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
CLASS = element(8, 0x16, b"UI", b"1.2\0")
MODALITY = element(8, 0x60, b"CS", b"CT")
ROWS = element(0x28, 0x10, b"US", b"\x04\0")
PIXELS = element(0x7FE0, 0x10, b"OW", bytes(32))
REFERENCED = 0x8, 0x1115


def series_of(uid, *, length=None, end=b""):
    inner = item(element(0x20, 0xE, b"UI", uid))
    return element(*REFERENCED, b"SQ", inner + end, length)


def test_values_stop_before_the_pixel_data():
    found = read(CLASS + ROWS + PIXELS)
    assert found.data == {"SOPClassUID": "1.2", "Rows": 4}
    assert (found.pixel_data.length, found.pixel_data.available) == (32, 32)
    assert not found.pixel_data.is_cut_off
    assert read(CLASS + ROWS + PIXELS[:-1]).pixel_data.is_cut_off


def test_what_stands_behind_the_pixel_data_is_not_read():
    assert "Rows" not in read(CLASS + PIXELS + ROWS).data


@pytest.mark.parametrize("number", [0x08, 0x09, 0x10])
def test_float_pixel_data_are_pixel_data(number):
    content = CLASS + element(0x7FE0, number, b"OW", bytes(8))
    assert read(content).pixel_data.length == 8


def test_other_elements_of_the_pixel_group_are_not():
    content = CLASS + element(0x7FE0, 1, b"OW", bytes(8)) + PIXELS
    assert read(content).pixel_data.length == 32
    assert read(CLASS + element(0x7FE0, 1, b"OW", bytes(8))).pixel_data is None


@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("end", [b"", ITEM_END])
def test_sequences_and_items_of_known_and_unknown_length(defined, end):
    uid = element(0x20, 0xE, b"UI", b"1.5\0")
    one = item(uid + ITEM_END, UNDEFINED) if end else item(uid)
    value = one if defined else one + SEQUENCE_END
    content = CLASS + element(*REFERENCED, b"SQ", value, None if defined else UNDEFINED) + ROWS
    assert read(content).data["ReferencedSeriesSequence"] == ({"SeriesInstanceUID": "1.5"},)
    assert read(content).data["Rows"] == 4


def test_a_sequence_of_unknown_vr_is_encoded_with_implicit_vr():
    inner = item(b"\x20\0\x0e\0\4\0\0\0" + b"1.5\0")
    content = CLASS + element(*REFERENCED, b"UN", inner) + ROWS
    assert read(content).data["ReferencedSeriesSequence"] == ({"SeriesInstanceUID": "1.5"},)
    content = CLASS + element(*REFERENCED, b"UN", inner + SEQUENCE_END, UNDEFINED) + ROWS
    assert read(content).data["ReferencedSeriesSequence"] == ({"SeriesInstanceUID": "1.5"},)


def test_a_sequence_without_items_is_blank():
    found = read(CLASS + element(*REFERENCED, b"SQ", b"")).data
    assert found.problem("ReferencedSeriesSequence") == "blank"


def test_unwanted_sequences_are_stepped_over():
    icon = item(CLASS + PIXELS + ITEM_END, UNDEFINED) + SEQUENCE_END
    content = CLASS + element(0x88, 0x200, b"SQ", icon, UNDEFINED) + PIXELS
    assert read(content).data == {"SOPClassUID": "1.2"}
    fragments = item(b"abcd") + item(b"") + SEQUENCE_END
    nested = item(element(0x7FE0, 0x10, b"OB", fragments, UNDEFINED) + ITEM_END, UNDEFINED)
    content = CLASS + element(0x88, 0x200, b"SQ", nested + SEQUENCE_END, UNDEFINED) + ROWS + PIXELS
    found = read(content)
    assert (found.data["Rows"], found.pixel_data.length) == (4, 32)


@pytest.mark.parametrize(
    ("vr", "value", "keyword", "damage"),
    [
        (b"UT", b"text", "ReferencedSeriesSequence", "VR UT where a sequence is due"),
        (b"SQ", item(CLASS), "Rows", "a sequence where a value is due"),
    ],
)
def test_values_and_sequences_in_each_others_place_are_damaged(vr, value, keyword, damage):
    tag = REFERENCED if vr == b"UT" else (0x28, 0x10)
    assert read(CLASS + element(*tag, vr, value)).data[keyword] == Damaged(damage)


def test_a_value_of_an_opaque_vr_is_read_by_the_dictionary():
    assert read(CLASS + element(0x28, 0x10, b"UN", b"\4\0")).data["Rows"] == 4


def test_a_value_is_read_by_the_vr_that_the_file_names():
    assert read(CLASS + element(0x28, 0x10, b"IS", b"12")).data["Rows"] == 12


def test_only_the_presence_of_identifying_attributes_is_kept():
    values = pack.to_bytes(make.change(make.ct(1), PatientID="A\\B", StudyID="secret")[0])
    data = read(values).data
    kept = {data[k] for k in header.PRESENCE_ONLY}
    assert kept == {"(present)"}
    assert "PatientName" not in data


def test_identifying_attributes_of_a_request_are_not_kept_either():
    request = {"ScheduledProcedureStepID": "secret", "RequestedProcedureID": "secret"}
    data = read(pack.to_bytes(make.ct(1, RequestAttributesSequence=[request])[0])).data
    assert set(data["RequestAttributesSequence"][0].values()) == {"(present)"}


def test_contour_data_are_only_counted():
    data = read(pack.to_bytes(make.rtstruct(make.ct(2))[0])).data
    contours = data["ROIContourSequence"][0]["ContourSequence"]
    assert [c["ContourData"] for c in contours] == [9, 9]


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
            found = odd_encodings.read(io.BytesIO(whole[:cut]), cut)
        except (UnreadableError, NotDicomError):
            continue
        complete = odd_encodings.read(io.BytesIO(whole), len(whole)).data
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


def test_deflated_pixel_data_are_not_inflated():
    dataset = make.ct(1, Rows=4096, Columns=4096)[0]
    whole = pack.to_bytes(dataset, make.DEFLATED)
    found = read(whole)
    assert found.pixel_data.length == 4096 * 4096 * 2
    assert found.pixel_data.available is None


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
    monkeypatch.setattr(header, "MAX_HEADER_BYTES", FIRST_READ * 2)
    private = element(0x29, 0x1010, b"OB", bytes(FIRST_READ * 3))
    with pytest.raises(UnreadableError, match="longer than"):
        read(CLASS + private + PIXELS)


def test_a_value_longer_than_all_real_ones_is_damaged(monkeypatch):
    monkeypatch.setattr(header, "MAX_VALUE_BYTES", 100)
    found = read(CLASS + element(0x40, 0x9, b"UT", b"x" * 102) + PIXELS)
    assert isinstance(found.data["ScheduledProcedureStepID"], Damaged)


def test_each_distinct_value_is_converted_once():
    reader = HeaderReader()
    first, second = (reader.read(io.BytesIO(pack.to_bytes(d)), 5000).data for d in make.ct(2))
    assert first["ImageOrientationPatient"] is second["ImageOrientationPatient"]
    assert first["SOPInstanceUID"] != second["SOPInstanceUID"]


def test_every_attribute_of_the_tree_can_be_read():
    """Each keyword, at each place, comes back from a file that has it there."""

    def built(tree):
        return {k: [built(items)] if items else SAMPLES[vr_of(k)] for k, items in tree.items()}

    def kept(found):
        items = {k: v[0] for k, v in found.items() if isinstance(v, tuple)}
        return {k: kept(items[k]) if k in items else None for k in found}

    dataset = make.change(make.sr(), **built(attributes.TREE))[0]
    assert kept(read(pack.to_bytes(dataset)).data) == attributes.TREE


def vr_of(keyword):
    return keywords.vr_of(keyword)


SAMPLES = {
    "UI": "1.2.3",
    "CS": "CODE",
    "IS": 1,
    "DS": 1.5,
    "US": 1,
    "UL": 1,
    "FD": 1.5,
    "FL": 1.5,
    "SH": "text",
    "LO": "text",
    "DA": "20200101",
    "TM": "101112",
    "DT": "20200101101112",
    "SS": 1,
    "AT": 0x00100010,
}


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_arbitrary_bytes_raise_only_its_exceptions(content):
    _reads_or_refuses(content)
    _reads_or_refuses(bytes(128) + b"DICM" + content)
    _reads_or_refuses(CLASS + content)
    _reads_or_refuses(CLASS + element(*REFERENCED, b"SQ", item(content)))


WHOLE = [pack.to_bytes(d, uid) for uid in (make.EXPLICIT, make.IMPLICIT, make.DEFLATED)
         for d in (make.ct(1)[0], make.enhanced_mr(frames=2)[0])]  # fmt: skip


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
            odd_encodings.read(io.BytesIO(content), len(content))
        except (NotDicomError, UnreadableError):
            return
    except ITS_EXCEPTIONS:
        return
    else:
        assert all(isinstance(k, str) for k in found.data)


def test_pydicoms_uid_knows_the_transfer_syntaxes_told_apart_here():
    assert UID(header.DEFLATED).is_deflated
    assert UID(header.IMPLICIT).is_implicit_VR
    assert not UID(header.BIG_ENDIAN).is_little_endian
    assert zlib.MAX_WBITS == 15

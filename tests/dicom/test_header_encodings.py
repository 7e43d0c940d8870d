"""How a data set is really encoded, and what stands around its pixel data."""

import io
import struct
import zlib

import pytest

from fw_gear_viewer_check.dicom import attributes, pydicom_fallback
from fw_gear_viewer_check.dicom.frames import MAX_FIRST_FRAGMENT, frame_marker
from fw_gear_viewer_check.dicom.header import HeaderReader, OddEncodingError
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.dicom.streams import Inflated, UnreadableError
from fw_gear_viewer_check.dicom.values import PRESENT
from fw_gear_viewer_check.model.data_set import Damaged, Padded
from fw_gear_viewer_check.model.instance import NO_FRAGMENT, RLE_HEADER
from fw_gear_viewer_check.model.limits import Budget
from tests import make, pack
from tests.elements import (
    CLASS,
    ITEM_END,
    PIXELS,
    ROWS,
    SEQUENCE_END,
    UNDEFINED,
    element,
    item,
    read,
)
from tests.hostile import raw_dicom as raw

ODD = element(9, 0x1001, b"ZZ", b"ab")
"""An element of a VR that does not exist: pydicom reads the file."""


def read_of(tmp_path, content):
    archive, instances = read_input(pack.zip_file(tmp_path, {"a.dcm": content}))
    return archive.members, instances


SOI = b"\xff\xd8"
APP0 = b"\xff\xe0\x00\x10JFIF\0" + bytes(9)
SOF0 = b"\xff\xc0\x00\x0b" + bytes(9)


def declared(content, uid):
    """Return the file with another TransferSyntaxUID; the data set stays as it is."""
    start = content.index(b"\x02\x00\x10\x00UI")
    length = struct.unpack_from("<H", content, start + 6)[0]
    text = uid.encode() + b"\0" * (len(uid) % 2)
    changed = struct.pack("<HH2sH", 2, 0x10, b"UI", len(text)) + text
    return content[:start] + changed + content[start + 8 + length :]


@pytest.mark.parametrize(
    ("real", "told", "as_declared"),
    [
        (make.EXPLICIT, make.EXPLICIT, True),
        (make.EXPLICIT, make.JPEG, True),
        (make.EXPLICIT, make.IMPLICIT, False),
        (make.EXPLICIT, make.BIG_ENDIAN, False),
        (make.IMPLICIT, make.IMPLICIT, True),
        (make.IMPLICIT, make.EXPLICIT, False),
        (make.IMPLICIT, make.JPEG, False),
        (make.BIG_ENDIAN, make.BIG_ENDIAN, True),
    ],
)
def test_the_bytes_say_how_a_data_set_is_encoded(tmp_path, real, told, as_declared):
    content = declared(pack.to_bytes(make.ct(1)[0], real), told)
    _, (instance,) = read_input(pack.zip_file(tmp_path, {"a.dcm": content}))
    assert (instance.transfer_syntax_uid, instance.encoding) == (told, real)
    assert instance.is_encoded_as_declared is as_declared
    assert instance.data["Rows"] == make.ct(1)[0].Rows


@pytest.mark.parametrize(
    ("real", "odd"),
    [
        # An item that is longer than it says, or a VR that does not exist: pydicom reads these.
        (
            make.IMPLICIT,
            raw.implicit(
                0x00081115, raw.implicit(raw.ITEM, raw.implicit(0x00081150, b"ab")[:-2]) + b"ab"
            ),
        ),
        (make.EXPLICIT, element(0x9, 0x1001, b"ZZ", b"ab")),
    ],
)
def test_the_bytes_say_so_to_pydicom_too(tmp_path, real, odd):
    """It says what the file meta information does, and a wrong transfer syntax passed."""
    content = pack.to_bytes(make.ct(1, PixelData=bytes(32))[0], real)
    at = content.index(b"\x08\0\x60\0")
    other = make.EXPLICIT if real == make.IMPLICIT else make.IMPLICIT
    for told in (real, other):
        whole = declared(content[:at] + odd + content[at:], told)
        _, (instance,) = read_input(pack.zip_file(tmp_path, {"a.dcm": whole}))
        assert (instance.encoding, instance.is_encoded_as_declared) == (real, told == real)
        assert instance.pixel_data.length == 32


@pytest.mark.parametrize(
    ("real", "start"),
    [(make.IMPLICIT, b"\x08\x00\x08\x00"), (make.BIG_ENDIAN, b"\x00\x08\x00\x08")],
)
def test_a_stream_without_file_meta_information_declares_nothing(tmp_path, real, start):
    content = pack.to_bytes(make.ct(1)[0], real)
    content = content[content.index(start) :]
    _, (instance,) = read_input(pack.zip_file(tmp_path, {"a.dcm": content}))
    assert (instance.transfer_syntax_uid, instance.encoding) == ("", real)
    assert instance.is_encoded_as_declared
    assert not instance.has_file_meta


@pytest.mark.parametrize(
    ("start", "marker"),
    [
        (SOI + SOF0, 0xFFC0),
        (SOI + APP0 + b"\xff\xc4\x00\x02" + b"\xff\xff" + SOF0, 0xFFC0),
        (SOI + APP0 + b"\xff\xc3\x00\x0b", 0xFFC3),
        (SOI + b"\xff\xf7\x00\x0b", 0xFFF7),
        (b"\xff\x4f\xff\x51\x00\x2f", 0xFF4F),
        (b"\0\0\0\x0cjP  \r\n", 0xFF4F),
        (struct.pack("<2L", 1, 64), RLE_HEADER),
        (struct.pack("<2L", 16, 64), 0),
        (b"", 0),
        (SOI, None),
        (SOI + b"\xff\xe0\xff\xff" + SOF0, None),
        (SOI + b"\0\0\0\0" + SOF0, 0),
    ],
)
def test_the_marker_of_a_compressed_frame(start, marker):
    assert frame_marker(start) == marker


@pytest.mark.parametrize("table", [b"", struct.pack("<2L", 0, 40)])
def test_the_first_frame_stands_behind_the_offset_table(table):
    fragments = item(table) + item(SOI + APP0 + SOF0) + item(b"ab") + SEQUENCE_END
    pixels = read(CLASS + element(0x7FE0, 0x10, b"OB", fragments, UNDEFINED)).pixel_data
    assert (pixels.length, pixels.frame_marker) == (None, 0xFFC0)
    assert pixels.available == len(fragments)


BOTH = [b"", element(0x9, 0x1001, b"ZZ", b"ab")]
"""What stands before: nothing, or what makes pydicom the reader."""


def read_whole(tmp_path, *elements):
    path = pack.zip_file(tmp_path, {"a.dcm": raw.meta(make.EXPLICIT) + CLASS + b"".join(elements)})
    _, (instance,) = read_input(path)
    return instance


@pytest.mark.parametrize("odd", BOTH)
@pytest.mark.parametrize(
    ("vr", "length"), [(b"OB", 8), (b"US", 0), (b"SS", 0), (b"UN", 8), (b"\x08\0", 8)]
)
def test_the_vr_of_pixel_data_says_where_their_length_stands(tmp_path, odd, vr, length):
    """Four bytes behind a length of nothing were taken for it: an empty image passed."""
    pixels = b"\xe0\x7f\x10\0" + vr + bytes(2) + struct.pack("<L", 8) + bytes(8)
    assert read_whole(tmp_path, odd, ROWS, pixels).pixel_data.length == length


@pytest.mark.parametrize("odd", BOTH)
@pytest.mark.parametrize("vr", [b"SQ", b"UT", b"LO", b"CS", b"ZZ"])
def test_pixel_data_of_a_text_or_a_sequence_are_damaged(tmp_path, odd, vr):
    """They passed for pixels; pydicom finds a text, an empty item, or nothing."""
    ((member,), _) = read_of(tmp_path, raw.image(odd, ROWS, element(0x7FE0, 0x10, vr, bytes(32))))
    assert member.problem.startswith("damaged: its pixel data has the VR of a text")


@pytest.mark.parametrize("odd", BOTH)
def test_what_stands_behind_the_end_of_a_sequence_is_in_no_other(tmp_path, odd):
    """It was taken for the top level."""
    sequence = element(0x8, 0x1115, b"SQ", SEQUENCE_END + ROWS)
    assert not {"Rows"} & read_whole(tmp_path, sequence, odd, PIXELS).data.keys()
    assert read_whole(tmp_path, sequence, odd, ROWS, PIXELS).data["Rows"] == 4


@pytest.mark.parametrize("odd", BOTH)
@pytest.mark.parametrize("length", [None, UNDEFINED])
@pytest.mark.parametrize("vr", [b"SQ", b"UN", b"OB"])
def test_a_sequence_has_its_vr_or_none(tmp_path, odd, length, vr):
    """What pydicom takes for bytes was a sequence to the other reader, and decided on a verdict."""
    is_one = vr == b"SQ" or (vr == b"UN" and length == UNDEFINED)
    items = item(b"") + (SEQUENCE_END if length else b"")
    instance = read_whole(tmp_path, odd, ROWS, element(0x5200, 0x9230, vr, items, length), PIXELS)
    assert (len(instance.data.items_of("PerFrameFunctionalGroupsSequence")) == 1) is is_one
    problem = "" if is_one else f"VR {vr.decode()} instead of a sequence"
    assert problem in instance.data.problem("PerFrameFunctionalGroupsSequence")


@pytest.mark.parametrize(
    ("vr", "problem"),
    [(b"SQ", "a sequence instead of a value"), (b"ZZ", "its VR does not exist")],
)
@pytest.mark.parametrize(
    "keyword", ["Modality", "SOPClassUID", "Rows", "ImagePositionPatient", "StudyDate"]
)
def test_a_value_of_a_sequence_or_of_a_vr_that_does_not_exist(tmp_path, keyword, vr, problem):
    """Its bytes passed for the text that they spell, on which pydicom fails."""
    tag = attributes.tag_of(keyword)
    value = b"CT" if keyword == "Modality" else b"1.2.3\\4\\ "
    instance = read_whole(tmp_path, element(tag >> 16, tag & 0xFFFF, vr, value), PIXELS)
    assert instance.data.problem(keyword) == f"damaged ({problem})"


def test_a_sequence_of_a_vr_that_does_not_exist_damages_no_more_than_itself(tmp_path):
    """The whole file was damaged, though pydicom reads all else of it."""
    instance = read_whole(tmp_path, element(0x5200, 0x9230, b"ZZ", b"what"), ROWS, PIXELS)
    problem = instance.data.problem("PerFrameFunctionalGroupsSequence")
    assert (problem, instance.data["Rows"]) == ("damaged (its VR does not exist)", 4)


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize(
    ("table", "first", "second", "marker"),
    [
        (b"", b"", item(b"abcdefgh"), 0),
        (b"", b"", b"", 0),
        (b"", b"", item(SOI + SOF0), 0xFFC0),
        (b"", b"", item(SOI + APP0 + b"\xff\xc3\x00\x0b"), 0xFFC3),
        (b"", b"", item(SOI), 0),
        (struct.pack("<2L", 0, 40), b"", item(b"abcdefgh"), None),
        (b"", b"\0" * (MAX_FIRST_FRAGMENT - len(SOI + APP0 + SOF0)), item(b"abcdefgh"), 0),
        (b"", b"\0" * MAX_FIRST_FRAGMENT, item(b"abcdefgh"), 0),
    ],
)
def test_without_a_table_of_offsets_the_second_fragment_is_a_frame(
    frames, table, first, second, marker
):
    count = element(0x28, 8, b"IS", str(frames).encode() + b" ")
    fragments = item(table) + item(SOI + APP0 + SOF0 + first) + second + SEQUENCE_END
    pixels = read(CLASS + count + element(0x7FE0, 0x10, b"OB", fragments, UNDEFINED)).pixel_data
    assert pixels.frame_marker == 0xFFC0
    assert pixels.second_marker == (marker if frames > 1 else None)


@pytest.mark.parametrize("table", [b"", item(b""), item(bytes(4)), item(bytes(4)) + item(b"")])
@pytest.mark.parametrize("end", [b"", SEQUENCE_END])
def test_encapsulated_pixel_data_without_a_fragment_are_empty(table, end):
    pixels = read(CLASS + element(0x7FE0, 0x10, b"OB", table + end, UNDEFINED)).pixel_data
    assert (pixels.length, pixels.is_empty) == (None, True)


@pytest.mark.parametrize("cut", range(0, 52, 3))
def test_encapsulated_pixel_data_may_end_anywhere(cut):
    fragments = item(b"\0\0\0\0") + item(SOI + APP0 + SOF0)
    pixels = read(CLASS + element(0x7FE0, 0x10, b"OB", fragments[:cut], UNDEFINED)).pixel_data
    assert pixels.frame_marker in {None, 0, 0xFFC0, NO_FRAGMENT}
    assert pixels.is_empty == (cut < 20)
    assert pixels.available == min(cut, len(fragments))


@pytest.mark.parametrize("stray", [item(b""), item(b"abcd"), SEQUENCE_END])
@pytest.mark.parametrize("odd", [b"", ODD])
def test_an_item_of_no_sequence_is_stepped_over(tmp_path, stray, odd):
    """It ended the header: "pixel data is absent", though they were there."""
    _, (found,) = read_of(tmp_path, raw.image(odd, stray, ROWS, PIXELS))
    assert (found.data["Rows"], found.pixel_data.length) == (4, 32)
    assert read(CLASS + ROWS + stray).data["Rows"] == 4


@pytest.mark.parametrize("odd", [b"", ODD])
def test_behind_an_end_of_no_item_nothing_is_read(tmp_path, odd):
    """Only beside an odd element, and then "pixel data is absent"."""
    content = raw.image(odd, ITEM_END, ROWS, PIXELS)
    ((member,), _) = read_of(tmp_path, content)
    assert member.problem == "damaged: an item ends where none has begun"


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("meta", [raw.meta(), b""])
def test_an_odd_vr_may_stand_in_front(tmp_path, is_first, meta):
    """In the first element it made the whole data set one of implicit VR, and "truncated"."""
    odd = element(8, 1, b"ZZ", b"ab")
    parts = (odd, raw.identity()) if is_first else (raw.identity(), odd)
    (_, (instance,)) = read_of(tmp_path, meta + b"".join(parts) + ROWS + PIXELS)
    assert (instance.data["Rows"], instance.pixel_data.missing_bytes) == (4, 0)


@pytest.mark.parametrize("follow", [0, 40_000])
@pytest.mark.parametrize("length", [None, UNDEFINED])
def test_a_value_longer_than_its_item_is_odd_whatever_follows(follow, length):
    """With few bytes behind it the file was called truncated."""
    inner = element(0x40, 0x1001, b"SH", b"ab", b"\x64\0\0\0")
    sequence = element(0x40, 0x275, b"SQ", item(inner + (ITEM_END if length else b""), length))
    with pytest.raises(OddEncodingError):
        read(raw.image(sequence, element(0x7FE0, 0x10, b"OW", bytes(follow))))


def test_items_of_unknown_vr_may_name_vrs(tmp_path):
    """They have to be without (PS3.5 section 6.2.2); a file that does otherwise was "truncated"."""
    dose = item(element(0x18, 0x1074, b"DS", b"5 ") + ITEM_END, UNDEFINED)
    drugs = element(0x54, 0x16, b"UN", dose + SEQUENCE_END, UNDEFINED)
    _, (found,) = read_of(tmp_path, raw.image(ROWS, drugs, PIXELS))
    drug = found.data.first_item("RadiopharmaceuticalInformationSequence")
    assert (drug["RadionuclideTotalDose"], found.pixel_data.length) == (5, 32)


TWICE = "damaged: it has pixel data twice"
FLOATS = element(0x7FE0, 8, b"OW", bytes(32))
FRAME = element(0x7FE0, 0x10, b"OB", item(b"") + item(SOI + APP0 + SOF0) + SEQUENCE_END, UNDEFINED)


@pytest.mark.parametrize("odd", [b"", ODD])
@pytest.mark.parametrize(
    "pixels", [FLOATS + PIXELS, PIXELS + PIXELS[:20], FRAME + PIXELS, FRAME * 2]
)
def test_pixel_data_that_are_there_twice_are_damaged(tmp_path, pixels, odd):
    """What was wrong with the second was not seen, and the second is what others look at."""
    content = raw.image(odd, ROWS, pixels)
    for name in ("a.dcm", "a.zip"):
        path = tmp_path / name
        path.write_bytes(content if name == "a.dcm" else pack.zip_bytes({"a": content}, 8))
        assert [m.problem for m in read_input(path)[0].members] == [TWICE]


PADDING = element(0xFFFC, 0xFFFC, b"OB", bytes(20))
SIGNED = element(0x400, 0x310, b"OB", bytes(6)) + element(0x7FE0, 0x10, b"OW", bytes(2))
SIGNATURES = [
    element(0xFFFA, 0xFFFA, b"SQ", item(SIGNED)),
    element(0xFFFA, 0xFFFA, b"SQ", item(SIGNED + ITEM_END, UNDEFINED) + SEQUENCE_END, UNDEFINED),
]
OF_VENDOR = element(0x7FE1, 0x1010, b"OB", bytes(50_000))
MISPLACED = "damaged: elements that belong in front of its pixel data stand behind them"


@pytest.mark.parametrize("odd", [b"", ODD])
@pytest.mark.parametrize("pixels", [PIXELS, FRAME])
@pytest.mark.parametrize(
    "between", [b"", PADDING, OF_VENDOR, *SIGNATURES, bytes(40), element(0x28, 0, b"UL", bytes(4))]
)
@pytest.mark.parametrize(
    "case",
    [
        (ROWS, MISPLACED),
        (CLASS, MISPLACED),
        (raw.implicit(0x00280010, b"\4\0"), MISPLACED),
        (element(9, 0x1001, b"SQ", SEQUENCE_END, UNDEFINED), MISPLACED),
        (PIXELS[:20], TWICE),
        (b"", ""),
        (PADDING, ""),
        (b"no element of any kind", ""),
    ],
)
def test_only_what_belongs_there_stands_behind_pixel_data(tmp_path, odd, pixels, between, case):
    """Others read the elements there, and of those that are there again the last one counts."""
    behind, problem = case
    ((member,), _) = read_of(tmp_path, raw.image(odd, ROWS, pixels, between, behind))
    assert member.problem == problem


def test_what_stands_behind_big_endian_pixel_data(tmp_path):
    content = pack.to_bytes(make.ct(1)[0], make.BIG_ENDIAN)
    padding = b"\xff\xfc\xff\xfcOB\0\0\0\0\0\4" + bytes(4)
    for behind, problem in ((padding, ""), (padding + b"\0\x28\0\x10US\0\2\0\4", MISPLACED)):
        ((member,), _) = read_of(tmp_path, content + behind)
        assert member.problem == problem


@pytest.mark.parametrize("length", [20_300, 20_302, 21_316, 17_478, 20_048])
def test_a_length_behind_pixel_data_in_implicit_vr_is_no_vr(tmp_path, length):
    """20,300 is "LO": the walk went into the value, and an honest image was damaged."""
    behind = struct.pack("<2HL", 0x7FE1, 0x1001, length) + b"\4\0" * (length // 2)
    image = pack.to_bytes(make.ct(1)[0], make.IMPLICIT)
    ((member,), _) = read_of(tmp_path, image + behind)
    assert member.problem == ""
    ((member,), _) = read_of(tmp_path, image + behind + image[image.index(b"\x28\0\x10\0") :])
    assert member.problem.startswith("damaged: elements that belong in front of its pixel data")


def test_what_stands_behind_pixel_data_is_counted():
    behind = element(0xFFFD, 0x1001, b"LO", b"") * 1_000
    content = raw.image(ROWS, PIXELS, behind)
    reader = HeaderReader()
    reader.read(io.BytesIO(content), len(content))
    assert Budget().elements - reader.budget.elements >= 1_000


@pytest.mark.parametrize("group", [0x7FE1, 0xFFFA, 0xFFFC, 0xFEFF])
def test_elements_of_higher_groups_may_stand_in_front(group):
    found = read(raw.meta() + element(group, 0x10, b"OB", b"abcd") + CLASS + ROWS + PIXELS)
    assert (found.data["Rows"], found.pixel_data.length) == (4, 32)


def test_a_bright_big_endian_image_is_whole(tmp_path):
    """Each pixel of 0xFFFF looked like an undefined length: the file was called damaged."""
    (image,) = make.ct(1, Rows=512, Columns=512, PixelData=b"\xff" * (512 * 512 * 2))
    content = pack.to_bytes(image, make.BIG_ENDIAN)
    archive, instances = read_input(pack.zip_file(tmp_path, {"a.dcm": content}))
    assert archive.members[0].problem == ""
    assert instances[0].data["Rows"] == 512
    assert instances[0].pixel_data.length == 512 * 512 * 2


def test_bright_values_in_front_of_what_is_odd_are_no_undefined_lengths():
    tables = b"".join(raw.element(0x00281201 + n, "OW", b"\xff" * 65_534) for n in range(3))
    content = raw.image(raw.element(0x00091001, "XX", b"ab"), tables, raw.element(0x7FE00010, "OW"))
    found = pydicom_fallback.read(io.BytesIO(content), len(content))
    assert found.pixel_data.is_empty


def test_a_vr_that_is_none_in_the_file_meta_information_is_damage():
    """pydicom tells of it only when the value is asked for."""
    content = pack.to_bytes(make.ct(1)[0])
    odd = content.replace(b"\2\0\2\0UI", b"\2\0\2\0TI", 1)
    assert odd != content
    with pytest.raises(UnreadableError, match="NotImplementedError"):
        pydicom_fallback.read(io.BytesIO(odd), len(odd))


def test_both_readers_take_the_vr_that_a_file_names_for_what_identifies():
    content = raw.image(raw.text(0x00080020, "LO", "some day"))
    found = pydicom_fallback.read(io.BytesIO(content), len(content))
    assert found.data["StudyDate"] == read(content).data["StudyDate"] == PRESENT


@pytest.mark.parametrize("length", [100, 20_000, 3_000_000])
def test_of_an_odd_header_no_more_is_read_than_it_has(length):
    """Of each member 4 MiB were unpacked, and nothing was charged for it."""
    odd = element(9, 0x1001, b"ZZ", b"ab")  # a VR that does not exist: for pydicom
    long = element(9, 0x1002, b"UT", b"x" * length)
    content = CLASS + odd + long + ROWS + element(0x7FE0, 0x10, b"OW", bytes(4_000_000))
    stream, budget = io.BytesIO(content), Budget()
    header = pydicom_fallback.read(stream, len(content), budget)
    assert header.data.number("Rows") == 4
    assert stream.tell() == (16_384 if length == 100 else min(4 << 20, len(content)))
    assert Budget().walked - budget.walked >= stream.tell()


def test_as_much_is_inflated_as_is_asked_for():
    """Put together from parts of 32 KiB, a header of 120 MiB took two minutes."""
    content = bytes(range(256)) * 1_000
    packer = zlib.compressobj(0, wbits=-zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    whole = Inflated(b"", io.BytesIO(packed))
    assert [len(whole.read(100_000)) for _ in range(4)] == [100_000, 100_000, 56_000, 0]
    cut = Inflated(b"", io.BytesIO(packed[:200_000]))
    assert len(cut.read(256_000)) > 190_000
    with pytest.raises(UnreadableError):
        cut.read(1)


@pytest.mark.parametrize("odd", BOTH)
def test_values_in_vrs_of_bytes_are_the_same_to_both_readers(tmp_path, odd):
    elements = (
        element(0x10, 0x40, b"UN", b"F "),
        element(0x28, 0x10, b"UN", b"\4\0"),
        element(0x28, 0x30, b"OB", b"1\\1 "),
    )
    data = read_whole(tmp_path, odd, *elements, PIXELS).data
    assert (data["PatientSex"], type(data["PatientSex"])) == ("F", Padded)
    assert data["Rows"] == Damaged("VR UN instead of US")
    assert data["PixelSpacing"] == Damaged("VR OB instead of DS")


def test_backslashes_in_pixels_cost_no_image_its_place():
    """pydicom does not look at pixels; of 2,600 images in big endian, 485 were "not read"."""
    images = make.ct(5, Rows=80, Columns=80, PixelData=b"\\" * 12_800)
    contents = pack.members(images, make.BIG_ENDIAN)
    costs = []
    for content in contents.values():
        budget = Budget()
        whole = budget.odd
        pydicom_fallback.read(io.BytesIO(content), len(content), budget)
        costs.append(whole - budget.odd)
    assert max(costs) < 1_000

"""Files that are not whole: whether it is noticed depends on the file itself, and on no other."""

import hashlib
import io
import random
import struct
import tracemalloc
import zipfile
import zlib
from unittest import mock

import pytest

from fw_gear_viewer_check.dicom.frames import Fragments, frame_marker
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.dicom.zipfiles import CHECKED, open_member
from fw_gear_viewer_check.model import limits
from fw_gear_viewer_check.model.archive import MemberKind
from fw_gear_viewer_check.model.limits import MAX_FRAMES, Budget
from tests import make, pack
from tests.elements import CLASS, ROWS, SEQUENCE_END, UNDEFINED, element, item, read
from tests.hostile import raw_dicom as raw

LONG = pack.to_bytes(make.ct(1, SOPInstanceUID="1.9", ImageComments="x" * 9000)[0]) + bytes(60_000)
"""Of which the header takes more than is read at first."""
PLAIN = pack.to_bytes(make.ct(1)[0])
IMAGE = pack.to_bytes(make.ct(1, PixelData=bytes(range(256)) * 100)[0])


def damaged(contents, at):
    """Return a zip in which a byte of the last file differs from what was packed."""
    zipped = bytearray(pack.zip_bytes(contents))
    place = zipped.rindex(IMAGE) + at
    zipped[place] ^= 0xFF
    return bytes(zipped)


@pytest.mark.parametrize("at", [len(IMAGE) - 1, 20_000])
def test_whether_damage_is_found_does_not_depend_on_the_files_before(tmp_path, at):
    """It was where a longer header stood before: then the file was read to its end at once."""
    found = []
    for before in ({}, {"a.dcm": LONG}):
        path = tmp_path / "series.zip"
        path.write_bytes(damaged({**before, "b.dcm": IMAGE}, at))
        archive, _ = read_input(path)
        found.append({m.name: (m.kind, m.problem) for m in archive.members}["b.dcm"])
    assert found == [(MemberKind.DICOM, "")] * 2


def test_damage_to_what_is_packed_does_not_depend_on_the_files_before(tmp_path):
    """Going back to the beginning of a member mended nothing where nothing had come out of it."""
    noise = random.Random(1)  # noqa: S311 - pixels
    (image, before) = make.ct(2)
    image.PixelData = bytes(noise.choices(range(64), weights=range(1, 65), k=100_000))
    before.add_new(0x00291010, "OB", noise.randbytes(60_000))
    alone = pack.members([image])
    path = tmp_path / "series.zip"
    for at in range(8_000, 48_000, 2_000):
        found = []
        for contents in ({"000.dcm": pack.to_bytes(before), **alone}, alone):
            zipped = bytearray(pack.zip_bytes(contents, zipfile.ZIP_DEFLATED))
            start = zipped.rindex(b"PK\3\4") + at
            zipped[start : start + 30] = noise.randbytes(30)
            path.write_bytes(zipped)
            (member,) = (m for m in read_input(path)[0].members if m.name in alone)
            found.append((member.kind, member.problem))
        assert found[0] == found[1] == (MemberKind.DICOM, "")


@pytest.mark.parametrize(
    ("size", "problem"),
    [(CHECKED - len(PLAIN), "damaged in the archive (BadZipFile)"), (CHECKED - len(PLAIN) + 1, "")],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_size_of_a_member_decides_whether_its_checksum_is_looked_at(
    tmp_path, size, problem, method
):
    """How far a header was read did, and with it the file before, or one with the same UID."""
    content = PLAIN + bytes(size)
    same_uid = pack.to_bytes(make.ct(1, ImageComments="another")[0])
    for others in ({}, {"a.dcm": LONG}, {"z.dcm": LONG}, {"z.dcm": same_uid}):
        zipped = bytearray(pack.zip_bytes({"b.dcm": content, **others}, method))
        zipped[zipped.index(b"PK\1\2") + 16] ^= 1
        path = tmp_path / "series.zip"
        path.write_bytes(zipped)
        found = {m.name: m.problem for m in read_input(path)[0].members}
        assert found["b.dcm"] == problem


@pytest.mark.parametrize("size", range(24_000, 60_000, 3_000))
def test_damage_behind_a_deflated_data_set_does_not_depend_on_others_either(tmp_path, size):
    noise = hashlib.shake_256(b"noise").digest(size)
    (image,) = make.ct(1, PixelData=noise[20_000:])
    image.add_new(0x00291010, "OB", noise[:20_000])
    deflated = pack.to_bytes(image, make.DEFLATED)
    found = []
    for before in ({}, {"a.dcm": LONG}):
        zipped = bytearray(pack.zip_bytes({**before, "b.dcm": deflated}))
        zipped[zipped.rindex(deflated) + len(deflated) - 200] ^= 0xFF
        path = tmp_path / "series.zip"
        path.write_bytes(zipped)
        found.append(read_input(path)[0].members[-1].problem)
    assert found[0] == found[1]


@pytest.mark.parametrize("blocks", [13_700, 14_500, 15_500])
def test_a_long_file_meta_information_in_front_of_a_deflated_data_set(tmp_path, blocks):
    """How much was inflated at once depended on the header before: only alone it was damaged."""
    (image,) = make.ct(1)
    image.file_meta.PrivateInformationCreatorUID = "1.2.3"
    image.file_meta.PrivateInformation = bytes(9_000)
    image.add_new(0x00551010, "UN", bytes(20_000))
    deflated = pack.to_bytes(image, make.DEFLATED)
    start = 144 + struct.unpack_from("<L", deflated, 140)[0]
    idle = deflated[:start] + bytes.fromhex("000000ffff") * blocks + deflated[start:]
    (other,) = make.ct(1, SOPInstanceUID="1.9")
    other.add_new(0x00551010, "UN", bytes(250_000))
    found = []
    for before in ({}, {"a.dcm": pack.to_bytes(other)}):
        path = tmp_path / "series.zip"
        path.write_bytes(pack.zip_bytes({**before, "b.dcm": idle}))
        found.append(read_input(path)[0].members[-1].problem)
    assert found[0] == found[1]


def test_damage_of_a_small_file_is_always_found(tmp_path):
    small = pack.to_bytes(make.ct(1)[0])
    for before in ({}, {"a.dcm": LONG}):
        zipped = bytearray(pack.zip_bytes({**before, "b.dcm": small}))
        zipped[zipped.rindex(small) + len(small) - 1] ^= 0xFF
        path = tmp_path / "series.zip"
        path.write_bytes(zipped)
        archive, _ = read_input(path)
        assert archive.members[-1].problem == "damaged in the archive (BadZipFile)"


@pytest.mark.parametrize("at", [1_000, 4_000, 8_000, 12_000, 16_000, 24_000])
@pytest.mark.parametrize("length", [5_000, 9_000, 13_000])
def test_how_far_padding_is_looked_at_does_not_depend_on_the_file_before(tmp_path, at, length):
    """Damage in it was met, or not: less of it was read where the header before was long."""
    noise = random.Random(1).randbytes(30_000).hex().encode()  # noqa: S311 - no secret
    pixels = pack.to_bytes(make.ct(1, Rows=length // 2, Columns=1, PixelData=bytes(length))[0])
    content = pixels + element(0xFFFC, 0xFFFC, b"OB", noise)
    problems = set()
    for before in ({}, {"a.dcm": LONG}):
        zipped = bytearray(pack.zip_bytes({**before, "b.dcm": content}, zipfile.ZIP_DEFLATED))
        start = zipped.rindex(b"PK\3\4")
        zipped[start + at : start + at + 2000] = bytes(2000)
        path = tmp_path / "series.zip"
        path.write_bytes(zipped)
        problems.add(read_input(path)[0].members[-1].problem)
    assert len(problems) == 1


class Pieces(io.BytesIO):
    """A stream that returns less than is asked for, as a store does."""

    def read(self, size=-1):
        return super().read(min(size, 700) if 0 < size < 20_000 else size)


def test_no_more_is_inflated_than_is_asked_for():
    """Damage among the pixels was met, or not, by the length of the pieces that a store sends."""
    noise = random.Random(1).randbytes(30_000).hex().encode()  # noqa: S311 - no secret
    zipped = bytearray(pack.zip_bytes({"a.dcm": PLAIN + noise}, zipfile.ZIP_DEFLATED))
    for at in range(4_000, 9_000, 50):
        damaged = zipped[:]
        damaged[at : at + 400] = bytes(400)
        told: list[bytes | None] = []
        for stream in (io.BytesIO(damaged), Pieces(damaged)):
            with zipfile.ZipFile(io.BytesIO(damaged)) as archive:
                archive.fp = stream
                try:
                    told.append(open_member(archive, archive.infolist()[0]).read(8192))
                except zlib.error:
                    told.append(None)
        assert told[0] == told[1]


@pytest.mark.parametrize("keep", [128, 129])
def test_a_file_that_lost_its_preamble_is_damaged(tmp_path, keep):
    """It was "not DICOM", and a gear was named that drops it."""
    path = pack.folder_of(tmp_path, {"a.dcm": PLAIN, "b.dcm": PLAIN[keep:]})
    archive, _ = read_input(path)
    told = "damaged: the 128 bytes before it are lost" if keep == 128 else ""
    assert archive.members[1].problem == told


def test_a_small_file_is_no_longer_than_the_zip_says(tmp_path):
    """All of it was inflated at once, 900 MB of 900 KB, and it passed."""
    zipped = bytearray(pack.zip_bytes({"a.dcm": PLAIN + bytes(50_000_000)}, zipfile.ZIP_DEFLATED))
    for record, at in ((b"PK\3\4", 14), (b"PK\1\2", 16)):
        start = zipped.index(record) + at
        zipped[start : start + 4] = struct.pack("<L", zlib.crc32(PLAIN))
        zipped[start + 8 : start + 12] = struct.pack("<L", len(PLAIN))
    path = tmp_path / "series.zip"
    path.write_bytes(zipped)
    tracemalloc.start()
    archive, _ = read_input(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert archive.members[0].problem == "damaged in the archive (BadZipFile)"
    assert peak < 40_000_000  # of which the directory may take most


def test_a_small_file_is_no_shorter_than_the_zip_says(tmp_path):
    """Cut images that were packed whole, with the length of the whole ones, passed."""
    zipped = bytearray(pack.zip_bytes({"a.dcm": PLAIN}, zipfile.ZIP_DEFLATED))
    for record, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = zipped.index(record) + at
        zipped[start : start + 4] = struct.pack("<L", len(PLAIN) + 100)
    path = tmp_path / "series.zip"
    path.write_bytes(zipped)
    assert read_input(path)[0].members[0].problem == "damaged in the archive (BadZipFile)"


def test_a_stored_file_is_as_long_as_it_is_packed(tmp_path):
    """Of 12,000 bytes in the zip, all 131,000 that its directory promised were believed."""
    zipped = pack.zip_bytes({"a.dcm": IMAGE})
    at = zipped.index(b"PK\1\2") + 24
    path = tmp_path / "series.zip"
    path.write_bytes(zipped[:at] + struct.pack("<L", len(IMAGE) + 9) + zipped[at + 4 :])
    archive, instances = read_input(path)
    assert archive.members[0].problem == "damaged: it cannot be as long as the zip says"
    assert instances == ()


# Compressed frames.

JPEG_START = b"\xff\xd8\xff\xc0\x00\x0b"


def compressed(frames, *parts, table=b""):
    """Return an image whose pixel data are made of these parts."""
    count = element(0x28, 8, b"IS", f"{frames:2}".encode())
    pixels = element(0x7FE0, 0x10, b"OB", item(table) + b"".join(parts), UNDEFINED)
    return raw.meta(make.JPEG) + CLASS + count + ROWS + pixels


FRAME = item(JPEG_START + bytes(94))
FRAMES = [FRAME] * 4
OFFSETS = struct.pack("<4L", 0, 108, 216, 324)


@pytest.mark.parametrize("table", [b"", OFFSETS])
@pytest.mark.parametrize(
    ("frames", "parts", "missing"),
    [
        (4, [*FRAMES, SEQUENCE_END], 0),
        (4, FRAMES, 0),  # not as it should be, but all frames are there
        (4, [*FRAMES[:3], FRAME[:-7]], 7),
        (4, [*FRAMES[:3], FRAME[:6]], 8 - 6),
        (4, FRAMES[:3], 8),
        (4, FRAMES[:1], 8),
        (4, [FRAME[:-7]], 7 + 8),
        (1, [*FRAMES, SEQUENCE_END], 0),  # one frame in four parts
        (1, [*FRAMES[:3], FRAME[:-7]], 7 + 8),
        (1, FRAMES, 8),  # which of them are missing, only the end tells
        (1, [*FRAMES[:2], FRAME[:3]], 8 - 3),
        (1, [FRAME, FRAME[:3]], 8 - 3),
        (1, [FRAME, SEQUENCE_END[:1]], 8 - 1),
        (1, [FRAME], 0),  # not as it should be, but nobody knows of another one
        (2, [*FRAMES[:3], FRAME[:3]], 8 - 3),
        (9, [FRAME, SEQUENCE_END], 0),  # a video is one part
    ],
)
def test_compressed_frames_that_are_not_all_there(table, frames, parts, missing):
    """An upload that broke off passed where the first frame was whole."""
    found = read(compressed(frames, *parts, table=table)).pixel_data
    assert (found.length, found.missing_bytes) == (None, missing)


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize(
    "other", [bytes(40), b"no fragment", FRAME[1:], SEQUENCE_END[:3] + bytes(9)]
)
def test_something_else_between_fragments_is_damage(tmp_path, frames, other):
    """It was taken for the end: a disk that lost its blocks leaves zeros."""
    path = pack.zip_file(tmp_path, {"a.dcm": compressed(frames, *FRAMES[:2], other)})
    (member,) = read_input(path)[0].members
    assert member.problem == (
        "damaged: something else stands where its compressed frames go on or end"
    )


def test_the_end_may_follow_a_byte_that_no_length_counts(tmp_path):
    """A fragment of 99 bytes, filled up to an even length: viewers draw it."""
    odd = item(JPEG_START + bytes(93)) + b"\0"
    path = pack.zip_file(tmp_path, {"a.dcm": compressed(1, odd, SEQUENCE_END)})
    assert read_input(path)[0].members[0].problem == ""


@pytest.mark.parametrize("zeros", [0, 7, 8, 9, 32_768, 100_001])
@pytest.mark.parametrize("behind", [b"", element(0x28, 0x10, b"US", b"\4\0")])
def test_zeros_behind_pixels_are_stepped_over_at_once(tmp_path, zeros, behind):
    """Each 8 of them counted as an element: of 3,100 images that end with a block of them, 182
    were not read."""
    path = pack.folder_of(tmp_path, {"a.dcm": PLAIN + bytes(zeros // 8 * 8) + behind})
    budget = Budget()
    archive, _ = read_input(path, budget=budget)
    misplaced = "damaged: elements that belong in front of its pixel data stand behind them"
    assert archive.members[0].problem == (misplaced if behind else "")
    assert Budget().elements - budget.elements < 200
    path = pack.folder_of(tmp_path, {"a.dcm": PLAIN + bytes(zeros)})
    assert read_input(path)[0].members[0].problem == ""


@pytest.mark.parametrize(
    ("wrap", "problem"),
    [
        (pack.folder_of, ""),
        (
            pack.zip_file,
            "not read: the pixel data that is unpacked of its input exceeds 0.000488 GiB",
        ),
    ],
)
def test_what_is_not_unpacked_costs_nothing(tmp_path, wrap, problem):
    """Of files in a folder with padding behind their pixels those after 32 GiB were lost."""
    long = PLAIN[: PLAIN.rindex(b"\xe0\x7f\x10\0") + 8] + struct.pack("<L", 1 << 20)
    content = long + bytes(1 << 20) + element(0xFFFC, 0xFFFC, b"OB", bytes(4))
    path = wrap(tmp_path, {"a.dcm": content, "b.dcm": content})
    archive, _ = read_input(path, budget=Budget(stepped=1 << 19))
    assert archive.members[0].problem == problem


@pytest.mark.parametrize("wrap", [pack.folder_of, pack.zip_file])
def test_what_may_be_unpacked_depends_on_the_size_of_the_input(tmp_path, monkeypatch, wrap):
    """110 KB, packed a thousandfold twice, took a minute: 32 GiB were inflated."""
    monkeypatch.setattr(limits, "UNPACKED_OF_ANY", 1 << 20)
    empty, full = (make.ct(1, Rows=1024, Columns=1024)[0] for _ in range(2))
    full.PixelData = random.Random(1).randbytes(len(full.PixelData))  # noqa: S311 - pixels
    for image, refused in ((full, False), (empty, True)):
        path = wrap(tmp_path, {"a.dcm": pack.to_bytes(image, make.DEFLATED)})
        assert ("unpacked" in read_input(path)[0].members[0].problem) == refused
    most = limits.Budget.of_input(5 << 30)
    assert (most.stepped, most.compared) == (32 << 30, 16 << 30)


def test_frames_are_counted_within_a_limit(tmp_path):
    cut = compressed(4, *[item(JPEG_START + bytes(20_000))] * 3)
    path = pack.zip_file(tmp_path, {"a.dcm": cut})
    for left, problem in (
        (Budget().stepped, "truncated: at least 8 bytes of its pixel data are missing"),
        (1_000, "not read: the pixel data that is unpacked of its input exceeds 9.31e-07 GiB"),
        (0, ""),  # not looked at
    ):
        archive, _ = read_input(path, budget=Budget(stepped=left))
        assert archive.members[0].problem == problem


def test_a_length_that_lies_costs_no_other_file_its_count(tmp_path):
    lie = compressed(4, item(JPEG_START, b"\xf0\xff\xff\xff"))
    cut = compressed(4, *FRAMES[:3])
    path = pack.zip_file(tmp_path, {"a.dcm": lie, "b.dcm": cut})
    archive, _ = read_input(path)
    assert [m.problem[:9] for m in archive.members] == ["truncated", "truncated"]


@pytest.mark.parametrize("odd", [b"", element(0x29, 0x10, b"ZZ", b"ab")])
@pytest.mark.parametrize("table", [b"", OFFSETS])
@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        ([*FRAMES, SEQUENCE_END], 0),
        ([*FRAMES[:3], SEQUENCE_END], 1),
        ([FRAME, SEQUENCE_END], 3),
        ([*FRAMES[:2], bytes(400)], 2),  # laid out in full length, then not written
        ([*FRAMES[:2], item(b""), item(b""), SEQUENCE_END], 2),
    ],
)
def test_frames_without_a_fragment_are_missing(tmp_path, odd, table, parts, missing):
    """Also in a file that pydicom reads."""
    content = compressed(4, *parts, table=table)
    at = content.index(element(0x7FE0, 0x10, b"OB", b"", UNDEFINED)[:8])
    path = pack.zip_file(tmp_path, {"a.dcm": content[:at] + odd + content[at:]})
    _, (instance,) = read_input(path)
    assert (instance.pixel_data.missing_frames, instance.pixel_data.missing_bytes) == (missing, 0)
    assert instance.pixel_data.frame_marker == 0xFFC0


@pytest.mark.parametrize(("longer", "marker"), [(0, 0xFFC0), (4, 0)])
def test_the_first_frame_is_found_behind_a_table_for_all_frames(longer, marker):
    """One of 8,193 frames was taken for the frame itself; one for more than may be is no table."""
    table = OFFSETS.ljust(4 * MAX_FRAMES + longer, b"\0")
    found = read(compressed(4, *FRAMES, SEQUENCE_END, table=table)).pixel_data
    assert (found.frame_marker, found.missing_frames) == (marker, 0)


@pytest.mark.parametrize("odd", [b"", element(0x29, 0x10, b"ZZ", b"ab")])
@pytest.mark.parametrize("told", [b"4 ", b"4e0 "])
def test_frames_told_as_a_text_are_looked_for(tmp_path, odd, told):
    """One of them was enough, though four were counted everywhere else."""
    content = compressed(1, *FRAMES[:1], SEQUENCE_END)
    count = element(0x28, 8, b"IS", b" 1")
    whole = content.replace(count, element(0x28, 8, b"LO", told) + odd)
    _, (instance,) = read_input(pack.zip_file(tmp_path, {"a.dcm": whole}))
    assert (instance.number_of_frames, instance.pixel_data.missing_frames) == (4, 3)


def test_the_table_of_an_image_that_is_refused_is_not_read(tmp_path, monkeypatch):
    """Of 100,000 offsets it took 8 ms, in each of thousands of files."""
    monkeypatch.setattr(Fragments, "_named", mock.Mock(side_effect=AssertionError))
    content = compressed(2, *FRAMES[:2], SEQUENCE_END, table=OFFSETS[:8])
    path = pack.zip_file(tmp_path, {"a.dcm": content})
    archive, _ = read_input(path, budget=Budget(frames=1))
    assert [m.problem for m in archive.members] == [
        "not checked: its input declares more than 300,000 frames"
    ]


def test_a_table_may_end_within_an_offset():
    """It stopped the reader."""
    pixels = read(compressed(2, *FRAMES[:2], SEQUENCE_END, table=OFFSETS[:8] + b"ab")).pixel_data
    assert pixels.missing_frames == 0


@pytest.mark.parametrize(
    ("frames", "table", "missing"),
    [(1, (0,), 0), (1, (4096,), 1), (2, (108, 0), 1), (1, (0, 9), 0)],
)
def test_a_table_is_asked_for_the_only_fragment_too(frames, table, missing):
    """It was left out where the end follows the first fragment."""
    offsets = struct.pack(f"<{len(table)}L", *table)
    pixels = read(compressed(frames, FRAME, SEQUENCE_END, table=offsets)).pixel_data
    assert pixels.missing_frames == missing


@pytest.mark.parametrize(
    ("frames", "table", "marker", "missing"),
    [
        (4, (), 0, 0),  # the first two were whole, and the others in parts
        (2, (), 0xFFC0, 0),  # nobody asks for more
        (2, (0, 108), None, 0),
        (3, (0, 108, 216), 0, 0),
        (2, (0, 100), None, 1),
        (3, (0, 108), None, 1),
        (3, (0, 0, 0), None, 2),
    ],
)
def test_each_fragment_is_a_frame_or_the_table_says_which(frames, table, marker, missing):
    """The viewer looks for the fragments that the table names."""
    parts = [*FRAMES[:2], item(b"abcd"), item(b"efgh"), SEQUENCE_END]
    offsets = struct.pack(f"<{len(table)}L", *table)
    pixels = read(compressed(frames, *parts, table=offsets)).pixel_data
    assert (pixels.second_marker, pixels.missing_frames) == (marker, missing)


@pytest.mark.parametrize(
    ("start", "marker"),
    [
        (b"\xff\xd8" + b"\xff" * 9_000 + b"\xc3\0\x0b", 0xFFC3),
        (b"\xff\xd8" + b"\xff" * 9_000, None),
        (b"\xff\xd8" + b"\xff\xe0\0\2" * 999 + b"\xff\xc3\0\x0b", 0xFFC3),
        (b"\xff\xd8" + b"\xff\xe0\0\2" * 1_000 + b"\xff\xc3\0\x0b", 0),
    ],
)
def test_the_search_for_a_marker_ends_soon(start, marker):
    """Byte by byte through 128 KiB, 8,000 small files took minutes."""
    assert frame_marker(start) == marker


@pytest.mark.parametrize(
    "content", [b"", bytes(64), b"\xff" * 64, b"\xff\xd8\xff\xd9", b"\xff\xd8" + bytes(64)]
)
def test_what_begins_like_no_frame_is_known(content):
    """A disk that lost its blocks leaves zeros."""
    assert read(compressed(1, item(content), item(b""), SEQUENCE_END)).pixel_data.frame_marker == 0


@pytest.mark.parametrize("cut", [2, 12, 20])
@pytest.mark.parametrize(
    ("frames", "held", "marker"), [(1, 2, None), (1, 1, 0), (2, 4, None), (2, 2, 0)]
)
def test_a_frame_may_go_on_in_the_next_fragment(cut, frames, held, marker):
    """A JPEG whose first fragment ended before its marker was "compressed in no known way"."""
    start = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(9)
    parts = [item(start[:cut]), item(b"\xff\xc0\0\x0b" + bytes(9) + b"\0")] * 2
    offsets = struct.pack("<2L", 0, 8 + cut + 8 + 14) if frames == 2 else b""
    pixels = read(compressed(frames, *parts[:held], SEQUENCE_END, table=offsets)).pixel_data
    assert pixels.frame_marker == marker


@pytest.mark.parametrize("profile", [100, 1_500, 40_000, 60_000])
def test_the_marker_of_a_frame_is_found_behind_a_colour_profile(profile):
    """It was found or not, by how much had been read for the header of another file."""
    segment = b"\xff\xe2" + struct.pack(">H", profile + 2) + bytes(profile)
    for header in (b"", element(0x29, 0x10, b"OB", bytes(50_000))):
        frame = item(b"\xff\xd8" + segment + b"\xff\xf7\x00\x0b" + bytes(2_000))
        pixels = element(0x7FE0, 0x10, b"OB", item(b"") + frame + SEQUENCE_END, UNDEFINED)
        assert read(CLASS + ROWS + header + pixels).pixel_data.frame_marker == 0xFFF7

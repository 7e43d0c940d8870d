"""Images with one SOPInstanceUID: copies of one, or different ones."""

import io
import struct
import zipfile
import zlib

import pytest

from fw_gear_viewer_check.dicom import reader
from fw_gear_viewer_check.dicom.reader import File, read_files, read_input
from fw_gear_viewer_check.model.limits import MAX_KEPT_BYTES, Budget
from fw_gear_viewer_check.model.series import Series
from tests import make, pack
from tests.elements import SEQUENCE_END, element, item

SAME = {"SOPInstanceUID": "1.1", "InstanceNumber": 1, "ImagePositionPatient": [0, 0, 0]}


def kept(path):
    """Return the names of the files that are no copies of others."""
    archive, instances = read_input(path)
    return [i.name for i in Series("1.2", instances, archive).distinct.instances]


def structure_sets():
    """Return two that differ only in values of which no more is read than how many they are."""
    contours = {"ROIContourSequence.ContourSequence.ContourData": [0, 0, 0, 1, 0, 0, 1, 9, 0]}
    return make.rtstruct(make.ct(3)), make.rtstruct(make.ct(3), **contours)


@pytest.mark.parametrize("packed", [pack.zip_file, pack.folder_of])
@pytest.mark.parametrize("syntax", [make.EXPLICIT, make.JPEG, make.BIG_ENDIAN])
@pytest.mark.parametrize(
    ("changed", "distinct"),
    [
        ({}, ["001.dcm"]),
        ({"ImageComments": "another"}, ["001.dcm"]),
        ({"PixelData": bytes(range(32))}, ["001.dcm", "002.dcm"]),
        ({"PixelSpacing": [2, 2]}, ["001.dcm", "002.dcm"]),
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, 1]}, ["001.dcm", "002.dcm"]),
    ],
)
def test_images_of_one_uid_are_copies_where_their_pixels_are_the_same(
    tmp_path, packed, syntax, changed, distinct
):
    images = [make.ct(1, **SAME)[0], make.ct(1, **{**SAME, **changed})[0]]
    assert kept(packed(tmp_path, pack.members(images, syntax))) == distinct


def test_pixels_in_two_encodings_are_taken_for_the_same(tmp_path):
    (image,) = make.ct(1, **SAME)
    contents = {f"{n}.dcm": pack.to_bytes(image, s) for n, s in enumerate([make.JPEG, None])}
    assert kept(pack.zip_file(tmp_path, contents)) == ["0.dcm"]


@pytest.mark.parametrize("preamble", [True, False])
def test_objects_without_pixels_are_copies_where_all_of_them_is_the_same(tmp_path, preamble):
    """Of two structure sets with other contours, one was a copy of the other."""
    same, other = structure_sets()
    for two, distinct in (same * 2, 1), (same + other, 2):
        contents = {}
        for n, one in enumerate(two):
            one.file_meta.ImplementationVersionName = f"WRITER {n}"
            contents[f"{n}.dcm"] = pack.to_bytes(one, preamble=preamble)
        assert len(kept(pack.zip_file(tmp_path, contents))) == distinct


@pytest.mark.parametrize("length", [None, 0, 0xFFFFFFF0])
def test_objects_are_compared_whatever_the_length_of_their_file_meta_information(tmp_path, length):
    """Different documents were copies of each other: all of both was stepped over."""
    same, other = structure_sets()
    for two, distinct in (same * 2, 1), (same + other, 2):
        contents = {}
        for n, one in enumerate(two):
            one.file_meta.ImplementationVersionName = f"WRITER {n}"
            content = pack.to_bytes(one)
            group_length = b"" if length is None else content[132:140] + struct.pack("<L", length)
            contents[f"{n}.dcm"] = content[:132] + group_length + content[144:]
        assert len(kept(pack.zip_file(tmp_path, contents))) == distinct


@pytest.mark.parametrize(
    ("syntax", "pixels"), [(make.EXPLICIT, b""), (make.JPEG, item(b"") + SEQUENCE_END)]
)
def test_objects_whose_pixels_are_nothing_are_copies_where_their_files_are_the_same(
    tmp_path, syntax, pixels
):
    """The same nothing made copies of different ones."""
    same, other = structure_sets()
    for two, distinct in (same * 2, 1), (same + other, 2):
        for one in two:
            one.add_new("PixelData", "OB", pixels)
            one["PixelData"].is_undefined_length = syntax == make.JPEG
        assert len(kept(pack.zip_file(tmp_path, pack.members(two, syntax)))) == distinct


def test_deflated_images_are_copies_where_their_files_are_the_same(tmp_path):
    """Different ones passed for copies: nobody knows where in the file their pixels are."""
    for changed, distinct in ({}, ["001.dcm"]), ({"PixelData": b"ab" * 16}, ["001.dcm", "002.dcm"]):
        images = [make.ct(1, **SAME)[0], make.ct(1, **{**SAME, **changed})[0]]
        assert kept(pack.zip_file(tmp_path, pack.members(images, make.DEFLATED))) == distinct


@pytest.mark.parametrize(
    ("frames", "distinct"),
    [([b"abcd", b"efgh"], ["0.dcm"]), ([b"abcd", b"efgi"], ["0.dcm", "1.dcm"])],
)
def test_compressed_frames_may_be_packed_in_other_parts(tmp_path, frames, distinct):
    (image,) = make.ct(1, **SAME)
    contents = {}
    for n, parts in enumerate([[b"", b"abcdefgh"], [bytes(8), *frames]]):
        image.PixelData = b"".join(map(item, parts)) + SEQUENCE_END
        image["PixelData"].is_undefined_length = True
        contents[f"{n}.dcm"] = pack.to_bytes(image, make.JPEG)
    assert kept(pack.zip_file(tmp_path, contents)) == distinct


@pytest.mark.parametrize(("left", "limit"), [(1, "such files exceed 9.31e-10 GiB"), (0, "")])
def test_what_is_not_compared_any_more_is_not_known_to_differ(tmp_path, left, limit):
    """It counted as different: a series that was uploaded twice did not open."""
    images = [make.ct(1, **SAME, PixelData=bytes([n] * 32))[0] for n in range(2)]
    path = pack.zip_file(tmp_path, images)
    archive, instances = read_input(path, budget=Budget(compared=left))
    assert [i.not_compared for i in instances] == [limit, limit]
    assert len(Series("1.2", instances, archive).distinct.instances) == 1


def test_images_are_compared_whatever_the_zip_says_of_them(tmp_path):
    """Its directory gave both one checksum: different images passed as copies."""
    images = pack.members([make.ct(1, **SAME, PixelData=bytes([n] * 32))[0] for n in range(2)])
    first, second = (struct.pack("<L", zlib.crc32(content)) for content in images.values())
    zipped = pack.zip_bytes(images, zipfile.ZIP_STORED)
    assert zipped.count(second) == 2
    path = tmp_path / "series.zip"
    path.write_bytes(zipped.replace(second, first))
    archive, _ = read_input(path)
    assert [m.problem for m in archive.members] == ["", "damaged in the archive (BadZipFile)"]


@pytest.mark.parametrize(
    ("left", "comments", "limit"),
    [
        (2_000, ["a", "b"], ""),
        (500, ["a", "b"], "their pixel data are in too many fragments"),
        (500, ["a", "a"], ""),
    ],
)
def test_fragments_are_compared_within_a_limit(tmp_path, monkeypatch, left, comments, limit):
    """Each is stepped over, also an empty one, of which a small zip holds millions."""
    monkeypatch.setattr(reader, "MAX_ELEMENTS", 8 * left)
    (image,) = make.ct(1, **SAME)
    contents = {}
    for n, comment in enumerate(comments):
        image.ImageComments = comment
        image.PixelData = item(b"") * 600 + item(b"ab") + SEQUENCE_END
        image["PixelData"].is_undefined_length = True
        contents[f"{n}.dcm"] = pack.to_bytes(image, make.JPEG)
    path = pack.zip_file(tmp_path, contents)
    archive, instances = read_input(path)
    assert [m.problem for m in archive.members] == ["", ""]
    assert [i.not_compared for i in instances] == [limit, limit]
    assert len(Series("1.2", instances, archive).distinct.instances) == 1


def test_what_is_spent_to_the_last_byte_is_no_reason_to_take_files_for_copies(tmp_path):
    """16 GiB of other files in front made copies of different images: "V3 opens it"."""
    images = make.ct(4, **SAME)
    for n, image in enumerate(images):
        image.SOPInstanceUID, image.PixelData = f"1.2.{n // 2}", bytes([n]) * len(image.PixelData)
    contents = pack.members(images)
    before = sum(map(len, list(contents.values())[:2]))
    path = pack.zip_file(tmp_path, contents)
    for compared, distinct, unknown in ((Budget().compared, 4, 0), (before, 3, 2), (0, 2, 0)):
        archive, instances = read_input(path, budget=Budget(compared=compared))
        assert len(Series("1.2", instances, archive).distinct.instances) == distinct
        assert sum(i.not_compared != "" for i in instances) == unknown


def test_fragments_are_read_in_large_parts():
    """In a store, each part is a request: there were two for each frame."""
    (image,) = make.ct(1, **SAME)
    image.PixelData = item(b"") + item(b"ab") * 2_000 + SEQUENCE_END
    image["PixelData"].is_undefined_length = True
    content, reads = pack.to_bytes(image, make.JPEG), []

    class Stored(io.BytesIO):
        def read(self, size=-1, /):
            reads.append(size)
            return super().read(size)

    files = [File(name, len(content), lambda: Stored(content)) for name in ("a", "b")]
    archive, _ = read_files("folder", files, budget=Budget(stepped=0))
    assert [m.problem for m in archive.members] == ["", ""]
    assert len(reads) < 40


def test_a_damaged_file_costs_no_other_its_comparison(tmp_path):
    """It took the comparison from all, or was found damaged because of the others only."""
    images = [make.ct(1, **SAME, PixelData=bytes([n] * 20_000))[0] for n in range(3)]
    zipped = bytearray(pack.zip_bytes(pack.members(images)))
    zipped[zipped.index(bytes([1] * 100))] = 7
    path = tmp_path / "series.zip"
    path.write_bytes(zipped)
    archive, instances = read_input(path)
    assert [m.problem for m in archive.members] == ["", "", ""]
    assert len(Series("1.2", instances, archive).distinct.instances) == 3


@pytest.mark.parametrize("changed", [{"PatientWeight": 80}, {"SamplesPerPixel": make.ABSENT}])
def test_no_verdict_depends_on_which_of_two_images_is_named_first(tmp_path, changed):
    """The first was judged, the other dropped for a copy: V3-196 is FAIL for both orders."""
    images = make.pt(2, **SAME)
    make.change(images[:1], **changed)
    for order in (images, images[::-1]):
        assert kept(pack.zip_file(tmp_path, order)) == ["001.dcm", "002.dcm"]


def test_what_stands_behind_the_pixels_makes_no_other_image(tmp_path):
    contents = pack.members(make.ct(2, **SAME))
    contents["002.dcm"] += element(0xFFFC, 0xFFFC, b"OB", bytes(64))
    assert kept(pack.zip_file(tmp_path, contents)) == ["001.dcm"]


def test_of_many_different_images_none_is_compared_with_all(tmp_path):
    images = [make.ct(1, **SAME, PixelData=struct.pack("<16H", *[n] * 16))[0] for n in range(200)]
    assert len(kept(pack.zip_file(tmp_path, images))) == 200


def test_files_that_take_the_rest_of_a_limit_make_no_copy_another_image(tmp_path):
    """It could not be read again, and was a different image."""
    (image,) = make.ct(1)
    copy = pack.to_bytes(image, make.JPEG)
    taken = Budget()
    read_input(pack.folder_of(tmp_path, {"a.dcm": copy, "b.dcm": copy}), budget=taken)
    left = Budget(kept=MAX_KEPT_BYTES - taken.kept + 1)
    other = pack.to_bytes(make.ct(1, SOPInstanceUID="1.2.9", SeriesInstanceUID="1.2.8")[0])
    folder = pack.folder_of(tmp_path, {"a.dcm": copy, "b.dcm": copy, "c.dcm": other}, "beside")
    _, instances = read_input(folder, budget=left)
    assert left.kept < 0
    assert instances[0].pixel_digest == instances[1].pixel_digest


@pytest.mark.parametrize("limit", ["bytes", "elements"])
def test_no_series_takes_from_a_smaller_one_what_its_copies_are_compared_with(
    tmp_path, monkeypatch, limit
):
    """Beside large copies with names in front, small ones were different images."""
    (image,) = make.ct(1)
    image.PixelData = item(b"") + item(b"ab") * 50 + SEQUENCE_END
    image["PixelData"].is_undefined_length = True
    small = [pack.to_bytes(image, make.JPEG)]
    image.ImageComments = "written again"
    small.append(pack.to_bytes(image, make.JPEG))
    image.SOPInstanceUID, image.SeriesInstanceUID = "1.2.9", "1.2.8"
    image.PixelData = item(b"") + item(b"") * 5_000 + item(b"ab") + SEQUENCE_END
    large = [pack.to_bytes(image, make.JPEG)]
    image.ImageComments = "again"
    large.append(pack.to_bytes(image, make.JPEG))
    monkeypatch.setattr(reader, "MAX_ELEMENTS", 8 * 1_000)
    left = Budget().compared if limit == "elements" else sum(map(len, small)) + 10
    contents = {f"{n}.dcm": one for n, one in enumerate([*large, *small])}
    _, instances = read_input(pack.zip_file(tmp_path, contents), budget=Budget(compared=left))
    assert [i.not_compared != "" for i in instances] == [True, True, False, False]
    assert instances[2].pixel_digest == instances[3].pixel_digest

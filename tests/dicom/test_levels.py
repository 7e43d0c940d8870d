"""What is read of the pixels of fractional segmentations."""

import errno
import io
import zipfile

import pytest

from fw_gear_viewer_check.dicom import levels, reader
from fw_gear_viewer_check.dicom.reader import File, read_file, read_files, read_input
from fw_gear_viewer_check.model.limits import Budget
from fw_gear_viewer_check.system.files import opened_regular
from tests import make, pack

IMAGES = make.ct(3)


def seg(pixels=b"\0\x80\xff\x01" * 12, **changes):
    return make.fractional_seg(IMAGES, pixels, **changes)


@pytest.mark.parametrize("packed", [pack.zip_file, pack.folder_of])
@pytest.mark.parametrize(
    ("pixels", "found"),
    [
        (b"\0" * 48, b""),
        (b"\0\x80" * 24, b"\x80"),
        (b"\0\x80\xff\x01" * 12, b"\x80\xff"),
        (b"\0" * (2 << 20) + b"\1\2", b"\1\2"),
    ],
)
def test_two_levels_at_the_most_are_told(tmp_path, packed, pixels, found):
    _, (instance,) = read_input(packed(tmp_path, pack.members(seg(pixels))))
    assert instance.levels == found


def test_a_lone_file_is_looked_at_too(tmp_path):
    _, (instance,) = read_input(pack.file_of(tmp_path, seg()[0]))
    assert instance.levels == b"\x80\xff"


def test_a_packed_segmentation_is_looked_at_too():
    packed = pack.zip_bytes(pack.members(seg(b"\0" * (2 << 20) + b"\7\x08")), zipfile.ZIP_DEFLATED)
    assert [i.levels for i in unpacked(packed)] == [b"\7\x08"]


def unpacked(content):
    file = File("a.zip", len(content), lambda: io.BytesIO(content))
    return read_file(file)[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"SegmentationType": "BINARY"},
        {"SegmentationType": "LABELMAP"},
        {"SOPClassUID": make.CT},
        {"BitsAllocated": 16},
    ],
)
def test_nothing_else_is_read_again(tmp_path, changes):
    path, opened = pack.file_of(tmp_path, seg(**changes)[0]), []

    def opening():
        opened.append(1)
        return opened_regular(path)

    file = File("a.dcm", path.stat().st_size, opening)
    _, (instance,) = read_files("a", [file])
    assert (instance.levels, len(opened)) == (None, 1)


@pytest.mark.parametrize(
    ("pixels", "found"), [(b"\0" * 40 + b"\1\2" * 4, None), (b"\0\1\2\3" * 12, b"\1\2")]
)
def test_no_more_is_read_than_a_limit(tmp_path, monkeypatch, pixels, found):
    monkeypatch.setattr(levels, "MAX_FRACTIONAL_BYTES", 40)
    _, (instance,) = read_input(pack.file_of(tmp_path, seg(pixels)[0]))
    assert instance.levels == found


def test_all_segmentations_share_a_budget(tmp_path):
    folder = pack.folder_of(tmp_path, pack.members([*seg(), *seg(SOPInstanceUID="1.7")]))
    size = (folder / "001.dcm").stat().st_size
    _, instances = read_input(folder, budget=Budget(compared=size + size // 2))
    assert [i.levels for i in instances] == [b"\x80\xff", None]


def test_pixels_that_are_missing_are_not_known(tmp_path):
    path = pack.file_of(tmp_path, seg(b"\0" * 48)[0])
    path.write_bytes(path.read_bytes()[:-8])
    assert read_input(path)[1][0].levels is None


def test_damage_in_the_pixels_costs_nothing_else(tmp_path, monkeypatch):
    def fail(*_):
        raise zipfile.BadZipFile

    monkeypatch.setattr(reader, "with_levels", fail)
    archive, (instance,) = read_input(pack.file_of(tmp_path, seg()[0]))
    assert (instance.levels, archive.members[0].problem) == (None, "")


def test_a_disk_that_fails_is_no_finding(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "a fault")

    monkeypatch.setattr(reader, "with_levels", fail)
    with pytest.raises(OSError, match="a fault"):
        read_input(pack.file_of(tmp_path, seg()[0]))

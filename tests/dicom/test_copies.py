"""Images with one SOPInstanceUID: copies of one, or different ones."""

import pytest

from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.model.limits import Budget
from fw_gear_viewer_check.model.series import Series
from tests import make, pack

SAME = {"SOPInstanceUID": "1.1", "InstanceNumber": 1, "ImagePositionPatient": [0, 0, 0]}


def kept(path):
    """Return the names of the files that are no copies of others."""
    archive, instances = read_input(path)
    return [i.name for i in Series("1.2", instances, archive).distinct.instances]


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


def test_files_of_one_uid_are_compared_within_a_limit(tmp_path):
    images = [make.ct(1, **SAME, PixelData=bytes([n] * 32))[0] for n in range(2)]
    path = pack.zip_file(tmp_path, images)
    _, instances = read_input(path, budget=Budget(compared=1))
    assert {i.pixel_checksum for i in instances} == {None}


def test_a_damaged_file_is_not_compared(tmp_path):
    images = [make.ct(1, **SAME, PixelData=bytes([n] * 20_000))[0] for n in range(2)]
    zipped = bytearray(pack.zip_bytes(pack.members(images)))
    zipped[zipped.index(bytes([1] * 100))] = 7
    path = tmp_path / "series.zip"
    path.write_bytes(zipped)
    _, instances = read_input(path)
    assert [(len(instances), i.pixel_checksum) for i in instances] == [(2, None)] * 2

import io
import zipfile

import pytest

from fw_gear_viewer_check.dicom.reader import MemberNotOpened, open_member, read_input
from fw_gear_viewer_check.model.text import MAX_NAME
from tests import make, pack

MOST = 1 << 20


def written():
    return {"a/1.dcm": pack.to_bytes(make.ct(2)[0]), "a/2.dcm": pack.to_bytes(make.ct(2)[1])}


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_of_a_zip_is_read_again_in_any_order(tmp_path, compression):
    path = pack.zip_file(tmp_path, written(), compression=compression)
    with open_member(path, "a/2.dcm", MOST) as stream:
        whole = stream.read()
        stream.seek(128)
        assert stream.read(4) == b"DICM"
    assert whole == written()["a/2.dcm"]


def test_a_member_of_a_folder_is_read_again(tmp_path):
    path = pack.folder_of(tmp_path, written())
    with open_member(path, "a/1.dcm", MOST) as stream:
        assert stream.read() == written()["a/1.dcm"]


def test_a_lone_file_is_read_again_whatever_its_name(tmp_path):
    path = pack.file_of(tmp_path, make.ct(1)[0], name="image.zip")
    with open_member(path, "image.zip", MOST) as stream:
        assert stream.read() == path.read_bytes()


def test_a_name_that_was_cut_and_cleaned_is_found_again(tmp_path):
    long = f"{'x' * MAX_NAME}\x07.dcm"
    path = pack.zip_file(tmp_path, {long: pack.to_bytes(make.ct(1)[0])})
    (instance,) = read_input(path)[1]
    with open_member(path, instance.name, MOST) as stream:
        assert stream.read(132).endswith(b"DICM")


def test_a_member_larger_than_allowed_is_not_unpacked(tmp_path):
    path = pack.zip_file(tmp_path, written())
    with pytest.raises(MemberNotOpened, match="more than 0 MiB unpacked"):
        open_member(path, "a/1.dcm", 100)


def test_a_member_that_is_longer_than_the_zip_says_is_not_unpacked(tmp_path):
    """The directory of the zip says 10 bytes; what unpacks is far more."""
    packed = pack.zip_bytes({"1.dcm": bytes(100_000)}, zipfile.ZIP_DEFLATED)
    forged = packed.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path = tmp_path / "bomb.zip"
    path.write_bytes(forged)
    with pytest.raises(MemberNotOpened, match="cannot be read"):
        open_member(path, "1.dcm", MOST)


@pytest.mark.parametrize("wrap", [pack.zip_file, pack.folder_of])
def test_a_name_that_is_not_there_is_said(tmp_path, wrap):
    with pytest.raises(MemberNotOpened, match="its file is no longer there"):
        open_member(wrap(tmp_path, written()), "a/3.dcm", MOST)


def test_an_input_that_is_gone_is_said(tmp_path):
    with pytest.raises(MemberNotOpened, match="cannot be read"):
        open_member(tmp_path / "gone.zip", "a/1.dcm", MOST)


def test_a_damaged_member_is_said(tmp_path):
    path = pack.zip_file(tmp_path, written(), compression=zipfile.ZIP_DEFLATED)
    damaged = io.BytesIO(path.read_bytes())
    damaged.seek(60)
    damaged.write(b"\xff" * 40)
    path.write_bytes(damaged.getvalue())
    with pytest.raises(MemberNotOpened, match="cannot be read"):
        open_member(path, "a/1.dcm", MOST)

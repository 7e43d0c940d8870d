from fw_gear_viewer_check.checker import check
from fw_gear_viewer_check.page import BY_ID
from fw_gear_viewer_check.reports import words
from fw_gear_viewer_check.reports.text import to_text
from tests import make, pack


def told(folder, contents):
    """Return the text about a zip, as one line."""
    return " ".join(to_text(check(pack.zip_file(folder, contents))).split())


def test_nothing_readable_is_told_once_with_its_own_repair(tmp_path):
    text = told(tmp_path, {"notes.txt": b"no DICOM"})
    assert text.count("the input holds no readable DICOM") == 1
    assert text.count(" > ") == 1
    assert f"> {words.NO_DICOM_REMEDY}" in text


def test_an_archive_of_several_series_is_told_of_once(tmp_path):
    images = [*make.ct(2), *make.ct(2), *make.mr(2), *make.pt(2)]
    text = told(tmp_path, {**pack.members(images), "broken.dcm": b""})
    for once in ("Archive is clean: FAIL", "ZIP-102", "ZIP-103", "ZIP-191", "ZIP-192"):
        assert text.count(once) == 1
    assert text.count("Notes") == 2  # V3-196 of the doubled CT has its own
    assert "3 series" in text


def test_a_clean_archive_is_not_told_of(tmp_path):
    assert "Archive is clean:" not in told(tmp_path, make.ct(3))


def test_what_cannot_be_judged_for_want_of_something_else_has_no_repair(tmp_path):
    text = told(tmp_path, make.ct(3, ImagePositionPatient=make.ABSENT))
    assert "MPR-102 no positions to tell by" in text
    assert BY_ID["MPR-102"].remedy not in text
    assert BY_ID["MPR-205"].remedy not in text
    assert f"> {BY_ID['MPR-204'].remedy}" in text


def test_what_alone_cannot_be_judged_has_its_repair(tmp_path):
    text = told(tmp_path, make.seg(make.ct(3)))
    assert "SEG-101 the reference image series is not at hand" in text
    assert f"> {BY_ID['SEG-101'].remedy}" in text

import pytest

from fw_gear_viewer_check import check
from fw_gear_viewer_check.reports import rows, text
from fw_gear_viewer_check.requirements import repairs
from tests import make, pack


def told_of(path):
    """Return the lines of the report, without the folds of long ones."""
    lines = []
    for line in text.to_text(check(path)).splitlines():
        if line.startswith("        "):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return [line.strip() for line in lines]


def test_a_repair_stands_below_what_it_repairs(tmp_path):
    images = make.ct(3, Rows=make.each(16, 16, 8), WindowWidth=100, WindowCenter=make.ABSENT)
    told = told_of(pack.zip_file(tmp_path, images))
    at = told.index("MPR and 3D: FAIL")
    signs = [f"{line.split()[0]} {line.split()[1]}" for line in told[at + 1 : at + 5]]
    assert signs == ["- MPR-201", "> Run", "- MPR-192", "> Ask"]


def test_a_repair_of_several_is_told_once(tmp_path):
    images = make.ct(3, StudyDate=make.ABSENT, StudyID=make.ABSENT)
    told = told_of(pack.zip_file(tmp_path, images))
    at = told.index("V2 opens it: FAIL")
    assert [line[:8] for line in told[at + 1 : at + 3]] == ["- V2-107", "- V2-109"]
    assert told[at + 3] == f"> {repairs.ASK_V2.text}"


def test_what_could_not_be_judged_besides_is_marked_and_has_no_repair(tmp_path):
    images = make.ct(3, ImagePositionPatient=make.ABSENT)
    told = told_of(pack.zip_file(tmp_path, images))
    assert "? MPR-102 no positions to tell by (MPR-204, MPR-303, MPR-392)" in told
    at = told.index("MPR and 3D: FAIL")
    assert f"> {repairs.ASK_GEOMETRY.text}" in told[at:]
    assert f"> {repairs.AFTER_OTHERS.text}" not in told


def test_what_alone_cannot_be_judged_has_its_repair(tmp_path):
    told = told_of(pack.zip_file(tmp_path, make.seg(make.ct(3))))
    at = told.index("Segmentation overlay: UNKNOWN")
    assert told[at + 1].startswith("- SEG-101 the reference images were not provided")
    assert told[at + 2] == f"> {repairs.PROVIDE_REFERENCE.text}"


@pytest.mark.parametrize("name", ["scan.dcm", "scan.dicom.zip"])
def test_nothing_readable_is_told_once_with_its_own_repair(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"hello")
    told = told_of(path)
    assert sum("the input holds no readable DICOM" in line for line in told) == 1
    assert [line for line in told if line.startswith(">")] == [f"> {repairs.CHECK_UPLOAD.text}"]
    failing = [row for row in rows.rows(check(path)) if row["status"] == "FAIL"]
    of_objects = {r["repair"] for r in failing if r["capability"] != "archive"}
    assert of_objects == {repairs.CHECK_UPLOAD.text}


def test_an_archive_of_several_series_is_told_of_once(tmp_path):
    images = [*make.ct(2), *make.ct(2), *make.mr(2), *make.pt(2)]
    path = pack.zip_file(tmp_path, {**pack.members(images), "broken.dcm": b""})
    told = told_of(path)
    assert told.count("Archive is clean: FAIL") == 1
    for once in ("ZIP-102", "ZIP-103", "ZIP-191", "ZIP-192"):
        assert sum(line.startswith(f"- {once}") for line in told) == 1
    assert told.count("Notes") == 2  # V3-196 of the doubled CT has its own
    assert "3 series" in told


def test_a_clean_archive_is_not_told_of(tmp_path):
    assert "Archive is clean:" not in " ".join(told_of(pack.zip_file(tmp_path, make.ct(3))))

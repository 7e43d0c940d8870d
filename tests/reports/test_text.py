import pytest

from fw_gear_viewer_check import check, remedies
from fw_gear_viewer_check.reports import plain, text
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
    assert told[at + 3] == f"> {remedies.EDIT_V2}"


def test_what_could_not_be_judged_besides_is_marked_and_has_no_repair(tmp_path):
    images = make.ct(3, ImagePositionPatient=make.ABSENT)
    told = told_of(pack.zip_file(tmp_path, images))
    assert "? MPR-102 no positions to tell by (MPR-204, MPR-303, MPR-392)" in told
    assert f"> {remedies.SPLIT_VOLUMES}" not in told


@pytest.mark.parametrize("name", ["scan.dcm", "scan.dicom.zip"])
def test_without_readable_dicom_the_upload_is_to_be_looked_at(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"hello")
    told = told_of(path)
    at = told.index("V3 opens it: FAIL")
    assert told[at + 1].startswith("- V3-101, V3-102, V3-103, V3-108, V3-110, LIM-101 the input")
    assert told[at + 2] == f"> {remedies.CHECK_UPLOAD}"
    rows = [row for row in plain.rows(check(path)) if row["status"] == "FAIL"]
    assert {r["remedy"] for r in rows if r["capability"] != "archive"} == {remedies.CHECK_UPLOAD}

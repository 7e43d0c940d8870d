import inspect
import json

import pytest

import fw_gear_viewer_check
from fw_gear_viewer_check import Options, UsageError, check
from fw_gear_viewer_check.reports.rows import COLUMNS
from tests import make, pack


@pytest.fixture
def uneven(tmp_path):
    images = make.ct(z=[0, 3, 6, 9.5, 12, 15], PatientName="Sekrit^Jane", StudyDate="20211122")
    return pack.zip_file(tmp_path, images)


def test_keywords_are_named_like_the_options(uneven):
    assert check(uneven).verdicts["v3_mpr"].status == "FAIL"
    assert check(uneven, spacing_tolerance_mm=1.5).verdicts["v3_mpr"].status == "PASS"
    assert check(uneven, require="v3_mpr").overall == "FAIL"
    assert check(uneven, require=["v3_mpr"], as_note="MPR-205,V2").overall == "PASS"
    assert "MPR-205" not in {r.requirement.id for r in check(uneven, ignore=["MPR"]).results}
    known = set(inspect.signature(check).parameters)
    assert set(Options.__dataclass_fields__) - {"hide_names"} <= known


def test_what_cannot_be_is_one_clear_line(uneven):
    for wrong in ({"require": "mpr"}, {"ignore": "XYZ"}, {"spacing_tolerance_mm": -1}):
        with pytest.raises(UsageError, match=next(iter(wrong))):
            check(uneven, **wrong)


def test_a_report_has_its_forms(uneven):
    report = check(uneven)
    assert report.headline.startswith("Opens in V3 with measurements; no MPR")
    assert list(report.to_dataframe().columns) == list(COLUMNS)
    assert report.headline in report.to_html()
    assert json.loads(report.to_json())["inputs"][0]["headline"] == report.headline
    assert isinstance(report, fw_gear_viewer_check.Report)


def test_a_repr_is_short_and_names_nothing_of_the_file(uneven):
    shown = repr(check(uneven))
    assert len(shown.splitlines()) <= 5
    assert len(shown) < 400
    assert "v3_mpr FAIL" in shown
    for value in ("Sekrit", "20211122", "series.dicom.zip", ".dcm", "1.2."):
        assert value not in shown


def test_a_notebook_shows_headline_and_capabilities(uneven):
    shown = check(uneven)._repr_html_()
    assert "no MPR or 3D: uneven slice spacing" in shown
    assert shown.count("<tr>") == 8
    assert "Sekrit" not in shown
    assert len(shown) < 4000

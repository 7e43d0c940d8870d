from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.reports import job_log, qc_info
from fw_gear_viewer_check.requirements.types import Level, Status
from tests import hand_made


def test_the_first_line_tells_how_it_ended():
    series = hand_made.series_report(
        hand_made.result(),
        hand_made.result(Status.FAIL, "MPR-206", level=Level.NOTE),
        names=("1.dcm", "2.dcm"),
    )
    first = next(job_log.lines(hand_made.report(series, series)))
    assert first == (
        "scan.dicom.zip: overall NOT_APPLICABLE; errors: 2, notes: 2, series: 2, instances: 4 "
        f"(viewer-check {__version__})"
    )


def test_each_reason_is_told_once_below_its_capability():
    series = hand_made.series_report(
        hand_made.result(), hand_made.result(Status.FAIL, "MPR-103", evidence="no spacing")
    )
    told = list(job_log.lines(hand_made.report(series, series)))
    at = told.index("v3_mpr FAIL")
    assert told[at + 1 : at + 4] == [
        "    MPR-205 FAIL: gaps of 1 mm and 7 mm",
        "    MPR-103 FAIL: no spacing",
        "v3_overlay NOT_APPLICABLE",
    ]


def test_what_is_the_same_for_several_requirements_is_told_once():
    series = hand_made.series_report(hand_made.result(), hand_made.result(Status.FAIL, "MPR-103"))
    told = list(job_log.lines(hand_made.report(series)))
    assert "    MPR-205, MPR-103 FAIL: gaps of 1 mm and 7 mm" in told


def test_the_first_names_are_told_where_not_all_are_affected():
    names = [f"{n}.dcm" for n in range(1, 6)]
    series = hand_made.series_report(hand_made.result(affected=names, checked=9))
    told = list(job_log.lines(hand_made.report(series)))
    assert "    MPR-205 FAIL: gaps of 1 mm and 7 mm [1.dcm, 2.dcm, 3.dcm and 2 more]" in told


def test_an_input_without_dicom_has_no_series():
    empty = hand_made.series_report(hand_made.result(), names=())
    assert "series: 0, instances: 0" in next(job_log.lines(hand_made.report(empty)))
    assert qc_info.qc_block(hand_made.report(empty))["summary"]["series_count"] == 0


def test_a_line_stays_a_line_and_short():
    series = hand_made.series_report(hand_made.result(evidence="a\nb" * 1000))
    told = list(job_log.lines(hand_made.report(series, name="a\nb.zip")))
    assert all(len(line.splitlines()) == 1 for line in told)
    assert max(map(len, told)) <= job_log.MAX_LINE + 4

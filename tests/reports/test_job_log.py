from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.reports import headline, job_log, qc_info
from fw_gear_viewer_check.requirements.types import Level, Status
from tests import hand_made


def test_the_headline_comes_first_then_how_it_ended():
    series = hand_made.series_report(
        hand_made.result(),
        hand_made.result(Status.FAIL, "MPR-206", level=Level.NOTE),
        names=("1.dcm", "2.dcm"),
    )
    report = hand_made.report(series, series)
    first, second, *_ = job_log.lines(report)
    assert first == headline.headline(report)
    assert second == (
        "scan.dicom.zip: overall NOT_APPLICABLE (checked: archive, v3_open, v3_overlay); "
        f"2 series, 4 DICOM files (viewer-check {__version__})"
    )


def test_each_reason_is_told_once_with_its_repair_below_its_capability():
    series = hand_made.series_report(
        hand_made.result(), hand_made.result(Status.FAIL, "MPR-103", evidence="no spacing")
    )
    lines = list(job_log.lines(hand_made.report(series, series)))
    at = lines.index("v3_mpr FAIL: No MPR or 3D: uneven slice spacing")
    assert lines[at + 1 : at + 3] == [
        "    [MPR-205] Gaps of 1 mm and 7 mm.",
        "    [MPR-103] No spacing.",
    ]
    repair = "    repair: Split the series with dicom-splitter. dicom-splitter {"
    assert lines[at + 3].startswith(repair)
    assert lines[at + 4].startswith("v3_overlay")


def test_what_is_the_same_for_several_requirements_is_told_once():
    series = hand_made.series_report(hand_made.result(), hand_made.result(Status.FAIL, "MPR-103"))
    lines = list(job_log.lines(hand_made.report(series)))
    assert "    [MPR-205, MPR-103] Gaps of 1 mm and 7 mm." in lines


def test_an_input_without_dicom_has_no_series():
    empty = hand_made.series_report(hand_made.result(), names=())
    lines = list(job_log.lines(hand_made.report(empty)))
    assert "; no readable DICOM (" in lines[1]
    assert qc_info.qc_block(hand_made.report(empty))["summary"]["series_count"] == 0


def test_a_line_stays_a_line_and_short():
    series = hand_made.series_report(hand_made.result(evidence="a\nb" * 1000))
    lines = list(job_log.lines(hand_made.report(series, name="a\nb.zip")))
    assert all(len(line.splitlines()) == 1 for line in lines)
    assert max(map(len, lines)) <= job_log.MAX_LINE

from dataclasses import replace

import pytest

from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.findings import Judge
from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.checker.options import Options, options_from
from fw_gear_viewer_check.model.series import Tolerances
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Comparison,
    Finding,
    Level,
    Status,
    is_selected,
    worst,
)
from tests import make, pack
from tests.make import ABSENT

PASS, FAIL, NA, UNKNOWN = Status.PASS, Status.FAIL, Status.NOT_APPLICABLE, Status.UNKNOWN


JPEG = "1.2.840.10008.1.2.4.70"


def report_on(tmp_path, contents, **how):
    return check(pack.zip_file(tmp_path, contents), **how)


def verdicts(report):
    return {name: str(verdict.status) for name, verdict in report.verdicts.items()}


def reasons(verdict):
    return [(r.requirement.id, str(r.status)) for r in verdict.reasons]


def finding_of(report, id_, series=0):
    return next(r.finding for r in report.series[series].results if r.requirement.id == id_)


# verdicts


def test_a_perfect_series_passes_what_applies_to_it(tmp_path):
    report = report_on(tmp_path, make.ct(4))
    assert verdicts(report) == {
        "archive": "PASS",
        "v2_open": "PASS",
        "v3_open": "PASS",
        "v3_mpr": "PASS",
        "v3_overlay": "NOT_APPLICABLE",
        "v3_measure": "PASS",
        "v3_suv": "NOT_APPLICABLE",
    }
    assert report.overall is PASS
    assert report.name == "series.dicom.zip"


def test_every_requirement_has_a_result_for_every_series_in_order(tmp_path):
    report = report_on(tmp_path, make.ct(2) + make.mr(2))
    assert len(report.series) == 2
    for series in report.series:
        assert [r.requirement for r in series.results] == list(REQUIREMENTS)
    assert len(report.results) == 2 * len(REQUIREMENTS)
    assert all(r.level is r.requirement.level for r in report.results)


def test_series_are_in_order_of_their_uid(tmp_path):
    report = report_on(tmp_path, make.mr(1) + make.ct(1))
    assert [s.series.series_instance_uid for s in report.series] == ["1.2.3.2", "1.2.3.4"]


def test_a_verdict_is_the_worst_of_its_required_results_and_tells_those_not_met(tmp_path):
    report = report_on(tmp_path, make.ct(4, Rows=ABSENT, SeriesNumber=ABSENT))
    assert reasons(report.verdicts["v3_open"]) == [("V3-105", "FAIL")]
    assert reasons(report.verdicts["v2_open"]) == [("V2-104", "FAIL")]
    assert report.verdicts["v2_open"].status is FAIL


def test_fail_goes_before_unknown_before_pass_before_na():
    assert worst([NA, PASS, UNKNOWN, FAIL]) is FAIL
    assert worst([NA, PASS, UNKNOWN]) is UNKNOWN
    assert worst([NA, PASS]) is PASS
    assert worst([NA, NA]) is NA
    assert worst([]) is NA


def test_a_fail_and_an_unknown_are_both_reasons_the_fail_first(tmp_path):
    images = make.ct(4, ImagePositionPatient=ABSENT)
    found = reasons(report_on(tmp_path, images).verdicts["v3_mpr"])
    assert found == [("MPR-204", "FAIL"), ("MPR-102", "UNKNOWN")]


def test_what_needs_a_note_counts_as_a_note(tmp_path):
    segmentation = make.seg(make.ct(3))  # its images are not there: SEG-101, which SEG-296 needs
    found = report_on(tmp_path, segmentation)
    assert verdicts(found)["v3_overlay"] == "UNKNOWN"
    assert reasons(found.verdicts["v3_overlay"]) == [("SEG-101", "UNKNOWN")]
    found = report_on(tmp_path, segmentation, options=Options(as_note=("SEG-101",)))
    assert verdicts(found)["v3_overlay"] == "PASS"
    (result,) = [r for r in found.results if r.requirement.id == "SEG-296"]
    assert (result.status, result.level, result.finding.code) == (UNKNOWN, Level.NOTE, "needs")


def test_what_is_needed_is_judged_even_where_it_is_left_out_of_the_report(tmp_path):
    images = make.ct(4, ImageOrientationPatient=ABSENT)
    found = report_on(tmp_path, images, options=Options(ignore=("MPR-203",)))
    assert finding_of(found, "MPR-205").values["ids"] == ("MPR-203",)
    assert "MPR-203" not in {r.requirement.id for r in found.results}


def test_a_comparison_sees_the_findings_it_names():
    series = pack.read(make.ct(4, PixelSpacing=ABSENT))[0]
    seen = {}

    def compare(narrowed, others):
        seen.update(others)
        return Finding(PASS, "compared", (), len(narrowed.instances))

    comparison = Comparison(("MPR-103", "MPR-205", "MPR-301"), compare)
    known = BY_ID | {"MPR-193": replace(BY_ID["MPR-193"], check=comparison)}
    assert Judge(known, series).finding("MPR-193").evidence == "compared"
    found = {id_: finding.status for id_, finding in seen.items()}
    assert found == {"MPR-103": FAIL, "MPR-205": PASS, "MPR-301": NA}


def test_a_note_never_moves_a_verdict(tmp_path):
    holes = make.ct(z=[0, 3, 6, 9, 15, 18, 21])
    report = report_on(tmp_path, holes)
    assert finding_of(report, "MPR-206").status is FAIL
    assert report.verdicts["v3_mpr"].status is PASS
    assert report.verdicts["v3_mpr"].reasons == ()


@pytest.mark.parametrize(
    ("datasets", "builds"),
    [
        (make.ct(4, Rows=ABSENT), ("v3_mpr", "v3_measure")),
        (make.pt(4, BitsAllocated=ABSENT), ("v3_mpr", "v3_measure", "v3_suv")),
        (make.seg(make.ct(2), Rows=ABSENT), ("v3_overlay",)),
        (make.cr(1, Rows=ABSENT), ("v3_measure",)),
    ],
)
def test_what_builds_on_opening_fails_with_it_where_it_applies(tmp_path, datasets, builds):
    report = report_on(tmp_path, datasets)
    opening = reasons(report.verdicts["v3_open"])
    assert opening
    for capability in ("v3_mpr", "v3_overlay", "v3_measure", "v3_suv"):
        verdict = report.verdicts[capability]
        if capability in builds:
            assert verdict.status is FAIL
            assert reasons(verdict)[: len(opening)] == opening
        else:
            assert verdict.status is NA
            assert verdict.reasons == ()


def test_archive_and_v2_do_not_build_on_opening(tmp_path):
    report = report_on(tmp_path, make.ct(4, Rows=ABSENT))
    assert report.verdicts["archive"].status is PASS
    assert report.verdicts["v2_open"].status is PASS


def test_an_unknown_opening_fails_nothing(tmp_path, monkeypatch):
    def divide_by_zero(_):
        return 1 / 0

    crash = replace(BY_ID["V3-105"], check=divide_by_zero)
    monkeypatch.setattr(
        "fw_gear_viewer_check.checker.judging.REQUIREMENTS",
        tuple(crash if r.id == crash.id else r for r in REQUIREMENTS),
    )
    report = report_on(tmp_path, make.ct(4))
    assert report.verdicts["v3_open"].status is UNKNOWN
    assert report.verdicts["v3_mpr"].status is PASS


def test_a_verdict_of_the_input_is_the_worst_of_its_series(tmp_path):
    report = report_on(tmp_path, make.ct(4) + make.mr(4, Rows=ABSENT))
    assert report.series[0].verdicts["v3_open"].status is PASS
    assert report.series[1].verdicts["v3_open"].status is FAIL
    assert report.verdicts["v3_open"].status is FAIL
    assert reasons(report.verdicts["v3_open"]) == [("V3-105", "FAIL")]
    assert report.verdicts["archive"].status is FAIL


def test_the_overall_state_is_that_of_the_capabilities_asked_for(tmp_path):
    images = make.ct(3, PatientID=ABSENT)
    assert report_on(tmp_path, images).overall is PASS
    asked = Options(require=(Capability.V2_OPEN,))
    assert report_on(tmp_path, images, options=asked).overall is FAIL
    asked = Options(require=(Capability.V3_SUV,))
    assert report_on(tmp_path, images, options=asked).overall is NA


def test_the_default_asks_for_a_clean_archive_opening_and_overlay(tmp_path):
    asked = (Capability.ARCHIVE, Capability.V3_OPEN, Capability.V3_OVERLAY)
    assert Options().require == asked
    assert report_on(tmp_path, make.seg(make.ct(2))).overall is UNKNOWN


# levels


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("MPR-205", {"MPR-205"}),
        ("MPR-20", {"MPR-201", "MPR-202", "MPR-203", "MPR-204", "MPR-205", "MPR-206"}),
        ("SEG-3", {i for i in BY_ID if i.startswith("SEG-3")}),
        ("V2", {i for i in BY_ID if i.startswith("V2-")}),
        ("V3", {i for i in BY_ID if i.startswith("V3-")}),
    ],
)
def test_selectors_are_ids_families_and_beginnings(selector, selected):
    assert {i for i in BY_ID if is_selected(i, selector)} == selected
    levels = Options(ignore=(selector,)).levels
    assert {i for i, level in levels.items() if level is Level.IGNORE} == selected


def test_levels_are_overridden_from_required_over_note_to_ignore():
    options = Options(
        as_error=("MPR", "SUV-102"), as_note=("MPR-2",), ignore=("MPR-205", "SUV-103")
    )
    levels = options.levels
    assert levels["MPR-101"] is Level.REQUIRED
    assert levels["MPR-194"] is Level.REQUIRED
    assert levels["MPR-201"] is Level.NOTE
    assert levels["MPR-205"] is Level.IGNORE
    assert levels["SUV-102"] is Level.REQUIRED
    assert levels["SUV-103"] is Level.IGNORE
    assert "V3-101" not in levels


def test_what_an_option_makes_a_note_fails_for_no_code(tmp_path):
    one, other = make.ct(1, PatientID="one"), make.ct(1, PatientID="other", Rows=8)
    usual, asked = (
        report_on(tmp_path, [*one, *other], options=Options(as_note=ids))
        for ids in ((), ("ZIP-192", "ZIP-194", "V3-196"))
    )
    of_codes = {"ZIP-194", "V3-196"}
    assert of_codes <= {r.requirement.id for r in usual.results if r.level is Level.REQUIRED}
    assert not of_codes & {r.requirement.id for r in asked.results if r.level is Level.REQUIRED}
    assert (usual.verdicts["archive"].status, asked.verdicts["archive"].status) == (FAIL, PASS)


def test_a_note_does_not_fail_and_an_ignored_row_is_left_out(tmp_path):
    images = make.ct(3, PatientID=ABSENT, StudyID=ABSENT)
    assert report_on(tmp_path, images).verdicts["v2_open"].status is FAIL
    options = Options(as_note=("V2-110",), ignore=("V2-109",))
    report = report_on(tmp_path, images, options=options)
    assert report.verdicts["v2_open"].status is PASS
    results = {r.requirement.id: r for r in report.results}
    assert "V2-109" not in results
    assert (results["V2-110"].status, results["V2-110"].level) == (FAIL, Level.NOTE)


def test_a_note_made_required_fails(tmp_path):
    holes = make.ct(z=[0, 3, 6, 9, 15, 18, 21])
    options = Options(as_error=("MPR-206",))
    assert report_on(tmp_path, holes, options=options).verdicts["v3_mpr"].status is FAIL


def test_a_capability_with_all_rows_ignored_is_not_judged(tmp_path):
    report = report_on(tmp_path, make.ct(3), options=Options(ignore=("V2",)))
    assert report.verdicts["v2_open"].status is NA


# tolerances


def test_tolerances_reach_the_checks(tmp_path):
    assert Options().tolerances == Tolerances(0.01, 0.2, 5000)
    options = Options(orientation_tolerance=0.5, spacing_tolerance_mm=2, max_instances=3)
    assert options.tolerances == Tolerances(0.5, 2, 3)
    uneven = make.ct(z=[0, 3, 7, 10])
    assert report_on(tmp_path, uneven).verdicts["v3_mpr"].status is FAIL
    report = report_on(tmp_path, uneven, options=options)
    assert finding_of(report, "MPR-205").status is PASS
    assert finding_of(report, "LIM-103").status is FAIL


@pytest.mark.parametrize(
    "different",
    [
        {"SOPInstanceUID": make.each("1.3", "1.2", "1.3", "1.1")},
        {"SOPInstanceUID": "1.1", "SOPClassUID": make.each(make.CT, make.MR, make.CT, make.MR)},
    ],
)
def test_different_images_of_one_uid_do_not_open_in_whatever_order_they_stand(tmp_path, different):
    """V3-196: one of them is lost, and which one depends on the order of the upload."""
    images = make.ct(4, **different)
    found = verdicts(report_on(tmp_path, images))
    assert found["v3_open"] == "FAIL"
    assert verdicts(report_on(tmp_path, images[::-1])) == found


POSITIONS = ([0, 0, 0], [0, 0, 3], [0, 0, 6])


@pytest.mark.parametrize(
    "options",
    [Options(as_note=("V3-196", "V3-108")), Options(ignore=("V3-196", "V3-108"))],
)
@pytest.mark.parametrize(
    ("images", "capability"),
    [
        (make.ct(4, Modality=make.each("CT", "CT", "CT", make.BLANK)), "v3_open"),
        (make.ct(4, ImagePositionPatient=make.each(*POSITIONS, make.ABSENT)), "v3_open"),
        (make.pt(4, PatientWeight=make.each(70, 70, 70, 71)), "v3_suv"),
    ],
)
def test_the_worst_of_images_of_one_uid_counts_whatever_their_names(
    tmp_path, images, capability, options
):
    """Where V3-196 was a note the first by name decided: the other could end on an error page."""
    make.change(images[2:], SOPInstanceUID="1.1")
    for order in (images, images[::-1]):
        assert verdicts(report_on(tmp_path, order, options=options))[capability] == "FAIL"


def test_copies_of_an_image_open(tmp_path):
    """V3-196: where one of them is compressed, nobody knows whether they are copies."""
    at_one_place = {"ImagePositionPatient": [0, 0, 0], "InstanceNumber": 1}
    copies = make.ct(2, SOPInstanceUID="1.1", **at_one_place)
    packed = make.ct(1, SOPInstanceUID="1.1", TransferSyntaxUID=JPEG, **at_one_place)
    for images, code, status in (
        (copies, "repeated-uid", "PASS"),
        ([copies[0], packed[0]], "not-compared", "UNKNOWN"),
    ):
        report = report_on(tmp_path, images)
        assert finding_of(report, "V3-196").code == code
        assert verdicts(report)["v3_open"] == status


def test_what_is_a_note_stops_nothing_that_needs_it_at_any_remove(tmp_path):
    """SUV-293 needs SUV-203, which needs SUV-201: the verdict was UNKNOWN without a reason."""
    path = pack.zip_file(tmp_path, make.pt(4, RadiopharmaceuticalInformationSequence=make.ABSENT))
    for level in ("as_note", "ignore"):
        found = check(path, options=options_from({level: "SUV-201"}))
        assert {r.level for r in found.results if r.finding.code == "needs"} == {"note"}
        verdict = found.verdicts["v3_suv"]  # as the viewer computes none
        assert (verdict.status, [r.requirement.id for r in verdict.reasons]) == (FAIL, ["SUV-298"])


TURNED = make.each(make.AXIAL, make.AXIAL, [0, 1, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1])


@pytest.mark.parametrize("level", ["as_note", "ignore"])
@pytest.mark.parametrize(
    ("of", "images"),
    [
        ("MPR-205", make.ct(z=[0, 3, 6, 9.9, 12.9])),
        ("MPR-203", make.ct(4, ImageOrientationPatient=TURNED)),
    ],
)
def test_what_the_viewer_does_is_judged_whatever_is_a_note(tmp_path, level, of, images):
    """Where a site did not care about uneven gaps, what has no MPR passed as what has."""
    path = pack.zip_file(tmp_path, images)
    assert finding_of(check(path), "MPR-198").code == "needs"
    verdict = check(path, options=options_from({level: of})).verdicts["v3_mpr"]
    assert (verdict.status, [r.requirement.id for r in verdict.reasons]) == (FAIL, ["MPR-198"])
    assert verdict.reasons[0].repair
    noted = check(path, options=options_from({level: f"{of},MPR-198"}))
    assert noted.verdicts["v3_mpr"].status == "PASS"


def test_what_the_viewer_shows_all_the_same_passes_where_its_requirement_is_a_note(tmp_path):
    path = pack.zip_file(tmp_path, make.ct(z=[0, 30, 60, 90.9]))
    assert check(path).verdicts["v3_mpr"].status == FAIL
    noted = check(path, options=options_from({"as_note": "MPR-205"}))
    assert noted.verdicts["v3_mpr"].status == "PASS"


def test_images_in_the_same_input_are_known_though_seg_101_is_ignored(tmp_path):
    images = make.ct(4)
    path = pack.zip_file(tmp_path, [*images, *make.rtstruct(images)])
    shown = [one.viewer for one in check(path, options=options_from({"ignore": "SEG-101"})).series]
    assert not any(viewer.of_effect(Effect.ERROR_PAGE) for viewer in shown)


def test_members_are_gone_through_once_for_all_series(tmp_path):
    """Each repair of each series went through all of them again."""
    series = [make.ct(2, SeriesInstanceUID=f"1.2.03.{n}", Rows=make.each(4, 5)) for n in range(5)]
    path = pack.zip_file(tmp_path, [image for one in series for image in one])
    looked_at = []

    class Members(tuple):
        __slots__ = ()

        def __iter__(self):
            looked_at.append(1)
            return super().__iter__()

    report = check(path)
    archive = report.series[0].series.archive
    counted = replace(archive, members=Members(archive.members))
    judging.report_on(
        counted, [replace(one.series, archive=counted) for one in report.series], Options()
    )
    assert len(looked_at) < 20

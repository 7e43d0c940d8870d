import logging
from dataclasses import replace

import pytest

from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.model.lookup import Answer
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Status
from tests import make, pack
from tests.elsewhere import Elsewhere
from tests.make import ABSENT, each

PASS, FAIL, NA, UNKNOWN = Status.PASS, Status.FAIL, Status.NOT_APPLICABLE, Status.UNKNOWN


def report_on(tmp_path, contents, **how):
    return check(pack.zip_file(tmp_path, contents), **how)


def verdicts(report):
    return {name: str(verdict.status) for name, verdict in report.verdicts.items()}


def reasons(verdict):
    return [(r.requirement.id, str(r.status)) for r in verdict.reasons]


def finding_of(report, id_, series=0):
    return next(r.finding for r in report.series[series].results if r.requirement.id == id_)


def test_a_check_that_crashes_is_unknown_and_logged_and_the_others_go_on(
    tmp_path, monkeypatch, caplog
):
    def crash(_series, **_):
        message = "patient Doe"
        raise ZeroDivisionError(message)

    broken = replace(BY_ID["MPR-101"], check=crash)
    monkeypatch.setattr(
        judging, "REQUIREMENTS", tuple(broken if r.id == broken.id else r for r in REQUIREMENTS)
    )
    with caplog.at_level(logging.ERROR):
        report = report_on(tmp_path, make.ct(4))
    found = finding_of(report, "MPR-101")
    assert (found.status, found.checked) == (UNKNOWN, 4)
    assert "ZeroDivisionError" in found.evidence
    assert "Doe" not in found.evidence
    assert finding_of(report, "MPR-102").status is PASS
    assert report.verdicts["v3_mpr"].status is UNKNOWN
    assert "MPR-101 could not be checked" in caplog.text
    assert "Traceback" in caplog.text


def test_a_prediction_that_stops_is_none_and_logged(tmp_path, monkeypatch, caplog):
    def crash(_series, **_):
        raise ZeroDivisionError

    monkeypatch.setattr(judging, "prediction_of", crash)
    report = report_on(tmp_path, make.ct(2))
    assert report.series[0].viewer is None
    assert report.verdicts["v3_open"].status is PASS
    assert "could not be predicted" in caplog.text


def test_a_series_has_its_prediction(tmp_path):
    report = report_on(tmp_path, make.ct(4))
    assert [s.handler for s in report.series[0].viewer.display_sets] == ["stack"]


# inputs


def test_an_input_without_dicom_fails_where_it_should(tmp_path):
    for contents in ({"a.txt": b"some text of a length"}, {}, {"a.dcm": b""}):
        report = report_on(tmp_path, contents)
        assert verdicts(report) == {
            "archive": "FAIL",
            "v2_open": "FAIL",
            "v3_open": "FAIL",
            "v3_mpr": "NOT_APPLICABLE",
            "v3_overlay": "NOT_APPLICABLE",
            "v3_measure": "NOT_APPLICABLE",
            "v3_suv": "NOT_APPLICABLE",
        }
        assert report.overall is FAIL
        assert len(report.series) == 1
        assert report.series[0].series.instances == ()
        assert report.series[0].viewer is None


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty (0 bytes)"), (b"a text of some length, not DICOM", "not DICOM")],
)
def test_a_lone_file_without_dicom_fails_to_open_and_has_no_archive(tmp_path, content, why):
    path = tmp_path / "image.dcm"
    path.write_bytes(content)
    report = check(path)
    assert report.verdicts["archive"].status is NA
    assert report.verdicts["v2_open"].status is FAIL
    assert report.verdicts["v3_open"].status is FAIL
    assert why in finding_of(report, "V3-101").evidence


def test_a_zip_that_cannot_be_opened_fails(tmp_path):
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK\3\4 and then nothing of a zip")
    report = check(path)
    assert report.verdicts["archive"].status is FAIL
    assert report.verdicts["v3_open"].status is FAIL


def test_paths_may_be_text_and_a_folder_is_an_input(tmp_path):
    report = check(str(pack.folder_of(tmp_path, make.ct(4))))
    assert report.name == "series"
    assert report.verdicts["archive"].status is PASS


@pytest.mark.parametrize("argument", ["path", "reference"])
def test_a_path_that_is_not_there_is_an_error_that_names_it(tmp_path, argument):
    paths = {"path": pack.zip_file(tmp_path, make.ct(1))} | {argument: tmp_path / "nothing.zip"}
    with pytest.raises(UsageError, match=r"no such file or folder: .*nothing\.zip"):
        check(**paths)


def test_options_are_judged_before_the_input_is_read(tmp_path):
    with pytest.raises(UsageError, match="ignore"):
        check(tmp_path / "nothing.zip", options=Options(ignore=("X",)))


def test_the_reference_is_looked_at(tmp_path):
    images = make.ct(3)
    reference = pack.zip_file(tmp_path, images, "reference.zip")
    report = report_on(tmp_path, make.seg(images), reference=reference)
    assert report.verdicts["v3_overlay"].status is PASS
    assert len(report.series) == 1


def test_images_of_input_and_reference_are_judged_as_the_one_series_that_they_make(tmp_path):
    """Of the two together nothing was predicted, and SEG-101 passed."""
    position = {"ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": make.AXIAL}
    images = make.dx(2, SeriesInstanceUID="1.2.3", FrameOfReferenceUID="1.2.4", **position)
    overlay = make.seg(images, SeriesInstanceUID="1.2.5")
    reference = pack.zip_file(tmp_path, images[1:], "reference.zip")
    report = report_on(tmp_path, [*overlay, images[0]], reference=reference)
    found = finding_of(report, "SEG-101", series=1)
    assert found.status is FAIL
    assert found.evidence.endswith("found in this input and 1 more, but shown in 2 separate stacks")


def test_a_lookup_is_used_besides_the_input(tmp_path):
    lookup = Elsewhere(files=Answer(("other.zip",)))
    report = report_on(tmp_path, make.ct(2), lookup=lookup)
    assert finding_of(report, "ZIP-101").affected == ("other.zip",)


def test_progress_is_told(tmp_path):
    seen = []
    report_on(tmp_path, make.ct(2), on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("z", "tilts", "changes"),
    [
        ([[10 * n, 0, 0] for n in range(5)], [0, 0, 0, 0, 0.009], {}),
        ([[0, 0, 0], [2, 0, 0]], [0, 0.009], {}),
        ([[0.006, 0, 0], [0, 0, 0], [0.012, 0, 0]], [0, 0, 0], {}),
        ([[0, 0, 0], [5, 0, 0], [0, 0, 3], [0, 0, 6]], [0.006, 0, -0.006, -0.006], {}),
        ([0, 3, 6], [0, 0.006, -0.006], {"ImagePositionPatient": ABSENT}),
    ],
    ids=["in a plane", "two", "nearly one position", "side by side", "nowhere"],
)
def test_names_of_images_do_not_decide_about_the_findings(tmp_path, z, tilts, changes):
    cosines = [[1 - t * t / 2, 0, -t, 0, 1, 0] for t in tilts]
    images = make.ct(z=z, ImageOrientationPatient=each(*cosines), **changes)
    found = set()
    for names in (range(len(z)), reversed(range(len(z)))):
        members = {f"{n}.dcm": pack.to_bytes(i) for n, i in zip(names, images, strict=True)}
        results = report_on(tmp_path, members).results
        found.add(tuple((r.requirement.id, r.status, r.finding.code) for r in results))
    assert len(found) == 1


def test_the_same_input_gives_the_same_findings(tmp_path):
    images = make.ct(z=[0, 3, 7, 9], Rows=make.each(4, 5, 4, 4))
    first, second = (report_on(tmp_path, images) for _ in range(2))
    assert [r.finding for r in first.results] == [r.finding for r in second.results]


IDENTIFYING = {
    "PatientID": "MRN-98765",
    "PatientName": "Smith^Zebulon",
    "AccessionNumber": "ACC55443",
    "StudyID": "ST66778",
    "StudyDate": "19770523",
    "StudyTime": "131719",
    "SeriesDate": "19770524",
    "SeriesTime": "141820",
    "AcquisitionDate": "19770525",
    "AcquisitionTime": "151921",
    "PatientWeight": 87.654,
    "PatientSex": "O",
    "PatientSize": 1.8765,
    "ScheduledProcedureStepID": "SPS4321",
    "RequestedProcedureID": "RP8765",
}


@pytest.mark.parametrize("maker", [make.ct, make.pt])
def test_no_identifying_value_is_in_a_finding_or_a_log(tmp_path, maker, caplog):
    """Whether an attribute is right, or differs between images, or is damaged."""
    images = maker(4, **IDENTIFYING)
    make.change(images[1:2], **dict.fromkeys(IDENTIFYING, ABSENT))
    damaged = {k: make.raw(f"{v}\\bad#".encode()) for k, v in IDENTIFYING.items()}
    make.change(images[2:3], **damaged)
    with caplog.at_level(logging.DEBUG):
        report = report_on(tmp_path, images)
    texts = caplog.text + " ".join(r.finding.evidence for r in report.results)
    told = [str(v) for v in IDENTIFYING.values() if len(str(v)) > 1 and str(v) in texts]
    assert told == []

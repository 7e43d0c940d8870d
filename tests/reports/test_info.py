import json

import pytest

from fw_gear_viewer_check import check
from fw_gear_viewer_check.model.version import PAGE, __version__
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode
from fw_gear_viewer_check.ohif.prediction import Prediction
from fw_gear_viewer_check.reports import qc_info
from fw_gear_viewer_check.requirements.types import Capability, Level, Status
from tests import hand_made, make, pack

KIBIBYTE = 1024


def block_of(*results, **changes):
    return qc_info.qc_block(hand_made.report(hand_made.series_report(*results, **changes)))


def keys_of(value):
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from keys_of(item)


def test_a_failed_capability_says_what_failed_where_and_what_to_do():
    block = block_of(hand_made.result(affected=[f"{n}.dcm" for n in range(12)], checked=40))
    assert block["v3_mpr"] == {
        "state": "FAIL",
        "data": [
            {
                "type": "error",
                "code": "MPR-205",
                "message": "gaps of 1 mm and 7 mm (required: Images are evenly spaced)",
                "affected": 12,
                "checked": 40,
                "examples": [f"{n}.dcm" for n in range(10)],
                "repair": {
                    "kind": "gear",
                    "text": "Split the series with dicom-splitter.",
                    "gear": "dicom-splitter",
                    "config": {"group_by": "EchoTime", "delete_input": False},
                    "caution": "The original stays.",
                },
            }
        ],
    }


def test_a_message_does_not_name_an_attribute_twice():
    failed = hand_made.result(title="StudyID", evidence="StudyID is blank in all 3 images")
    (entry,) = qc_info.qc_block(hand_made.report(hand_made.series_report(failed)))["v3_mpr"]["data"]
    assert entry["message"] == "StudyID is blank in all 3 images"


def test_a_passed_capability_has_no_data():
    assert block_of(hand_made.result(Status.PASS))["v3_mpr"] == {"state": "PASS", "data": None}


def test_notes_of_a_passed_capability_are_warnings():
    block = block_of(
        hand_made.result(Status.PASS),
        hand_made.result(Status.FAIL, "MPR-206", level=Level.NOTE),
    )
    assert block["v3_mpr"]["state"] == "PASS"
    assert [(e["type"], e["code"]) for e in block["v3_mpr"]["data"]] == [("warning", "MPR-206")]


def test_errors_come_before_notes():
    block = block_of(
        hand_made.result(Status.FAIL, "MPR-206", level=Level.NOTE),
        hand_made.result(Status.FAIL, "MPR-205"),
    )
    entries = [(e["type"], e["code"]) for e in block["v3_mpr"]["data"]]
    assert entries == [("error", "MPR-205"), ("warning", "MPR-206")]


def test_what_cannot_be_judged_is_na_with_one_reason():
    block = block_of(
        hand_made.result(Status.UNKNOWN, "SEG-101", Capability.V3_OVERLAY, evidence="no reference"),
        hand_made.result(Status.UNKNOWN, "SEG-296", Capability.V3_OVERLAY, evidence="no reference"),
    )
    assert block["v3_overlay"]["state"] == "NA"
    (entry,) = block["v3_overlay"]["data"]
    assert (entry["code"], entry["message"]) == (
        "SEG-101",
        "no reference (required: Images are evenly spaced)",
    )
    assert block["summary"]["unchecked"] == ["SEG-101", "SEG-296"]


def test_a_capability_that_does_not_apply_is_left_out():
    assert list(block_of(hand_made.result())) == ["v3_mpr", "summary"]


def test_summary_has_scalars_first_and_no_state():
    summary = block_of(
        hand_made.result(),
        hand_made.result(Status.FAIL, "MPR-206", level=Level.NOTE),
        hand_made.result(Status.UNKNOWN, "SEG-101", Capability.V3_OVERLAY),
        viewer=hand_made.stack(),
    )["summary"]
    assert "state" not in summary
    scalars = {name: value for name, value in summary.items() if not isinstance(value, list)}
    assert list(summary)[: len(scalars)] == list(scalars)
    assert scalars == {
        "headline": "Not checked whether V3 opens it.",
        "version": __version__,
        "page": PAGE,
        "overall": "UNKNOWN",
        "archive": "NOT_APPLICABLE",
        "v2_open": "NOT_APPLICABLE",
        "v3_open": "NOT_APPLICABLE",
        "v3_mpr": "FAIL",
        "v3_overlay": "UNKNOWN",
        "v3_measure": "NOT_APPLICABLE",
        "v3_suv": "NOT_APPLICABLE",
        "errors": 1,
        "notes": 1,
        "file_version": None,
        "series_count": 1,
        "shortened": "",
    }


def test_summary_tells_each_series_with_what_the_viewer_would_show():
    (series,) = block_of(hand_made.result(), viewer=hand_made.stack())["summary"]["series"]
    assert series["series_instance_uid"] == "1.2.3"
    assert series["sop_class"] == "1.2.840.10008.5.1.4.1.1.2"
    assert (series["instances"], series["frames"]) == (1, 1)
    assert series["verdicts"]["v3_mpr"] == "FAIL"
    assert series["viewer"]["display_sets"][0]["messages"] == [3]


def test_what_several_series_have_in_common_is_said_once():
    series = [
        hand_made.series_report(hand_made.result(affected=[f"{n}.dcm"], checked=10), uid=f"1.2.{n}")
        for n in range(3)
    ]
    (entry,) = qc_info.qc_block(hand_made.report(*series))["v3_mpr"]["data"]
    assert (entry["affected"], entry["checked"]) == (3, 30)
    assert entry["examples"] == ["0.dcm", "1.dcm", "2.dcm"]
    assert entry["message"].startswith("gaps of 1 mm and 7 mm (required: ")
    assert entry["message"].endswith(" (and in 2 more series)")


def long_name(number):
    return f"{number}" + "\N{BRAIN}" * 10_000


def broken_series(number, *, instances):
    names = [long_name(i) for i in range(instances)]
    results = [
        hand_made.result(
            status,
            f"{capability}-{n}",
            capability,
            level=level,
            affected=names,
            checked=instances,
            evidence="\N{BRAIN}" * 10_000,
        )
        for capability in Capability
        for status, level in ((Status.FAIL, Level.REQUIRED), (Status.FAIL, Level.NOTE))
        for n in range(60)
    ]
    viewer = hand_made.stack(messages=tuple(range(1, 16)))
    failure = Failure(FailureCode.NO_INSTANCE, "\N{BRAIN}" * 10_000)
    many = Prediction(viewer.display_sets * 100, (failure,) * 100)
    return hand_made.series_report(*results, uid=long_name(number), viewer=many)


@pytest.mark.long
@pytest.mark.parametrize(("series", "instances"), [(1, 5000), (60, 3)])
def test_the_block_stays_under_64_kib_whatever_the_input(series, instances):
    one = broken_series(0, instances=instances)
    block = qc_info.qc_block(hand_made.report(*[one] * series))
    assert len(json.dumps(block, indent=2)) < 60 * KIBIBYTE
    assert "findings left out" in block["summary"]["shortened"]
    assert block["summary"]["errors"] == series * len(Capability) * 60
    assert block["summary"]["series_count"] == series
    assert all(block[capability]["state"] == "FAIL" for capability in Capability)


@pytest.mark.parametrize("limits", qc_info._LIMITS)
def test_a_gear_is_never_named_without_its_config(tmp_path, monkeypatch, limits):
    """The gear's defaults delete the input."""
    monkeypatch.setattr(qc_info, "_LIMITS", (limits,))
    images = [*make.ct(3), *make.ct(z=[0, 4, 5, 9], SeriesInstanceUID="1.2.3.9")]
    report = check(pack.zip_file(tmp_path, images))
    due = {r.requirement.id: r.repair for r in report.results if r.repair and r.repair.gear}
    block = qc_info.qc_block(report)
    entries = [e for c in Capability for e in block.get(c, {}).get("data") or ()]
    told = {e["code"]: e["repair"]["config"] for e in entries if (e["repair"] or {}).get("gear")}
    assert "ZIP-102" in told
    assert told == {id_: dict(due[id_].config) for id_ in told}


def test_a_hundred_series_are_cut_to_twenty_and_that_is_said():
    series = [hand_made.series_report(hand_made.result(), uid=f"1.2.{n}") for n in range(100)]
    summary = qc_info.qc_block(hand_made.report(*series))["summary"]
    assert len(summary["series"]) == 20
    assert summary["shortened"] == "20 of 100 series listed"


@pytest.mark.long
def test_the_same_report_gives_the_same_block():
    report = hand_made.report(broken_series(0, instances=30))
    assert json.dumps(qc_info.qc_block(report)) == json.dumps(qc_info.qc_block(report))


def test_only_keys_that_the_data_base_takes_and_plain_values():
    block = block_of(hand_made.result(affected=["a.b$c\udcff"]), viewer=hand_made.stack())
    assert all(key and not set(key) & set(".$") for key in keys_of(block))
    assert json.loads(json.dumps(block, allow_nan=False, ensure_ascii=False).encode()) == block


def test_what_is_said_of_the_archive_is_counted_once(tmp_path):
    """It was counted for each series: 39 files instead of 13."""
    images = [i for n in range(3) for i in make.ct(4, SeriesInstanceUID=f"1.2.3.{n}")]
    report = check(pack.zip_file(tmp_path, {**pack.members(images), "README.txt": b"x"}))
    block = qc_info.qc_block(report)
    (entry,) = (e for e in block["archive"]["data"] if e["code"] == "ZIP-103")
    assert (entry["affected"], entry["checked"], entry["examples"]) == (1, 13, ["README.txt"])
    assert "more series" not in entry["message"]
    of_archive = {r.requirement.id for r in report.results if r.status == "FAIL"}
    assert block["summary"]["errors"] + block["summary"]["notes"] == len(of_archive)

import json
import math

from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.reports import json_report, rows
from fw_gear_viewer_check.requirements.types import Status
from tests import hand_made


def test_document_has_the_shape_of_the_contract():
    viewer = hand_made.stack(frames=3, reconstructable=True, messages=(), suv_factor=0.5)
    series = hand_made.series_report(hand_made.result(), names=("1.dcm", "2.dcm"), viewer=viewer)
    document = json.loads(json_report.to_text("in/scan.zip", hand_made.report(series)))
    verdicts = dict.fromkeys(
        ["archive", "v2_open", "v3_open", "v3_mpr", "v3_overlay", "v3_measure", "v3_suv"],
        "NOT_APPLICABLE",
    ) | {"v3_mpr": "FAIL"}
    results = document["inputs"][0].pop("results")
    assert document == {
        "viewer_check": __version__,
        "inputs": [
            {
                "input": "in/scan.zip",
                "headline": "Not checked whether V3 opens it.",
                "overall": "NOT_APPLICABLE",
                "verdicts": verdicts,
                "series": [
                    {
                        "headline": "Not checked whether V3 opens it.",
                        "series_instance_uid": "1.2.3",
                        "modality": "CT",
                        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
                        "instances": 2,
                        "frames": 2,
                        "verdicts": verdicts,
                        "viewer": {
                            "model": "OHIF 3.13",
                            "display_sets": [
                                {
                                    "handler": "stack",
                                    "frames": 3,
                                    "reconstructable": True,
                                    "four_d": False,
                                    "messages": [],
                                    "suv_factor": 0.5,
                                }
                            ],
                            "failures": [],
                        },
                    }
                ],
            }
        ],
    }
    columns = [name for name in rows.COLUMNS if not name.startswith("repair_")]
    assert [list(row) for row in results] == [columns]
    assert results[0]["repair"]["text"] == "Split the series with dicom-splitter."


def test_inputs_keep_their_order():
    names = ("b.zip", "a.zip")
    inputs = [json_report.input_of(name, hand_made.report(name=name)) for name in names]
    document = json.loads("".join(json_report.pieces(inputs)))
    assert [entry["input"] for entry in document["inputs"]] == ["b.zip", "a.zip"]


def test_values_that_json_has_not_are_null():
    viewer = hand_made.stack(suv_factor=math.nan)
    made = hand_made.report(hand_made.series_report(hand_made.result(Status.PASS), viewer=viewer))
    text = json_report.to_text("scan.zip", made)
    shown = json.loads(text)["inputs"][0]["series"][0]["viewer"]["display_sets"][0]
    assert shown["suv_factor"] is None


def test_no_prediction_is_null():
    document = json_report.input_of("scan.zip", hand_made.report())
    assert document["series"][0]["viewer"] is None


def test_a_path_that_is_no_utf8_can_be_printed():
    text = json_report.to_text("a\udcff.zip", hand_made.report())
    assert json.loads(text.encode())["inputs"][0]["input"] == r"a\udcff.zip"

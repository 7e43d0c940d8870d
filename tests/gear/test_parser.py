import json

import pytest

from fw_gear_viewer_check.checker.options import DEFAULTS, Options, UsageError
from fw_gear_viewer_check.gear import config_json, parser
from fw_gear_viewer_check.requirements.types import Capability, Status


def gear_folder(tmp_path, config=None, *, inputs=None, files=("dicom/scan.dicom.zip",)):
    for name in files:
        path = tmp_path / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    if config is not None or inputs is not None:
        if inputs is None:
            inputs = {"dicom": {"base": "file", "location": {"name": "scan.dicom.zip"}}}
        content = {"config": config or {}, "inputs": inputs}
        (tmp_path / "config.json").write_text(json.dumps(content))
    return tmp_path


def parse(folder):
    return parser.parse(config_json.load(folder), folder)


def test_every_option_has_a_default(tmp_path):
    config = parse(gear_folder(tmp_path, {}))
    assert config.options == Options()
    assert (config.tag, config.fail_on, config.debug) == ("viewer-check", "never", False)
    assert (config.html_report, config.platform_lookup) == (True, True)
    assert (config.reference_path, config.api_key) == (None, "")
    assert config.input_path == tmp_path / "input/dicom/scan.dicom.zip"


def test_every_option_can_be_set(tmp_path):
    given = {
        "debug": True,
        "tag": " qc ",
        "capability_tags": True,
        "require": "v3_mpr, v3_suv,",
        "ignore": " V2-105 ,, MPR",
        "as_note": "V3-101",
        "as_error": "MPR-206",
        "orientation_tolerance": 1,
        "spacing_tolerance_mm": 0.5,
        "max_instances": 10,
        "html_report": False,
        "thumbnail": False,
        "hide_names": True,
        "platform_lookup": False,
        "fail_on": "unknown",
    }
    assert set(given) == set(DEFAULTS)
    config = parse(gear_folder(tmp_path, given))
    assert config.options == Options(
        require=(Capability.V3_MPR, Capability.V3_SUV),
        ignore=("V2-105", "MPR"),
        as_note=("V3-101",),
        as_error=("MPR-206",),
        orientation_tolerance=1.0,
        spacing_tolerance_mm=0.5,
        max_instances=10,
        hide_names=True,
    )
    assert (config.tag, config.fail_on, config.debug) == ("qc", "unknown", True)
    assert (config.html_report, config.thumbnail, config.platform_lookup) == (False, False, False)


def test_the_platforms_path_is_looked_for_in_the_gear_folder(tmp_path):
    inputs = {
        name: {"location": {"path": f"/flywheel/v0/input/{name}/{file}", "name": file}}
        for name, file in (("dicom", "scan.dicom.zip"), ("reference", "ct.zip"))
    }
    files = ("dicom/scan.dicom.zip", "reference/ct.zip")
    config = parse(gear_folder(tmp_path, inputs=inputs, files=files))
    assert config.input_path == tmp_path / "input/dicom/scan.dicom.zip"
    assert config.reference_path == tmp_path / "input/reference/ct.zip"


@pytest.mark.parametrize("absolute", [True, False])
def test_a_path_that_exists_is_used(tmp_path, absolute):
    other = tmp_path / "elsewhere" / "a.dcm"
    other.parent.mkdir()
    other.touch()
    path = str(other) if absolute else "elsewhere/a.dcm"
    config = parse(gear_folder(tmp_path, inputs={"dicom": {"location": {"path": path}}}))
    assert (config.input_path, config.input_name) == (other, "a.dcm")


@pytest.mark.parametrize("name", ["gone.zip", "a\x00b", "a" * 300])
def test_a_missing_input_is_a_usage_error(tmp_path, name):
    inputs = {"dicom": {"location": {"path": f"/no/{name}", "name": name}}}
    folder = gear_folder(tmp_path, inputs=inputs)
    with pytest.raises(UsageError, match=r"^input dicom is missing: no file "):
        parse(folder)


def test_a_missing_reference_is_a_usage_error(tmp_path):
    inputs = {
        "dicom": {"location": {"name": "scan.dicom.zip"}},
        "reference": {"location": {"name": "gone.zip"}},
    }
    folder = gear_folder(tmp_path, inputs=inputs)
    with pytest.raises(UsageError, match=r"^input reference is missing: no file gone\.zip"):
        parse(folder)


def test_the_api_key_is_read_and_never_shown(tmp_path):
    inputs = {
        "dicom": {"location": {"name": "scan.dicom.zip"}},
        "api-key": {"base": "api-key", "key": "site:secret"},
    }
    config = parse(gear_folder(tmp_path, inputs=inputs))
    assert config.api_key == "site:secret"
    assert "secret" not in repr(config)


@pytest.mark.parametrize(
    ("fail_on", "overall"),
    [
        (parser.FailOn.NEVER, []),
        (parser.FailOn.FAIL, [Status.FAIL]),
        (parser.FailOn.UNKNOWN, [Status.UNKNOWN, Status.FAIL]),
    ],
)
def test_states_that_fail_the_job(fail_on, overall):
    assert [status for status in Status if fail_on.includes(status)] == overall

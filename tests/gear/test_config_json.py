import json

import pytest

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.gear import config_json


def touch(folder, *names):
    for name in names:
        path = folder / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def load(folder, content):
    (folder / "config.json").write_text(json.dumps(content))
    return config_json.load(folder)


def dicom(content):
    return {"inputs": {"dicom": content}}


LOCATION = {"path": "/flywheel/v0/input/dicom/scan.dcm", "name": "scan.dcm"}


@pytest.mark.parametrize("name", ["dicom/scan.dcm", "scan.dcm"])
def test_without_config_the_only_file_is_the_input(tmp_path, name):
    touch(tmp_path, name, "dicom/.DS_Store")
    loaded = config_json.load(tmp_path)
    assert loaded == {
        "config": {},
        "inputs": {
            "dicom": {
                "base": "file",
                "hierarchy": {"type": "acquisition", "id": ""},
                "location": {"path": str(tmp_path / "input" / name), "name": "scan.dcm"},
                "object": {"info": {}, "tags": []},
            }
        },
        "destination": {"type": "acquisition", "id": ""},
        "job": {"id": ""},
    }


def test_without_config_the_only_reference_is_taken_too(tmp_path):
    touch(tmp_path, "dicom/seg.dcm", "reference/ct.zip")
    assert config_json.load(tmp_path)["inputs"]["reference"]["location"]["name"] == "ct.zip"


def test_a_config_with_options_only_finds_its_input(tmp_path):
    touch(tmp_path, "dicom/scan.dcm")
    loaded = load(tmp_path, {"config": {"tag": "qc"}})
    assert loaded["config"] == {"tag": "qc"}
    assert loaded["inputs"]["dicom"]["location"]["name"] == "scan.dcm"


def test_no_file_at_all(tmp_path):
    with pytest.raises(UsageError, match=r"^input dicom is missing: "):
        config_json.load(tmp_path)


def test_several_files(tmp_path):
    touch(tmp_path, "dicom/1.dcm", "dicom/2.dcm")
    with pytest.raises(UsageError, match=r"2 files: leave one \(a series as one zip\)"):
        config_json.load(tmp_path)


def test_what_the_platform_writes_is_kept(tmp_path):
    content = {
        "config": {"debug": True},
        "inputs": {
            "dicom": {
                "base": "file",
                "hierarchy": {"type": "session", "id": "s1"},
                "location": LOCATION,
                "object": {"file_id": "f1", "version": 2, "info": {"a": 1}, "tags": ["b", "a"]},
            },
            "api-key": {"base": "api-key", "key": "k"},
        },
        "destination": {"type": "analysis", "id": "x1"},
        "job": {"id": "j1"},
    }
    assert load(tmp_path, content) == content


@pytest.mark.parametrize(
    "content",
    [
        {"location": LOCATION},
        {"location": LOCATION, "hierarchy": None, "object": None, "base": "file"},
        {"location": LOCATION, "hierarchy": {}, "object": {"info": None, "tags": None}},
        {"location": LOCATION, "hierarchy": {"type": "moon"}, "object": {"info": [], "tags": "x"}},
        {"location": {"path": LOCATION["path"]}, "object": {"tags": [None, 5]}},
    ],
)
def test_what_a_hand_made_config_lacks_is_filled_in(tmp_path, content):
    entry = load(tmp_path, dicom(content))["inputs"]["dicom"]
    assert entry == {
        "base": "file",
        "hierarchy": {"type": "acquisition", "id": ""},
        "location": LOCATION,
        "object": {"info": {}, "tags": []},
    }


@pytest.mark.parametrize(
    ("destination", "home"),
    [("session", "session"), ("acquisition", "acquisition"), ("analysis", "acquisition")],
)
def test_an_input_without_container_lives_where_the_gear_writes(tmp_path, destination, home):
    content = {**dicom({"location": LOCATION}), "destination": {"type": destination, "id": "1"}}
    assert load(tmp_path, content)["inputs"]["dicom"]["hierarchy"]["type"] == home


def test_an_optional_input_may_be_null(tmp_path):
    content = {"inputs": {"dicom": {"location": LOCATION}, "reference": None}}
    assert list(load(tmp_path, content)["inputs"]) == ["dicom"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "config.json has to be a JSON object, not list"),
        ({"config": []}, "config has to be a JSON object, not list"),
        ({"inputs": {"dicom": "a.dcm"}}, "inputs.dicom has to be a JSON object, not str"),
        ({"inputs": {"dicom": {}}}, "input dicom: location has neither path nor name"),
        (dicom({"location": "a.dcm"}), "inputs.dicom.location has to be a JSON object, not str"),
        (dicom({"base": "context"}), "input dicom has to be a file: its base is 'context'"),
        (dicom({"location": {"name": 5}}), "input dicom: location has neither path nor name"),
    ],
)
def test_a_config_of_another_shape_is_a_usage_error(tmp_path, content, message):
    with pytest.raises(UsageError) as error:
        load(tmp_path, content)
    assert str(error.value) == message


def test_a_config_that_is_no_json_is_a_usage_error(tmp_path):
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UsageError, match=r"^config\.json is not valid JSON: [^\n]*$"):
        config_json.load(tmp_path)


def test_a_config_that_cannot_be_read_is_a_usage_error(tmp_path):
    (tmp_path / "config.json").mkdir()
    with pytest.raises(UsageError, match=r"^config\.json cannot be read: Is a directory$"):
        config_json.load(tmp_path)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    touch(tmp_path, "dicom/scan.dcm")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8-sig")
    assert config_json.load(tmp_path)["config"] == {}

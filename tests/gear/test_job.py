"""config.json: read once, made complete, and refused in one line without values of a patient."""

import json
import os
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fw_gear_viewer_check.checker.options import DEFAULTS, Options, UsageError
from fw_gear_viewer_check.gear import log
from fw_gear_viewer_check.gear.job import load_job
from fw_gear_viewer_check.requirements.types import Capability, Status

LOCATION = {"path": "/flywheel/v0/input/dicom/scan.dcm", "name": "scan.dcm"}


def touch(folder, *names):
    for name in names:
        path = folder / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def load(folder, content, *files):
    touch(folder, *(files or ("dicom/scan.dcm",)))
    (folder / "config.json").write_text(json.dumps(content))
    return load_job(folder)


def dicom(content):
    return {"inputs": {"dicom": content}}


def refused(folder, content=None, *files):
    with pytest.raises(UsageError) as error:
        load_job(folder) if content is None else load(folder, content, *files)
    return str(error.value)


@pytest.mark.parametrize("name", ["dicom/scan.dcm", "scan.dcm"])
def test_without_config_the_only_file_is_the_input(tmp_path, name):
    touch(tmp_path, name, "dicom/.DS_Store")
    job = load_job(tmp_path)
    assert job.input == {
        "base": "file",
        "hierarchy": {"type": "acquisition", "id": ""},
        "location": {"path": str(tmp_path / "input" / name), "name": "scan.dcm"},
        "object": {"info": {}, "tags": []},
    }
    assert job.input_path == tmp_path / "input" / name
    assert (job.options, job.settings) == (Options(), DEFAULTS)
    assert (job.id, job.reference_path, job.api_key) == ("", None, None)
    assert (job.file_id, job.file_version) == ("", None)
    assert job.destination == {"type": "acquisition", "id": ""}


def test_without_config_the_only_reference_is_taken_too(tmp_path):
    touch(tmp_path, "dicom/seg.dcm", "reference/ct.zip")
    assert load_job(tmp_path).reference_path.name == "ct.zip"


def test_no_file_at_all(tmp_path):
    assert refused(tmp_path).startswith("input dicom is missing: ")


def test_several_files(tmp_path):
    touch(tmp_path, "dicom/1.dcm", "dicom/2.dcm")
    assert "2 files: keep one (zip a series first)" in refused(tmp_path)


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
    job = load(tmp_path, {"config": given})
    assert job.settings == {**given, "tag": "qc"}
    assert job.options == Options(
        require=(Capability.V3_MPR, Capability.V3_SUV),
        ignore=("V2-105", "MPR"),
        as_note=("V3-101",),
        as_error=("MPR-206",),
        orientation_tolerance=1.0,
        spacing_tolerance_mm=0.5,
        max_instances=10,
        hide_names=True,
    )


@pytest.mark.parametrize(
    ("fail_on", "fails_with"),
    [("never", ""), ("fail", "FAIL"), ("unknown", "FAIL UNKNOWN")],
)
def test_fail_on_says_which_result_fails_the_job(tmp_path, fail_on, fails_with):
    job = load(tmp_path, {"config": {"fail_on": fail_on}})
    assert {s for s in Status if job.fails_with(s)} == set(fails_with.split())


def test_what_the_platform_writes_is_kept(tmp_path):
    entry = {
        "base": "file",
        "hierarchy": {"type": "session", "id": "s1"},
        "location": LOCATION,
        "object": {"file_id": "f1", "version": 2, "info": {"a": 1}, "tags": ["b", "a"]},
    }
    content = {
        "config": {"debug": True, "unheard.of": 1},
        "inputs": {"dicom": entry, "api-key": {"base": "api-key", "key": "k"}},
        "destination": {"type": "analysis", "id": "x1"},
        "job": {"id": "j1"},
    }
    job = load(tmp_path, content)
    assert (job.inputs, job.destination, job.id) == ({"dicom": entry}, content["destination"], "j1")
    assert (job.file_id, job.file_version, job.api_key) == ("f1", 2, "k")
    assert job.unknown_settings == ("unheard.of",)


@pytest.mark.parametrize(
    "content",
    [
        {"location": LOCATION},
        {"location": LOCATION, "hierarchy": None, "object": None, "base": "file"},
        {"location": LOCATION, "hierarchy": {}, "object": {"info": None, "tags": None}},
        {"location": LOCATION, "hierarchy": {"type": 5}, "object": {"info": [], "tags": "x"}},
        {"location": {"path": LOCATION["path"]}, "object": {"tags": [None, 5]}},
    ],
)
def test_what_a_hand_made_config_lacks_is_filled_in(tmp_path, content):
    assert load(tmp_path, dicom(content)).input == {
        "base": "file",
        "hierarchy": {"type": "acquisition", "id": ""},
        "location": {**content["location"], "name": "scan.dcm"},
        "object": {"info": {}, "tags": []},
    }


@pytest.mark.parametrize("kind", ["analysis", "collection"])
def test_a_container_of_another_kind_stays_what_it_is(tmp_path, kind):
    """It was taken for an acquisition, whose file of this name was described then."""
    given = {"type": kind, "id": "1"}
    content = {**dicom({"location": LOCATION, "hierarchy": given}), "destination": given}
    job = load(tmp_path, content)
    assert job.input["hierarchy"] == job.destination == given


@pytest.mark.parametrize(
    ("destination", "home"),
    [("session", "session"), ("acquisition", "acquisition"), ("analysis", "acquisition")],
)
def test_an_input_without_container_lives_where_the_gear_writes(tmp_path, destination, home):
    content = {**dicom({"location": LOCATION}), "destination": {"type": destination, "id": "1"}}
    assert load(tmp_path, content).input["hierarchy"]["type"] == home


def test_an_optional_input_may_be_null(tmp_path):
    content = {"inputs": {"dicom": {"location": LOCATION}, "reference": None}}
    assert load(tmp_path, content).reference_path is None


@pytest.mark.parametrize("version", [None, "2", True, 1.5, 10**30])
def test_a_version_that_is_none_is_not_known(tmp_path, version):
    content = {"location": LOCATION, "object": {"version": version}}
    assert load(tmp_path, dicom(content)).file_version is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "config.json: the content must be a JSON object"),
        ({"config": []}, "config.json: config must be a JSON object"),
        (dicom("Doe^John.dcm"), "config.json: inputs.dicom must be a JSON object"),
        (dicom({"base": "context"}), "input dicom must be a file, but its base is 'context'"),
        (dicom({"object": "Doe^John"}), "config.json: inputs.dicom.object must be a JSON object"),
        (dicom({"location": {}, "x": 1}), "input dicom: location has neither path nor name"),
        (dicom({"location": {"name": 5}}), "input dicom: location has neither path nor name"),
        ({"config": {"ignore": "MPR-999"}}, "option ignore: 'MPR-999' matches no requirement"),
        ({"config": {"max_instances": 0}}, "option max_instances: 0 is not a whole number above 0"),
    ],
)
def test_a_config_of_another_shape_is_one_line(tmp_path, content, message):
    said = refused(tmp_path, content)
    assert said.startswith(message)
    assert "Doe" not in said


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "is not valid JSON: "),
        (b"\xff", "is not valid JSON: "),
        (b"[" * 100_000, "is not valid JSON: nested too deep"),
        (b"[" + b"{}," * 2_000_000 + b"{}]", "has more than 2,000,000 objects"),
        (b"[" + b"1," * 2_500_001 + b"1]", "has more than 2,000,000 objects or values"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "is nested more than 100 levels deep"),
    ],
)
def test_a_config_that_cannot_be_used_is_one_line(tmp_path, content, why):
    (tmp_path / "config.json").write_bytes(content)
    message = refused(tmp_path)
    assert message.startswith(f"config.json {why}")
    assert "\n" not in message


def test_a_config_that_cannot_be_read_is_one_line(tmp_path):
    (tmp_path / "config.json").mkdir()
    assert refused(tmp_path) == "config.json cannot be read: Is a directory"


@pytest.mark.parametrize("leads_to", ["nowhere", "config.json"])
def test_a_config_that_is_a_link_to_nothing_is_not_none(tmp_path, leads_to):
    """The gear ran with its defaults, and without the api-key."""
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "a.dcm").touch()
    (tmp_path / "config.json").symlink_to(leads_to)
    with pytest.raises(UsageError, match=r"config\.json cannot be read"):
        load_job(tmp_path)


def test_metadata_as_deep_as_the_platform_keeps_them_are_fine(tmp_path):
    info = {}
    for _ in range(90):
        info = {"a": info}
    content = dicom({"location": LOCATION, "object": {"info": info}})
    assert load(tmp_path, content).input["object"]["info"] == info


def test_a_byte_order_mark_does_no_harm(tmp_path):
    touch(tmp_path, "dicom/scan.dcm")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8-sig")
    assert load_job(tmp_path).settings == DEFAULTS


def test_the_platforms_path_is_looked_for_in_the_gear_folder(tmp_path):
    inputs = {
        name: {"location": {"path": f"/flywheel/v0/input/{name}/{file}", "name": file}}
        for name, file in (("dicom", "scan.dicom.zip"), ("reference", "ct.zip"))
    }
    job = load(tmp_path, {"inputs": inputs}, "dicom/scan.dicom.zip", "reference/ct.zip")
    assert job.input_path == tmp_path / "input/dicom/scan.dicom.zip"
    assert job.reference_path == tmp_path / "input/reference/ct.zip"


@pytest.mark.parametrize("absolute", [True, False])
def test_a_path_that_exists_is_used(tmp_path, absolute):
    other = tmp_path / "elsewhere" / "a.dcm"
    other.parent.mkdir()
    other.touch()
    path = str(other) if absolute else "elsewhere/a.dcm"
    job = load(tmp_path, dicom({"location": {"path": path}}))
    assert (job.input_path, job.input["location"]["name"]) == (other, "a.dcm")


@pytest.mark.parametrize("name", ["gone.zip", "a\x00b", "a" * 300])
@pytest.mark.parametrize("input_", ["dicom", "reference"])
def test_a_missing_file_is_one_line(tmp_path, input_, name):
    content = {"inputs": {"dicom": {"location": LOCATION}}}
    content["inputs"][input_] = {"location": {"path": f"/no/{name}", "name": name}}
    assert refused(tmp_path, content).startswith(f"input {input_} is missing: no file ")


def test_neither_the_key_nor_metadata_are_shown(tmp_path):
    content = dicom({"location": LOCATION, "object": {"info": {"PatientName": "Doe^John"}}})
    content["inputs"]["api-key"] = {"base": "api-key", "key": "site:s3cret"}
    job = load(tmp_path, content)
    assert job.api_key == "site:s3cret"
    assert "s3cret" not in repr(job)
    assert "Doe" not in repr(job)


@pytest.mark.parametrize("entry", [{"base": "api-key"}, {"base": "api-key", "key": None}])
def test_an_empty_key_is_not_no_key(tmp_path, entry):
    content = {"inputs": {"dicom": {"location": LOCATION}, "api-key": entry}}
    assert load(tmp_path, content).api_key == ""


NAMES = (*DEFAULTS, "config", "inputs", "dicom", "reference", "api-key", "base", "location", "name",
         "path", "object", "info", "tags", "hierarchy", "destination", "type", "id", "key", "job",
         "version", "file_id")  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
    | st.sampled_from(("file", "acquisition", "analysis", "scan.dcm", "v3_open", "MPR")),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@pytest.mark.long
@given(content=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_whatever_config_json_holds_there_is_a_job_or_one_line(tmp_path, content):
    with suppress(UsageError):
        job = load(tmp_path, content)
        assert job.input_path.is_file()
        assert set(job.settings) == set(DEFAULTS)


@pytest.mark.long
@given(info=JSON, destination=JSON, hierarchy=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_whatever_an_entry_holds_there_is_a_job_or_one_line(tmp_path, info, destination, hierarchy):
    entry = {"location": LOCATION, "object": {"info": info}, "hierarchy": hierarchy}
    with suppress(UsageError):
        load(tmp_path, {**dicom(entry), "destination": destination})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_config_that_is_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "config.json")
    assert "not a regular file" in refused(tmp_path)


def test_a_config_without_end_is_not_read(tmp_path):
    """A sparse file of 8 GB took all memory, or ended in a traceback."""
    with (tmp_path / "config.json").open("wb") as file:
        file.truncate(1 << 33)
    assert "longer than 32,768 KiB" in refused(tmp_path)


def test_of_many_unknown_options_ten_are_told(caplog):
    log.ignored([f"unheard{n}" for n in range(2_000)], DEFAULTS)
    told = [record.getMessage() for record in caplog.records]
    assert (len(told), told[-1]) == (11, "ignored: and 1,990 more")

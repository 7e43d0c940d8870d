import json
import logging
import os
import subprocess
import sys

import jsonschema
import pandas as pd
import pytest

import run
from examples.make_demo import write_series
from fw_gear_viewer_check.gear import publish, sdk
from fw_gear_viewer_check.requirements.types import Capability, Status
from tests import hand_made
from tests.start import RUN, gear, gear_process

NAME = "ball.dicom.zip"
CSV, HTML = "ball_viewer_check.csv", "ball_viewer_check.html"
OUTPUTS = [".metadata.json", CSV, HTML]


def gear_folder(tmp_path, content=None, *, displaced_mm=0.0, name=NAME):
    folder = tmp_path / "gear"
    (folder / "input" / "dicom").mkdir(parents=True)
    write_series(folder / "input" / "dicom" / name, displaced_mm=displaced_mm)
    if content is not None:
        (folder / "config.json").write_text(json.dumps(content))
    return folder


def platform_config(config=None, *, info=None, tags=(), job="job1"):
    location = {"path": f"/flywheel/v0/input/dicom/{NAME}", "name": NAME}
    return {
        "config": config or {},
        "inputs": {
            "dicom": {
                "base": "file",
                "hierarchy": {"type": "acquisition", "id": "a1"},
                "location": location,
                "object": {"file_id": "f1", "version": 3, "info": info or {}, "tags": list(tags)},
            },
        },
        "destination": {"type": "acquisition", "id": "a1"},
        "job": {"id": job},
    }


def metadata_of(folder):
    return json.loads((folder / "output" / ".metadata.json").read_text())


def file_of(folder, container="acquisition"):
    (file,) = metadata_of(folder)[container]["files"]
    return file


def outputs(folder):
    return sorted(path.name for path in (folder / "output").iterdir())


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in (folder / "output").iterdir()}


@pytest.mark.process
def test_a_good_series(tmp_path):
    folder = gear_folder(tmp_path, platform_config())
    ended = gear_process(folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    first, second, *_ = ended.stdout.splitlines()
    assert first == "INFO     Opens in V3 with MPR, 3D and measurements."
    assert second.startswith(f"INFO     {NAME}: overall PASS (checked: archive, ")
    assert "CT Image, 12 images of " in second
    assert outputs(folder) == OUTPUTS
    file = file_of(folder)
    assert (file["name"], file["tags"]) == (NAME, ["viewer-check", "viewer-check-PASS"])
    block = file["info"]["qc"]["viewer-check"]
    assert block["v3_mpr"]["state"] == "PASS"
    assert block["job_info"]["job_id"] == "job1"
    assert block["job_info"]["inputs"]["dicom"]["file_id"] == "f1"
    table = pd.read_csv(folder / "output" / CSV, keep_default_na=False)
    assert set(table["file"]) == {NAME}
    assert "FAIL" not in set(table["status"])


def test_a_failing_series(tmp_path):
    folder = gear_folder(tmp_path, platform_config({"require": "v3_mpr"}), displaced_mm=1.5)
    ended = gear(folder)
    assert ended.returncode == 0
    _, second, *others = ended.stdout.splitlines()
    assert "overall FAIL" in second
    assert "INFO     v3_mpr FAIL: No MPR or 3D: uneven slice spacing" in others
    assert "INFO         [MPR-205] " in ended.stdout
    block = file_of(folder)["info"]["qc"]["viewer-check"]
    assert block["v3_mpr"]["state"] == "FAIL"
    assert block["v3_mpr"]["data"][0]["code"] == "MPR-205"
    assert "viewer-check-FAIL" in file_of(folder)["tags"]


def test_metadata_fit_the_schema_of_the_engine(tmp_path):
    folder = gear_folder(tmp_path, platform_config(), displaced_mm=1.5)
    assert gear(folder).returncode == 0
    from flywheel_gear_toolkit.interfaces import engine_metadata

    jsonschema.Draft7Validator(engine_metadata).validate(metadata_of(folder))


@pytest.mark.process
def test_without_config_json(tmp_path):
    folder = gear_folder(tmp_path)
    ended = gear_process(folder)
    assert (ended.returncode, ended.stdout.count("WARNING")) == (0, 0)
    assert file_of(folder)["tags"] == ["viewer-check", "viewer-check-PASS"]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"config": {"tag": "qc"}},
        {"inputs": {"dicom": {"base": "file", "location": {"name": NAME}}}},
        {"inputs": {"dicom": {"location": {"name": NAME}, "object": {"info": None}}}},
        {"inputs": {"dicom": {"location": {"name": NAME}, "object": {"tags": None}}}},
    ],
)
def test_a_hand_made_config_json(tmp_path, content):
    folder = gear_folder(tmp_path, content)
    ended = gear(folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert file_of(folder)["info"]["qc"]["viewer-check"]["summary"]["overall"] == "PASS"


def test_the_input_s_container_gets_the_metadata(tmp_path):
    content = platform_config()
    content["inputs"]["dicom"]["hierarchy"] = {"type": "session", "id": "s1"}
    content["destination"] = {"type": "session", "id": "s1"}
    folder = gear_folder(tmp_path, content)
    assert gear(folder).returncode == 0
    assert list(metadata_of(folder)) == ["session"]


def test_everything_in_info_is_kept(tmp_path):
    info = {
        "header": {"dicom": {"PatientName": "Secret^Name", "base": {"base": {"a.b": 1}}}},
        "qc": {"dicom-qc": {"base": {"state": "PASS", "data": None}}},
        "list": [1, None, {"$x": 2.5}],
    }
    folder = gear_folder(tmp_path, platform_config({"debug": True}, info=info))
    ended = gear(folder)
    assert ended.returncode == 0
    assert "Secret" not in ended.stdout + ended.stderr
    written = file_of(folder)["info"]
    assert "job_info" in written["qc"].pop("viewer-check")
    assert written == info


def test_a_qc_that_is_null_holds_nothing(tmp_path):
    folder = gear_folder(tmp_path, platform_config(info={"qc": None}))
    assert gear(folder).returncode == 0
    assert list(file_of(folder)["info"]["qc"]) == ["viewer-check"]


@pytest.mark.parametrize(
    ("info", "why"),
    [
        ({"qc": "Secret^Name: ok"}, "has a qc that is no object"),
        ({"qc": ["Secret^Name"]}, "has a qc that is no object"),
        ({"a": [{"Secret^Name": float("nan")}]}, "contains NaN or infinity"),
        ({"a": float("-inf")}, "contains NaN or infinity"),
    ],
)
def test_what_others_wrote_and_cannot_be_kept_is_left_alone(tmp_path, info, why):
    """A note in the place of the results was replaced, and a number was null afterwards."""
    folder = gear_folder(tmp_path, platform_config(info=info))
    ended = gear(folder)
    assert ended.returncode == 0
    assert f"the input file's custom information {why}" in ended.stdout + ended.stderr
    assert "Secret" not in ended.stdout + ended.stderr
    assert outputs(folder) == OUTPUTS[1:]


@pytest.mark.process
def test_a_rerun_gives_the_same_bytes_and_tags_do_not_pile_up(tmp_path):
    folder = gear_folder(tmp_path, platform_config(tags=["importer"]), displaced_mm=1.5)
    assert gear_process(folder).returncode == 0
    first, first_bytes = file_of(folder), bytes_of(folder)
    again = platform_config(info=first["info"], tags=first["tags"])
    (folder / "config.json").write_text(json.dumps(again))
    assert gear_process(folder).returncode == 0
    assert bytes_of(folder) == first_bytes


def test_a_result_of_an_earlier_run_goes_away_as_a_whole(tmp_path):
    stale = {"v3_suv": {"state": "FAIL", "data": []}, "job_info": {"job_id": "job1"}}
    tags = ["viewer-check", "a", "viewer-check-FAIL"]
    content = platform_config(info={"qc": {"viewer-check": stale}}, tags=tags)
    folder = gear_folder(tmp_path, content)
    assert gear(folder).returncode == 0
    file = file_of(folder)
    assert "v3_suv" not in file["info"]["qc"]["viewer-check"]
    assert file["tags"] == ["viewer-check", "a", "viewer-check-PASS"]


def test_outputs_of_an_earlier_run_do_not_stay_beside_those_of_this_one(tmp_path):
    """Another file of the same name got the tags that the first one had."""
    folder = gear_folder(tmp_path, platform_config())
    assert gear(folder).returncode == 0
    others = ("other_viewer_check.html", "ball_viewer_check.txt")
    for name in others:
        (folder / "output" / name).touch()
    content = platform_config({"html_report": False}, info={"qc": "a text"})
    (folder / "config.json").write_text(json.dumps(content))
    assert gear(folder).returncode == 0
    assert {path.name for path in (folder / "output").iterdir()} == {CSV, *others}


def test_without_tag_the_tags_are_left_alone(tmp_path):
    folder = gear_folder(tmp_path, platform_config({"tag": ""}, tags=["a"]))
    assert gear(folder).returncode == 0
    assert "tags" not in file_of(folder)


def test_the_options_that_counted_are_told(tmp_path):
    folder = gear_folder(tmp_path, platform_config({"max_instances": 7, "unheard.of": 1}))
    assert gear(folder).returncode == 0
    told = file_of(folder)["info"]["qc"]["viewer-check"]["job_info"]["config"]
    manifest = json.loads(RUN.with_name("manifest.json").read_text())
    defaults = {name: about["default"] for name, about in manifest["config"].items()}
    assert told == defaults | {"max_instances": 7}


def platform_out_of_reach(**config):
    """Return a config with a key for a platform on this machine, where none listens."""
    content = platform_config(config)
    key = "127.0.0.1:9:__force_insecure:s3cret"
    content["inputs"]["api-key"] = {"base": "api-key", "key": key}
    return content


@pytest.fixture
def impatient(monkeypatch):
    """Ask the platform once more at once."""
    monkeypatch.setattr(publish, "PAUSES", (0, 0, 0))


def lookup_in(folder):
    """Return what the table says of the requirement that asks the platform."""
    table = pd.read_csv(folder / "output" / CSV, keep_default_na=False)
    return table[table["requirement"] == "V2-201"].iloc[0]


@pytest.mark.long
@pytest.mark.usefixtures("impatient")
def test_a_platform_out_of_reach_is_told_and_fails_nothing(tmp_path):
    folder = gear_folder(tmp_path, platform_out_of_reach(debug=True))
    ended = gear(folder, NO_PROXY="127.0.0.1")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert outputs(folder) == [CSV, HTML]
    assert ended.stdout.count("WARNING  the input file could not be read again (the platform ") == 1
    found = lookup_in(folder)
    assert found["status"] == "UNKNOWN"
    assert "the platform lookup failed" in found["evidence"]
    written = b"".join(bytes_of(folder).values()).decode()
    assert "s3cret" not in ended.stdout + ended.stderr + written


@pytest.mark.long
@pytest.mark.usefixtures("impatient")
def test_the_log_begins_with_the_verdict_whatever_the_platform_does(tmp_path):
    folder = gear_folder(tmp_path, platform_out_of_reach())
    ended = gear(folder, NO_PROXY="127.0.0.1")
    assert ": overall PASS (checked: " in ended.stdout.splitlines()[1]


@pytest.mark.usefixtures("impatient")
def test_the_platform_is_not_asked_when_the_lookup_is_off(tmp_path):
    folder = gear_folder(tmp_path, platform_out_of_reach(platform_lookup=False))
    assert gear(folder).returncode == 0
    assert lookup_in(folder)["status"] == "NOT_APPLICABLE"


@pytest.mark.parametrize(
    ("name", "content"),
    [("scan.dicom.zip", b"no zip"), ("scan.dcm", b""), ("scan.dcm", b"text" * 100)],
)
def test_a_broken_input_is_a_finding(tmp_path, name, content):
    folder = tmp_path / "gear"
    (folder / "input" / "dicom").mkdir(parents=True)
    (folder / "input" / "dicom" / name).write_bytes(content)
    ended = gear(folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert outputs(folder) == [".metadata.json", "scan_viewer_check.csv", "scan_viewer_check.html"]
    block = file_of(folder)["info"]["qc"]["viewer-check"]
    assert block["v3_open"]["state"] == "FAIL"
    assert block["v3_open"]["data"][0]["message"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"spacing_tolerance_mm": -1}, "option spacing_tolerance_mm: -1 is not a number above 0"),
        ({"ignore": "MPR-999"}, "MPR-999"),
        ({"require": "v4_open"}, "option require: 'v4_open' is not a capability (did you mean "),
    ],
)
def test_a_wrong_config_is_one_clear_line(tmp_path, config, message):
    folder = gear_folder(tmp_path, platform_config(config))
    ended = gear(folder)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("ERROR ")
    assert message in line
    assert not (folder / "output").exists()


def test_a_name_that_is_no_option_is_told_after_the_verdict(tmp_path):
    config = {"spacing_tolerance": 3, "html_report": False}
    ended = gear(gear_folder(tmp_path, platform_config(config)))
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert "overall PASS" in lines[1]
    assert lines[-1].startswith("WARNING  ignored: there is no option 'spacing_tolerance' (did you")


@pytest.mark.process
def test_a_missing_input_is_one_clear_line(tmp_path):
    folder = gear_folder(tmp_path, platform_config())
    (folder / "input" / "dicom" / NAME).unlink()
    ended = gear_process(folder)
    assert ended.returncode == 1
    assert ended.stderr == f"ERROR    input dicom is missing: no file {NAME} in input/dicom\n"


@pytest.mark.parametrize(
    ("fail_on", "code"), [("never", 0), ("fail", 1), ("unknown", 1)]
)  # fmt: skip
def test_fail_on_fails_the_job_after_everything_is_written(tmp_path, fail_on, code):
    config = {"fail_on": fail_on, "require": "v3_mpr"}
    folder = gear_folder(tmp_path, platform_config(config), displaced_mm=1.5)
    ended = gear(folder)
    assert ended.returncode == code
    why = f"ERROR    the job fails because fail_on is {fail_on} and the overall result is FAIL"
    why += " (v3_mpr)\n"
    assert ended.stderr == (why if code else "")
    assert outputs(folder) == OUTPUTS


def test_an_output_that_is_no_folder_is_one_clear_line(tmp_path):
    folder = gear_folder(tmp_path)
    (folder / "output").touch()
    ended = gear(folder)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["ERROR    cannot write to output/: File exists"]


@pytest.mark.parametrize("has_page", [True, False])
@pytest.mark.parametrize("name", OUTPUTS)
def test_where_one_output_is_a_folder_none_is_written(tmp_path, name, has_page):
    """Where no page was wanted, a folder in its place was met after the outputs had appeared."""
    folder = gear_folder(tmp_path, platform_config({"html_report": has_page}))
    (folder / "output" / name).mkdir(parents=True)
    ended = gear(folder)
    assert ended.returncode == 1
    assert ended.stderr == f"ERROR    cannot write to output/: {name} is a folder\n"
    assert outputs(folder) == [name]


def test_a_name_with_commands_for_a_terminal_is_one_line(tmp_path):
    content = platform_config()
    content["inputs"]["dicom"]["location"] = {"name": "a\x1b[2J\nERROR b.dcm"}
    ended = gear(gear_folder(tmp_path, content))
    assert ended.returncode == 1
    assert ended.stderr == (
        "ERROR    input dicom is missing: no file a\\x1b[2J\\nERROR b.dcm in input/dicom\n"
    )


@pytest.mark.process
@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-"])
def test_closed_streams_do_not_matter(tmp_path, closed):
    folder = gear_folder(tmp_path, platform_config(), displaced_mm=1.5)
    command = ["sh", "-c", f"exec {sys.executable} {RUN} {closed}"]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    assert outputs(folder) == OUTPUTS


@pytest.mark.process
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("full", [">/dev/full", ">/dev/full 2>&1"])
def test_a_log_that_is_full_does_not_matter(tmp_path, full, unbuffered):
    """Each line of the log was a traceback on stderr, and the exit code was 120."""
    folder = gear_folder(tmp_path, platform_config(), displaced_mm=1.5)
    command = ["sh", "-c", f"exec {sys.executable} {RUN} {full}"]
    environment = {"PATH": os.defpath, "PYTHONUNBUFFERED": unbuffered}
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert outputs(folder) == OUTPUTS


@pytest.mark.process
def test_a_gear_folder_that_was_removed_is_one_line(tmp_path):
    (tmp_path / "gone").mkdir()
    command = ["sh", "-c", f"rmdir ../gone; exec {sys.executable} {RUN}"]
    ended = subprocess.run(
        command,
        cwd=tmp_path / "gone",
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "ERROR    the current folder cannot be read: No such file or directory\n"


def test_a_line_about_a_name_without_end_has_one(tmp_path):
    """A name of 300 KB was logged whole."""
    folder = gear_folder(tmp_path)
    path = {"location": {"name": "a", "path": f"/{'x' * 300_000}"}, "base": "file"}
    (folder / "config.json").write_text(json.dumps({"inputs": {"dicom": path}}))
    done = gear(folder)
    assert (done.returncode, len(done.stderr) < 3000) == (1, True)


def refuse_to_write(monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)


def test_nothing_half_written_stays(tmp_path, monkeypatch):
    folder = gear_folder(tmp_path)
    refuse_to_write(monkeypatch)
    with pytest.raises(publish.OutputError, match=r"^cannot write to output/: No space left"):
        run.run(folder)
    assert outputs(folder) == []


def test_metadata_that_do_not_fit_the_schema_are_not_written_and_not_logged(
    tmp_path, monkeypatch, caplog
):
    folder = gear_folder(tmp_path, platform_config(info={"PatientName": "Secret^Name"}))
    monkeypatch.setattr(publish, "tags_after", lambda *_: [{"no": "text"}])
    with caplog.at_level(logging.DEBUG), pytest.raises(publish.OutputError, match="do not fit"):
        run.run(folder)
    assert "Secret" not in caplog.text
    assert not (folder / "output").exists()


def test_an_overall_state_that_is_unknown_is_tagged_and_fails_on_request(tmp_path, monkeypatch):
    unknown = hand_made.series_report(
        hand_made.result(Status.UNKNOWN, "V3-101", Capability.V3_OPEN)
    )
    monkeypatch.setattr(run, "check", lambda *_, **__: hand_made.report(unknown))
    for fail_on, code in (("fail", 0), ("unknown", 1)):
        folder = gear_folder(tmp_path / fail_on, platform_config({"fail_on": fail_on}))
        assert run.run(folder) == code
        assert "viewer-check-UNKNOWN" in file_of(folder)["tags"]


def test_a_name_that_trips_the_toolkit(tmp_path):
    content = platform_config()
    content["inputs"]["dicom"]["location"] = {"name": "object_info.dcm"}
    folder = gear_folder(tmp_path, content, name="object_info.dcm")
    assert gear(folder).returncode == 0
    assert outputs(folder) == [
        ".metadata.json",
        "object_info_viewer_check.csv",
        "object_info_viewer_check.html",
    ]


def test_metadata_nested_deep_are_not_multiplied(tmp_path):
    """Indented, a file's own metadata of 12 MiB were hundreds."""
    info = {"deep": [json.loads('{"a":' * 80 + "1" + "}" * 80)] * 200}
    folder = gear_folder(tmp_path, platform_config(info=info))
    assert gear(folder).returncode == 0
    written = (folder / "output" / ".metadata.json").stat().st_size
    assert written < len(json.dumps(info)) + 70_000


@pytest.mark.parametrize("manifest", [b'{"name": "other-gear", "version": "9"}', b"[]", b"\xff"])
def test_the_manifest_of_another_gear_in_the_folder_is_not_used(tmp_path, manifest):
    """The result stood in the place of that gear's, or the run ended in a traceback."""
    folder = gear_folder(tmp_path, platform_config(info={"qc": {"other-gear": {"theirs": 1}}}))
    (folder / "manifest.json").write_bytes(manifest)
    assert gear(folder).returncode == 0
    qc = file_of(folder)["info"]["qc"]
    assert qc["other-gear"] == {"theirs": 1}
    own = json.loads(RUN.with_name("manifest.json").read_text())
    assert qc["viewer-check"]["job_info"]["version"] == own["version"]


@pytest.mark.process
def test_settings_of_the_platform_that_are_no_numbers_change_nothing(tmp_path):
    folder = gear_folder(tmp_path)
    assert gear_process(folder, **dict.fromkeys(sdk.SDK_SETTINGS, "soon")).returncode == 0
    assert ".metadata.json" in outputs(folder)


def test_the_report_for_people_can_be_left_out(tmp_path):
    folder = gear_folder(tmp_path, platform_config({"html_report": False}))
    assert gear(folder).returncode == 0
    assert outputs(folder) == [".metadata.json", CSV]

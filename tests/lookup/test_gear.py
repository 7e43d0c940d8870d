"""The gear with a key: what it asks, what it writes, and that the key is nowhere in it."""

import json
import logging
import os
import subprocess
import sys
import tracemalloc

import pytest

import run
from examples.make_demo import write_series
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.gear import publish, sdk
from fw_gear_viewer_check.gear.sdk import MAX_ANSWER_BYTES, MAX_OBJECTS
from tests.lookup import stub_platform
from tests.lookup.sdk import OWN
from tests.lookup.stub_platform import SECRET

pytestmark = pytest.mark.long

NAME = "ball.dicom.zip"
NOT_READ = "the input file could not be read again"
JOINS = "the result joins the metadata that it had when the job was created"
LEFT = ": the result is only in the outputs, and the file's custom information and tags stay"


@pytest.fixture
def folder(platform, tmp_path):
    """A gear folder; its input is a file of the platform."""
    inputs = tmp_path / "input" / "dicom"
    inputs.mkdir(parents=True)
    write_series(inputs / NAME)
    data = read_input(inputs / NAME)[1][0].data
    platform.add(
        OWN, series=data.text("SeriesInstanceUID"), study=data.text("StudyInstanceUID"), name=NAME
    )
    return tmp_path


def configure(folder, key, **options):
    config = {
        "config": {"debug": True, "html_report": False, **options},
        "inputs": {
            "dicom": {
                "base": "file",
                "hierarchy": {"type": "acquisition", "id": f"acq-{OWN}"},
                "location": {"path": f"/flywheel/v0/input/dicom/{NAME}", "name": NAME},
                "object": {"file_id": OWN, "version": 1, "info": {}, "tags": []},
            },
        },
        "destination": {"type": "acquisition", "id": f"acq-{OWN}"},
        "job": {"id": "job1"},
    }
    if key is not None:
        config["inputs"]["api-key"] = {"base": "api-key", "key": key}
    (folder / "config.json").write_text(json.dumps(config))


@pytest.fixture
def start(folder, caplog, capsys):
    """Run the gear in this process, where everything that the SDK logs is seen too."""
    caplog.set_level(logging.DEBUG)

    def start():
        assert run.run(folder) == 0
        said = capsys.readouterr()
        return found_in(folder, said.out + said.err + caplog.text)

    return start


def found_in(folder, said):
    """Return what was found; the key is neither in what was said nor in what was written."""
    assert SECRET not in said
    written = [path for path in (folder / "output").rglob("*") if path.is_file()]
    assert len(written) >= 2
    assert all(SECRET.encode() not in path.read_bytes() for path in written)
    metadata = json.loads((folder / "output" / ".metadata.json").read_text())
    (file,) = metadata["acquisition"]["files"]
    return file["info"]["qc"]["viewer-check"]


@pytest.mark.process
def test_as_the_engine_starts_it(platform, folder):
    configure(folder, platform.key)
    ended = subprocess.run(
        [sys.executable, run.__file__],
        cwd=folder,
        env={"PATH": os.defpath, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = found_in(folder, ended.stdout + ended.stderr)
    assert found["archive"]["state"] == "PASS"
    assert len(platform.requests) == 5
    # Of the SDK's log, which quotes whole answers, nothing reaches the log of the job.
    assert "DOE-4711" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(("session", "archive"), [("ses1", "FAIL"), ("ses2", "PASS")])
def test_a_duplicate(platform, folder, start, session, archive):
    series = read_input(folder / "input" / "dicom" / NAME)[1][0].data.text("SeriesInstanceUID")
    platform.add("copy", series=series, session=session)
    configure(folder, platform.key)
    found = start()
    assert (found["archive"]["state"], found["summary"]["v2_open"]) == (archive, "FAIL")
    entries = {entry["code"]: entry for entry in found["v2_open"]["data"]}
    assert entries["V2-201"]["examples"] == ["copy.dicom.zip"]


def test_a_copy_in_an_analysis_does_not_spoil_the_archive(platform, folder, start):
    series = read_input(folder / "input" / "dicom" / NAME)[1][0].data.text("SeriesInstanceUID")
    platform.add("copy", series=series)["parents"]["analysis"] = "an1"
    configure(folder, platform.key)
    assert start()["archive"]["state"] == "PASS"


def test_names_of_other_files_can_be_hidden(platform, folder, start):
    series = read_input(folder / "input" / "dicom" / NAME)[1][0].data.text("SeriesInstanceUID")
    platform.add("DOE-copy", series=series)
    configure(folder, platform.key, hide_names=True)
    assert "DOE" not in json.dumps(start())


@pytest.mark.parametrize(
    ("fault", "times"),
    [(stub_platform.status(401), 1), (stub_platform.status(503), 2), (stub_platform.hang_up, 2)],
)
def test_a_platform_that_fails_does_not_fail_the_job(platform, folder, start, fault, times):
    stub_platform.at_first(platform, "file", fault, times)
    configure(folder, platform.key)
    found = start()
    assert (found["summary"]["archive"], found["summary"]["overall"]) == ("PASS", "PASS")
    assert found["summary"]["v2_open"] == "UNKNOWN"
    assert set(platform.paths_asked()) == {f"/files/{OWN}"}


def test_an_empty_key_leaves_it_open_and_says_how_to_turn_it_off(platform, folder, start, caplog):
    configure(folder, "")
    found = start()
    assert warnings(caplog) == [f"{NOT_READ} (config.json gives no api-key): {JOINS}"]
    assert found["summary"]["archive"] == "PASS"
    (entry,) = found["v2_open"]["data"]
    assert "set platform_lookup to false" in entry["message"]
    assert platform.requests == []


def test_without_a_key_nothing_is_asked(platform, folder, start, caplog):
    configure(folder, None)
    assert start()["summary"]["archive"] == "PASS"
    assert platform.requests == []
    assert NOT_READ not in caplog.text


def test_a_file_without_an_id_cannot_be_read_again_and_the_log_says_so(
    platform, folder, start, caplog
):
    configure(folder, platform.key, platform_lookup=False)
    config = json.loads((folder / "config.json").read_text())
    del config["inputs"]["dicom"]["object"]["file_id"]
    (folder / "config.json").write_text(json.dumps(config))
    assert start()["summary"]["archive"] == "PASS"
    assert platform.requests == []
    assert f"{NOT_READ} (config.json gives no file_id): {JOINS}" in caplog.messages


@pytest.mark.parametrize("how", [{"platform_lookup": False}, {"ignore": "ZIP-101,V2-201"}])
def test_without_a_lookup_the_input_is_read_again_and_nothing_else(platform, folder, start, how):
    configure(folder, platform.key, **how)
    assert start()["summary"]["archive"] == "PASS"
    assert platform.paths_asked() == [f"/files/{OWN}"]


def state_of(platform, **changes):
    """Change what the platform holds of the input since the job was made."""
    platform.files[OWN][-1] |= changes


def file_of(folder):
    (file,) = json.loads((folder / "output" / ".metadata.json").read_text())["acquisition"]["files"]
    return file


def test_the_result_joins_what_the_platform_holds_now(platform, folder, start):
    """A newer result of another gear and a tag that somebody set meanwhile are both kept."""
    now = {"qc": {"dicom-qc": {"x": {"state": "PASS"}}, "viewer-check": {"v3_suv": {}}}, "note": 1}
    state_of(platform, info=now, tags=["reviewed", "viewer-check-FAIL"])
    configure(folder, platform.key)
    start()
    file = file_of(folder)
    assert file["info"]["note"] == 1
    assert file["info"]["qc"]["dicom-qc"] == now["qc"]["dicom-qc"]
    assert "v3_suv" not in file["info"]["qc"]["viewer-check"]
    assert file["tags"] == ["reviewed", "viewer-check", "viewer-check-PASS"]
    assert file["info"]["qc"]["viewer-check"]["summary"]["file_version"] == 1


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (stub_platform.hang_up, 1),
        (stub_platform.hang_up, 2),
        (stub_platform.hang_up, 3),
        (stub_platform.status(429), 2),
        (stub_platform.status(401), 1),
    ],
)
def test_what_a_lookup_met_does_not_cost_what_others_wrote(platform, folder, start, fault, times):
    """After one lost connection the file was not read again: tags and info of others were lost."""
    now = {"qc": {"dicom-qc": {"x": {"state": "PASS"}}}}
    state_of(platform, info=now, tags=["reviewed"])
    stub_platform.at_first(platform, "file", fault, times)
    configure(folder, platform.key)
    start()
    file = file_of(folder)
    assert file["tags"] == ["reviewed", "viewer-check", "viewer-check-PASS"]
    assert file["info"]["qc"]["dicom-qc"] == now["qc"]["dicom-qc"]


@pytest.mark.parametrize(
    "met",
    [
        (stub_platform.status(500), 1),
        (stub_platform.status(503), 3),
        (stub_platform.half, 3),
        ("silent", 1),
        ("silent", 3),
    ],
)
def test_the_last_reading_is_worth_several_tries(platform, folder, start, monkeypatch, met):
    """One answer that did not come in time, and tags and info of others were lost."""
    monkeypatch.setattr(publish, "TRY_SECONDS", 0.5, raising=False)
    state_of(platform, info={"note": 1}, tags=["reviewed"])
    fault, times = met
    fault = stub_platform.silent(platform) if fault == "silent" else fault
    stub_platform.at_first(platform, "file", fault, times)
    configure(folder, platform.key, platform_lookup=False)
    start()
    file = file_of(folder)
    assert file["tags"] == ["reviewed", "viewer-check", "viewer-check-PASS"]
    assert file["info"]["note"] == 1
    assert len(platform.requests) == times + 1


def test_metadata_of_many_objects_are_read_again(platform, folder, start):
    """The SDK would make half a GiB of them: the snapshot replaced what others had written."""
    platform.files[OWN][-1]["info"]["many"] = [{}] * (MAX_OBJECTS + 1)
    state_of(platform, tags=["reviewed"])
    configure(folder, platform.key)
    assert start()["summary"]["v2_open"] != "UNKNOWN"
    assert len(file_of(folder)["info"]["many"]) == MAX_OBJECTS + 1
    assert file_of(folder)["tags"] == ["reviewed", "viewer-check", "viewer-check-PASS"]


def test_metadata_of_too_many_objects_are_left_alone(platform, folder, caplog, monkeypatch):
    """Several copies were made of them: two GiB for what a site can keep of a file."""
    monkeypatch.setattr(publish, "MAX_OBJECTS", 100)
    platform.files[OWN][-1]["info"]["many"] = [{}] * 100
    configure(folder, platform.key, platform_lookup=False)
    why = "the input file's custom information has more than 100 objects"
    assert left_alone(folder, caplog) == why


def test_metadata_that_take_too_much_memory_are_left_alone(platform, folder, caplog, monkeypatch):
    """Nothing was written."""

    def fail(_):
        raise MemoryError

    monkeypatch.setattr(publish, "objects_in", fail)
    configure(folder, platform.key, platform_lookup=False)
    why = "the input file's custom information takes too much memory"
    assert left_alone(folder, caplog) == why


@pytest.mark.parametrize(
    "endless",
    [
        ("MAX_JSON_OBJECTS", [[]] * 100),
        ("MAX_JSON_COMMAS", [0.5] * 102),
        ("MAX_JSON_COMMAS", {str(n): 1 for n in range(102)}),
    ],
)
def test_an_answer_of_objects_without_end_is_not_read(
    platform, folder, caplog, monkeypatch, endless
):
    """24 million floats in one list took 2.3 GiB."""
    limit, many = endless
    monkeypatch.setattr(sdk if limit == "MAX_JSON_COMMAS" else publish, limit, 100)
    platform.files[OWN][-1]["info"]["many"] = many
    configure(folder, platform.key, platform_lookup=False)
    why = f"{NOT_READ} (the platform lookup failed: the answer is too long)"
    assert left_alone(folder, caplog) == why


def warnings(caplog):
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


def left_alone(folder, caplog):
    """Run the gear; return why it wrote outputs only."""
    assert run.run(folder) == 0
    assert [path.name for path in (folder / "output").iterdir()] == ["ball_viewer_check.csv"]
    (warning,) = warnings(caplog)
    why, separator, _ = warning.partition(LEFT)
    assert separator
    return why


def test_a_newer_version_does_not_get_the_result_of_the_old_one(platform, folder, caplog):
    state_of(platform, version=2)
    configure(folder, platform.key)
    why = left_alone(folder, caplog)
    assert why == "the input file is now at version 2, but version 1 was checked"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"deleted": "2026-01-01T00:00:00Z"}, "deleted"),
        ({"name": "other.dicom.zip"}, "renamed"),
        ({"parent_ref": {"type": "acquisition", "id": "elsewhere"}}, "moved"),
    ],
)
def test_another_file_of_the_name_does_not_get_the_result(platform, folder, caplog, change, why):
    """The engine finds files by name: the one that was uploaded since got the old metadata."""
    state_of(platform, **change)
    configure(folder, platform.key)
    assert left_alone(folder, caplog) == f"the input file was {why}"


def test_an_answer_about_another_file_is_not_taken(platform, folder, caplog):
    other = {"file_id": "other", "info": {"theirs": 1}, "tags": ["theirs"]}
    platform.faults["file"] = stub_platform.body(json.dumps(other).encode())
    configure(folder, platform.key, platform_lookup=False)
    assert left_alone(folder, caplog) == "the platform's answer is about another file"


def test_a_file_that_is_gone_gets_no_result(platform, folder, caplog):
    platform.files.clear()
    configure(folder, platform.key)
    why = f"{NOT_READ} (the platform lookup failed: not found (404))"
    assert left_alone(folder, caplog) == why


LACKING: list[dict[str, object]] = [
    {},
    {"tags": None},
    {"tags": [{"label": "reviewed"}]},
    {"tags": [], "version": "1"},
    {"tags": [], "version": 1.0},
    {"tags": [], "version": True},
]


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        (stub_platform.status(403), 1),
        (stub_platform.status(504), 4),
        (stub_platform.hang_up, 4),
        (stub_platform.body(b"[]"), 1),
        (
            stub_platform.body(
                json.dumps({"file_id": OWN, "info_exists": True, "tags": []}).encode()
            ),
            1,
        ),
        *(
            (
                stub_platform.body(
                    json.dumps({"file_id": OWN, "info": {"a": 1}, **lacking}).encode()
                ),
                1,
            )
            for lacking in LACKING
        ),
        (
            stub_platform.body(
                b'{"file_id": "x", "version": 1, "tags": [], "info": '
                + b'{"a":' * 300
                + b"1"
                + b"}" * 301
            ),
            1,
        ),
    ],
)
def test_what_cannot_be_read_again_is_left_as_it_is(platform, folder, caplog, fault, requests):
    """It was replaced by what the file had held when the job was made."""
    platform.faults["file"] = fault
    configure(folder, platform.key, platform_lookup=False)
    assert left_alone(folder, caplog).startswith(f"{NOT_READ} (the platform")
    assert len(platform.requests) == requests


@pytest.mark.long
@pytest.mark.parametrize("headers", [{}, {"Content_Encoding": "gzip"}])
def test_an_answer_without_end_ends(platform, folder, start, headers):
    platform.faults["files"] = stub_platform.endless(platform, **headers)
    configure(folder, platform.key)
    tracemalloc.start()
    found = start()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found["summary"]["v2_open"] == "UNKNOWN"
    assert "the answer is too long" in found["v2_open"]["data"][0]["message"]
    assert peak < 5 * MAX_ANSWER_BYTES


MANY = b"{}," * MAX_OBJECTS + b"{}"


def test_a_page_of_objects_without_end_is_read_as_json(platform, folder, start):
    platform.faults["files"] = stub_platform.body(b'{"results":[' + MANY + b"]}")
    configure(folder, platform.key)
    tracemalloc.start()
    found = start()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "a file without an id" in found["v2_open"]["data"][0]["message"]
    assert peak < 60 << 20


def destined(folder, **destination):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"destination": destination}))


ELSEWHERE = "the destination is not the container of the input file"


@pytest.mark.parametrize(
    ("home", "destination"),
    [
        (("acquisition", f"acq-{OWN}"), ("session", "ses1")),
        (("acquisition", f"acq-{OWN}"), ("acquisition", "acq-other")),
        (("acquisition", f"acq-{OWN}"), ("analysis", "an1")),
        (("acquisition", ""), ("acquisition", "acq-other")),
        (("session", "ses1"), ("acquisition", "acq-of-ses2")),
        (("analysis", "an0"), ("acquisition", f"acq-{OWN}")),
        (("analysis", "an0"), ("acquisition", "")),
        (("analysis", "an0"), ("analysis", "an0")),
        (("analysis", "an0"), ("analysis", "an1")),
        (("collection", "c0"), ("acquisition", "")),
        (("collection", "c0"), ("collection", "c0")),
    ],
)
def test_another_container_may_hold_a_file_of_the_same_name(
    platform, folder, caplog, home, destination
):
    """An output of an analysis, or a file of elsewhere, was described as the one of its name."""
    hierarchy, there = ({"type": kind, "id": id_} for kind, id_ in (home, destination))
    if home[1]:
        platform.files[OWN][0]["parent_ref"] = hierarchy
    for key in ("", platform.key) if home[1] else (platform.key,):
        configure(folder, key)
        content = json.loads((folder / "config.json").read_text())
        content["inputs"]["dicom"]["hierarchy"] = hierarchy
        (folder / "config.json").write_text(json.dumps(content | {"destination": there}))
        caplog.clear()
        assert run.run(folder) == 0
        assert caplog.text.count(ELSEWHERE) == 1
        outputs = {path.name for path in (folder / "output").iterdir()}
        if there["type"] == "analysis":
            metadata = json.loads((folder / "output" / ".metadata.json").read_text())
            block = metadata.pop("analysis")["info"]["qc"]["viewer-check"]
            assert block["v3_open"]["state"] == "PASS"
            assert not metadata
            outputs.remove(".metadata.json")
        assert outputs == {"ball_viewer_check.csv"}

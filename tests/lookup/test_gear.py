"""The gear with a key: what it asks, what it writes, and that the key is nowhere in it."""

import json
import logging
import os
import subprocess
import sys

import pytest

import run
from examples.make_demo import write_series
from fw_gear_viewer_check.dicom.reader import read_input
from tests.lookup import stub_platform
from tests.lookup.sdk import OWN
from tests.lookup.stub_platform import SECRET

NAME = "ball.dicom.zip"


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
    assert len(platform.requests) == 3
    # Of the SDK's log, which quotes whole answers, nothing reaches the log of the job.
    assert "DOE-4711" not in ended.stdout + ended.stderr


def test_a_duplicate(platform, folder, start):
    series = read_input(folder / "input" / "dicom" / NAME)[1][0].data.text("SeriesInstanceUID")
    platform.add("copy", series=series, session="ses2")
    configure(folder, platform.key)
    found = start()
    assert found["archive"]["state"] == "FAIL"
    (entry,) = found["archive"]["data"]
    assert (entry["code"], entry["examples"]) == ("ZIP-101", ["copy.dicom.zip"])


@pytest.mark.parametrize(
    "fault", [stub_platform.status(401), stub_platform.status(503), stub_platform.hang_up]
)
def test_a_platform_that_fails_does_not_fail_the_job(platform, folder, start, fault):
    platform.faults["file"] = fault
    configure(folder, platform.key)
    found = start()
    assert (found["summary"]["archive"], found["summary"]["overall"]) == ("PASS", "PASS")
    assert found["summary"]["v2_open"] == "UNKNOWN"
    assert len(platform.requests) == 1


def test_an_empty_key_leaves_it_open_and_says_how_to_turn_it_off(platform, folder, start):
    configure(folder, "")
    found = start()
    assert found["summary"]["archive"] == "PASS"
    (entry,) = found["v2_open"]["data"]
    assert "platform_lookup turns this off" in entry["message"]
    assert platform.requests == []


@pytest.mark.parametrize("how", [{"key": None}, {"platform_lookup": False}])
def test_nothing_is_asked_where_nobody_wants_to_know(platform, folder, start, how):
    configure(folder, **{"key": platform.key, **how})
    found = start()
    assert found["summary"]["archive"] == "PASS"
    assert platform.requests == []


def test_what_is_ignored_is_not_asked_for(platform, folder, start):
    configure(folder, platform.key, ignore="ZIP-101,V2-201")
    start()
    assert platform.requests == []

"""The image as users and the platform run it; "make image-test" builds it and runs these."""

import csv
import json
from pathlib import Path

import pytest

from examples.make_demo import write_series
from tests.image import container, report_gear

pytestmark = pytest.mark.image

NAME = "ball.dicom.zip"
OUTPUTS = [".metadata.json", "ball_viewer_check.csv", "ball_viewer_check.html"]
SOMEBODY = ("--user", "12345")
STARTS = {"entrypoint": container.run, "engine": container.run_as_engine}
"""By the image's ENTRYPOINT, and by the manifest's command under bash."""


@pytest.fixture(params=list(STARTS.values()), ids=list(STARTS))
def start(request):
    return request.param


@pytest.fixture
def gear(tmp_path):
    """A gear folder with a good series, which any user may read and write."""
    (tmp_path / "input" / "dicom").mkdir(parents=True)
    (tmp_path / "output").mkdir(mode=0o777)
    (tmp_path / "output").chmod(0o777)
    write_series(tmp_path / "input" / "dicom" / NAME)
    return tmp_path


def outputs(gear):
    return sorted(path.name for path in (gear / "output").iterdir())


def block_of(gear, name=NAME):
    metadata = json.loads((gear / "output" / ".metadata.json").read_text())
    (file,) = metadata["acquisition"]["files"]
    assert file["name"] == name
    return file["info"]["qc"]["viewer-check"]


@pytest.mark.parametrize(
    "options",
    [(), SOMEBODY, container.READ_ONLY, (*container.READ_ONLY, *SOMEBODY)],
    ids=["root", "uid 12345", "read-only", "read-only as uid 12345"],
)
def test_a_good_series(gear, start, options):
    ended = start(gear, *options)
    assert (ended.returncode, ended.stderr) == (0, "")
    first, second, *_ = ended.stdout.splitlines()
    assert first == "INFO     Opens in V3 with MPR, 3D and measurements."
    assert f"{NAME}: overall PASS" in second
    assert outputs(gear) == OUTPUTS
    assert block_of(gear)["v3_mpr"]["state"] == "PASS"


def test_a_failing_series(gear, start):
    write_series(gear / "input" / "dicom" / NAME, displaced_mm=1.5)
    (gear / "config.json").write_text(json.dumps({"config": {"require": "v3_mpr"}}))
    ended = start(gear)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert block_of(gear)["v3_mpr"]["data"][0]["code"] == "MPR-205"
    assert block_of(gear)["summary"]["overall"] == "FAIL"


def test_fail_on_fails_the_job_with_its_outputs_written(gear, start):
    write_series(gear / "input" / "dicom" / NAME, displaced_mm=1.5)
    config = {"require": "v3_mpr", "fail_on": "fail"}
    (gear / "config.json").write_text(json.dumps({"config": config}))
    ended = start(gear)
    assert ended.returncode == 1
    why = "ERROR    the job fails because fail_on is fail and the overall result is FAIL (v3_mpr)"
    assert ended.stderr.splitlines() == [why]
    assert outputs(gear) == OUTPUTS


@pytest.mark.parametrize(
    ("destination", "holds", "warnings"),
    [
        ({"type": "acquisition", "id": "a1"}, ["acquisition"], 0),
        ({"type": "analysis", "id": "an1"}, ["analysis"], 1),
        ({"type": "session", "id": "s1"}, [], 1),
        ({"type": "acquisition", "id": "a2"}, [], 1),
    ],
    ids=["its acquisition", "analysis", "session", "another acquisition"],
)
def test_each_kind_of_destination(gear, destination, holds, warnings):
    dicom = {
        "base": "file",
        "hierarchy": {"type": "acquisition", "id": "a1"},
        "location": {"name": NAME, "path": f"/flywheel/v0/input/dicom/{NAME}"},
        "object": {"file_id": "f1", "version": 1, "info": {}, "tags": []},
    }
    config = {"inputs": {"dicom": dicom}, "destination": destination}
    (gear / "config.json").write_text(json.dumps(config))
    ended = container.run_as_engine(gear)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("WARNING") == warnings
    path = gear / "output" / ".metadata.json"
    assert sorted(json.loads(path.read_text()) if holds else []) == holds
    assert outputs(gear) == (OUTPUTS if holds else OUTPUTS[1:])


def test_a_broken_file_is_a_finding(gear, start):
    (gear / "input" / "dicom" / NAME).write_bytes(b"no zip")
    ended = start(gear)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert block_of(gear)["v3_open"]["state"] == "FAIL"


def test_a_missing_input_is_one_clear_line(gear, start):
    (gear / "input" / "dicom" / NAME).unlink()
    ended = start(gear)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("ERROR    input dicom is missing")
    assert outputs(gear) == []


def test_an_unwritable_output_is_one_clear_line(gear, start):
    (gear / "output").chmod(0o555)
    ended = start(gear, *SOMEBODY)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["ERROR    cannot write to output/: Permission denied"]
    assert outputs(gear) == []


def test_an_input_right_in_the_mounted_folder_is_found(gear):
    (gear / "input" / "dicom" / NAME).rename(gear / "input" / NAME)
    (gear / "input" / "dicom").rmdir()
    assert container.run(gear).returncode == 0
    assert outputs(gear) == OUTPUTS


@pytest.mark.parametrize("options", [(), SOMEBODY], ids=["root", "uid 12345"])
def test_outputs_belong_to_who_ran_it_and_can_be_read(gear, options):
    """Who owns them outside depends on the engine; it is who owns any file made like this."""
    container.shell(gear, "touch /flywheel/v0/output/probe", *options)
    assert container.run(gear, *options).returncode == 0
    probe = (gear / "output" / "probe").stat()
    for name in OUTPUTS:
        made = (gear / "output" / name).stat()
        assert (made.st_uid, made.st_gid) == (probe.st_uid, probe.st_gid)
        assert made.st_mode & 0o444 == 0o444


def test_root_and_somebody_write_the_same(gear):
    written = []
    for options in ((), SOMEBODY):
        assert container.run(gear, *options).returncode == 0
        written.append([(gear / "output" / name).read_bytes() for name in OUTPUTS])
        for name in OUTPUTS:
            (gear / "output" / name).unlink()
    assert written[0] == written[1]


def test_nothing_that_the_gear_does_not_need_is_in_the_image(gear):
    found = container.shell(
        gear,
        "cd /flywheel/v0 && ls -A; find / -xdev -name '*.pip*' -o -xdev -name pip.conf "
        "-o -xdev -path '*/.cache/*' -o -xdev -name requirements.txt; command -v gcc make || true",
    )
    expected = ["fw_gear_viewer_check", "input", "manifest.json", "output", "report", "run.py"]
    assert [line for line in found.splitlines() if line != "__pycache__"] == expected


def test_every_module_is_compiled(gear):
    """No user but root could do so later, and the first start would take seconds longer."""
    script = """python - <<'END'
import importlib.util, pathlib, sysconfig
for root in (sysconfig.get_path("purelib"), "/flywheel/v0"):
    for source in pathlib.Path(root).rglob("*.py"):
        of_base = {"pip", "setuptools", "wheel"} & set(source.parts)
        if not of_base and not pathlib.Path(importlib.util.cache_from_source(source)).exists():
            print(source)
END"""
    assert container.shell(gear, script).split() == []


def test_the_report_gear_runs_in_the_same_image(gear):
    tests = Path(__file__).parents[1]
    script = "cd /flywheel/v0 && PYTHONPATH=/repository:. python -m tests.image.report_gear"
    ended = container.run(
        gear,
        *("--entrypoint", "/bin/bash", "-v", f"{tests}:/repository/tests:ro"),
        arguments=("-c", script),
    )
    assert ended.returncode == 0, ended.stderr
    assert outputs(gear) == ["files.csv", "repairs.csv", "viewer_check_report.html"]
    with (gear / "output" / "files.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == report_gear.COUNT

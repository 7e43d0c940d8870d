import errno
import json
import os
import re
import sys
from pathlib import Path
from unittest import mock

import pytest

from examples import demo_folder, run_demo
from examples.make_demo import write_series
from fw_gear_viewer_check.reports import qc_info
from fw_gear_viewer_check.requirements.types import Capability
from tests import hand_made

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_rules_of_the_reporter_name_every_capability():
    text = (EXAMPLES / "qc-reporter.yaml").read_text()
    named = [line.strip().rstrip(":") for line in text.splitlines() if "viewer-check." in line]
    assert named == [f"viewer-check.{capability}" for capability in Capability]


def test_the_dataview_reads_scalars_that_the_gear_writes():
    view = json.loads((EXAMPLES / "dataview.json").read_text())
    prefix = "file.info.qc.viewer-check.summary."
    read = {c["src"].removeprefix(prefix) for c in view["columns"] if c["src"].startswith(prefix)}
    summary = qc_info.qc_block(hand_made.report())["summary"]
    assert read <= {name for name, value in summary.items() if not isinstance(value, list)}
    assert {"headline", "overall", "file_version", *Capability} <= read
    assert {"src": "file.version", "dst": "version", "type": "int"} in view["columns"]


def test_the_dataview_has_the_form_that_the_platform_takes():
    flywheel = pytest.importorskip("flywheel")
    view = json.loads((EXAMPLES / "dataview.json").read_text())
    assert set(view) <= set(flywheel.DataView.attribute_map.values())
    assert set(view["fileSpec"]) <= set(flywheel.DataViewFileSpec.attribute_map.values())
    for column in view["columns"]:
        assert set(column) <= set(flywheel.DataViewColumnSpec.attribute_map.values())
    assert len({column["dst"] for column in view["columns"]}) == len(view["columns"])
    keys = flywheel.DataView.rattribute_map
    assert (
        flywheel.DataView(**{keys[key]: value for key, value in view.items()}).label
        == "viewer-check"
    )


@pytest.mark.process
def test_the_demo_leaves_all_else_alone(tmp_path, monkeypatch, capfd):
    """It removed the results of other inputs, and its folder with the file that it was to check."""
    folder = tmp_path / "demo"
    monkeypatch.setattr(run_demo, "GEAR", folder)
    inputs, output = folder / "input" / "dicom", folder / "output"
    for place in (inputs, output):
        place.mkdir(parents=True)
    mine = [folder / "mine.dicom.zip", inputs / "other.dicom.zip"]
    for path in mine:
        write_series(path)
    content = mine[0].read_bytes()
    (output / "notes.txt").write_text("mine")
    results = set[str]()
    for path in mine:
        monkeypatch.setattr(sys, "argv", ["run_demo", str(path)])
        assert run_demo.main() == 0
        assert "Tags of the file: " in capfd.readouterr().out
        name = path.name.removesuffix(".dicom.zip")
        results |= {f"{name}_viewer_check.csv", f"{name}_viewer_check.html"}
        there = {one.name for one in output.iterdir()}
        assert there == {".metadata.json", "notes.txt", *results}
    demo_folder.clean(folder)
    assert [one.name for one in output.iterdir()] == ["notes.txt"]
    assert [path.read_bytes() for path in mine] == [content, content]


EDITED = (b'{"config": {"tag": "mine"}}', b"{", b"\xff\xfe{}", b"[" * 200_000)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("config.json", edited) for edited in EDITED),
        ("input/dicom/ball.dicom.zip", b"mine"),
        ("output/ball_viewer_check.csv", b"mine"),
        ("output/ball_viewer_check.html", b"mine"),
        ("output/.metadata.json", b"mine"),
    ],
)
@pytest.mark.parametrize("is_link", [False, True])
def test_the_demo_replaces_nothing_that_was_edited(tmp_path, monkeypatch, name, content, is_link):
    """It wrote over an input and results of the user, also behind links."""
    demo = tmp_path / "demo"
    monkeypatch.setattr(run_demo, "GEAR", demo)
    monkeypatch.setattr(sys, "argv", ["run_demo"])
    monkeypatch.setattr(
        "examples.run_demo.subprocess.run", lambda *_, **__: mock.Mock(returncode=3)
    )
    assert run_demo.main() == 3
    assert run_demo.main() == 3  # it replaces what it has written itself
    there, mine = demo / name, tmp_path / "mine"
    there.unlink(missing_ok=True)
    if is_link:
        there.symlink_to(mine)
    (mine if is_link else there).write_bytes(content)
    before = sorted((path, path.read_bytes()) for path in demo.rglob("*") if path.is_file())
    with pytest.raises(SystemExit, match=rf"^demo: {re.escape(str(there))} was edited"):
        run_demo.main()
    demo_folder.clean(demo)
    assert there.read_bytes() == content
    kept = sorted(path for path in demo.rglob("*") if path.is_file())
    assert kept == [there]
    assert (there, content) in before


def test_a_demo_that_is_interrupted_ends_without_a_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr(run_demo, "GEAR", tmp_path)
    monkeypatch.setattr(sys, "argv", ["run_demo"])
    interrupted = mock.Mock(side_effect=KeyboardInterrupt)
    monkeypatch.setattr("examples.run_demo.subprocess.run", interrupted)
    assert run_demo.main() == 130
    assert demo_folder.not_made(tmp_path, ["config.json"]) == []


def test_a_demo_that_nobody_reads_is_one_line(tmp_path, monkeypatch):
    """It ended in a traceback."""

    def write(_text):
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    monkeypatch.setattr(run_demo, "GEAR", tmp_path)
    monkeypatch.setattr(sys, "argv", ["run_demo"])
    monkeypatch.setattr(sys.stdout, "write", write)
    with pytest.raises(SystemExit, match=r"^demo: output: Broken pipe$"):
        run_demo.main()

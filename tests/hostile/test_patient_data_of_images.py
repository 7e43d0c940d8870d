"""Marks in every kind of image of the corpus, through every program and into every output."""

import base64
import gzip
import io
import json
import logging
import os
import re
import subprocess
import zipfile
import zlib
from pathlib import Path

import pydicom
import pytest

from fw_gear_viewer_check import check
from fw_gear_viewer_check.reports.qc_info import qc_block
from tests import pack, start
from tests.hostile import marks
from tests.hostile.identifying import KEYWORDS
from tests.hostile.test_patient_data import FOLDER, SIBLING, outputs_in_process
from tests.lookup import stub_platform
from tests.survey import archive, project
from tests.survey.test_report_gear import gear as report_gear
from tests.survey.test_report_gear import undisturbed

__all__ = ["undisturbed"]  # a fixture of all tests here

CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS") or Path(__file__).parents[2] / "../shared/corpus"
)
SERIES = sorted([*CORPUS.glob("series/*.zip"), *CORPUS.glob("more/*.zip")])
IMAGES = 2
"""Of each series: marks are written into hundreds of attributes of each."""

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.long,
    pytest.mark.skipif(not SERIES, reason="the corpus is not here"),
    pytest.mark.filterwarnings("ignore::UserWarning:pydicom"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Write each series with marks, in a folder with a telling name, beside a file with one."""
    root = tmp_path_factory.mktemp("corpus") / FOLDER / "root"
    root.mkdir(parents=True)
    (root.parent / SIBLING).write_bytes(b"Zqxv")
    uids: dict[str, str] = {}
    for path in SERIES:
        with zipfile.ZipFile(path) as zipped:
            datasets = [whole(zipped.read(name)) for name in zipped.namelist()[:IMAGES]]
        content = pack.members(marks.overwrite(datasets, uids))
        pack.zip_file(root, content, path.name)
    return root


def whole(content):
    """Return an image without the elements that pydicom cannot read, and not write again."""
    image = pydicom.dcmread(io.BytesIO(content), force=True)
    for tag in list(image.keys()):
        part = pydicom.Dataset()
        try:
            part[tag] = image[tag]
            list(part.iterall())
        except NotImplementedError:
            del image[tag]
    return image


@pytest.fixture(params=SERIES, ids=lambda path: path.name.removesuffix(".dicom.zip"))
def marked(request, root):
    return root / request.param.name


def test_marks_are_everywhere_and_the_images_are_still_judged(root):
    paths = list(root.iterdir())
    assert len(paths) == len(SERIES) >= 70
    for path in paths:
        with zipfile.ZipFile(path) as zipped:
            image = pydicom.dcmread(io.BytesIO(zipped.read(zipped.namelist()[0])))
        assert len(marks.traces_in(str(image))) >= 7, path.name


@pytest.mark.process
def test_the_gear_and_the_command_line(marked, tmp_path, capsys, monkeypatch, caplog):
    gear = tmp_path / FOLDER
    path = gear / "input" / "dicom" / marked.name
    path.parent.mkdir(parents=True)
    path.symlink_to(marked)
    location = {"path": str(path), "name": path.name}
    config = {"config": {"debug": True}, "inputs": {"dicom": {"location": location}}}
    (gear / "config.json").write_text(json.dumps(config))
    ended = start.gear(gear)
    assert ended.returncode == 0, ended.stderr
    outputs = [one.read_text(encoding="utf-8") for one in (gear / "output").iterdir()]
    assert len(outputs) == 3
    texts = [ended.stdout, ended.stderr, *outputs]
    texts += outputs_in_process(path, capsys, monkeypatch)
    assert [marks.traces_in(text) for text in (*texts, caplog.text)] == [[]] * (len(texts) + 1)


@pytest.mark.process
def test_a_survey(root, tmp_path):
    command = archive.command("root", "--out", tmp_path / "out", "--reports", "--jobs", "1")
    command.insert(command.index("survey"), "--debug")
    done = subprocess.run(command, cwd=root.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert marks.traces_in(done.stdout + done.stderr) == []
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) == len(SERIES) + 5
    for path in written:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
        text = re.sub(r'(?<="findings":")[^"]*', unpacked, text)
        assert marks.traces_in(f"{path.name} {text}") == [], path.name


def unpacked(findings):
    """Return what is compressed in a journal; in the letters of base64 anything is found."""
    return zlib.decompress(base64.b64decode(findings[0])).decode()


def test_the_report_gear(root, tmp_path, monkeypatch, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    blocks = [qc_block(check(path), file_version=1) for path in sorted(root.iterdir())]
    known = project.Project(len(blocks), blocks, dict.fromkeys(KEYWORDS, marks.TEXT))
    with stub_platform.running(known) as platform:
        assert report_gear(platform, tmp_path, monkeypatch, debug=True) == 0
    texts = [*capsys.readouterr(), caplog.text]
    texts += [path.read_text(encoding="utf-8") for path in (tmp_path / "output").iterdir()]
    assert len(texts) == 6
    assert [marks.traces_in(text) for text in texts] == [[]] * 6

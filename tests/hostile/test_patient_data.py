"""Nothing that identifies a patient stands in an output or a log (DICOM PS3.15, Table E.1-1)."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom.datadict import tag_for_keyword

import run
from fw_gear_viewer_check import check, cli
from fw_gear_viewer_check.reports import qc_info
from tests import make, pack
from tests.hostile import marks
from tests.hostile.identifying import KEYWORDS
from tests.hostile.measured import ROOT
from tests.survey.test_survey import run as surveyed
from tests.survey.test_survey import table

FOLDER = "Zqxv-19370417-Ann"
"""Name of a folder above the input."""
SIBLING = "Zqxv-031741.dcm"
"""Name of a file beside the input."""


def damaged(datasets):
    """Return the data sets with marks where a date, a number or a code is due."""
    texts = {
        k: make.raw(b"Zqxv^Ann 19370417")
        for k in ("StudyDate", "StudyTime", "PatientWeight", "PatientSize", "SeriesDate")
    }
    return make.change(datasets, **texts, PatientSex=make.raw(b"Zqxv"), Units=make.ABSENT)


KINDS = {
    "ct": lambda: marks.plant(make.ct(2)),
    "pt": lambda: marks.plant(make.pt(2)),
    "pt-damaged": lambda: damaged(marks.plant(make.pt(2))),
    "us": lambda: marks.plant(make.us()),
    "enhanced": lambda: marks.plant(make.enhanced_mr(2)),
    "seg": lambda: marks.plant([*make.ct(2), *make.seg(make.ct(2))]),
    "rtstruct": lambda: marks.plant(make.rtstruct(make.ct(2))),
    "sr": lambda: marks.plant(make.sr()),
    "implicit": lambda: marks.plant(make.ct(1, TransferSyntaxUID=make.IMPLICIT)),
    "odd": lambda: marks.plant(make.ct(1, TransferSyntaxUID=make.BIG_ENDIAN)),
    "uneven": lambda: marks.plant(make.ct(z=[0, 3, 4, 9])),
}
"""Data sets of each kind that has rules of its own, with marks planted in them."""


def input_of(tmp_path, kind):
    """Write the input into a folder with a telling name, beside a file with one."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / SIBLING).write_bytes(b"Zqxv")
    members = pack.members(KINDS[kind]())
    members |= {"cut.dcm": members["001.dcm"][:3000], "text.txt": b"Zqxv 19370417"}
    return pack.zip_file(folder, members)


def start(arguments, folder, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def assert_clean(ended, *paths):
    assert ended.returncode in {0, 1}, ended.stderr
    assert marks.traces_in(ended.stdout) == []
    assert marks.traces_in(ended.stderr) == []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert len(text) > 500
        assert marks.traces_in(text) == []


def test_the_search_finds_what_is_written_in_other_ways():
    for text in (marks.TEXT, "ZQ-XV", json.dumps(marks.TEXT), "1937-04-17", "<td>Zq<wbr>xv</td>"):
        found = marks.traces_in(text.replace("<wbr>", ""))
        assert found, text
    assert marks.traces_in("overall PASS; errors: 0, 2.500 mm, 1.2.840.10008.5.1.4.1.1.2") == []


def test_every_attribute_of_the_table_is_in_the_dictionary():
    assert len(KEYWORDS) > 500
    assert [k for k in KEYWORDS if tag_for_keyword(k) is None] == []


def test_marks_are_planted_everywhere():
    (image, *_) = marks.plant(make.ct(1))
    assert [k for k in marks.IN_DATA_SETS if k not in image] == []
    assert len(marks.IN_DATA_SETS) > len(KEYWORDS) - 5
    assert len(marks.traces_in(str(image))) >= 8


def outputs_in_process(path, capsys, monkeypatch):
    """Write every output of the command line about a path; return their texts."""
    monkeypatch.chdir(path.parent)
    texts = []
    for format_ in ("text", "json", "csv"):
        written = ["--csv", "out.csv", "--html", "out.html"] if format_ == "json" else []
        call = ["viewer-check", "--debug", "check", "--format", format_, *written, path.name]
        monkeypatch.setattr("sys.argv", call)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code in {0, 1}
        texts += capsys.readouterr()
        texts += [Path(name).read_text(encoding="utf-8") for name in written[1::2]]
    return texts


QUICK = ("ct", "pt-damaged", "seg")


@pytest.mark.long
@pytest.mark.parametrize(
    "kind",
    [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.long) for kind in KINDS],
)
def test_the_command_line_tells_no_identifying_value(tmp_path, kind, capsys, monkeypatch, caplog):
    texts = outputs_in_process(input_of(tmp_path, kind), capsys, monkeypatch)
    assert sum(map(len, texts)) > 20_000
    assert [marks.traces_in(text) for text in (*texts, caplog.text)] == [[]] * (len(texts) + 1)


@pytest.mark.process
@pytest.mark.parametrize("kind", ["ct", "pt-damaged", "rtstruct"])
def test_the_gear_tells_no_identifying_value(tmp_path, kind):
    path = input_of(tmp_path, kind)
    gear = tmp_path / "gear"
    (gear / "input" / "dicom").mkdir(parents=True)
    path = path.rename(gear / "input" / "dicom" / path.name)
    location = {"path": str(path), "name": path.name}
    # What the platform knows of the file stays as it is in its info; it is no output of the gear.
    config = {"config": {"debug": True}, "inputs": {"dicom": {"location": location}}}
    (gear / "config.json").write_text(json.dumps(config))
    ended = start([run.__file__], gear)
    assert ended.returncode == 0, ended.stderr
    outputs = list((gear / "output").iterdir())
    assert len(outputs) == 3
    assert_clean(ended, *outputs)


@pytest.mark.process
def test_a_survey_tells_no_identifying_value(tmp_path):
    root = tmp_path / FOLDER / "root"
    root.mkdir(parents=True)
    (root.parent / SIBLING).write_bytes(b"Zqxv")
    for kind in ("ct", "pt-damaged", "rtstruct"):
        pack.zip_file(root, KINDS[kind](), f"{kind}.zip")
    call = ["-m", "fw_gear_viewer_check", "--debug", "survey", "root", "--out", "../out"]
    ended = start(call, root.parent)
    written = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert len(written) > 1
    assert ended.returncode in {0, 1}, ended.stderr
    assert marks.traces_in(ended.stdout + ended.stderr) == []
    for path in written:
        content = path.read_bytes()
        plain = gzip.decompress(content) if path.suffix == ".gz" else content
        assert marks.traces_in(plain.decode("utf-8")) == [], path.name


@pytest.mark.process
def test_a_missing_input_does_not_tell_the_folder(tmp_path):
    folder = tmp_path / FOLDER
    folder.mkdir()
    ended = start(["-m", "fw_gear_viewer_check", "check", "missing.zip"], folder)
    assert ended.returncode == 2
    assert marks.traces_in(ended.stdout + ended.stderr) == []


@pytest.mark.process
def test_a_crash_of_a_requirement_is_logged_without_values(tmp_path):
    """The traceback names the place; the message of an exception may quote a value."""
    path = input_of(tmp_path, "ct")
    program = (
        "from fw_gear_viewer_check import cli; import dataclasses, sys;"
        "from fw_gear_viewer_check.checker import judging;"
        "bad = lambda s: float(s.instances[0].data.text('SOPInstanceUID'));"
        "first = dataclasses.replace(judging.REQUIREMENTS[0], check=bad);"
        "judging.REQUIREMENTS = (first, *judging.REQUIREMENTS[1:]);"
        f"sys.argv = ['viewer-check', 'check', {path.name!r}]; cli.main()"
    )
    ended = start(["-c", program], path.parent)
    assert "ValueError" in ended.stderr
    assert_clean(ended)


def test_the_library_keeps_no_identifying_value(tmp_path):
    report = check(input_of(tmp_path, "pt-damaged"))
    assert marks.traces_in(report.to_dataframe().to_csv()) == []
    assert Path(report.name).name == report.name


CODED = (
    *("SeriesInstanceUID", "StudyInstanceUID", "SOPInstanceUID", "SOPClassUID", "ImageType"),
    *("FrameOfReferenceUID", "Modality", "PhotometricInterpretation", "Units", "Laterality"),
    *("DecayCorrection", "CorrectedImage", "PatientPosition", "RescaleType", "WindowCenter"),
    *("InstanceNumber", "NumberOfFrames", "Rows", "PixelSpacing", "ImageOrientationPatient"),
)
"""Attributes whose values outputs may show, where they have the form that they should have."""


def misplaced(keyword, value):
    """Return a series with a name where something else is due, in one image and in all."""
    images = make.pt(3)
    return (*images[:1], *make.change(images[1:], **{keyword: make.raw(value)}))


@pytest.mark.long
@pytest.mark.parametrize(
    "value", [b"Zqxv", b"Zqxv^Ann", b"1.2\\Zqxv", b"1.2.Zqxv", b"19370417 Zqx"]
)
@pytest.mark.parametrize("keyword", CODED)
def test_a_name_in_place_of_a_code_or_uid_is_not_shown(tmp_path, keyword, value):
    report = check(pack.zip_file(tmp_path, list(misplaced(keyword, value))))
    block = json.dumps(qc_info.qc_block(report))
    outputs = (report.to_json(), report.to_dataframe().to_csv(), report.to_html(), str(report))
    assert [marks.traces_in(text) for text in (*outputs, block)] == [[]] * 5


def test_a_name_in_place_of_a_series_uid_is_in_no_file_of_a_survey(tmp_path):
    """It was in the names of reports, and in the journal."""
    images = make.ct(3, SeriesInstanceUID=make.raw(b"Zqxv^Ann"))
    pack.folder_of(tmp_path / "root", images, "loose")
    pack.zip_file(tmp_path / "root", images, "copy.zip")
    segmentation = make.seg(make.ct(3, SeriesInstanceUID="1.2"), SeriesInstanceUID="1.3")
    make.change(
        segmentation,
        **{"ReferencedSeriesSequence.SeriesInstanceUID": make.raw(b"Zqxv^Ann")},
    )
    pack.zip_file(tmp_path / "root", segmentation, "segmentation.zip")
    surveyed(tmp_path / "root", tmp_path / "out", reports=True)
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) == 8
    for path in written:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
        assert marks.traces_in(f"{path.name} {raw.decode()}") == []
    rows = {row["input"]: row["failing"] for row in table(tmp_path / "out")}
    assert "ZIP-101" in rows[f"{tmp_path}/root/loose/"]
    assert "ZIP-101" in rows[f"{tmp_path}/root/copy.zip"]

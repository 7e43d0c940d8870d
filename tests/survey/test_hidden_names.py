"""With hide_names, a survey names no file and no folder: what is passed on holds numbers."""

import csv
import gzip
import json
import logging

import pytest

from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.survey.inputs import Input, SourceFile
from fw_gear_viewer_check.survey.rollup import RollUp
from fw_gear_viewer_check.survey.work import Settings, Task, judge
from tests import make, pack
from tests.repairs import scans
from tests.survey import archive
from tests.survey.test_survey import run, table

pytestmark = pytest.mark.long

HIDING = Options(hide_names=True)
NAME = "Zqxv"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return an archive of every kind of input, each with a telling name."""
    root = tmp_path_factory.mktemp("archive") / NAME
    for path in sorted(archive.mixed(root).rglob("*")):
        if path.is_file():
            path.rename(path.with_name(f"{NAME}-{path.name.lstrip('.')}"))
    (root / "archive" / f".{NAME}").touch()
    scattered = make.ct(4, SeriesInstanceUID="1.2.3.20")
    for place, image in enumerate(scattered):
        (root / "archive" / f"{NAME}-{place % 2}").mkdir(exist_ok=True)
        pack.file_of(root / "archive" / f"{NAME}-{place % 2}", image, f"{NAME}-{place}.dcm")
    lone = root / "archive" / f"{NAME}.dcm"
    lone.write_bytes(pack.members(make.ct(2, Rows=make.raw(b"x")))["001.dcm"][:900])
    return root


def texts(out):
    """Return all that is written and meant to be passed on, and the names of these files."""
    found = {}
    for path in out.rglob("*"):
        if path.is_file() and path.parent.name != "journal":
            raw = path.read_bytes()
            raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
            found[path.name] = f"{path.relative_to(out)} {raw.decode()}"
    return found


def test_no_output_holds_a_name(root, tmp_path, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    run(root, tmp_path / "shown", reports=True)
    assert sum(NAME in text for text in texts(tmp_path / "shown").values()) > 10
    caplog.clear()
    run(root, tmp_path / "out", options=HIDING, reports=True)
    hidden = texts(tmp_path / "out")
    assert len(hidden) > 15
    assert [name for name, text in hidden.items() if NAME in text] == []
    assert NAME not in caplog.text + "".join(capsys.readouterr())


def test_numbers_lead_back_to_names(root, tmp_path):
    run(root, tmp_path / "shown")
    run(root, tmp_path / "out", options=HIDING)
    with (tmp_path / "out" / "journal" / "names.csv").open(newline="") as file:
        names = {row["number"]: row["name"] for row in csv.DictReader(file)}
    hidden, shown = table(tmp_path / "out"), table(tmp_path / "shown")
    assert [names[row["input"]] for row in hidden] == [row["input"] for row in shown]
    assert [row["overall"] for row in hidden] == [row["overall"] for row in shown]
    assert {"input 1", "left out 1"} <= set(names)
    assert not (tmp_path / "shown" / "journal" / "names.csv").exists()


def test_no_numbers_of_an_earlier_survey_stand_beside_new_tables(root, tmp_path, monkeypatch):
    """Killed between the tables, "input 1" led to the wrong file."""
    run(root, tmp_path / "out", options=HIDING)

    def killed(*_):
        raise MemoryError

    monkeypatch.setattr(RollUp, "add", killed)
    with pytest.raises(MemoryError):
        run(root, tmp_path / "out", options=HIDING)
    assert not (tmp_path / "out" / "journal" / "names.csv").exists()


def test_resumed_it_is_the_same(root, tmp_path):
    run(root, tmp_path / "whole", options=HIDING)
    run(root, tmp_path / "out", options=HIDING)
    journal = tmp_path / "out" / "journal" / "survey.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: len(lines) // 2]))
    run(root, tmp_path / "out", options=HIDING, resume=True)
    assert archive.outputs(tmp_path / "out") == archive.outputs(tmp_path / "whole")
    assert json.loads(lines[-1])["finished"]


def test_names_of_reports_do_not_tell_a_path_to_who_guesses_it(root, tmp_path):
    """They were digests of the path alone."""
    for name in ("out", "other"):
        run(root, tmp_path / name, options=HIDING, reports=True)
    reports = {name: {row["report"] for row in table(tmp_path / name)} for name in ("out", "other")}
    assert len(reports["out"]) > 5
    assert not reports["out"] & reports["other"] - {""}
    assert all((tmp_path / "out" / path).is_file() for path in reports["out"])
    run(root, tmp_path / "out", options=HIDING, reports=True)
    assert {row["report"] for row in table(tmp_path / "out")} == reports["out"]


@pytest.mark.long
def test_reports_of_a_lost_key_are_made_again(root, tmp_path):
    """All links led to reports that were not there."""
    run(root, tmp_path / "out", options=HIDING, reports=True)
    (tmp_path / "out" / "journal" / "key-of-names").write_text("half")
    run(root, tmp_path / "out", options=HIDING, reports=True, resume=True)
    reports = [row["report"] for row in table(tmp_path / "out")]
    assert len(set(reports)) > 5
    assert all((tmp_path / "out" / path).is_file() for path in reports)


@pytest.mark.long
def test_reports_without_names_are_removed_by_a_survey_that_shows_names(root, tmp_path):
    run(root, tmp_path / "out", options=HIDING, reports=True)
    assert {path.name[:6] for path in (tmp_path / "out" / "reports").iterdir()} == {"input-"}
    run(root, tmp_path / "out")
    assert not list((tmp_path / "out" / "reports").iterdir())


@pytest.mark.parametrize("name", ["series-1_MR_bold.dicom.zip", "bold.dicom.zip", "bold.ZIP"])
def test_repairs_are_the_same(tmp_path, name):
    """A gear was named that writes over its input, and none where one was due."""
    for kind, images in {
        "four_d": scans.volumes(3),
        "lacking": make.change(make.ct(4), SOPInstanceUID=make.ABSENT),
    }.items():
        (tmp_path / "in" / kind).mkdir(parents=True)
        pack.zip_file(tmp_path / "in" / kind, images, name)
    repairs = []
    for hides in (False, True):
        run(tmp_path / "in", tmp_path / "out", options=Options(hide_names=hides))
        text = gzip.decompress((tmp_path / "out" / "findings.csv.gz").read_bytes()).decode()
        rows = csv.DictReader(text.splitlines())
        repairs.append([(r["requirement"], r["repair_gear"], r["repair_config"]) for r in rows])
    shown, hidden = repairs
    assert hidden == shown
    assert ("dicom-fixer" in {gear for _, gear, _ in shown}) == (name != "bold.ZIP")


def test_a_worker_without_the_store_names_no_file():
    url = f"nonsense://bucket/{NAME}.zip"
    task = Task(Input(url, (SourceFile(url, 500, "x"),)), Settings(HIDING))
    record, _ = judge(task)
    assert "cannot be opened" in record.problem
    assert NAME not in record.problem

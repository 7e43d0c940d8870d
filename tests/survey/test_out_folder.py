"""What a survey removes and replaces in the folder that it writes to: its own files only."""

import errno
import os
import shutil
import signal
from contextlib import suppress

import pytest

from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.requirements.types import Capability
from fw_gear_viewer_check.survey import command, journal
from fw_gear_viewer_check.survey.journal import Journal
from fw_gear_viewer_check.survey.run import OUTPUTS, Part, Plan
from fw_gear_viewer_check.survey.work import Settings
from fw_gear_viewer_check.system.files import PART, write_text
from tests import make, pack
from tests.survey import archive
from tests.survey.inline import InlinePool
from tests.survey.test_survey import run, table


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_reports_of_the_last_survey_are_removed(tmp_path):
    """The folder reports was removed as a whole, with whatever a user had put there."""
    root, out = archive.many(tmp_path, 2), tmp_path / "out"
    for name in ("reports/mine.html", "reports/old/notes.txt", "journal/part-notes.jsonl"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("mine")
    mine = files(out)
    run(root, out, reports=True)
    (root / "001.dicom.zip").unlink()
    run(root, out, reports=True)
    assert len(list((out / "reports").glob("00*.html"))) == 1
    run(root, out)
    assert not list((out / "reports").glob("00*.html"))
    assert mine.items() <= files(out).items()


@pytest.mark.parametrize("where", ["", "..", "inside", "inside/deeper", "link"])
@pytest.mark.parametrize("how", ["{}", "{}/*", "@{}.txt"])
def test_outputs_are_not_written_where_inputs_are_read(tmp_path, where, how):
    root = archive.many(tmp_path / "data", 2)
    (root / "inside").mkdir()
    (root / "link").symlink_to(tmp_path / "data")
    root.with_suffix(".txt").write_text(f"{root}\n")
    before = files(tmp_path)
    with pytest.raises(UsageError, match=r"--out .*: choose a folder outside"):
        run(how.format(root), root / where)
    assert files(tmp_path) == before


def test_a_folder_beside_the_inputs_is_taken(tmp_path):
    root = archive.many(tmp_path, 1)
    run(root, tmp_path / "many-out")
    run(f"{root}/*.zip", root / "out")
    assert (root / "out" / "survey.html").exists()


@pytest.mark.parametrize("name", OUTPUTS)
def test_files_that_no_survey_wrote_are_not_replaced(tmp_path, name):
    root, out = archive.many(tmp_path, 1), tmp_path / "out"
    out.mkdir()
    (out / name).write_text("mine")
    with pytest.raises(UsageError, match=name):
        run(root, out)
    assert files(out) == {out / name: b"mine"}


def test_a_journal_that_no_survey_wrote_is_not_cut(tmp_path):
    root, out = archive.many(tmp_path, 1), tmp_path / "out"
    (out / "journal").mkdir(parents=True)
    (out / "journal" / "survey.jsonl").write_text('{"mine": 1}\nand no end')
    before = files(out)
    for resume in (False, True):
        with pytest.raises(UsageError, match="not written by a survey"):
            run(root, out, resume=resume)
        assert files(out) == before


def test_a_folder_whose_name_is_a_command_for_a_terminal(tmp_path, monkeypatch):
    """The line about it, and the numbers, were written as they stood."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(command, "LocalPool", lambda _: InlinePool())
    root, bad = archive.many(tmp_path, 1), tmp_path / "x\x1b[31m"
    plan = Plan((str(root),), bad, Settings(Options()))
    code, told = command.carry_out(plan, jobs=1, dask=None)
    assert (code, "\x1b" in told, "x\\x1b[31m/survey.html" in told) == (0, False, True)
    (tmp_path / "y\x1b[31m").touch()
    plan = Plan((str(root),), tmp_path / "y\x1b[31m", Settings(Options()))
    code, told = command.carry_out(plan, jobs=1, dask=None)
    assert (code, "\x1b" in told) == (2, False)
    assert told.count("y\\x1b[31m") == 1


def test_what_a_killed_survey_was_writing_is_removed_by_the_next_one(tmp_path):
    root, out = archive.many(tmp_path, 1), tmp_path / "out"
    run(root, out)
    expected = set(files(out))
    mine = {out / ".series.csv.20260101", out / ".survey.html.original"}
    for path in (*mine, out / f"{PART}abcd_123", out / "journal" / f"{PART}xyz12345"):
        path.write_bytes(b"half")
    run(root, out, resume=True, part=Part(1, 2))
    assert (out / f"{PART}abcd_123").exists()
    run(root, out, resume=True)
    assert set(files(out)) - expected == {*mine, out / "journal" / "part-0001-of-0002.jsonl"}


def test_a_report_replaces_a_link_and_not_what_it_leads_to(tmp_path):
    root, out = archive.many(tmp_path, 1), tmp_path / "out"
    run(root, out, reports=True)
    (report,) = (out / "reports").iterdir()
    (out / "journal" / "survey.jsonl").write_bytes(b"")
    (tmp_path / "mine.txt").write_text("mine")
    report.unlink()
    report.symlink_to(tmp_path / "mine.txt")
    run(root, out, reports=True)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert report.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "url",
    [
        *("file://{}", "local://{}", "simplecache::file://{}", "memory://{}", "zip://*::{}"),
        *("reference://{}", "github://{}", "dir://{}", "tar://{}"),
        *("reference://::{}", "zip::s3://bucket{}", "filecache::https://user:geheim@host{}"),
    ],
)
def test_a_path_as_a_url_is_wrong_usage(tmp_path, url):
    """Some got around the rule that outputs lie outside of what is surveyed.

    Caches left copies of all that they had read; passwords stood in the tables.
    """
    root = archive.many(tmp_path, 1)
    with pytest.raises(UsageError, match=r"by its path|cannot be read") as refused:
        run(url.format(root), root / "out")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("target", ["mine.txt", "nothing"])
def test_a_journal_that_is_a_link_is_not_followed(tmp_path, target):
    root, out = archive.many(tmp_path, 1), tmp_path / "out"
    (out / "journal").mkdir(parents=True)
    (tmp_path / "mine.txt").touch()
    (out / "journal" / "survey.jsonl").symlink_to(tmp_path / target)
    with pytest.raises(UsageError, match="was not written by a survey"):
        run(root, out)
    assert (tmp_path / "mine.txt").read_bytes() == b""
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("kind", ["empty", "texts", "list"])
def test_a_root_without_inputs_is_wrong_usage(tmp_path, kind):
    root = tmp_path / "root"
    root.mkdir()
    if kind == "texts":
        (root / "notes.txt").write_text("not DICOM")
    (tmp_path / "list.txt").write_text("# nothing\n")
    with pytest.raises(UsageError, match=r"nothing to check in|no DICOM file and no zip in"):
        run(f"@{tmp_path}/list.txt" if kind == "list" else root, tmp_path / "out")


def test_a_root_in_which_all_is_left_out_says_why(tmp_path):
    """A folder that may not be listed was called empty."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(UsageError, match=f"nothing to check in {root}: {root}/link: .*link"):
        run(root, tmp_path / "out")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", ["survey.jsonl", "part-0001-of-0002.jsonl"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_journal_that_is_no_file_does_not_keep_the_survey_waiting(tmp_path, name, kind):
    root, out = archive.many(tmp_path, 1), tmp_path / "out"
    (out / "journal").mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(out / "journal" / name)
    else:
        (out / "journal" / name).symlink_to("/dev/zero")
    for resume in (False, True):
        with suppress(UsageError, OSError):
            run(root, out, resume=resume)
            assert name.startswith("part")
            assert not resume


def test_a_folder_whose_name_is_not_utf_8(tmp_path):
    """All was judged, and then the data base refused the name of the journal."""
    root, out = archive.many(tmp_path, 2), tmp_path / "o\udce9"
    run(root, out)
    run(root, out, resume=True)
    assert archive.outputs(out)


@pytest.mark.parametrize("name", ["reports", "journal"])
def test_links_out_of_the_folder_are_not_followed(tmp_path, name):
    """Reports were written, and a file was removed, where the link leads to."""
    root, out, other = archive.many(tmp_path, 2), tmp_path / "out", tmp_path / "other"
    for folder in (out, other):
        folder.mkdir()
    (other / f"{PART}mine").write_text("mine")
    (out / name).symlink_to(other)
    with pytest.raises(UsageError, match=f"{name} is a link"):
        run(root, out, reports=True)
    assert [path.name for path in other.iterdir()] == [f"{PART}mine"]


@pytest.mark.parametrize("name", ["names.csv", "key-of-names"])
def test_what_lies_beside_a_journal_is_not_replaced_where_there_is_none(tmp_path, name):
    root, out = archive.many(tmp_path, 2), tmp_path / "out"
    (out / "journal").mkdir(parents=True)
    (out / "journal" / name).write_text("mine")
    with pytest.raises(UsageError, match=f"contains journal/{name}, but no survey"):
        run(root, out, options=Options(hide_names=True))
    assert (out / "journal" / name).read_text() == "mine"


@pytest.mark.parametrize("change", ["hidden", "without reports", "gone"])
def test_a_resumed_survey_leaves_no_report_of_before(tmp_path, change):
    """Named reports lay beside the hidden ones, with the same digest in their names."""
    root, out = archive.many(tmp_path, 2), tmp_path / "out"
    run(root, out, reports=True)
    (out / "reports" / "mine.html").write_text("mine")
    if change == "gone":
        (root / "001.dicom.zip").unlink()
    options = Options(hide_names=change == "hidden")
    run(root, out, options=options, reports=change != "without reports", resume=True)
    linked = {row["report"] for row in table(out)} - {""}
    assert {f"reports/{path.name}" for path in (out / "reports").iterdir()} == {
        *linked,
        "reports/mine.html",
    }
    assert len(linked) == {"hidden": 2, "without reports": 0, "gone": 1}[change]


@pytest.mark.parametrize("at", ["line", "report"])
@pytest.mark.parametrize("count", [1, 3])
def test_a_disk_that_fills_leaves_no_report_that_is_never_removed(tmp_path, monkeypatch, at, count):
    """A report without its line in the journal, called like the input, stayed for ever.

    The first two inputs hold one series: their second reports are written over the first ones.
    """
    root, out = archive.many(tmp_path, 2), tmp_path / "out"
    pack.zip_file(root, make.ct(4, SeriesInstanceUID="1.2.3.1"), "001.dicom.zip")
    append = Journal.append
    written = iter(range(100))

    def full(do, *arguments):
        if next(written) == count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return do(*arguments)

    if at == "line":
        monkeypatch.setattr(Journal, "append", lambda *arguments: full(append, *arguments))
    else:
        place = "fw_gear_viewer_check.survey.run.write_text"
        monkeypatch.setattr(place, lambda *arguments: full(write_text, *arguments))
    with pytest.raises(OSError, match="No space"):
        run(root, out, reports=True)
    monkeypatch.undo()
    shutil.copytree(out, tmp_path / "hidden")
    run(root, tmp_path / "hidden", options=Options(hide_names=True), resume=True)
    assert not list((tmp_path / "hidden" / "reports").iterdir())
    run(root, out, reports=True, resume=True)
    run(root, tmp_path / "expected", reports=True)
    for folder in ("", "reports"):
        expected = {
            path.name: path.read_bytes() for path in (tmp_path / "expected" / folder).glob("*.*")
        }
        assert {path.name: path.read_bytes() for path in (out / folder).glob("*.*")} == expected


@pytest.mark.parametrize("change", ["options", "data"])
def test_a_report_is_of_the_run_that_links_it(tmp_path, change):
    """Back at what was surveyed first, the report of the run between was linked."""
    root, out = archive.many(tmp_path, 2), tmp_path / "out"
    path = root / "000.dicom.zip"
    first, options = path.read_bytes(), Options()
    times = path.stat()
    run(root, out, reports=True)
    before = archive.outputs(out), files(out / "reports")
    if change == "data":
        pack.zip_file(root, make.ct(2, SeriesInstanceUID="1.2.3.1"), path.name)
    else:
        options = Options(require=(Capability.ARCHIVE,))
    run(root, out, options=options, reports=True, resume=True)
    path.write_bytes(first)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    run(root, out, reports=True, resume=True)
    assert (archive.outputs(out), files(out / "reports")) == before


def test_a_journal_that_another_process_has_changed_is_one_line(tmp_path):
    """Where locks are of one machine only, two surveys ended each other in a traceback."""
    with Journal(tmp_path / "survey.jsonl") as written:
        written.append('{"one":1}')
        with written.path.open("ab") as other:
            other.write(b"a line of another survey\n")
        with pytest.raises(UsageError, match="was changed by another process"):
            journal.line_at(written.path, *written.append('{"two":2}'))

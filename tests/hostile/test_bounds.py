"""What bounds a process whatever its input does: memory and processor time."""

import errno
import itertools
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress

import pydicom
import pytest

import run
from examples.make_demo import write_series
from fw_gear_viewer_check import cli
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.requirements import repair_choice
from fw_gear_viewer_check.requirements.types import Status
from fw_gear_viewer_check.survey import remote_roots, roots, scan, urls, work
from fw_gear_viewer_check.survey.inputs import NOT_THERE, Input, Related, SourceFile
from fw_gear_viewer_check.survey.work import Settings, Task, judge
from fw_gear_viewer_check.system import bounds
from tests import make, pack
from tests.start import as_it_was, gear

TOO_LONG = "it takes more processor time than 5 min and 6 s for each MiB"
GREEDY = """
from fw_gear_viewer_check.system.bounds import limit_memory
limit_memory(64 << 20)
kept = [bytes(1 << 20) for _ in range(32)]
try:
    kept += [bytes(1 << 20) for _ in range(1000)]
except MemoryError:
    print("bounded")
"""


def _endless(*_, **__):
    for number in itertools.count():
        with suppress(Exception):
            number / 0


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(bounds, "SECONDS", 0.05)


@pytest.fixture
def demo(tmp_path):
    folder = tmp_path / "input" / "dicom"
    folder.mkdir(parents=True)
    write_series(folder / "ball.dicom.zip")
    (tmp_path / "config.json").write_text("{}")
    return folder / "ball.dicom.zip"


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="no other system bounds it")
def test_memory_is_bounded():
    done = subprocess.run(
        [sys.executable, "-c", GREEDY], check=False, timeout=30, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("bounded\n", "")


@pytest.mark.usefixtures("hasty")
def test_time_is_bounded_and_no_handler_of_errors_goes_on():
    before = signal.getsignal(signal.SIGPROF)
    with pytest.raises(bounds.TooLongError, match=TOO_LONG), bounds.limited_time(0):
        _endless()
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) == before


def test_a_large_input_has_more_time_and_a_folder_that_of_its_files(tmp_path):
    """A folder had no end."""
    for name in ("zip", "other"):
        (tmp_path / name).write_bytes(bytes(1 << 20))
    with bounds.limited_time(bounds.size_of(tmp_path / "zip")):
        left, _ = signal.getitimer(signal.ITIMER_PROF)
    assert left == pytest.approx(bounds.SECONDS + bounds.SECONDS_FOR_MIB, abs=1)
    with bounds.limited_time(bounds.size_of(tmp_path)):
        read_input(tmp_path)
        left, _ = signal.getitimer(signal.ITIMER_PROF)
    assert left == pytest.approx(bounds.SECONDS + 2 * bounds.SECONDS_FOR_MIB, abs=1)
    read_input(tmp_path)
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


@pytest.mark.parametrize("size", [8 << 60, 10**400], ids=["8 EiB", "no float"])
def test_a_size_that_cannot_be_true_costs_no_neighbour(tmp_path, size):
    """The clock takes no such time: one wrong answer of a server ended the whole survey."""
    pack.folder_of(tmp_path, make.ct(2, SeriesInstanceUID="1.2.3"), "loose")
    first, second = sorted((tmp_path / "loose").iterdir())
    files = [SourceFile(str(path), path.stat().st_size, "1") for path in (first, second)]
    files[0] = SourceFile(str(first), size, "1")
    found = scan.scan(files)
    assert [one.series_instance_uid for one in found] == [urls.uid_key("1.2.3")] * 2
    record, _ = judge(Task(Input("a", (files[0],)), Settings(Options())))
    assert record.problem == ""
    with bounds.limited_time(size):
        bounds.give_time(size)
        left, _ = signal.getitimer(signal.ITIMER_PROF)
    most = bounds.SECONDS_FOR_MIB * bounds.MAX_TIMED / 2**20
    assert left == pytest.approx(bounds.SECONDS + 2 * most, abs=1)


def test_inputs_that_are_read_again_have_time_of_their_own(tmp_path):
    """Thirty that took long cost the segmentation its verdict."""
    images = make.ct(3)
    for name, content in {"seg": make.seg(images), "a": images, "b": images}.items():
        pack.zip_file(tmp_path, content, f"{name}.zip")
    segmentation, *holders = (
        Input(str(path), (SourceFile(str(path), path.stat().st_size, "1"),))
        for path in (tmp_path / f"{name}.zip" for name in ("seg", "a", "b"))
    )
    related = Related(holders={urls.uid_key(images[0].SeriesInstanceUID): holders})
    left = []
    with bounds.limited_time(0):
        others = work._Others(Task(segmentation, Settings(Options()), related))
        for _ in range(2):  # the second time, they are known
            others.reference_images({images[0].SeriesInstanceUID: frozenset()})
            left.append(signal.getitimer(signal.ITIMER_PROF)[0] - bounds.SECONDS)
    size = sum(file.size for one in holders for file in one.files) + 2 * work.TIME_OF_BYTES
    assert left == [pytest.approx(bounds.SECONDS_FOR_MIB * size / 2**20, abs=2)] * 2


@pytest.mark.usefixtures("hasty", "demo")
def test_an_endless_check_is_one_line_of_the_gear(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "check", _endless)
    done = gear(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"ERROR    {TOO_LONG}: nothing was written\n"


def test_a_loose_file_that_takes_too_long_costs_no_neighbour(tmp_path, monkeypatch):
    """The files behind some slow ones were judged one by one, and their series fell apart."""
    monkeypatch.setattr(bounds, "SECONDS", 0.3)
    pack.folder_of(tmp_path, make.ct(4, SeriesInstanceUID="1.2.3"), "loose")
    paths = sorted((tmp_path / "loose").iterdir())
    files = [SourceFile(str(path), path.stat().st_size, "1") for path in paths]
    scanned = scan._scanned

    def slow(reader, file):
        return _endless() if file is files[1] else scanned(reader, file)

    monkeypatch.setattr(scan, "_scanned", slow)
    found = [one.series_instance_uid for one in scan.scan(files)]
    assert found == ["1.2.3", "", "1.2.3", "1.2.3"]


@pytest.mark.usefixtures("hasty")
def test_a_look_at_loose_files_ends(demo, monkeypatch):
    """Only judging them had a bound."""
    monkeypatch.setattr(scan, "_scanned", _endless)
    file = SourceFile(str(demo), 1, "1")
    assert scan.scan([file, file]) == [scan.NOT_READ] * 2


@pytest.mark.usefixtures("hasty")
def test_an_endless_check_is_one_line_of_the_command(demo, monkeypatch, capsys):
    monkeypatch.setattr(judging, "check", _endless)
    monkeypatch.setattr(sys, "argv", ["viewer-check", "check", str(demo)])
    with pytest.raises(SystemExit) as ended, as_it_was():
        cli.main()
    assert (ended.value.code, *capsys.readouterr()) == (
        2,
        "",
        f"viewer-check: {demo}: {TOO_LONG}\n",
    )


@pytest.mark.usefixtures("demo")
def test_a_disk_that_fails_is_one_line_of_the_gear(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(run, "check", fail)
    done = gear(tmp_path)
    told = f"the input cannot be read ({os.strerror(errno.EIO)}): nothing was written"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"ERROR    {told}\n")


def _broken(*_, **__):
    message = "SMITH^JOHN"
    raise KeyError(message)


BROKEN = r"the check stopped \(KeyError, test_bounds.py, line \d+\): please report it"


@pytest.mark.usefixtures("demo")
def test_a_fault_of_the_gear_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "check", _broken)
    done = gear(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(f"ERROR    {BROKEN}: nothing was written\n", done.stderr)


def test_a_fault_of_the_command_is_one_line_and_not_the_exit_code_of_a_failed_check(
    demo, monkeypatch, capsys
):
    monkeypatch.setattr(judging, "check", _broken)
    monkeypatch.setattr(sys, "argv", ["viewer-check", "check", str(demo)])
    with pytest.raises(SystemExit) as ended, as_it_was():
        cli.main()
    assert ended.value.code == 2
    told = f"viewer-check: {re.escape(str(demo))}: {BROKEN}\n"
    assert re.fullmatch(told, capsys.readouterr().err)


def _short_of_memory(*_, **__):
    raise MemoryError


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("work", "problem"),
    [(_endless, TOO_LONG), (_short_of_memory, "it takes more memory than it may")],
)
def test_one_input_of_a_survey_costs_itself_only(demo, monkeypatch, work, problem):
    monkeypatch.setattr(Input, "read", work)
    record, html = judge(Task(Input("a", (SourceFile(str(demo), 1, "1"),)), Settings(Options())))
    assert (record.problem, html) == (problem, "")


def test_a_fault_in_a_look_at_loose_files_leaves_them_to_be_judged(demo, monkeypatch):
    """It ended the survey."""
    monkeypatch.setattr(scan, "limited_time", _broken)
    file = SourceFile(str(demo), 1, "1")
    assert scan.scan([file, file]) == [scan.NOT_READ] * 2


def test_a_fault_in_the_record_of_an_input_costs_itself_only(demo, monkeypatch):
    """It ended the survey, as only reading and judging were covered."""
    monkeypatch.setattr(work, "described", _broken)
    file = SourceFile(str(demo), demo.stat().st_size, "1")
    record, html = judge(Task(Input("a", (file,)), Settings(Options())))
    assert (record.problem, html) == ("the check stopped (KeyError)", "")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (pydicom, "dcmread"),
        (repair_choice, "repair_of"),
        (judging, "prediction_of"),
    ],
)
def test_memory_that_ends_is_no_finding(tmp_path, monkeypatch, module, name):
    """It was "damaged", or a check that stopped, of one file among many."""
    odd = tmp_path / "odd.dcm"
    (image,) = make.ct(1, Rows=make.ABSENT)
    odd.write_bytes(pack.to_bytes(image, make.BIG_ENDIAN))
    assert check(odd).overall is Status.FAIL
    monkeypatch.setattr(module, name, _short_of_memory)
    with pytest.raises(MemoryError):
        check(odd)


SAYS = """
import logging, warnings
logging.getLogger("pydicom").error("SMITH^JOHN")
warnings.warn("SMITH^JOHN", stacklevel=1)
logging.getLogger("fw_gear_viewer_check.dicom").error("ours")
"""
GEAR = "from fw_gear_viewer_check.gear import log; log.start()"
COMMAND = "from fw_gear_viewer_check import cli; cli.cli.callback(debug=False)"
WORKER = "from fw_gear_viewer_check.survey import workers; workers._begin_worker()"


@pytest.mark.process
@pytest.mark.parametrize("begin", [GEAR, COMMAND, WORKER])
def test_what_libraries_say_is_not_heard(begin):
    code = [sys.executable, "-c", begin + SAYS]
    done = subprocess.run(code, check=True, capture_output=True, text=True)
    assert (done.stdout + done.stderr).split()[-1] == "ours"
    assert "SMITH" not in done.stdout + done.stderr


def test_a_store_whose_list_fills_the_memory_is_one_line_or_row(tmp_path, monkeypatch):
    monkeypatch.setattr(remote_roots, "listed", _short_of_memory)
    with pytest.raises(UsageError, match=f"^s3://bucket/: {roots.TOO_MUCH}$"):
        list(roots.listed(["s3://bucket/"], tmp_path / "out"))
    (tmp_path / "list").write_text("s3://bucket/\n")
    (row,) = roots.listed([f"@{tmp_path}/list"], tmp_path / "out")
    assert row == SourceFile("s3://bucket/", NOT_THERE, roots.TOO_MUCH)

"""Disks that fill, inputs that vanish, signals, odd surroundings: whole outputs or none."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest

import run
from examples.make_demo import write_series
from fw_gear_viewer_check import check
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.system import files, stopping
from tests import make, pack
from tests.hostile.measured import ROOT
from tests.start import gear

NAME = "ball.dicom.zip"
OUTPUTS = [".metadata.json", "ball_viewer_check.csv", "ball_viewer_check.html"]
# No byte code: Python would keep what it wrote of it when the disk was full.
CLEAN = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
SMALL_FILE = 20_000
"""Bytes that a process may write to one file: the report is longer."""


def gear_folder(tmp_path, content=None):
    folder = tmp_path / "gear"
    (folder / "input" / "dicom").mkdir(parents=True)
    path = folder / "input" / "dicom" / NAME
    if content is None:
        write_series(path)
    else:
        path.write_bytes(content)
    (folder / "config.json").write_text("{}")
    return folder


def start(folder, *flags, limit=None, umask=None, **environment):
    def prepare():
        if limit is not None:
            # Past the limit a write fails, as on a full disk, instead of ending the process.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        if umask is not None:
            os.umask(umask)

    return subprocess.Popen(
        [sys.executable, *flags, run.__file__],
        cwd=folder,
        env={**CLEAN, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,  # noqa: PLW1509 - the tests have one thread
    )


def ended(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def outputs(folder):
    output = folder / "output"
    return sorted(p.name for p in output.iterdir()) if output.exists() else []


@pytest.mark.process
def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path):
    folder = gear_folder(tmp_path)
    code, _, err = ended(start(folder, limit=SMALL_FILE))
    assert code == 1
    assert err.splitlines() == ["ERROR    cannot write to output/: File too large"]
    assert outputs(folder) == []


@pytest.mark.process
def test_a_disk_that_is_full_leaves_an_older_report_as_it_was(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text("old")
    program = (
        "import resource, signal, sys; from pathlib import Path;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({SMALL_FILE},) * 2);"
        "from fw_gear_viewer_check.system.files import write_text;"
        "write_text(Path(sys.argv[1]), 'x' * 100_000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env=CLEAN,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "File too large" in done.stderr
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("report.txt", "old")]


def test_an_output_folder_that_vanishes(tmp_path, monkeypatch):
    monkeypatch.setattr("os.replace", _vanished)
    with pytest.raises(FileNotFoundError):
        files.write_text(tmp_path / "report.txt", "text")
    assert list(tmp_path.iterdir()) == []


def _vanished(*_):
    raise FileNotFoundError


@pytest.mark.process
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_gear_that_is_stopped_leaves_all_outputs_or_none(tmp_path, kind):
    folder = gear_folder(tmp_path)
    for wait in (0.2, 0.6, 1.2):
        process = start(folder)
        time.sleep(wait)
        process.send_signal(kind)
        before = time.monotonic()
        code, _, _ = ended(process)
        assert time.monotonic() - before < 20
        assert outputs(folder) in ([], OUTPUTS)
        assert code != 0 or outputs(folder) == OUTPUTS


@pytest.mark.process
def test_a_gear_stopped_while_it_writes_leaves_no_temporary(tmp_path):
    folder = gear_folder(tmp_path)
    process = start(folder)
    output = folder / "output"
    while process.poll() is None and not (output.exists() and any(output.iterdir())):
        time.sleep(0.002)
    process.terminate()
    code, _, err = ended(process)
    assert err in ("", "ERROR    stopped by a signal: nothing was written\n")
    assert outputs(folder) in ([], OUTPUTS)
    assert code == 0 if outputs(folder) else code == 128 + signal.SIGTERM


@pytest.mark.process
def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path):
    folder = gear_folder(tmp_path)
    (folder / "output").mkdir(exist_ok=True)
    left = folder / "output" / ".viewer-check-part-0123abcd-ball_viewer_check.csv"
    left.touch()
    os.utime(left, (1, 1))
    (left.parent / ".viewer-check-part-link").symlink_to("nowhere")
    (left.parent / ".viewer-check-part-folder").mkdir()
    os.utime(left.parent / ".viewer-check-part-folder", (1, 1))
    assert ended(start(folder))[0] == 0
    assert not left.exists()
    assert set(OUTPUTS) <= set(outputs(folder))


@pytest.mark.process
def test_two_runs_at_once_into_one_folder(tmp_path):
    folder = gear_folder(tmp_path)
    both = [start(folder), start(folder)]
    assert [ended(process)[0] for process in both] == [0, 0]
    assert outputs(folder) == OUTPUTS
    json.loads((folder / "output" / ".metadata.json").read_text())


@pytest.mark.process
def test_the_same_outputs_in_odd_surroundings(tmp_path):
    folder = gear_folder(tmp_path)
    assert ended(start(folder))[0] == 0
    usual = {p.name: p.read_bytes() for p in (folder / "output").iterdir()}
    surroundings = (
        ((), {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, None),
        ((), {"TQDM_MININTERVAL": "often"}, None),
        (("-O",), {"HOME": "/nonexistent", "TZ": "Asia/Kathmandu"}, 0o077),
        (("-OO",), {"LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}, 0o000),
    )
    for flags, environment, umask in surroundings:
        for path in (folder / "output").iterdir():
            path.unlink()
        code, _, err = ended(start(folder, *flags, umask=umask, **environment))
        assert (code, err) == (0, "")
        again = {p.name: p.read_bytes() for p in (folder / "output").iterdir()}
        assert again == usual
        modes = {p.stat().st_mode & 0o777 for p in (folder / "output").iterdir()}
        assert umask is None or modes == {0o666 & ~umask}


def test_an_input_that_vanishes_between_listing_and_reading(tmp_path):
    folder = pack.folder_of(tmp_path, make.ct(3))

    def remove(done, _total):
        if done == 1:
            (folder / "003.dcm").unlink()

    archive, instances = read_input(folder, remove)
    assert len(instances) == 2
    assert archive.members[2].problem == "cannot be read (FileNotFoundError)"


def test_a_zip_that_is_cut_while_it_is_read(tmp_path):
    path = pack.zip_file(tmp_path, make.ct(40, Rows=64, Columns=64))

    def cut(done, _total):
        if done == 1:
            os.truncate(path, path.stat().st_size // 2)

    archive, instances = read_input(path, cut)
    assert 0 < len(instances) < 40
    assert all(m.problem for m in archive.members[-3:])
    report = check(path)
    assert report.overall == "FAIL"


INTERRUPTS = """
import os, signal, sys
class Interrupts:
    def find_spec(self, name, *_):
        if name == "fw_gear_viewer_check.checker.options":
            os.kill(os.getpid(), signal.{kind})
sys.meta_path.insert(0, Interrupts())
"""


@pytest.mark.process
@pytest.mark.parametrize("command", [[run.__file__], ["-m", "report.run"]])
@pytest.mark.parametrize("kind", ["SIGINT", "SIGTERM"])
def test_a_gear_that_is_stopped_while_its_modules_are_imported_says_nothing(
    tmp_path, command, kind
):
    """SIGINT was a traceback."""
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTS.format(kind=kind))
    done = subprocess.run(
        [sys.executable, *command],
        cwd=gear_folder(tmp_path),
        env={**CLEAN, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-getattr(signal, kind), "", "")


SIGNALS = {signal.SIGTERM, signal.SIGINT}


@pytest.fixture
def both_at_once():
    """Return what sends both signals so that they come at once; put the handlers back."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}

    def send():
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        for number in SIGNALS:
            signal.pthread_kill(threading.get_ident(), number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    yield send
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_two_signals_at_once_are_one(both_at_once, monkeypatch):
    """Python told of the second one, with a traceback, that it was ignored."""
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    stopping.clean_up_when_stopped()
    with pytest.raises(stopping.StoppedError):
        both_at_once()
    both_at_once()
    stopping.ignore_signals()
    both_at_once()
    assert told == []
    assert {signal.getsignal(number) for number in SIGNALS} == {signal.SIG_IGN}


def test_a_signal_waits_where_locks_are_taken(both_at_once):
    """A survey that was told to stop while it waited for its workers could wait for ever."""
    passed = []

    def waits():
        with stopping.deferred():
            with stopping.deferred():
                both_at_once()
                passed.append("inner")
            passed.append("outer")

    stopping.clean_up_when_stopped()
    with pytest.raises(stopping.StoppedError):
        waits()
    assert passed == ["inner", "outer"]
    with stopping.deferred():
        both_at_once()  # one is enough


STUCK = """
import os, signal, time
from fw_gear_viewer_check.system import stopping
stopping.LONGEST_END = 1
stopping.clean_up_when_stopped()
try:
    os.kill(os.getpid(), signal.SIGTERM)
finally:
    time.sleep(60)
"""


@pytest.mark.process
def test_cleaning_up_takes_no_longer_than_it_may():
    """A survey whose workers did not end after SIGTERM waited for ever."""
    done = subprocess.run([sys.executable, "-c", STUCK], check=False, timeout=30)
    assert done.returncode == -signal.SIGALRM


def test_memory_that_is_short_is_one_line(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(run, "check", fail)
    folder = gear_folder(tmp_path)
    done = gear(folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "ERROR    out of memory: nothing was written\n"
    assert outputs(folder) == []


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o4755])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path, mode):
    """A private file became readable for all."""
    path, link = tmp_path / "report.txt", tmp_path / "link.txt"
    path.touch()
    path.chmod(mode)
    files.write_text(path, "text")
    assert path.stat().st_mode & 0o7777 == mode & 0o777
    link.symlink_to(path)
    files.write_text(link, "text")
    files.write_text(tmp_path / "new.txt", "text")
    new = (tmp_path / "new.txt").stat().st_mode
    assert not link.is_symlink()
    assert link.stat().st_mode == new

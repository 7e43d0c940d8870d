"""What dead processes left in the temporary folder: everybody may write there."""

import atexit
import fcntl
import multiprocessing
import os
import socket
import tempfile
from pathlib import Path

import pytest

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.survey.journal import Journal
from fw_gear_viewer_check.system import scratch

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs Unix")


@pytest.fixture
def folder(monkeypatch):
    """Return a temporary folder with a short path, as sockets need it, and no lasting effects."""
    with tempfile.TemporaryDirectory() as name:
        monkeypatch.setattr(tempfile, "tempdir", name)
        monkeypatch.setattr(atexit, "register", lambda *_, **__: None)
        monkeypatch.setattr(scratch, "SEMAPHORES", Path(name))
        config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
        before = dict(config)
        yield Path(name)
        config.clear()
        config.update(before)


def test_what_the_dead_left_is_removed_and_nothing_else(folder):
    dead = folder / f"{scratch.PREFIX}abcd_123"
    dead.mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(dead / "listener-x"))
    left = folder / f"sem.{dead.name}-xyz"
    left.touch()
    notes = folder / f"{scratch.PREFIX}mine1234" / "listener-notes.txt"
    notes.parent.mkdir()
    notes.touch()
    theirs = folder / "theirs"
    theirs.mkdir()
    (theirs / "listener-x").touch()
    (folder / f"{scratch.PREFIX}linked12").symlink_to(theirs)
    os.mkfifo(folder / f"{scratch.PREFIX}pipe1234")
    (folder / f"{scratch.PREFIX}*").mkdir()
    before = set(folder.rglob("*"))
    scratch.for_processes()
    (own,) = set(folder.rglob("*")) - before
    assert own.name.startswith(scratch.PREFIX)
    assert before - set(folder.rglob("*")) == {dead, dead / "listener-x", left}


def test_what_lives_is_left_alone(folder):
    scratch.for_processes()
    (own,) = folder.iterdir()
    scratch.for_processes()
    assert own.is_dir()


def test_what_others_own_is_left_alone(folder, monkeypatch):
    other = folder / f"{scratch.PREFIX}abcd1234"
    other.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: other.stat().st_uid + 1)
    assert scratch.lock(other) is None


@pytest.mark.parametrize("number", sorted(scratch.NO_LOCKS))
def test_a_file_system_without_locks(folder, monkeypatch, number):
    """Sockets do without, a journal cannot: it was "Function not implemented", with --resume."""

    def refused(_file, _how):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)
    scratch.for_processes()
    assert [path.name.startswith(scratch.PREFIX) for path in folder.iterdir()] == [True]
    with pytest.raises(UsageError, match=f"{folder} is on a file system without locks: choose"):
        Journal(folder / "journal" / "survey.jsonl")


@pytest.mark.usefixtures("folder")
def test_a_folder_that_another_survey_takes_for_a_dead_ones_costs_nothing(monkeypatch):
    """A survey that started beside others ended: the folder that it had just made was gone."""
    make = tempfile.mkdtemp
    made = []

    def removed_at_first(**names):
        made.append(Path(make(**names)))
        if len(made) == 1:
            made[0].rmdir()
        return str(made[-1])

    monkeypatch.setattr(tempfile, "mkdtemp", removed_at_first)
    scratch.for_processes()
    assert [path.exists() for path in made] == [False, True]

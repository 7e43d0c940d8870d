"""Workers that die, alone or with their neighbours."""

import os
import signal
from concurrent.futures import Future, process

import pytest

from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.survey import command, workers
from fw_gear_viewer_check.survey.run import Plan
from fw_gear_viewer_check.survey.work import Settings
from fw_gear_viewer_check.survey.workers import DaskPool, LocalPool, WorkerDied, run
from tests.survey import archive

DEADLY = 7


def double(number):
    """Stand for a task; one number kills its worker as the system does when memory runs out."""
    if number == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


@pytest.mark.process
def test_a_deadly_task_costs_itself_and_no_other():
    with LocalPool(2) as pool:
        made = dict(run(pool, double, range(20)))
    assert isinstance(made.pop(DEADLY), WorkerDied)
    assert made == {n: 2 * n for n in range(20) if n != DEADLY}


@pytest.mark.process
def test_a_pool_that_is_interrupted_while_it_begins_ends(monkeypatch):
    """Its thread could not be joined, which hid that the survey was interrupted."""

    def interrupted(_thread):
        raise KeyboardInterrupt

    def begin():
        with LocalPool(1) as pool:
            pool.submit(double, 1)

    monkeypatch.setattr(process._ExecutorManagerThread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        begin()


@pytest.mark.process
def test_no_more_tasks_are_taken_than_the_window_has():
    taken = []

    def tasks():
        for number in range(100, 140):
            taken.append(number)
            yield number

    with LocalPool(1) as pool:
        for done, _ in enumerate(run(pool, double, tasks()), start=1):
            assert len(taken) - done <= pool.window


@pytest.mark.parametrize("kind", [OSError, TypeError, TimeoutError])
def test_a_scheduler_that_is_not_there_is_wrong_usage(monkeypatch, kind):
    import distributed

    def refused(*_arguments, **_options):
        message = "nobody answers"
        raise kind(message)

    monkeypatch.setattr(distributed, "Client", refused)
    with pytest.raises(UsageError, match="no dask scheduler answers at tcp://nowhere:8786"):
        DaskPool("tcp://nowhere:8786")


class LosingClient:
    """A dask client that loses its scheduler; it cancels what is under way then."""

    lost = ""

    def get_executor(self):
        return self

    def nthreads(self):
        if self.lost == "nthreads":
            raise OSError
        return {"worker": 1}

    def submit(self, _function, _task):
        if self.lost == "submit":
            raise RuntimeError
        future = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future

    def shutdown(self, *, wait):
        assert not wait

    def close(self):
        pass


@pytest.mark.parametrize("lost", ["nthreads", "submit", "future"])
def test_a_scheduler_that_is_lost_is_one_line(tmp_path, monkeypatch, lost):
    import distributed

    client = LosingClient()
    client.lost = lost
    monkeypatch.setattr(distributed, "Client", lambda *_, **_options: client)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    plan = Plan((str(archive.many(tmp_path, 3)),), tmp_path / "out", Settings(Options()))
    code, told = command.carry_out(plan, jobs=None, dask="tcp://here:8786")
    assert code == 2
    assert told.startswith("viewer-check: tcp://here:8786: the dask scheduler does not answer")
    assert told.endswith("Continue with the same command and --resume\n")


@pytest.mark.parametrize("root", ["many", "@list.txt", "m*"])
def test_a_cluster_takes_no_relative_paths(tmp_path, monkeypatch, root):
    archive.many(tmp_path, 1)
    (tmp_path / "list.txt").write_text("many")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    plan = Plan((root,), tmp_path / "out", Settings(Options()))
    with pytest.raises(UsageError, match="absolute paths"):
        command.carry_out(plan, jobs=None, dask="tcp://here:8786")


@pytest.mark.parametrize("address", ["", "foo", "tcp://", "tcp://host", "http://host:8786/"])
def test_an_address_that_is_none_is_not_tried(address):
    with pytest.raises(UsageError, match="is not an address"):
        DaskPool(address)


@pytest.mark.skipif(not workers._HAS_FORK_SERVER, reason="needs a fork server")
@pytest.mark.parametrize(
    ("error", "is_short_wanted"),
    [(OSError("AF_UNIX path too long"), True), (FileNotFoundError(2, "No such file"), False)],
)
def test_only_a_long_path_is_told_to_be_one(monkeypatch, error, is_short_wanted):
    def refused():
        raise error

    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setattr("fw_gear_viewer_check.system.scratch.for_processes", lambda: None)
    monkeypatch.setattr("multiprocessing.resource_tracker.ensure_running", lambda: None)
    monkeypatch.setattr("multiprocessing.forkserver.ensure_running", refused)
    with pytest.raises(UsageError, match="cannot be started") as told:
        workers.begin_early()
    assert ("TMPDIR" in str(told.value)) is is_short_wanted

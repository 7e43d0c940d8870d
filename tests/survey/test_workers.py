"""Workers that die, alone or with their neighbours."""

import asyncio
import builtins
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, process
from dataclasses import replace
from multiprocessing.connection import Connection
from types import SimpleNamespace

import pytest

from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.survey import command, work, workers
from fw_gear_viewer_check.survey.run import Plan, survey
from fw_gear_viewer_check.survey.work import Settings
from fw_gear_viewer_check.survey.workers import DaskPool, LocalPool, WorkerDied, run
from tests.survey import archive
from tests.survey.inline import InlinePool

DEADLY = 7


def double(number):
    """Stand for a task; one number kills its worker as the system does when memory runs out."""
    if number == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def half(number):
    """Stand for a task whose worker is killed while it writes its answer."""
    if number == DEADLY:

        def send(connection, content):
            os.write(connection.fileno(), bytes(content)[:9])
            os.kill(os.getpid(), signal.SIGKILL)

        Connection._send = send  # type: ignore[attr-defined]
    return 2 * number


@pytest.mark.process
@pytest.mark.parametrize("task", [double, half])
def test_a_deadly_task_costs_itself_and_no_other(task):
    """The rest of half an answer was waited for, for ever, and so were all others."""
    with LocalPool(2) as pool:
        made = dict(run(pool, task, range(20)))
    assert isinstance(made.pop(DEADLY), WorkerDied)
    assert made == {n: 2 * n for n in range(20) if n != DEADLY}


class PoolOfThreads(InlinePool):
    """Like a cluster: two tasks are lost with their worker, and one of them is the cause."""

    def __init__(self):
        super().__init__()
        self.tried = []

    def submit(self, function, task):
        self.tried.append(task)
        if task == DEADLY or (task == 3 and self.tried.count(3) == 1):
            future = Future()
            future.set_exception(WorkerDied())
            return future
        return super().submit(function, task)


def test_what_a_deadly_task_takes_with_it_is_tried_alone():
    """dask counts a death for every task of a worker: an honest input stayed unjudged."""
    pool = PoolOfThreads()
    made = dict(run(pool, double, range(20)))
    assert isinstance(made.pop(DEADLY), WorkerDied)
    assert made == {n: 2 * n for n in range(20) if n != DEADLY}
    assert pool.tried == [*range(20), 3, DEADLY]


class LargeAnswer:
    """Cannot be packed in the memory that there is."""

    def __reduce__(self):
        raise MemoryError


def answer(number):
    return LargeAnswer() if number == DEADLY else 2 * number


@pytest.mark.process
def test_an_answer_that_is_too_large_costs_its_task_and_no_other():
    """It is packed behind the function, which knows of no error: the survey ended."""
    with LocalPool(1) as pool:
        made = dict(run(pool, answer, range(10)))
    assert isinstance(made.pop(DEADLY), WorkerDied)
    assert made == {n: 2 * n for n in range(10) if n != DEADLY}


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


def test_what_listens_and_says_nothing_is_no_scheduler(monkeypatch):
    """The survey waited for ever."""
    import distributed

    over = threading.Event()
    monkeypatch.setattr(distributed, "Client", lambda *_, **_options: over.wait(30))
    monkeypatch.setattr(workers, "SCHEDULER_SECONDS", 0.05)
    with pytest.raises(UsageError, match="no dask scheduler answers at tcp://nowhere:8786"):
        DaskPool("tcp://nowhere:8786")
    over.set()


SILENT = "what a frozen worker says"


class LosingClient:
    """A dask client that loses its scheduler; it cancels what is under way then."""

    lost = ""

    def __init__(self):
        self.workers: dict[str, object] = {"worker": __version__}
        self.loop = SimpleNamespace(asyncio_loop=asyncio.new_event_loop())
        self.thread = threading.Thread(target=self.loop.asyncio_loop.run_forever, daemon=True)
        self.thread.start()

    def get_executor(self):
        return self

    def nthreads(self):
        if self.lost == "nthreads":
            raise OSError
        return dict.fromkeys(self.workers, 1)

    async def run(self, function, name, *, workers, on_error, asynchronous):
        assert (function(name), on_error, asynchronous) == (__version__, "return", True)
        while any(self.workers[worker] is SILENT for worker in workers):  # noqa: ASYNC110 - a network
            await asyncio.sleep(0.01)
        return {worker: self.workers[worker] for worker in workers}

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
        loop = self.loop.asyncio_loop
        loop.call_soon_threadsafe(loop.stop)
        self.thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


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


def test_a_fork_server_that_is_killed_is_no_interruption(tmp_path, monkeypatch):
    """click takes an end of what is read for Ctrl-C."""

    def ended(*_):
        raise EOFError

    monkeypatch.setattr("fw_gear_viewer_check.survey.run.survey", ended)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    plan = Plan(("many",), tmp_path / "out", Settings(Options()))
    told = "viewer-check: the processes of the survey were ended\n"
    assert command.carry_out(plan, jobs=1, dask=None) == (2, told)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_survey_is_not_ended_by_a_second_signal(tmp_path, monkeypatch, number):
    """While Python ended it took the process, and the exit code was 143."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("fw_gear_viewer_check.survey.run.survey", interrupted)
    plan = Plan(("many",), tmp_path / "out", Settings(Options()))
    assert command.carry_out(plan, jobs=1, dask=None) == (130, "viewer-check: interrupted\n")
    assert signal.getsignal(number) is signal.SIG_IGN


@pytest.mark.parametrize("joins_later", [False, True])
@pytest.mark.parametrize("found", ["0.0.1", ModuleNotFoundError("fw_gear_viewer_check")])
def test_a_worker_with_another_version_or_none_is_told(monkeypatch, found, joins_later):
    """Without the package it ended with its first task, and the survey waited for ever."""
    import distributed

    client = LosingClient()
    other = {"tcp://other": found}
    if not joins_later:
        client.workers |= other
    monkeypatch.setattr(distributed, "Client", lambda *_, **_options: client)
    monkeypatch.setattr(workers, "COUNT_SECONDS", 0)
    with DaskPool("tcp://here:8786") as pool:
        if joins_later:
            assert pool.window
            client.workers |= other
        has = "has (version 0.0.1|no version) of this package"
        with pytest.raises(UsageError, match=rf"--dask: tcp://other {has}: {__version__}"):
            assert not pool.window


def test_a_cluster_without_workers_is_told_once_and_waited_for(monkeypatch, caplog):
    import distributed

    client = LosingClient()
    client.workers = {"tcp://gone": OSError("it is gone again")}
    monkeypatch.setattr(distributed, "Client", lambda *_, **_options: client)
    monkeypatch.setattr(workers, "COUNT_SECONDS", 0.01)
    waiting: Future[int] = Future()
    monkeypatch.setattr(client, "submit", lambda *_: waiting)
    with DaskPool("tcp://here:8786") as pool:
        threading.Timer(0.2, waiting.set_result, [2]).start()
        assert list(run(pool, double, [1])) == [(1, 2)]
    assert caplog.messages == ["the dask cluster at tcp://here:8786 has no worker: waiting for one"]


def test_a_worker_that_does_not_answer_keeps_no_other_waiting(monkeypatch, caplog):
    """One that was frozen let the survey wait for ever, without a line."""
    import distributed

    client = LosingClient()
    client.workers |= {"tcp://frozen": SILENT, "tcp://other": SILENT}
    monkeypatch.setattr(distributed, "Client", lambda *_, **_options: client)
    monkeypatch.setattr(workers, "COUNT_SECONDS", 0)
    monkeypatch.setattr(workers, "ANSWER_SECONDS", 0.2)
    with DaskPool("tcp://here:8786") as pool:
        assert [pool.window, pool.window] == [workers.TASKS_PER_WORKER] * 2
        client.workers |= {"tcp://frozen": __version__}
        del client.workers["tcp://other"]
        until = time.monotonic() + 10
        while pool.window != 2 * workers.TASKS_PER_WORKER:
            assert time.monotonic() < until
    told = "--dask: tcp://frozen and 1 more: no answer in 0 s, others go on"
    assert caplog.messages == [told]


@pytest.mark.process
def test_a_cluster_whose_workers_lack_this_package_is_refused(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(LACKING)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", CLUSTER]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as cluster:
        try:
            address = cluster.stdout.readline().strip()
            root = archive.many(tmp_path, 1)
            done = archive.survey(root, "--out", tmp_path / "out", "--dask", address)
        finally:
            cluster.kill()
    assert done.returncode == 2
    assert "has no version of this package" in done.stderr


LACKING = """
import sys
class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "fw_gear_viewer_check":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Lacking())
"""
CLUSTER = """
import asyncio
from distributed import Scheduler, Worker
async def cluster():
    async with Scheduler(host="127.0.0.1", port=0, dashboard_address=None) as scheduler:
        async with Worker(scheduler.address, nthreads=1):
            print(scheduler.address, flush=True)
            await scheduler.finished()
asyncio.run(cluster())
"""


def test_what_a_worker_of_another_version_found_is_not_taken(tmp_path, monkeypatch):
    root = archive.many(tmp_path, 1)
    judge = work.judge

    def older(task):
        record, html = judge(task)
        return replace(record, fingerprint="of another version"), html

    monkeypatch.setattr(work, "judge", older)
    plan = Plan((str(root),), tmp_path / "out", Settings(Options()))
    with pytest.raises(UsageError, match="a worker has another version of this package"):
        survey(plan, InlinePool)


@pytest.mark.parametrize("root", ["many", "@list.txt", "m*"])
def test_a_cluster_takes_no_relative_paths(tmp_path, monkeypatch, root):
    archive.many(tmp_path, 1)
    (tmp_path / "list.txt").write_text("many")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    plan = Plan((root,), tmp_path / "out", Settings(Options()))
    with pytest.raises(UsageError, match="absolute paths"):
        command.carry_out(plan, jobs=None, dask="tcp://here:8786")


def test_settings_of_dask_that_cannot_be_read_are_one_line(monkeypatch):
    """It was a traceback, with the exit code of data that fail."""
    real = builtins.__import__

    def broken(name, *more):
        if name == "distributed":
            message = "A dask config file is malformed"
            raise ValueError(message)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(UsageError, match=r"--dask: dask cannot read its settings \(ValueError\)"):
        DaskPool("tcp://nowhere:8786")


def test_locks_that_cannot_be_made_are_no_fault_of_the_folder(monkeypatch):
    """The line said that the output folder is read-only."""

    def refused(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(workers, "ProcessPoolExecutor", refused)
    with pytest.raises(UsageError, match=r"cannot be started .*Read-only.*/dev/shm"):
        LocalPool(1)


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

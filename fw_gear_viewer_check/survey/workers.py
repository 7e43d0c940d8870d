"""Worker processes, here or on a cluster: one way to use both, concurrent.futures' executors.

:class:`LocalPool` has the standard library's processes, :class:`DaskPool` the workers of a
dask.distributed scheduler. :func:`run` keeps a limited number of tasks under way, and reports a
task whose worker died with it; the others go on.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import math
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import islice
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import wait as wait_for_any
from pkgutil import resolve_name
from typing import Any, TypeVar

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.model import version
from fw_gear_viewer_check.system import scratch, streams
from fw_gear_viewer_check.system.bounds import limit_memory, within
from fw_gear_viewer_check.system.stopping import deferred

log = logging.getLogger(__name__)

Task = TypeVar("Task")
Done = TypeVar("Done")

TASKS_PER_WORKER = 3
"""Tasks under way for each worker: none waits for the next one."""
WAIT_SECONDS = 0.5
"""Longest time until a signal is noticed."""
SCHEDULER_SECONDS = 40.0
"""Longest that a scheduler may take to answer for the first time."""
COUNT_SECONDS = 10.0
"""The workers of a cluster are counted this often, also while nothing ends."""
ANSWER_SECONDS = 10.0
"""Longest that new ones of them are waited for, before the others begin."""
_VERSION = f"{version.__name__}:__version__"
"""What a worker is asked for, by a function of the standard library."""
PRELOADED = "fw_gear_viewer_check.survey.preload"
"""Imported once, before the workers are forked."""

# A fork of this process could inherit a lock that is held; the fork server has no threads.
_HAS_FORK_SERVER = "forkserver" in multiprocessing.get_all_start_methods()
_START_METHOD = "forkserver" if _HAS_FORK_SERVER else "spawn"


def begin_early() -> None:
    """Let the fork server import what workers need, while this process still does the same.

    For a process that is a survey's own. Raises :class:`UsageError` where there can be none.
    """
    # Python starts the servers with -c, which puts the current folder first where modules are
    # looked for: files of an archive must not be run. They may be started anew at any time.
    os.environ["PYTHONSAFEPATH"] = "1"
    if _HAS_FORK_SERVER:
        forkserver.set_forkserver_preload([PRELOADED])
        scratch.for_processes()
        # Ctrl-C reaches all processes of a terminal; from the first moment it is for this one. (The
        # tracker would let it through when it starts.)
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        except OSError as error:
            # The path of its socket may have some 100 characters; that error has no number.
            hint = ": set TMPDIR to a short path" if error.errno is None else ""
            message = f"worker processes cannot be started ({error.strerror or error}){hint}"
            raise UsageError(message) from error
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def cores() -> int:
    """Return the cores that this process may use, which a batch system may have limited."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class WorkerDied(Exception):  # noqa: N818 - a finding about an input
    """The worker died with this task, also when nothing else was under way."""


class Pool(AbstractContextManager["Pool"]):
    """Where tasks run."""

    @property
    @abstractmethod
    def window(self) -> int:
        """How many tasks are kept under way."""

    @abstractmethod
    def submit(self, function: Callable[[Task], Done], task: Task) -> Future[Done]:
        """Let a worker call the function."""

    def error_of(self, future: Future[Any]) -> BaseException | None:
        """Return what ended a task: :class:`WorkerDied` where it may have ended its workers.

        Or where the memory did not do for the answer, which is made behind the function.
        """
        error = future.exception()
        return WorkerDied() if isinstance(error, MemoryError) else error

    @abstractmethod
    def renew(self) -> None:
        """Begin with new workers."""

    def look_after(self) -> None:
        """Do what is to be done where nothing has ended for a while."""


def run(
    pool: Pool, function: Callable[[Task], Done], tasks: Iterable[Task]
) -> Iterator[tuple[Task, Done | WorkerDied]]:
    """Yield each task with what the function made of it, in the order in which they end.

    Raises :class:`OSError` when a cluster does not answer any more, :class:`UsageError` when its
    workers cannot do the work.
    """
    remaining = iter(tasks)
    under_way: dict[Future[Done], Task] = {}
    suspected = []  # a cluster's worker died with them, and another task of it may be the cause
    while True:
        new = list(islice(remaining, max(pool.window - len(under_way), 0)))
        with deferred():
            under_way |= {_submit(pool, function, task): task for task in new}
        if not under_way:
            break
        suspects = []
        for future, error in _ended(pool, under_way):
            task = under_way.pop(future)
            if isinstance(error, BrokenExecutor):
                suspects.append(task)
            elif isinstance(error, WorkerDied):
                suspected.append(task)
            else:
                yield task, future.result()
        if suspects:
            # All that was under way is lost with the pool, and any of it may be the cause: each
            # gets new workers for itself, so that the one that kills them is known.
            suspects += under_way.values()
            under_way.clear()
            pool.renew()
            for task in suspects:
                yield task, _run_alone(pool, function, task)
    for task in suspected:
        yield task, _run_alone(pool, function, task)


def _ended(
    pool: Pool, under_way: Iterable[Future[Done]]
) -> list[tuple[Future[Done], BaseException | None]]:
    """Wait a moment for one to end; return those that have, with what ended them."""
    with deferred():
        done = wait(under_way, WAIT_SECONDS, FIRST_COMPLETED).done
        if not done:
            pool.look_after()
        return [(future, pool.error_of(future)) for future in done]


def _submit(pool: Pool, function: Callable[[Task], Done], task: Task) -> Future[Done]:
    """Submit a task; to a broken pool, too."""
    try:
        return pool.submit(function, task)
    except BrokenExecutor as error:
        future: Future[Done] = Future()
        future.set_exception(error)
        return future


def _run_alone(pool: Pool, function: Callable[[Task], Done], task: Task) -> Done | WorkerDied:
    with deferred():
        future = _submit(pool, function, task)
    while not (ended := _ended(pool, [future])):
        pass
    ((_, error),) = ended
    if isinstance(error, BrokenExecutor):
        pool.renew()
        return WorkerDied()
    return error if isinstance(error, WorkerDied) else future.result()


class LocalPool(Pool):
    """Processes on this machine; they start with the first tasks."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._executor = self._new()

    @property
    def window(self) -> int:
        """Some for each process."""
        return self._jobs * TASKS_PER_WORKER

    def submit(self, function: Callable[[Task], Done], task: Task) -> Future[Done]:
        """Let a process call the function."""
        return self._executor.submit(function, task)

    def renew(self) -> None:
        """Begin with new processes."""
        log.warning("a worker process died: its inputs are checked again, one by one")
        try:
            with deferred():
                self._executor.shutdown(wait=True, cancel_futures=True)
                self._executor = self._new()
                self._executor.submit(os.getpid).result()
        except BrokenExecutor as error:
            message = "worker processes end as soon as they start"
            raise UsageError(message) from error

    def look_after(self) -> None:
        """End the processes where one has died within its answer: the others wait for the pipe."""
        processes = self._executor._processes  # noqa: SLF001 - no public way
        if wait_for_any([process.sentinel for process in processes.values()], 0):
            self._end()

    def _end(self) -> None:
        for process in list(self._executor._processes.values()):  # noqa: SLF001 - public in 3.14
            process.terminate()
        # The rest of an answer that was being written would be waited for, for ever.
        queue: Any = self._executor._result_queue  # noqa: SLF001 - no public way
        queue._writer.close()  # noqa: SLF001

    def _new(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context(_START_METHOD)
        try:
            return ProcessPoolExecutor(self._jobs, context, initializer=_begin_worker)
        except OSError as error:  # its locks lie in the shared memory
            message = (
                f"worker processes cannot be started ({error.strerror}): is /dev/shm writable?"
            )
            raise UsageError(message) from error

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the processes; when interrupted at once, for what they are doing is lost anyway."""
        try:
            with deferred():
                if kind is not None:
                    self._end()
                self._executor.shutdown(wait=True, cancel_futures=True)
        except RuntimeError:  # its thread was interrupted before it began: there is nothing to end
            if kind is None:
                raise


class DaskPool(Pool):
    """Workers of a dask.distributed scheduler; they need this package, and to see the inputs."""

    def __init__(self, address: str) -> None:
        """Connect to a scheduler; raises :class:`UsageError` when there is none."""
        try:
            from distributed import Client  # noqa: PLC0415 - an extra, and a slow import
            from distributed.scheduler import KilledWorker  # noqa: PLC0415
        except ImportError as error:
            message = "--dask needs dask.distributed: pip install 'fw-gear-viewer-check[dask]'"
            raise UsageError(message) from error
        except Exception as error:  # it reads its settings when it is imported
            message = f"--dask: dask cannot read its settings ({type(error).__name__})"
            raise UsageError(message) from error
        if not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}", address):
            # The client would try it for a minute, and end in a traceback.
            message = f"--dask: {address!r} is not an address such as tcp://scheduler:8786"
            raise UsageError(message)
        try:
            # Its own time is that of a connection: what listens there may say nothing.
            new = partial(Client, address, timeout="30s", set_as_default=False)
            self._client: Any = within(SCHEDULER_SECONDS, new)
        except Exception as error:
            message = f"no dask scheduler answers at {address}"
            raise UsageError(message) from error
        for name in ("distributed", "distributed.client", "tornado.application", "asyncio"):
            # A scheduler that is lost is one line of ours, and was a hundred of theirs.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._address = address
        self._deadly = KilledWorker
        self._executor: Executor = self._client.get_executor()
        self._counted_at = -math.inf
        self._threads: dict[str, int] | None = None
        self._asked: dict[str, Future[dict[str, Any]]] = {}
        """What the workers answered, or have still to answer."""

    @property
    def window(self) -> int:
        """Grows and shrinks with the cluster."""
        if time.monotonic() - self._counted_at > COUNT_SECONDS:
            self._count()
            self._counted_at = time.monotonic()
        return max(sum((self._threads or {}).values()), 1) * TASKS_PER_WORKER

    def _count(self) -> None:
        """Count the workers, and ask new ones for their version of this package.

        One that has none would end with its first task, and dask would try it for ever. One that
        does not answer counts when it does; dask gives its tasks to others where it is lost.
        """
        with self._answering():
            threads: dict[str, int] = self._client.nthreads()
            new = {worker: self._ask(worker) for worker in threads if worker not in self._asked}
            self._asked = {w: f for w, f in self._asked.items() if w in threads} | new
            wait(new.values(), ANSWER_SECONDS)
            answers = {w: f.result()[w] for w, f in self._asked.items() if f.done()}
        if silent := sorted(new.keys() - answers.keys()):
            names = f"{silent[0]} and {len(silent) - 1} more" if silent[1:] else silent[0]
            log.warning("--dask: %s: no answer in %d s, others go on", names, ANSWER_SECONDS)
        for worker in self._asked.keys() - answers.keys():
            del threads[worker]
        for worker, found in answers.items():
            if isinstance(found, OSError):  # it is gone again
                del threads[worker], self._asked[worker]
            elif found != version.__version__:
                has = f"version {found}" if isinstance(found, str) else "no version"
                message = f"--dask: {worker} has {has} of this package: {version.__version__}"
                raise UsageError(message)
        if not threads and threads != self._threads:
            log.warning("the dask cluster at %s has no worker: waiting for one", self._address)
        self._threads = threads

    def _ask(self, worker: str) -> Future[dict[str, Any]]:
        """Ask a worker for its version; by its own, for one that is frozen never answers."""
        asked = {"workers": [worker], "on_error": "return", "asynchronous": True}
        question = self._client.run(resolve_name, _VERSION, **asked)
        return asyncio.run_coroutine_threadsafe(question, self._client.loop.asyncio_loop)

    def submit(self, function: Callable[[Task], Done], task: Task) -> Future[Done]:
        """Let a worker call the function; dask tries it elsewhere when the worker dies."""
        with self._answering():
            return self._executor.submit(function, task)

    def error_of(self, future: Future[Any]) -> BaseException | None:
        """Return what ended a task; a client that has lost its scheduler cancels all of them."""
        with self._answering():
            error = future.exception()
        return WorkerDied() if isinstance(error, (self._deadly, MemoryError)) else error

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn what the client raises of a scheduler that is gone into one kind of error."""
        try:
            yield
        except (Exception, asyncio.CancelledError) as error:
            message = "the dask scheduler does not answer any more"
            raise ConnectionError(errno.ECONNABORTED, message, self._address) from error

    def renew(self) -> None:
        """Nothing: the scheduler looks after the workers."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Take back what is under way, and let the cluster go on without this process."""
        self._executor.shutdown(wait=False)
        self._client.close()


def _begin_worker() -> None:
    """Leave Ctrl-C to the survey, and do not outlive it."""
    limit_memory()
    if logging.lastResort is not None:
        streams.log_ours_only(logging.lastResort)
    gc.freeze()  # what was imported stays: collecting garbage need not look at it each time
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End with the survey: one that was ended by kill -9 cannot end its workers itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_any([parent.sentinel])
        os._exit(1)

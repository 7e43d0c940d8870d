"""Workers that die, alone or with their neighbours."""

import os
import signal

import pytest

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.survey.workers import DaskPool, LocalPool, WorkerDied, run

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

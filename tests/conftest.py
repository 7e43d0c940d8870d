"""Settings of the tests: the same examples in every run, and no process without the marker."""

import multiprocessing.util
import os
import signal
import subprocess
from functools import wraps

import pytest
from hypothesis import settings

from fw_gear_viewer_check.requirements.registry import REQUIREMENTS

assert REQUIREMENTS  # what they look at is read from here on, whichever test comes first

settings.register_profile("same everywhere", derandomize=True, deadline=None)
settings.load_profile("same everywhere")

MAY_START = {"process", "viewer", "browser", "image", "slow"}
"""Markers of tests that may: the others of these are asked for by name."""

running: dict[str, str | None] = {"test": None}
"""The test that is running and may start no process."""


def guard(owner, name):
    """Let a function that starts a process fail the test that may not.

    A hook of audit events would do as well, and cost a call at each of millions of other events.
    """
    start = getattr(owner, name)

    @wraps(start)
    def guarded(*args, **kwargs):
        if running["test"]:
            # Not an Exception: nothing may swallow it.
            pytest.fail(f"{running['test']} starts a process: it needs the marker 'process'")
        return start(*args, **kwargs)

    setattr(owner, name, guarded)


guard(subprocess.Popen, "__init__")
guard(multiprocessing.util, "spawnv_passfds")
for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system", "execv", "execve"):
    if hasattr(os, name):
        guard(os, name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    may_start = any(mark.name in MAY_START for mark in item.iter_markers())
    running["test"] = None if may_start else item.name
    try:
        return (yield)
    finally:
        running["test"] = None


@pytest.fixture(autouse=True)
def signals():
    """Put back what the gear does with signals."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    if hasattr(signal, "alarm"):
        signal.alarm(0)
    for number, handler in handlers.items():
        signal.signal(number, handler)

"""Settings of the tests: the same examples in every run, and no process without the marker."""

import sys

import pytest
from hypothesis import settings

from fw_gear_viewer_check.requirements.registry import REQUIREMENTS

assert REQUIREMENTS  # what they look at is read from here on, whichever test comes first

settings.register_profile("same everywhere", derandomize=True, deadline=None)
settings.load_profile("same everywhere")

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec"}
"""Python's audit events of a process that starts."""

MAY_START = {"process", "viewer", "browser", "image", "slow"}
"""Markers of tests that may: the others of these are asked for by name."""

running: dict[str, str | None] = {"test": None}
"""The test that is running and may start no process."""


def refuse(event, _):
    if running["test"] and event in STARTS:
        # Not an Exception: nothing may swallow it.
        pytest.fail(f"{running['test']} starts a process: it needs the marker 'process'")


sys.addaudithook(refuse)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    may_start = any(mark.name in MAY_START for mark in item.iter_markers())
    running["test"] = None if may_start else item.name
    try:
        return (yield)
    finally:
        running["test"] = None

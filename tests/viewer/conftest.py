"""The real viewer, started once for all that ask it."""

from contextlib import ExitStack

import pytest

from tests.viewer import real_viewer


@pytest.fixture(scope="session")
def viewer():
    sync_api = pytest.importorskip("playwright.sync_api", reason="python -m tests.viewer.set_up")
    with ExitStack() as stack:
        base = stack.enter_context(real_viewer.served(real_viewer.install()))
        started = real_viewer.RealViewer(stack.enter_context(sync_api.sync_playwright()), base)
        stack.callback(started.close)
        yield started

"""The real viewer, started once for all that ask it."""

from contextlib import ExitStack

import pytest

from tests.viewer import dicom_server, real_viewer


@pytest.fixture(scope="session")
def viewer():
    sync_api = pytest.importorskip("playwright.sync_api", reason="python -m tests.viewer.set_up")
    with ExitStack() as stack:
        from_server = real_viewer.ASKED_SOURCE == real_viewer.DICOMWEB
        server = stack.enter_context(dicom_server.started()) if from_server else None
        base = stack.enter_context(real_viewer.served(real_viewer.install(), server))
        playwright = stack.enter_context(sync_api.sync_playwright())
        started = real_viewer.RealViewer(playwright, base, server)
        stack.callback(started.close)
        yield started

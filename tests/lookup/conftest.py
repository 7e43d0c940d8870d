import pytest

from fw_gear_viewer_check.gear import publish, sdk
from tests.lookup import stub_platform


@pytest.fixture
def platform(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with stub_platform.running() as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Ask once more at once: a second each would be most of these tests."""
    monkeypatch.setattr(sdk, "PAUSE", 0)
    monkeypatch.setattr(publish, "PAUSES", (0, 0, 0))

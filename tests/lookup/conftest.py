import pytest

from tests.lookup import stub_platform


@pytest.fixture
def platform(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with stub_platform.running() as running:
        yield running

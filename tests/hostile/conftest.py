import pytest

from fuzz.promises import Listener


@pytest.fixture
def no_logged_errors(monkeypatch):
    """A crash that was caught and logged is a crash all the same."""
    monkeypatch.setattr("logging.root.handlers", [Listener()])

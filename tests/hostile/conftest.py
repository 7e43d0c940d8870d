import pytest

from fuzz import targets


@pytest.fixture
def no_logged_errors(monkeypatch):
    """A crash that was caught and logged is a crash all the same."""
    monkeypatch.setattr("logging.root.handlers", [targets._NoErrors()])

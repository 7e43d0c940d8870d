"""Progress: a bar on a terminal, lines in a log, nothing for what is done soon."""

import errno
import io
import re

import pytest

from fw_gear_viewer_check.system import progress
from fw_gear_viewer_check.system.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Full(io.StringIO):
    tried = False

    def write(self, text):
        self.tried = True
        raise OSError(errno.ENOSPC, text)


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0)
    monkeypatch.setattr(progress, "LOG_SECONDS", 0)


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_what_is_done_soon_shows_nothing(stream):
    with Progress("inputs judged", 1000, stream) as shown:
        shown.update(50)
    assert stream.getvalue() == ""


@pytest.mark.usefixtures("at_once")
def test_a_log_gets_lines():
    stream = io.StringIO()
    with Progress("inputs judged", 1000, stream) as shown:
        shown.update(50)
        shown.update(50)
    lines = stream.getvalue().splitlines()
    assert re.fullmatch(
        r"inputs judged: 100 of 1000 \(10 %\), .* files/s, \d\d:\d\d left", lines[-1]
    )
    assert "\r" not in stream.getvalue()


@pytest.mark.usefixtures("at_once")
def test_a_log_that_is_full_fails_no_task():
    """The gear for reports told it as an output that cannot be written."""
    stream = Full()
    with Progress("files read", None, stream) as shown:
        shown.update(30)
    assert stream.tried


@pytest.mark.usefixtures("at_once")
def test_without_a_total_there_is_no_end():
    stream = io.StringIO()
    with Progress("files listed", None, stream) as shown:
        shown.update(30)
    assert re.match(r"files listed: 30, .* files/s", stream.getvalue().splitlines()[-1])


@pytest.mark.usefixtures("at_once")
def test_a_terminal_gets_one_line_that_is_cleared():
    stream = Terminal()
    with Progress("scan.zip", None, stream) as shown:
        shown.reached(5, 10)
        shown.mininterval = 0
        shown.reached(6, 10)
    text = stream.getvalue()
    assert "6/10" in text
    assert "\n" not in text
    assert text.split("\r")[-2].strip() == ""

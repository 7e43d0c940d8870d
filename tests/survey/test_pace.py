import io
import time

import pytest

from fw_gear_viewer_check.survey.progress import Pace, duration


def test_a_short_survey_says_nothing():
    stream = io.StringIO()
    with Pace("inputs judged", 1000, stream) as pace:
        pace.step(50)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "rate", "left"),
    [(8, "12 a second", "72 s left"), (60, "100 a minute", "9 min left")],
)
def test_a_long_survey_tells_its_rate_and_the_remaining_time(seconds, rate, left):
    stream = io.StringIO()
    with Pace("inputs judged", 1000, stream) as pace:
        pace.step(50)
        pace._samples[0] = (time.monotonic() - seconds, 0)
        pace._next = 0
        pace.step(50)
    assert stream.getvalue() == f"inputs judged: 100 of 1,000 (10 %), {rate}, {left}\n"


def test_without_a_total_there_is_no_end_to_tell():
    pace = Pace("files listed", None, io.StringIO())
    pace.step(30)
    assert pace.line(time.monotonic() + 3).startswith("files listed: 30, 600 a minute")


@pytest.mark.parametrize(("seconds", "text"), [(40, "40 s"), (240, "4 min"), (12000, "3 h 20 min")])
def test_durations(seconds, text):
    assert duration(seconds) == text

"""Dates and times as the viewer's SUV library reads them, odd readings included.

Errors never quote a value: a date may identify a patient.
"""

from __future__ import annotations

import calendar
import datetime as dt

from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.javascript import Js


class UnreadableDateTimeError(Exception):
    """A date or a time that the library refuses."""


DateTime = tuple[int, int, int, int, int, int, int]
"""Year, month, day, hour, minute, second, millionths of a second."""

_DATE_LENGTH = 8
_EPOCH = dt.date(1970, 1, 1)


def read_date_time(date: Js, time: Js) -> DateTime:
    """Read a DA and a TM; both are needed."""
    return (*_date(date), *_time(time))


def seconds(when: DateTime) -> float:
    """Return the seconds since 1970; zones are ignored."""
    year, month, day, hour, minute, second, millionths = when
    days = (dt.date(year, month, day) - _EPOCH).days
    total = days * 86400.0 + hour * 3600 + minute * 60 + second
    return total + millionths * 10**-6


def _date(value: Js) -> tuple[int, int, int]:
    if not isinstance(value, str) or len(value) != _DATE_LENGTH:
        raise UnreadableDateTimeError(_NO_DATE)
    parts = (js.parse_int(value[:4]), js.parse_int(value[4:6]), js.parse_int(value[6:]))
    year, month, day = (part if part is not None else 0 for part in parts)
    # A year of fewer than four digits makes a text that is no date to the browser.
    if not (1000 <= year <= 3000 and 1 <= month <= 12):
        raise UnreadableDateTimeError(_NO_DATE)
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise UnreadableDateTimeError(_NO_DATE)
    return year, month, day


_NO_DATE = "a date cannot be read"
_NO_TIME = "a time cannot be read"


def _time(value: Js) -> tuple[int, int, int, int]:
    """Read HHMMSS.FFFFFF by position; what is cut off is 0."""
    if not isinstance(value, str) or len(value) < 2:
        raise UnreadableDateTimeError(_NO_TIME)
    hour = _part(value[:2], 23)
    minute = _part(value[2:4], 59) if len(value) >= 4 else 0
    second = _part(value[4:6], 59) if len(value) >= 6 else 0
    fraction = value[7:13] if len(value) >= 8 else ""
    millionths = _part(fraction, 999_999, scale=10 ** (6 - len(fraction))) if fraction else 0
    # Leading zeros are lost on the way: .05 s comes out as .5 s.
    return hour, minute, second, int(str(millionths).ljust(6, "0")) if millionths else 0


def _part(text: str, largest: int, scale: int = 1) -> int:
    number = js.parse_int(text)
    if number is None or not 0 <= number * scale <= largest:
        raise UnreadableDateTimeError(_NO_TIME)
    return number * scale

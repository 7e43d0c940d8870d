"""Dates and times as the viewer's SUV library reads them, odd readings included."""

from __future__ import annotations

import datetime as dt

from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.javascript import Js

_EPOCH = dt.date(1970, 1, 1)


def seconds(date: Js, time: Js) -> float | None:
    """Return the seconds from 1970 to a DA and a TM; None where the library refuses one of them."""
    try:
        days, (of_day, millionths) = (_date(date) - _EPOCH).days, _time(time)
    except ValueError:
        return None
    return days * 86400.0 + of_day + millionths * 10**-6


def _date(value: Js) -> dt.date:
    if not isinstance(value, str) or len(value) != 8:
        raise ValueError
    year, month, day = (js.parse_int(part) or 0 for part in (value[:4], value[4:6], value[6:]))
    # A year of fewer than four digits makes a text that is no date to the browser.
    if not 1000 <= year <= 3000:
        raise ValueError
    return dt.date(year, month, day)


def _time(value: Js) -> tuple[int, int]:
    """Read HHMMSS.FFFFFF by position: seconds, and millionths; what is cut off is 0."""
    if not isinstance(value, str) or len(value) < 2:
        raise ValueError
    hour = _part(value[:2], 23)
    minute = _part(value[2:4], 59) if len(value) >= 4 else 0
    second = _part(value[4:6], 59) if len(value) >= 6 else 0
    fraction = value[7:13]
    millionths = _part(fraction, 999_999, scale=10 ** (6 - len(fraction))) if fraction else 0
    # Leading zeros are lost on the way: .05 s comes out as .5 s.
    return hour * 3600 + minute * 60 + second, int(str(millionths).ljust(6, "0"))


def _part(text: str, largest: int, scale: int = 1) -> int:
    number = js.parse_int(text)
    if number is None or not 0 <= number * scale <= largest:
        raise ValueError
    return number * scale

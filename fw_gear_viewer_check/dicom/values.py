"""Bytes of a data element -> a value of its VR, or what is wrong with them (PS3.5 section 6.2)."""

from __future__ import annotations

import math
import re
import struct

from fw_gear_viewer_check.model.data_set import Damaged, LooseNumber, Padded, Scalar, Value

PRESENT = "(present)"
"""Stands for a value of which only the presence is judged, so that it enters no output."""

SHORT_VRS = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split(b" "),
)
"""VRs whose length takes two bytes in explicit VR."""
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split(b" "))
"""VRs whose length takes four, after two of nothing."""
OPAQUE_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
"""VRs that say nothing of a value: the dictionary's VR is used instead."""

_BINARY = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
PIXEL_VRS = frozenset(vr.encode() for vr in OPAQUE_VRS | _BINARY.keys())
"""VRs whose values are bytes or binary numbers, as pixels are."""
_FORMS = {
    "DA": re.compile(r"\d{8}|\d{4}\.\d{2}\.\d{2}"),
    "TM": re.compile(r"\d{2}(:?\d{2}(:?\d{2}(\.\d{1,6})?)?)?"),
    "CS": re.compile(r"[A-Z0-9 _]{1,16}"),
    "UI": re.compile(r"(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))*"),
}
FORM_NAMES = {"DA": "date", "TM": "time", "CS": "code string", "UI": "UID"}
"""What people call a value of these VRs."""
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
_PLAIN_NUMBER = re.compile(_NUMBER, re.ASCII)
_NO_NUMBER = re.compile(rf"\\(?![\s\0]*{_NUMBER}[\s\0]*(\\|\Z))".encode())
_SERVED = re.compile(rb"[+-]?\d+( *|\0.*)", re.DOTALL)
"""Whole numbers that a server (Orthanc 1.10.1) was seen to read, by the padding behind them."""
LARGEST = 1e15
"""Largest number that is worked with: doses in Bq stay below 1e11, positions in mm below 1e5.

Those of a damaged file may be so large that no arithmetic, and no drawing, can be done with them.
"""
_INFINITE = re.compile(r"[+-]?Infinity")
INFINITE = Damaged("infinite")
"""What JavaScript reads as a number, and DICOM does not."""
_HUGE = 1e38
HUGE = Damaged("beyond single precision")
"""What leaves single precision, in which the viewer draws."""
_WHOLE_NUMBERS = range(-(2**31), 2**31)
"""What an IS may hold."""
_WIDE = "fdQq"
"""Binary numbers that may be beyond :data:`LARGEST`, or none at all (NaN)."""
_ONE_TEXT = frozenset({"ST", "LT", "UT", "UR"})
"""VRs in which a backslash is a character, not a separator."""


def has_form(vr: str, text: str) -> bool:
    """Return True when the text has the form of its VR (DA, TM, CS, UI; others are free)."""
    form = _FORMS.get(vr)
    return form is None or form.fullmatch(text) is not None


def is_binary(vr: str) -> bool:
    """Return True for a VR of numbers that are no texts."""
    return vr in _BINARY


def presence(vr: str, value: Value) -> Value:
    """Return :data:`PRESENT` for a value of its VR's form; None and damage stay what they are."""
    if value is None or isinstance(value, Damaged):
        return value
    parts = value if isinstance(value, tuple) else (value,)
    fits = all(part is None or has_form(vr, str(part)) for part in parts)
    return PRESENT if fits else Damaged(f"not a {FORM_NAMES[vr]}")


def convert(vr: str, raw: bytes, byte_order: str = "<") -> Value:
    """Return the value; None when blank, :class:`Damaged` when it is not one of its VR."""
    code = _BINARY.get(vr)
    if code is not None:
        return _binary(code, raw, byte_order)
    if b"\0" in raw:
        # Readers disagree on what is behind a NUL, which pads at the end: a server stops there.
        before, _, behind = raw.partition(b"\0")
        if behind.strip(b" \0\t\r\n"):
            return Damaged("has a zero byte within")
        text = before.decode("latin-1")
    else:
        text = raw.decode("latin-1").rstrip(" ")
    if not text.strip(" \t\r\n"):
        return None
    if vr in _ONE_TEXT or "\\" not in text:
        one = _scalar(vr, text)
        if vr == "IS" and isinstance(one, int) and not _SERVED.fullmatch(raw):
            return LooseNumber(one)
        return one
    return _several(vr, text.split("\\"))


def _several(vr: str, parts: list[str]) -> Value:
    values: list[Scalar | None] = []
    for part in parts:
        value = _scalar(vr, part) if part.strip(" ") else None
        if isinstance(value, Damaged):
            return value
        values.append(value)
    return tuple(values) if any(v is not None for v in values) else None


def are_numbers(raw: bytes) -> bool:
    """Return True where each value is a number: without keeping them, for there may be millions."""
    return _NO_NUMBER.search(b"\\" + raw) is None


def reads_otherwise(vr: str, named: str, raw: bytes, byte_order: str) -> bool:
    """Return True where bytes written in a VR make another value, or none, in the one ``named``."""
    if not raw or vr == named or named in OPAQUE_VRS:
        return False
    if (vr in _BINARY) != (named in _BINARY):
        return True
    value = convert(named, raw, byte_order)
    return isinstance(value, Damaged) or (vr in _BINARY and value != convert(vr, raw, byte_order))


def _binary(code: str, raw: bytes, byte_order: str) -> Value:
    if not raw:
        return None
    size = struct.calcsize(code)
    if len(raw) % size:
        return Damaged(f"{len(raw)} bytes instead of a multiple of {size}")
    values = struct.unpack(f"{byte_order}{len(raw) // size}{code}", raw)
    if code in _WIDE:
        wrong = next((v for v in values if not -LARGEST <= v <= LARGEST), None)
        if wrong is not None:
            return _unusable(wrong)
    return values[0] if len(values) == 1 else values


def _scalar(vr: str, written: str) -> Scalar | Damaged:
    text = written.strip(" \t\r\n")
    if vr not in {"DS", "IS"}:
        return text if text == written else Padded(text)
    if not _PLAIN_NUMBER.fullmatch(text):
        return INFINITE if _INFINITE.fullmatch(text) else Damaged("not a number")
    number = float(text) or 0.0  # which -0 is, too
    if not -LARGEST <= number <= LARGEST:
        return _unusable(number)
    if vr == "DS":
        return number
    if number != int(number):
        return Damaged("not a whole number")
    return int(number) if int(number) in _WHOLE_NUMBERS else Damaged("beyond 32 bits")


def _unusable(number: float) -> Damaged:
    if not math.isfinite(number):
        return Damaged("not a finite number")
    return HUGE if abs(number) >= _HUGE else Damaged("beyond 1e15")

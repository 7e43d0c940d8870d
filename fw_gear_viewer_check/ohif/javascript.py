"""Values as the viewer sees them, and the few rules of JavaScript that its decisions hang on.

An attribute has one of four faces there. Absent is ``undefined`` (here :data:`ABSENT`); a blank
one is ``null`` (here None); out of a local file it may also be an empty string, zero or an empty
list, depending on its VR. Anything else is its value. The differences matter: ``undefined`` equals
itself where ``null`` turns into 0.
"""

from __future__ import annotations

import math
import re
from array import array
from enum import Enum, StrEnum
from typing import Final, TypeAlias

from fw_gear_viewer_check.model.data_set import (
    Damaged,
    DataSet,
    EmptyItem,
    Padded,
    Scalar,
    Value,
    items_in,
)


class Source(StrEnum):
    """Where the viewer has its data from."""

    SERVER = "server"
    """DICOMweb: what has no value is null, whatever its VR; the server knows private VRs."""
    LOCAL = "local"
    """Files that the browser reads itself."""


class Missing(Enum):
    """The type of :data:`ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Missing.ABSENT
"""The attribute is not there (``undefined``)."""

Js: TypeAlias = (
    str | int | float | tuple["str | int | float | DataSet | None", ...] | Missing | None
)
"""A value of the viewer; a sequence is a tuple of its items."""

Vector: TypeAlias = tuple[float, ...]

_TEXT_OF_PET = frozenset(
    [
        "Units",
        "CorrectedImage",
        "DecayCorrection",
        "SeriesDate",
        "SeriesTime",
        "AcquisitionDate",
        "AcquisitionTime",
        "RadiopharmaceuticalStartDateTime",
        "RadiopharmaceuticalStartTime",
        "PatientSex",
    ]
)
"""Nobody asks for them but where an SUV is worked out."""
_TEXT = _TEXT_OF_PET | frozenset(
    [
        "SOPClassUID",
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "Modality",
        "ImageType",
        "StackID",
    ]
)
_BINARY = frozenset(
    [
        "Rows",
        "Columns",
        "SamplesPerPixel",
        "DiffusionBValue",
        "InStackPositionNumber",
        "TimeSlotVector",
        "SliceVector",
        "(2001,1003)",
    ]
)

_LEADING_FLOAT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_LEADING_INT = re.compile(r"\s*([+-]?\d+)")


def read(data: DataSet, keyword: str, source: Source) -> Js:
    """Return an attribute as the viewer's DICOM parser, or the server, hands it over."""
    value: Value | Missing = data.get(keyword, ABSENT)
    if keyword in _WITH_BLANKS and source is Source.SERVER and isinstance(value, (str, tuple)):
        return _with_blanks(value)
    if isinstance(value, (str, int, float)):
        return value
    if not value:
        return _blank(keyword) if source is Source.LOCAL else None
    if isinstance(value, Damaged):
        # A damaged number becomes null in the viewer's parser too (what it makes of other damage
        # is not known here, because Damaged keeps no value).
        return None
    if source is Source.LOCAL and isinstance(value, tuple):
        return tuple(part for part in value if not isinstance(part, EmptyItem))
    return value


_WITH_BLANKS = frozenset(
    [
        *("CorrectedImage", "Units", "DecayCorrection", "PatientSex", "Modality", "ImageType"),
        *("SeriesDate", "SeriesTime", "AcquisitionDate", "AcquisitionTime"),
        "RadiopharmaceuticalStartDateTime",
    ]
)
"""Texts that are compared or taken apart, and of which a server was seen to leave the blanks."""


def _with_blanks(value: str | tuple[Scalar | None, ...] | tuple[DataSet, ...]) -> Js:
    if isinstance(value, tuple):
        return tuple([f" {part}" if isinstance(part, Padded) else part for part in value])
    return f" {value}" if isinstance(value, Padded) else value


def reads_alike(data: DataSet) -> bool:
    """Return True where :func:`read` returns the same from a local file as from a server.

    What is read of PET alone is left aside.
    """
    several = [(k, v) for k, v in data.items() if v is None or isinstance(v, tuple)]
    return all(_is_alike(keyword, value) for keyword, value in several)


def _is_alike(keyword: str, value: tuple[Scalar | None, ...] | tuple[DataSet, ...] | None) -> bool:
    if not value:
        return keyword in _TEXT_OF_PET or _blank(keyword) is None
    return all(not isinstance(i, EmptyItem) and reads_alike(i) for i in items_in(value))


def _blank(keyword: str) -> Js:
    if keyword.endswith("Sequence"):
        return ()
    if keyword in _TEXT:
        return ""
    return 0 if keyword in _BINARY else None


def truthy(value: Js) -> bool:
    """Return what an ``if`` makes of a value: absent, null, 0, NaN and "" are false."""
    if isinstance(value, tuple):
        return True
    return value is not ABSENT and value is not None and value not in {0, ""} and value == value  # noqa: PLR0124 - NaN


def number(value: object) -> float:
    """Convert as ``Number()`` does: null is 0, what is no number is NaN."""
    if value is None:
        return 0.0
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        try:
            return float(value) if value.strip() else 0.0
        except ValueError:
            return math.nan
    return math.nan


def to_number(value: Js) -> float | Vector | Missing:
    """Convert a value, or each of its components; absent stays absent."""
    if isinstance(value, tuple):
        return tuple(map(number, value))
    return ABSENT if value is ABSENT else number(value)


def vector(value: Js, length: int) -> Vector | Missing:
    """Return the components for arithmetic; absent stays absent."""
    return ABSENT if value is ABSENT else components(value, length)


def components(value: Js, length: int) -> Vector:
    """Return the components for arithmetic: NaN where there is none."""
    if not isinstance(value, tuple):
        return (math.nan,) * length
    found = tuple([v if isinstance(v, float) else number(v) for v in value[:length]])
    return found if len(found) == length else found + (math.nan,) * (length - len(found))


def parse_float(value: Js) -> float:
    """Convert as ``parseFloat()`` does: of several values the first; NaN without a number."""
    if isinstance(value, tuple):
        value = str(value[0]) if value else ""
    if isinstance(value, (int, float)):
        return value
    found = _LEADING_FLOAT.match(value) if isinstance(value, str) else None
    return float(found[1]) if found else math.nan


def parse_int(text: str) -> int | None:
    """Convert as ``parseInt()`` does; None for NaN."""
    found = _LEADING_INT.match(text)
    return int(found[1]) if found else None


def strictly_equal(one: Js | Vector, other: Js | Vector) -> bool:
    """Compare as ``===`` does for scalars; two arrays are never the same object here."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        return False
    if one is None or other is None or one is ABSENT or other is ABSENT:
        return one is other
    return isinstance(one, str) == isinstance(other, str) and one == other


def quotient(dividend: float, divisor: float) -> float:
    """Divide as floating point does: by zero it is infinite, or NaN."""
    if divisor:
        return dividend / divisor
    if not dividend or math.isnan(dividend) or math.isnan(divisor):
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1.0, divisor)


def rounded(value: float) -> float:
    """Round as ``Math.round()`` does: halves upwards; NaN and infinity stay."""
    return math.floor(value + 0.5) if math.isfinite(value) else value


def single(*values: float) -> Vector:
    """Store in single precision: the viewer's vectors are ``Float32Array``."""
    return tuple(array("f", values))


def cross(orientation: Js) -> Vector:
    """Return row x column of six direction cosines, in single precision."""
    a = single(*components(orientation, 6))
    return single(a[1] * a[5] - a[2] * a[4], a[2] * a[3] - a[0] * a[5], a[0] * a[4] - a[1] * a[3])

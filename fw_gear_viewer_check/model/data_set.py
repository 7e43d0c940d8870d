"""Attributes of an instance or of a sequence item, as the reader makes them.

An attribute's value is ``None`` when the element is there but blank, a :class:`Damaged` when its
bytes do not make a value of its VR, and else a ``str``, ``int``, ``float``, a tuple of these
(VM > 1), or a tuple of :class:`DataSet` (VR SQ). An absent attribute is not in the mapping.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, cast

VALUES_DUE = {
    "PixelSpacing": 2,
    "ImagerPixelSpacing": 2,
    "NominalScannedPixelSpacing": 2,
    "ImagePositionPatient": 3,
    "ImageOrientationPatient": 6,
}
"""Attributes that hold a fixed number of values other than one (PS3.6, column VM)."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """Bytes that do not make a value of their VR.

    ``reason`` says what is wrong without quoting the value, which may identify a patient.
    """

    reason: str


@lru_cache(maxsize=1024)
def damaged(reason: str) -> Damaged:
    """Return one object for all values with the same damage: there may be millions."""
    return Damaged(reason)


Scalar: TypeAlias = str | int | float


Value: TypeAlias = "Scalar | tuple[Scalar | None, ...] | tuple[DataSet, ...] | Damaged | None"


class DataSet(dict[str, Value]):
    """Attributes of an instance or of a sequence item, by keyword (PS3.5 section 7)."""

    __slots__ = ()

    def problem(self, keyword: str) -> str:
        """Say why the attribute cannot be used: "absent", "blank" or "damaged (...)"; else ""."""
        value = self.get(keyword)
        if value is None or value == ():
            return "blank" if keyword in self else "absent"
        if isinstance(value, Damaged):
            return f"damaged ({value.reason})"
        due = VALUES_DUE.get(keyword)
        if due is not None and self.numbers(keyword) is None:
            count = len(value) if isinstance(value, tuple) else 1
            values = "1 value" if count == 1 else f"{count} values"
            return f"damaged ({values} instead of {due} numbers)"
        return ""

    def text(self, keyword: str) -> str:
        """First value as text; "" when there is none."""
        value = self.get(keyword)
        if isinstance(value, str):
            return value
        values = self.texts(keyword)
        return values[0] if values else ""

    def texts(self, keyword: str) -> tuple[str, ...]:
        """All values as text; () when there is none."""
        value = self.get(keyword)
        if value is None or isinstance(value, Damaged):
            return ()
        if isinstance(value, tuple):
            return tuple("" if v is None else str(v) for v in value if not isinstance(v, DataSet))
        return (str(value),)

    def number(self, keyword: str) -> float | None:
        """Value as a number; the first one when there are several; None when there is none."""
        value = self.get(keyword)
        first = value[0] if isinstance(value, tuple) and value else value
        return first if isinstance(first, (int, float)) else None

    def numbers(self, keyword: str) -> tuple[float, ...] | None:
        """Value as numbers; None when one is missing or their count is not the one due."""
        value = self.get(keyword)
        values = value if isinstance(value, tuple) else (value,)
        if len(values) != VALUES_DUE.get(keyword, len(values)):
            return None
        for number in values:  # a generator would take twice as long
            if not isinstance(number, (int, float)):
                return None
        return cast("tuple[float, ...]", values)

    def items_of(self, keyword: str) -> tuple[DataSet, ...]:
        """Items of a sequence; () when it is missing."""
        return items_in(self.get(keyword))

    def first_item(self, keyword: str) -> DataSet:
        """First item of a sequence; an empty data set when it is missing."""
        items = self.items_of(keyword)
        return items[0] if items else NOTHING


def items_in(value: object) -> tuple[DataSet, ...]:
    """Return the items of a sequence's value; () for anything else.

    Of items, the first says it of all: a frame that looks at one may have 100,000 beside it.
    """
    is_sequence = isinstance(value, tuple) and value and isinstance(value[0], DataSet)
    return cast("tuple[DataSet, ...]", value) if is_sequence else ()


def written(values: Sequence[object]) -> list[str]:
    """Return each value as Python writes it: one text of an object, in however many places it is.

    Headers share values, and a text of its own for each of 300,000 frames may take gigabytes.
    """
    objects = {id(value): value for value in values}
    texts = {key: repr(value) for key, value in objects.items()}
    return [texts[id(value)] for value in values]


class Padded(str):
    """A text between blanks: they count for gears and the viewer, not in PS3.5 section 6.2."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return it as :func:`written` has to tell it from the text alone."""
        return repr(f" {self}")


class LooseNumber(int):
    """A whole number that only PS3.5 section 6.2 lets pass: a server finds none in its text."""

    __slots__ = ()


class EmptyItem(DataSet):
    """An item of a sequence without a single element: the open-source viewer passes it over."""

    __slots__ = ()


NOTHING = DataSet()

"""Numbers that a gear would write as others, or drop."""

from __future__ import annotations

from fw_gear_viewer_check.dicom.attributes import vr_of
from fw_gear_viewer_check.model.data_set import Damaged, DataSet, items_in
from fw_gear_viewer_check.model.series import Series


def holds_changed_number(series: Series) -> bool:
    """Return True where a number is none to a gear, or is another one."""
    return any(
        _is_number_damaged(i.data)
        or (i.data.number("PixelRepresentation") == 1 and _has_long_table(i.data))
        for i in series.instances
    )


def _is_number_damaged(data: DataSet) -> bool:
    return any(
        vr_of(keyword) in _NUMBERS
        if isinstance(value, Damaged)
        else any(map(_is_number_damaged, items_in(value)))
        for keyword, value in data.items()
    )


_NUMBERS = {"DS", "IS", "FD", "FL", "SL", "SS", "UL", "US"}
"""VRs of numbers: gears drop what they cannot read of a text, and a binary one as a whole."""


def _has_long_table(data: DataSet) -> bool:
    """Return True for a table with more entries than gears can count in signed numbers."""
    items = (item for keyword in _SEQUENCES for item in data.items_of(keyword))
    counts = [(one.numbers(k) or (0,))[0] for one in (data, *items) for k in _DESCRIPTORS]
    return max(counts) > _MOST_SIGNED


_SEQUENCES = ("ModalityLUTSequence", "VOILUTSequence")
_DESCRIPTORS = (
    *("LUTDescriptor", "RedPaletteColorLookupTableDescriptor"),
    *("GreenPaletteColorLookupTableDescriptor", "BluePaletteColorLookupTableDescriptor"),
)
_MOST_SIGNED = 2**15 - 1

"""viewer.md section 6, as far as it decides whether a segmentation is listed at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.metadata import ViewerError

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.data_set import DataSet
    from fw_gear_viewer_check.ohif.metadata import Stored

_SERIES = "ReferencedSeriesSequence"


def of_segmentation(stored: Stored) -> bool:
    """Tell whether there is a reference; raise where the viewer fails on it."""
    if not js.truthy(stored.get(_SERIES)):
        return False
    _check_instances(stored)
    return True


def of_structure_set(stored: Stored) -> bool:
    """Tell whether there is a reference, or one that the viewer derives.

    It derives one only if there is a single frame of reference with a study below it.
    """
    if js.truthy(stored.get(_SERIES)):
        if not js.items(stored.get(_SERIES)):
            _fail(_SERIES)
        _check_instances(stored)
        return True
    frames = js.items(stored.get("ReferencedFrameOfReferenceSequence"))
    if len(frames) != 1 or not js.truthy(js.read(frames[0], "RTReferencedStudySequence")):
        return False
    for study in _items(frames[0], "RTReferencedStudySequence"):
        for series in _items(study, "RTReferencedSeriesSequence"):
            _items(series, "ContourImageSequence")
    return True


def _check_instances(stored: Stored) -> None:
    for series in js.items(stored.get(_SERIES)):
        _items(series, "ReferencedInstanceSequence")


def _items(item: DataSet, sequence: str) -> tuple[DataSet, ...]:
    """Return the items of a sequence that the viewer goes through without looking first."""
    if sequence not in item:
        _fail(sequence)
    return js.items(js.read(item, sequence))


def _fail(sequence: str) -> None:
    reason = f"{sequence} is missing"
    raise ViewerError(reason)

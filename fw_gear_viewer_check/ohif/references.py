"""docs/ohif.md section 6, as far as it decides whether a segmentation is listed at all."""

from __future__ import annotations

from fw_gear_viewer_check.model.data_set import DataSet, items_in
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode, ViewerError
from fw_gear_viewer_check.ohif.javascript import ABSENT
from fw_gear_viewer_check.ohif.metadata import ViewerInstance

_SERIES = "ReferencedSeriesSequence"


def of_series(instance: ViewerInstance) -> Failure | None:
    """Return why there is no reference to a series, as a parametric map has one."""
    if js.truthy(instance.get(_SERIES)):
        return None
    return Failure(FailureCode.NO_REFERENCE, f"{_SERIES} is missing", (instance.origin.name,))


def of_segmentation(instance: ViewerInstance) -> Failure | None:
    """Return why there is no reference; raise where the viewer fails on it."""
    _check_instances(instance)
    return of_series(instance)


def of_structure_set(instance: ViewerInstance) -> Failure | None:
    """Return why there is no reference, nor one that the viewer derives.

    It derives one only if there is a single frame of reference with a study below it.
    """
    if js.truthy(instance.get(_SERIES)):
        if not items_in(instance.get(_SERIES)):
            raise _missing(instance, _SERIES)
        _check_instances(instance)
        return None
    names = (instance.origin.name,)
    frames = items_in(instance.get("ReferencedFrameOfReferenceSequence"))
    if len(frames) > 1:
        reason = f"ReferencedFrameOfReferenceSequence has {len(frames)} items"
        return Failure(FailureCode.SEVERAL_FRAMES_OF_REFERENCE, reason, names)
    if not frames:
        reason = "ReferencedFrameOfReferenceSequence is missing"
        return Failure(FailureCode.NO_REFERENCE, reason, names)
    if not js.truthy(instance.read(frames[0], "RTReferencedStudySequence")):
        reason = "RTReferencedStudySequence is missing"
        return Failure(FailureCode.NO_REFERENCE, reason, names)
    for study in _items(instance, frames[0], "RTReferencedStudySequence"):
        for series in _items(instance, study, "RTReferencedSeriesSequence"):
            _items(instance, series, "ContourImageSequence")
    return None


def _check_instances(instance: ViewerInstance) -> None:
    for series in items_in(instance.get(_SERIES)):
        _items(instance, series, "ReferencedInstanceSequence")


def _items(instance: ViewerInstance, item: DataSet, sequence: str) -> tuple[DataSet, ...]:
    """Return the items of a sequence that the viewer goes through without looking first."""
    value = instance.read(item, sequence)
    if value is ABSENT or value is None:
        raise _missing(instance, sequence)
    return items_in(value)


def _missing(instance: ViewerInstance, sequence: str) -> ViewerError:
    reason = f"{sequence} is missing"
    return ViewerError(FailureCode.BROKEN_REFERENCE, reason, [instance.origin.name])

"""A prediction held against what the viewer did, field by field, without any allowance.

The only number that is not compared digit by digit is the SUV factor: it goes through ``pow``,
whose last digit differs between JavaScript engines and C libraries.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fw_gear_viewer_check.ohif.failures import Effect, FailureCode

if TYPE_CHECKING:
    from fw_gear_viewer_check.ohif.prediction import DisplaySet, Prediction
    from tests.viewer.records import Record

_DEFAULT = "@ohif/extension-default.sopClassHandlerModule."
_CORNERSTONE = "@ohif/extension-cornerstone.sopClassHandlerModule."
HANDLERS = {
    _DEFAULT + "stack": "stack",
    "@ohif/extension-dicom-video.sopClassHandlerModule.dicom-video": "video",
    "@ohif/extension-cornerstone-dicom-seg.sopClassHandlerModule.dicom-seg": "seg",
    "@ohif/extension-cornerstone-dicom-rt.sopClassHandlerModule.dicom-rt": "rtstruct",
    "@ohif/extension-cornerstone-dicom-sr.sopClassHandlerModule.dicom-sr": "sr",
    "@ohif/extension-cornerstone-dicom-sr.sopClassHandlerModule.dicom-sr-3d": "sr",
    "@ohif/extension-dicom-pdf.sopClassHandlerModule.dicom-pdf": "pdf",
    _CORNERSTONE + "DicomMicroscopySopClassHandler": "microscopy",
    "@ohif/extension-cornerstone-dicom-pmap.sopClassHandlerModule.dicom-pmap": "pmap",
    _CORNERSTONE + "DicomEcgSopClassHandler": "ecg",
    "unsupported": "unsupported",
}
"""The viewer's ids of its handlers, and the contract's names."""

FIELDS = (
    *("display sets", "handler", "instances", "frames", "reconstructable", "four_d", "volumes"),
    *("messages", "suv_factor", "error page", "drawn"),
)

FACTOR_TOLERANCE = 1e-12
"""Relative: a few units in the last place of a double."""


@dataclass(frozen=True)
class Difference:
    """A field in which the prediction is not what the viewer did."""

    field: str
    predicted: Any
    viewer: Any


def compare(
    prediction: Prediction,
    sets: list[dict[str, Any]],
    *,
    error_page: bool,
    drawn: bool | None = None,
) -> list[Difference]:
    """Return the differences; display sets are matched by content, for their order is by chance.

    (The browser reads the files at the same time, and lists what comes first.) An error page that
    was not predicted is no difference: it comes from drawing, which the model knows nothing of.
    """
    found: list[Difference] = []
    error = prediction.reason_of(Effect.ERROR_PAGE)
    if error and not error_page:
        found.append(Difference("error page", error, error_page))
    is_drawn = not error and _is_drawn(prediction)
    if drawn is not None and is_drawn != drawn:
        found.append(Difference("drawn", is_drawn, drawn))
    is_unusable = bool(prediction.of_code(FailureCode.SUV_FACTOR_UNUSABLE))
    ours = [_of_prediction(s, is_unusable=is_unusable) for s in prediction.display_sets]
    ours.sort(key=_order)
    theirs = sorted(map(_of_viewer, sets), key=_order)
    if len(ours) != len(theirs):
        return [*found, Difference("display sets", ours, theirs)]
    for one, other in zip(ours, theirs, strict=True):
        found += [
            Difference(field, one[field], other[field])
            for field in one
            if not _equal(field, one[field], other[field])
        ]
    return found


def _is_drawn(prediction: Prediction) -> bool:
    """Return whether images should be drawn: nothing fails, and their pixels are there (V3-192)."""
    stacks = [s for s in prediction.display_sets if s.handler == "stack"]
    pixels = [instance.pixel_data for s in stacks for instance in s.instances]
    are_there = all(p is not None and not p.is_empty and not p.missing_bytes for p in pixels)
    return are_there and not prediction.of_effect(Effect.NOT_DRAWN)


def differing_fields(one: Record, other: Record) -> tuple[str, ...]:
    """Return the fields in which two answers of the viewer to one case differ.

    Not the error page: where it comes of drawing, it depends on how long the run waited.
    """
    ours, theirs = (sorted(map(_of_viewer, answer.sets), key=_order) for answer in (one, other))
    if len(ours) != len(theirs):
        return ("display sets",)
    pairs = [*zip(ours, theirs, strict=True), ({"drawn": one.drawn}, {"drawn": other.drawn})]
    return tuple(f for f in FIELDS if any(a.get(f) != b.get(f) for a, b in pairs))


def _equal(field: str, one: Any, other: Any) -> bool:
    if field != "suv_factor" or not (isinstance(one, float) and isinstance(other, float)):
        return bool(one == other)
    return math.isclose(one, other, rel_tol=FACTOR_TOLERANCE)


def _order(fields: dict[str, Any]) -> str:
    return str({k: v for k, v in fields.items() if k != "suv_factor"})


def _of_prediction(display_set: DisplaySet, *, is_unusable: bool) -> dict[str, Any]:
    factor = display_set.suv_factor
    is_unusable = is_unusable and display_set.handler == "stack"
    return {
        "handler": display_set.handler,
        "instances": len(display_set.instances),
        "frames": display_set.frames,
        "reconstructable": display_set.reconstructable,
        "four_d": display_set.four_d,
        "volumes": display_set.volumes,
        "messages": list(display_set.messages),
        # The model gives no factor where the viewer's is of no use, and says so.
        "suv_factor": "unusable" if is_unusable else factor,
    }


def _of_viewer(answer: dict[str, Any]) -> dict[str, Any]:
    handler = HANDLERS[answer["handler"]]
    factor = answer["suv_factor"]
    unusable = factor == 0 or isinstance(factor, str)
    return {
        "handler": handler,
        "instances": answer["instances"],
        "frames": answer["frames"],
        # Handlers other than the stack's leave the two flags undefined, which is false in use.
        "reconstructable": bool(answer["reconstructable"]),
        "four_d": bool(answer["four_d"]),
        "volumes": (answer["volumes"] or 1) if handler == "stack" else 1,
        "messages": answer["messages"],
        "suv_factor": "unusable" if unusable else None if factor is None else float(factor),
    }

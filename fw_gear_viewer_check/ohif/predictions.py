"""What the open-source viewer makes of a series, worked out once: several parts ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from fw_gear_viewer_check.ohif.display_sets import predict

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.series import Series
    from fw_gear_viewer_check.ohif.prediction import Prediction

_PREDICTIONS: WeakKeyDictionary[Series, dict[bool, Prediction]] = WeakKeyDictionary()


def prediction_of(series: Series, *, with_references: bool = False) -> Prediction:
    """Return the prediction (kept as long as the series is).

    ``with_references``: the images that a segmentation refers to are opened with it.
    """
    known = _PREDICTIONS.setdefault(series, {})
    if with_references not in known:
        known[with_references] = predict(series, with_references=with_references)
    return known[with_references]

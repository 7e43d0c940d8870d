"""What the open-source viewer makes of a series, worked out once: several parts ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_viewer_check.ohif.display_sets import predict

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.series import Series
    from fw_gear_viewer_check.ohif.prediction import Prediction


def prediction_of(series: Series, *, with_references: bool = False) -> Prediction:
    """Return the prediction, worked out once.

    ``with_references``: the images that a segmentation refers to are opened with it.
    """
    return series.once(_with_references if with_references else predict)


def _with_references(series: Series) -> Prediction:
    return predict(series, with_references=True)

"""Checks that ask the prediction: what the viewer does is known in ``ohif``, and only there."""

from __future__ import annotations

from dataclasses import dataclass

from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.display_sets import prediction_of
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode
from fw_gear_viewer_check.requirements.checks import failed, passed
from fw_gear_viewer_check.requirements.types import Finding


@dataclass(frozen=True, slots=True)
class NoFailure:
    """Ask that the viewer does not fail on the series in any of these ways.

    ``fine`` is the evidence of a PASS, ``seen`` says what a user sees where the reason does not.
    """

    codes: tuple[FailureCode, ...]
    fine: str
    seen: str = ""

    def __call__(self, series: Series) -> Finding:
        """Judge by the prediction."""
        for failure in prediction_of(series).of_code(*self.codes):
            return failed_by(failure, series, f"{self.seen}: {failure.reason}" if self.seen else "")
        return passed(self.fine, len(series.instances))


def window_fits(code: FailureCode) -> NoFailure:
    """Return the check that nothing is black, in the way of a code, until the window is changed."""
    fine = "the window fits, or there is none"
    return NoFailure((code,), fine, seen="black until another window is chosen")


def failed_by(failure: Failure, series: Series, evidence: str = "", **values: object) -> Finding:
    """Return a FAIL of the instances that cause a failure; its reason is the evidence."""
    return failed(
        evidence or failure.reason,
        failure.instances,
        len(series.instances),
        failure.code.value,
        **{**failure.values, **values},
    )

"""docs/ohif.md section 8, its end: the window of the header, which MPR takes as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fw_gear_viewer_check.model.text import number
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode
from fw_gear_viewer_check.ohif.prediction import DisplaySet

_LARGEST_SUV = 100.0
"""No tissue comes near: a window that ends above is of another unit."""

_LEAST_CONTRAST = 0.05
"""Part of the range from black to white below which nothing is made out."""


def black_volumes(made: Iterable[DisplaySet]) -> Iterator[Failure]:
    """Yield why the MPR of a display set, or all of a 4D one, is black at first."""
    for one in made:
        if not one.reconstructable or one.suv_factor is None:
            continue
        data = one.instances[0].data
        center, width = data.number("WindowCenter"), data.number("WindowWidth")
        if center is None or width is None or width <= 0:
            continue
        upper = center + width / 2
        # What fills the window from black to white fills this part of it as SUV: the factor.
        if upper > _LARGEST_SUV and one.suv_factor < _LEAST_CONTRAST:
            white = number(upper, ",.0f")
            code, what = FailureCode.WINDOW_OF_ACTIVITY, "MPR shows"
            if one.four_d:
                code, what = FailureCode.FOUR_D_WINDOW, "it opens as volumes, which show"
            reason = (
                f"the window of the images ends at {white}; {what} SUV, so only an SUV of "
                f"{white} would be white"
            )
            names = tuple(instance.name for instance in one.instances)
            yield Failure(code, reason, names, {"upper": upper})

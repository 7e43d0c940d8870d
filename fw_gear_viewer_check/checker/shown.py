"""What the viewer makes of the images that a segmentation lies on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fw_gear_viewer_check.checker.findings import Judge
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.lookup import ReferenceImages
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif import display_sets
from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import Status

_TO_BE_SHOWN = (
    *("V3-192", "V3-105", "V3-106", "V3-191", "V3-194", "V3-291", "V3-293", "V3-294", "V3-296"),
    *("LIM-101", "V3-198"),
    *(f"V3-{number}" for number in range(101, 112)),
    *("LIM-102", "LIM-104"),
)
"""What images need to open; first what the viewer needs to draw them.

Not LIM-103, whose limit each site sets for itself.
"""


def shown(found: ReferenceImages, images: Sequence[Instance]) -> ReferenceImages:
    """Say of a series whether the viewer shows any of its images, and which apart from others."""
    # Images of several files may have one name.
    numbered = tuple(replace(image, name=str(n)) for n, image in enumerate(images))
    whole = Series("", numbered, Archive("", is_container=True))
    made = [
        _shown(found, replace(whole, instances=tuple(one)))
        for one in display_sets.as_it_may_be(whole)
    ]
    return max(made, key=lambda one: (bool(one.not_shown), len(set(one.apart.values()))))


def _shown(found: ReferenceImages, series: Series) -> ReferenceImages:
    made = display_sets.prediction_of(series)
    not_shown = display_sets.why_not_shown(series.instances, made) or _why_not_open(series)
    apart = {
        i.sop_instance_uid: n for n, one in enumerate(made.display_sets) for i in one.instances
    }
    return replace(found, not_shown=not_shown, apart=apart if len(made.display_sets) > 1 else {})


def _why_not_open(series: Series) -> str:
    """Say why none of the images of a series opens; "" where some do."""
    judge = Judge(BY_ID, series)
    found = [judge.finding(id_) for id_ in _TO_BE_SHOWN]
    failed = [one for one in found if one.status is Status.FAIL]
    lost = frozenset(name for one in failed for name in one.affected)
    return failed[0].evidence if lost and len(lost) == len(series.instances) else ""

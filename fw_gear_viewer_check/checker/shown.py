"""Whether the viewer shows any of the images that a segmentation lies on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fw_gear_viewer_check.checker.findings import Judge
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif import display_sets
from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import Status

_TO_BE_SHOWN = (
    *("V3-192", "V3-105", "V3-106", "V3-191", "V3-194", "V3-291"),
    *("LIM-101", "V3-198"),
)
"""What the viewer needs to draw an image; the page asks for more."""


def why_not_shown(images: Sequence[Instance]) -> str:
    """Say why the viewer shows none of the images of a series; "" where it shows some."""
    if predicted := display_sets.why_not_shown(images):
        return predicted
    # Images of several files may have one name.
    numbered = tuple(replace(image, name=str(n)) for n, image in enumerate(images))
    judge = Judge(BY_ID, Series("", numbered, Archive("", is_container=True)))
    found = [judge.finding(id_) for id_ in _TO_BE_SHOWN]
    failed = [one for one in found if one.status is Status.FAIL]
    lost = frozenset(name for one in failed for name in one.affected)
    return failed[0].evidence if lost and len(lost) == len(numbered) else ""

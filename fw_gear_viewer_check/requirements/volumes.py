"""Whether a part of a series would be a volume of its own: by the page, and in the viewer."""

from __future__ import annotations

from collections.abc import Sequence

from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.stack import FEWEST_FOR_SPACING, stack_of_frames
from fw_gear_viewer_check.ohif.failures import ViewerError
from fw_gear_viewer_check.ohif.javascript import Source
from fw_gear_viewer_check.ohif.metadata import ViewerInstance
from fw_gear_viewer_check.ohif.volume import UnplacedImageError, no_volume


def is_even(images: Sequence[Instance], tolerance: float) -> bool:
    """Return True for a stack of three images or more with equal gaps, which has MPR."""
    frames = tuple(frame for image in images for frame in image.frames())
    if len(frames) < FEWEST_FOR_SPACING or any(f.position is None for f in frames):
        return False
    stack = stack_of_frames(frames)
    if not stack.has_extent or stack.is_four_d:
        return False
    spacing = stack.spacing(tolerance)
    return spacing is not None and spacing.is_even and _is_volume_in_viewer(images)


def _is_volume_in_viewer(images: Sequence[Instance]) -> bool:
    """Return True where the viewer offers MPR for these images alone: it may be more strict."""
    if any(image.is_multi_frame for image in images):
        return True
    try:
        shown = [ViewerInstance(image, Source.SERVER) for image in images]
        return no_volume(shown, multi_frame=False) is None
    except (ViewerError, UnplacedImageError):
        return False

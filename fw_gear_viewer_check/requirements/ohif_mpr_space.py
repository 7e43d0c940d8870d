"""How the images of a volume lie to each other, where the viewer does not look; not on the page."""

from __future__ import annotations

from functools import partial

from fw_gear_viewer_check.model import geometry
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import stack_of
from fw_gear_viewer_check.model.text import number
from fw_gear_viewer_check.ohif.prediction import MODEL
from fw_gear_viewer_check.requirements import causes_in_space, repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    Problem,
    Same,
    failed,
    judged_by,
    passed,
)
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    Level,
    RepairTable,
    Requirement,
)

LEAST_TILT_DEGREES = 0.5
"""Below this the volume is shown less than 3 mm off over 30 cm."""


LEAST_ASIDE_MM = 1.0
"""Below this an image is shown about a pixel off."""


def not_sheared(series: Series) -> Finding:
    """MPR-195: images that follow each other along the scan axis, not aslant (gantry tilt)."""
    stack = stack_of(series)
    checked = len(series.instances)
    degrees, aside = geometry.shear(stack.positions, stack.orientation or ())
    spacing = stack.spacing(series.tolerances.spacing_mm)
    # Of uneven gaps MPR-205 tells.
    if degrees is None and aside > LEAST_ASIDE_MM and spacing is not None and spacing.is_even:
        return failed(
            f"the images go from side to side, by up to {number(aside, '.1f', spacing.extent)} mm: "
            "the viewer stacks them straight",
            [i.name for i in series.instances],
            checked,
            "aside",
            millimetres=aside,
        )
    if degrees is None or degrees < LEAST_TILT_DEGREES:
        return passed("the images follow each other along the scan axis", checked)
    return failed(
        f"the images are shifted sideways against the scan axis by {degrees:.1f} degrees (gantry "
        "tilt): a volume built from them is sheared",
        [i.name for i in series.instances],
        checked,
        "sheared",
        degrees=degrees,
    )


def frames_parallel(series: Series) -> Finding:
    """MPR-394: the frames of an image lie in parallel planes."""
    tolerance = series.tolerances.orientation
    stacks: dict[str, int] = {}

    def problem_of(instance: Instance) -> Problem | None:
        found = dict.fromkeys(o for f in instance.frames() if (o := f.orientation) is not None)
        count = geometry.count_unlike(list(found), tolerance)
        stacks[instance.name] = count
        text = f"not the same for all frames ({count} orientations)"
        return Problem("tilted", text) if count > 1 else None

    found = judged_by(series, problem_of, "the orientation", "all frames have the same orientation")
    if not found.affected:
        return found
    return failed(found.evidence, found.affected, found.checked, found.code, stacks=stacks)


_seen = partial(
    Requirement,
    capability=Capability.V3_MPR,
    source=f"viewer ({MODEL})",
    level=Level.NOTE,
    scope=scopes.SINGLE_FRAME,
)


def _each_value(keyword: str) -> RepairTable:
    return RepairTable(
        causes_in_space.of_values(keyword),
        {"attribute": repairs.SPLIT_BY_ATTRIBUTE, "each": repairs.ONE_STACK_EACH},
    )


SEEN_IN_VIEWER = (
    _seen(
        id="MPR-195",
        scope=scopes.SINGLE_FRAME_STACK,
        title="No gantry tilt",
        cause="gantry tilt",
        statement="The images are stacked straight along the scan axis. With a tilted gantry, each "
        "is shifted sideways against the one before.",
        why="The viewer stacks the images straight, so it shows a tilted scan sheared.",
        repair=repairs.GANTRY_TILT,
        check=not_sheared,
        reads=("ImagePositionPatient", "ImageOrientationPatient"),
        requires=("MPR-203", "MPR-204"),
    ),
    _seen(
        id="MPR-196",
        title="Same PixelSpacing in all images",
        cause="pixel spacing differs between images",
        statement="All images of the series have the same PixelSpacing.",
        why="The viewer uses the first image's PixelSpacing for the whole volume.",
        repair=_each_value("PixelSpacing"),
        check=Same("PixelSpacing"),
        requires=("MPR-103",),
    ),
    _seen(
        id="MPR-197",
        title="Same frame of reference in all images",
        cause="more than one frame of reference",
        statement="All images have positions in one coordinate system (the same "
        "FrameOfReferenceUID).",
        why="The viewer does not check this: it builds one volume from images of two coordinate "
        "systems.",
        repair=_each_value("FrameOfReferenceUID"),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=Same("FrameOfReferenceUID"),
    ),
    _seen(
        id="MPR-394",
        level=Level.REQUIRED,
        scope=scopes.MULTI_FRAME,
        title="Same orientation of all frames",
        cause="frames of different orientation",
        statement="All frames of a multi-frame image are parallel.",
        why="The viewer checks only the first frame, and stacks frames of all orientations into "
        "one volume.",
        repair=repairs.FRAMES_OF_STACKS,
        check=frames_parallel,
        reads=(
            "PerFrameFunctionalGroupsSequence.PlaneOrientationSequence.ImageOrientationPatient",
        ),
        requires=("MPR-302",),
    ),
)

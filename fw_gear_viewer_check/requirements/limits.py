"""Known limitations and unsupported data of the V3 viewer."""

from __future__ import annotations

from functools import partial

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.dictionary import is_sop_class
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.text import counted, listed, uid_name
from fw_gear_viewer_check.requirements import causes, repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    IsNot,
    Problem,
    Remarked,
    failed,
    judged_by,
    passed,
)
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    RepairTable,
    Requirement,
)


def supported_class(series: Series) -> Finding:
    """LIM-101: a SOP class that the viewer has a handler for."""

    def problem_of(instance: Instance) -> Problem | None:
        uid = instance.sop_class_uid
        if not uid or uid in sop_classes.HANDLED - sop_classes.PARAMETRIC_MAP:
            return None
        if uid in sop_classes.HANDLED or is_sop_class(uid):
            text = f"{uid_name(uid)} (standard, but not supported by the viewer)"
            return Problem("no-handler", text)
        return Problem("private-or-unknown", f"{uid_name(uid)} (private or unknown)")

    names = sorted({uid_name(i.sop_class_uid) for i in series.instances})
    return judged_by(series, problem_of, "SOP class", listed(names))


def one_multi_frame(series: Series) -> Finding:
    """LIM-102: not more than one multi-frame instance; a segmentation is one, also of one frame."""
    found = [i for i in series.instances if i.is_multi_frame or i.sop_class_uid in sop_classes.SEG]
    multi, classes = [i.name for i in found], {i.sop_class_uid for i in found}
    if len(multi) > 1:
        noun = "multi-frame image"
        if classes <= sop_classes.SEG:
            noun, shown = "segmentation", "shows only the last one"
        elif classes <= sop_classes.MICROSCOPY:
            shown = "shows them as one slide"
        else:
            shown = "lists each one separately"
        evidence = f"{counted(len(multi), noun)} in the series (the open-source viewer {shown})"
        return failed(
            evidence, multi, len(series.instances), "several-multi-frame", images=len(multi)
        )
    return passed(
        f"{counted(len(multi), 'multi-frame image')} in the series", len(series.instances)
    )


def not_too_many(series: Series) -> Finding:
    """LIM-103: not more single images than the viewer takes."""
    single = [i.name for i in series.instances if not i.is_multi_frame]
    most = series.tolerances.max_instances
    if len(single) > most:
        evidence = f"{counted(len(single), 'single-frame image')}, the limit is {most:,}"
        return failed(
            evidence, single[most:], len(single), "too-many", images=len(single), most=most
        )
    return passed(
        f"{counted(len(single), 'single-frame image')}, the limit is {most:,}", len(single)
    )


_DRAWS_PALETTE = "Flywheel does not support it; the open-source viewer draws some of these images"


_row = partial(Requirement, capability=Capability.V3_OPEN)

LIMITS = (
    _row(
        id="LIM-101",
        source="Non-standard SOPClassUIDs",
        scope=scopes.OBJECTS,
        title="A supported kind of object",
        cause="unsupported kind of object",
        statement="The SOP class is a standard one, and the viewer supports it.",
        why="The viewer lists any other kind of object as unsupported, and shows no image.",
        repair=RepairTable(
            causes.of_class,
            {
                "standard": repairs.SHOW_ANOTHER_WAY,
                "private": repairs.AS_STANDARD_IMAGES,
            },
        ),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=supported_class,
        reads=("SOPClassUID",),
    ),
    _row(
        id="LIM-102",
        source="Series with multiple multi-frame images",
        scope=scopes.DISTINCT_IMAGES,
        title="At most one multi-frame image",
        cause="several multi-frame images in one series",
        statement="The series has at most one multi-frame image.",
        why="The viewer does not support a series of several multi-frame images.",
        repair=RepairTable(
            causes.of_multi_frames,
            {
                "multi-frames": repairs.SPLIT_MULTI_FRAMES,
                "slide": repairs.SLIDE,
                "mixed": repairs.ONE_OBJECT_EACH,
            },
        ),
        check=one_multi_frame,
        reads=("NumberOfFrames",),
    ),
    _row(
        id="LIM-103",
        source="Maximum number of images in a series",
        scope=scopes.DISTINCT_IMAGES,
        title="Not too many images",
        cause="too many images",
        statement="The series has at most 5,000 single-frame images, unless another limit is set.",
        why="The viewer does not support larger series.",
        repair=RepairTable(
            causes.of_number,
            {
                "attribute": repairs.SPLIT_BY_ATTRIBUTE,
                "whole": repairs.SMALLER_SERIES,
            },
        ),
        check=not_too_many,
    ),
    _row(
        id="LIM-104",
        source="Ultrasound data",
        scope=scopes.ULTRASOUND,
        title="No palette colours in ultrasound",
        cause="ultrasound with palette colours",
        statement="No ultrasound image has the PhotometricInterpretation PALETTE COLOR.",
        why="The viewer does not support colour palettes in ultrasound.",
        repair=RepairTable(
            causes.of_palette,
            {
                "implicit": repairs.CONVERT_PALETTE,
                "other": repairs.ASK_RGB,
            },
        ),
        check=Remarked(IsNot("PhotometricInterpretation", "PALETTE COLOR"), _DRAWS_PALETTE),
    ),
)

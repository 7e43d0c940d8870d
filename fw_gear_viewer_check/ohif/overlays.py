"""docs/ohif.md section 6: why a segmentation or structure set that is listed does not load."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import Damaged, DataSet, Value
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.text import counted, listed, quoted
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.failures import Cause, FailureCode
from fw_gear_viewer_check.ohif.javascript import ABSENT, Missing, Source

_MEASURES, _ORIENTATION = "PixelMeasuresSequence", "PlaneOrientationSequence"
_COSINES = "ImageOrientationPatient"
_SEGMENT = "ReferencedSegmentNumber"
_LAST_SEGMENT = 255
_FULL = "MaximumFractionalValue"


def not_loaded(instance: Instance) -> Iterator[Cause]:
    """Yield why a segmentation or structure set does not load."""
    if instance.sop_class_uid in sop_classes.SEG:
        yield from _of_segmentation(instance)
    elif instance.sop_class_uid in sop_classes.RTSTRUCT:
        yield from _of_structure_set(instance)


def _of_segmentation(instance: Instance) -> Iterator[Cause]:
    problem = instance.shared_groups.problem(_MEASURES)
    if problem:
        reason = f"{_MEASURES} of the shared functional group is {problem}"
        yield FailureCode.SEG_NO_SHARED_MEASURES, reason
    # Of the frames it is asked where none is shared.
    orientations = [instance.shared_groups.first_item(_ORIENTATION)]
    if orientations[0].get(_COSINES) is None and instance.frame_groups:
        orientations = [group.first_item(_ORIENTATION) for group in instance.frame_groups]
    problem = next(filter(None, (one.problem(_COSINES) for one in orientations)), "")
    if problem:
        yield FailureCode.SEG_NO_ORIENTATION, f"{_COSINES} in {_ORIENTATION} is {problem}"
    if reason := _segments_problem(instance):
        yield FailureCode.SEG_NO_SEGMENTS, reason
    if reason := _frames_problem(instance):
        yield FailureCode.SEG_NO_FRAMES, reason
    if instance.is_fractional and (reason := _fraction_problem(instance)):
        yield FailureCode.SEG_FRACTIONAL, reason


def _segments_problem(instance: Instance) -> str:
    """Say why it is not known which segment a frame shows."""
    problem = instance.data.problem("SegmentSequence")
    if problem:
        return f"SegmentSequence is {problem}"
    segments = instance.data.items_of("SegmentSequence")
    if unnumbered := sum(segment.number("SegmentNumber") is None for segment in segments):
        return f"SegmentNumber is missing in {counted(unnumbered, 'item')} of SegmentSequence"
    identification = "SegmentIdentificationSequence"
    if instance.sop_class_uid == sop_classes.LABELMAP:
        return ""
    numbers = [f.group(identification).get(_SEGMENT) for f in instance.frames()]
    wrong = {
        "missing": sum(not isinstance(n, (int, float, tuple)) for n in numbers),
        "several numbers": sum(isinstance(n, tuple) for n in numbers),
        # The viewer draws each pixel as the number of its segment, in a byte.
        "0": numbers.count(0),
        "above 255": sum(isinstance(n, (int, float)) and n > _LAST_SEGMENT for n in numbers),
    }
    reasons = [f"{_SEGMENT} is {what} in {counted(n, 'frame')}" for what, n in wrong.items() if n]
    return reasons[0] if reasons else ""


def _frames_problem(instance: Instance) -> str:
    """Say why the viewer does not find each frame in the pixel data."""
    count, described = instance.number_of_frames, len(instance.frame_groups)
    if count < described:
        sequence = "PerFrameFunctionalGroupsSequence"
        return f"{sequence} has {counted(described, 'item')} for {counted(count, 'frame')}"
    data = instance.data
    if data.text("PhotometricInterpretation") == "PALETTE COLOR":
        return "PhotometricInterpretation is PALETTE COLOR: its colours are taken for segments"
    if data.get("SamplesPerPixel", 1) != 1:
        return "SamplesPerPixel is not 1"
    if data.number("BitsAllocated") != 1:
        return ""
    if data.get("BitsStored") != 1:
        return "BitsStored is not 1, but BitsAllocated is"
    is_signed = data.number("PixelRepresentation") == 1
    return "PixelRepresentation is 1, but BitsAllocated is 1" if is_signed else ""


def _fraction_problem(instance: Instance) -> str:
    """Say why a fractional segmentation is not one whose pixels are all empty or full."""
    full = _full(instance)
    if not math.isfinite(full):
        return f"{_FULL} is {instance.data.problem(_FULL) or 'not a number'}"
    levels: Iterable[int] = instance.levels or b""
    if levels and instance.data.number("BitsAllocated") == 1:
        levels = (1,)
    is_fraction = any(level != full for level in levels)
    return f"values that are neither 0 nor {_FULL} ({full:g})" if is_fraction else ""


def _full(instance: Instance) -> float:
    return js.number(js.read(instance.data, _FULL, Source.SERVER))


def may_have_fractions(instance: Instance) -> bool:
    """Return True where the values of a fractional segmentation decide, and are not known."""
    return instance.is_fractional and instance.levels is None and _full(instance) != 1


def _of_structure_set(instance: Instance) -> Iterator[Cause]:
    structures = instance.data.items_of("StructureSetROISequence")
    regions = instance.data.items_of("ROIContourSequence")
    drawn = [region for region in regions if region.items_of("ContourSequence")]
    known = {structure.get("ROINumber", ABSENT) for structure in structures}
    strangers = [
        region.problem("ReferencedROINumber") or quoted(region.get("ReferencedROINumber"))
        for region in drawn
        if _number_of(region) not in known or isinstance(_number_of(region), (tuple, Damaged))
    ]
    if strangers:
        reason = f"ReferencedROINumber {listed(strangers)} is not in StructureSetROISequence"
        yield FailureCode.RT_UNKNOWN_STRUCTURE, reason
    # The viewer keeps the contours by this number: those of one item replace those of another.
    items = Counter(map(_number_of, regions))
    if several := sum(items[number] > 1 for number in set(map(_number_of, drawn))):
        reason = f"{counted(several, 'structure')} in several items of ROIContourSequence"
        yield FailureCode.RT_STRUCTURE_TWICE, reason
    contours = [contour for region in drawn for contour in region.items_of("ContourSequence")]
    if not contours:
        yield FailureCode.RT_NO_CONTOURS, "no structure has a contour"
    # The count itself is not compared: a contour of too few points is drawn as far as it goes.
    problems = [problem for contour in contours if (problem := _problem_of_points(contour))]
    if problems:
        reason = f"ContourData is {problems[0]} in {counted(len(problems), 'contour')}"
        yield FailureCode.RT_CONTOUR_WITHOUT_POINTS, reason
    colours = [region.get("ROIDisplayColor") for region in drawn]
    if single := sum(isinstance(colour, (int, float)) for colour in colours):
        reason = f"ROIDisplayColor has a single value in {counted(single, 'structure')}"
        yield FailureCode.RT_COLOUR_SINGLE_VALUE, reason


def _number_of(region: DataSet) -> Value | Missing:
    """Return the number of its structure, which the viewer compares as it stands."""
    return region.get("ReferencedROINumber", ABSENT)


def _problem_of_points(contour: DataSet) -> str:
    """Say why the viewer does not read a contour, whether it announces points or not.

    Of ContourData, it is known how many they are.
    """
    single = "a single value" if contour.number("ContourData") == 1 else ""
    return contour.problem("ContourData") or single

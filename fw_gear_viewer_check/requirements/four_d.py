"""Several volumes in one series, or in one image (MPR-102)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import (
    DIMENSIONS,
    FRAME_DIMENSIONS,
    Stack,
    is_mosaic,
    lacks_own_positions,
    stack_of,
)
from fw_gear_viewer_check.model.text import LARGEST, counted
from fw_gear_viewer_check.requirements.checks import failed, passed, unknown
from fw_gear_viewer_check.requirements.splitting import split_by
from fw_gear_viewer_check.requirements.types import Finding
from fw_gear_viewer_check.requirements.volumes import is_even

NM_VECTORS = ("TimeSlotVector", "RRIntervalVector", "PhaseVector", "EnergyWindowVector")


def not_four_d(series: Series) -> Finding:
    """MPR-102: one image at each position."""
    names = [i.name for i in series.instances]
    for instance in series.instances:
        if instance.is_multi_frame and (vector := _varying_vector(instance)):
            evidence = f"4D: {counted(vector[1], 'volume')} that differ in {vector[0]}"
            how = {"attribute": vector[0], "volumes": vector[1]}
            return failed(evidence, names, len(names), "four-d-in-one-image", **how)
    if any(map(is_mosaic, series.instances)):
        evidence = (
            "Siemens mosaic: each image contains a whole volume, its slices side by side as tiles"
        )
        return failed(evidence, names, len(names), "mosaic", volumes=len(names))
    volume = stack_of(series)
    if series.frame_count < 2:
        return passed("only one image", len(names))
    if len(volume.frames) < len(series.frames) or any(map(lacks_own_positions, series.instances)):
        return _without_positions(series)
    if not volume.is_four_d:
        return _few_repeated(series, volume)
    count, (split, volumes) = volume.images_per_position, separated_by(series)
    usual = sum(len(frames) == count for frames in volume.frames_by_position)
    where = f"{counted(count, 'image')} at each of {counted(usual, 'position')}"
    if usual < len(volume.frames_by_position):
        others = counted(len(volume.frames_by_position) - usual, "position")
        where = f"{where}, other numbers at {others}"
    if len(volume.frames_by_position) == 1:
        where = f"all {counted(count, 'image')} at one position"
    cause = f"they differ in {split}" if split else "no single attribute separates them"
    code = "four-d-by-attribute" if split else "four-d"
    if len(volume.frames_by_position) == 1:
        code = "one-place"
    evidence = f"4D, {counted(volumes, 'volume')}: {where}; {cause}"
    return failed(evidence, names, len(names), code, attribute=split, volumes=volumes)


def separated_by(series: Series) -> tuple[str, int]:
    """Return the attribute that separates the volumes of a 4D series, "" for none, and their count.

    It has the same values at each position, or makes volumes that are not of one length and even.
    """
    return series.once(_separated_by)


def _separated_by(series: Series) -> tuple[str, int]:
    stack = stack_of(series)
    count, tolerance = stack.images_per_position, series.tolerances.spacing_mm
    if stack.splits_by or any(image.is_multi_frame for image in series.instances):
        return stack.splits_by, count
    found = split_by(series, DIMENSIONS, lambda images: is_even(images, tolerance))
    return (str(found["attribute"]), int(found["groups"])) if found else ("", count)


def _moved_volumes(volume: Stack) -> tuple[str, int] | None:
    """Return what tells volumes apart that are moved against each other, and how many there are.

    They lie over each other by less than half a step. Slices that are taken in turns do not: the
    first and the last turn are half a step apart or more.
    """
    frames, heights = volume.frames, volume.distances_along_normal
    if not heights:
        return None
    is_multi_frame = frames[0].instance.is_multi_frame
    for sequence, keyword in _FRAMES_MOVED if is_multi_frame else _IMAGES_MOVED:
        by_value = defaultdict[float | None, list[float]](list)
        for frame, height in zip(frames, heights, strict=True):
            data = frame.group(sequence) if is_multi_frame else frame.instance.data
            by_value[data.number(keyword)].append(height)
        stacks = list(by_value.values())
        if None in by_value or len(stacks) < 2 or len(set(map(len, stacks))) > 1:
            continue
        extent, steps = min(map(_range, stacks)), len(stacks[0]) - 1
        moved = max(_range(map(min, stacks)), _range(map(max, stacks)))
        if moved * steps < MOST_MOVED * extent:
            return keyword, len(stacks)
    return None


def _range(values: Iterable[float]) -> float:
    found = list(values)
    return max(found) - min(found)


MOST_MOVED = 0.4
"""Part of a step by which volumes may be moved against each other."""
_FRAMES_MOVED = tuple(one for one in FRAME_DIMENSIONS if one[1] != "DimensionIndexValues")
_IMAGES_MOVED = tuple(
    ("", keyword) for keyword in ("TemporalPositionIdentifier", "DiffusionBValue", "EchoTime")
)


def _without_positions(series: Series) -> Finding:
    if any(map(_has_table_positions, series.instances)):
        reason = "cannot be checked: the frames have a CTPositionSequence, but no position"
        return unknown(reason, len(series.instances), code="table-positions")
    lack, *ids = (
        ("frame positions are missing or equal", "MPR-303", "MPR-392")
        if any(i.is_multi_frame for i in series.instances)
        else ("image positions are missing", "MPR-204")
    )
    reason = f"cannot be checked: {lack} ({', '.join(ids)})"
    return unknown(reason, len(series.instances), code="no-positions", ids=tuple(ids))


def _has_table_positions(instance: Instance) -> bool:
    """Return True where the page has the position that it asks for (MPR-303), and no coordinate."""
    groups = (*instance.frame_groups[:1], instance.shared_groups)
    return any(group.items_of("CTPositionSequence") for group in groups)


def _few_repeated(series: Series, volume: Stack) -> Finding:
    """Judge a few positions that repeat: of single images, MPR-205 finds that there is no gap."""
    positions, names = volume.frames_by_position, [i.name for i in series.instances]
    if moved := _moved_volumes(volume):
        attribute, count = moved
        evidence = f"4D: {counted(count, 'volume')} that differ in {attribute}, moved a little"
        how = {"attribute": attribute, "volumes": count}
        return failed(evidence, names, len(names), "four-d-moved", **how)
    several = sum(len(frames) > 1 for frames in positions)
    if not several:
        return passed("one image at each position", len(names))
    share = f"at {several:,} of {counted(len(positions), 'position')}"
    if any(i.is_multi_frame for i in series.instances):
        evidence = f"several frames {share}: a second volume that is not whole"
        return failed(evidence, names, len(names), "repeated-positions")
    return passed(f"several images {share} (MPR-205)", len(names))


def _varying_vector(instance: Instance) -> tuple[str, int] | None:
    """Return the NM vector that has several values, and how many (PS3.3 C.8.4.8)."""
    for keyword in NM_VECTORS:
        different = len(set(instance.data.numbers(keyword) or ()))
        if different > 1:
            return keyword, different
    slots = int(instance.data.number("NumberOfTimeSlots") or 0)
    if slots >= LARGEST:  # no number of slots, perhaps a date: there are no more than frames
        slots = instance.number_of_frames
    return ("NumberOfTimeSlots", slots) if slots > 1 else None

"""Why images make no volume, as far as the repair depends on it (see :mod:`.causes`)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, pairwise
from typing import cast

from fw_gear_viewer_check.model import geometry
from fw_gear_viewer_check.model.data_set import written
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import (
    DIMENSIONS,
    FEWEST_FOR_SPACING,
    RECONSTRUCTIONS,
    Stack,
    is_mosaic,
    stack_of,
    stack_of_frames,
)
from fw_gear_viewer_check.requirements.splitting import (
    KINDS_OF_IMAGE,
    LONGEST_VALUE,
    MOST_NEW_SERIES,
    STACKS,
    as_splitter_wants,
    copies_in,
    grouped,
    longest_of,
    of_geometry,
    parts_of,
    split_by,
)
from fw_gear_viewer_check.requirements.types import Cause, ConfigValue, Finding
from fw_gear_viewer_check.requirements.volumes import is_even


def of_colours(_series: Series, finding: Finding) -> Cause:
    """MPR-202: what lacks a value is not of another kind."""
    return ("missing" if finding.code == "missing" else "groups"), {}


def of_sizes(series: Series, finding: Finding) -> Cause:
    """MPR-201."""
    if finding.code == "missing":
        return "missing", {}
    sizes = {(i.data.number("Rows"), i.data.number("Columns")) for i in series.instances}
    return ("groups" if len(sizes) <= MOST_NEW_SERIES else "each"), {"groups": len(sizes)}


def of_orientations(series: Series, finding: Finding) -> Cause:
    """MPR-203: an orientation is missing or none, or there are several stacks."""
    keyword = "ImageOrientationPatient"
    found = [i.data.numbers(keyword) for i in series.instances]
    if finding.code != "tilted":
        return of_geometry(series, finding)
    cause, values = _few_groups(found)
    # The splitter compares all digits: it would tear apart a stack whose cosines are rounded.
    is_torn = cause == "groups" and values["groups"] != finding.values["stacks"]
    return ("rounded" if is_torn else cause), values


def _few_groups(values: Sequence[object]) -> Cause:
    """Say whether equal values make a few series; images that all differ make none."""
    groups = len(set(values))
    few = groups <= max(2, len(values) // 3) and groups <= MOST_NEW_SERIES and groups < len(values)
    return ("groups" if few else "each"), {"groups": groups}


def of_some_positions(series: Series, _: Finding) -> Cause:
    """V3-193: something else has to separate the images without a position from all others."""

    def placed(images: Sequence[Instance]) -> int:
        return sum(not i.data.problem("ImagePositionPatient") for i in images)

    usual = placed(series.instances)

    def is_alike(images: Sequence[Instance]) -> bool:
        return placed(images) == 0 or placed(images) == len(images) == usual

    found = split_by(series, KINDS_OF_IMAGE, is_alike)
    return ("attribute", found) if found and usual >= FEWEST_FOR_SPACING else ("some", {})


def of_spacing(series: Series, finding: Finding) -> Cause:
    """MPR-205, MPR-391."""
    stack = stack_of(series)
    if not stack.has_extent:
        return of_one_position(series, finding)
    if stack.frames and stack.frames[0].instance.is_multi_frame:
        return "uneven", {}
    tolerance = series.tolerances.spacing_mm

    def is_fine(images: Sequence[Instance]) -> bool:
        return is_even(images, tolerance)

    if found := even_stacks(series):
        return "attribute", found
    runs = _runs_in_file_order(series, stack)
    if runs and all(map(is_fine, runs)):
        return "order", {"groups": len(runs)}
    one_of_each = [stack.frames[group[0]].instance for group in stack.frames_by_position]
    if len(one_of_each) < len(stack.frames) and is_fine(one_of_each):
        return "repeated", {}
    spacing = stack.spacing(tolerance)
    return ("holes" if spacing is not None and not spacing.irregular else "uneven"), {}


def even_stacks(series: Series) -> Mapping[str, ConfigValue]:
    """Return what separates stacks that each have MPR, and how many there are; {} for nothing."""
    return series.once(_even_stacks)


def _even_stacks(series: Series) -> Mapping[str, ConfigValue]:
    tolerance = series.tolerances.spacing_mm
    keywords = dict.fromkeys((*STACKS, *DIMENSIONS))
    return split_by(series, keywords, lambda images: is_even(images, tolerance))


def missing_slices(series: Series) -> int:
    """Count the slices that are missing; none are where whole stacks lie over each other.

    Of stacks behind each other the gap between them may be of missing slices.
    """
    stack, tolerance = stack_of(series), series.tolerances.spacing_mm
    spacing = stack.spacing(tolerance)
    if spacing is None or not spacing.missing_count or not (apart := even_stacks(series)):
        return spacing.missing_count if spacing is not None else 0
    parts = [
        part.spacing(tolerance)
        for part in map(stack_of, parts_of(series, {"group_by": apart["attribute"]}))
    ]
    are_whole = all(part is not None and not part.missing_count for part in parts)
    lengths = sum(sum(part.gaps) for part in parts if part is not None)
    return 0 if are_whole and lengths > sum(spacing.gaps) else spacing.missing_count


def of_one_position(series: Series, _: Finding) -> Cause:
    """MPR-191, MPR-205: the images of a mosaic lie at one position, and are volumes."""
    return ("mosaic" if any(map(is_mosaic, series.instances)) else "one-position"), {}


def of_values(keyword: str) -> Callable[[Series, Finding], Cause]:
    """Return a diagnosis of MPR-196, MPR-197: whether each value has a stack of its own."""

    def diagnose(series: Series, _: Finding) -> Cause:
        tolerance = series.tolerances.spacing_mm
        if is_even(series.instances, tolerance) and not _lie_apart(stack_of(series), keyword):
            return "each", {}
        found = split_by(series, (keyword,), lambda images: is_even(images, tolerance))
        return ("attribute" if found else "each"), found

    return diagnose


def _lie_apart(stack: Stack, keyword: str) -> bool:
    """Return True where images of one value lie behind those of another, and not between them."""
    heights = stack.distances_along_normal
    order = sorted(range(len(heights)), key=heights.__getitem__)
    values = written([stack.frames[n].instance.data.get(keyword) for n in order])
    return sum(a != b for a, b in pairwise(values)) < len(set(values))


def of_four_d(series: Series, finding: Finding) -> Cause:
    """MPR-102: what separates the volumes, and how many there are."""
    if any(map(is_mosaic, series.instances)):
        return "mosaic", {}
    multi = [i for i in series.instances if i.is_multi_frame]
    if multi:
        is_in_one = finding.code == "four-d-in-one-image" or any(
            stack_of_frames(i.frames()).is_four_d for i in multi
        )
        return ("frames" if is_in_one or len(multi) == 1 else "objects"), {}
    if finding.code == "four-d-moved":
        attribute = str(finding.values["attribute"])
        volumes = len({i.data.number(attribute) for i in series.instances})
        return "attribute" if volumes <= MOST_NEW_SERIES else "many", {
            "volumes": volumes,
            "attribute": as_splitter_wants(attribute),
        }
    stack = stack_of(series)
    if copies_in(series) == "different":
        return "different", {}
    if len(stack.frames_by_position) == 1:
        return "one-position", {}
    return _of_volumes(series, stack, finding)


def _of_volumes(series: Series, stack: Stack, finding: Finding) -> Cause:
    attribute = str(finding.values["attribute"])
    volumes = cast("int", finding.values["volumes"])
    if volumes > MOST_NEW_SERIES:
        return "many", {"volumes": volumes}
    if attribute and all(
        len(repr(i.data.get(attribute))) <= LONGEST_VALUE for i in series.instances
    ):
        is_four_d = attribute not in {"FrameOfReferenceUID", *RECONSTRUCTIONS}
        return "attribute" if is_four_d else "reconstructions", {
            "volumes": volumes,
            "attribute": as_splitter_wants(attribute),
        }
    if pair := _two_that_separate(series, volumes):
        return "attribute", pair
    return ("order" if _is_in_order(series, stack) else "mixed"), {"volumes": volumes}


def _two_that_separate(series: Series, volumes: int) -> Mapping[str, ConfigValue]:
    """Return the first two attributes that only together make even volumes; {} for none."""
    tolerance = series.tolerances.spacing_mm
    of_each = {key: written([i.data.get(key) for i in series.instances]) for key in DIMENSIONS}
    varying = [key for key, values in of_each.items() if 1 < len(set(values)) < volumes]
    for pair in combinations(varying, 2):
        if len(set(zip(*map(of_each.__getitem__, pair), strict=True))) != volumes:
            continue
        groups = grouped(series, pair)
        is_named = longest_of(pair, groups) <= LONGEST_VALUE
        if is_named and all(is_even(images, tolerance) for images in groups.values()):
            return {"volumes": volumes, "attribute": ",".join(map(as_splitter_wants, pair))}
    return {}


def _is_in_order(series: Series, stack: Stack) -> bool:
    """Return True when the splitter's geometry finds the volumes: one by one, or interleaved."""
    volumes, positions = stack.images_per_position, len(stack.frames_by_position)
    if any(len(group) != volumes for group in stack.frames_by_position):
        return False
    runs = _runs_in_file_order(series, stack)
    if runs and len(runs) == volumes and all(len(run) == positions for run in runs):
        return True
    order = _file_order(stack)
    if not order or len({f.orientation for f in stack.frames}) > 1:
        return False
    interleaved = [order[n : n + volumes] for n in range(0, len(order), volumes)]
    groups = {frozenset(group) for group in stack.frames_by_position}
    # It takes the images for as many volumes as go into them by the steps between positions.
    steps = positions - 1
    return (
        steps > 0
        and len(order) // steps == volumes
        and all(frozenset(group) in groups for group in interleaved)
    )


def _file_order(stack: Stack) -> list[int]:
    """Return the frames in the order in which the gear reads their files: by folder and name.

    [] where the splitter does not look at geometry: of images with a NumberOfFrames, also of 1.
    """
    if any("NumberOfFrames" in frame.instance.data for frame in stack.frames):
        return []
    names = [tuple(frame.instance.real_name.split("/")) for frame in stack.frames]
    return sorted(range(len(names)), key=names.__getitem__)


def _runs_in_file_order(series: Series, stack: Stack) -> list[list[Instance]]:
    """Return the stacks that the splitter's geometry finds in files named in order; [] for none.

    It begins a stack where the images turn back, if all are oriented alike, none repeats the
    position before it, and the first two stacks are long enough to show a direction.
    """
    if len(stack.frames) < len(series.instances) or stack.orientation is None:
        return []
    if len({frame.orientation for frame in stack.frames}) > 1:
        return []
    order = _file_order(stack)
    if not order:
        return []
    along = _along_first_step([stack.positions[n] for n in order])
    steps = [b - a for a, b in pairwise(along)]
    forward = steps[0] > 0 if steps else False
    if any(abs(step) <= geometry.SAME_POSITION_MM for step in steps):
        return []
    runs = [[order[0]]]
    for n, step in zip(order[1:], steps, strict=True):
        if (step > 0) == forward:
            runs[-1].append(n)
        else:
            runs.append([n])
    if len(runs) < 2 or len(runs) > MOST_NEW_SERIES or min(map(len, runs)) < FEWEST_FOR_SPACING:
        return []
    return [[stack.frames[n].instance for n in run] for run in runs]


def _along_first_step(positions: Sequence[tuple[float, ...]]) -> list[float]:
    """Return how far each lies on the line through the first two places, as the splitter has it."""
    first = positions[0]
    steps = (math.dist(first, one) for one in positions)
    second = next((n for n, step in enumerate(steps) if step > _SAME_PLACE_MM), None)
    if second is None:
        return [0.0] * len(positions)
    length = math.dist(first, positions[second])
    axis = [(b - a) / length for a, b in zip(first, positions[second], strict=True)]
    return [round(sum(map(operator.mul, axis, one)), 2) for one in positions]


_SAME_PLACE_MM = 1e-3
"""Up to which it takes two places for one."""

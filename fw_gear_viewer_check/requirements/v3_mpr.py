"""Tags required for advanced layouts (MPR and 3D): all data, and single-frame data."""

from __future__ import annotations

import math
from functools import partial
from statistics import median

from fw_gear_viewer_check.model import geometry
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import (
    DIMENSIONS,
    MOSAIC,
    Stack,
    stack_of,
)
from fw_gear_viewer_check.model.text import counted, cut_middle, number
from fw_gear_viewer_check.ohif.display_sets import prediction_of
from fw_gear_viewer_check.ohif.failures import FailureCode
from fw_gear_viewer_check.requirements import causes_in_space, four_d, repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    Present,
    Problem,
    Same,
    failed,
    judged_by,
    lack,
    not_applicable,
    passed,
)
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    Level,
    RepairTable,
    Requirement,
    Status,
)


def more_than_one_image(series: Series) -> Finding:
    """MPR-101: more than one single-frame image, or a multi-frame image."""
    count = series.frame_count
    if count > 1:
        return passed(counted(count, "image"), len(series.instances))
    names = [i.name for i in series.instances]
    return failed("only one image", names, len(names), "one-image")


def has_pixel_spacing(series: Series) -> Finding:
    """MPR-103: PixelSpacing of two positive numbers; MPR-301 speaks of multi-frame images."""

    def problem_of(instance: Instance) -> Problem | None:
        return None if instance.is_multi_frame else lack(instance.data, "PixelSpacing")

    return judged_by(series, problem_of, "PixelSpacing", "PixelSpacing is present")


def same_orientation(series: Series) -> Finding:
    """MPR-203: direction cosines within a tolerance of the first image's."""
    keyword = "ImageOrientationPatient"
    checked = len(series.instances)
    given = Present(keyword)(series)
    if given.status is Status.FAIL:
        return given
    tolerance = series.tolerances.orientation
    ordered = _in_position_order(series)
    cosines = [i.data.numbers(keyword) or () for i in ordered]
    unlike = geometry.unlike_first(cosines, tolerance)
    odd = [i.name for i, is_odd in zip(ordered, unlike, strict=True) if is_odd]
    if not odd:
        return passed(f"all direction cosines agree within {tolerance:g}", checked)
    return failed(
        f"{len(odd):,} of {checked:,} images tilted against the first one, {ordered[0].name} "
        f"(a direction cosine differs by {tolerance:g} or more)",
        odd,
        checked,
        "tilted",
        stacks=geometry.count_unlike(cosines, tolerance),
    )


def _in_position_order(series: Series) -> list[Instance]:
    """Return the images along the scan axis, then those without a position."""
    volume = stack_of(series)
    heights = volume.distances_along_normal or (0.0,) * len(volume.frames)
    placed = [
        volume.frames[n].instance for n in sorted(range(len(heights)), key=heights.__getitem__)
    ]
    others = [frame for frame in series.frames if frame.position is None]
    others.sort(key=lambda frame: frame.orientation or ())
    return placed + [frame.instance for frame in others]


def evenly_spaced(series: Series) -> Finding:
    """MPR-205: gaps equal to the average gap, or several of it."""
    volume = stack_of(series)
    checked = len(volume.frames)
    names = volume.names
    if not volume.has_extent:
        evidence = "all images are at the same position along the scan axis"
        return failed(evidence, names, checked, "one-place")
    spacing = volume.spacing(series.tolerances.spacing_mm)
    if spacing is None:  # a 4D series: MPR-102
        return not_applicable("fewer than three positions")
    measured = {
        "average_mm": spacing.average,
        "smallest_mm": min(spacing.gaps),
        "largest_mm": max(spacing.gaps),
        "missing": spacing.missing_count,
    }
    average, smallest, largest = (
        number(length, ".3f", spacing.extent)
        for length in (spacing.average, min(spacing.gaps), max(spacing.gaps))
    )
    numbers = (
        f"average gap {average} mm, smallest {smallest}, largest {largest}, "
        f"{counted(spacing.missing_count, 'missing position')}"
    )
    if spacing.is_even:
        return passed(numbers, checked)
    if not spacing.irregular:
        holes = sum(map(bool, spacing.missing))
        evidence = (
            f"{counted(spacing.missing_count, 'image')} missing in {holes:,} of "
            f"{counted(len(spacing.gaps), 'gap')}, too many to determine the spacing ({numbers})"
        )
        return failed(evidence, names, checked, "too-many-holes", **measured)
    if spacing.sideways == spacing.irregular:
        aside = [names[spacing.order[k + 1]] for k in spacing.sideways]
        evidence = (
            f"{len(aside):,} of {counted(len(spacing.gaps), 'gap')} go further sideways than along "
            f"the scan axis ({numbers})"
        )
        return failed(evidence, aside, checked, "sideways", **measured)
    # A repeated position or an odd gap spoils the average, and so the other gaps: the culprits come
    # first, the gaps that most others are like come last.
    gaps, usual = spacing.gaps, median(spacing.gaps)
    culprits = sorted(
        set(spacing.irregular) - set(spacing.sideways),
        key=lambda k: (gaps[k] > spacing.same_position, -round(abs(gaps[k] - usual), 3)),
    )
    pairs = [(spacing.order[k], spacing.order[k + 1], gaps[k]) for k in culprits]
    no_gap = _without_gap(volume, pairs, spacing.same_position)
    affected = list(dict.fromkeys(names[second] for _, second, _ in pairs))
    first, second, gap = pairs[0]
    between = " and ".join(cut_middle(names[n], LONGEST_NAME) for n in (first, second))
    average, smallest, largest, worst = (
        _mm(length, spacing.extent) for length in (spacing.average, min(gaps), max(gaps), gap)
    )
    return failed(
        f"{len(pairs):,} of {counted(len(gaps), 'gap')} differ from the {average} average by more "
        f"than {spacing.tolerance:g} mm ({smallest} to {largest}; {worst} between {between})"
        f"{_of_no_gap(no_gap)}",
        affected,
        checked,
        _cause(no_gap, len(pairs)),
        **measured,
        **no_gap,
    )


def _without_gap(volume: Stack, pairs: list[tuple[int, int, float]], near: float) -> dict[str, int]:
    """Count the pairs that have no gap: at one position, or side by side at one height."""
    heights = volume.distances_along_normal
    apart = [
        math.dist(volume.positions[a], volume.positions[b]) > near
        for a, b, _ in pairs
        if abs(heights[a] - heights[b]) <= near
    ]
    return {"at_one_position": apart.count(False), "side_by_side": apart.count(True)}


def _of_no_gap(no_gap: dict[str, int]) -> str:
    kinds = ((kind.replace("_", " "), n) for kind, n in no_gap.items() if n)
    return "".join(f"; {counted(n, 'pair')} {where}" for where, n in kinds)


def _mm(length: float, extent: float) -> str:
    return f"{number(length, '.2f' if length >= 0.1 or not length else '.3f', extent)} mm"


def _cause(no_gap: dict[str, int], pairs: int) -> str:
    """Name the cause of uneven spacing: repeated positions, stacks side by side, or gaps."""
    if no_gap["at_one_position"]:
        return "repeated-positions"
    return "side-by-side" if no_gap["side_by_side"] == pairs else "uneven-gaps"


LONGEST_NAME = 30
"""Characters of a name in the middle of a sentence."""

_STRETCHED = ": the viewer builds the volume as if none were missing, so distances are wrong"
_NOT_BUILT = ": the viewer finds the gaps too uneven and offers no MPR (MPR-198)"


def _what_is_built(series: Series) -> str:
    stacks = prediction_of(series).largest
    if stacks and all(s.reconstructable for s in stacks):
        return _STRETCHED
    reasons = {s.failure.code for s in stacks if s.failure is not None}
    return _NOT_BUILT if FailureCode.IRREGULAR_SPACING in reasons else ""


def no_missing_images(series: Series) -> Finding:
    """MPR-206: gaps of several averages are missing images."""
    volume = stack_of(series)
    spacing = volume.spacing(series.tolerances.spacing_mm)
    if spacing is None:
        return not_applicable("fewer than three positions")
    if not causes_in_space.missing_slices(series):
        return passed("no image is missing", len(volume.frames))
    after = [volume.names[spacing.order[k + 1]] for k, n in enumerate(spacing.missing) if n]
    built = _what_is_built(series) if spacing.is_even else ""
    # Then MPR-198 counts them too.
    ids = {"ids": ("MPR-198",)} if built == _NOT_BUILT else {}
    return failed(
        f"{counted(spacing.missing_count, 'image')} missing in {counted(len(after), 'gap')}{built}",
        after,
        len(volume.frames),
        "missing-images",
        missing=spacing.missing_count,
        gaps=len(after),
        **ids,
    )


_row = partial(Requirement, capability=Capability.V3_MPR, repair=repairs.ASK_SOURCE)
_all = partial(_row, source="All data", scope=scopes.VOLUMES)
_single = partial(_row, source="Single-frame data", scope=scopes.SINGLE_FRAME)

ALL_DATA = (
    _all(
        id="MPR-101",
        title="More than one image",
        cause="only one image",
        statement="The series has more than one image, or a multi-frame image.",
        why="A single image is not a volume: there is nothing to cut in other directions.",
        repair=repairs.ONE_IMAGE,
        check=more_than_one_image,
    ),
    _all(
        id="MPR-102",
        title="Not a 4D series",
        cause="4D series",
        statement="There is one image at each position: the series does not repeat a volume over "
        "time, echoes, diffusion directions or the like.",
        why="MPR needs one volume. The viewer does not support MPR of several volumes in one "
        "series.",
        repair=RepairTable(
            causes_in_space.of_four_d,
            {
                "attribute": repairs.SPLIT_FOUR_D,
                "order": repairs.SPLIT_FOUR_D_BY_ORDER,
                "reconstructions": repairs.SPLIT_RECONSTRUCTIONS,
                "mosaic": repairs.MOSAIC,
                "frames": repairs.FOUR_D_FRAMES,
                "objects": repairs.WITH_LIM_102,
                "many": repairs.FOUR_D_MANY,
                "mixed": repairs.FOUR_D_MIXED,
                "one-position": repairs.ONE_POSITION,
                "different": repairs.OWN_UIDS,
            },
        ),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=four_d.not_four_d,
        reads=(
            "ImagePositionPatient",
            *four_d.NM_VECTORS,
            "NumberOfTimeSlots",
            *DIMENSIONS,
            *MOSAIC,
        ),
    ),
    _all(
        id="MPR-103",
        title="PixelSpacing in every image",
        statement="Every image has a PixelSpacing of two numbers above zero, in mm (for "
        "multi-frame images see MPR-301).",
        why="Without it the volume has no scale, and the open-source viewer shows it black.",
        repair=repairs.OF_SPACING,
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=has_pixel_spacing,
        reads=("PixelSpacing",),
    ),
)

SINGLE_FRAME_DATA = (
    _single(
        id="MPR-201",
        title="Same Rows and Columns in all images",
        cause="images of different size",
        statement="All images of the series have the same Rows and Columns.",
        why="A volume is built from images of one size.",
        repair=RepairTable(
            causes_in_space.of_sizes,
            {
                "groups": repairs.SPLIT_BY_SIZE,
                "missing": repairs.ASK_SOURCE,
                "each": repairs.ONE_STACK_EACH,
            },
        ),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=Same("Rows", "Columns"),
    ),
    _single(
        id="MPR-202",
        title="Same SamplesPerPixel in all images",
        cause="grey and colour images mixed",
        statement="All images of the series are grey, or all are in colour.",
        why="A volume cannot mix grey and colour images.",
        repair=RepairTable(
            causes_in_space.of_colours,
            {"groups": repairs.SPLIT_BY_COLOUR, "missing": repairs.ASK_SOURCE},
        ),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=Same("SamplesPerPixel"),
    ),
    _single(
        id="MPR-203",
        title="Same orientation in all images",
        cause="images of different orientation",
        statement="Every image has an ImageOrientationPatient, and all are parallel: each "
        "direction cosine differs from the first image's by less than 0.01, unless another "
        "tolerance is set.",
        why="The viewer cannot build a volume from images that are tilted against each other or "
        "have no orientation.",
        repair=RepairTable(
            causes_in_space.of_orientations,
            {
                "groups": repairs.SPLIT_BY_ORIENTATION,
                "each": repairs.EACH_TILTED,
                "rounded": repairs.ONE_STACK_EACH,
                **repairs.OF_GEOMETRY.by_cause,
            },
        ),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=same_orientation,
        reads=("ImageOrientationPatient",),
    ),
    _single(
        id="MPR-204",
        title="A position in every image",
        cause="image positions missing",
        statement="Every image has an ImagePositionPatient: where it lies in the patient.",
        why="Without positions the viewer cannot place the images in a volume.",
        repair=repairs.OF_GEOMETRY,
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=Present("ImagePositionPatient"),
    ),
    _single(
        id="MPR-205",
        scope=scopes.SINGLE_FRAME_STACK,
        title="Even slice spacing",
        cause="uneven slice spacing",
        statement="Each gap between neighbouring images is within 0.2 mm of the average gap "
        "(unless another tolerance is set), or of a multiple of it where images are missing.",
        why="The viewer builds the volume with one distance between images.",
        repair=RepairTable(
            causes_in_space.of_spacing,
            {
                "uneven": repairs.UNEVEN,
                "holes": repairs.FIND_IMAGES,
                "repeated": repairs.REMOVE_REPEATED,
                "attribute": repairs.SPLIT_BY_ATTRIBUTE,
                "order": repairs.SPLIT_BY_ORDER,
                "one-position": repairs.ONE_POSITION,
                "mosaic": repairs.MOSAIC,
            },
        ),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=evenly_spaced,
        reads=("ImagePositionPatient",),
        requires=("MPR-203", "MPR-204"),
    ),
    _single(
        id="MPR-206",
        scope=scopes.SINGLE_FRAME_STACK,
        level=Level.NOTE,
        title="No missing images",
        cause="missing images",
        statement="No gap between neighbouring images is about twice the average gap or more, as "
        "it is where images are missing.",
        why="The viewer builds the volume as if no image were missing, so distances across slices "
        "are wrong.",
        repair=repairs.FIND_IMAGES,
        check=no_missing_images,
        reads=("ImagePositionPatient",),
        requires=("MPR-203", "MPR-204"),
    ),
)

"""Tags required for advanced layouts (MPR and 3D): all data, and single-frame data."""

from __future__ import annotations

import math
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model import geometry
from fw_gear_viewer_check.model.stack import lacks_own_positions, stack_of
from fw_gear_viewer_check.model.text import counted, listed
from fw_gear_viewer_check.requirements import causes, causes_in_space, repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    failed,
    judged_by,
    not_applicable,
    passed,
    present,
    same,
    unknown,
)
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    Level,
    RepairTable,
    Requirement,
    Status,
)

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series
    from fw_gear_viewer_check.model.stack import Stack

_NM_VECTORS = ("TimeSlotVector", "RRIntervalVector", "PhaseVector", "EnergyWindowVector")


def more_than_one_image(series: Series) -> Finding:
    """MPR-101: more than one single-frame image, or a multi-frame image."""
    count = series.frame_count
    if count > 1:
        return passed(counted(count, "image"), len(series.instances))
    return failed("only one image", [i.name for i in series.instances], len(series.instances))


def not_four_d(series: Series) -> Finding:
    """MPR-102: one image at each place."""
    names = [i.name for i in series.instances]
    for instance in series.instances:
        if instance.is_multi_frame and (vector := _varying_vector(instance)):
            return failed(f"{vector[0]} tells {vector[1]} volumes apart", names, len(names))
    volume = stack_of(series)
    if series.frame_count < 2:
        return passed("only one image", len(names))
    if len(volume.frames) < len(series.frames) or any(map(lacks_own_positions, series.instances)):
        return unknown("no positions to tell by (MPR-204, MPR-303, MPR-392)", len(names))
    if not volume.is_four_d:
        return passed(_almost_one_at_each_place(volume), len(names))
    count = volume.images_per_position
    usual = sum(len(place) == count for place in volume.frames_by_position)
    where = f"{counted(count, 'image')} at each of {counted(usual, 'place')}"
    if usual < len(volume.frames_by_position):
        others = counted(len(volume.frames_by_position) - usual, "place")
        where = f"{where}, other numbers at {others}"
    if len(volume.frames_by_position) == 1:
        where = f"all {counted(count, 'image')} are at one place"
    if volume.holds_copies:
        return failed(f"{where}; they are copies of each other (V3-196)", names, len(names))
    split = volume.splits_by
    cause = (
        f"{split} tells them apart: {counted(count, 'volume')}"
        if split
        else "no attribute was found that tells them apart"
    )
    return failed(f"4D: {where}; {cause}", names, len(names))


def _almost_one_at_each_place(volume: Stack) -> str:
    positions = volume.frames_by_position
    several = sum(len(frames) > 1 for frames in positions)
    if not several:
        return "one image at each place"
    return (
        f"one image at most places; {several:,} of {counted(len(positions), 'place')} hold "
        "several (MPR-205)"
    )


def _varying_vector(instance: Instance) -> tuple[str, int] | None:
    """Return the NM vector that has several values, and how many (PS3.3 C.8.4.8)."""
    for keyword in _NM_VECTORS:
        different = len(set(instance.data.numbers(keyword) or ()))
        if different > 1:
            return keyword, different
    slots = instance.data.number("NumberOfTimeSlots") or 0
    return ("NumberOfTimeSlots", int(slots)) if slots > 1 else None


def has_pixel_spacing(series: Series) -> Finding:
    """MPR-103: PixelSpacing of two positive numbers; MPR-301 speaks of multi-frame images."""

    def problem_of(instance: Instance) -> str:
        spacing = instance.data.numbers("PixelSpacing")
        if instance.is_multi_frame or (spacing and min(spacing) > 0):
            return ""
        return instance.data.problem("PixelSpacing") or "not above zero"

    return judged_by(series, problem_of, "PixelSpacing", "PixelSpacing is there")


def same_orientation(series: Series) -> Finding:
    """MPR-203: direction cosines within a tolerance of the first image's."""
    keyword = "ImageOrientationPatient"
    checked = len(series.instances)

    def problem_of(instance: Instance) -> str:
        cosines = instance.data.numbers(keyword)
        no_plane = cosines is not None and not geometry.is_plane(cosines)
        return "not two directions" if no_plane else instance.data.problem(keyword)

    given = judged_by(series, problem_of, keyword, "")
    if given.status is Status.FAIL:
        return given
    tolerance = series.tolerances.orientation
    ordered = _in_position_order(series)
    cosines = [i.data.numbers(keyword) or () for i in ordered]
    unlike = geometry.unlike_first(cosines, tolerance)
    odd = [i.name for i, is_odd in zip(ordered, unlike, strict=True) if is_odd]
    if not odd:
        return passed(f"all direction cosines within {tolerance:g}", checked)
    return failed(
        f"{counted(len(odd), 'image')} of {checked:,} tilted against the first one, "
        f"{ordered[0].name} (a direction cosine differs by {tolerance:g} or more)",
        odd,
        checked,
    )


def _in_position_order(series: Series) -> list[Instance]:
    volume = stack_of(series)
    if len(volume.distances_along_normal) != len(series.instances):
        return list(series.instances)
    order = sorted(
        range(len(volume.distances_along_normal)), key=volume.distances_along_normal.__getitem__
    )
    return [volume.frames[n].instance for n in order]


def evenly_spaced(series: Series) -> Finding:
    """MPR-205: gaps equal to the average gap, or several of it."""
    volume = stack_of(series)
    checked = len(volume.frames)
    names = [f.name for f in volume.frames]
    if not volume.has_extent:
        return failed("all images are at one place along the scan axis", names, checked)
    spacing = volume.spacing(series.tolerances.spacing_mm)
    if spacing is None:  # a 4D series: MPR-102
        return not_applicable("fewer than three places")
    numbers = (
        f"average gap {spacing.average:.3f} mm, smallest {min(spacing.gaps):.3f}, largest "
        f"{max(spacing.gaps):.3f}, {counted(spacing.missing_count, 'missing position')}"
    )
    if spacing.is_even:
        return passed(numbers, checked)
    if not spacing.irregular:
        return failed(f"too many holes: {numbers}", names, checked)
    # A repeated place or an odd gap spoils the average, and so the other gaps: the culprits come
    # first, the gaps that most others are like come last.
    gaps, usual = spacing.gaps, median(spacing.gaps)
    culprits = sorted(
        spacing.irregular,
        key=lambda k: (gaps[k] > geometry.SAME_POSITION_MM, -round(abs(gaps[k] - usual), 3)),
    )
    pairs = [(spacing.order[k], spacing.order[k + 1], gaps[k]) for k in culprits]
    affected = list(dict.fromkeys(names[second] for _, second, _ in pairs))
    told = [f"{names[a]} and {names[b]} ({gap:.3f} mm)" for a, b, gap in pairs]
    return failed(
        f"uneven spacing: {numbers}{_without_gap(volume, pairs)}; between {listed(told, 3)}",
        affected,
        checked,
    )


def _without_gap(volume: Stack, pairs: list[tuple[int, int, float]]) -> str:
    """Count the pairs that have no gap: at one place, or side by side at one height."""
    apart = [
        math.dist(volume.positions[a], volume.positions[b]) > geometry.SAME_POSITION_MM
        for a, b, gap in pairs
        if gap <= geometry.SAME_POSITION_MM
    ]
    kinds = ((apart.count(False), "at one place"), (apart.count(True), "side by side"))
    return "".join(f"; {counted(n, 'pair')} {where} (a gap of 0 mm)" for n, where in kinds if n)


def no_missing_images(series: Series) -> Finding:
    """MPR-206: gaps of several averages are missing images; the volume is built all the same."""
    volume = stack_of(series)
    spacing = volume.spacing(series.tolerances.spacing_mm)
    if spacing is None:
        return not_applicable("fewer than three places")
    if not spacing.missing_count:
        return passed("no image is missing", len(volume.frames))
    after = [volume.frames[spacing.order[k + 1]].name for k, n in enumerate(spacing.missing) if n]
    built = ": the volume is built, but stretched there" if spacing.is_even else ""
    return failed(
        f"{counted(spacing.missing_count, 'image')} missing in {counted(len(after), 'gap')}{built}",
        after,
        len(volume.frames),
    )


_row = partial(Requirement, capability=Capability.V3_MPR, repair=repairs.ASK_SOURCE)
_all = partial(_row, source="All data", scope=scopes.VOLUMES)
_single = partial(_row, source="Single-frame data", scope=scopes.SINGLE_FRAME)

ALL_DATA = (
    _all(
        id="MPR-101",
        title="More than one image",
        statement="The series has more than one image (or a multi-frame image).",
        why="One image is not a volume: there is nothing to cut in other directions.",
        repair=repairs.ONE_IMAGE,
        check=more_than_one_image,
    ),
    _all(
        id="MPR-102",
        title="Not a 4D series",
        statement="There is one image at each place: the series is not a volume repeated over "
        "time, echoes, diffusion directions or the like.",
        why="Images of several volumes at one place cannot be put into one stack.",
        repair=RepairTable(
            causes_in_space.of_four_d,
            {
                "attribute": repairs.SPLIT_FOUR_D,
                "order": repairs.SPLIT_FOUR_D_BY_ORDER,
                "reconstructions": repairs.SPLIT_RECONSTRUCTIONS,
                "mosaic": repairs.MOSAIC,
                "frames": repairs.FOUR_D_FRAMES,
                "many": repairs.FOUR_D_MANY,
                "mixed": repairs.FOUR_D_MIXED,
                "one-position": repairs.ONE_POSITION,
                "copies": repairs.REMOVE_COPIES,
                "different": repairs.OWN_UIDS,
            },
        ),
        check=not_four_d,
    ),
    _all(
        id="MPR-103",
        title="PixelSpacing in every image",
        statement="Every image says how far apart its pixels are, in mm (two numbers above zero). "
        "For multi-frame images MPR-301 asks for it.",
        why="Without it the volume has no scale: the open-source viewer shows it black.",
        repair=RepairTable(
            causes.of_pixel_spacing,
            {
                "scan": repairs.ASK_GEOMETRY,
                "other": repairs.NOT_A_VOLUME,
                "nm": repairs.ASK_GEOMETRY,
                "dose": repairs.RT_DOSE,
            },
        ),
        check=has_pixel_spacing,
        tags=(("(0028,0030)", "PixelSpacing"),),
    ),
)

SINGLE_FRAME_DATA = (
    _single(
        id="MPR-201",
        title="One matrix size",
        statement="Every image of the series has as many rows and columns as the others.",
        why="A volume is built from images of one size.",
        repair=RepairTable(
            causes_in_space.of_sizes,
            {
                "groups": repairs.SPLIT_BY_SIZE,
                "each": repairs.ONE_STACK_EACH,
            },
        ),
        check=same("Rows", "Columns"),
        tags=(("(0028,0010)", "Rows"), ("(0028,0011)", "Columns")),
    ),
    _single(
        id="MPR-202",
        title="One number of samples per pixel",
        statement="Every image of the series is grey, or every image is colour.",
        why="A volume is built from images of one kind.",
        repair=repairs.SPLIT_BY_COLOUR,
        check=same("SamplesPerPixel"),
        tags=(("(0028,0002)", "SamplesPerPixel"),),
    ),
    _single(
        id="MPR-203",
        title="One orientation",
        statement="Every image says how it lies in the patient, and all lie in parallel planes "
        "(each direction cosine within the tolerance, 0.01 unless configured).",
        why="Images that are tilted against each other do not stack into a volume.",
        repair=RepairTable(
            causes_in_space.of_orientations,
            {
                "groups": repairs.SPLIT_BY_ORIENTATION,
                "each": repairs.EACH_TILTED,
                "scan": repairs.ASK_GEOMETRY,
                "other": repairs.NOT_A_VOLUME,
                "nm": repairs.PLANAR_NM,
                "dose": repairs.RT_DOSE,
            },
        ),
        check=same_orientation,
        tags=(("(0020,0037)", "ImageOrientationPatient"),),
    ),
    _single(
        id="MPR-204",
        title="A position in every image",
        statement="Every image says where in the patient it lies.",
        why="Without positions the images cannot be put in order or at their distances.",
        repair=RepairTable(
            causes.of_pixel_spacing,
            {
                "scan": repairs.ASK_GEOMETRY,
                "other": repairs.NOT_A_VOLUME,
                "nm": repairs.PLANAR_NM,
                "dose": repairs.RT_DOSE,
            },
        ),
        check=present("ImagePositionPatient"),
        tags=(("(0020,0032)", "ImagePositionPatient"),),
    ),
    _single(
        id="MPR-205",
        scope=scopes.SINGLE_FRAME_STACK,
        title="Even spacing",
        statement="The gaps between neighbouring images are equal to their average, within a "
        "tolerance (0.2 mm unless configured), or near a multiple of it.",
        why="The viewer builds the volume with one distance between images.",
        repair=RepairTable(
            causes_in_space.of_spacing,
            {
                "uneven": repairs.UNEVEN,
                "holes": repairs.FIND_IMAGES,
                "attribute": repairs.SPLIT_BY_ATTRIBUTE,
                "order": repairs.SPLIT_BY_ORDER,
                "copies": repairs.REMOVE_COPIES,
                "one-position": repairs.ONE_POSITION,
            },
        ),
        check=evenly_spaced,
        tags=(("(0020,0032)", "ImagePositionPatient"),),
        requires=("MPR-203", "MPR-204"),
    ),
    _single(
        id="MPR-206",
        scope=scopes.SINGLE_FRAME_STACK,
        level=Level.NOTE,
        title="Complete stack",
        statement="No image is missing between two others (a gap near a multiple of the average). "
        "The volume is built all the same.",
        why="Where images are missing the volume is stretched, and distances across are wrong.",
        repair=repairs.FIND_IMAGES,
        check=no_missing_images,
        tags=(("(0020,0032)", "ImagePositionPatient"),),
        requires=("MPR-203", "MPR-204"),
    ),
)

"""What else decides about MPR and 3D, seen in the open-source viewer; not on the page."""

from __future__ import annotations

from functools import partial

from fw_gear_viewer_check.model import geometry
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import (
    FEWEST_FOR_SPACING,
    lacks_own_positions,
    stack_of,
    stack_of_frames,
)
from fw_gear_viewer_check.model.text import counted, listed, number
from fw_gear_viewer_check.ohif.display_sets import prediction_of
from fw_gear_viewer_check.ohif.failures import FailureCode
from fw_gear_viewer_check.ohif.prediction import MODEL, DisplaySet
from fw_gear_viewer_check.ohif.volume import MAX_3D_TEXTURE
from fw_gear_viewer_check.requirements import (
    causes_in_space,
    repairs,
    scopes,
    v3_mpr,
    v3_mpr_multi_frame,
)
from fw_gear_viewer_check.requirements.checks import (
    Problem,
    failed,
    judged_by,
    lack,
    not_applicable,
    passed,
)
from fw_gear_viewer_check.requirements.ohif_failures import failed_by, window_fits
from fw_gear_viewer_check.requirements.splitting import of_geometry
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Cause,
    Comparison,
    Finding,
    Findings,
    Level,
    RepairTable,
    Requirement,
    Status,
)

LARGEST_VOLUME_GB = 3
"""What the viewer keeps of images in memory (Cornerstone3D's cache), in GiB."""
_PAGE = tuple(
    r.id
    for table in (
        *(v3_mpr.ALL_DATA, v3_mpr.SINGLE_FRAME_DATA),
        *(v3_mpr_multi_frame.MULTI_FRAME_DATA, v3_mpr_multi_frame.NM_MODALITY),
    )
    for r in table
    if r.level is Level.REQUIRED
)
"""What the page asks of a series for MPR."""
_SOURCE = f"viewer ({MODEL})"


def has_extent(series: Series) -> Finding:
    """MPR-191: images that are not all at one place."""
    volume = stack_of(series)
    names = volume.names
    if len(names) < 2:
        return not_applicable("fewer than two images with a position")
    if geometry.share_one_position(volume.positions):
        are_all = len(names) == len(series.frames)
        which = "all images" if are_all else f"all {len(names):,} images with a position"
        return failed(f"{which} are at the same position", names, len(names), "one-place")
    if volume.is_flat(series.tolerances.orientation):
        evidence = "all images lie in one plane"
        return failed(evidence, names, len(names), "one-plane")
    return passed("the images extend along the scan axis", len(names))


def window_complete(series: Series) -> Finding:
    """MPR-192: no WindowWidth without WindowCenter."""

    def problem_of(instance: Instance) -> Problem | None:
        data = instance.data
        return None if lack(data, "WindowWidth") else lack(data, "WindowCenter")

    return judged_by(
        series,
        problem_of,
        "WindowWidth is present, and WindowCenter",
        "no WindowWidth without WindowCenter",
    )


def fits_texture(series: Series) -> Finding:
    """MPR-194: rows and columns that fit a 3D texture, and a volume that fits the memory."""

    def problem_of(instance: Instance) -> Problem | None:
        longest = max(instance.data.number("Rows") or 0, instance.data.number("Columns") or 0)
        return (
            Problem("too-wide", f"{number(longest, ',.0f')} (above {MAX_3D_TEXTURE:,})")
            if longest > MAX_3D_TEXTURE
            else None
        )

    gigabytes = _volume_bytes(series) / 1024**3
    if gigabytes <= LARGEST_VOLUME_GB:
        return judged_by(
            series,
            problem_of,
            "Rows or Columns",
            f"Rows and Columns are at most {MAX_3D_TEXTURE:,}",
        )
    size = number(gigabytes, ".1f")
    evidence = f"the volume takes {size} GB, the viewer's limit is {LARGEST_VOLUME_GB} GB"
    names = [i.name for i in series.instances]
    return failed(evidence, names, len(names), "too-large", gigabytes=gigabytes)


def _volume_bytes(series: Series) -> float:
    """Return rows x columns x images x samples x bytes, as the files have them."""
    return (
        sum(
            (i.data.number("Rows") or 0)
            * (i.data.number("Columns") or 0)
            * (i.data.number("SamplesPerPixel") or 1)
            * (i.data.number("BitsAllocated") or 0)
            * i.number_of_frames
            for i in series.instances
        )
        / 8
    )


def frames_evenly_spaced(series: Series) -> Finding:
    """MPR-391: frame positions as MPR-205 asks of images, and as the viewer knows them."""
    names = [i.name for i in series.instances if _is_shown_1_mm_apart(i)]
    if names:
        evidence = "no SpacingBetweenSlices: the viewer shows the frames 1 mm apart"
        return failed(evidence, names, len(series.instances), "no-spacing")
    if any(lacks_own_positions(instance) for instance in series.instances):
        return not_applicable("the frames have no positions of their own (MPR-303, MPR-392)")
    stack = stack_of(series)
    if not stack.distances_along_normal or len(stack.frames_by_position) < FEWEST_FOR_SPACING:
        return not_applicable("fewer than three positions, or no orientation")
    if not stack.is_parallel(series.tolerances.orientation):
        return not_applicable("the frames are not parallel (MPR-394)")
    even, spacing = v3_mpr.evenly_spaced(series), stack.spacing(series.tolerances.spacing_mm)
    if even.status is not Status.PASS or spacing is None or not spacing.missing_count:
        return even
    after = [stack.names[spacing.order[n + 1]] for n, count in enumerate(spacing.missing) if count]
    missing = counted(spacing.missing_count, "frame")
    evidence = f"{missing} missing: the viewer shows all frames the same distance apart"
    return failed(evidence, after, even.checked, "missing-frames")


def _is_shown_1_mm_apart(instance: Instance) -> bool:
    """Return True for frames placed by detector and SliceThickness, which the viewer ignores."""
    data, first = instance.data, next(instance.frames())
    own = (data, first.group("PlanePositionSequence"))
    return (
        first.position is not None
        and not any(one.numbers("ImagePositionPatient") for one in own)
        and not data.number("SpacingBetweenSlices")
        and data.number("SliceThickness") != 1
    )


def frames_have_extent(series: Series) -> Finding:
    """MPR-392: frames at places of their own."""
    names = [i.name for i in series.instances if lacks_own_positions(i)]
    if names:
        return failed(
            "one position for all frames (ImagePositionPatient is at the top level, or shared)",
            names,
            len(series.instances),
            "one-position-for-all",
        )
    names = [i.name for i in series.instances if not i.data.problem("ImagePositionPatient")]
    if names:
        return failed(
            "ImagePositionPatient is at the top level too, and the viewer uses it for every frame",
            names,
            len(series.instances),
            "position-at-top-level",
        )
    tolerance = series.tolerances.orientation
    extents = [_has_extent(i, tolerance) for i in series.instances]
    flat = [i.name for i, e in zip(series.instances, extents, strict=True) if e is False]
    if flat:
        evidence = "all frames are at the same position, or lie in one plane"
        return failed(evidence, flat, len(series.instances), "one-place")
    if None in extents:
        return not_applicable("frames without a known position (MPR-303)")
    return passed("the frames extend along the scan axis", len(series.instances))


def _has_extent(instance: Instance, tolerance: float) -> bool | None:
    """Return whether the frames are at several places; None where that is not known."""
    volume = stack_of_frames(instance.frames())
    if len(volume.frames) < 2:
        return None
    if geometry.share_one_position(volume.positions):
        return False
    return not volume.is_flat(tolerance)


def thickness_beside_spacing(series: Series) -> Finding:
    """MPR-393: SliceThickness too where SpacingBetweenSlices alone satisfies the page."""

    def problem_of(instance: Instance) -> Problem | None:
        data = instance.data
        groups = (*instance.frame_groups[:1], instance.shared_groups)
        if any(g.items_of("PixelMeasuresSequence") for g in groups):
            return None
        return None if lack(data, "SpacingBetweenSlices") else lack(data, "SliceThickness")

    return judged_by(
        series,
        problem_of,
        "SpacingBetweenSlices is present, and SliceThickness",
        "SliceThickness is present, or not needed",
    )


def _stacks(series: Series) -> list[DisplaySet]:
    return [s for s in prediction_of(series).display_sets if s.handler == "stack"]


def offered_beyond_page(series: Series, page: Findings) -> Finding:
    """MPR-193: the viewer offers no MPR that the page does not promise."""
    stacks = _stacks(series)
    if not stacks:
        return not_applicable("the open-source viewer shows no stack of images")
    is_offered = any(s.reconstructable for s in stacks)
    refusing = [id_ for id_, finding in page.items() if finding.status is Status.FAIL]
    if is_offered and refusing:
        return failed(
            f"the open-source viewer offers MPR although requirements fail: {listed(refusing)}",
            [i.name for i in series.instances],
            len(series.instances),
            "offered-against-page",
            ids=tuple(refusing),
        )
    evidence = (
        "the viewer offers MPR, and no requirement fails"
        if is_offered
        else "the viewer offers no MPR"
    )
    return passed(evidence, len(series.instances))


_SHOWN_AS = {"video": "a video", "microscopy": "a slide", "sr": "a report", "pdf": "a document"}


def offered_by_viewer(series: Series) -> Finding:
    """MPR-198: the viewer offers the MPR that the page promises, of the most images.

    How large an image may be depends on the graphics card: that is MPR-194.
    """
    shown = prediction_of(series).largest
    if shown and all(s.reconstructable for s in shown):
        return passed("the viewer offers MPR", len(series.instances))
    refused = [s.failure for s in shown if s.handler == "stack" and s.failure is not None]
    if not refused:
        names = [i.name for i in series.instances]
        kinds = {_SHOWN_AS.get(s.handler, s.handler) for s in shown} - {"unsupported"}
        if not kinds:
            return not_applicable("the open-source viewer shows no image (LIM-101, V3-198)")
        evidence = f"the viewer offers no MPR: it shows the series as {listed(sorted(kinds))}"
        return failed(evidence, names, len(names), "no-stack")
    others = [failure for failure in refused if failure.code is not FailureCode.TOO_LARGE]
    if not others:
        return not_applicable("only the size of the images prevents it (MPR-194)")
    reason = others[0].reason
    missing = causes_in_space.missing_slices(series)
    if missing and others[0].code is FailureCode.IRREGULAR_SPACING:
        reason = f"{counted(missing, 'slice')} missing, and {reason}"
    for copies in prediction_of(series).of_code(FailureCode.COPIES):
        reason = f"{reason} (after the viewer drops {copies.reason}: V3-196)"
    return failed_by(others[0], series, f"the viewer offers no MPR: {reason}", missing=missing)


def _cause_of_no_mpr(series: Series, finding: Finding) -> Cause:
    """MPR-198."""
    if finding.code == "no-stack":
        return "other", {}
    if finding.code != FailureCode.IRREGULAR_SPACING.value:
        return "attribute", {}
    if finding.values["missing"]:
        return "missing", {}
    apart = causes_in_space.even_stacks(series)
    return ("stacks" if apart else "uneven"), apart


def _of_spacing_shown(_: Series, finding: Finding) -> Cause:
    """MPR-391."""
    return ("unknown" if finding.code == "no-spacing" else "uneven"), {}


_seen = partial(
    Requirement, capability=Capability.V3_MPR, source=_SOURCE, scope=scopes.SINGLE_FRAME
)
_seen_multi = partial(_seen, scope=scopes.MULTI_FRAME)

SEEN_IN_VIEWER = (
    _seen(
        id="MPR-191",
        title="Images at different positions",
        cause="all images at one position",
        statement="The images are not all at one position, and not all in one plane.",
        why="The viewer offers MPR for two images at one position, but fails when it is opened.",
        repair=RepairTable(
            causes_in_space.of_one_position,
            {"one-position": repairs.ONE_POSITION, "mosaic": repairs.MOSAIC},
        ),
        check=has_extent,
        reads=("ImagePositionPatient",),
    ),
    _seen(
        id="MPR-192",
        level=Level.NOTE,
        scope=scopes.VOLUMES,
        title="WindowCenter with WindowWidth",
        cause="WindowWidth without WindowCenter",
        statement="Every image that has a WindowWidth also has a WindowCenter.",
        why="Without WindowCenter, MPR and 3D are black in a viewer that reads whole files (local "
        "files, wadouri). A viewer that loads single frames from a server (wadors) draws them.",
        repair=repairs.ASK_SOURCE,
        check=window_complete,
        reads=("WindowCenter", "WindowWidth"),
    ),
    _seen(
        id="MPR-193",
        scope=scopes.VOLUMES,
        level=Level.NOTE,
        title="MPR only where Flywheel supports it",
        statement="The open-source viewer offers MPR only where Flywheel's requirements for it are "
        "met.",
        why="The viewer may offer MPR of data that Flywheel does not support. That MPR can be "
        "wrong.",
        repair=repairs.NONE_NEEDED,
        check=Comparison(_PAGE, offered_beyond_page),
    ),
    _seen(
        id="MPR-194",
        scope=scopes.VOLUMES,
        level=Level.NOTE,
        title="Small enough for browsers and graphics cards",
        cause="too large for many graphics cards",
        statement=f"Rows and Columns are at most {MAX_3D_TEXTURE:,}, and the volume takes at most "
        f"{LARGEST_VOLUME_GB} GB.",
        why="Larger images do not fit into the 3D memory of many graphics cards, and larger "
        "volumes do not fit into the browser's memory: no MPR there.",
        repair=repairs.LARGER_GRAPHICS,
        check=fits_texture,
        reads=("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "NumberOfFrames"),
    ),
    _seen(
        id="MPR-198",
        scope=scopes.VOLUMES,
        title="The viewer offers MPR",
        cause="the viewer offers no MPR",
        statement="Where Flywheel's requirements for MPR are met, the open-source viewer offers it "
        "too.",
        why="The viewer accepts gaps within 20 % of the average gap. Missing slices change this "
        "average, and for thin slices 20 % is very little.",
        repair=RepairTable(
            _cause_of_no_mpr,
            {
                "missing": repairs.FIND_IMAGES,
                "uneven": repairs.UNEVEN,
                "stacks": repairs.SPLIT_BY_ATTRIBUTE,
                "attribute": repairs.ASK_SOURCE,
                "other": repairs.NOT_A_VOLUME,
            },
        ),
        check=offered_by_viewer,
        reads=("ImagePositionPatient", "ImageOrientationPatient"),
        requires=_PAGE,
        stands_alone=True,
    ),
    _seen(
        id="MPR-291",
        level=Level.NOTE,
        title="A display window that fits MPR",
        cause="black until another window is chosen",
        statement="The WindowCenter and WindowWidth of a PET series fit the SUV that MPR shows.",
        why="The window in the images is meant for Bq/ml, but MPR applies it to SUV: MPR is black "
        "until the user chooses another window. The slices look right.",
        repair=repairs.CHOOSE_WINDOW,
        check=window_fits(FailureCode.WINDOW_OF_ACTIVITY),
        scope=scopes.PET_SUV,
        reads=("WindowCenter", "WindowWidth"),
    ),
    _seen_multi(
        id="MPR-391",
        level=Level.NOTE,
        title="Evenly spaced frames",
        cause="uneven frame spacing",
        statement="The gaps between neighbouring frames are even, as MPR-205 requires of images, "
        "and no frame is missing.",
        why="The viewer does not check this, and shows unevenly spaced frames at wrong positions. "
        "Of NM images it does not know the spacing without SpacingBetweenSlices.",
        repair=RepairTable(
            _of_spacing_shown, {"uneven": repairs.UNEVEN_FRAMES, "unknown": repairs.ASK_SPACING}
        ),
        check=frames_evenly_spaced,
        reads=(
            "PerFrameFunctionalGroupsSequence.PlanePositionSequence.ImagePositionPatient",
            *("SpacingBetweenSlices", "SliceThickness"),
        ),
    ),
    _seen_multi(
        id="MPR-392",
        title="Frames at different positions",
        cause="all frames at one position",
        statement="Every frame has its own position, and the frames are not all at one position.",
        why="If all frames have the same position, the viewer offers MPR but fails when it is "
        "opened.",
        repair=RepairTable(
            of_geometry, {**repairs.OF_GEOMETRY.by_cause, "scan": repairs.CONVERT_AGAIN}
        ),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=frames_have_extent,
        reads=("PerFrameFunctionalGroupsSequence.PlanePositionSequence.ImagePositionPatient",),
    ),
    _seen_multi(
        id="MPR-393",
        level=Level.NOTE,
        title="SliceThickness with SpacingBetweenSlices",
        cause="SliceThickness is not the slice spacing",
        statement="A multi-frame image with PixelSpacing and SpacingBetweenSlices at the top level "
        "also has SliceThickness.",
        why="Flywheel accepts SpacingBetweenSlices instead of SliceThickness; the open-source "
        "viewer does not.",
        repair=repairs.ASK_SOURCE,
        check=thickness_beside_spacing,
        reads=("SliceThickness", "SpacingBetweenSlices"),
    ),
)

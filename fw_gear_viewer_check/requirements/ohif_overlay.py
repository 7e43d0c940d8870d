"""What else keeps the open-source viewer from showing a segmentation; not on the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from itertools import chain

from fw_gear_viewer_check.model.alignment import difference
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import MAX_FRACTIONAL_BYTES
from fw_gear_viewer_check.model.lookup import ReferencedInstances, ReferenceImages
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.ohif.failures import FailureCode
from fw_gear_viewer_check.ohif.overlays import may_have_fractions
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    IsNot,
    failed,
    not_applicable,
    passed,
    unknown,
    where,
)
from fw_gear_viewer_check.requirements.ohif_failures import NoFailure
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    Level,
    Requirement,
    Status,
)
from fw_gear_viewer_check.requirements.v3_overlay import look_up, references


def fits_reference(series: Series) -> Finding:
    """SEG-296: the matrix of the images, in one of their in-plane directions."""
    problems: list[tuple[str, str]] = []
    compared = 0
    for instance in series.instances:
        wanted = references(instance)
        problem, count = _of_copies(instance, look_up(series, wanted).equals(wanted), wanted)
        compared += count
        if problem:
            problems.append((instance.name, problem))
    if not compared:
        return not_applicable("the headers of the reference images were not provided")
    checked = len(series.instances)
    if problems:
        return failed(problems[0][1], [name for name, _ in problems], checked, "other-shape")
    return passed(f"same size and plane as {counted(compared, 'reference image')}", checked)


def _of_copies(
    instance: Instance, copies: Iterable[ReferenceImages], wanted: ReferencedInstances
) -> tuple[str, int]:
    """Say how a segmentation differs from its images, and how many were compared.

    Of several copies that differ, it was made of one: "" where it fits any.
    """
    problem, count = "", 0
    for found in copies:
        # A set has no order. Only these very images: a series may hold a localizer, too.
        uids = sorted(found.matched(wanted) & found.shapes.keys())
        # Images of a series differ in few ways, most often in none: each is compared once.
        shapes = dict.fromkeys(chain.from_iterable(found.shapes[uid] for uid in uids))
        if not shapes:
            continue
        told = difference(instance, found, shapes)
        if not told:
            return "", len(uids)
        problem, count = problem or told, count or len(uids)
    return problem, count


_empty_or_full = NoFailure((FailureCode.SEG_FRACTIONAL,), "every value is empty or full")


def has_no_fraction(series: Series) -> Finding:
    """SEG-298: no value between empty and full, where the pixel data were looked at."""
    found = _empty_or_full(series)
    unseen = [i for i in series.instances if may_have_fractions(i)]
    if found.status is Status.FAIL or not unseen:
        return found
    evidence = f"its values were not looked at{where(len(unseen), len(series.instances), 'object')}"
    if any(i.pixel_data and i.pixel_data.length is None for i in unseen):
        evidence += ": its pixel data is compressed"
    found = unknown(evidence, len(series.instances), code="not-looked-at")
    return replace(found, repair=repairs.ASK_BINARY)


_contours_load = NoFailure(
    (
        FailureCode.RT_NO_CONTOURS,
        FailureCode.RT_CONTOUR_WITHOUT_POINTS,
        FailureCode.RT_COLOUR_SINGLE_VALUE,
    ),
    "contours are complete",
)


def has_contours(series: Series) -> Finding:
    """SEG-393: contours that load, and a point in one of them at least."""
    loads = _contours_load(series)
    pointless = [i.name for i in series.instances if not _has_a_point(i)]
    if loads.status is Status.FAIL or not pointless:
        return loads
    return failed("no contour has a point", pointless, len(series.instances), "no-points")


def _has_a_point(instance: Instance) -> bool:
    """Return True where a contour announces a point, and ContourData (a count) hold a whole one."""
    return any(
        (contour.number("NumberOfContourPoints") or 0) > 0
        and (contour.number("ContourData") or 0) >= VALUES_OF_A_POINT
        for region in instance.data.items_of("ROIContourSequence")
        for contour in region.items_of("ContourSequence")
    )


VALUES_OF_A_POINT = 3

_seen = partial(
    Requirement,
    capability=Capability.V3_OVERLAY,
    source="viewer (OHIF 3.13)",
    repair=repairs.CONVERT_AGAIN,
)
_seg = partial(_seen, scope=scopes.SEG)
_rtstruct = partial(_seen, scope=scopes.RTSTRUCT)

_PER_FRAME = "PerFrameFunctionalGroupsSequence"
_NUMBER = "SegmentIdentificationSequence.ReferencedSegmentNumber"

SEG_SEEN_IN_VIEWER = (
    _seg(
        id="SEG-291",
        title="Reference images listed one by one",
        cause="its reference images are not listed",
        statement="ReferencedSeriesSequence lists each reference image "
        "(ReferencedInstanceSequence).",
        why="Without the list the viewer fails and shows nothing of the segmentation.",
        check=NoFailure((FailureCode.BROKEN_REFERENCE,), "the reference images are listed"),
        reads=("ReferencedSeriesSequence.ReferencedInstanceSequence",),
        requires=("SEG-202",),
        stands_alone=True,
    ),
    _seg(
        id="SEG-292",
        title="Pixel spacing shared by all frames",
        cause="pixel spacing not shared by all frames",
        statement="PixelMeasuresSequence is in the shared functional group.",
        why="If it is only in the per-frame groups, the viewer decodes the segmentation but fails "
        "to draw it.",
        check=NoFailure((FailureCode.SEG_NO_SHARED_MEASURES,), "PixelMeasuresSequence is shared"),
        reads=("SharedFunctionalGroupsSequence.PixelMeasuresSequence",),
        requires=("SEG-203",),
        stands_alone=True,
    ),
    _seg(
        id="SEG-293",
        title="Orientation of the frames",
        cause="frame orientation missing",
        statement="The frames have an orientation of six numbers (ImageOrientationPatient in "
        "PlaneOrientationSequence), shared or per frame.",
        why="Without it the segmentation does not load.",
        check=NoFailure((FailureCode.SEG_NO_ORIENTATION,), "the frames have an orientation"),
        reads=(f"{_PER_FRAME}.PlaneOrientationSequence.ImageOrientationPatient",),
        requires=("SEG-203", "SEG-204"),
        stands_alone=True,
    ),
    _seg(
        id="SEG-294",
        title="Segments and frames",
        cause="no segments",
        statement="The segmentation lists its segments by number (SegmentSequence), and every "
        "frame names the one it shows, by a number from 1 to 255. It has as many frames "
        "(NumberOfFrames) as it describes (PerFrameFunctionalGroupsSequence). Where BitsAllocated "
        "is 1, BitsStored is 1 and PixelRepresentation 0. It has one sample a pixel, no palette.",
        why="Without it the segmentation does not load, or is drawn wrong or not at all.",
        check=NoFailure(
            (FailureCode.SEG_NO_SEGMENTS, FailureCode.SEG_NO_FRAMES),
            "every frame names its segment",
        ),
        reads=(
            "SegmentSequence.SegmentNumber",
            f"{_PER_FRAME}.{_NUMBER}",
            f"SharedFunctionalGroupsSequence.{_NUMBER}",
            *("NumberOfFrames", "BitsAllocated", "BitsStored", "PixelRepresentation"),
            *("PhotometricInterpretation", "SamplesPerPixel"),
        ),
        requires=("SEG-203", "SEG-204"),
        stands_alone=True,
    ),
    _seg(
        id="SEG-295",
        level=Level.NOTE,
        title="Not a fractional segmentation",
        cause="fractional segmentation",
        statement="SegmentationType is not FRACTIONAL.",
        why="The viewer shows a fractional segmentation only if every value in it is empty or "
        "full.",
        repair=repairs.ASK_BINARY,
        check=IsNot("SegmentationType", "FRACTIONAL"),
    ),
    _seg(
        id="SEG-296",
        title="Same size and plane as its reference images",
        cause="its reference images do not match",
        statement="The segmentation has the Rows, Columns, PixelSpacing and plane of its reference "
        "images, and their FrameOfReferenceUID unless every frame names its image. Each frame "
        "names the image at its position, or has the position of one (to 0.001 mm).",
        why="The viewer does not resample. A segmentation of another size or plane does not load; "
        "one in another coordinate system stays empty, and frames without an image are left out. "
        "It draws a frame on the image that it names (of a multi-frame image on the frame "
        "ReferencedFrameNumber, or the first), wherever that lies; one that names none, on "
        "that of the same number in SourceImageSequence.",
        repair=repairs.RESAMPLE,
        check=fits_reference,
        reads=(
            *("Rows", "Columns", "PixelSpacing", "FrameOfReferenceUID"),
            f"{_PER_FRAME}.DerivationImageSequence.SourceImageSequence.ReferencedSOPInstanceUID",
            f"{_PER_FRAME}.DerivationImageSequence.SourceImageSequence.ReferencedFrameNumber",
            f"{_PER_FRAME}.PlanePositionSequence.ImagePositionPatient",
        ),
        requires=("SEG-101", "SEG-204"),
    ),
    _seg(
        id="SEG-298",
        scope=scopes.FRACTIONAL,
        title="No value between empty and full",
        cause="fractional segmentation",
        statement="Every pixel of a fractional segmentation is 0 or MaximumFractionalValue.",
        why="The viewer does not load a fractional segmentation that has other values, which most "
        "often are probabilities. Compressed pixel data is not looked at, nor more of any than "
        f"{MAX_FRACTIONAL_BYTES >> 20} MiB.",
        repair=repairs.ASK_BINARY,
        check=has_no_fraction,
        reads=("SegmentationType", "MaximumFractionalValue", "BitsAllocated"),
    ),
)

RTSTRUCT_SEEN_IN_VIEWER = (
    _rtstruct(
        id="SEG-391",
        title="Complete references to the images",
        cause="incomplete references to its images",
        statement="The references name a study, its series and their images, in every item.",
        why="Where one is missing, the viewer fails and shows nothing of the structure set.",
        check=NoFailure(
            (FailureCode.BROKEN_REFERENCE, FailureCode.NO_REFERENCE),
            "studies, series and images are named",
        ),
        reads=("ReferencedFrameOfReferenceSequence",),
        requires=("SEG-304",),
        stands_alone=True,
    ),
    _rtstruct(
        id="SEG-392",
        title="A structure for every contour",
        cause="contours without a structure",
        statement="Every contour belongs to a structure in StructureSetROISequence, and each "
        "structure has its contours in one item of ROIContourSequence.",
        why="A contour of an unknown structure keeps the structure set from loading. Of two items "
        "for one structure, the viewer draws the contours of one in place of the other's.",
        check=NoFailure(
            (FailureCode.RT_UNKNOWN_STRUCTURE, FailureCode.RT_STRUCTURE_TWICE),
            "every contour has a structure",
        ),
        reads=("ROIContourSequence.ReferencedROINumber", "StructureSetROISequence.ROINumber"),
        requires=("SEG-302", "SEG-303"),
        stands_alone=True,
    ),
    _rtstruct(
        id="SEG-393",
        title="Complete contours",
        cause="no complete contours",
        statement="The structure set has contours with points (ContourData, and "
        "NumberOfContourPoints above zero), and every contour has ContourData: several numbers. "
        "ROIDisplayColor is not a single value.",
        why="Without contours, with a contour without its points, or with such a colour, the "
        "structure set does not load. Without any point, nothing is drawn; where a value is not a "
        "number, the points are drawn elsewhere or not at all.",
        check=has_contours,
        reads=(
            "ROIContourSequence.ROIDisplayColor",
            "ROIContourSequence.ContourSequence.ContourData",
            "ROIContourSequence.ContourSequence.NumberOfContourPoints",
        ),
        requires=("SEG-302",),
        stands_alone=True,
    ),
    _rtstruct(
        id="SEG-394",
        title="One frame of reference",
        cause="more than one frame of reference",
        statement="The structure set refers to images of one coordinate system.",
        why="The viewer lists a structure set with several coordinate systems as unsupported.",
        repair=repairs.ONE_STRUCTURE_SET_EACH,
        check=NoFailure((FailureCode.SEVERAL_FRAMES_OF_REFERENCE,), "one frame of reference"),
        reads=("ReferencedFrameOfReferenceSequence",),
        requires=("SEG-304",),
        stands_alone=True,
    ),
    _rtstruct(
        id="SEG-395",
        title="One structure set in the series",
        cause="several structure sets in the series",
        statement="The series holds one structure set.",
        why="Of several structure sets in a series, the viewer draws only the last.",
        repair=repairs.ONE_SERIES_EACH,
        check=NoFailure((FailureCode.ONLY_LAST_DRAWN,), "one structure set in the series"),
    ),
)

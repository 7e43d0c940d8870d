"""What else keeps the open-source viewer from showing a segmentation; not on the page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.alignment import difference, shape
from fw_gear_viewer_check.model.text import counted, listed
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    IsNot,
    Problem,
    failed,
    judged_by,
    lack,
    not_applicable,
    passed,
)
from fw_gear_viewer_check.requirements.types import Capability, Finding, Level, Requirement
from fw_gear_viewer_check.requirements.v3_overlay import look_up, references

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.data_set import DataSet
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series


def names_images(series: Series) -> Finding:
    """SEG-291: ReferencedInstanceSequence in every item of ReferencedSeriesSequence."""

    def problem_of(instance: Instance) -> Problem | None:
        items = instance.data.items_of("ReferencedSeriesSequence")
        lacking = sum(not item.items_of("ReferencedInstanceSequence") for item in items)
        text = f"missing in {counted(lacking, 'item')} of ReferencedSeriesSequence"
        return Problem("absent", text) if lacking else None

    return judged_by(series, problem_of, "ReferencedInstanceSequence", "the images are named")


def shares_measures(series: Series) -> Finding:
    """SEG-292: PixelMeasuresSequence in the shared functional group."""
    return judged_by(
        series,
        lambda i: lack(i.shared_groups, "PixelMeasuresSequence"),
        "PixelMeasuresSequence of the shared functional group",
        "PixelMeasuresSequence is shared",
    )


def frames_oriented(series: Series) -> Finding:
    """SEG-293: PlaneOrientationSequence, shared or per frame."""

    def problem_of(instance: Instance) -> Problem | None:
        if instance.shared_groups.items_of("PlaneOrientationSequence"):
            return None
        groups = instance.frame_groups
        is_in_all = groups and all(g.items_of("PlaneOrientationSequence") for g in groups)
        return None if is_in_all else Problem("absent")

    return judged_by(
        series, problem_of, "PlaneOrientationSequence", "an orientation for each frame"
    )


def segments_identified(series: Series) -> Finding:
    """SEG-294: the segments, and which of them each frame shows."""

    def problem_of(instance: Instance) -> Problem | None:
        missing = lack(instance.data, "SegmentSequence")
        if missing:
            return Problem(missing.code, f"not known, SegmentSequence {missing}")
        if instance.sop_class_uid == sop_classes.LABELMAP:
            return None
        if instance.shared_groups.items_of("SegmentIdentificationSequence"):
            return None
        named = [
            bool(f.groups.items_of("SegmentIdentificationSequence")) for f in instance.frames()
        ]
        lacking = named.count(False)
        text = f"not named for {counted(lacking, 'frame')}"
        return Problem("frames-without-segment", text) if lacking else None

    return judged_by(series, problem_of, "the segment of a frame", "every frame names its segment")


def fits_reference(series: Series) -> Finding:
    """SEG-296: the matrix of the images, in one of their in-plane directions."""
    problems: list[tuple[str, str]] = []
    compared = 0
    for instance in series.instances:
        images = _referenced_images(series, instance)
        compared += len(images)
        # Images of a series differ in few ways, most often in none: each is compared once.
        shapes = {shape(image): image for image in images}
        problem = next((p for i in shapes.values() if (p := difference(instance, i))), "")
        if problem:
            problems.append((instance.name, problem))
    if not compared:
        return not_applicable("the headers of the reference images are not at hand")
    checked = len(series.instances)
    if problems:
        return failed(problems[0][1], [name for name, _ in problems], checked, "other-shape")
    return passed(f"same matrix and directions as {counted(compared, 'image')}", checked)


def _referenced_images(series: Series, instance: Instance) -> list[Instance]:
    """Return headers of the very images referred to: a series may hold a localizer besides."""
    wanted = references(instance)
    best = look_up(series, wanted).best(wanted)
    if best is None:
        return []
    matched = best.matched(wanted)
    return [image for image in best.instances if image.sop_instance_uid in matched]


def reference_chain(series: Series) -> Finding:
    """SEG-391: study, series and images named in every item."""

    def problem_of(instance: Instance) -> Problem | None:
        references = instance.data.items_of("ReferencedFrameOfReferenceSequence")
        broken = next((broken for item in references if (broken := _broken_chain(item))), "")
        return Problem("broken", broken) if broken else None

    return judged_by(series, problem_of, "the chain of references", "study, series, images named")


def _broken_chain(frame_of_reference: DataSet) -> str:
    studies = frame_of_reference.items_of("RTReferencedStudySequence")
    if not studies:
        return "broken: no RTReferencedStudySequence"
    for study in studies:
        referenced = study.items_of("RTReferencedSeriesSequence")
        if not referenced:
            return "broken: no RTReferencedSeriesSequence"
        if not all(one.items_of("ContourImageSequence") for one in referenced):
            return "broken: no ContourImageSequence"
    return ""


def structures_listed(series: Series) -> Finding:
    """SEG-392: every contour belongs to a listed structure."""

    def problem_of(instance: Instance) -> Problem | None:
        listed_numbers = {
            item.number("ROINumber") for item in instance.data.items_of("StructureSetROISequence")
        }
        strangers = [
            item.text("ReferencedROINumber") or item.problem("ReferencedROINumber")
            for item in instance.data.items_of("ROIContourSequence")
            if item.number("ReferencedROINumber") not in listed_numbers
        ]
        text = f"{listed(strangers)}, not in StructureSetROISequence"
        return Problem("not-listed", text) if strangers else None

    return judged_by(series, problem_of, "ReferencedROINumber", "every contour has its structure")


def contours_complete(series: Series) -> Finding:
    """SEG-393: contours, with as many points as they say."""

    def problem_of(instance: Instance) -> Problem | None:
        contours = [
            contour
            for roi in instance.data.items_of("ROIContourSequence")
            for contour in roi.items_of("ContourSequence")
        ]
        if not contours:
            return Problem("absent", "missing in every structure")
        wrong = sum(not _has_its_points(contour) for contour in contours)
        text = f"not as long as NumberOfContourPoints says in {counted(wrong, 'contour')}"
        return Problem("cut-off", text) if wrong else None

    return judged_by(series, problem_of, "contour data", "contours are complete")


def one_frame_of_reference(series: Series) -> Finding:
    """SEG-394: the viewer follows the references of a lone item only, unless told the series."""

    def problem_of(instance: Instance) -> Problem | None:
        count = len(instance.data.items_of("ReferencedFrameOfReferenceSequence"))
        is_told = instance.data.items_of("ReferencedSeriesSequence")
        return Problem("several", f"of {count} items") if count > 1 and not is_told else None

    return judged_by(
        series, problem_of, "ReferencedFrameOfReferenceSequence", "one frame of reference"
    )


def _has_its_points(contour: DataSet) -> bool:
    """Compare with the number of values in ContourData, three a point."""
    points, values = contour.number("NumberOfContourPoints"), contour.number("ContourData")
    return points is not None and values is not None and values == 3 * points


_seen = partial(
    Requirement,
    capability=Capability.V3_OVERLAY,
    source="viewer (OHIF 3.13)",
    repair=repairs.CONVERT_AGAIN,
)
_seg = partial(_seen, scope=scopes.SEG)
_rtstruct = partial(_seen, scope=scopes.RTSTRUCT)

SEG_SEEN_IN_VIEWER = (
    _seg(
        id="SEG-291",
        title="The images are named one by one",
        statement="The referenced series lists the images (ReferencedInstanceSequence).",
        why="Without the list the viewer fails and shows nothing of the segmentation.",
        check=names_images,
        reads=("ReferencedSeriesSequence.ReferencedInstanceSequence",),
        requires=("SEG-202",),
    ),
    _seg(
        id="SEG-292",
        title="Shared pixel measures",
        statement="The pixel measures are shared by all frames.",
        why="Given per frame only, the viewer decodes the segmentation and then fails to draw it.",
        check=shares_measures,
        reads=("SharedFunctionalGroupsSequence.PixelMeasuresSequence",),
        requires=("SEG-203",),
    ),
    _seg(
        id="SEG-293",
        title="Orientation of the frames",
        statement="The frames say how they lie in the patient, together or each for itself.",
        why="Without it the segmentation does not load.",
        check=frames_oriented,
        reads=("PerFrameFunctionalGroupsSequence.PlaneOrientationSequence",),
        requires=("SEG-203", "SEG-204"),
    ),
    _seg(
        id="SEG-294",
        title="Segments",
        statement="The segmentation lists its segments, and every frame names the one it shows.",
        why="Without it the segmentation does not load.",
        check=segments_identified,
        reads=("SegmentSequence", "PerFrameFunctionalGroupsSequence.SegmentIdentificationSequence"),
        requires=("SEG-203", "SEG-204"),
    ),
    _seg(
        id="SEG-295",
        level=Level.NOTE,
        title="Not a fractional segmentation",
        statement="Segments are drawn in full, not in fractions.",
        why="The viewer shows a fractional segmentation only where it is empty or full.",
        repair=repairs.ASK_BINARY,
        check=IsNot("SegmentationType", "FRACTIONAL"),
    ),
    _seg(
        id="SEG-296",
        title="Same matrix and directions as its images",
        statement="The segmentation has the rows and columns of its images, lies in their plane, "
        "and in their coordinate system unless its frames name their images.",
        why="The viewer does not resample: a segmentation of another shape does not load, and one "
        "of another place is empty.",
        repair=repairs.RESAMPLE,
        check=fits_reference,
        reads=("Rows", "Columns", "FrameOfReferenceUID"),
        requires=("SEG-101",),
    ),
)

RTSTRUCT_SEEN_IN_VIEWER = (
    _rtstruct(
        id="SEG-391",
        title="A complete chain of references",
        statement="Study, series and images are named in every item of the references.",
        why="Where a link is missing the viewer fails and shows nothing of the structure set.",
        check=reference_chain,
        reads=("ReferencedFrameOfReferenceSequence",),
        requires=("SEG-304",),
    ),
    _rtstruct(
        id="SEG-392",
        title="Every contour has its structure",
        statement="Every contour belongs to a structure of the list.",
        why="A contour of an unknown structure keeps the structure set from loading.",
        check=structures_listed,
        reads=("ROIContourSequence.ReferencedROINumber", "StructureSetROISequence.ROINumber"),
        requires=("SEG-302", "SEG-303"),
    ),
    _rtstruct(
        id="SEG-393",
        title="Complete contours",
        statement="There is a structure with contours, and contours have the points they announce.",
        why="Without contours, or with cut ones, the structure set does not load.",
        check=contours_complete,
        reads=(
            "ROIContourSequence.ContourSequence.ContourData",
            "ROIContourSequence.ContourSequence.NumberOfContourPoints",
        ),
        requires=("SEG-302",),
    ),
    _rtstruct(
        id="SEG-394",
        title="One frame of reference",
        statement="The structure set refers to images of one coordinate system.",
        why="A structure set with several the viewer lists as unsupported: it finds no images.",
        repair=repairs.ONE_STRUCTURE_SET_EACH,
        check=one_frame_of_reference,
        reads=("ReferencedFrameOfReferenceSequence",),
        requires=("SEG-304",),
    ),
)

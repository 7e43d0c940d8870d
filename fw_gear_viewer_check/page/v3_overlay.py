"""Tags required for segmentation overlay: the reference series, DICOM SEG, DICOM RTSTRUCT."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check import remedies, scopes, sop_classes
from fw_gear_viewer_check.core import Capability, Finding, Requirement
from fw_gear_viewer_check.predicates import any_of, counted, failed, passed, present, unknown

if TYPE_CHECKING:
    from fw_gear_viewer_check.model import Instance, ReferenceImages, Series


def references(instance: Instance) -> dict[str, set[str]]:
    """Return the SOPInstanceUIDs that a segmentation refers to, by SeriesInstanceUID."""
    found: dict[str, set[str]] = {}
    if instance.sop_class_uid in sop_classes.RTSTRUCT:
        for frame_of_reference in instance.data.items_of("ReferencedFrameOfReferenceSequence"):
            for study in frame_of_reference.items_of("RTReferencedStudySequence"):
                for series in study.items_of("RTReferencedSeriesSequence"):
                    uids = found.setdefault(series.text("SeriesInstanceUID"), set())
                    for image in series.items_of("ContourImageSequence"):
                        uids.add(image.text("ReferencedSOPInstanceUID"))
    else:
        for series in instance.data.items_of("ReferencedSeriesSequence"):
            uids = found.setdefault(series.text("SeriesInstanceUID"), set())
            for image in series.items_of("ReferencedInstanceSequence"):
                uids.add(image.text("ReferencedSOPInstanceUID"))
    return found


def best_reference(
    series: Series, instance: Instance
) -> tuple[ReferenceImages | None, set[str], str]:
    """Return the image series that holds most of the referenced instances.

    Second comes the set of referenced SOPInstanceUIDs, third the reason when nothing can be said.
    """
    by_series = references(instance)
    wanted = set().union(*by_series.values()) - {""}
    if series.peers is None:
        return None, wanted, "no other series was looked at"
    candidates, reason = series.peers.reference_images(tuple(sorted(by_series)))
    if not candidates:
        return None, wanted, reason
    return max(candidates, key=lambda c: _closeness(c, by_series, wanted)), wanted, ""


def _closeness(
    candidate: ReferenceImages, by_series: dict[str, set[str]], wanted: set[str]
) -> tuple[int, bool]:
    return len(wanted & candidate.sop_instance_uids), candidate.series_instance_uid in by_series


def reference_found(series: Series) -> Finding:
    """SEG-101: every referenced image is found in one image series."""
    checked = len(series.instances)
    for instance in series.instances:
        reference, wanted, reason = best_reference(series, instance)
        if not wanted:
            return failed("no referenced image is named", [instance.name], checked)
        if reason:
            return unknown(reason, checked)
        matched = len(wanted & reference.sop_instance_uids) if reference else 0
        if matched < len(wanted):
            where = f" in {reference.where}" if reference else ""
            return failed(
                f"{matched:,} of {counted(len(wanted), 'referenced image')} found{where}",
                [instance.name],
                checked,
            )
    where = reference.where if reference else "the session"
    return passed(f"all {counted(len(wanted), 'referenced image')} found in {where}", checked)


_row = partial(Requirement, capability=Capability.V3_OVERLAY, remedy=remedies.CONVERT_AGAIN)
_seg = partial(_row, source="DICOM SEG files", scope=scopes.SEG)
_rtstruct = partial(_row, source="DICOM RTSTRUCT files", scope=scopes.RTSTRUCT)

REFERENCE = (
    _row(
        id="SEG-101",
        source="DICOM tags required for segmentation overlay",
        scope=scopes.OVERLAYS,
        title="The images it was drawn on",
        statement="Every image that the segmentation refers to is found in one image series of "
        "the session.",
        why="The viewer draws a segmentation over its images; without them it shows an error.",
        remedy="Upload the image series that the segmentation was drawn on into the same session, "
        "unchanged: a gear that gives images new UIDs cuts the link.",
        check=reference_found,
        tags=(("(0008,1155)", "ReferencedSOPInstanceUID"),),
    ),
)

SEG_FILES = (
    _seg(
        id="SEG-201",
        title="FrameOfReferenceUID",
        statement="The segmentation names the coordinate system it was drawn in.",
        why="Frames without a link to an image are placed by it.",
        check=present("FrameOfReferenceUID"),
        tags=(("(0020,0052)", "FrameOfReferenceUID"),),
    ),
    _seg(
        id="SEG-202",
        title="ReferencedSeriesSequence",
        statement="The segmentation names the image series it was drawn on.",
        why="The viewer finds the images to draw over by it.",
        check=present("ReferencedSeriesSequence"),
        tags=(("(0008,1115)", "ReferencedSeriesSequence"),),
    ),
    _seg(
        id="SEG-203",
        title="SharedFunctionalGroupsSequence",
        statement="The segmentation describes what all its frames share.",
        why="Without it the segmentation does not load.",
        check=present("SharedFunctionalGroupsSequence"),
        tags=(("(5200,9229)", "SharedFunctionalGroupsSequence"),),
    ),
    _seg(
        id="SEG-204",
        title="PerFrameFunctionalGroupsSequence",
        statement="The segmentation describes each of its frames.",
        why="Without it the segmentation does not load.",
        check=present("PerFrameFunctionalGroupsSequence"),
        tags=(("(5200,9230)", "PerFrameFunctionalGroupsSequence"),),
    ),
)

RTSTRUCT_FILES = (
    _rtstruct(
        id="SEG-301",
        title="FrameOfReferenceUID",
        statement="The structure set names the coordinate system it was drawn in, at the top level "
        "or in ReferencedFrameOfReferenceSequence, where DICOM puts it.",
        why="The viewer places contours by it.",
        check=any_of(
            ("FrameOfReferenceUID",),
            ("ReferencedFrameOfReferenceSequence.FrameOfReferenceUID",),
        ),
        tags=(("(0020,0052)", "FrameOfReferenceUID"),),
    ),
    _rtstruct(
        id="SEG-302",
        title="ROIContourSequence",
        statement="The structure set holds contours.",
        why="Without contours there is nothing to draw.",
        check=present("ROIContourSequence"),
        tags=(("(3006,0039)", "ROIContourSequence"),),
    ),
    _rtstruct(
        id="SEG-303",
        title="StructureSetROISequence",
        statement="The structure set lists its structures.",
        why="The viewer takes names and numbers of the structures from it.",
        check=present("StructureSetROISequence"),
        tags=(("(3006,0020)", "StructureSetROISequence"),),
    ),
    _rtstruct(
        id="SEG-304",
        title="ReferencedFrameOfReferenceSequence",
        statement="The structure set names the images it was drawn on.",
        why="The viewer finds the images to draw over by it.",
        check=present("ReferencedFrameOfReferenceSequence"),
        tags=(("(3006,0010)", "ReferencedFrameOfReferenceSequence"),),
    ),
)

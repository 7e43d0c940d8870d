"""Tags required for segmentation overlay: the reference series, DICOM SEG, DICOM RTSTRUCT."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import failed, judged_by, passed, present, unknown
from fw_gear_viewer_check.requirements.types import Capability, Finding, Requirement, Status, worst

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.lookup import ReferencedInstances, References
    from fw_gear_viewer_check.model.series import Series


def references(instance: Instance) -> ReferencedInstances:
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
    named = {uid: frozenset(uids - {""}) for uid, uids in found.items()}
    return {uid: uids for uid, uids in named.items() if uids}


def frame_of_reference_named(series: Series) -> Finding:
    """SEG-301: FrameOfReferenceUID, at the top level or in some item of the references."""

    def problem_of(instance: Instance) -> str:
        items = instance.data.items_of("ReferencedFrameOfReferenceSequence")
        if any(not item.problem("FrameOfReferenceUID") for item in items):
            return ""
        return instance.data.problem("FrameOfReferenceUID")

    return judged_by(series, problem_of, "FrameOfReferenceUID", "FrameOfReferenceUID is there")


def look_up(series: Series, wanted: ReferencedInstances) -> References:
    """Return what is known of the images that a segmentation refers to."""
    return series.lookup.reference_images(wanted)


def reference_found(series: Series) -> Finding:
    """SEG-101: every referenced image is found in one image series."""
    findings = [(i.name, _reference_found(series, i)) for i in series.instances]
    status = worst([finding.status for _, finding in findings])
    affected = [name for name, finding in findings if finding.status is status]
    evidence = next(finding.evidence for _, finding in findings if finding.status is status)
    checked = len(series.instances)
    if status is Status.FAIL:
        return failed(evidence, affected, checked)
    return unknown(evidence, checked) if status is Status.UNKNOWN else passed(evidence, checked)


def _reference_found(series: Series, instance: Instance) -> Finding:
    wanted = references(instance)
    if not wanted:
        return failed("no referenced image is named", [instance.name], 1)
    known = look_up(series, wanted)
    everything = frozenset().union(*wanted.values())
    total = counted(len(everything), "referenced image")
    best = known.best(wanted)
    matched = len(best.matched(wanted)) if best else 0
    if best and matched == len(everything):
        return passed(f"all {total} found in {best.where}", 1)
    if not matched and known.reason:
        return unknown(known.reason, 1)
    remarks = [_elsewhere(wanted, everything, known), known.remark]
    where = f" in {best.where}" if best else ""
    evidence = f"{matched:,} of {total} found{where}"
    return failed("; ".join([evidence, *filter(None, remarks)]), [instance.name], 1)


def _elsewhere(wanted: ReferencedInstances, everything: frozenset[str], known: References) -> str:
    """Say where referenced images are that the best series does not hold."""
    holders = [found for found in known.series if found.matched(wanted)]
    found = frozenset().union(*(one.matched(wanted) for one in holders))
    spread = {one.series_instance_uid for one in holders}
    if len(spread) > 1:
        return (
            f"{len(found):,} are found in {len(spread)} series together, but the viewer draws over "
            "one series"
        )
    missing = everything - found
    strangers = [len(missing & one.sop_instance_uids) for one in known.series]
    count = max(strangers, default=0)
    if not count:
        return ""
    return (
        f"{count:,} are in a series of another SeriesInstanceUID than the one referred to, where "
        "the viewer does not look"
    )


_row = partial(Requirement, capability=Capability.V3_OVERLAY, repair=repairs.CONVERT_AGAIN)
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
        repair=repairs.UPLOAD_REFERENCE,
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
        check=frame_of_reference_named,
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

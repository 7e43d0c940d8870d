"""Tags required for segmentation overlay: the reference series, DICOM SEG, DICOM RTSTRUCT."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.lookup import ReferencedInstances, References
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import Present, PresentOrIn, failed, passed, unknown
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Cause,
    Finding,
    RepairTable,
    Requirement,
    worst,
)


def references(instance: Instance) -> ReferencedInstances:
    """Return the SOPInstanceUIDs that a segmentation refers to, by SeriesInstanceUID.

    A structure set has its own sequences for that; where it has that of segmentations all the same,
    the viewer, and the page, take that one.
    """
    found: dict[str, set[str]] = {}
    listed = instance.data.items_of("ReferencedSeriesSequence")
    if instance.sop_class_uid in sop_classes.RTSTRUCT and not listed:
        for frame_of_reference in instance.data.items_of("ReferencedFrameOfReferenceSequence"):
            for study in frame_of_reference.items_of("RTReferencedStudySequence"):
                for series in study.items_of("RTReferencedSeriesSequence"):
                    uids = found.setdefault(series.text("SeriesInstanceUID"), set())
                    for image in series.items_of("ContourImageSequence"):
                        uids.add(image.text("ReferencedSOPInstanceUID"))
    else:
        for series in listed:
            uids = found.setdefault(series.text("SeriesInstanceUID"), set())
            for image in series.items_of("ReferencedInstanceSequence"):
                uids.add(image.text("ReferencedSOPInstanceUID"))
    named = {uid: frozenset(uids - {""}) for uid, uids in found.items()}
    return {uid: uids for uid, uids in named.items() if uids}


def look_up(series: Series, wanted: ReferencedInstances) -> References:
    """Return what is known of the images that a segmentation refers to."""
    return series.lookup.reference_images(wanted)


def reference_found(series: Series) -> Finding:
    """SEG-101: every referenced image is found in one image series."""
    findings = [_reference_found(series, i) for i in series.instances]
    status = worst([finding.status for finding in findings])
    first = next(finding for finding in findings if finding.status is status)
    affected = tuple(name for finding in findings for name in finding.affected)
    return replace(first, affected=affected, checked=len(series.instances))


def _reference_found(series: Series, instance: Instance) -> Finding:
    wanted = references(instance)
    if not wanted:
        return failed("no reference image is named", [instance.name], 1, "no-reference")
    known = look_up(series, wanted)
    everything = frozenset().union(*wanted.values())
    total = counted(len(everything), "reference image")
    best = known.best(wanted)
    matched = len(best.matched(wanted)) if best else 0
    if best and matched == len(everything):
        if best.not_shown:
            reason = f"all {total} found in {best.where}, but not shown: {best.not_shown}"
            return failed(reason, [instance.name], 1, "images-not-shown")
        stacks = len({best.apart[uid] for uid in everything & best.apart.keys()})
        if stacks > 1:
            reason = f"all {total} found in {best.where}, but shown in {stacks:,} separate stacks"
            return failed(reason, [instance.name], 1, "images-apart", stacks=stacks)
        return passed(f"all {total} found in {best.where}", 1)
    where = f" in {best.where}" if best else ""
    evidence = f"{matched:,} of {total} found{where}"
    if known.reason and (known.is_cut or not matched):
        reason = f"{evidence}; {known.reason}" if matched else known.reason
        return unknown(reason, 1, code="not-found-yet")
    remarks = [_elsewhere(wanted, everything, known), known.remark]
    return failed(
        "; ".join([evidence, *filter(None, remarks)]),
        [instance.name],
        1,
        "some-images-missing" if matched else "images-missing",
        found=matched,
        wanted=len(everything),
    )


def _elsewhere(wanted: ReferencedInstances, everything: frozenset[str], known: References) -> str:
    """Say where referenced images are that the best series does not hold."""
    holders = [found for found in known.series if found.matched(wanted)]
    found = frozenset().union(*(one.matched(wanted) for one in holders))
    spread = {one.series_instance_uid for one in holders}
    if len(spread) > 1:
        return (
            f"{len(found):,} are found in {len(spread)} series together, but the viewer draws over "
            "only one series"
        )
    count = max((held for _, held in known.strangers(everything - found)), default=0)
    if not count:
        return ""
    return (
        f"{count:,} are in a series with another SeriesInstanceUID than the segmentation names, "
        "where the viewer does not look"
    )


def _of_reference(_: Series, finding: Finding) -> Cause:
    """SEG-101."""
    causes = {"images-not-shown": "not-shown", "images-apart": "apart"}
    return causes.get(finding.code, "missing"), {}


_RT_SERIES = (
    "ReferencedFrameOfReferenceSequence.RTReferencedStudySequence.RTReferencedSeriesSequence"
)

_row = partial(Requirement, capability=Capability.V3_OVERLAY, repair=repairs.CONVERT_AGAIN)
_seg = partial(_row, source="DICOM SEG files", scope=scopes.SEG)
_rtstruct = partial(_row, source="DICOM RTSTRUCT files", scope=scopes.RTSTRUCT)

REFERENCE = (
    _row(
        id="SEG-101",
        source="DICOM tags required for segmentation overlay",
        scope=scopes.OVERLAYS,
        title="Reference images found",
        cause="its reference images were not found or shown",
        statement="All images that the segmentation refers to are found, in one image series of "
        "the session, which opens in the viewer. The viewer shows them in one stack.",
        why="The viewer draws a segmentation over its reference images. Without them it shows an "
        "error. It lists some images of a series separately (radiographs, multi-frame images, "
        "other SOP classes), and draws over the first stack only.",
        repair=RepairTable(
            _of_reference,
            {
                "missing": repairs.UPLOAD_REFERENCE,
                "not-shown": repairs.REPAIR_REFERENCE,
                "apart": repairs.ONE_SEGMENTATION_EACH,
            },
        ),
        check=reference_found,
        reads=(
            "ReferencedSeriesSequence.ReferencedInstanceSequence.ReferencedSOPInstanceUID",
            f"{_RT_SERIES}.ContourImageSequence.ReferencedSOPInstanceUID",
        ),
    ),
)

SEG_FILES = (
    _seg(
        id="SEG-201",
        title="FrameOfReferenceUID",
        statement="The segmentation has a FrameOfReferenceUID: the coordinate system it was drawn "
        "in.",
        why="The viewer needs it to place frames that do not name their reference image.",
        check=Present("FrameOfReferenceUID"),
    ),
    _seg(
        id="SEG-202",
        title="ReferencedSeriesSequence",
        statement="The segmentation has a ReferencedSeriesSequence: the image series it was drawn "
        "on.",
        why="The viewer finds the reference images by it.",
        check=Present("ReferencedSeriesSequence"),
    ),
    _seg(
        id="SEG-203",
        title="SharedFunctionalGroupsSequence",
        statement="The segmentation has a SharedFunctionalGroupsSequence: what all its frames have "
        "in common.",
        why="Without it the segmentation does not load.",
        check=Present("SharedFunctionalGroupsSequence"),
    ),
    _seg(
        id="SEG-204",
        title="PerFrameFunctionalGroupsSequence",
        statement="The segmentation has a PerFrameFunctionalGroupsSequence: what each of its "
        "frames is.",
        why="Without it the segmentation does not load.",
        check=Present("PerFrameFunctionalGroupsSequence"),
    ),
)

RTSTRUCT_FILES = (
    _rtstruct(
        id="SEG-301",
        title="FrameOfReferenceUID",
        statement="The structure set has a FrameOfReferenceUID, at the top level or in "
        "ReferencedFrameOfReferenceSequence, where DICOM puts it.",
        why="The viewer places contours by it.",
        check=PresentOrIn("FrameOfReferenceUID", "ReferencedFrameOfReferenceSequence"),
    ),
    _rtstruct(
        id="SEG-302",
        title="ROIContourSequence",
        statement="The structure set has an ROIContourSequence: its contours.",
        why="Without contours there is nothing to draw.",
        check=Present("ROIContourSequence"),
    ),
    _rtstruct(
        id="SEG-303",
        title="StructureSetROISequence",
        statement="The structure set has a StructureSetROISequence: the list of its structures.",
        why="The viewer takes the names and numbers of the structures from it.",
        check=Present("StructureSetROISequence"),
    ),
    _rtstruct(
        id="SEG-304",
        title="ReferencedFrameOfReferenceSequence",
        statement="The structure set has a ReferencedFrameOfReferenceSequence: the images it was "
        "drawn on.",
        why="The viewer finds the reference images by it.",
        check=Present("ReferencedFrameOfReferenceSequence"),
    ),
)

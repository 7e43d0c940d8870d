"""Why something fails, as far as the repair depends on it: each function names one cause.

Rule of this file: a cause that leads to a gear holds only where the gear repairs it. What the
splitter does stands in its own code (2.1.4), the same holds for the fixer (1.0.2); docs/repairs.md
has the runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from fw_gear_viewer_check.dicom.kinds import is_of_system
from fw_gear_viewer_check.dicom.values import has_form
from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.archive import Archive, MemberKind
from fw_gear_viewer_check.model.data_set import written
from fw_gear_viewer_check.model.dictionary import is_sop_class
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import DIMENSIONS
from fw_gear_viewer_check.ohif.failures import FailureCode
from fw_gear_viewer_check.requirements.splitting import (
    LONGEST_VALUE,
    MOST_NEW_SERIES,
    copies_in,
    grouped,
    longest_of,
    split_by,
)
from fw_gear_viewer_check.requirements.types import Cause, Finding
from fw_gear_viewer_check.requirements.volumes import is_even

BEDS = ("Units", "CorrectedImage", "DecayCorrection", "SeriesTime", "SeriesDate")
"""Attributes that differ between reconstructions or beds of a PET."""


# The archive


def of_hidden_files(series: Series, _: Finding) -> Cause:
    """ZIP-104: hidden files; only those known to hold no image are left to a gear."""
    is_enough = len(series.archive.of_kind(MemberKind.DICOM)) > 1
    return ("system" if is_enough and not series.archive.once(hides_image) else "by-hand"), {}


def hides_image(archive: Archive) -> bool:
    """Return True where a hidden file may be an image: a gear reads it, whatever its name."""
    return any(
        not is_of_system(member.real_name) or member.content not in _NO_IMAGE
        for member in archive.of_kind(MemberKind.HIDDEN)
    )


_NO_IMAGE = {MemberKind.NOT_DICOM, MemberKind.EMPTY, MemberKind.ARCHIVE}


def of_unreadable(series: Series, _: Finding) -> Cause:
    """ZIP-191."""
    is_locked = any(m.kind is MemberKind.ENCRYPTED for m in series.archive.members)
    return ("password" if is_locked else "damaged"), {}


def of_copies(series: Series, _: Finding) -> Cause:
    """V3-196, ZIP-192."""
    return copies_in(series) or "other-series", {}


# Attributes


def of_uid(keyword: str) -> Callable[[Series, Finding], Cause]:
    """Return a diagnosis of a study or series UID that is missing or not valid."""

    def diagnose(series: Series, _: Finding) -> Cause:
        uids = {i.data.text(keyword) for i in series.instances}
        if len(uids) > 1 or (uids == {""} and series.archive.once(series_in) > 1):
            return "some", {}
        if uids == {""}:
            return "missing", {}
        if _have_only_zeros_too_many(series):
            return "zeros", {}
        # The fixer renews both UIDs, and stops where either is not the same in all images.
        is_one = all(len({i.data.text(k) for i in series.instances}) == 1 for k in _RENEWED)
        return ("other" if is_one else "some"), {}

    return diagnose


_RENEWED = ("StudyInstanceUID", "SeriesInstanceUID")


def _have_only_zeros_too_many(series: Series) -> bool:
    """Return True where all UIDs are valid without leading zeros, and images are told apart still.

    The fixer corrects all at once, and for what is not valid then it invents a UID for each image.
    """
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
    texts = ({i.data.text(keyword) for i in series.instances} - {""} for keyword in keywords)
    corrected = [(uids, set(map(_without_leading_zeros, uids))) for uids in texts]
    return all(
        len(found) == len(uids) and all(has_form("UI", uid) for uid in found)
        for uids, found in corrected
    )


def _without_leading_zeros(uid: str) -> str:
    return ".".join(part if part == "0" else part.lstrip("0") for part in uid.split("."))


def of_sop_class(series: Series, _: Finding) -> Cause:
    """V3-110: the file's header may name the class."""
    return ("missing" if lacks_class(series) else "in-header"), {}


def lacks_class(series: Series) -> bool:
    """Return True when neither the data set nor the file's header names the class of an image."""
    return any(
        not i.sop_class_uid and not i.data.text("MediaStorageSOPClassUID") for i in series.instances
    )


def of_kinds(series: Series, _: Finding) -> Cause:
    """V3-197: split off, images have new UIDs, and a segmentation would not match them."""
    if not lacks_class(series) and not all(i.sop_class_uid for i in series.instances):
        return "in-header", {}
    overlays = sop_classes.SEG | sop_classes.RTSTRUCT
    return (
        "overlay" if any(i.sop_class_uid in overlays for i in series.instances) else "images"
    ), {}


def of_transfer_syntax(series: Series, finding: Finding) -> Cause:
    """V3-191: a compression that is not decoded, or files that are not as they say."""
    if finding.code in _MISWRITTEN:
        return "miswritten", {}
    return ("named" if any(i.transfer_syntax_uid for i in series.instances) else "unnamed"), {}


_MISWRITTEN = {
    *(FailureCode.FRAME_CUT, FailureCode.CODED_OTHERWISE, FailureCode.ENCODED_OTHERWISE),
}


def of_failure(series: Series, finding: Finding) -> Cause:
    """V3-198: what another requirement repairs, or something of its own."""
    if finding.code == FailureCode.STUDY_NOT_FOUND:
        cause, _ = of_uid("StudyInstanceUID")(series, finding)
        return ("uid" if cause == "other" else "other"), {}
    if finding.code in {FailureCode.NO_REFERENCE, FailureCode.BROKEN_REFERENCE}:
        return "reference", {}
    if finding.code == FailureCode.SEVERAL_FRAMES_OF_REFERENCE:
        return "several", {}
    return ("named" if finding.code in _NAMED_ELSEWHERE else "other"), {}


_NAMED_ELSEWHERE = {
    *(FailureCode.NO_STUDY_OR_SERIES, FailureCode.NO_STUDY_OR_SERIES_IN_SOME),
    *(FailureCode.NO_MODALITY, FailureCode.MODALITY_BLANK, FailureCode.NO_INSTANCE),
    *(FailureCode.POSITION_IN_SOME, FailureCode.NO_SOP_CLASS),
    FailureCode.UNDER_SEVERAL_PATIENTS,
}


def of_class(series: Series, _: Finding) -> Cause:
    """LIM-101: an object that no image viewer shows, or images of a private class."""
    uids = {i.sop_class_uid for i in series.instances}
    return ("standard" if all(map(is_sop_class, uids - {""})) else "private"), {}


def of_palette(series: Series, _: Finding) -> Cause:
    """LIM-104: the fixer converts single frames in implicit VR only.

    A table of bytes that can be a text is one to it: it stops, or leaves that colour out. Of images
    of 16 bits it writes pixels of 8, and says that they have 16, where the table has 8.
    """
    convertible = all(
        i.transfer_syntax_uid == sop_classes.IMPLICIT_VR
        and not i.is_multi_frame
        and (
            i.data.get("PhotometricInterpretation") != "PALETTE COLOR"
            or (
                i.data.get("BitsAllocated") == 8
                and all((i.data.number(keyword) or 0) > 0 for keyword in _PALETTE)
            )
        )
        for i in series.instances
    )
    return ("implicit" if convertible else "other"), {}


_PALETTE = (
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
)


def of_multi_frames(series: Series, _: Finding) -> Cause:
    """LIM-102: whole-slide images are the levels of one slide and belong together."""
    classes = {i.sop_class_uid for i in series.instances}
    if classes <= sop_classes.MICROSCOPY:
        return "slide", {}
    is_all = all(i.is_multi_frame or i.sop_class_uid in sop_classes.SEG for i in series.instances)
    are_few = len(series.instances) <= MOST_NEW_SERIES
    return ("multi-frames" if is_all and are_few else "mixed"), {}


def of_number(series: Series, _: Finding) -> Cause:
    """LIM-103: too many images."""
    most, tolerance = series.tolerances.max_instances, series.tolerances.spacing_mm

    def is_volume(images: Sequence[Instance]) -> bool:
        return len(images) <= most and is_even(images, tolerance)

    found = split_by(series, DIMENSIONS, is_volume)
    return ("attribute" if found else "whole"), found


# PET


def of_disagreement(series: Series, _: Finding) -> Cause:
    """SUV-291: several beds or reconstructions, or wrong values."""
    texts = {k: written([i.data.get(k) for i in series.instances]) for k in BEDS}
    texts = {k: found for k, found in texts.items() if len(set(found)) > 1}
    if not texts or not _agree_within(series, texts.keys()):
        return "values", {}
    groups = grouped(series, texts)
    tolerance = series.tolerances.spacing_mm
    are_beds = all(is_even(images, tolerance) for images in groups.values())
    is_named = longest_of(texts, groups) <= LONGEST_VALUE
    if not are_beds or not is_named or len(groups) > MOST_NEW_SERIES:
        return "values", {}
    return "attribute", {"groups": len(groups), "attribute": ",".join(texts)}


def of_other_reconstruction(series: Series, finding: Finding) -> Cause:
    """SUV-101, SUV-207: images that are not for SUV, beside a reconstruction or bed that is."""
    if len(finding.affected) < finding.checked:
        return of_disagreement(series, finding)
    return "values", {}


def _agree_within(series: Series, keywords: Collection[str]) -> bool:
    """Return True when nothing but these differs in what the SUV needs."""
    others = ["PatientWeight", "PatientSize", "PatientSex", *(k for k in BEDS if k not in keywords)]

    def needed(instance: Instance) -> tuple[object, ...]:
        dose = instance.data.first_item("RadiopharmaceuticalInformationSequence")
        return dose, *map(instance.data.get, others)

    first, *images = series.instances
    return all(needed(image) == needed(first) for image in images)


def of_local_suv(series: Series, finding: Finding) -> Cause:
    """SUV-297: factors in implicit VR, or something that a server mends.

    The fixer writes nothing where the last image was in explicit VR before.
    """
    affected = set(finding.affected)
    have_factors = all(
        i.data.number("(7053,1000)") or i.data.number("(7053,1009)")
        for i in series.instances
        if i.name in affected
    )
    are_implicit = all(i.transfer_syntax_uid == sop_classes.IMPLICIT_VR for i in series.instances)
    return ("implicit" if affected and have_factors and are_implicit else "other"), {}


def of_sex(series: Series, finding: Finding) -> Cause:
    """SUV-295: a word for M or F, or something else."""
    affected = set(finding.affected)
    sexes = {i.data.text("PatientSex").lower() for i in series.instances if i.name in affected}
    return ("word" if sexes <= {"male", "female"} else "other"), {}


def series_in(archive: Archive) -> int:
    """Count the values of SeriesInstanceUID; missing is one."""
    return len({m.series_instance_uid for m in archive.of_kind(MemberKind.DICOM)})

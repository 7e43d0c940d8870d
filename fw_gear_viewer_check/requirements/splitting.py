"""What the gear dicom-splitter can make of an archive or a series, and which images are copies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.archive import Archive, MemberKind
from fw_gear_viewer_check.model.data_set import written
from fw_gear_viewer_check.model.dictionary import blank_of
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import RECONSTRUCTIONS, stack_of
from fw_gear_viewer_check.requirements.types import Cause, ConfigValue, Finding

MOST_NEW_SERIES = 50
"""Most series that a repair may make of one."""

LONGEST_VALUE = 150
"""Most characters of a value that names a new series.

The splitter cuts the name at 255, and runs without end where two of them are then the same.
"""

STACKS = (
    *("FrameOfReferenceUID", "AcquisitionNumber", "StackID", *RECONSTRUCTIONS),
    *("EchoNumbers", "AcquisitionTime"),
)
"""Attributes that may hold one value for each stack of images."""

KINDS_OF_IMAGE = ("ImageType", "SamplesPerPixel", "AcquisitionNumber")
"""Attributes by which screenshots and localizers differ from the images of a scan."""


def split_by(
    series: Series, keywords: Iterable[str], is_fine: Callable[[Sequence[Instance]], bool]
) -> dict[str, str | int]:
    """Return the first attribute whose equal values make groups that are all fine; {} for none."""
    for keyword in keywords:
        groups = grouped(series, [keyword])
        is_named = all(len(value) <= LONGEST_VALUE for (value,) in groups)
        if is_named and 1 < len(groups) <= MOST_NEW_SERIES and all(map(is_fine, groups.values())):
            return {"groups": len(groups), "attribute": as_splitter_wants(keyword)}
    return {}


def grouped(series: Series, keywords: Iterable[str]) -> dict[tuple[str, ...], list[Instance]]:
    """Return the images with equal values of each attribute, by these.

    As for the splitter, an absent text is not a blank one.
    """
    lacking = [(keyword, blank_of(keyword)) for keyword in keywords]
    texts = [written([i.data.get(*one) for i in series.instances]) for one in lacking]
    groups = defaultdict(list)
    for instance, *key in zip(series.instances, *texts, strict=True):
        groups[tuple(key)].append(instance)
    return groups


def parts_of(series: Series, config: Mapping[str, ConfigValue]) -> list[Series]:
    """Return what the splitter makes of a series; where it looks at geometry, the volumes of 4D.

    They lie behind each other in the archive.
    """
    if config["group_by"]:
        keywords = map(_as_read, str(config["group_by"]).split(","))
        groups = list(grouped(series, keywords).values())
    else:
        stack = stack_of(series)
        volumes = zip_longest(*map(sorted, stack.frames_by_position))
        groups = [[stack.frames[n].instance for n in one if n is not None] for one in volumes]
    return [replace(series, instances=tuple(images)) for images in groups]


def longest_key(series: Series, group_by: str) -> int:
    """Return how many characters the longest name has for what was grouped by."""
    keywords = group_by.split(",")
    return longest_of(keywords, grouped(series, map(_as_read, keywords)))


def longest_of(keywords: Iterable[str], groups: Iterable[tuple[str, ...]]) -> int:
    """Return the same of groups: the splitter names a file after all attributes and values."""
    return max(len("-_".join((*keywords, *key))) for key in groups)


def as_splitter_wants(keyword: str) -> str:
    """Return the attribute for group_by, which is cut at commas: (0019,100C) is 0019100C."""
    return keyword.strip("()").replace(",", "")


def _as_read(keyword: str) -> str:
    """Return the attribute of a group_by as it is read."""
    return f"({keyword[:4]},{keyword[4:]})" if keyword[0].isdigit() else keyword


def copies_in(series: Series) -> str:
    """Return "copies", "different" for other images with one SOPInstanceUID, "" for neither."""
    by_uid = defaultdict(list)
    for instance in series.instances:
        by_uid[instance.sop_instance_uid].append(instance)
    repeated = [same for uid, same in by_uid.items() if uid and len(same) > 1]
    if not repeated:
        return ""
    return "copies" if all(map(_are_copies, repeated)) else "different"


def _are_copies(instances: Sequence[Instance]) -> bool:
    """Compare the files: a gear would delete the copies, and equal headers prove nothing."""
    return len({i.digest for i in instances} | {None}) == 2 and all(
        i.digest is not None and i.data == instances[0].data for i in instances
    )


def of_geometry(series: Series, _: Finding) -> Cause:
    """Spacing, orientation, position: a "scan" has them; "nm", "dose" and "other" may have none."""
    if series.modality == "RTDOSE":
        return "dose", {}
    if any(i.sop_class_uid in sop_classes.TOMOSYNTHESIS for i in series.instances):
        return "scan", {}
    if all(i.is_screenshot for i in series.instances):
        return "other", {}
    kinds = [i.data.texts("ImageType")[2:3] for i in series.instances]
    reconstructed = [(value,) for value in sop_classes.RECONSTRUCTED_NM]
    if series.modality == "NM" and not all(kind in reconstructed for kind in kinds):
        return "nm", {}
    return ("scan" if series.modality in sop_classes.VOLUME_MODALITIES else "other"), {}


def of_strangers(series: Series, _: Finding) -> Cause:
    """ZIP-103: files that are not DICOM, or not whole."""
    archive = series.archive
    strangers = {
        m.kind for m in archive.members if m.kind not in {MemberKind.DICOM, MemberKind.HIDDEN}
    }
    if MemberKind.ENCRYPTED in strangers:
        return "password", {}
    if MemberKind.UNREADABLE in strangers or archive.once(is_damaged):
        return "damaged", {}
    if MemberKind.ARCHIVE in strangers:
        return "archive", {}
    if archive.problem or not archive.of_kind(MemberKind.DICOM):
        return "nothing", {}
    # Of a lone image, an empty file or a DICOMDIR the splitter does nothing, or makes a series.
    is_enough = len(archive.of_kind(MemberKind.DICOM)) > 1
    if is_enough and MemberKind.NOT_DICOM in strangers and MemberKind.DICOMDIR not in strangers:
        return "strangers", {}
    return "by-hand", {}


def is_damaged(archive: Archive) -> bool:
    """Return True when a DICOM file inside is cut off."""
    return any(m.problem for m in archive.of_kind(MemberKind.DICOM))

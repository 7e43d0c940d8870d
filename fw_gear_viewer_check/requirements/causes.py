"""Why something fails, as far as the repair depends on it: each function names one cause.

Rule of this file: a cause that leads to a gear holds only where the gear repairs it. What the
splitter does stands in its own code (2.1.4), the same holds for the fixer (1.0.2); docs/repairs.md
has the runs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from fw_gear_viewer_check.dicom.values import has_form
from fw_gear_viewer_check.model import geometry, sop_classes
from fw_gear_viewer_check.model.archive import MemberKind
from fw_gear_viewer_check.model.sop_names import is_standard_class
from fw_gear_viewer_check.model.stack import FEWEST_FOR_SPACING, Stack, stack_of
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import RepairKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fw_gear_viewer_check.model.archive import Archive
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series
    from fw_gear_viewer_check.requirements.types import Cause, Finding, Repair

MOST_NEW_SERIES = 50
"""Series that a user is told to make of one."""

_RECONSTRUCTIONS = ("ImageType", "ConvolutionKernel", "KVP", "ReconstructionDiameter")
"""Attributes of images that were made from one scan in several ways."""

_VOLUMES = (
    *("TemporalPositionIdentifier", "DiffusionBValue", "(2001,1003)", "(0019,100C)"),
    *("(0043,1039)", "TriggerTime", "NominalPercentageOfCardiacPhase", "EchoTime", "EchoNumbers"),
    *("FrameReferenceTime", "InversionTime", "FlipAngle", "TemporalPositionIndex"),
    *(*_RECONSTRUCTIONS, "AcquisitionNumber", "AcquisitionTime", "ContentTime"),
)
"""Attributes that may hold one value for each volume, those that say most first."""

_STACKS = ("AcquisitionNumber", "StackID", *_RECONSTRUCTIONS, "EchoNumbers", "AcquisitionTime")
"""Attributes that may hold one value for each stack of images."""

_KINDS_OF_IMAGE = ("ImageType", "SamplesPerPixel", "AcquisitionNumber")
"""Attributes by which screenshots and localizers differ from the images of a scan."""

_BEDS = ("Units", "CorrectedImage", "DecayCorrection", "SeriesTime", "SeriesDate")
"""Attributes that differ between reconstructions or beds of a PET."""

_OF_OPERATING_SYSTEMS = ("thumbs.db", ".ds_store", "desktop.ini")


def always(cause: str) -> Callable[[Series, Finding], Cause]:
    """Return a diagnosis of one cause."""
    return lambda _series, _finding: (cause, {})


# The archive


def of_strangers(series: Series, _: Finding) -> Cause:
    """ZIP-103: files that are not DICOM, or not whole."""
    archive = series.archive
    strangers = {
        m.kind for m in archive.members if m.kind not in {MemberKind.DICOM, MemberKind.HIDDEN}
    }
    if archive.problem or not archive.of_kind(MemberKind.DICOM):
        return "nothing", {}
    if MemberKind.ENCRYPTED in strangers:
        return "password", {}
    if MemberKind.UNREADABLE in strangers or _is_damaged(archive):
        return "damaged", {}
    if MemberKind.ARCHIVE in strangers:
        return "archive", {}
    # Of a lone image, an empty file or a DICOMDIR the splitter does nothing, or makes a series.
    is_enough = len(archive.of_kind(MemberKind.DICOM)) > 1
    if is_enough and MemberKind.NOT_DICOM in strangers and MemberKind.DICOMDIR not in strangers:
        return "strangers", {}
    return "by-hand", {}


def of_hidden_files(series: Series, _: Finding) -> Cause:
    """ZIP-104: hidden files; only those known to hold no image are left to a gear."""
    archive = series.archive
    names = [m.name for m in archive.of_kind(MemberKind.HIDDEN)]
    is_enough = len(archive.of_kind(MemberKind.DICOM)) > 1
    return ("system" if is_enough and all(map(_is_of_system, names)) else "by-hand"), {}


def _is_of_system(name: str) -> bool:
    parts = name.lower().split("/")
    return (
        "__macosx" in parts or parts[-1] in _OF_OPERATING_SYSTEMS or parts[-1].startswith("._")
    )


def of_unreadable(series: Series, _: Finding) -> Cause:
    """ZIP-191."""
    is_locked = any(m.kind is MemberKind.ENCRYPTED for m in series.archive.members)
    return ("password" if is_locked else "damaged"), {}


def of_copies(series: Series, _: Finding) -> Cause:
    """V3-196, ZIP-192: copies, or different images with one SOPInstanceUID."""
    by_uid = defaultdict(list)
    for instance in series.instances:
        by_uid[instance.sop_instance_uid].append(instance)
    repeated = [same for uid, same in by_uid.items() if uid and len(same) > 1]
    if not repeated:
        return "other-series", {}
    return ("copies" if all(map(_are_copies, repeated)) else "different"), {}


def _are_copies(instances: Sequence[Instance]) -> bool:
    """Compare all that is read, and the length of the pixels; positions are among it."""
    first = instances[0]
    return all(i.data == first.data and i.pixel_data == first.pixel_data for i in instances)


# Attributes


def of_uid(keyword: str) -> Callable[[Series, Finding], Cause]:
    """Return a diagnosis of a study or series UID that is missing or not valid."""

    def diagnose(series: Series, _: Finding) -> Cause:
        uids = {i.data.text(keyword) for i in series.instances}
        if len(uids) > 1 or (uids == {""} and _series_in(series.archive) > 1):
            return "some", {}
        (uid,) = uids
        if not uid:
            return "missing", {}
        return ("digits" if set(uid) <= set("0123456789.") else "letters"), {}

    return diagnose


def of_modality(series: Series, _: Finding) -> Cause:
    """V3-108, V2-103."""
    return ("missing" if not series.modality else "invalid"), {}


def of_sop_class(series: Series, _: Finding) -> Cause:
    """V3-110: the file's header may name the class."""
    return ("missing" if _lacks_class(series) else "in-header"), {}


def _lacks_class(series: Series) -> bool:
    return any(
        not i.sop_class_uid and not i.data.text("MediaStorageSOPClassUID")
        for i in series.instances
    )


def of_transfer_syntax(series: Series, _: Finding) -> Cause:
    """V3-191."""
    return ("named" if any(i.transfer_syntax_uid for i in series.instances) else "unnamed"), {}


def of_class(series: Series, _: Finding) -> Cause:
    """LIM-101: an object that no image viewer shows, or images of a private class."""
    uids = {i.sop_class_uid for i in series.instances}
    return ("standard" if all(map(is_standard_class, uids - {""})) else "private"), {}


def of_palette(series: Series, _: Finding) -> Cause:
    """LIM-104: the fixer converts single frames in implicit VR only."""
    convertible = all(
        i.transfer_syntax_uid == sop_classes.IMPLICIT_VR and not i.is_multi_frame
        for i in series.instances
    )
    return ("implicit" if convertible else "other"), {}


def of_multi_frames(series: Series, _: Finding) -> Cause:
    """LIM-102: whole-slide images are the levels of one slide and belong together."""
    classes = {i.sop_class_uid for i in series.instances}
    if classes <= sop_classes.MICROSCOPY:
        return "slide", {}
    is_all = all(i.is_multi_frame for i in series.instances)
    are_few = len(series.instances) <= MOST_NEW_SERIES
    return ("multi-frames" if is_all and are_few else "mixed"), {}


def of_number(series: Series, _: Finding) -> Cause:
    """LIM-103: too many images."""
    most = series.tolerances.max_instances

    def is_small(images: Sequence[Instance]) -> bool:
        return len(images) <= most

    return _split_by(series, _VOLUMES, is_small, "attribute", "whole")


def of_pixel_spacing(series: Series, _: Finding) -> Cause:
    """MPR-103, MPR-301 to 303, MEA-101: scans have it, films and single views do not."""
    if series.modality == "RTDOSE":
        return "dose", {}
    if series.modality == "NM":
        return "nm", {}
    return ("scan" if series.modality in sop_classes.VOLUME_MODALITIES else "other"), {}


# Geometry


def of_sizes(series: Series, _: Finding) -> Cause:
    """MPR-201."""
    sizes = Counter((i.data.number("Rows"), i.data.number("Columns")) for i in series.instances)
    return _few_groups(sizes)


def of_orientations(series: Series, _: Finding) -> Cause:
    """MPR-203: an orientation is missing, or there are several stacks."""
    keyword = "ImageOrientationPatient"
    if any(i.data.problem(keyword) for i in series.instances):
        return of_pixel_spacing(series, _)
    return _few_groups(Counter(i.data.numbers(keyword) for i in series.instances))


def _few_groups(groups: Counter[object]) -> Cause:
    """Say whether equal values make a few series; images that all differ make none."""
    few = len(groups) <= max(2, groups.total() // 3) and len(groups) <= MOST_NEW_SERIES
    return ("groups" if few else "each"), {"groups": len(groups)}


def of_some_positions(series: Series, _: Finding) -> Cause:
    """V3-193: something else has to separate the images without a position."""
    has_position = [not i.data.problem("ImagePositionPatient") for i in series.instances]

    def is_alike(images: Sequence[Instance]) -> bool:
        return len({not i.data.problem("ImagePositionPatient") for i in images}) == 1

    usual = sum(has_position)
    cause, values = _split_by(series, _KINDS_OF_IMAGE, is_alike, "attribute", "some")
    return (cause, values) if usual >= FEWEST_FOR_SPACING else ("some", {})


def of_spacing(series: Series, finding: Finding) -> Cause:
    """MPR-205, MPR-391."""
    stack = stack_of(series)
    if not stack.has_extent:
        return "one-position", {}
    if stack.frames and stack.frames[0].instance.is_multi_frame:
        return "uneven", {}
    tolerance = series.tolerances.spacing_mm
    if of_copies(series, finding)[0] == "copies" and _is_even(_without_copies(series), tolerance):
        return "copies", {}

    def is_even(images: Sequence[Instance]) -> bool:
        return _is_even(images, tolerance)

    cause = _split_by(series, _STACKS, is_even, "attribute", "uneven")
    if cause[0] == "attribute":
        return cause
    runs = _runs_in_file_order(series, stack)
    if runs and all(map(is_even, runs)):
        return "order", {"groups": len(runs)}
    spacing = stack.spacing(tolerance)
    return ("holes" if spacing is not None and not spacing.irregular else "uneven"), {}


def _without_copies(series: Series) -> list[Instance]:
    return list({i.sop_instance_uid: i for i in reversed(series.instances)}.values())


def _is_even(images: Sequence[Instance], tolerance: float) -> bool:
    """Return True for a stack of three images or more with equal gaps."""
    frames = tuple(frame for image in images for frame in image.frames())
    orientation = next((o for f in frames if (o := f.orientation) is not None), None)
    stack = Stack(frames, orientation)
    if len(frames) < FEWEST_FOR_SPACING or not stack.has_extent or stack.is_four_d:
        return False
    spacing = stack.spacing(tolerance)
    return spacing is not None and spacing.is_even


def of_four_d(series: Series, finding: Finding) -> Cause:
    """MPR-102: what separates the volumes, and how many there are."""
    if any(map(is_mosaic, series.instances)):
        return "mosaic", {}
    if any(i.is_multi_frame for i in series.instances):
        return "frames", {}
    stack = stack_of(series)
    if len(stack.frames_by_position) == 1:
        return "one-position", {}
    repeated = of_copies(series, finding)[0]
    if repeated == "different":
        return "different", {}
    if repeated == "copies" and len(_without_copies(series)) == len(stack.frames_by_position):
        return "copies", {}
    volumes = stack.images_per_position
    if volumes > MOST_NEW_SERIES:
        return "many", {"volumes": volumes}
    attribute = next((k for k in _VOLUMES if _separates(stack, k)), "")
    if attribute:
        kind = "reconstructions" if attribute in _RECONSTRUCTIONS else "attribute"
        return kind, {"volumes": volumes, "attribute": as_splitter_wants(attribute)}
    if _is_in_order(series, stack):
        return "order", {"volumes": volumes}
    return "mixed", {}


def is_mosaic(instance: Instance) -> bool:
    """Return True for a Siemens mosaic: an image of all slices as tiles."""
    return "MOSAIC" in instance.data.texts("ImageType")


def _separates(stack: Stack, keyword: str) -> bool:
    """Return True when each position has the same values, each once."""
    values = [repr(frame.instance.data.get(keyword)) for frame in stack.frames]
    at_each = [sorted(values[n] for n in group) for group in stack.frames_by_position]
    return all(found == at_each[0] for found in at_each) and len(set(at_each[0])) == len(at_each[0])


def _is_in_order(series: Series, stack: Stack) -> bool:
    """Return True when the splitter's geometry finds the volumes: one by one, or interleaved."""
    volumes, positions = stack.images_per_position, len(stack.frames_by_position)
    if any(len(group) != volumes for group in stack.frames_by_position):
        return False
    runs = _runs_in_file_order(series, stack)
    if runs and len(runs) == volumes and all(len(run) == positions for run in runs):
        return True
    order = _file_order(stack)
    if not order or len({f.orientation for f in stack.frames}) > 1:
        return False
    interleaved = [order[n : n + volumes] for n in range(0, len(order), volumes)]
    groups = {frozenset(group) for group in stack.frames_by_position}
    # It takes the images for as many volumes as go into them by the steps between positions.
    steps = positions - 1
    return (
        steps > 0
        and len(order) // steps == volumes
        and all(frozenset(group) in groups for group in interleaved)
    )


def _file_order(stack: Stack) -> list[int]:
    """Return the frames in the order in which the gear reads their files: by folder and name."""
    names = [tuple(frame.instance.name.split("/")) for frame in stack.frames]
    return sorted(range(len(names)), key=names.__getitem__)


def _runs_in_file_order(series: Series, stack: Stack) -> list[list[Instance]]:
    """Return the stacks that the splitter's geometry finds in files named in order; [] for none.

    It begins a stack where the images turn back, if all are oriented alike, none repeats the
    position before it, and the first two stacks are long enough to show a direction.
    """
    if len(stack.frames) < len(series.instances) or not stack.distances_along_normal:
        return []
    if len({frame.orientation for frame in stack.frames}) > 1:
        return []
    order = _file_order(stack)
    along = [round(stack.distances_along_normal[n], 2) for n in order]
    steps = [b - a for a, b in pairwise(along)]
    forward = steps[0] > 0 if steps else False
    if any(abs(step) <= geometry.SAME_POSITION_MM for step in steps):
        return []
    runs = [[order[0]]]
    for n, step in zip(order[1:], steps, strict=True):
        if (step > 0) == forward:
            runs[-1].append(n)
        else:
            runs.append([n])
    if len(runs) < 2 or len(runs) > MOST_NEW_SERIES or min(map(len, runs)) < FEWEST_FOR_SPACING:
        return []
    return [[stack.frames[n].instance for n in run] for run in runs]


def _split_by(
    series: Series,
    keywords: Iterable[str],
    is_fine: Callable[[Sequence[Instance]], bool],
    found: str,
    else_: str,
) -> Cause:
    """Name the first attribute whose equal values make groups that are all fine."""
    for keyword in keywords:
        groups = defaultdict(list)
        for instance in series.instances:
            groups[repr(instance.data.get(keyword))].append(instance)
        if 1 < len(groups) <= MOST_NEW_SERIES and all(map(is_fine, groups.values())):
            return found, {"groups": len(groups), "attribute": as_splitter_wants(keyword)}
    return else_, {}


def as_splitter_wants(keyword: str) -> str:
    """Return the attribute for group_by, which is cut at commas: (0019,100C) is 0019100C."""
    return keyword.strip("()").replace(",", "")


# PET


def of_disagreement(series: Series, _: Finding) -> Cause:
    """SUV-291: several beds or reconstructions, or wrong values."""
    keywords = [
        k for k in _BEDS if len({repr(i.data.get(k)) for i in series.instances}) > 1
    ]  # fmt: skip
    if not keywords or not _agree_within(series, keywords):
        return "values", {}
    groups = {tuple(repr(i.data.get(k)) for k in keywords) for i in series.instances}
    if len(groups) > max(2, len(series.instances) // 3) or len(groups) > MOST_NEW_SERIES:
        return "values", {}
    return "attribute", {"groups": len(groups), "attribute": ",".join(keywords)}


def _agree_within(series: Series, keywords: list[str]) -> bool:
    """Return True when nothing but these differs in what the SUV needs."""
    dose = "RadiopharmaceuticalInformationSequence"
    others = {
        repr([i.data.get(k) for k in ("PatientWeight", "PatientSize", "PatientSex")])
        + repr([i.data.get(k) for k in _BEDS if k not in keywords])
        + repr(i.data.first_item(dose))
        for i in series.instances
    }
    return len(others) == 1


def of_counts(series: Series, finding: Finding) -> Cause:
    """SUV-292: the factors are missing, or in implicit VR."""
    affected = set(finding.affected)
    images = [i for i in series.instances if i.name in affected]
    implicit = all(
        i.transfer_syntax_uid == sop_classes.IMPLICIT_VR
        and (i.data.number("(7053,1000)") or i.data.number("(7053,1009)"))
        for i in images
    )
    return ("implicit" if implicit else "missing"), {}


def of_sex(series: Series, finding: Finding) -> Cause:
    """SUV-295: a word for M or F, or something else."""
    affected = set(finding.affected)
    sexes = {i.data.text("PatientSex").lower() for i in series.instances if i.name in affected}
    return ("word" if sexes <= {"male", "female"} else "other"), {}


# What has to come first


def first_repair(series: Series, repair: Repair) -> Repair:
    """Return the repair; where its gear would stop or lose images, what has to come before it."""
    if repair.kind is not RepairKind.GEAR:
        return repair
    archive = series.archive
    is_split_by_series = repair.config.get("group_by") == "SeriesInstanceUID"
    if any(m.kind is MemberKind.ENCRYPTED for m in archive.members):
        return repairs.FIRST_UNPACK
    if any(m.kind is MemberKind.UNREADABLE for m in archive.members) or _is_damaged(archive):
        return repairs.FIRST_READABLE
    if _series_in(archive) > 1 and not is_split_by_series:
        return repairs.FIRST_SPLIT
    if _lacks_class(series):
        return repairs.FIRST_CLASS
    if repair.gear == repairs.FIXER and not all(has_form("CS", i.modality) for i in series.instances):
        return repairs.FIRST_MODALITY
    uids = Counter((i.data.text("SeriesInstanceUID"), i.sop_instance_uid) for i in series.instances)
    keeps_copies = repair.config.get("unique") is not True
    if (repair.gear == repairs.SPLITTER or not keeps_copies) and any(not uid for _, uid in uids):
        return repairs.FIRST_INSTANCE_UIDS
    if keeps_copies and any(n > 1 for (_, uid), n in uids.items() if uid):
        return repairs.FIRST_COPIES
    return repair


def _is_damaged(archive: Archive) -> bool:
    return any(m.problem for m in archive.of_kind(MemberKind.DICOM))


def _series_in(archive: Archive) -> int:
    return len({m.series_instance_uid for m in archive.of_kind(MemberKind.DICOM)})

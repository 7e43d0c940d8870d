"""The one repair of a finding, and what has to come before it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import cast

from fw_gear_viewer_check.dicom.attributes import vr_of
from fw_gear_viewer_check.model.archive import Archive, MemberKind
from fw_gear_viewer_check.model.data_set import Damaged, DataSet, items_in
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.sop_classes import EXPLICIT_VR, RTSTRUCT, SEG
from fw_gear_viewer_check.ohif.encoding import is_character_set
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.causes import hides_image, lacks_class, series_in
from fw_gear_viewer_check.requirements.checks import is_single
from fw_gear_viewer_check.requirements.gear_numbers import holds_changed_number
from fw_gear_viewer_check.requirements.repair_kinds import FIXER, SPLITTER, may_write
from fw_gear_viewer_check.requirements.splitting import (
    MOST_NEW_SERIES,
    is_damaged,
    longest_key,
    parts_of,
)
from fw_gear_viewer_check.requirements.types import (
    CHECK_STOPPED,
    Capability,
    Comparison,
    Finding,
    Level,
    Repair,
    RepairKind,
    Requirement,
    Status,
)


def repair_of(
    requirement: Requirement,
    series: Series,
    finding: Finding,
    whole: Series,
    requirements: Iterable[Requirement],
) -> Repair:
    """Return what to do about a FAIL or UNKNOWN of a series.

    ``whole`` has the instances of all series of the input, on which a repair of the archive acts;
    ``requirements`` are all there are, in order.
    """
    if finding.code == CHECK_STOPPED:
        return repairs.REPORT_IT
    if finding.status is Status.UNKNOWN:
        known = repairs.OF_UNKNOWN
        return known.get(finding.code) or known.get(requirement.id, repairs.AFTER_OTHERS)
    acted_on = whole if requirement.scope.of_archive else series
    repair = first_repair(acted_on, _chosen(requirement, series, finding))
    # No gear was seen to repair a value that is none, or several where one is due.
    codes = {finding.code, *cast("Iterable[str]", finding.values.get("problems", ()))}
    if repair.gear and "damaged" in codes and repair != requirement.if_mixed:
        return repairs.ASK_SOURCE
    if requirement.capability is not Capability.V3_MPR or repair.gear != SPLITTER:
        return repair
    required = [one for one in requirements if one.level is Level.REQUIRED]
    of_mpr = [
        *(one for one in required if one.capability is Capability.V3_MPR),
        *(one for one in required if one.capability is Capability.V3_OPEN),  # MPR builds on it
    ]
    return _unless_in_vain(series, finding, repair, of_mpr)


def _chosen(requirement: Requirement, series: Series, finding: Finding) -> Repair:
    """Return the repair of the series as it is, or of a series in which kinds are mixed.

    Kinds are to be set apart where one of them has nothing to repair and no other needs more, or
    where a gear repairs one of them, and not the whole.
    """
    own, mixed = _own_repair(requirement, series, finding), requirement.if_mixed
    alone = _needed_by_kinds(requirement, series) if mixed else []
    if mixed is None or not all(r is None or r.gear or is_by_design(r) for r in alone):
        return own
    if any(r is not None and r.gear for r in alone):
        return own if own.gear else mixed
    return mixed if None in alone else own


def _unless_in_vain(
    series: Series,
    finding: Finding,
    split: Repair,
    of_mpr: Sequence[Requirement],
) -> Repair:
    """Return a split for MPR; where no part would have that, what prevents it.

    A part that has it when it is split again, by another attribute, is as good.
    """
    images = scopes.VOLUMES.narrow(series) or series
    parts = sorted(parts_of(images, split.config), key=lambda part: -len(part.instances))
    if len(parts[0].instances) == len(images.instances):  # stacks by geometry: each is even
        opens = [one for one in of_mpr if one.capability is Capability.V3_OPEN]
        first = _first_for_mpr(images, opens)
        return split if first is None or first.gear else first
    prevents: Repair | None = None
    for part in parts:
        first = _first_for_mpr(part, of_mpr)
        if first is None or first.gear:
            return split
        prevents = prevents or first
    if prevents is None or prevents == repairs.ONE_IMAGE:
        return repairs.OF_SINGLE_IMAGES.of(series, finding)
    return prevents


def _first_for_mpr(series: Series, of_mpr: Sequence[Requirement]) -> Repair | None:
    """Return the repair of the first that MPR requires and is not met; None where all are."""
    for requirement in of_mpr:
        narrowed = requirement.scope.narrow(series)
        if narrowed is None or isinstance(requirement.check, Comparison):
            continue
        finding = requirement.check(narrowed)
        if finding.status is Status.FAIL:
            repair = _chosen(requirement, series, finding)
            if repair.gear != SPLITTER:
                return repair
            return _unless_in_vain(series, finding, repair, of_mpr)
    return None


def _own_repair(requirement: Requirement, series: Series, finding: Finding) -> Repair:
    if isinstance(requirement.repair, Repair):
        return requirement.repair
    return requirement.repair.of(requirement.scope.narrow(series) or series, finding)


def is_by_design(repair: Repair) -> bool:
    """Return True for the repair of what nothing is wrong with: a screenshot has no position.

    So is a PET that was not corrected on purpose, or has another unit.
    """
    return repair.kind is RepairKind.NONE or repair in _BY_DESIGN


_BY_DESIGN = (repairs.CALIBRATE, repairs.ASK_CORRECTED, repairs.OTHER_UNITS)


def _needed_by_kinds(requirement: Requirement, series: Series) -> list[Repair | None]:
    """Return the repair that each kind of object needs alone, None for none; [] for one kind.

    A scan to which a requirement of MPR does not apply needs none: what is asked of single images
    is not asked of a multi-frame one, and the other way round.
    """
    kinds = series.once(_kinds)
    if not 1 < len(kinds) <= MOST_NEW_SERIES or isinstance(requirement.check, Comparison):
        return []
    needed: list[Repair | None] = []
    for alone in kinds:
        narrowed = requirement.scope.narrow(alone)
        if narrowed is None:
            if requirement.capability is Capability.V3_MPR and _is_scan(alone):
                needed.append(None)
            continue
        finding = requirement.check(narrowed)
        if finding.status is Status.FAIL:
            needed.append(_own_repair(requirement, alone, finding))
        elif finding.status is Status.PASS:
            needed.append(None)
    return needed


def _is_scan(series: Series) -> bool:
    is_volume = scopes.VOLUMES.narrow(series) is not None
    return is_volume and not all(i.is_screenshot for i in series.instances)


def _kinds(series: Series) -> tuple[Series, ...]:
    """Return the series of each SOP class alone."""
    by_class = defaultdict(list)
    for instance in series.instances:
        by_class[instance.sop_class_uid].append(instance)
    return tuple(replace(series, instances=tuple(same)) for same in by_class.values())


def first_repair(series: Series, repair: Repair) -> Repair:
    """Return the repair; where its gear would stop or lose images, what has to come before it."""
    if repair.kind is not RepairKind.GEAR:
        return repair
    return next((first for first, holds in _FIRST if holds(series, repair)), repair)


def _is_locked(series: Series, _: Repair) -> bool:
    return bool(series.archive.of_kind(MemberKind.ENCRYPTED))


def _is_unreadable(series: Series, _: Repair) -> bool:
    archive = series.archive
    return bool(archive.of_kind(MemberKind.UNREADABLE)) or archive.once(is_damaged)


def _needs_split(series: Series, repair: Repair) -> bool:
    return (
        series.archive.once(series_in) > 1 and repair.config.get("group_by") != "SeriesInstanceUID"
    )


def _unlinks_overlay(series: Series, repair: Repair) -> bool:
    """Hold where images would get new UIDs that a segmentation in their series does not name."""
    renews = repair.config.get("new-uids-needed") is True or (
        repair.gear == SPLITTER and repair.config["group_by"] != "SeriesInstanceUID"
    )
    return renews and len({i.sop_class_uid in SEG | RTSTRUCT for i in series.instances}) > 1


def _drops_classless(series: Series, _: Repair) -> bool:
    return lacks_class(series)


def _changes_modality(series: Series, repair: Repair) -> bool:
    return repair.gear == FIXER and any(
        i.modality not in _KEPT_MODALITIES.split() for i in series.instances
    )


_KEPT_MODALITIES = (
    "ANN AR ASMT AU BDUS BI BMD CR CT CTPROTOCOL DMS DG DOC DX ECG EEG EMG EOG EPS ES FID GM HC HD "
    "IO IOL IVOCT IVUS KER KO LEN LS MG MR M3D NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS OT PLAN "
    "POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT "
    "RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA XA XAPROTOCOL XC"
)
"""Values of Modality that dicom-fixer leaves alone; any other becomes one that looks like it, or
OT."""


def _changes_numbers(series: Series, _: Repair) -> bool:
    """Hold where a gear would write another number for what it cannot read as one."""
    return series.archive.changes_by_vr or series.once(holds_changed_number)


def _has_no_geometry(series: Series, repair: Repair) -> bool:
    """Hold where the splitter would find an object without position, such as a report."""
    is_by_geometry = repair.config.get("max_geometric_splits", -1) != -1
    return is_by_geometry and any(
        i.data.problem("ImagePositionPatient") or i.data.problem("ImageOrientationPatient")
        for i in series.instances
    )


def _stops(series: Series, repair: Repair) -> bool:
    """Hold where a gear would end with an error, or make one value of several with "_" between."""
    is_of_commands = any("CommandGroupLength" in i.data for i in series.instances)  # never written
    if series.archive.stops_gears or series.once(_holds_several) or is_of_commands:
        return True
    if repair.gear == SPLITTER:
        if any(isinstance(i.data.get("SeriesNumber"), tuple) for i in series.instances):
            return True
        if _takes_too_long_names(series, repair):
            return True
        # It puts the values in order, and has none of several numbers beside a single one.
        keywords = str(repair.config["group_by"]).split(",")
        kinds = [{type(i.data.get(keyword)) for i in series.instances} for keyword in keywords]
        return any(tuple in found and not found.isdisjoint({int, float}) for found in kinds)
    if any(isinstance(i.data.get(k), tuple) for i in series.instances for k in _RECKONED_WITH):
        return True
    return repair.config["strict-validation"] is True and not all(
        i.is_encoded_as_declared
        and all(map(is_character_set, i.data.texts("SpecificCharacterSet")))
        for i in series.instances
    )


_RECKONED_WITH = ("MagneticFieldStrength", "NumberOfFrames")
"""Numbers as text that the fixer compares or multiplies."""


def _holds_several(series: Series) -> bool:
    return any(_is_one_several(instance.data) for instance in series.instances)


def _is_one_several(data: DataSet) -> bool:
    """Return True where an attribute of one value has several; of numbers as text, gears keep all.

    So they do of UIDs, which are the same in all images that have them.
    """
    several = [(keyword, value) for keyword, value in data.items() if isinstance(value, tuple)]
    return any(
        any(map(_is_one_several, items_in(value)))
        or (is_single(keyword) and vr_of(keyword) not in {"DS", "IS", "SQ", "UI"})
        for keyword, value in several
    )


def _takes_too_long_names(series: Series, repair: Repair) -> bool:
    """Hold where the splitter would cut names of files, and seek another without end, or stop."""
    described = [i.data.get("SeriesDescription", 0) for i in series.instances]
    if any(isinstance(length, Damaged) for length in described):
        return True
    group_by = str(repair.config["group_by"])
    values = 0 if group_by in {"", "SeriesInstanceUID"} else longest_key(series, group_by)
    longest = max((one for one in described if isinstance(one, int)), default=0)
    return values + longest > _LONGEST_NAME


_LONGEST_NAME = 215
"""Bytes of a name besides "series-1_MR_" and "_1.dicom.zip": a disk takes 255."""


def _writes_second_file(series: Series, repair: Repair) -> bool:
    """Hold where the fixer would give several images another file name than the archive has."""
    archive = series.archive
    is_kept = archive.real_name.replace(".zip", "") + ".zip" == archive.real_name
    is_of_several = archive.is_zip and len(archive.of_kind(MemberKind.DICOM)) > 1
    return repair.gear == FIXER and is_of_several and not is_kept


def _writes_over_input(series: Series, repair: Repair) -> bool:
    """Hold where the splitter may name an output as its input is named: of an earlier run of it."""
    return repair.gear == SPLITTER and may_write(repair.config, series.archive.real_name)


def _lacks_header(series: Series, repair: Repair) -> bool:
    return repair.gear == FIXER and not all(i.has_file_meta for i in series.instances)


def _names_by_missing_uid(series: Series, repair: Repair) -> bool:
    """Hold where the splitter names files by a missing UID, or "unique" takes it for a copy."""
    fills_in = repair.gear == FIXER and repair.config["unique"] is False
    return not fills_in and series.archive.once(_lacks_uid)


def _lacks_uid(archive: Archive) -> bool:
    return not all(m.sop_instance_uid for m in archive.of_kind(MemberKind.DICOM))


def _names_by_same_uid(series: Series, repair: Repair) -> bool:
    return repair.config.get("unique") is not True and series.archive.once(_repeats_uid)


def _repeats_uid(archive: Archive) -> bool:
    members = archive.of_kind(MemberKind.DICOM)
    named = [(m.series_instance_uid, m.sop_instance_uid) for m in members if m.sop_instance_uid]
    return len(set(named)) < len(named)


def _merges_uids(series: Series, repair: Repair) -> bool:
    """Hold where gears, which replace odd signs in UIDs, would make one of two."""
    compares = repair.gear == SPLITTER or repair.config.get("unique") is True
    return compares and series.once(_has_alike_uids)


def _has_alike_uids(series: Series) -> bool:
    uids = {"\\".join(i.data.texts("SOPInstanceUID")) for i in series.instances}
    return len({_NOT_OF_UIDS.sub("", uid).strip(".") for uid in uids}) < len(uids)


_NOT_OF_UIDS = re.compile(r"[^0-9.]")


def _holds_archive(series: Series, _: Repair) -> bool:
    """Hold where a gear would drop an inner archive with its images."""
    return bool(series.archive.of_kind(MemberKind.ARCHIVE))


def _reads_hidden(series: Series, _: Repair) -> bool:
    """Hold where a gear would take a hidden file, such as a part of an image, for an image."""
    return series.archive.once(hides_image)


def _counts_directory(series: Series, repair: Repair) -> bool:
    """Hold where a gear would take a DICOMDIR for an image of another series, or without place."""
    has_directory = bool(series.archive.of_kind(MemberKind.DICOMDIR))
    counts = repair.config.get("max_geometric_splits", -1) != -1
    return has_directory and (counts or repair.gear == FIXER)


def _joins_series(series: Series, repair: Repair) -> bool:
    """Hold where the fixer would give images of several series one new SeriesInstanceUID."""
    lacking = [i for i in series.instances if not i.data.text("SeriesInstanceUID")]
    told = {tuple(map(i.data.text, _OF_SERIES)) for i in lacking}
    return repair.gear == FIXER and len(told) > 1


_OF_SERIES = (
    *("PatientID", "StudyInstanceUID", "Modality", "SeriesNumber"),
    *("FrameOfReferenceUID", "SeriesDate", "SeriesTime"),
)
"""Attributes with one value in all images of a series."""


def _goes_in_circles(series: Series, repair: Repair) -> bool:
    """Hold where each of two repairs would wait for the other."""
    is_missing = _names_by_missing_uid(series, repair)
    if repair.config.get("group_by") == "SeriesInstanceUID" and series.archive.once(series_in) > 1:
        return is_missing or _names_by_same_uid(series, repair)
    return repair.config.get("unique") is True and is_missing


def _spoils_colours(series: Series, repair: Repair) -> bool:
    """Hold where the fixer would convert YBR to RGB twice, or stop, as it writes explicit VR."""
    return repair.config.get("standardize-transfer-syntax") is True and any(
        i.transfer_syntax_uid != EXPLICIT_VR
        and i.data.get("PhotometricInterpretation") not in _LEFT_OR_LOOKED_UP
        for i in series.instances
    )


_LEFT_OR_LOOKED_UP = {None, "RGB", "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"}


_FIRST: tuple[tuple[Repair, Callable[[Series, Repair], bool]], ...] = (
    (repairs.UNPACK_INNER, _holds_archive),
    (repairs.REMOVE_HIDDEN, _reads_hidden),
    (repairs.REMOVE_PASSWORD, _is_locked),
    (repairs.FIRST_READABLE, _is_unreadable),
    (repairs.REMOVE_FILES, _counts_directory),
    (repairs.FIRST_SPLIT, _needs_split),
    (repairs.KEEP_MATCH, _unlinks_overlay),
    (repairs.SORT_BY_HAND, _goes_in_circles),
    (repairs.SORT_BY_HAND, _joins_series),
    (repairs.FIRST_CLASS, _drops_classless),
    (repairs.FIRST_MODALITY, _changes_modality),
    (repairs.FIRST_NUMBERS, _changes_numbers),
    (repairs.FIRST_VALUES, _stops),
    (repairs.WRITE_PART_10, _lacks_header),
    (repairs.SORT_BY_HAND, _merges_uids),
    (repairs.FIRST_INSTANCE_UIDS, _names_by_missing_uid),
    (repairs.FIRST_COPIES, _names_by_same_uid),
    (repairs.ASK_RGB, _spoils_colours),
    (repairs.FIRST_IMAGES, _has_no_geometry),
    (repairs.FIRST_NAME, _writes_second_file),
    (repairs.FIRST_OTHER_NAME, _writes_over_input),
)

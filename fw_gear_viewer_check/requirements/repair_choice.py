"""The one repair of a finding, and what has to come before it."""

from __future__ import annotations

from collections.abc import Callable

from fw_gear_viewer_check.dicom.values import has_form
from fw_gear_viewer_check.model.archive import MemberKind
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.causes import is_damaged, lacks_class, series_in
from fw_gear_viewer_check.requirements.types import (
    CHECK_STOPPED,
    Finding,
    Repair,
    RepairKind,
    Requirement,
    Status,
)


def repair_of(requirement: Requirement, series: Series, finding: Finding) -> Repair:
    """Return what to do about a FAIL or UNKNOWN of a series."""
    if finding.code == CHECK_STOPPED:
        return repairs.REPORT_IT
    if finding.status is Status.UNKNOWN:
        return repairs.OF_UNKNOWN.get(requirement.id, repairs.AFTER_OTHERS)
    if isinstance(requirement.repair, Repair):
        return first_repair(series, requirement.repair)
    spoken_of = requirement.scope.narrow(series) or series
    return first_repair(series, requirement.repair.of(spoken_of, finding))


def first_repair(series: Series, repair: Repair) -> Repair:
    """Return the repair; where its gear would stop or lose images, what has to come before it."""
    if repair.kind is not RepairKind.GEAR:
        return repair
    return next((first for first, holds in _FIRST if holds(series, repair)), repair)


def _is_locked(series: Series, _: Repair) -> bool:
    return bool(series.archive.of_kind(MemberKind.ENCRYPTED))


def _is_unreadable(series: Series, _: Repair) -> bool:
    archive = series.archive
    return bool(archive.of_kind(MemberKind.UNREADABLE)) or is_damaged(archive)


def _needs_split(series: Series, repair: Repair) -> bool:
    return series_in(series.archive) > 1 and repair.config.get("group_by") != "SeriesInstanceUID"


def _drops_classless(series: Series, _: Repair) -> bool:
    return lacks_class(series)


def _changes_modality(series: Series, repair: Repair) -> bool:
    forms = [has_form("CS", i.modality) for i in series.instances]
    return repair.gear == repairs.FIXER and not all(forms)


def _names_by_missing_uid(series: Series, repair: Repair) -> bool:
    """Hold where the splitter names files by a missing UID, or "unique" takes it for a copy."""
    fills_in = repair.gear == repairs.FIXER and repair.config["unique"] is False
    members = series.archive.of_kind(MemberKind.DICOM)
    return not fills_in and not all(m.sop_instance_uid for m in members)


def _names_by_same_uid(series: Series, repair: Repair) -> bool:
    members = series.archive.of_kind(MemberKind.DICOM)
    named = [(m.series_instance_uid, m.sop_instance_uid) for m in members if m.sop_instance_uid]
    return repair.config.get("unique") is not True and len(set(named)) < len(named)


_FIRST: tuple[tuple[Repair, Callable[[Series, Repair], bool]], ...] = (
    (repairs.REMOVE_PASSWORD, _is_locked),
    (repairs.FIRST_READABLE, _is_unreadable),
    (repairs.FIRST_SPLIT, _needs_split),
    (repairs.FIRST_CLASS, _drops_classless),
    (repairs.FIRST_MODALITY, _changes_modality),
    (repairs.FIRST_INSTANCE_UIDS, _names_by_missing_uid),
    (repairs.FIRST_COPIES, _names_by_same_uid),
)

"""V2 viewer: the attributes that Flywheel's DICOM index needs, and UIDs that occur once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check.dicom.values import FORM_NAMES, has_form
from fw_gear_viewer_check.model.lookup import NOT_LOOKED_UP
from fw_gear_viewer_check.model.series import most_common
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.requirements import causes, repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    failed,
    judged_by,
    not_applicable,
    passed,
    present,
    unknown,
)
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Check,
    Finding,
    RepairTable,
    Requirement,
)

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series


def valid(keyword: str, vr: str) -> Check:
    """Ask for a value that is also valid for its VR (PS3.5 sections 6.2 and 9.1)."""

    def problem_of(instance: Instance) -> str:
        text = instance.data.text(keyword)
        if not text:
            return instance.data.problem(keyword)
        return "" if has_form(vr, text) else f"not a valid {FORM_NAMES[vr]}"

    def check(series: Series) -> Finding:
        return judged_by(series, problem_of, keyword, f"{keyword} is there")

    return check


def requested(keyword: str) -> Check:
    """Ask for an attribute at the top level or in some item of RequestAttributesSequence."""

    def in_request(instance: Instance) -> bool:
        items = instance.data.items_of("RequestAttributesSequence")
        return any(not item.problem(keyword) for item in items)

    def problem_of(instance: Instance) -> str:
        problem = instance.data.problem(keyword)
        return "" if problem and in_request(instance) else problem

    def check(series: Series) -> Finding:
        nested = sum(bool(i.data.problem(keyword)) and in_request(i) for i in series.instances)
        where = (
            f" (in RequestAttributesSequence in {counted(nested, 'instance')})" if nested else ""
        )
        return judged_by(series, problem_of, keyword, f"{keyword} is there{where}")

    return check


def unique_in_project(series: Series) -> Finding:
    """V2-201: one file per series, one session per study."""
    series_uid = series.series_instance_uid
    study_uid = most_common(i.data.text("StudyInstanceUID") for i in series.instances)
    # Without a UID there is nothing to look for (V2-101, V2-102 say that it is missing).
    lookup = series.lookup
    files = lookup.same_series_in_project(series_uid) if series_uid else NOT_LOOKED_UP
    sessions = lookup.same_study_in_other_sessions(study_uid) if study_uid else NOT_LOOKED_UP
    if files == sessions == NOT_LOOKED_UP:
        return not_applicable("no other files were looked at")
    problems = []
    if files.matches:
        problems.append(f"{counted(len(files.matches), 'other file')} with this series")
    if sessions.matches:
        problems.append(f"{counted(len(sessions.matches), 'other session')} with this study")
    if problems:
        affected = (*(files.matches or ()), *(sessions.matches or ()))
        return failed(" and ".join(problems), affected, len(affected) + 1)
    reason = files.reason or sessions.reason
    if reason:
        return unknown(reason)
    alone = ["no other file has this series"] if files.matches is not None else []
    alone += ["no other session has this study"] if sessions.matches is not None else []
    return passed(", ".join(alone), 1)


_row = partial(
    Requirement,
    capability=Capability.V2_OPEN,
    source="V2 Viewer",
    scope=scopes.OBJECTS,
    why="The V2 viewer finds images through Flywheel's DICOM index, and the index refuses or "
    "misfiles an image without this attribute.",
)

V2_VIEWER = (
    _row(
        id="V2-101",
        title="SeriesInstanceUID, valid",
        statement="Every instance says which series it belongs to.",
        repair=RepairTable(
            causes.of_uid("SeriesInstanceUID"),
            {
                "missing": repairs.ADD_SERIES_UID,
                "digits": repairs.CORRECT_UIDS,
                "letters": repairs.NEW_UIDS,
                "some": repairs.ASK_SOURCE,
            },
        ),
        check=valid("SeriesInstanceUID", "UI"),
        tags=(("(0020,000E)", "SeriesInstanceUID"),),
    ),
    _row(
        id="V2-102",
        title="StudyInstanceUID, valid",
        statement="Every instance says which study (visit) it belongs to.",
        repair=RepairTable(
            causes.of_uid("StudyInstanceUID"),
            {
                "missing": repairs.NEW_UIDS,
                "digits": repairs.CORRECT_UIDS,
                "letters": repairs.NEW_UIDS,
                "some": repairs.ASK_SOURCE,
            },
        ),
        check=valid("StudyInstanceUID", "UI"),
        tags=(("(0020,000D)", "StudyInstanceUID"),),
    ),
    _row(
        id="V2-103",
        title="Modality, valid",
        statement="Every instance says by which kind of scanner it was made (CT, MR, ...).",
        repair=repairs.ASK_MODALITY,
        check=valid("Modality", "CS"),
        tags=(("(0008,0060)", "Modality"),),
    ),
    _row(
        id="V2-104",
        title="SeriesNumber",
        statement="Every instance has the number of its series in the study.",
        repair=repairs.ASK_V2,
        check=present("SeriesNumber"),
        tags=(("(0020,0011)", "SeriesNumber"),),
    ),
    _row(
        id="V2-105",
        title="ScheduledProcedureStepID",
        statement="Every instance names the scheduled step of the examination, at the top level "
        "or in RequestAttributesSequence, where DICOM puts it.",
        repair=repairs.ASK_V2,
        check=requested("ScheduledProcedureStepID"),
        tags=(("(0040,0009)", "ScheduledProcedureStepID"),),
    ),
    _row(
        id="V2-106",
        title="RequestedProcedureID",
        statement="Every instance names the requested examination, at the top level or in "
        "RequestAttributesSequence, where DICOM puts it.",
        repair=repairs.ASK_V2,
        check=requested("RequestedProcedureID"),
        tags=(("(0040,1001)", "RequestedProcedureID"),),
    ),
    _row(
        id="V2-107",
        title="StudyDate",
        statement="Every instance has the date of its study.",
        repair=repairs.ASK_V2,
        check=present("StudyDate"),
        tags=(("(0008,0020)", "StudyDate"),),
    ),
    _row(
        id="V2-108",
        title="StudyTime",
        statement="Every instance has the time of its study.",
        repair=repairs.ASK_V2,
        check=present("StudyTime"),
        tags=(("(0008,0030)", "StudyTime"),),
    ),
    _row(
        id="V2-109",
        title="StudyID",
        statement="Every instance has the ID of its study.",
        repair=repairs.ASK_V2,
        check=present("StudyID"),
        tags=(("(0020,0010)", "StudyID"),),
    ),
    _row(
        id="V2-110",
        title="PatientID",
        statement="Every instance has an ID of its patient (a pseudonym will do).",
        repair=repairs.ASK_V2,
        check=present("PatientID"),
        tags=(("(0010,0020)", "PatientID"),),
    ),
)

UNIQUENESS = (
    _row(
        id="V2-201",
        source="DICOM UIDs uniqueness",
        scope=scopes.INPUT,
        title="UIDs occur once in the project",
        statement="No other file of the project has the same SeriesInstanceUID, and no other "
        "session the same StudyInstanceUID.",
        why="The V2 viewer's index knows a series and a study once: of two files with one UID "
        "it opens only one.",
        repair=repairs.KEEP_ONE_FILE,
        check=unique_in_project,
        tags=(("(0020,000E)", "SeriesInstanceUID"), ("(0020,000D)", "StudyInstanceUID")),
    ),
)

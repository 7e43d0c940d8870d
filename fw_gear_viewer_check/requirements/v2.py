"""V2 viewer: the attributes that Flywheel's DICOM index needs, and UIDs that occur once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.lookup import NOT_LOOKED_UP
from fw_gear_viewer_check.model.series import most_common
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.requirements import causes, repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    Present,
    PresentOrIn,
    Valid,
    failed,
    not_applicable,
    passed,
    unknown,
)
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    RepairTable,
    Requirement,
)
from fw_gear_viewer_check.requirements.zip_archive import one_study_and_patient

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.series import Series


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
        return failed(" and ".join(problems), affected, len(affected) + 1, "used-elsewhere")
    reason = files.reason or sessions.reason
    if reason:
        return unknown(reason, code="not-answered")
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
        check=Valid("SeriesInstanceUID"),
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
        check=Valid("StudyInstanceUID"),
    ),
    _row(
        id="V2-103",
        title="Modality, valid",
        statement="Every instance says by which kind of scanner it was made (CT, MR, ...).",
        repair=repairs.ASK_MODALITY,
        check=Valid("Modality"),
    ),
    _row(
        id="V2-104",
        title="SeriesNumber",
        statement="Every instance has the number of its series in the study.",
        repair=repairs.ASK_V2,
        check=Present("SeriesNumber"),
    ),
    _row(
        id="V2-105",
        title="ScheduledProcedureStepID",
        statement="Every instance names the scheduled step of the examination, at the top level "
        "or in RequestAttributesSequence, where DICOM puts it.",
        repair=repairs.ASK_V2,
        check=PresentOrIn("ScheduledProcedureStepID", "RequestAttributesSequence"),
    ),
    _row(
        id="V2-106",
        title="RequestedProcedureID",
        statement="Every instance names the requested examination, at the top level or in "
        "RequestAttributesSequence, where DICOM puts it.",
        repair=repairs.ASK_V2,
        check=PresentOrIn("RequestedProcedureID", "RequestAttributesSequence"),
    ),
    _row(
        id="V2-107",
        title="StudyDate",
        statement="Every instance has the date of its study.",
        repair=repairs.ASK_V2,
        check=Present("StudyDate"),
    ),
    _row(
        id="V2-108",
        title="StudyTime",
        statement="Every instance has the time of its study.",
        repair=repairs.ASK_V2,
        check=Present("StudyTime"),
    ),
    _row(
        id="V2-109",
        title="StudyID",
        statement="Every instance has the ID of its study.",
        repair=repairs.ASK_V2,
        check=Present("StudyID"),
    ),
    _row(
        id="V2-110",
        title="PatientID",
        statement="Every instance has an ID of its patient (a pseudonym will do).",
        repair=repairs.ASK_V2,
        check=Present("PatientID"),
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
        reads=("SeriesInstanceUID", "StudyInstanceUID"),
    ),
    _row(
        id="V2-291",
        source="viewer (V2)",
        title="One patient and one study in a series",
        statement="The images of a series are of one patient and one study.",
        why="Flywheel's DICOM index keeps patients, studies and series as a tree: a series cannot "
        "be in two studies.",
        repair=repairs.ASK_PATIENT,
        check=one_study_and_patient,
        reads=("PatientID", "StudyInstanceUID"),
    ),
)

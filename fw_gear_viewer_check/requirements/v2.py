"""V2 viewer: the attributes that Flywheel's DICOM index needs, and UIDs that occur once."""

from __future__ import annotations

from functools import partial

from fw_gear_viewer_check.model.lookup import NOT_LOOKED_UP
from fw_gear_viewer_check.model.series import Series, most_common
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


def unique_in_project(series: Series) -> Finding:
    """V2-201: one file per series, one session per study."""
    series_uid = series.series_instance_uid
    study_uid = most_common(i.data.text("StudyInstanceUID") for i in series.instances)
    # Without a UID there is nothing to look for (V2-101, V2-102 say that it is missing).
    lookup = series.lookup
    files = lookup.same_series_in_project(series_uid) if series_uid else NOT_LOOKED_UP
    sessions = lookup.same_study_in_other_sessions(study_uid) if study_uid else NOT_LOOKED_UP
    if files == sessions == NOT_LOOKED_UP:
        return not_applicable("other files were not looked up")
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
)

V2_VIEWER = (
    _row(
        id="V2-101",
        title="Valid SeriesInstanceUID",
        statement="Every DICOM object has a SeriesInstanceUID, and it is a valid UID (digits and "
        "dots).",
        why="Flywheel's index for the V2 viewer finds a series by its SeriesInstanceUID.",
        repair=RepairTable(
            causes.of_uid("SeriesInstanceUID"),
            {
                "missing": repairs.ADD_SERIES_UID,
                "zeros": repairs.CORRECT_UIDS,
                "other": repairs.NEW_UIDS,
                "some": repairs.ASK_SOURCE,
            },
        ),
        check=Valid("SeriesInstanceUID"),
    ),
    _row(
        id="V2-102",
        title="Valid StudyInstanceUID",
        statement="Every DICOM object has a StudyInstanceUID, and it is a valid UID (digits and "
        "dots).",
        why="Flywheel's index for the V2 viewer files each series under its study.",
        repair=RepairTable(
            causes.of_uid("StudyInstanceUID"),
            {
                "missing": repairs.NEW_UIDS,
                "zeros": repairs.CORRECT_UIDS,
                "other": repairs.NEW_UIDS,
                "some": repairs.ASK_SOURCE,
            },
        ),
        check=Valid("StudyInstanceUID"),
    ),
    _row(
        id="V2-103",
        title="Valid Modality",
        statement="Every DICOM object has a Modality, and it is a valid code such as CT, MR or PT.",
        why="Flywheel's index for the V2 viewer requires Modality.",
        repair=repairs.ASK_MODALITY,
        check=Valid("Modality"),
    ),
    _row(
        id="V2-104",
        title="SeriesNumber",
        statement="Every DICOM object has a SeriesNumber, the number of its series in the study.",
        why="Flywheel's index for the V2 viewer requires SeriesNumber. V3 does not.",
        repair=repairs.ASK_V2,
        check=Present("SeriesNumber"),
    ),
    _row(
        id="V2-105",
        title="ScheduledProcedureStepID",
        statement="Every DICOM object has a ScheduledProcedureStepID, at the top level or in "
        "RequestAttributesSequence, where DICOM puts it.",
        why="Flywheel's index for the V2 viewer requires it. V3 does not, and scanners rarely "
        "write it.",
        repair=repairs.ASK_V2,
        check=PresentOrIn("ScheduledProcedureStepID", "RequestAttributesSequence"),
    ),
    _row(
        id="V2-106",
        title="RequestedProcedureID",
        statement="Every DICOM object has a RequestedProcedureID, at the top level or in "
        "RequestAttributesSequence, where DICOM puts it.",
        why="Flywheel's index for the V2 viewer requires it. V3 does not, and scanners rarely "
        "write it.",
        repair=repairs.ASK_V2,
        check=PresentOrIn("RequestedProcedureID", "RequestAttributesSequence"),
    ),
    _row(
        id="V2-107",
        title="StudyDate",
        statement="Every DICOM object has a StudyDate.",
        why="Flywheel's index for the V2 viewer requires StudyDate. V3 does not; de-identification "
        "often removes it.",
        repair=repairs.ASK_V2,
        check=Present("StudyDate"),
    ),
    _row(
        id="V2-108",
        title="StudyTime",
        statement="Every DICOM object has a StudyTime.",
        why="Flywheel's index for the V2 viewer requires StudyTime. V3 does not; de-identification "
        "often removes it.",
        repair=repairs.ASK_V2,
        check=Present("StudyTime"),
    ),
    _row(
        id="V2-109",
        title="StudyID",
        statement="Every DICOM object has a StudyID, the short identifier of its study.",
        why="Flywheel's index for the V2 viewer requires StudyID. V3 does not.",
        repair=repairs.ASK_V2,
        check=Present("StudyID"),
    ),
    _row(
        id="V2-110",
        title="PatientID",
        statement="Every DICOM object has a PatientID. A pseudonym is enough.",
        why="Flywheel's index for the V2 viewer files each study under its patient.",
        repair=repairs.ASK_V2,
        check=Present("PatientID"),
    ),
)

UNIQUENESS = (
    _row(
        id="V2-201",
        source="DICOM UIDs uniqueness",
        scope=scopes.INPUT,
        title="UIDs used once in the project",
        cause="its UIDs occur elsewhere in the project",
        statement="No other file of the project has the same SeriesInstanceUID, and no other "
        "session has the same StudyInstanceUID.",
        why="Flywheel's index for the V2 viewer holds each UID once: of two files with the same "
        "UID, V2 opens only one.",
        repair=repairs.KEEP_ONE_FILE,
        check=unique_in_project,
        reads=("SeriesInstanceUID", "StudyInstanceUID"),
    ),
    _row(
        id="V2-291",
        source="viewer (V2)",
        title="One patient and one study in a series",
        cause="more than one study or patient",
        statement="All objects of the series belong to one patient and one study.",
        why="Flywheel's index for the V2 viewer files each series under one patient and one study.",
        repair=repairs.ASK_PATIENT,
        check=one_study_and_patient,
        reads=("PatientID", "StudyInstanceUID"),
    ),
)

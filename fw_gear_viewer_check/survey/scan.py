"""Which loose files make a series: a look at their headers, before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fw_gear_viewer_check.dicom.header import HeaderReader
from fw_gear_viewer_check.dicom.kinds import is_zip
from fw_gear_viewer_check.dicom.reader import File, read_member
from fw_gear_viewer_check.model.archive import MemberKind
from fw_gear_viewer_check.model.limits import MAX_KEPT_BYTES, Budget
from fw_gear_viewer_check.survey.inputs import SourceFile
from fw_gear_viewer_check.survey.urls import uid_key
from fw_gear_viewer_check.system.bounds import limited_time

MOST_REMEMBERED = 1024 * 1024
"""Bytes of one file's values that may be remembered for the next files."""
MOST_WALKED = 4 * 1024 * 1024
"""Bytes of a header that comes near no limit, where it is not longer than the file: a deflated one
may be."""

_DICOM_ENDINGS = (".dcm", ".dicom", ".ima")
_LEFT_OUT = frozenset({MemberKind.NOT_DICOM, MemberKind.ARCHIVE, MemberKind.DICOMDIR})


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a loose file is: part of a series, an input of its own, or nothing to survey."""

    series_instance_uid: str = ""
    left_out: str = ""
    """Why it is not surveyed; "" when it is."""
    is_sure: bool = True
    """False where it could not be read: a later run looks again."""


OWN_INPUT = Scanned()
"""A zip under another name, or a DICOM file that names no series."""
NOT_READ = Scanned(is_sure=False)
"""It is judged alone, which says why it cannot be read."""


def is_input(file: SourceFile) -> bool:
    """Return True for a file that is an input of its own without a look into it."""
    return file.size < 0 or file.base.lower().endswith(".zip")


def scan(files: list[SourceFile]) -> list[Scanned]:
    """Return what each file is; one that cannot be opened is an input that cannot be checked."""
    reader = HeaderReader()
    found: list[Scanned] = []
    for file in files:
        # What one file may cost is limited, in time, too, and no other file pays for it.
        try:
            with limited_time(file.size):
                one, reader = _looked_at(reader, file)
        except Exception:  # noqa: BLE001 - whatever goes wrong, it is judged alone
            one, reader = NOT_READ, HeaderReader()
        found.append(one)
    return found


def _looked_at(reader: HeaderReader, file: SourceFile) -> tuple[Scanned, HeaderReader]:
    """Return what a file is, and the reader for the next one.

    A reader remembers the values that it has met; it is not kept behind a file that left many.
    """
    own = Budget.of_one(file.size)
    reader.budget = replace(own, walked=min(file.size, MOST_WALKED))
    one = _scanned(reader, file)
    if reader.budget.is_spent:
        # What is remembered decides what it costs: a reader of its own reads it, or not.
        reader = HeaderReader(budget=own)
        one = _scanned(reader, file)
    left_many = MAX_KEPT_BYTES - reader.budget.kept > MOST_REMEMBERED
    return one, HeaderReader() if left_many else reader


def _scanned(reader: HeaderReader, file: SourceFile) -> Scanned:
    named_dicom = file.base.lower().endswith(_DICOM_ENDINGS)
    try:
        with file.open() as stream:
            if is_zip(file.base, stream.read(132)):
                return OWN_INPUT
        member, _ = read_member(reader, File(file.base, file.size, file.open, is_wanted=True))
    except Exception:  # noqa: BLE001 - whatever it is, it is reported when the file is judged
        return NOT_READ
    if member.kind is MemberKind.DICOM:
        return Scanned(uid_key(member.series_instance_uid))
    if member.kind is MemberKind.UNREADABLE:
        return NOT_READ
    if named_dicom or member.kind not in {*_LEFT_OUT, MemberKind.EMPTY}:
        return OWN_INPUT
    return Scanned(left_out=str(member.kind))

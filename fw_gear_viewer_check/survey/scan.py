"""Which loose files make a series: a look at their headers, before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_viewer_check.dicom.header import HeaderReader
from fw_gear_viewer_check.dicom.reader import File, is_zip, read_member
from fw_gear_viewer_check.model.archive import MemberKind

if TYPE_CHECKING:
    from fw_gear_viewer_check.survey.inputs import Place

_DICOM_ENDINGS = (".dcm", ".dicom", ".ima")
_LEFT_OUT = frozenset({MemberKind.NOT_DICOM, MemberKind.ARCHIVE, MemberKind.DICOMDIR})


@dataclass(frozen=True, slots=True)
class Seen:
    """What a loose file is: part of a series, an input of its own, or nothing to survey."""

    series_instance_uid: str = ""
    left_out: str = ""
    """Why it is not surveyed; "" when it is."""


ALONE = Seen()
"""A zip under another name, or a DICOM file that cannot be read or that names no series."""


def is_input(place: Place) -> bool:
    """Return True for a file that is an input of its own without a look into it."""
    return place.size < 0 or place.base.lower().endswith(".zip")


def scan(places: list[Place]) -> list[Seen]:
    """Return what each file is; one that cannot be opened is an input that cannot be checked."""
    reader = HeaderReader()
    return [_seen(reader, place) for place in places]


def _seen(reader: HeaderReader, place: Place) -> Seen:
    named_dicom = place.base.lower().endswith(_DICOM_ENDINGS)
    try:
        with place.open() as stream:
            if is_zip(place.base, stream.read(132)):
                return ALONE
        member, _ = read_member(reader, File(place.base, place.size, place.open))
    except Exception:  # noqa: BLE001 - whatever it is, it is told when the file is judged
        return ALONE
    if member.kind is MemberKind.DICOM:
        return Seen(member.series_instance_uid)
    if named_dicom or member.kind not in {*_LEFT_OUT, MemberKind.EMPTY}:
        return ALONE
    return Seen(left_out=str(member.kind))

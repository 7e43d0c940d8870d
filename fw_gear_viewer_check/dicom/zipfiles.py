"""Zips that may have been made to do harm: opened within bounds, their members looked at first.

What the directory of a zip says is all that is looked at here: nothing is unpacked.
"""

from __future__ import annotations

import zipfile
from itertools import pairwise
from typing import IO, TYPE_CHECKING, cast

from fw_gear_viewer_check.dicom.streams import Bounded
from fw_gear_viewer_check.model.archive import MemberKind
from fw_gear_viewer_check.model.limits import MAX_DIRECTORY_BYTES, SpentError

if TYPE_CHECKING:
    from collections.abc import Iterator

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What is unpacked. Python unpacks bzip2 and LZMA without a bound on the memory."""
_MOST_DEFLATED = 1032
"""Bytes that deflate can make of one (its longest match in its shortest code)."""
_LOCAL_HEADER_BYTES = 30
"""Shortest header of a member, before its content."""
_ENDS = 128 * 1024
"""Bytes that are read to find the directory: the end of the zip, with a comment of 64 KiB."""
_ENCRYPTED = 0x1
"""Flag of an encrypted member."""


def opened(stream: IO[bytes]) -> zipfile.ZipFile:
    """Read the directory of a zip, which is loaded as a whole.

    Raises :class:`~..model.limits.SpentError` for a huge one, and what :mod:`zipfile` raises for a
    damaged one.
    """
    message = f"its directory is longer than {MAX_DIRECTORY_BYTES >> 20} MiB"
    bounded = Bounded(stream, MAX_DIRECTORY_BYTES + _ENDS, lambda: SpentError(message))
    archive = zipfile.ZipFile(cast("IO[bytes]", bounded))
    archive.fp = stream
    return archive


def members(
    archive: zipfile.ZipFile,
) -> Iterator[tuple[zipfile.ZipInfo, MemberKind | None, str]]:
    """Yield the files inside, each with why it is not to be opened (None, "" where it is)."""
    infos = archive.infolist()
    overlapping = _overlapping(infos)
    for info in infos:
        if is_folder(info):
            continue
        if info.flag_bits & _ENCRYPTED:
            yield info, MemberKind.ENCRYPTED, "encrypted"
        elif info.compress_type not in _METHODS:
            yield info, MemberKind.UNREADABLE, "compressed in a way that is not read"
        elif info.header_offset in overlapping:
            yield info, MemberKind.UNREADABLE, "damaged: it overlaps the next file"
        elif info.file_size > _MOST_DEFLATED * (info.compress_size + 1):
            yield info, MemberKind.UNREADABLE, "damaged: it cannot be as long as the zip says"
        else:
            yield info, None, ""


def is_folder(info: zipfile.ZipInfo) -> bool:
    """Return True for a folder; :meth:`zipfile.ZipInfo.is_dir` fails for a file without a name."""
    return info.filename.endswith("/")


def _overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """Return where the members begin that reach into the next one, as in a zip bomb."""
    spans = sorted((info.header_offset, info.compress_size) for info in infos)
    return {
        start
        for (start, size), (following, _) in pairwise(spans)
        if start + _LOCAL_HEADER_BYTES + size > following
    }

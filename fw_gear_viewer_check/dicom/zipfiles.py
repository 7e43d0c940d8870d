"""Zips that may have been made to do harm: opened within bounds, their members looked at first.

What the directory of a zip says is all that is looked at here: nothing is unpacked.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import IO, cast

from fw_gear_viewer_check.dicom.streams import Bounded
from fw_gear_viewer_check.model.archive import MemberKind
from fw_gear_viewer_check.model.limits import MAX_DIRECTORY_BYTES

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What is unpacked. Python unpacks bzip2 and LZMA without a bound on the memory."""
_MOST_DEFLATED = 1032
"""Bytes that deflate can make of one (its longest match in its shortest code)."""
_NOTHING_DEFLATED = 2
"""Bytes of no content at all, deflated."""
_LOCAL_HEADER_BYTES = 30
"""Shortest header of a member, before its content."""
_ENDS = 128 * 1024
"""Bytes that are read to find the directory: the end of the zip, with a comment of 64 KiB."""
_END_BYTES = 22
"""The record at the end, without its comment; it begins with the number of the zip's part."""
_IN_64_BITS = 0xFFFF
"""Stands for a number that does not fit in."""
_ENTRY_BYTES = 46
"""An entry of the directory, without its name, extra fields and comment."""
_UTF_8 = 0x8
"""Flag of a name in UTF-8, in the upper of two bytes."""
_ENCRYPTED, _PATCHED = 0x41, 0x20
"""Flags of an encrypted member, and of one that is a change of another: Python opens neither."""
CHECKED = 16 * 1024
"""Bytes of a member up to which it is read whole, and held to its CRC. That of a longer one would
be looked at where reading its header happened to lead to its end."""
_AT_ONCE = 128 * 1024
"""Bytes of a member that are inflated at once."""
SAME_NAME = "its name is that of another file: unpacked, one replaces the other"
NAME_OF_FOLDER = "its name is that of a folder inside: the archive cannot be unpacked"
TOO_LONG_NAME = "its name is longer than a disk takes: the archive cannot be unpacked"
_LONGEST_NAME = 255
"""Bytes of a name, or of a folder in it."""
NO_FILE = "the zip calls it a folder or a link, but it has content: unpacked, it is lost"
_LINK = 0o12
"""Type of a symbolic link, in the upper bits of the mode of a file."""


class RefusedError(ValueError):
    """A zip is not opened; the message says why."""


class _PlainNames(Bounded):
    """Takes the sign of UTF-8 off the names in the directory that are not UTF-8.

    :mod:`zipfile` would refuse the whole archive for one such name; without the sign it takes the
    name for one in the zip's old character set, in which every byte is a character.
    """

    def read(self, size: int = -1, /) -> bytes:
        """Read on; the directory is read as a whole."""
        part = bytearray(super().read(size))
        at = 0
        while part[at : at + 4] == b"PK\1\2" and at + _ENTRY_BYTES <= len(part):
            lengths = struct.unpack_from("<3H", part, at + 28)
            start = at + _ENTRY_BYTES
            try:
                part[start : start + lengths[0]].decode()
            except UnicodeDecodeError:
                part[at + 9] &= ~_UTF_8
            at = start + sum(lengths)
        return bytes(part)


class _Content(zipfile.ZipExtFile):
    """What a member holds, inflated in small parts.

    :mod:`zipfile` takes up as many packed bytes as it is asked for unpacked ones, and copies those
    that are left whenever it is read on: of much that is packed tightly, for hours.
    """

    MIN_READ_SIZE = 1
    """No more is inflated than is asked for: whether damage behind that is met would depend on how
    long the pieces are in which a store sends the member."""

    def read(self, n: int | None = -1) -> bytes:
        """Read on; to the end without a size."""
        left = math.inf if n is None or n < 0 else n
        if left <= _AT_ONCE:
            return super().read(n)
        found = []
        while left > 0 and (part := super().read(int(min(left, _AT_ONCE)))):
            found.append(part)
            left -= len(part)
        return b"".join(found)


def opened(stream: IO[bytes]) -> zipfile.ZipFile:
    """Read the directory of a zip, which is loaded as a whole.

    Raises :class:`RefusedError`, and what :mod:`zipfile` raises for a damaged zip.
    """
    try:
        archive = zipfile.ZipFile(cast("IO[bytes]", _bounded(Bounded, stream)))
    except UnicodeDecodeError:
        archive = zipfile.ZipFile(cast("IO[bytes]", _bounded(_PlainNames, stream)))
    archive.fp = stream
    stream.seek(-_END_BYTES - len(archive.comment), io.SEEK_END)
    end = stream.read(_END_BYTES)
    part = int.from_bytes(end[4:6], "little")
    if end.startswith(b"PK\5\6") and part not in {0, _IN_64_BITS}:
        message = f"it is the last of {part + 1} parts of a split zip: the others are missing"
        raise RefusedError(message)
    return archive


def _bounded(kind: type[Bounded], stream: IO[bytes]) -> Bounded:
    message = f"its directory is longer than {MAX_DIRECTORY_BYTES >> 20} MiB"
    return kind(stream, MAX_DIRECTORY_BYTES + _ENDS, RefusedError(message))


def members(
    archive: zipfile.ZipFile,
) -> Iterator[tuple[zipfile.ZipInfo, MemberKind | None, str]]:
    """Yield the files inside, each with its kind where it is not to be opened, and its problem."""
    infos = archive.infolist()
    overlapping = _overlapping(infos, archive.start_dir)
    names = Counter(map(_unpacked, infos))
    folders = {one for one, after in pairwise(sorted(names)) if after.startswith(f"{one}\0")}
    for info in infos:
        if is_folder(info):
            continue
        if info.flag_bits & _ENCRYPTED:
            yield info, MemberKind.ENCRYPTED, "encrypted"
        elif info.compress_type not in _METHODS or info.flag_bits & _PATCHED:
            yield info, MemberKind.UNREADABLE, "compressed in a way that is not read"
        elif info.header_offset in overlapping:
            yield info, MemberKind.UNREADABLE, "damaged: it overlaps what follows in the zip"
        elif not _is_possible(info):
            yield info, MemberKind.UNREADABLE, "damaged: it cannot be as long as the zip says"
        elif names[name := _unpacked(info)] > 1:
            yield info, None, SAME_NAME
        elif any(len(part.encode(errors="replace")) > _LONGEST_NAME for part in name.split("\0")):
            yield info, None, TOO_LONG_NAME
        elif info.filename.endswith("/") or info.external_attr >> 28 == _LINK:
            yield info, None, NO_FILE
        else:
            yield info, None, NAME_OF_FOLDER if name in folders else ""


def _unpacked(info: zipfile.ZipInfo) -> str:
    """Return the parts of the name that unpacking makes of it, as :meth:`zipfile.ZipFile.extract`.

    NUL stands between them, and behind a folder: no name has one, and none comes before it.
    """
    parts = [part for part in info.filename.split("/") if part not in {"", ".", ".."}]
    return "\0".join([*parts, ""] if is_folder(info) else parts)


def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """Open a member, to be read front to back before the next one is opened.

    :meth:`zipfile.ZipFile.open` refuses the names that :class:`_PlainNames` mends, and takes as
    long as inflating a header, for members that are read at the same time.
    """
    if info.header_offset < 0:  # the start of the zip is lost
        raise zipfile.BadZipFile
    stream = cast("IO[bytes]", archive.fp)
    stream.seek(info.header_offset)
    head = stream.read(_LOCAL_HEADER_BYTES)
    if len(head) < _LOCAL_HEADER_BYTES or not head.startswith(b"PK\3\4"):
        raise zipfile.BadZipFile
    of_name, of_extra = struct.unpack_from("<2H", head, 26)
    name = stream.read(of_name)
    if name != info.orig_filename.encode("utf-8" if info.flag_bits >> 8 & _UTF_8 else "cp437"):
        raise zipfile.BadZipFile
    stream.seek(info.header_offset + _LOCAL_HEADER_BYTES + of_name + of_extra)
    if info.file_size <= CHECKED:
        return io.BytesIO(_checked(stream, info))
    info.CRC = None  # type: ignore[assignment]  # which is how zipfile looks at none
    is_stored = info.compress_type == zipfile.ZIP_STORED
    kind = zipfile.ZipExtFile if is_stored else _Content
    return cast("IO[bytes]", kind(stream, "r", info))


def _checked(stream: IO[bytes], info: zipfile.ZipInfo) -> bytes:
    """Return all of a member; raises :class:`zipfile.BadZipFile` where it is not what it was.

    One byte more is asked for, and no more inflated: zipfile would inflate all, and cut it.
    """
    info.file_size += 1
    try:
        content = zipfile.ZipExtFile(stream, "r", info).read(info.file_size)
    finally:
        info.file_size -= 1
    if len(content) != info.file_size:
        raise zipfile.BadZipFile
    return content


def is_folder(info: zipfile.ZipInfo) -> bool:
    r"""Return True for a folder; :meth:`zipfile.ZipInfo.is_dir` fails for a file without a name.

    Old programs of Windows write "folder\" for it. What has content is a file all the same.
    """
    is_empty = not info.file_size and info.compress_size <= _NOTHING_DEFLATED
    return info.filename.endswith(("/", "\\")) and is_empty


def _is_possible(info: zipfile.ZipInfo) -> bool:
    """Return True where so many bytes can be made of those that are packed."""
    if info.compress_type == zipfile.ZIP_STORED:
        return info.file_size == info.compress_size
    return info.file_size <= _MOST_DEFLATED * (info.compress_size + 1)


def _overlapping(infos: list[zipfile.ZipInfo], directory: int) -> set[int]:
    """Return where members begin that reach into the next one, as in a zip bomb, or the directory.

    ``directory`` is where that begins.
    """
    spans = sorted((info.header_offset, info.compress_size) for info in infos)
    return {
        start
        for (start, size), (following, _) in pairwise([*spans, (directory, 0)])
        if start + _LOCAL_HEADER_BYTES + size > following
    }

"""A path -> the archive and its instances, header by header; nothing is extracted.

A zip, a folder and a lone file become the same two things: an :class:`~.model.Archive` that names
every member and what it is, and the :class:`~.model.Instance` of each that is DICOM. A member that
cannot be read is a member with a problem, never an exception; only a path that is not there is.

A :class:`File` may lie anywhere: all it takes is a stream that can seek.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import stat
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias, runtime_checkable

from fw_gear_viewer_check.dicom import zipfiles
from fw_gear_viewer_check.dicom.digests import with_digests
from fw_gear_viewer_check.dicom.faults import OF_PLACE, OF_RIGHTS, ZIP_ERRORS, raise_fault
from fw_gear_viewer_check.dicom.header import (
    Header,
    HeaderReader,
    NotDicomError,
    OddEncodingError,
)
from fw_gear_viewer_check.dicom.kinds import damage_of, is_archive, is_hidden, is_zip
from fw_gear_viewer_check.dicom.levels import are_asked_for, with_levels
from fw_gear_viewer_check.dicom.streams import (
    FIRST_READ,
    NotDeliveredError,
    UnreadableError,
)
from fw_gear_viewer_check.model.archive import Archive, Member, MemberKind
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import (
    MAX_ELEMENTS,
    MAX_FRACTIONAL_BYTES,
    MAX_MEMBERS,
    Budget,
    SpentError,
)
from fw_gear_viewer_check.model.text import shown
from fw_gear_viewer_check.system.bounds import give_time
from fw_gear_viewer_check.system.files import opened_regular
from fw_gear_viewer_check.system.tracebacks import traced

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class File:
    """A file, or a member of the input, not yet opened.

    ``problem`` says what is wrong with it; one with a ``kind`` is not to be opened at all. One that
    ``is_wanted`` counts whatever its name is.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    kind: MemberKind | None = None
    problem: str = ""
    is_wanted: bool = False


Found: TypeAlias = "tuple[Member, Instance | None]"
"""What one file is, and its instance where it is DICOM."""


@runtime_checkable
class ReadsAhead(Protocol):
    """A stream with slow access that fetches together what will be read one by one."""

    def expect(self, offsets: Sequence[int]) -> None:
        """Take where the members begin, in the order in which they will be read."""


def read_input(
    path: Path,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    budget: Budget | None = None,
) -> tuple[Archive, tuple[Instance, ...]]:
    """Return the archive and its instances, in order of member name.

    ``on_progress`` is called with the number of members read and to read. ``budget`` is what they
    may cost, if not as much as an input may. Raises :class:`OSError` when there is nothing at
    ``path``, or nothing that can be read.
    """
    if path.is_dir():
        files = list(islice(_in_folder(path), MAX_MEMBERS + 1))
        give_time(sum(one.size for one in files))
        return read_files(name_of(path), files, on_progress, budget)
    _refuse_pipe(path)
    file = File(path.name, path.stat().st_size, partial(opened_regular, path))
    return read_file(file, on_progress, budget)


def look_at(path: Path) -> None:
    """Raise what :func:`read_input` would raise of this path, and read nothing."""
    if not path.is_dir():
        _refuse_pipe(path)
        opened_regular(path).close()


def _refuse_pipe(path: Path) -> None:
    if path.exists() and not path.is_file():  # opening a pipe would wait for ever
        raise OSError(errno.EINVAL, "neither a file nor a folder", str(path))


def name_of(path: Path) -> str:
    """Return the name that a report gives an input; "." and ".." have one too."""
    return path.name if path.name not in {"", ".."} else path.resolve().name or str(path)


def read_file(
    file: File,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    budget: Budget | None = None,
) -> tuple[Archive, tuple[Instance, ...]]:
    """Return what a zip or a DICOM file holds; only a file that does not open raises."""
    with file.open() as stream, ExitStack() as stack:
        start, budget = stream.read(132), budget or Budget.of_input(file.size)
        if not is_zip(file.name, start):
            if file.name.lower().endswith(".zip") and zipfile.is_zipfile(stream):
                problem = "it is a zip behind a DICOM file: others read the one or the other"
                return Archive(shown(file.name), is_container=True, problem=problem), ()
            # What was named is the input, also where its name begins with a dot.
            member, instance = _read(HeaderReader(budget=budget), file)
            archive = Archive(shown(file.name), is_container=False, members=(member,))
            return _with_notes(archive, budget), () if instance is None else (instance,)
        try:
            opened = stack.enter_context(zipfiles.opened(stream))
        except zipfiles.RefusedError as error:
            return Archive(shown(file.name), is_container=True, problem=str(error)), ()
        except ZIP_ERRORS as error:
            raise_fault(error)
            log.info("the zip cannot be opened: %s", type(error).__name__)
            problem = "empty (0 bytes)" if not start else "not a zip, or its directory is damaged"
            return Archive(shown(file.name), is_container=True, problem=problem), ()
        if isinstance(stream, ReadsAhead):
            members = sorted(opened.infolist(), key=lambda info: info.filename)
            files = (info for info in members if not zipfiles.is_folder(info))
            stream.expect([info.header_offset for info in files])
        archive, instances = read_files(file.name, _in_zip(opened), on_progress, budget)
        return replace(archive, is_zip=True), instances


def _with_notes(archive: Archive, budget: Budget) -> Archive:
    """Return the archive with what was noted while its files were read."""
    changes = budget.changes_by_vr
    return replace(archive, changes_by_vr=changes, stops_gears=budget.stops_gears)


def read_files(
    name: str,
    files: Iterable[File],
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    budget: Budget | None = None,
) -> tuple[Archive, tuple[Instance, ...]]:
    """Return what several files hold that make one input, like the members of a zip.

    ``budget`` is what they may cost, if not as much as an input may.
    """
    ordered = sorted(islice(files, MAX_MEMBERS + 1), key=lambda file: file.name)
    reader = HeaderReader(budget=budget or Budget.of_input(sum(one.size for one in ordered)))
    reader.of_hidden = replace(reader, budget=Budget.of_part(), runs={})
    if len(ordered) > MAX_MEMBERS:
        problem = f"it contains more than {MAX_MEMBERS:,} files"
        return Archive(shown(name), is_container=True, problem=problem), ()
    found = []
    for done, one in enumerate(ordered, start=1):
        found.append(read_member(reader, one))
        on_progress(done, len(ordered))
    _compare(ordered, found, reader)
    reader.odd.end(log.debug, "and %s members more")
    reader.stopped.end(log.error, "%s files more could not be read")
    members = tuple(member for member, _ in found)
    archive = Archive(shown(name), is_container=True, members=members, hidden_name=name)
    instances = tuple(instance for _, instance in found if instance is not None)
    return _with_notes(archive, reader.budget), instances


def _compare(files: list[File], found: list[Found], reader: HeaderReader) -> None:
    """Read files again that have the SOPInstanceUID of another one, for their digests.

    All of one UID or none: what could not be read again is not known to differ. Small series come
    first: what a large one takes is left to no other, but no smaller one goes without for it.
    """
    by_uid, of_series = defaultdict(list), Counter[str]()
    for n, (_, instance) in enumerate(found):
        if instance is not None and instance.sop_instance_uid:
            by_uid[instance.sop_instance_uid].append(n)
    if not reader.budget.compares:
        return
    groups = []
    for numbers in by_uid.values():
        if len(numbers) > 1:
            size = sum(files[n].size for n in numbers)
            series = found[numbers[0]][0].series_instance_uid
            of_series[series] += size
            groups.append((series, size, numbers))
    groups.sort(key=lambda group: (of_series[group[0]], group[1]))
    # What other files took of the memory and of elements decides on no copy.
    elements, most = MAX_ELEMENTS // 8, reader.budget.compared
    for done, (_, size, numbers) in enumerate(groups):
        same = [found[n] for n in numbers]
        if size > reader.budget.compared:
            limit = f"such files exceed {most / 2**30:.3g} GiB"
            same = [_changed(one, not_compared=limit) for one in same]
        else:
            reader.budget.compared -= size
            budget = Budget(elements=elements // (len(groups) - done))
            elements -= budget.elements
            same = [_compared(files[n], found[n], budget) for n in numbers]
            elements += max(budget.elements, 0)
            same = _alike(same)
        for n, one in zip(numbers, same, strict=True):
            found[n] = one


def _alike(same: list[Found]) -> list[Found]:
    """Return files of one UID, of which some may have spent what all might: none counts then.

    But where they are the same to the last byte.
    """
    instances = [instance for _, instance in same if instance is not None]
    limit = next((i.not_compared for i in instances if i.not_compared), "")
    if not limit:
        return same
    if len({i.digest for i in instances}) == 1:
        whole = instances[0].digest
        return [_changed(one, pixel_digest=whole, not_compared="") for one in same]
    return [_changed(one, pixel_digest=None, not_compared=limit) for one in same]


def _changed(found: Found, **changes: Any) -> Found:  # noqa: ANN401 - those of an instance
    member, instance = found
    return member, instance and replace(instance, **changes)


def _compared(file: File, found: Found, budget: Budget) -> Found:
    member, instance = found
    if instance is None:
        return found
    try:
        with file.open() as stream:
            return member, with_digests(instance, stream, file.size, budget)
    except ZIP_ERRORS as error:  # no other file with its UID decides whether damage is noticed
        raise_fault(error)
        return member, replace(instance, pixel_digest=str(id(file)).encode())


def open_member(path: Path, name: str, most: int) -> IO[bytes]:
    """Open one member again, by the name that :func:`read_input` gave it, for reading in any order.

    A member of a zip is unpacked into memory, ``most`` bytes at the most. Raises
    :class:`MemberNotOpened` where that is not possible.
    """
    try:
        if path.is_dir():
            return _find(_in_folder(path), name).open()
        with opened_regular(path) as file:
            if not is_zip(path.name, file.read(132)):
                return opened_regular(path)
            with zipfiles.opened(file) as archive:
                found = _find(_in_zip(archive), name)
                if found.size > most:
                    message = f"its file takes more than {most >> 20} MiB unpacked"
                    raise MemberNotOpened(message)
                with found.open() as packed:
                    # A member may be longer than the directory of the zip says.
                    return io.BytesIO(packed.read(most))
    except ZIP_ERRORS as error:
        message = f"its file cannot be read ({type(error).__name__})"
        raise MemberNotOpened(message) from error


class MemberNotOpened(Exception):  # noqa: N818 - a finding, not a fault of the program
    """A member cannot be opened again; the message says why, in words for a report."""


def _find(members: Iterator[File], name: str) -> File:
    for found in members:
        if not found.problem and shown(found.name) == name:
            return found
    message = "its file is no longer there"
    raise MemberNotOpened(message)


def _in_zip(archive: zipfile.ZipFile) -> Iterator[File]:
    for info, kind, problem in zipfiles.members(archive):
        opening = partial(zipfiles.open_member, archive, info)
        yield File(info.filename, info.file_size, opening, kind, problem)


def _in_folder(folder: Path) -> Iterator[File]:
    waiting = [str(folder)]  # not os.walk, which calls itself for each level
    while waiting:
        path = waiting.pop()
        try:
            entries = list(os.scandir(path))
        except OSError as error:
            raise_fault(error)
            yield _unopened(path, folder, "a folder that cannot be opened")
            continue
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                    continue
                status = entry.stat()
            except OSError as error:
                raise_fault(error)
                yield _unopened(entry.path, folder, "cannot be opened")
                continue
            if stat.S_ISREG(status.st_mode):
                name = _relative(entry.path, folder)
                yield File(name, status.st_size, partial(opened_regular, entry.path))
            else:
                is_folder = stat.S_ISDIR(status.st_mode)
                problem = "a link to a folder, not followed" if is_folder else "not a regular file"
                yield _unopened(entry.path, folder, problem)


def _unopened(path: str, folder: Path, problem: str) -> File:
    name, opening = _relative(path, folder), partial(opened_regular, path)
    return File(name, 0, opening, MemberKind.UNREADABLE, problem)


def _relative(path: str, folder: Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


def read_member(reader: HeaderReader, found: File) -> Found:
    """Return what one file is, and its instance where it is DICOM."""
    if found.is_wanted or not is_hidden(found.name):
        return _read(reader, found)
    content = _read(reader.of_hidden or reader, found)[0].kind
    return Member(shown(found.name), found.size, MemberKind.HIDDEN, content=content), None


def _read(reader: HeaderReader, found: File) -> Found:
    name, size = shown(found.name), found.size
    if found.kind is not None:
        return Member(name, size, found.kind, found.problem), None
    if size == 0:
        return Member(name, size, MemberKind.EMPTY, "empty (0 bytes)"), None
    try:
        header = _header(reader, found)
        if header.media_class and not header.data.text("SOPClassUID"):
            header.data["MediaStorageSOPClassUID"] = header.media_class  # what a gear takes
        syntax, pixels, encoding = header.transfer_syntax_uid, header.pixel_data, header.encoding
        instance = Instance(
            name, header.data, syntax, pixels, encoding, has_file_meta=header.has_file_meta
        )
        uids = header.data.text("SeriesInstanceUID"), instance.sop_instance_uid
        reader.budget.take_series(uids[0])
        reader.budget.take_frames(instance.number_of_frames)
        instance = _searched(found, instance, reader.budget)
    except (NotDeliveredError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours in one file costs no other
        raise_fault(error)
        return _unread(reader, found, error), None
    if header.is_media_directory:
        return Member(name, size, MemberKind.DICOMDIR), None
    missing, problem = pixels.missing_bytes if pixels else 0, found.problem
    if missing and not problem:
        least = "at least " if pixels and pixels.length is None else ""
        problem = f"truncated: {least}{missing:,} bytes of its pixel data are missing"
    return Member(name, size, MemberKind.DICOM, problem, *uids), instance


def _searched(file: File, instance: Instance, budget: Budget) -> Instance:
    """Read a fractional segmentation again, for the values of its pixels."""
    pixels = instance.pixel_data
    start = file.size - ((pixels and pixels.available) or 0)
    most = start + MAX_FRACTIONAL_BYTES
    if not are_asked_for(instance) or min(file.size, most) > budget.compared:
        return instance
    budget.compared -= min(file.size, most)
    try:
        with file.open() as stream:
            return with_levels(instance, stream, start)
    except ZIP_ERRORS as error:  # what is damaged behind the header costs it nothing else
        raise_fault(error)
        return instance


def _unread(reader: HeaderReader, found: File, error: Exception) -> Member:
    """Describe a member that gave no header."""
    name, size = shown(found.name), found.size
    of_opening = isinstance(error, OSError) and error.errno in OF_PLACE | OF_RIGHTS
    if isinstance(error, NotDicomError):
        if is_archive(found.name, error.start):
            return Member(name, size, MemberKind.ARCHIVE)
        if not (damage := damage_of(error.start)):
            return Member(name, size, MemberKind.NOT_DICOM)
        problem = f"damaged: {damage}"
    elif isinstance(error, (UnreadableError, SpentError)):
        problem = str(error)
    elif isinstance(error, ZIP_ERRORS):
        what = "cannot be read" if isinstance(error, OSError) else "damaged in the archive"
        problem = f"{what} ({type(error).__name__})"
    else:
        if reader.stopped.take():
            log.error("a file could not be read: %s", traced(error))
        problem = f"the reader stopped ({type(error).__name__}): please report it"
    return Member(name, size, MemberKind.UNREADABLE, problem, may_open_later=of_opening)


def _header(reader: HeaderReader, found: File) -> Header:
    try:
        return _plain_header(reader, found)
    except OddEncodingError:
        if reader.odd.take():
            log.debug("a member is not encoded in a plain way: pydicom reads it")
    from fw_gear_viewer_check.dicom import pydicom_fallback  # noqa: PLC0415 - seldom needed

    with found.open() as stream:
        return pydicom_fallback.read(stream, found.size, reader.budget)


def _plain_header(reader: HeaderReader, found: File) -> Header:
    expected = reader.expected
    try:
        with found.open() as stream:
            return reader.read(stream, found.size)
    except (NotDicomError, UnreadableError, OddEncodingError, SpentError):
        raise
    except ZIP_ERRORS:
        if expected == FIRST_READ:
            raise
        with found.open() as stream:
            return reader.read(stream, found.size)

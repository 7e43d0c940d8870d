"""ROOTs -> the files below them: folders, files, globs, lists of these, and remote stores.

Rule of this file: what is left out is reported, with the reason.
"""

from __future__ import annotations

import glob
import logging
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.dicom.kinds import is_hidden
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.survey.inputs import (
    FOLDER_LINK,
    HIDDEN,
    NOT_THERE,
    LeftOut,
    Listed,
    SourceFile,
)
from fw_gear_viewer_check.survey.patterns import TOO_LONG, has_too_long_a_part
from fw_gear_viewer_check.survey.urls import StoreError, is_remote, shown, why_not

log = logging.getLogger(__name__)

LIST_MARK = "@"
MAX_LINE = 32 * 1024
"""Longest line of a list."""
MOST_DEEP = 3
"""``**`` in a pattern: each multiplies the time by the depth of the folders."""


TOO_MUCH = "its list takes more memory than it may"


class _NoRootError(UsageError):
    """What names no file or folder in a way that can be read."""


def listed(roots: Iterable[str], out: Path) -> Iterator[Listed]:
    """Yield the files below the roots.

    Raises :class:`UsageError` for a root that is not there or holds no file, and for one that is
    the folder ``out``, holds it or lies in it: outputs are no inputs, and inputs are never deleted.
    What a list names and is not there is yielded all the same: one broken input is a row, not an
    end.
    """
    for root in roots:
        count = 0
        # A shell may have put a file of that name there: then it is no list.
        is_list = root.startswith(LIST_MARK) and not os.path.lexists(root)
        for one in _of_list(root, out) if is_list else _of_root(root, out):
            count += isinstance(one, SourceFile)
            yield one
        if not count:
            message = f"there is nothing to check in {shown(root)}"
            raise UsageError(message)


def _of_root(root: str, out: Path) -> Iterator[Listed]:
    try:
        found = _below(root, out)
        if found is None:
            message = f"no such file or folder: {root}"
            raise UsageError(message)
        yield from found
    except StoreError as error:
        raise UsageError(str(error)) from error
    except MemoryError as error:
        message = f"{printable(shown(root))}: {TOO_MUCH}"
        raise UsageError(message) from error
    except _NoRootError as error:
        message = f"{printable(shown(root))}: {error}"
        raise UsageError(message) from error


def _of_list(root: str, out: Path) -> Iterator[Listed]:
    for line in _lines(root[len(LIST_MARK) :]):
        try:
            found = _below(line, out)
            if found is None:
                yield SourceFile(os.path.normpath(line), NOT_THERE, "")
                continue
            count = 0
            for count, one in enumerate(found, start=1):  # noqa: B007 - how many it were
                yield one
            if not count:
                yield LeftOut(shown(line), "there is nothing in it")
        except StoreError as error:
            log.info("a line of a list is not there (%s)", type(error).__name__)
            yield SourceFile(line, NOT_THERE, "")
        except MemoryError:
            yield SourceFile(line, NOT_THERE, TOO_MUCH)
        except _NoRootError as error:
            yield SourceFile(line, NOT_THERE, str(error))


def _lines(name: str) -> Iterator[str]:
    """Yield the roots that a list names, one a line; blank lines and comments do not count.

    A name need not be UTF-8, as below a folder; what holds NUL besides is no text.
    """
    try:
        with Path(name).open(encoding="utf-8-sig", errors="surrogateescape") as file:
            while line := file.readline(MAX_LINE):
                if len(line) == MAX_LINE:  # no path is so long, and a device has no lines
                    message = f"the list {name} has a line of more than {MAX_LINE:,} characters"
                    raise UsageError(message)
                if "\0" in line:
                    line.encode()  # raises an error where it is not UTF-8 either
                root = line.strip()
                if root and not root.startswith("#"):
                    yield root
    except (OSError, UnicodeEncodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        message = f"the list {name} cannot be read: {reason}"
        raise UsageError(message) from error


def _below(root: str, out: Path) -> Iterator[Listed] | None:
    """Return the files of one root; None when there is none."""
    if is_remote(root):
        if reason := why_not(root):
            raise _NoRootError(reason)
        from fw_gear_viewer_check.survey import remote_roots  # noqa: PLC0415 - an extra

        return remote_roots.listed(root)
    if "\0" in root:  # no path holds it
        return None
    found = [root] if os.path.lexists(root) else _matching(root)
    for path in found:
        _refuse_overlap(path, out)
    return (one for path in found for one in _of_path(_plain(path))) if found else None


def _plain(path: str) -> str:
    """Return a path without what says nothing; ".." behind a link leads to where the link does."""
    return path if os.pardir in Path(path).parts else os.path.normpath(path)


def _matching(pattern: str) -> list[str]:
    path = Path(pattern)
    stars = [n for n, part in enumerate(path.parts) if glob.has_magic(part)]
    if stars and os.pardir in path.parts[stars[0] :]:  # each would multiply what is found
        message = ".. stands behind a wildcard"
        raise _NoRootError(message)
    if has_too_long_a_part(path.parts):
        raise _NoRootError(TOO_LONG)
    if path.parts.count("**") > MOST_DEEP:
        message = f"** stands in it more than {MOST_DEEP} times"
        raise _NoRootError(message)
    top = Path(path.anchor)
    try:
        if "**" not in path.parts:
            return sorted(_by_parts(path, only_folders=pattern.endswith(os.sep)))
        # It follows no link to a folder, which may lead in circles; it finds hidden files.
        every = top.glob(str(path.relative_to(top)))
        found = [str(one) for one in every if not (one.is_symlink() and one.is_dir())]
        return sorted(one for one in found if not is_hidden(one))
    except RecursionError as error:
        message = "its folders are too deep for a pattern: name a folder instead"
        raise _NoRootError(message) from error
    except OSError as error:
        message = f"its folders cannot all be listed ({error.strerror}): name a folder instead"
        raise _NoRootError(message) from error


def _by_parts(pattern: Path, *, only_folders: bool) -> Iterator[str]:
    """Yield what a pattern matches, folder by folder: those that are one, by links, count once."""
    found = [pattern.anchor]
    for part in pattern.parts[bool(pattern.anchor) :]:
        if not glob.has_magic(part):
            found = [os.path.join(folder, part) for folder in found]  # noqa: PTH118 - many
            continue
        folders = {os.path.realpath(folder): folder for folder in reversed(found)}
        found = [
            os.path.join(folder, name)  # noqa: PTH118
            for folder in folders.values()
            for name in sorted(glob.glob(part, root_dir=folder or None))  # noqa: PTH207
        ]
    for path in found:
        if os.path.isdir(path) if only_folders else os.path.lexists(path):  # noqa: PTH112
            yield path


def _refuse_overlap(root: str, out: Path) -> None:
    paths = {os.path.realpath(root), os.path.realpath(out)}
    try:
        overlap = os.path.commonpath(paths) in paths
    except ValueError:  # on two drives
        overlap = False
    if overlap:
        message = f"--out {out}: choose a folder outside of the roots ({printable(root)})"
        raise UsageError(message)


def _of_path(path: str) -> Iterator[Listed]:
    return _folder(path) if os.path.isdir(path) else iter((_file(path),))  # noqa: PTH112


def _folder(top: str) -> Iterator[Listed]:
    """Yield the files of a folder and of those below it, however deep they are."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if is_hidden(entry.name):
                        yield LeftOut(entry.path, HIDDEN)
                    elif entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_symlink() and os.path.isdir(entry.path):  # noqa: PTH112
                        yield LeftOut(entry.path, FOLDER_LINK)
                    else:
                        yield _file(entry.path)
        except OSError as error:
            yield LeftOut(folder, f"cannot be listed ({error.strerror})")


def _file(path: str) -> Listed:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return SourceFile(path, NOT_THERE, "")
    if not stat.S_ISREG(status.st_mode):
        return LeftOut(path, "not a regular file")
    return SourceFile(path, status.st_size, str(status.st_mtime_ns))

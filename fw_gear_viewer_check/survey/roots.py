"""ROOTs -> the files below them: folders, files, globs, lists of these, and remote stores.

Rule of this file: what is left out is reported, with the reason.
"""

from __future__ import annotations

import fnmatch
import glob
import logging
import os
import stat
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
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
from fw_gear_viewer_check.system.few_lines import FewLines

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
        count, why = 0, ""
        # A shell may have put a file of that name there: then it is no list.
        is_list = root.startswith(LIST_MARK) and not os.path.lexists(root)
        for one in _of_list(root, out) if is_list else _of_root(root, out):
            if isinstance(one, SourceFile):
                count += 1
            else:
                why = why or f": {printable(one.name)}: {one.reason}"
            yield one
        if not count:
            message = f"there is nothing to check in {shown(root)}{why}"
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
    missing = FewLines()
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
            if missing.take():
                log.info("a line of a list is not there (%s)", type(error).__name__)
            yield SourceFile(line, NOT_THERE, "")
        except MemoryError:
            yield SourceFile(line, NOT_THERE, TOO_MUCH)
        except _NoRootError as error:
            yield SourceFile(line, NOT_THERE, str(error))
    missing.end(log.info, "and %s lines more")


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
    for one in found:
        if isinstance(one, str):
            _refuse_overlap(one, out)
    return chain.from_iterable(map(_of_path, found)) if found else None


def _plain(path: str) -> str:
    """Return a path without what says nothing; ".." behind a link leads to where the link does."""
    return path if os.pardir in Path(path).parts else os.path.normpath(path)


def _matching(pattern: str) -> list[str | LeftOut]:
    """Return what a pattern matches, and what would have to be known for it and is left out."""
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
    only_folders = pattern.endswith(os.sep) or path.parts[-1:] == ("**",)
    is_there = os.path.isdir if only_folders else os.path.lexists
    left_out: dict[str, LeftOut] = {}
    matched = {one for one in _by_parts(path, left_out) if is_there(one)}
    # What lies in a folder that matches is listed with it, and what is left out there, too.
    inner = {one for one in matched if os.path.dirname(one) in matched}  # noqa: PTH120 - many
    rest = [one for one in sorted(left_out.keys() - matched) if os.path.dirname(one) not in matched]  # noqa: PTH120
    return sorted(matched - inner) + [left_out[one] for one in rest]


def _by_parts(pattern: Path, left_out: dict[str, LeftOut]) -> list[str]:
    """Return what a pattern may match, folder by folder; note what is left out on the way.

    Folders that are one, by links, count once. Behind ``**`` no link to a folder is followed: it
    may lead in circles.
    """
    found, is_deep = [pattern.anchor], False
    parts = pattern.parts[bool(pattern.anchor) :]
    for number, part in enumerate(parts, start=1):
        if not glob.has_magic(part):
            found = [os.path.join(folder, part) for folder in found]  # noqa: PTH118 - many
            continue
        real = [one if is_deep else os.path.realpath(one) for one in found]
        folders = list(dict(zip(reversed(real), reversed(found), strict=True)).values())
        is_deep |= part == "**"
        matching = partial(
            _inside, part, left_out, only_folders=number < len(parts), links=not is_deep
        )
        if part != "**":
            found = sorted(one for folder in folders for one in matching(folder))
        elif number == len(parts):
            found = [folder or os.curdir for folder in folders]  # with all that is in them
        else:
            found = []
            while folders:
                found.append(folders.pop())
                folders += matching(found[-1])
    return found


def _inside(
    part: str, left_out: dict[str, LeftOut], folder: str, *, only_folders: bool, links: bool
) -> list[str]:
    """Return what a folder holds under a name that matches; with folders behind ``links``."""
    found = []
    try:
        with os.scandir(folder or os.curdir) as entries:
            for entry in entries:
                if not fnmatch.fnmatchcase(entry.name, part):
                    continue
                path = os.path.join(folder, entry.name)  # noqa: PTH118
                is_link = entry.is_symlink()
                is_folder = os.path.isdir(path) if is_link else entry.is_dir()  # noqa: PTH112
                if only_folders and not is_folder:
                    continue
                if is_hidden(entry.name) and not part.startswith("."):
                    left_out[path] = LeftOut(path, HIDDEN)
                elif is_link and is_folder and not links:
                    left_out[path] = LeftOut(path, FOLDER_LINK)
                else:
                    found.append(path)
    except (FileNotFoundError, NotADirectoryError):
        pass  # a part that needs no list may name what is not there
    except OSError as error:
        left_out[folder] = LeftOut(folder, f"cannot be listed ({error.strerror})")
    return found


def _refuse_overlap(root: str, out: Path) -> None:
    paths = {os.path.realpath(root), os.path.realpath(out)}
    try:
        overlap = os.path.commonpath(paths) in paths
    except ValueError:  # on two drives
        overlap = False
    if overlap:
        message = f"--out {out}: choose a folder outside of the roots ({printable(root)})"
        raise UsageError(message)


def _of_path(found: str | LeftOut) -> Iterator[Listed]:
    if isinstance(found, LeftOut):
        return iter((found,))
    path = _plain(found)
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

"""ROOTs -> the files below them: folders, files, globs, lists of these, and remote stores.

Rule of this file: what is left out is told, with the reason.
"""

from __future__ import annotations

import glob
import logging
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.dicom.reader import is_hidden
from fw_gear_viewer_check.survey.inputs import FOLDER_LINK, HIDDEN, NOT_THERE, LeftOut, Place
from fw_gear_viewer_check.survey.urls import StoreError, is_remote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fw_gear_viewer_check.survey.inputs import Listed


log = logging.getLogger(__name__)

LIST_MARK = "@"
ZIP_PREFIX = "zip::"
"""What fsspec writes before the URL of a zip; a zip is looked into anyway."""


def listed(roots: Iterable[str], leave_out: Path) -> Iterator[Listed]:
    """Yield the files below the roots; nothing of the folder ``leave_out``, where outputs go.

    Raises :class:`UsageError` for a root that is not there. What a list names and is not there is
    yielded all the same: one broken input is a row, not an end.
    """
    own = leave_out.resolve()
    for root in roots:
        if root.startswith(LIST_MARK):
            for line in _lines(root[len(LIST_MARK) :]):
                yield from _of_line(line, own)
        else:
            yield from _of_root(root, own)


def _of_root(root: str, own: Path) -> Iterator[Listed]:
    found = _below(root, own)
    if found is None:
        message = f"there is no file or folder at {root}"
        raise UsageError(message)
    try:
        yield from found
    except StoreError as error:
        raise UsageError(str(error)) from error


def _of_line(line: str, own: Path) -> Iterator[Listed]:
    try:
        yield from _below(line, own) or [Place(os.path.normpath(line), NOT_THERE, "")]
    except StoreError as error:
        log.info("%s", error)
        yield Place(line, NOT_THERE, "")


def _lines(name: str) -> Iterator[str]:
    """Yield the roots that a list names, one a line; blank lines and comments do not count."""
    try:
        with Path(name).open(encoding="utf-8-sig") as file:
            for line in file:
                root = line.strip()
                if root and not root.startswith("#"):
                    yield root
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"the list {name} cannot be read: {reason}"
        raise UsageError(message) from error


def _below(root: str, own: Path) -> Iterator[Listed] | None:
    """Return the files of one root; None when there is none."""
    if is_remote(root):
        from fw_gear_viewer_check.survey import remote_roots  # noqa: PLC0415 - an extra

        return remote_roots.listed(root.removeprefix(ZIP_PREFIX))
    path = os.path.normpath(root)
    if os.path.lexists(path):
        return _of_path(path, own)
    found = sorted(glob.glob(root, recursive=True))  # noqa: PTH207 - absolute patterns too
    if not found:
        return None
    return (one for name in found for one in _of_path(os.path.normpath(name), own))


def _of_path(path: str, own: Path) -> Iterator[Listed]:
    return _folder(path, own) if os.path.isdir(path) else iter((_file(path),))  # noqa: PTH112


def _folder(top: str, own: Path) -> Iterator[Listed]:
    if Path(top).resolve() == own:  # as one of the folders of a glob
        return
    errors: list[OSError] = []
    for folder, folders, names in os.walk(top, onerror=errors.append):
        kept = []
        for name in sorted(folders):
            path = os.path.join(folder, name)  # noqa: PTH118
            if is_hidden(name):
                yield LeftOut(path, HIDDEN)
            elif os.path.islink(path):  # noqa: PTH114
                yield LeftOut(path, FOLDER_LINK)
            elif name != own.name or Path(path).resolve() != own:
                kept.append(name)
        folders[:] = kept
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118
            yield LeftOut(path, HIDDEN) if is_hidden(name) else _file(path)
    for error in errors:
        yield LeftOut(str(error.filename), f"cannot be listed ({error.strerror})")


def _file(path: str) -> Listed:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return Place(path, NOT_THERE, "")
    if not stat.S_ISREG(status.st_mode):
        return LeftOut(path, "not a regular file")
    return Place(path, status.st_size, str(status.st_mtime_ns))

"""The files below the URL of a remote store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast
from urllib.parse import unquote

from fw_gear_viewer_check.dicom.kinds import is_hidden
from fw_gear_viewer_check.survey.inputs import HIDDEN, NOT_THERE, LeftOut, Listed, SourceFile
from fw_gear_viewer_check.survey.patterns import TOO_LONG, Pattern, has_too_long_a_part
from fw_gear_viewer_check.survey.remote import (
    LIST_SECONDS,
    kind_of,
    path_of,
    patience_with,
    spelled,
    store_of,
)
from fw_gear_viewer_check.survey.urls import StoreError, digest, is_chained, is_web, shown
from fw_gear_viewer_check.system.few_lines import FewLines

log = logging.getLogger(__name__)

_STAMPS = ("ETag", "etag", "Last-Modified", "LastModified", "last_modified", "updated", "mtime")
_GLOB = ("*", "[")
"""A "?" begins the query of a URL."""
MOST_FOLDERS = 1_000_000
MAX_DEPTH = 64
"""Folders in each other: a server may make up new ones without end."""
MAX_URL = 2048
"""Characters of a URL that a server makes up of folders in each other."""
MAX_WAITING = 128 * 1024 * 1024
"""Bytes of the names of folders that are still to be listed, together."""


def listed(url: str) -> Iterator[Listed]:
    """Yield the files below a URL: a file, a folder (https: one that ends with /), or a glob.

    Raises :class:`StoreError` when there is nothing, or when the store does not answer.
    """
    try:
        store, path = store_of(url)
        yield from _below(store, path, url)
    except Exception as error:
        raise StoreError(_described(error, url)) from error


def _described(error: Exception, url: str) -> str:
    if isinstance(error, FileNotFoundError):
        # fsspec's store of the web says so of whatever goes wrong; what did is the cause.
        cause = error.__cause__
        if not isinstance(cause, OSError) and getattr(cause, "status", 404) == 404:
            return f"there is nothing at {shown(url)}"
        error = cast("Exception", cause)
    return f"{shown(url)} cannot be listed ({kind_of(error)})"


def _below(store: Any, path: str, url: str) -> Iterator[Listed]:  # noqa: ANN401 - untyped
    if is_web(url):
        url = path = spelled(path.partition("#")[0])
    ask = patience_with(url).ask
    if any(sign in path for sign in _GLOB) and (is_web(url) or not ask(store.exists, path)):
        yield from _matching(store, path.rstrip("/"), url.rstrip("/"))
        return
    # Whether an https URL is a folder cannot be asked, only told from its end: fsspec would
    # download a whole zip to look for links in it.
    is_folder = path.endswith("/") if is_web(url) else ask(store.isdir, path)
    if is_folder:
        yield from _Folder(store, path, url.rstrip("/")).files()
    else:
        yield _source_file(path, ask(store.info, path), url)


def _matching(store: Any, path: str, url: str) -> Iterator[Listed]:  # noqa: ANN401
    """Yield what a pattern names: files, and the files below folders.

    fsspec's own search leaves out, without a word, folders that it cannot list.
    """
    parts = path.split("/")
    first = next(n for n, part in enumerate(parts) if any(sign in part for sign in _GLOB))
    if "**" in parts and is_web(url):  # it would follow links in circles
        message = "** is not for web servers: name the folder"
        raise StoreError(message)
    if not first:
        message = "the name of a bucket has no wildcards"
        raise StoreError(message)
    if has_too_long_a_part(parts):
        raise StoreError(TOO_LONG)
    top = "/".join(parts[:first])
    pattern = Pattern(parts)

    def is_entered(folder: str) -> bool:
        return pattern.leads_to(folder.split("/"))

    def is_wanted(file: str) -> bool:
        return pattern.matches(file.split("/"))

    url_of_top = url.rsplit("/", len(parts) - first)[0]
    found = _Folder(store, top or "/", url_of_top, is_entered, is_wanted).files()
    one = next(found, None)
    if one is None:
        raise FileNotFoundError(path)
    yield from chain([one], found)


@dataclass(slots=True)
class _Folder:
    """A folder of a store, and which of its folders and files are wanted."""

    store: Any
    path: str
    url: str
    is_entered: Callable[[str], bool] = lambda _folder: True
    is_wanted: Callable[[str], bool] = lambda _file: True

    def files(self) -> Iterator[Listed]:
        """Yield the files of the folder and of those below it.

        fsspec's own walk leaves out, without a word, what it cannot list.
        """
        waiting, count, length = [self.path], 0, _bytes(self.path)
        missing = FewLines()
        while waiting:
            if count + len(waiting) > MOST_FOLDERS:
                message = f"it holds more than {MOST_FOLDERS:,} folders"
                raise StoreError(message)
            if length > MAX_WAITING:
                message = f"the names of its folders have more than {MAX_WAITING >> 20} MiB"
                raise StoreError(message)
            folder = waiting.pop()
            count += 1
            length -= _bytes(folder)
            try:
                found = self._listed(folder)
            except Exception as error:
                if folder == self.path:
                    raise
                yield self._left_out(folder, f"cannot be listed ({kind_of(error)})")
                continue
            for name, is_folder, info in found:
                path = name.rstrip("/")
                if not (self.is_entered(path) if is_folder else self.is_wanted(path)):
                    continue
                reason = self._why_left_out(folder, name, is_folder=is_folder)
                if reason:
                    yield self._left_out(name, reason)
                elif is_folder:
                    waiting.append(name)
                    length += _bytes(name)
                else:
                    yield self._file(path, info, missing)
        missing.end(log.info, "and %s files more")

    def _listed(self, folder: str) -> list[tuple[str, bool, dict[str, Any]]]:
        """Return what a folder holds: names, which of them are folders, and what else is known.

        A file and a folder of an object store may have the same name.
        """
        found = {}
        ask = patience_with(self.url).ask
        for info in ask(self.store.ls, folder, detail=True, seconds=LIST_SECONDS):
            name = info["name"].partition("#")[0] if is_web(self.url) else info["name"]
            is_folder = info["type"] == "directory"
            is_itself = name == folder or (name.rstrip("/") == folder.rstrip("/") and not is_folder)
            if not is_itself or info.get("size"):
                found[name, is_folder] = info
        return [(*key, found[key]) for key in sorted(found)]

    def _why_left_out(self, folder: str, name: str, *, is_folder: bool) -> str:
        if len(name) > MAX_URL:
            return "its URL is too long"
        top, path = self.path.rstrip("/"), name.rstrip("/")
        inner = path.removeprefix(f"{top}/")
        parts = (unquote(inner) if is_web(self.url) else inner).split("/")
        is_away = not path.startswith(f"{top}/") or not {".", ".."}.isdisjoint(parts)
        if path == folder.rstrip("/"):
            return "without a name in its folder"
        # A query would be the same folder again.
        if is_away or (is_folder and "?" in path and is_web(self.url)):
            return "a link out of its folder"
        if len(parts) > MAX_DEPTH:
            return "in too many folders"
        return HIDDEN if not is_folder and is_hidden(path[len(top) :]) else ""

    def _file(self, path: str, info: dict[str, Any], missing: FewLines) -> Listed:
        url = self._url(path)
        try:
            known = info if info.get("size") else patience_with(self.url).ask(self.store.info, path)
            return _source_file(path, known, url)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are listed
            if missing.take():
                log.info("a file of a folder is not there (%s)", kind_of(error))
            return SourceFile(url, NOT_THERE, "")

    def _left_out(self, path: str, reason: str) -> LeftOut:
        return LeftOut(shown(self._url(path)), reason)

    def _url(self, path: str) -> str:
        """Return the URL of a path below the folder."""
        return path if is_web(self.url) else f"{self.url}{path[len(self.path.rstrip('/')) :]}"


def _source_file(path: str, info: dict[str, Any], url: str) -> Listed:
    size = info.get("size")
    if size is None or int(size) < 0:
        return LeftOut(shown(url), "the store does not tell its size")
    if not is_chained(url) and path_of(url) != path:
        return LeftOut(shown(url), "its name cannot be written as a URL")
    stamp = next((str(info[key]) for key in _STAMPS if info.get(key)), "")
    # What a server sends there may be long, and no text.
    return SourceFile(url, int(size), stamp and digest(stamp))


def _bytes(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))

"""The files below the URL of a remote store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import unquote, urljoin, urlsplit

from fw_gear_viewer_check.dicom.reader import is_hidden
from fw_gear_viewer_check.survey.inputs import HIDDEN, LeftOut, Listed, SourceFile
from fw_gear_viewer_check.survey.remote import kind_of, store_of
from fw_gear_viewer_check.survey.urls import StoreError, digest, shown

_STAMPS = ("ETag", "etag", "Last-Modified", "LastModified", "last_modified", "updated", "mtime")
_GLOB = ("*", "[")
"""A "?" begins the query of a URL."""
_WEB = frozenset({"http", "https"})
MOST_FOLDERS = 1_000_000
MAX_DEPTH = 64
"""Folders in each other: a server may make up new ones without end."""


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
    scheme = urlsplit(url).scheme
    if any(sign in path for sign in _GLOB):
        if "**" in path and scheme in _WEB:  # fsspec would follow links in circles
            message = "** is not for web servers: name the folder"
            raise StoreError(message)
        for found, info in sorted(store.glob(path, detail=True).items()):
            if info["type"] == "file":
                yield _source_file(store, found, info, url)
        return
    # Whether an https URL is a folder cannot be asked, only told from its end: fsspec would
    # download a whole zip to look for links in it.
    is_folder = path.endswith("/") if scheme in _WEB else store.isdir(path)
    if not is_folder:
        yield _source_file(store, path, store.info(path), url)
        return
    yield from _folder(store, path, url)


def _folder(store: Any, top: str, url: str) -> Iterator[Listed]:  # noqa: ANN401
    """Yield the files of a folder and of those below it.

    fsspec's own walk leaves out, without a word, what it cannot list.
    """
    waiting, count, start = [top], 0, f"{top.rstrip('/')}/"
    while waiting:
        folder = waiting.pop()
        count += 1
        if count + len(waiting) > MOST_FOLDERS:
            message = f"it holds more than {MOST_FOLDERS:,} folders"
            raise StoreError(message)
        try:
            found = {info["name"].rstrip("/"): info for info in store.ls(folder, detail=True)}
        except Exception as error:
            if folder == top:
                raise
            reason = f"cannot be listed ({kind_of(error)})"
            yield LeftOut(shown(_url(store, folder, url)), reason)
            continue
        found.pop(folder.rstrip("/"), None)  # some stores list the folder itself
        for path, info in sorted(found.items()):
            inner = unquote(path.removeprefix(start)).split("/")
            # A query would be the same folder again.
            is_away = not path.startswith(start) or not {".", ".."}.isdisjoint(inner)
            if is_away or (info["type"] == "directory" and "?" in path):
                yield LeftOut(shown(_url(store, path, url)), "a link out of its folder")
            elif len(inner) > MAX_DEPTH:
                yield LeftOut(shown(_url(store, path, url)), "in too many folders")
            elif info["type"] == "directory":
                waiting.append(info["name"])
            elif is_hidden(path[len(top.rstrip("/")) :]):
                yield LeftOut(shown(_url(store, path, url)), HIDDEN)
            else:
                yield _source_file(store, path, info if info.get("size") else store.info(path), url)


def _source_file(store: Any, path: str, info: dict[str, Any], url: str) -> Listed:  # noqa: ANN401
    location, size = _url(store, path, url), info.get("size")
    if size is None:
        return LeftOut(shown(location), "the store does not tell its size")
    stamp = next((str(info[key]) for key in _STAMPS if info.get(key)), "")
    # What a server sends there may be long, and no text.
    return SourceFile(location, int(size), stamp and digest(stamp))


def _url(store: Any, path: str, url: str) -> str:  # noqa: ANN401
    """Return the URL of a path in the store of another URL."""
    return path if "://" in path else str(urljoin(url, store.unstrip_protocol(path)))

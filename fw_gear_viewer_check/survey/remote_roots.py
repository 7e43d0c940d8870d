"""The files below the URL of a remote store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from fw_gear_viewer_check.core import UsageError
from fw_gear_viewer_check.reader import is_hidden
from fw_gear_viewer_check.survey.inputs import HIDDEN, LeftOut, Place
from fw_gear_viewer_check.survey.remote import store_of
from fw_gear_viewer_check.survey.urls import shown_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_viewer_check.survey.inputs import Listed

_STAMPS = ("ETag", "etag", "Last-Modified", "LastModified", "last_modified", "updated", "mtime")
_GLOB = ("*", "[")
"""A "?" begins the query of a URL."""


def listed(url: str) -> Iterator[Listed]:
    """Yield the files below a URL: a file, a folder (https: one that ends with /), or a glob."""
    store, path = store_of(url)
    try:
        yield from _below(store, path, url)
    except FileNotFoundError as error:
        message = f"there is nothing at {shown_url(url)}"
        raise UsageError(message) from error
    except UsageError:
        raise
    except Exception as error:
        message = f"{shown_url(url)} cannot be listed ({type(error).__name__})"
        raise UsageError(message) from error


def _below(store: Any, path: str, url: str) -> Iterator[Listed]:  # noqa: ANN401 - untyped
    scheme = urlsplit(url).scheme
    if any(sign in path for sign in _GLOB):
        for found, info in sorted(store.glob(path, detail=True).items()):
            if info["type"] == "file":
                yield _place(store, found, info, url)
        return
    # Whether an https URL is a folder cannot be asked, only told from its end: fsspec would
    # download a whole zip to look for links in it.
    is_folder = path.endswith("/") if scheme in {"http", "https"} else store.isdir(path)
    if not is_folder:
        yield _place(store, path, store.info(path), url)
        return
    top = path.rstrip("/")
    for folder, _, files in store.walk(path, detail=True):
        for name, info in sorted(files.items()):
            found = f"{folder.rstrip('/')}/{name}"
            if is_hidden(found[len(top) :]):
                yield LeftOut(shown_url(_url(store, found, url)), HIDDEN)
                continue
            yield _place(store, found, info if info.get("size") else store.info(found), url)


def _place(store: Any, path: str, info: dict[str, Any], url: str) -> Listed:  # noqa: ANN401
    location, size = _url(store, path, url), info.get("size")
    if size is None:
        return LeftOut(shown_url(location), "the store does not tell its size")
    stamp = next((str(info[key]) for key in _STAMPS if info.get(key)), "")
    return Place(location, int(size), stamp)


def _url(store: Any, path: str, url: str) -> str:  # noqa: ANN401
    """Return the URL of a path in the store of another URL."""
    if "::" in url:
        first, _, rest = url.partition("::")
        return f"{first.partition('://')[0]}://{path.lstrip('/')}::{rest}"
    return path if "://" in path else str(urljoin(url, store.unstrip_protocol(path)))

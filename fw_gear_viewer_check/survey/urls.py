"""Names of files here and in remote stores: as reports show them, and as keys."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from fw_gear_viewer_check.dicom.streams import NotDeliveredError
from fw_gear_viewer_check.model import text


class StoreError(NotDeliveredError):
    """A store does not answer as it should: nothing is known of the file then."""


STORES = frozenset(("http", "https", "s3", "gs", "gcs", "abfs", "abfss", "az", "ftp", "sftp"))
"""Schemes of the stores that are read. Others of fsspec lead to local files, which may lie
where outputs are written, or leave copies of whole files in the temporary folder."""


def is_remote(location: str) -> bool:
    """Return True for a URL."""
    return "://" in location


def is_chained(url: str) -> bool:
    """Return True for what fsspec takes for several URLs in each other."""
    return "::" in url


def shown(location: str) -> str:
    """Return a path, or a URL without user, password and query, which may be secrets."""
    if not is_remote(location):
        return location
    try:
        parts = urlsplit(location)
    except ValueError:
        return f"{location.partition('://')[0]}://(not a URL)"
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return f"{shown}?{digest(parts.query)[:8]}" if parts.query else shown


def storable(name: str) -> str:
    r"""Return a name as a data base can hold it, a different one for each name.

    Names of files need not be UTF-8: the byte E9 becomes ``\xe9``, and a backslash two of them.
    """
    escaped = name.replace("\\", "\\\\").replace("\0", "\\0")
    return escaped.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def uid_key(uid: str) -> str:
    """Return a UID as a key; instead of a text that is none, and may be a name, a digest."""
    return uid if text.uid(uid) == uid else digest(uid)


def digest(long: str) -> str:
    """Return a short text that stands for a long one."""
    return hashlib.sha256(long.encode("utf-8", "surrogatepass")).hexdigest()[:32]

"""Names of files here and in remote stores: as reports show them, and as keys."""

from __future__ import annotations

import hashlib
import os.path
import re
from urllib.parse import urlsplit

from fw_gear_viewer_check.dicom.streams import NotDeliveredError
from fw_gear_viewer_check.model import text


class StoreError(NotDeliveredError):
    """A store does not answer as it should: nothing is known of the file then."""


WEB = frozenset(("http", "https"))
STORES = WEB | {"s3", "gs", "gcs", "abfs", "abfss", "az"}
"""Schemes of the stores that are read. Others of fsspec lead to local files, which may lie
where outputs are written, leave copies of whole files in the temporary folder, or take a list
without end from a server (ftp, sftp)."""


_CONTAINERS = frozenset(("abfs", "abfss", "az"))
"""Schemes with the container, and no user, before the @."""


def is_remote(location: str) -> bool:
    """Return True for a URL."""
    return "://" in location


def is_chained(url: str) -> bool:
    """Return True for what fsspec takes for several URLs in each other."""
    return "::" in url


def why_not(url: str) -> str:
    """Say why a URL is none that can be read; "" for one that can."""
    if is_chained(url):
        return (
            "a URL with :: in it cannot be read: it would be taken for several URLs (write an IPv6 "
            "address in full, [0:0:0:0:0:0:0:1])"
        )
    if scheme_of(url) not in STORES:
        return (
            "name what is here by its path, and what is in a store by one URL "
            f"({', '.join(sorted(STORES))})"
        )
    return ""


def is_web(url: str) -> bool:
    """Return True where a URL has a query and a fragment; else # and ? are a part of names."""
    return scheme_of(url) in WEB


def scheme_of(url: str) -> str:
    """Return what stands before the colon."""
    return url.partition("://")[0]


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]*")


def shown(location: str) -> str:
    """Return a path, or a URL without user, password and query, which may be secrets."""
    if not is_remote(location):
        return location
    if scheme_of(location) in STORES - WEB:
        return _shown_in_store(location)
    if not _SCHEME.fullmatch(scheme_of(location)):
        return "(not a URL)"  # a password may stand in front
    try:
        parts = urlsplit(location)
        port = parts.port  # a password with a slash in it looks like one, or is none
    except ValueError:
        return f"{scheme_of(location)}://(not a URL)"
    is_chain = is_chained(location) and "//" in parts.path  # its user would stand in the path
    is_cut = port is not None and "@" in location and not parts.path  # a password has ? or #
    if parts.scheme != scheme_of(location).lower() or is_chain or is_cut:
        return f"{scheme_of(location)}://(not one URL)"
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    _, at, behind = parts.path.rpartition("@")
    if port is not None and "@" not in parts.netloc and at and "/" in behind:
        shown = f"{parts.scheme}://(not shown)@{behind}"
    return f"{shown}?{digest(parts.query)[:16]}" if parts.query else shown


def _shown_in_store(location: str) -> str:
    scheme, _, rest = location.partition("://")
    place, slash, path = rest.partition("/")
    if scheme not in _CONTAINERS:
        place = place.rpartition("@")[2]
    if ":" in place and "@" in path:  # a secret with a slash in it: no bucket has a colon
        return f"{scheme}://(not shown)@{path.rpartition('@')[2]}"
    return f"{scheme}://{place}{slash}{path}"


def base_of(location: str) -> str:
    """Return the name of a file without its folder."""
    if is_remote(location) and is_web(location):
        location = shown(location).partition("?")[0]
    return os.path.basename(location)  # noqa: PTH119 - URLs too


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
